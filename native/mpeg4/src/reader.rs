//! From bytes to units, and what is done with each kind of them.

use codecorpus_bitstream::division::{Beginning, Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::reader::{Framing, is_blank};
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Event, Options, Packet, ParseError, Reader, Result, Times};
use codecorpus_mpeg::units::{Splitter, Unit, is_void, split};

use crate::headers::{ShortHeader, VopHeader, VopType, begins_short, start_code};
use crate::layer::{Layer, vop_type};
use crate::packed::Packed;
use crate::picture::{Decoder, VopOrigin};
use crate::scout::{Lookout, Mpeg4Scout, Start};

/// Reads MPEG-4 and baseline H.263.
#[derive(Debug)]
pub struct Mpeg4Reader {
    /// None where whole packets are pushed.
    splitter: Option<Splitter>,
    units: Units,
    beginning: Beginning,
}

/// What units are read with.
#[derive(Debug)]
struct Units {
    decoder: Decoder,
    layer: Layer,
    /// Of the packet; the time of presentation is that of the first VOP in it.
    times: Times,
    packed: Packed,
    /// Times of presentation are numbers of packets, a VOP each.
    numbers: bool,
    /// Bytes of units that count to the next VOP.
    pending: u64,
}

impl Mpeg4Reader {
    /// # Errors
    /// Extradata that are no headers.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        if options.wanted.residual {
            let reason = "MPEG-4 leaves the inverse transform's rounding to the decoder: it has no one residual";
            return Err(ParseError::unsupported("residual", reason));
        }
        Self::with_decoder(framing, Decoder::new(options))
    }

    /// Reads headers alone: pictures have no rows, and whether they are shown is known.
    ///
    /// # Errors
    /// Extradata that are no headers.
    pub(crate) fn of_headers(framing: Framing) -> Result<Self> {
        let mut reader = Self::with_decoder(framing, Decoder::of_headers())?;
        reader.units.numbers = true;
        Ok(reader)
    }

    fn with_decoder(framing: Framing, decoder: Decoder) -> Result<Self> {
        let mut units = Units::new(decoder, Layer::default());
        let splitter = match framing {
            Framing::ByteStream => Some(Splitter::default()),
            Framing::Packets { extradata } => {
                units.read_extradata(&extradata)?;
                None
            }
        };
        Ok(Self { splitter, units, beginning: Beginning::OfStream })
    }

    fn drain_byte_stream(&mut self, end: bool) -> Result<()> {
        let Some(splitter) = &mut self.splitter else { return Ok(()) };
        while let Some(unit) = splitter.next_unit(end) {
            self.units.unit(unit)?;
        }
        Ok(())
    }
}

impl Reader for Mpeg4Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.units.times = packet.times;
        if let Some(splitter) = &mut self.splitter {
            splitter.push(packet.data);
            return self.drain_byte_stream(false);
        }
        self.units.packet(packet)
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.units.read_extradata(extradata)
    }

    fn finish(&mut self) -> Result<()> {
        self.drain_byte_stream(true)?;
        let pending = std::mem::take(&mut self.units.pending);
        self.units.decoder.finish(pending);
        Ok(())
    }

    fn abandon(&mut self) {
        self.units.decoder.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        let event = self.units.decoder.output.events.pop_front();
        self.beginning.look(event.as_ref());
        event
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.units.decoder.output.recycle(picture);
    }
}

impl Divisible for Mpeg4Reader {
    type Start = Start;
    type Scout = Mpeg4Scout;

    fn scout(framing: &Framing, _: Options, least: Least) -> Mpeg4Scout {
        Mpeg4Scout::new(framing, Lookout::new(framing, least))
    }

    fn begin_at(cut: &Cut<Start>, options: Options) -> Self {
        let Start { is_byte_stream, layer, preceding, pending } = &cut.start;
        let units = Units::new(Decoder::begin_behind(*preceding, options), layer.clone());
        Self {
            splitter: is_byte_stream.then(|| Splitter::begin_at(cut.at)),
            units: Units { pending: *pending, ..units },
            beginning: Beginning::Unknown,
        }
    }

    fn begins_alike(&self) -> Option<bool> {
        self.beginning.is_alike()
    }

    fn reach_cut(&mut self) -> Result<()> {
        self.drain_byte_stream(true)
    }

    fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        let units = &mut self.units;
        let same = units.layer == start.layer && units.pending == start.pending && !units.packed.holds();
        if !same {
            return None;
        }
        units.decoder.hand_over(start.preceding)
    }
}

impl Units {
    fn new(decoder: Decoder, layer: Layer) -> Self {
        Self { decoder, layer, times: Times::default(), packed: Packed::default(), numbers: false, pending: 0 }
    }

