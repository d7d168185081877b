//! From bytes to NAL units, and what is done with each kind of them.

use std::sync::Arc;

use memchr::memmem;

use codecorpus_bitstream::nal::{AnnexB, NalUnit, Rbsp, split_annex_b, split_length_prefixed};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Event, Options, Packet, ParseError, Reader, Result};

use crate::damage::Boundary;
use crate::decoder::{Announced, Bytes, Decoder};
use crate::headers::nal::unit_type;
use crate::headers::sei::Messages;
use crate::headers::{NalHeader, Pps, SliceHeader, Sps};

/// How NAL units stand in what is pushed.
#[derive(Debug)]
enum Input {
    ByteStream(AnnexB),
    AnnexBPackets,
    LengthPrefixed { length_size: usize },
}

/// Reads H.264.
#[derive(Debug)]
pub struct H264Reader {
    input: Input,
    units: Units,
}

/// What NAL units are read with.
#[derive(Debug)]
struct Units {
    decoder: Decoder,
    rbsp: Rbsp,
    sps: [Option<Arc<Sps>>; 32],
    /// Picture parameter sets as they came: they can be read only with the sequence parameter set that they name.
    pps: Vec<Option<PpsUnit>>,
    announced: Announced,
    /// Bytes of units that count to the next picture.
    pending: u64,
    /// The lengths in the packet add up, so that what looks like a parameter set is one.
    trusted: bool,
}

#[derive(Debug)]
struct PpsUnit {
    data: Vec<u8>,
    read: Option<(Arc<Sps>, Arc<Pps>)>,
}

impl H264Reader {
    /// # Errors
    /// Extradata that are not an AVCDecoderConfigurationRecord, nor parameter sets.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        let units = Units {
            decoder: Decoder::new(options),
            rbsp: Rbsp::default(),
            sps: [const { None }; 32],
            pps: (0..256).map(|_| None).collect(),
            announced: Announced::default(),
            pending: 0,
            trusted: true,
        };
        let mut reader = Self { input: Input::ByteStream(AnnexB::new()), units };
        if let Framing::Packets { extradata } = framing {
            reader.input = Input::AnnexBPackets;
            reader.units.decoder.has_packets = true;
            reader.configure(&extradata)?;
        }
        Ok(reader)
    }

    fn drain_byte_stream(&mut self, end: bool) -> Result<()> {
        let Input::ByteStream(stream) = &mut self.input else { return Ok(()) };
        while let Some(unit) = stream.next_unit(end) {
            self.units.unit(unit)?;
        }
        Ok(())
    }
}

impl Reader for H264Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.units.announced.times = packet.times;
        match &mut self.input {
            Input::ByteStream(stream) => {
                stream.push(packet.data);
                self.drain_byte_stream(false)
            }
            Input::AnnexBPackets => {
                self.units.decoder.boundary = Boundary::Packet;
                let mut counted = 0;
                for unit in split_annex_b(packet.data, packet.position) {
                    counted += unit.size;
                    self.units.unit(unit)?;
                }
                self.units.count_after(packet.data.len() as u64 - counted);
                Ok(())
            }
            &mut Input::LengthPrefixed { length_size } => {
                self.units.decoder.boundary = Boundary::Packet;
                self.units.length_prefixed_packet(packet, length_size)
            }
        }
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        match self.units.read_extradata(extradata) {
            Ok(input) => self.input = input,
            Err(error) if self.units.decoder.skips_damage() => self.units.decoder.tell(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.drain_byte_stream(true)?;
        let pending = std::mem::take(&mut self.units.pending);
        self.units.decoder.count_header_bytes(pending);
        self.units.decoder.finish()
    }

    fn abandon(&mut self) {
        self.units.decoder.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        self.units.decoder.events.pop_front()
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.units.decoder.recycle(picture);
    }
}

impl Units {
    /// A container's extradata: its parameter sets, and how it delimits units.
    fn read_extradata(&mut self, extradata: &[u8]) -> Result<Input> {
        if extradata.first() == Some(&1) {
            return Ok(Input::LengthPrefixed { length_size: self.read_configuration(extradata)? });
        }
        split_annex_b(extradata, 0).try_for_each(|unit| self.parameter_set(unit))?;
        Ok(Input::AnnexBPackets)
    }

