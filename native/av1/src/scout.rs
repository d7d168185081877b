//! Where AV1 streams can be cut: before temporal units that begin with a key frame which is shown, as it takes every slot (7.20).

use std::sync::Arc;

use codecorpus_bitstream::division::{Cuts, Least, Scout};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{BitReader, Errors, Options, Packet, Result};

use crate::framing::{ByteStream, Obu, each_in_extradata, is_void, next_in_packet};
use crate::headers::SequenceHeader;
use crate::headers::obu::{Extension, ObuType, trailing_bits};
use crate::start::Start;

#[derive(Debug)]
pub struct Av1Scout {
    start: Start,
    skips_damage: bool,
    /// A sequence header that a key frame must confirm, where damage is passed over.
    announced: Option<Arc<SequenceHeader>>,
    cuts: Cuts<Start>,
    /// Bytes of the stream before the next packet.
    position: u64,
    input: Input,
    /// The temporal unit whose first frame has not come.
    open_unit: Option<(u64, Start)>,
}

#[derive(Debug)]
enum Input {
    Packets,
    ByteStream(ByteStream),
    /// A byte stream behind damage.
    Lost,
}

/// What uncompressed_header( ) (5.9.2) begins with.
enum FirstBits {
    ShowExisting,
    Frame { is_key: bool, shown: bool },
}

impl Av1Scout {
    pub(crate) fn new(framing: &Framing, options: Options, least: Least) -> Self {
        let input = match framing {
            Framing::ByteStream => Input::ByteStream(ByteStream::default()),
            Framing::Packets { .. } => Input::Packets,
        };
        let start = Start { format: None, sequence: None, delimited: false };
        let mut scout = Self {
            start,
            skips_damage: options.errors == Errors::Skip,
            announced: None,
            cuts: Cuts::new(least),
            position: 0,
            input,
            open_unit: None,
        };
        if let Framing::Packets { extradata } = framing {
            scout.configure(extradata);
        }
        scout
    }

    /// The OBUs of a packet, up to one that cannot be read.
    fn look_at_packet(&mut self, data: &[u8]) -> Result<()> {
        self.open_unit = (!self.start.delimited).then(|| (self.position, self.start.clone()));
        if is_void(data) {
            self.cuts.count(1, 0);
        }
        let mut from = 0;
        while let Some(obu) = next_in_packet(data, from)? {
            // Packets are not cut inside.
            let begin = (from == 0).then_some(self.position);
            from = obu.range.end;
            self.look_at_obu(&data[obu.range.clone()], &obu, begin)?;
        }
        Ok(())
    }

    /// The OBUs of a byte stream that are whole. Behind damage no cut is sought.
    fn look_at_stream(&mut self, byte_stream: &mut ByteStream, data: &[u8]) -> Result<()> {
        byte_stream.push(data);
        while let Some(obu) = byte_stream.next(false)? {
            self.start.format = byte_stream.format_between_units();
            let begin = byte_stream.position_of(obu.range.start) - obu.overhead as u64;
            self.look_at_obu(byte_stream.bytes(obu.range.clone()), &obu, Some(begin))?;
            let end = byte_stream.position_of(obu.range.end);
            self.cuts.settle(self.open_unit.as_ref().map_or(end, |(begin, _)| *begin));
        }
        Ok(())
    }

    /// An OBU. Where it is a delimiter, the stream may be cut before it, at byte `begin`, if that is a place for a cut.
    fn look_at_obu(&mut self, data: &[u8], obu: &Obu, begin: Option<u64>) -> Result<()> {
        if self.is_dropped(obu) {
            return Ok(());
        }
        match obu.header.obu_type {
            ObuType::TemporalDelimiter => {
                self.start.delimited = true;
                self.open_unit = begin.map(|begin| (begin, self.start.clone()));
            }
            ObuType::SequenceHeader => self.read_sequence_header(data, obu)?,
            ObuType::FrameHeader | ObuType::Frame => self.look_at_frame(data, obu)?,
            ObuType::TileGroup | ObuType::RedundantFrameHeader | ObuType::TileList => self.open_unit = None,
            ObuType::Metadata | ObuType::Padding | ObuType::Reserved => {}
        }
        Ok(())
    }

