//! What is done with each kind of NAL unit.

use std::sync::Arc;

use codecorpus_bitstream::nal::{NalUnit, Rbsp};
use codecorpus_bitstream::nal_reader::NalUnits;
use codecorpus_bitstream::nal_record::Record;
use codecorpus_bitstream::{BitReader, Options, Packet, ParseError, Result, Times, sei, syntax};

use crate::headers::nal::unit_type;
use crate::headers::sei::Messages;
use crate::headers::{NalHeader, Pps, SliceHeader, Sps, sei_payloads};
use crate::picture::{Announced, Boundary, Bytes, Decoder};
use crate::sets::ParameterSets;

/// What NAL units are read with.
#[derive(Debug)]
pub(crate) struct Units {
    pub(crate) decoder: Decoder,
    rbsp: Rbsp,
    pub(crate) sets: ParameterSets,
    pub(crate) announced: Announced,
    /// Bytes of units that count to the next picture.
    pub(crate) pending: u64,
    /// Bytes came that would have counted to a picture before the first one.
    pub(crate) has_strays: bool,
    /// The lengths in the packet add up, so that what looks like a parameter set is one.
    trusted: bool,
}

impl NalUnits for Units {
    fn record(extradata: &[u8]) -> Option<Record<'_>> {
        Record::avc(extradata)
    }

    fn is_parameter_set(first_byte: u8) -> bool {
        matches!(first_byte & 31, unit_type::SPS | unit_type::PPS)
    }

    fn is_message(first_byte: u8) -> bool {
        first_byte & 31 == unit_type::SEI
    }

    fn skips_damage(&self) -> bool {
        self.decoder.skips_damage()
    }

    fn tell(&mut self, error: ParseError) {
        self.decoder.tell(error);
    }

    fn begin_packet(&mut self, trusted: bool) {
        self.decoder.boundary = Boundary::Packet;
        self.trusted = trusted;
    }

    fn unit(&mut self, unit: NalUnit<'_>, times: Times) -> Result<()> {
        self.announced.times = times;
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

    fn cut_unit(&mut self, unit: NalUnit<'_>, error: ParseError, times: Times) -> Result<()> {
        self.decoder.tell(error);
        self.unit(unit, times)
    }

    fn lose_packet(&mut self, packet: &Packet<'_>, error: ParseError) -> Result<()> {
        let error = error.in_picture(self.decoder.next_coded_order + u32::from(self.decoder.lost.is_some()));
        if !self.skips_damage() {
            return Err(error);
        }
        let bytes = std::mem::take(&mut self.pending) + packet.data.len() as u64;
        self.decoder.lose_slice(error, bytes, false, packet.times);
        Ok(())
    }

    fn count_after(&mut self, bytes: u64) {
        if !self.decoder.count_header_bytes(bytes) {
            self.pending += bytes;
            self.has_strays |= bytes > 0;
        }
    }
}

impl Units {
    pub(crate) fn new(options: Options, has_packets: bool) -> Self {
        let mut decoder = Decoder::new(options);
        decoder.has_packets = has_packets;
        Self {
            decoder,
            rbsp: Rbsp::default(),
            sets: ParameterSets::default(),
            announced: Announced::default(),
            pending: 0,
            has_strays: false,
            trusted: true,
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
            unit_type::SPS => self.sets.read_sps(&mut reader)?,
            unit_type::PPS => self.sets.keep_pps(reader, rbsp)?,
            unit_type::SEI => {
                reader.hush();
                self.note_messages(&reader);
                let Messages { recovery_frame_cnt, x264_build } = Messages::read(&reader);
                self.announced.recovery_frame_cnt = self.announced.recovery_frame_cnt.or(recovery_frame_cnt);
                self.decoder.x264_build = x264_build.or(self.decoder.x264_build);
            }
            unit_type::ACCESS_UNIT_DELIMITER if reader.is_noted() => {
                reader.u(3, "primary_pic_type")?;
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

    /// Notes what SEI messages say, for who asks for headers.
    fn note_messages(&mut self, reader: &BitReader<'_>) {
        if !syntax::is_recording() {
            return;
        }
        let sets = &mut self.sets;
        sei::note(reader, sei_payloads::name, |payload_type, bits| {
            sei_payloads::read(payload_type, bits, |id| sets.vui_of_messages(id))
        });
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
                self.decoder.lose_slice(located(error, unit), bytes, nal.nal_unit_type == unit_type::IDR, self.announced.times);
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
            self.decoder.lose_slice(located(error, unit), bytes, header.idr, self.announced.times);
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
        let Some((sps, pps)) = self.sets.activate(id)? else { return Ok(None) };
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
        unit_type::END_OF_SEQUENCE => Some("end_of_seq_rbsp"),
        unit_type::END_OF_STREAM => Some("end_of_stream_rbsp"),
        unit_type::FILLER => Some("filler_data_rbsp"),
        unit_type::SPS_EXTENSION => Some("seq_parameter_set_extension_rbsp"),
        unit_type::PREFIX => Some("prefix_nal_unit_rbsp"),
        unit_type::SUBSET_SPS => Some("subset_seq_parameter_set_rbsp"),
        _ => None,
    }
}
