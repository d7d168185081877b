//! Where MPEG-4 and H.263 streams can be cut: before any coded VOP that others refer to. What is before it is known from headers
//! alone.

use codecorpus_bitstream::BitReader;
use codecorpus_bitstream::division::{Cuts, Least};
use codecorpus_bitstream::reader::Framing;
use codecorpus_mpeg::division::Preceding;
use codecorpus_mpeg::scout::{self, Places, UnitScout};
use codecorpus_mpeg::units::{Unit, is_void, split};

use crate::headers::{ShortHeader, VopType, begins_short, start_code};
use crate::layer::Layer;
use crate::packed::Packed;

/// What a reader of MPEG-4 begins with at a cut: all that a VOP has from those before it.
///
/// Of references no sample is decoded, and motion is needed of a B-VOP's future one alone (7.6.9.5), which is the VOP behind the
/// cut or a later one. All else that a VOP is predicted from is in it: intra coefficients, vectors and quantisers begin anew
/// with every VOP (7.4.3, 7.6.5, 7.4.4), and a global motion is its own (7.8). A picture of H.263 has its layer with it
/// (6.3.5.2). Nothing may be kept back of the packet before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub(crate) is_byte_stream: bool,
    /// The layer's header with its quantiser matrices, and the times of the last VOPs, coded or not, which those behind them
    /// count theirs from: modulo_time_base, TRB, TRD and T_frame (6.3.5, 7.6.9.5.2, 7.7.2.2).
    pub(crate) layer: Layer,
    /// The two VOPs that are referred to (6.1.3.8).
    pub(crate) preceding: Preceding,
    /// Bytes of headers, and of VOPs that are not coded, that count to the VOP that follows.
    pub(crate) pending: u64,
}

pub type Mpeg4Scout = UnitScout<Lookout>;

/// What the scout makes of units.
#[derive(Debug)]
pub struct Lookout {
    is_byte_stream: bool,
    layer: Layer,
    packed: Packed,
    pending: u64,
    places: Places<Start>,
}

impl scout::Lookout for Lookout {
    type Start = Start;

    fn unit(&mut self, unit: Unit<'_>) {
        match unit.data.first().copied() {
            // It counts to the VOP before.
            Some(start_code::VISUAL_OBJECT_SEQUENCE_END) => self.places.before = None,
            Some(start_code::VOP) if self.layer.vol.is_some() => self.vop(unit),
            code => {
                self.pending += unit.size;
                let code = code.unwrap_or(u8::MAX);
                // What cannot be read here the readers meet too.
                if let Err(error) = self.layer.read(code, unit.data) {
                    self.layer.lose(code, &error);
                }
            }
        }
        self.places.at += unit.size;
    }

    /// A packet is cut before it, for the first VOP in it that is coded.
    fn packet(&mut self, data: &[u8]) {
        let end = self.places.at + data.len() as u64;
        self.come_to_place();
        if begins_short(data) {
            match ShortHeader::read(&mut BitReader::new(data)) {
                Ok(ShortHeader { vop, .. }) => self.begin(vop.vop_type),
                Err(_) => self.lose(),
            }
        } else if is_void(data) {
            self.lose();
        } else {
            self.packed.begin_packet(data, &mut self.layer);
            for unit in split(data, 0) {
                self.unit(unit);
            }
        }
        self.places.at = end;
    }

    fn configure(&mut self, extradata: &[u8]) {
        for unit in split(extradata, 0).filter(|unit| unit.data.first() != Some(&start_code::VOP)) {
            self.unit(Unit { size: 0, ..unit });
        }
    }

    fn settle(&mut self) {
        self.places.cuts.settle(self.places.at);
    }

    fn cuts(&mut self) -> &mut Cuts<Start> {
        &mut self.places.cuts
    }
}

impl Lookout {
    pub(crate) fn new(framing: &Framing, least: Least) -> Self {
        Self {
            is_byte_stream: *framing == Framing::ByteStream,
            layer: Layer::default(),
            packed: Packed::default(),
            pending: 0,
            places: Places::new(least),
        }
    }

