//! Where MPEG-2 and MPEG-1 streams can be cut: before any picture that others refer to, but for second fields. What is before
//! it is known from headers alone.

use codecorpus_bitstream::division::{Cuts, Least};
use codecorpus_bitstream::reader::Framing;
use codecorpus_mpeg::division::Preceding;
use codecorpus_mpeg::scout::{self, Place, Places, UnitScout};
use codecorpus_mpeg::units::{Unit, is_void, split};

use crate::headers::{PictureHeader, PictureType, start_code};
use crate::sets::{Announced, Headers};

/// What a reader of MPEG-2 begins with at a cut: all that a picture has from those before it.
///
/// A slice has its predictors from no other one (6.1.2, 7.2.1, 7.6.3.4), and no sample is decoded: of references no more is
/// told than which pictures they are. What the time code of a group says is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub(crate) is_byte_stream: bool,
    /// The sequence header with its extensions, quantiser matrices, which stay until others come (6.3.11), and closed_gop,
    /// which holds of the whole group (6.3.8).
    pub(crate) headers: Headers,
    /// The two pictures that are referred to (6.1.1.5).
    pub(crate) preceding: Preceding,
    /// Bytes of headers that count to the picture that follows.
    pub(crate) pending: u64,
}

pub type Mpeg2Scout = UnitScout<Lookout>;

/// What the scout makes of units.
#[derive(Debug)]
pub struct Lookout {
    is_byte_stream: bool,
    headers: Headers,
    pending: u64,
    /// Those before pictures are before their first slices.
    places: Places<Start>,
}

/// The units before a first slice are few.
const MOST_BEFORE_SLICE: u64 = 1 << 20;

impl scout::Lookout for Lookout {
    type Start = Start;

    fn unit(&mut self, unit: Unit<'_>) {
        match unit.data.first().copied() {
            Some(start_code::FIRST_SLICE..=start_code::LAST_SLICE) => self.slice(),
            // It counts to the picture before.
            Some(start_code::SEQUENCE_END) | None if self.headers.announced.is_none() => self.places.before = None,
            Some(code) => {
                if code == start_code::PICTURE && self.is_byte_stream {
                    self.come_to_place();
                }
                self.pending += unit.size;
                // What cannot be read here the readers meet too.
                if let Err(error) = self.headers.read(code, unit.data) {
                    self.headers.lose(Some(code), unit.data, &error);
                }
            }
            None => self.pending += unit.size,
        }
        self.places.at += unit.size;
    }

    /// A packet is cut before it, for the first picture in it.
    fn packet(&mut self, data: &[u8]) {
        let begin = self.places.at;
        self.come_to_place();
        if is_void(data) {
            self.places.lose();
            self.headers.first_field = None;
        }
        for unit in split(data, begin) {
            self.unit(unit);
        }
        self.places.before = None;
        self.places.at = begin + data.len() as u64;
    }

    fn configure(&mut self, extradata: &[u8]) {
        for unit in split(extradata, 0) {
            if matches!(unit.data.first(), Some(&(start_code::SEQUENCE_HEADER | start_code::EXTENSION))) {
                self.unit(Unit { size: 0, ..unit });
            }
        }
    }

    fn settle(&mut self) {
        let before = self.places.before.as_ref().map(|place| place.at).filter(|at| self.places.at - at <= MOST_BEFORE_SLICE);
        if before.is_none() {
            self.places.before = None;
        }
        self.places.cuts.settle(before.unwrap_or(self.places.at));
    }

    fn cuts(&mut self) -> &mut Cuts<Start> {
        &mut self.places.cuts
    }
}

impl Lookout {
    pub(crate) fn new(framing: &Framing, least: Least) -> Self {
        Self {
            is_byte_stream: *framing == Framing::ByteStream,
            headers: Headers::default(),
            pending: 0,
            places: Places::new(least),
        }
    }

    /// Here a picture may begin before which the stream can be cut.
    fn come_to_place(&mut self) {
        let Self { is_byte_stream, pending, .. } = *self;
        let headers = &self.headers;
        self.places.come_to(|preceding| Start { is_byte_stream, headers: headers.clone(), preceding, pending });
    }

    /// Of slices no more counts than where the first one of a picture is.
    fn slice(&mut self) {
        let before = self.places.before.take();
        let Some(announced) = self.headers.announced.take() else { return };
        self.pending = 0;
        match announced {
            Announced::Header(header) if self.headers.sequence_damage.is_none() && self.headers.sequence.is_some() => {
                self.begin(&header, before);
            }
            _ => {
                self.places.lose();
                self.headers.first_field = None;
            }
        }
    }

