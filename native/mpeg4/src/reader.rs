//! From bytes to units, and what is done with each kind of them.

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Event, Options, Packet, ParseError, Reader, Result, Times, syntax};
use codecorpus_mpeg::units::{Splitter, Unit, split};

use crate::headers::vop::{VopTime, read_type};
use crate::headers::{ShortHeader, Vol, VopHeader, VopType, start_code};
use crate::picture::{Decoder, VopOrigin};

/// Reads MPEG-4 and baseline H.263.
#[derive(Debug)]
pub(crate) struct Mpeg4Reader {
    /// None where whole packets are pushed.
    splitter: Option<Splitter>,
    units: Units,
}

/// What units are read with.
#[derive(Debug)]
struct Units {
    decoder: Decoder,
    vol: Option<Vol>,
    visual_object_verid: u32,
    /// Why what follows cannot be read until a layer's header comes that can.
    vol_damage: Option<ParseError>,
    /// Of the packet; the time of presentation is that of the first VOP in it.
    times: Times,
    packed: Packed,
    /// Bytes of units that count to the next VOP.
    pending: u64,
}

impl Mpeg4Reader {
    /// # Errors
    /// Extradata that are no headers.
    pub(crate) fn new(framing: Framing, options: Options) -> Result<Self> {
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
        Self::with_decoder(framing, Decoder::of_headers())
    }

    fn with_decoder(framing: Framing, decoder: Decoder) -> Result<Self> {
        let mut units = Units {
            decoder,
            vol: None,
            visual_object_verid: 1,
            vol_damage: None,
            times: Times::default(),
            packed: Packed::default(),
            pending: 0,
        };
        let splitter = match framing {
            Framing::ByteStream => Some(Splitter::default()),
            Framing::Packets { extradata } => {
                units.read_extradata(&extradata)?;
                None
            }
        };
        Ok(Self { splitter, units })
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
        self.units.decoder.output.events.pop_front()
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.units.decoder.output.recycle(picture);
    }
}

/// Packets that hold two VOPs, as DivX and Xvid write them into AVI: the second one, a B-VOP, is to be decoded when the next
/// packet comes, which is no more than a VOP that is not coded. A decoder that takes one VOP a packet keeps the second one
/// back, and any that follow until a placeholder lets it catch up; the one that it keeps at the end is not presented.
#[derive(Debug, Default)]
struct Packed {
    /// A VOP is kept back from packet to packet.
    occupied: bool,
    /// VOPs of the packet that come, and the one of them that is kept back.
    next: usize,
    held: Option<usize>,
}

impl Packed {
    /// The longest packet that is taken for a placeholder.
    const PLACEHOLDER: usize = 19;

    /// Says whether the VOP that was kept back is decoded now. One that is still there where two more come is lost.
    fn begin_packet(&mut self, vops: usize, bytes: usize) -> bool {
        let released = self.occupied && vops == 1;
        self.next = 0;
        self.held = match vops {
            0 => None,
            1 => (released && bytes > Self::PLACEHOLDER).then_some(0),
            _ => Some(1),
        };
        if vops > 0 {
            self.occupied = self.held.is_some();
        }
        released
    }

    /// Whether the packet's next VOP is kept back.
    fn holds_next(&mut self) -> bool {
        self.next += 1;
        self.held == Some(self.next - 1)
    }
}

/// vop_coding_type, where there is so much of a VOP.
fn vop_type(unit: &[u8]) -> Option<VopType> {
    read_type(&mut BitReader::new(unit.get(1..)?)).ok()
}

/// Whether it is a short_video_start_marker: 22 bits.
pub(crate) fn begins_short(data: &[u8]) -> bool {
    matches!(data, [0, 0, 0x80..=0x83, ..])
}