    /// Here a VOP may begin before which the stream can be cut.
    fn come_to_place(&mut self) {
        if self.packed.holds() {
            self.places.before = None;
            return;
        }
        let Self { is_byte_stream, pending, .. } = *self;
        let layer = &self.layer;
        self.places.come_to(|preceding| Start { is_byte_stream, layer: layer.clone(), preceding, pending });
    }

    fn vop(&mut self, unit: Unit<'_>) {
        if self.is_byte_stream {
            self.come_to_place();
        }
        let mut reader = BitReader::new(unit.data);
        reader.seek(8);
        match self.layer.read_time(&mut reader).map(|read| read.map(|(.., time)| time)) {
            Ok(Some(time)) if time.vop_coded => self.begin(time.vop_type),
            Ok(_) => self.pending += unit.size,
            Err(_) => self.lose(),
        }
    }

    /// A coded VOP.
    fn begin(&mut self, vop_type: VopType) {
        self.pending = 0;
        let before = self.places.before.take();
        self.places.begin(before, vop_type == VopType::I, vop_type != VopType::B);
    }

    /// A VOP that cannot be read.
    fn lose(&mut self) {
        self.pending = 0;
        self.places.before = None;
        self.places.lose();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::division::Scout;
    use codecorpus_bitstream::{Packet, Times};

    /// A picture of H.263.
    fn short(kind: char) -> Vec<u8> {
        vec![0, 0, 0x80, 2, if kind == 'I' { 8 } else { 10 }, 2, 0, 0]
    }

    /// A VOP of a layer with as many units a second as H.263 has; N is not coded.
    fn vop(kind: char) -> Vec<u8> {
        let vop_coding_type = match kind {
            'I' => 0,
            'B' => 2,
            _ => 1,
        };
        vec![0, 0, 1, 0xb6, vop_coding_type << 6 | 0x10, 0, if kind == 'N' { 0x10 } else { 0x18 }, 0]
    }

    /// The packets before which there are cuts.
    fn packets_before_cuts(packets: &[Vec<u8>]) -> Vec<usize> {
        let framing = Framing::Packets { extradata: Vec::new() };
        let mut lookout = Lookout::new(&framing, Least { bytes: 0, pictures: 1 });
        lookout.layer.vol = Some(ShortHeader::read(&mut BitReader::new(&short('I'))).unwrap().vol);
        let mut scout = UnitScout::new(&framing, lookout);
        let mut found = Vec::new();
        for (at, packet) in packets.iter().enumerate() {
            scout.look(Packet { data: packet, times: Times::default(), position: 0 });
            found.extend(std::iter::from_fn(|| scout.cuts().pop()).map(|_| at));
        }
        found
    }

    #[test]
    fn cuts_are_before_vops_that_others_refer_to() {
        let packets = |kinds: &str| kinds.chars().map(vop).collect::<Vec<_>>();
        assert_eq!(packets_before_cuts(&packets("IPBPBBIPBP")), [3, 6, 7, 9]);
        assert_eq!(packets_before_cuts(&packets("IPNPNNP")), [3, 6], "what is not coded is no picture");
        assert_eq!(packets_before_cuts(&"IPPP".chars().map(short).collect::<Vec<_>>()), [2, 3]);
    }

    #[test]
    fn no_cut_is_where_a_vop_is_kept_back() {
        let both = [vop('P'), vop('B')].concat();
        let long = [vop('P'), vec![0; 20]].concat();
        let packets = [vop('I'), vop('P'), both.clone(), vop('N'), both, long, vop('P'), vop('P')];
        assert_eq!(packets_before_cuts(&packets), [2, 4, 7]);
    }

    #[test]
    fn no_cut_is_before_what_counts_to_the_vop_before() {
        let mut packets = ['I', 'P', 'P', 'P'].map(vop);
        packets[2].splice(0..0, [0, 0, 1, 0xb1]);
        assert_eq!(packets_before_cuts(&packets), [3]);
    }
}