    /// A container's copy of the layer's headers: they count to no picture, and VOPs among them are none.
    fn read_extradata(&mut self, extradata: &[u8]) -> Result<()> {
        for unit in split(extradata, 0).filter(|unit| unit.data.first() != Some(&start_code::VOP)) {
            self.unit(Unit { size: 0, ..unit })?;
        }
        Ok(())
    }

    fn packet(&mut self, packet: Packet<'_>) -> Result<()> {
        if begins_short(packet.data) {
            let picture = self.decoder.output.next_coded_order();
            let origin = self.origin(packet.data.len() as u64, packet.data.len() as u64, packet.position);
            let result = self.short_picture(packet.data, origin);
            return self.pass_over(result, packet.position, picture, origin, None);
        }
        let begun = self.decoder.output.next_coded_order() > 0;
        if is_void(packet.data) && (begun || is_blank(packet.data)) {
            return self.lose_packet(packet);
        }
        if self.packed.begin_packet(packet.data, &mut self.layer) {
            self.decoder.release();
        }
        let mut counted = 0;
        for unit in split(packet.data, packet.position) {
            counted += unit.size;
            self.unit(unit)?;
        }
        self.pending += packet.data.len() as u64 - counted;
        Ok(())
    }

    /// A packet of no units: decoders show no picture there.
    fn lose_packet(&mut self, packet: Packet<'_>) -> Result<()> {
        let (picture, bytes) = (self.decoder.output.next_coded_order(), packet.data.len() as u64);
        self.times.is_discarded = true;
        let error = ParseError::malformed("vop_start_code", "no start code is in the packet");
        self.pass_over(Err(error), packet.position, picture, self.origin(bytes, bytes, packet.position), None)
    }

    fn unit(&mut self, unit: Unit<'_>) -> Result<()> {
        let picture = self.decoder.output.next_coded_order();
        let code = unit.data.first().copied().unwrap_or(u8::MAX);
        if code == start_code::VISUAL_OBJECT_SEQUENCE_END && self.decoder.add_bytes(unit.size) {
            return Ok(());
        }
        if code == start_code::VOP && self.layer.vol.is_some() {
            return self.vop(unit, picture);
        }
        self.pending += unit.size;
        let result = self.layer.read(code, unit.data);
        let Err(error) = result else { return Ok(()) };
        let error = error.in_unit(unit.offset).in_picture(picture);
        self.layer.lose(code, &error);
        self.decoder.output.pass_over(&error)
    }

    fn vop(&mut self, unit: Unit<'_>, picture: u32) -> Result<()> {
        let origin = self.origin(unit.size, unit.data.len() as u64, unit.offset);
        let result = self.read_vop(unit, origin);
        self.pass_over(result, unit.offset, picture, origin, vop_type(unit.data))
    }

    /// Where the VOP comes from that is read next.
    fn origin(&self, bytes: u64, in_unit: u64, offset: u64) -> VopOrigin {
        let times = Times { pts: self.times.pts.filter(|_| self.numbers || !self.layer.is_packed), ..self.times };
        VopOrigin { bytes: self.pending + bytes, in_unit, offset, times, held: false }
    }

    /// What becomes of a VOP that could not be read: a damaged picture, unless the decoder has begun one.
    fn pass_over(
        &mut self,
        result: Result<bool>,
        unit: u64,
        picture: u32,
        origin: VopOrigin,
        vop_type: Option<VopType>,
    ) -> Result<()> {
        let coded = match result {
            Ok(coded) => coded,
            Err(error) => {
                let error = error.in_unit(unit).in_picture(picture);
                self.decoder.output.pass_over(&error)?;
                self.decoder.damaged(error, vop_type, origin)?;
                true
            }
        };
        if coded {
            self.pending = 0;
            self.times.pts = None;
        } else {
            self.pending = origin.bytes;
        }
        Ok(())
    }

    /// Reads a VOP; says whether it is coded.
    fn read_vop(&mut self, unit: Unit<'_>, origin: VopOrigin) -> Result<bool> {
        let held = self.packed.holds_next();
        let mut reader = BitReader::of(unit.data, "VideoObjectPlane");
        reader.seek(8);
        let Some((vol, clock, time)) = self.layer.read_time(&mut reader)? else { return Ok(false) };
        if !time.vop_coded {
            return Ok(false);
        }
        let header = VopHeader::read(&mut reader, vol, time.vop_type)?;
        reader.hush();
        self.decoder.read(reader, vol, &header, clock, VopOrigin { held, ..origin })?;
        Ok(true)
    }

    /// A packet that is a picture of H.263.
    fn short_picture(&mut self, data: &[u8], origin: VopOrigin) -> Result<bool> {
        let mut reader = BitReader::of(data, "video_plane_with_short_header");
        let ShortHeader { vol, vop } = ShortHeader::read(&mut reader)?;
        reader.hush();
        self.decoder.read(reader, &vol, &vop, &self.layer.clock, origin)?;
        Ok(true)
    }
}