    /// Begins a frame, or the first or second field of one.
    fn begin(&mut self, header: &PictureHeader, before: Option<Place<Start>>) {
        if self.headers.begin_picture(header) {
            return;
        }
        let is_intra = matches!(header.picture_type, PictureType::I | PictureType::D);
        self.places.begin(before, is_intra, header.picture_type != PictureType::B);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::division::Scout;
    use codecorpus_bitstream::{Packet, Times};

    const SEQUENCE: [u8; 12] = [0, 0, 1, 0xb3, 1, 0, 16, 0x13, 0xff, 0xff, 0xe0, 0];
    const SEQUENCE_END: [u8; 4] = [0, 0, 1, 0xb7];
    const FRAME: u8 = 3;

    /// A picture of one slice, in a packet of its own.
    fn picture(kind: char, structure: u8) -> Vec<u8> {
        let picture_coding_type = 1 + "IPB".find(kind).unwrap() as u8;
        let header = [0, 0, 1, 0, 0, picture_coding_type << 3 | 7, 0xff, 0xf8, 0x80, 0];
        let extension = [0, 0, 1, 0xb5, 0x8f, 0xff, 0xf0 | structure, 0, 0];
        [&header[..], &extension, &[0, 0, 1, 1, 8, 0xff]].concat()
    }

    fn cuts(framing: &Framing, packets: &[Vec<u8>]) -> Vec<(u64, Start)> {
        let mut scout = UnitScout::new(framing, Lookout::new(framing, Least { bytes: 0, pictures: 1 }));
        let mut cuts = Vec::new();
        for packet in packets {
            scout.look(Packet { data: packet, times: Times::default(), position: 0 });
            cuts.extend(std::iter::from_fn(|| scout.cuts().pop()).map(|cut| (cut.at, cut.start)));
        }
        cuts
    }

    /// The packets before which there are cuts.
    fn packets_before_cuts(packets: &[Vec<u8>]) -> Vec<usize> {
        let ends: Vec<_> =
            packets.iter().scan(0, |end, packet| Some(std::mem::replace(end, *end + packet.len() as u64))).collect();
        let framing = Framing::Packets { extradata: SEQUENCE.to_vec() };
        cuts(&framing, packets).iter().map(|(at, _)| ends.iter().position(|end| end == at).unwrap()).collect()
    }

    fn frames(kinds: &str) -> Vec<Vec<u8>> {
        kinds.chars().map(|kind| picture(kind, FRAME)).collect()
    }

    #[test]
    fn cuts_are_before_pictures_that_others_refer_to() {
        assert_eq!(packets_before_cuts(&frames("IPBPBBIPBP")), [3, 6, 7, 9]);
        assert_eq!(packets_before_cuts(&frames("PPPIBPP")), [6], "two are known, of which none is before the first I");
    }

    #[test]
    fn no_cut_is_between_fields() {
        let packets: Vec<_> = "IPPPPPBBPP".chars().zip([1, 2].repeat(5)).map(|(kind, field)| picture(kind, field)).collect();
        assert_eq!(packets_before_cuts(&packets), [4, 8]);
    }

    #[test]
    fn fields_of_different_frames_are_no_pair() {
        let packets = |fields: [(u8, u8); 7]| {
            fields.map(|(temporal_reference, field)| {
                let mut packet = picture('I', field);
                packet[5] |= temporal_reference << 6;
                packet
            })
        };
        let mut lost = packets([(0, 1), (0, 2), (1, 1), (2, 2), (2, 1), (3, 2), (3, 1)]);
        assert_eq!(packets_before_cuts(&lost), [3, 5]);
        lost = packets([(0, 1), (0, 2), (0, 1), (0, 2), (0, 1), (1, 2), (1, 1)]);
        assert_eq!(packets_before_cuts(&lost), [4, 5]);
        lost[3].splice(0..0, [0, 0, 1, start_code::GROUP, 0, 0, 0, 0]);
        assert_eq!(packets_before_cuts(&lost), [3, 5]);
    }

    #[test]
    fn no_cut_is_before_what_counts_to_the_picture_before() {
        let mut packets = frames("IPPP");
        packets[2].splice(0..0, SEQUENCE_END);
        assert_eq!(packets_before_cuts(&packets), [3]);
        packets[3].splice(0..0, SEQUENCE);
        assert_eq!(packets_before_cuts(&packets), [3]);
    }

    #[test]
    fn byte_streams_are_cut_at_picture_headers() {
        let mut packets = frames("IPPBP");
        packets[0].splice(0..0, SEQUENCE);
        packets[2].splice(0..0, SEQUENCE);
        let stream = packets.concat();
        let bytes: Vec<_> = stream.iter().map(|&byte| vec![byte]).collect();
        let found = cuts(&Framing::ByteStream, &bytes);
        let at = packets[..2].concat().len() as u64 + SEQUENCE.len() as u64;
        assert_eq!((found.len(), found[0].0, found[0].1.pending), (1, at, SEQUENCE.len() as u64));
        assert_eq!(found[0].1.preceding, Preceding { future: 1, pictures: 2 });
        assert_eq!(cuts(&Framing::ByteStream, &[stream]).len(), 1, "the last slice may go on");
    }
}