    /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1): its parameter sets, and the size of NALUnitLength.
    fn read_configuration(&mut self, extradata: &[u8]) -> Result<usize> {
        let mut r = BitReader::new(extradata);
        r.u(32, "AVCDecoderConfigurationRecord")?;
        r.u(6, "reserved")?;
        let length_size = r.u(2, "lengthSizeMinusOne")? as usize + 1;
        r.u(3, "reserved")?;
        for count_bits in [5, 8] {
            for _ in 0..r.u(count_bits, "numOfParameterSets")? {
                let length = r.u(16, "parameterSetLength")? as usize;
                let at = r.position() / 8;
                r.skip(length * 8, "parameterSetNALUnit")?;
                self.parameter_set(NalUnit { data: &extradata[at..at + length], offset: 0, size: 0 })?;
            }
        }
        Ok(length_size)
    }

    /// A unit of the extradata: only parameter sets matter there.
    fn parameter_set(&mut self, unit: NalUnit<'_>) -> Result<()> {
        let header = unit.data.first().map_or(0, |byte| byte & 31);
        if matches!(header, unit_type::SPS | unit_type::PPS) {
            self.unit(NalUnit { size: 0, ..unit })?;
        }
        Ok(())
    }

    /// Bytes that follow what they count to.
    fn count_after(&mut self, bytes: u64) {
        if !self.decoder.count_header_bytes(bytes) {
            self.pending += bytes;
        }
    }

    /// A packet in which each unit stands behind its length.
    fn length_prefixed_packet(&mut self, packet: Packet<'_>, length_size: usize) -> Result<()> {
        self.trusted = split_length_prefixed(packet.data, length_size, packet.position).all(|unit| unit.is_ok());
        // FFmpeg decodes nothing of a packet whose lengths do not add up.
        self.announced.times.is_discarded |= !self.trusted;
        let mut counted = 0;
        for unit in split_length_prefixed(packet.data, length_size, packet.position) {
            match unit {
                Ok(unit) => {
                    counted += unit.size as usize;
                    self.length_prefixed_unit(unit)?;
                }
                Err(error) if self.decoder.skips_damage() => {
                    self.decoder.tell(error);
                    self.cut_unit(&packet.data[counted..], length_size, packet.position + counted as u64)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is there of a unit that ends too early.
    fn cut_unit(&mut self, rest: &[u8], length_size: usize, position: u64) -> Result<()> {
        let data = rest.get(length_size..).unwrap_or_default();
        self.unit(NalUnit { data, offset: position + length_size as u64, size: rest.len() as u64 })
    }

    /// A unit behind its length. Some muxers leave several in one, with start codes between them.
    fn length_prefixed_unit(&mut self, unit: NalUnit<'_>) -> Result<()> {
        let Some(first) = memmem::find(unit.data, &[0, 0, 1]) else { return self.unit(unit) };
        let rest = &unit.data[first..];
        self.unit(NalUnit { data: &unit.data[..first], offset: unit.offset, size: unit.size - rest.len() as u64 })?;
        for unit in split_annex_b(rest, unit.offset + first as u64) {
            self.unit(unit)?;
        }
        Ok(())
    }

    fn unit(&mut self, unit: NalUnit<'_>) -> Result<()> {
        if unit.data.is_empty() {
            self.count_after(unit.size);
            return Ok(());
        }
        let mut rbsp = std::mem::take(&mut self.rbsp);
        rbsp.unescape(unit.data);
        let result = self.read_unit(&rbsp.data, &unit).map_err(|error| located(error, &unit));
        self.rbsp = rbsp;
        match result {
            Err(error) if self.decoder.skips_damage() => {
                self.decoder.tell(error);
                self.count_after(unit.size);
                Ok(())
            }
            result => result,
        }
    }

    fn read_unit(&mut self, rbsp: &[u8], unit: &NalUnit<'_>) -> Result<()> {
        let size = unit.size;
        let mut reader = syntax_structure(rbsp).map_or_else(|| BitReader::new(rbsp), |name| BitReader::of(rbsp, name));
        let nal = NalHeader::read(&mut reader)?;
        if matches!(nal.nal_unit_type, unit_type::SEI..=unit_type::ACCESS_UNIT_DELIMITER) {
            self.decoder.begin_access_unit();
        }
        match nal.nal_unit_type {
            unit_type::NON_IDR | unit_type::IDR => return self.read_slice(reader, nal, unit),
            unit_type::SPS | unit_type::PPS if !self.trusted => {
                return Err(ParseError::malformed("nal_unit_type", "a parameter set in a packet whose lengths do not add up"));
            }
            unit_type::PARTITION_A..=unit_type::PARTITION_C => {
                return Err(ParseError::unsupported("nal_unit_type", "data partitioning is not read").at_bit(3));
            }
            unit_type::SPS => self.read_sps(&mut reader)?,
            unit_type::PPS => self.keep_pps(reader, rbsp)?,
            unit_type::SEI => {
                let Messages { recovery_frame_cnt, x264_build } = Messages::read(&mut reader);
                self.announced.recovery_frame_cnt = self.announced.recovery_frame_cnt.or(recovery_frame_cnt);
                self.decoder.x264_build = x264_build.or(self.decoder.x264_build);
            }
            unit_type::PREFIX => self.announced.temporal_id = nal.temporal_id.unwrap_or(0),
            unit_type::END_OF_SEQUENCE | unit_type::END_OF_STREAM | unit_type::FILLER | 19..=31 => {
                self.count_after(size);
                return Ok(());
            }
            _ => {}
        }
        self.pending += size;
        Ok(())
    }

    fn read_sps(&mut self, reader: &mut BitReader<'_>) -> Result<()> {
        let sps = Sps::read(reader)?;
        let slot = &mut self.sps[usize::from(sps.seq_parameter_set_id & 31)];
        if slot.as_deref() != Some(&sps) {
            *slot = Some(Arc::new(sps));
        }
        Ok(())
    }

    fn keep_pps(&mut self, mut reader: BitReader<'_>, rbsp: &[u8]) -> Result<()> {
        let (id, _) = Pps::read_ids(&mut reader)?;
        let slot = &mut self.pps[usize::from(id)];
        if slot.as_ref().is_none_or(|unit| unit.data != rbsp) {
            *slot = Some(PpsUnit { data: rbsp.to_vec(), read: None });
        }
        Ok(())
    }

    /// The parameter sets that a slice names. None where the stream is cut open and no set has come yet.
    fn activate(&mut self, id: u8) -> Result<Option<(Arc<Sps>, Arc<Pps>)>> {
        let Some(unit) = &mut self.pps[usize::from(id)] else {
            if self.pps.iter().all(Option::is_none) {
                return Ok(None);
            }
            return Err(ParseError::malformed("pic_parameter_set_id", format!("there is no picture parameter set {id}")));
        };
        let mut ids = BitReader::new(&unit.data);
        ids.skip(8, "nal_unit_header")?;
        let (_, sps_id) = Pps::read_ids(&mut ids)?;
        let Some(sps) = &self.sps[usize::from(sps_id & 31)] else {
            if self.sps.iter().all(Option::is_none) {
                return Ok(None);
            }
            return Err(ParseError::malformed("seq_parameter_set_id", format!("there is no sequence parameter set {sps_id}")));
        };
        if let Some((read_sps, pps)) = &unit.read
            && Arc::ptr_eq(read_sps, sps)
        {
            return Ok(Some((Arc::clone(sps), Arc::clone(pps))));
        }
        let mut reader = BitReader::of(&unit.data, "pic_parameter_set_rbsp");
        NalHeader::read(&mut reader)?;
        let pps = Arc::new(Pps::read(&mut reader, sps)?);
        unit.read = Some((Arc::clone(sps), Arc::clone(&pps)));
        Ok(Some((Arc::clone(sps), pps)))
    }

    fn read_slice(&mut self, mut reader: BitReader<'_>, nal: NalHeader, unit: &NalUnit<'_>) -> Result<()> {
        let skips_damage = self.decoder.skips_damage();
        let header = self.slice_header(&mut reader, nal);
        reader.hush();
        let (sps, pps, header) = match header {
            Ok(Some(read)) => read,
            Ok(None) => {
                self.pending += unit.size;
                return Ok(());
            }
            Err(error) if skips_damage => {
                let bytes = std::mem::take(&mut self.pending) + unit.size;
                self.decoder.lose_slice(located(error, unit), bytes, self.announced.times);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if header.redundant_pic_cnt > 0 {
            self.count_after(unit.size);
            return Ok(());
        }
        if self.decoder.is_repeated(&header) {
            return Err(ParseError::malformed("first_mb_in_slice", "the picture has these macroblocks already"));
        }
        if skips_damage && self.decoder.is_strange(&header) {
            let error = ParseError::malformed("slice_header", "of another picture than its packet");
            let bytes = std::mem::take(&mut self.pending) + unit.size;
            self.decoder.lose_slice(located(error, unit), bytes, self.announced.times);
            return Ok(());
        }
        let bytes = Bytes { before: std::mem::take(&mut self.pending), unit: unit.size, offset: unit.offset };
        let announced = self.announced;
        self.announced = Announced { times: announced.times, ..Announced::default() };
        match self.decoder.slice(&reader, &sps, &pps, header, announced, bytes) {
            Err(error) if skips_damage => self.decoder.damage_current(located(error, unit)),
            result => return result,
        }
        Ok(())
    }

    /// The parameter sets of a slice, and its header. None where the stream is cut open and no set has come yet.
    fn slice_header(&mut self, reader: &mut BitReader<'_>, nal: NalHeader) -> Result<Option<ActiveSlice>> {
        let id = SliceHeader::read_pps_id(&mut reader.clone())?;
        let Some((sps, pps)) = self.activate(id)? else { return Ok(None) };
        // Anew from its first bit: what parameter sets say is noted before.
        *reader = BitReader::of(reader.data(), "slice_header");
        NalHeader::read(reader)?;
        let header = SliceHeader::read(reader, nal, &sps, &pps)?;
        Ok(Some((sps, pps, header)))
    }
}

/// A slice's header, and the parameter sets that it is read with.
type ActiveSlice = (Arc<Sps>, Arc<Pps>, SliceHeader);

/// The error, with where in the stream it is.
fn located(error: ParseError, unit: &NalUnit<'_>) -> ParseError {
    error.clamped_to(unit.data.len()).in_unit(unit.offset)
}

/// The syntax structure of a NAL unit, for who asks for headers; of slices and picture parameter sets none yet, since
/// other sets say how to read them.
fn syntax_structure(rbsp: &[u8]) -> Option<&'static str> {
    match rbsp.first()? & 31 {
        unit_type::SPS => Some("seq_parameter_set_rbsp"),
        unit_type::SEI => Some("sei_rbsp"),
        unit_type::ACCESS_UNIT_DELIMITER => Some("access_unit_delimiter_rbsp"),
        _ => None,
    }
}