impl Units {
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
        let vops = split(packet.data, 0).filter(|unit| unit.data.first() == Some(&start_code::VOP)).count();
        if self.packed.begin_packet(vops, packet.data.len()) {
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

    fn unit(&mut self, unit: Unit<'_>) -> Result<()> {
        let picture = self.decoder.output.next_coded_order();
        let code = unit.data.first().copied().unwrap_or(u8::MAX);
        if code == start_code::VISUAL_OBJECT_SEQUENCE_END && self.decoder.add_bytes(unit.size) {
            return Ok(());
        }
        if code == start_code::VOP && self.vol.is_some() {
            return self.vop(unit, picture);
        }
        self.pending += unit.size;
        let result = self.read_header(code, unit.data);
        let Err(error) = result else { return Ok(()) };
        let error = error.in_unit(unit.offset).in_picture(picture);
        if (start_code::FIRST_VOL..=start_code::LAST_VOL).contains(&code) {
            self.vol_damage = Some(error.clone());
        }
        self.decoder.output.pass_over(&error)
    }

    fn vop(&mut self, unit: Unit<'_>, picture: u32) -> Result<()> {
        let origin = self.origin(unit.size, unit.data.len() as u64, unit.offset);
        let result = self.read_vop(unit, origin);
        self.pass_over(result, unit.offset, picture, origin, vop_type(unit.data))
    }

    /// Where the VOP comes from that is read next.
    fn origin(&self, bytes: u64, in_unit: u64, offset: u64) -> VopOrigin {
        VopOrigin { bytes: self.pending + bytes, in_unit, offset, times: self.times, held: false }
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

    fn read_header(&mut self, code: u8, data: &[u8]) -> Result<()> {
        let mut reader = BitReader::of(data, syntax_structure(code));
        reader.seek(8);
        match code {
            start_code::FIRST_VOL..=start_code::LAST_VOL => {
                self.vol = Some(Vol::read(&mut reader, self.visual_object_verid)?);
                self.vol_damage = None;
            }
            start_code::VISUAL_OBJECT => self.read_visual_object(&mut reader)?,
            start_code::GROUP_OF_VOP => self.read_group(&mut reader)?,
            start_code::VISUAL_OBJECT_SEQUENCE => {
                reader.each(&[(8, "profile_and_level_indication")]).unwrap_or_else(|error| syntax::fail(&error));
            }
            start_code::USER_DATA => reader.bytes(reader.left() / 8, "user_data")?,
            _ => {}
        }
        Ok(())
    }

    /// VisualObject( ): 6.2.2; pictures need only what versions of the standard it is of.
    fn read_visual_object(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.visual_object_verid = if r.flag("is_visual_object_identifier")? { r.u(4, "visual_object_verid")? } else { 1 };
        if r.is_noted()
            && let Err(error) = note_visual_object(r)
        {
            syntax::fail(&error);
        }
        Ok(())
    }

    /// Group_of_VideoObjectPlane( ): 6.2.4. Its time_code is a synchronisation point.
    fn read_group(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        let hours = r.u(5, "time_code_hours")?;
        let minutes = r.u(6, "time_code_minutes")?;
        r.skip(1, "marker_bit")?;
        let seconds = r.u(6, "time_code_seconds")?;
        self.decoder.clock.synchronise(i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds));
        if r.is_noted() {
            r.each(&[(1, "closed_gov"), (1, "broken_link")]).unwrap_or_else(|error| syntax::fail(&error));
        }
        Ok(())
    }

    /// Reads a VOP; says whether it is coded.
    fn read_vop(&mut self, unit: Unit<'_>, origin: VopOrigin) -> Result<bool> {
        let held = self.packed.holds_next();
        let Some(vol) = &self.vol else { return Ok(false) };
        let mut reader = BitReader::of(unit.data, "VideoObjectPlane");
        reader.seek(8);
        let damage = self.vol_damage.clone();
        let time = match damage.map_or_else(|| VopTime::read(&mut reader, vol), Err) {
            Ok(time) => time,
            Err(error) => {
                if vop_type(unit.data) != Some(VopType::B) {
                    self.decoder.clock.lose();
                }
                return Err(error);
            }
        };
        self.decoder.clock.tick(&time, vol);
        if !time.vop_coded {
            return Ok(false);
        }
        let header = VopHeader::read(&mut reader, vol, time.vop_type)?;
        reader.hush();
        self.decoder.read(reader, vol, &header, VopOrigin { held, ..origin })?;
        Ok(true)
    }

    /// A packet that is a picture of H.263.
    fn short_picture(&mut self, data: &[u8], origin: VopOrigin) -> Result<bool> {
        let mut reader = BitReader::of(data, "video_plane_with_short_header");
        let ShortHeader { vol, vop } = ShortHeader::read(&mut reader)?;
        reader.hush();
        self.decoder.read(reader, &vol, &vop, origin)?;
        Ok(true)
    }
}

/// The syntax structure behind a start code, for who asks for headers.
const fn syntax_structure(code: u8) -> &'static str {
    match code {
        start_code::FIRST_VOL..=start_code::LAST_VOL => "VideoObjectLayer",
        start_code::VISUAL_OBJECT => "VisualObject",
        start_code::GROUP_OF_VOP => "Group_of_VideoObjectPlane",
        start_code::VISUAL_OBJECT_SEQUENCE => "VisualObjectSequence",
        start_code::USER_DATA => "user_data",
        ..=0x1F => "VideoObject",
        _ => "reserved",
    }
}

/// The rest of VisualObject( ).
fn note_visual_object(r: &mut BitReader<'_>) -> Result<()> {
    const VIDEO_ID: u32 = 1;
    const STILL_TEXTURE_ID: u32 = 2;
    if r.data().get(1).is_some_and(|first| first & 0x80 != 0) {
        r.u(3, "visual_object_priority")?;
    }
    if matches!(r.u(4, "visual_object_type")?, VIDEO_ID | STILL_TEXTURE_ID) && r.flag("video_signal_type")? {
        r.each(&[(3, "video_format"), (1, "video_range")])?;
        if r.flag("colour_description")? {
            r.each(&[(8, "colour_primaries"), (8, "transfer_characteristics"), (8, "matrix_coefficients")])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_lets_the_second_vop_of_a_packet_catch_up() {
        let mut packed = Packed::default();
        assert!(!packed.begin_packet(2, 3000));
        assert_eq!([packed.holds_next(), packed.holds_next()], [false, true]);
        assert!(packed.begin_packet(1, 6));
        assert!(!packed.holds_next());
        assert!(!packed.begin_packet(1, 500));
        assert!(!packed.holds_next());
    }

    #[test]
    fn without_a_placeholder_each_vop_is_kept_back_in_turn() {
        let mut packed = Packed::default();
        packed.begin_packet(2, 3000);
        assert!(packed.begin_packet(1, 500) && packed.holds_next());
        assert!(packed.begin_packet(1, 500) && packed.holds_next());
        assert!(!packed.begin_packet(2, 3000), "the one that is kept back is lost");
    }
}