    fn look_at_frame(&mut self, data: &[u8], obu: &Obu) -> Result<()> {
        let open_unit = self.open_unit.take();
        let announced = self.announced.take();
        let mut bits = BitReader::new(data);
        bits.seek(8 * obu.header.header_bytes);
        match first_bits(&mut bits)? {
            FirstBits::ShowExisting => self.cuts.count(0, 1),
            FirstBits::Frame { is_key: true, shown: true } => {
                self.start.sequence = announced.or(self.start.sequence.take());
                let is_still = self.start.sequence.as_ref().is_none_or(|sequence| sequence.reduced_still_picture_header);
                if let Some((begin, start)) = open_unit.filter(|_| !is_still) {
                    self.cuts.offer(begin, || start);
                }
                self.cuts.count_picture();
            }
            FirstBits::Frame { shown, .. } => self.cuts.count(1, u32::from(shown)),
        }
        Ok(())
    }

    fn read_sequence_header(&mut self, data: &[u8], obu: &Obu) -> Result<()> {
        let mut bits = BitReader::new(data);
        bits.seek(8 * obu.header.header_bytes);
        let sequence = SequenceHeader::read(&mut bits)?;
        trailing_bits(&bits)?;
        self.announced = None;
        match &self.start.sequence {
            Some(known) if **known == sequence => {}
            Some(_) if self.skips_damage => self.announced = Some(Arc::new(sequence)),
            _ => self.start.sequence = Some(Arc::new(sequence)),
        }
        Ok(())
    }

    /// As the reader's.
    fn is_dropped(&self, obu: &Obu) -> bool {
        let layer_free = matches!(obu.header.obu_type, ObuType::SequenceHeader | ObuType::TemporalDelimiter);
        let point = self.start.sequence.as_ref().and_then(|sequence| sequence.operating_points.first());
        match (obu.header.extension, point.map_or(0, |point| point.operating_point_idc)) {
            (Some(Extension { temporal_id, spatial_id }), idc) if !layer_free && idc != 0 => {
                idc >> temporal_id & 1 == 0 || idc >> (spatial_id + 8) & 1 == 0
            }
            _ => false,
        }
    }
}

fn first_bits(bits: &mut BitReader<'_>) -> Result<FirstBits> {
    if bits.flag("show_existing_frame")? {
        return Ok(FirstBits::ShowExisting);
    }
    Ok(FirstBits::Frame { is_key: bits.u(2, "frame_type")? == 0, shown: bits.flag("show_frame")? })
}

impl Scout for Av1Scout {
    type Start = Start;

    fn look(&mut self, packet: Packet<'_>) {
        let end = self.position + packet.data.len() as u64;
        // What cannot be read here the readers meet too.
        self.input = match std::mem::replace(&mut self.input, Input::Lost) {
            Input::ByteStream(mut byte_stream) => match self.look_at_stream(&mut byte_stream, packet.data) {
                Ok(()) => Input::ByteStream(byte_stream),
                Err(_) => Input::Lost,
            },
            Input::Packets => {
                let _ = self.look_at_packet(packet.data);
                Input::Packets
            }
            Input::Lost => Input::Lost,
        };
        if !matches!(self.input, Input::ByteStream(_)) {
            self.cuts.settle(end);
        }
        self.position = end;
    }

    fn configure(&mut self, extradata: &[u8]) {
        let _ = each_in_extradata(extradata, |data, obu| match obu.header.obu_type {
            ObuType::SequenceHeader => self.read_sequence_header(data, obu),
            _ => Ok(()),
        });
    }

    fn cuts(&mut self) -> &mut Cuts<Start> {
        &mut self.cuts
    }
}
