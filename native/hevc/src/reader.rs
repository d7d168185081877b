//! Packets in, pictures out: NAL unit framing, parameter sets, picture boundaries (7.4.2.4), bytes and presentation order.

use std::collections::VecDeque;
use std::sync::Arc;

use codecorpus_bitstream::nal::{AnnexB, NalUnit, Rbsp, split_annex_b, split_length_prefixed};
use codecorpus_bitstream::order::{MAX_DPB_FRAMES, PresentationOrder};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::{FrameRecord, Picture};
use codecorpus_bitstream::{BitReader, Event, Information, Options, Packet, ParseError, Plane, Reader, Result, Times};

use crate::damage::Lost;
use crate::headers::hvcc::Extradata;
use crate::headers::nal::{NalHeader, NalType};
use crate::headers::pps::Pps;
use crate::headers::slice::{SegmentStart, SliceHeader, SliceSegmentHeader};
use crate::headers::sps::Sps;
use crate::headers::tiles::TileScan;
use crate::neighbours::PictureContext;
use crate::picture::{ActiveSets, CurrentPicture, PictureStart, parse_segment_header};
use crate::refs::Dpb;

/// Reads an HEVC stream.
#[derive(Debug)]
pub struct HevcReader {
    input: Input,
    pub(crate) options: Options,
    sps: [Option<Arc<Sps>>; 16],
    pps: [Option<Arc<Pps>>; 64],
    /// The sets of the last picture.
    pub(crate) active: Option<ActiveSets>,
    pub(crate) current: Option<CurrentPicture>,
    /// A picture of which no slice segment header could be read.
    pub(crate) lost: Option<Lost>,
    /// Whether a packet has begun, or a unit come that begins an access unit, since the last slice segment.
    pub(crate) boundary: bool,
    /// Whether units in the packet are what they look like: its lengths add up.
    trusted: bool,
    /// Bytes that count to the next picture.
    pub(crate) pending_bytes: u64,
    /// Whether a slice segment of the next picture was lost.
    pending_loss: bool,
    pub(crate) next_coded_order: u32,
    /// Whether the next picture is the first one of the bitstream, or follows an end of sequence.
    begins_sequence: bool,
    /// NoRaslOutputFlag of the last IRAP picture.
    no_rasl_output: bool,
    /// Whether an IRAP picture has come: decoding begins there, and nothing before it is shown.
    has_irap: bool,
    pub(crate) dpb: Dpb,
    pub(crate) context: PictureContext,
    order: PresentationOrder,
    pub(crate) events: VecDeque<Event>,
    pub(crate) rbsp: Rbsp,
    #[expect(clippy::vec_box, reason = "pictures come and go as boxes")]
    pub(crate) pool: Vec<Box<Picture>>,
}

#[derive(Debug)]
enum Input {
    ByteStream { units: AnnexB, chunks: Chunks },
    AnnexBPackets,
    LengthPrefixed { length_size: usize },
}

/// Which chunk of a byte stream came with which time stamps.
#[derive(Debug, Default)]
struct Chunks {
    begins: VecDeque<(u64, Times)>,
    end: u64,
}

impl Chunks {
    fn push(&mut self, packet: &Packet<'_>) {
        self.begins.push_back((self.end, packet.times));
        self.end += packet.data.len() as u64;
    }

    /// Those of the chunk that holds byte `offset`; earlier ones are forgotten.
    fn times_at(&mut self, offset: u64) -> Times {
        while self.begins.get(1).is_some_and(|&(begin, _)| begin <= offset) {
            self.begins.pop_front();
        }
        self.begins.front().map_or_else(Times::default, |&(_, times)| times)
    }
}

impl HevcReader {
    /// # Errors
    /// Extradata that is cut, or holds a broken parameter set.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        let mut reader = Self {
            input: Input::AnnexBPackets,
            options,
            sps: [const { None }; 16],
            pps: [const { None }; 64],
            active: None,
            current: None,
            lost: None,
            boundary: false,
            trusted: true,
            pending_bytes: 0,
            pending_loss: false,
            next_coded_order: 0,
            begins_sequence: true,
            no_rasl_output: true,
            has_irap: false,
            dpb: Dpb::default(),
            context: PictureContext::default(),
            order: PresentationOrder::default(),
            events: VecDeque::new(),
            rbsp: Rbsp::default(),
            pool: Vec::new(),
        };
        match framing {
            Framing::ByteStream => reader.input = Input::ByteStream { units: AnnexB::new(), chunks: Chunks::default() },
            Framing::Packets { extradata } => {
                let result = reader.read_extradata(&extradata);
                reader.strictly(result)?;
            }
        }
        // What a container keeps apart is no part of the packets' bytes.
        reader.pending_bytes = 0;
        Ok(reader)
    }

    fn read_extradata(&mut self, extradata: &[u8]) -> Result<()> {
        match Extradata::parse(extradata)? {
            Extradata::AnnexB(data) => split_annex_b(data, 0).try_for_each(|unit| self.unit(unit, Times::default())),
            Extradata::Record { length_size, units } => {
                self.input = Input::LengthPrefixed { length_size };
                units.into_iter().try_for_each(|data| self.unit(NalUnit { data, offset: 0, size: 0 }, Times::default()))
            }
        }
    }

    /// Whether access units come in packets.
    pub(crate) fn has_packets(&self) -> bool {
        !matches!(self.input, Input::ByteStream { .. })
    }

    /// Reads the units of the byte stream that are whole.
    fn byte_stream_units(&mut self, end: bool) -> Result<()> {
        let Input::ByteStream { units, chunks } = &mut self.input else { return Ok(()) };
        let (mut units, mut chunks) = (std::mem::take(units), std::mem::take(chunks));
        let mut result = Ok(());
        while let Some(unit) = units.next_unit(end) {
            let times = chunks.times_at(unit.offset);
            result = self.unit(unit, times);
            if result.is_err() {
                break;
            }
        }
        self.input = Input::ByteStream { units, chunks };
        result
    }

    /// One NAL unit, whatever it is.
    pub(crate) fn unit(&mut self, unit: NalUnit<'_>, times: Times) -> Result<()> {
        let result = self.read_unit(&unit, times).map_err(|error| {
            let error = error.clamped_to(unit.data.len()).in_unit(unit.offset);
            match &self.current {
                Some(current) => error.in_picture(current.picture.frame.coded_order),
                None => error,
            }
        });
        match result {
            Err(error) if self.skips_damage() => self.note_damage(error, &unit, times),
            result => result,
        }
    }

    fn read_unit(&mut self, unit: &NalUnit<'_>, times: Times) -> Result<()> {
        let header = match NalHeader::parse(unit.data) {
            Ok(header) => header,
            // Units of no use here may be anything.
            Err(_) if unit.data.first().is_none_or(|first| first >> 1 & 63 > 40) => {
                self.count_bytes(unit.size, false);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let kind = header.unit_type;
        if header.nuh_layer_id > 0 {
            self.count_bytes(unit.size, false);
            return Ok(());
        }
        if kind.is_slice_segment() {
            return self.slice_segment(unit, header, times);
        }
        self.count_bytes(unit.size, kind.begins_access_unit());
        self.boundary |= kind.begins_access_unit();
        match kind {
            _ if !self.trusted => Ok(()),
            NalType::SPS => self.read_sps(unit.data),
            NalType::PPS => self.read_pps(unit.data),
            // They are nothing but their headers: what is longer was something else.
            NalType::EOS | NalType::EOB if unit.data.len() == NalHeader::SIZE || !self.skips_damage() => {
                self.begins_sequence = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Counts bytes of units that are no slice segments to the picture that is being read, or to the next one.
    pub(crate) fn count_bytes(&mut self, size: u64, next_picture: bool) {
        match &mut self.current {
            Some(current) if !next_picture && self.pending_bytes == 0 => current.picture.count_header_bytes(size),
            _ => self.pending_bytes += size,
        }
    }

    /// Counts the bytes of a slice segment to its picture, and what came before it; its reader charges those of the RBSP.
    fn count_slice_segment(&mut self, size: u64) {
        let before = std::mem::take(&mut self.pending_bytes);
        let around = size.saturating_sub(self.rbsp.data.len() as u64);
        if let Some(current) = &mut self.current {
            current.picture.count_header_bytes(before);
            current.picture.count_bytes(size);
            current.picture.charge_header(Information::from_bits(8 * around));
        }
    }

    fn read_sps(&mut self, data: &[u8]) -> Result<()> {
        self.rbsp.unescape(data);
        let mut bits = BitReader::of(&self.rbsp.data, "seq_parameter_set_rbsp");
        bits.seek(8 * NalHeader::SIZE);
        let sps = Sps::parse(&mut bits).map_err(|error| error.at_bit(bits.position() as u64))?;
        let ends = self.ends_where_it_should(&bits);
        if let Some(slot) = self.sps.get_mut(usize::from(sps.id))
            && slot.as_deref() != Some(&sps)
        {
            if slot.is_some() {
                ends?;
            }
            *slot = Some(Arc::new(sps));
        }
        Ok(())
    }

    fn read_pps(&mut self, data: &[u8]) -> Result<()> {
        self.rbsp.unescape(data);
        let mut bits = BitReader::of(&self.rbsp.data, "pic_parameter_set_rbsp");
        bits.seek(8 * NalHeader::SIZE);
        let pps = Pps::parse(&mut bits).map_err(|error| error.at_bit(bits.position() as u64))?;
        let ends = self.ends_where_it_should(&bits);
        if let Some(slot) = self.pps.get_mut(usize::from(pps.id))
            && slot.as_deref() != Some(&pps)
        {
            if slot.is_some() {
                ends?;
            }
            *slot = Some(Arc::new(pps));
        }
        Ok(())
    }

    /// Whether a parameter set has been read to its end, which is asked where damage is to be passed over: anything may look
    /// like a set, and take the place of a good one.
    fn ends_where_it_should(&self, bits: &BitReader<'_>) -> Result<()> {
        if !self.skips_damage() || bits.last_one_bit() == Some(bits.position()) {
            return Ok(());
        }
        Err(ParseError::malformed("rbsp_trailing_bits", "the parameter set does not end there").at_bit(bits.position() as u64))
    }

    fn has_parameter_sets(&self, pps_id: u8) -> bool {
        let pps = self.pps.get(usize::from(pps_id)).and_then(Option::as_ref);
        pps.is_some_and(|pps| self.sps.get(usize::from(pps.sps_id)).is_some_and(Option::is_some))
    }

    /// The parameter sets that a slice segment refers to.
    fn activate(&mut self, pps_id: u8) -> Result<ActiveSets> {
        let missing = |element| ParseError::malformed(element, "no such parameter set was received");
        let pps = self.pps.get(usize::from(pps_id)).and_then(Option::as_ref);
        let pps = pps.ok_or_else(|| missing("slice_pic_parameter_set_id"))?;
        let sps = self.sps.get(usize::from(pps.sps_id)).and_then(Option::as_ref);
        let sps = sps.ok_or_else(|| missing("pps_seq_parameter_set_id"))?;
        if let Some(active) = self.active.as_ref().filter(|a| Arc::ptr_eq(&a.sps, sps) && Arc::ptr_eq(&a.pps, pps)) {
            return Ok(active.clone());
        }
        let scan = Arc::new(TileScan::new(sps, pps)?);
        let sets = ActiveSets { sps: sps.clone(), pps: pps.clone(), scan };
        self.active = Some(sets.clone());
        Ok(sets)
    }

    fn slice_segment(&mut self, unit: &NalUnit<'_>, nal: NalHeader, times: Times) -> Result<()> {
        self.rbsp.unescape(unit.data);
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.seek(8 * NalHeader::SIZE);
        let start = SegmentStart::parse(&mut bits, nal)?;
        self.end_before()?;
        let same_pps = self.current.as_ref().is_some_and(|current| current.sets.pps.id == start.pps_id);
        if start.first_slice_segment_in_pic_flag || !same_pps {
            if self.has_begun(nal) {
                let reason = "a picture that has begun, and is not yet covered";
                self.drop_unit(unit, ParseError::malformed("first_slice_segment_in_pic_flag", reason));
                return Ok(());
            }
            self.close_picture()?;
        }
        if self.current.is_none() && self.next_coded_order == 0 && !self.has_parameter_sets(start.pps_id) {
            // A stream that is cut open: nothing can be known of its pictures before their parameter sets come.
            self.pending_bytes += unit.size;
            return Ok(());
        }
        let (mut sets, mut segment, mut slice) = self.segment_header(nal, start)?;
        let lost = |current: &CurrentPicture| current.is_other_picture(nal, &segment, slice.as_ref());
        let other_picture = self.current.as_ref().is_some_and(lost);
        if segment.dependent_slice_segment_flag && (self.current.is_none() || other_picture) {
            // The slice that it belongs to was lost, and with it all that says how to read it.
            if self.skips_damage() {
                return Err(ParseError::malformed("dependent_slice_segment_flag", "the slice that it continues was lost"));
            }
            self.pending_bytes += unit.size;
            self.pending_loss = true;
            return Ok(());
        }
        if other_picture {
            if self.is_repeated(nal, slice.as_ref()) {
                let reason = "a coding tree unit that is coded twice";
                self.drop_unit(unit, ParseError::malformed("slice_segment_address", reason));
                return Ok(());
            }
            // The picture's first slice segment was lost, and its parameter sets may be newer ones.
            self.close_picture()?;
            (sets, segment, slice) = self.segment_header(nal, start)?;
        }
        let Some(header) = slice else { return Ok(()) };
        if self.current.is_none() {
            let lost = self.take_lost(start.first_slice_segment_in_pic_flag);
            self.begin_picture(&sets, nal, &header, times);
            self.add_lost(lost);
        }
        self.boundary = false;
        self.count_slice_segment(unit.size);
        self.decode_segment(unit.offset, &segment, header)
    }

    /// The slice segment header that begins with `start`, the parameter sets that it refers to, and the header of its slice.
    fn segment_header(
        &mut self,
        nal: NalHeader,
        start: SegmentStart,
    ) -> Result<(ActiveSets, SliceSegmentHeader, Option<SliceHeader>)> {
        let sets = match &self.current {
            // A picture's parameter sets hold to its end.
            Some(current) => current.sets.clone(),
            None => self.activate(start.pps_id)?,
        };
        let mut slice = self.current.as_ref().and_then(CurrentPicture::slice).cloned();
        let segment = parse_segment_header(&self.rbsp, nal, &sets, &mut slice)?;
        Ok((sets, segment, slice))
    }

    fn decode_segment(&mut self, unit: u64, segment: &SliceSegmentHeader, header: SliceHeader) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.last_unit = unit;
        if current.error.is_some() {
            return Ok(());
        }
        if !segment.dependent_slice_segment_flag {
            current.begin_slice(header)?;
        }
        current.decode_segment(segment, &self.rbsp, &mut self.context, &self.dpb, self.options.wanted)
    }

    fn begin_picture(&mut self, sets: &ActiveSets, nal: NalHeader, header: &SliceHeader, times: Times) {
        let irap = nal.unit_type.is_irap();
        let begins = std::mem::take(&mut self.begins_sequence);
        // To a decoder the first IRAP picture is the first one of the bitstream.
        let first = begins || !self.has_irap;
        let no_rasl_output = irap && (nal.unit_type.is_idr() || nal.unit_type.is_bla() || first);
        if irap {
            self.no_rasl_output = no_rasl_output;
            self.has_irap = true;
        }
        if no_rasl_output || begins {
            self.order.begin_sequence(&mut self.events);
        }
        let start = PictureStart {
            coded_order: self.next_coded_order,
            times,
            no_rasl_output,
            skipped_leading: nal.unit_type.is_rasl() && self.no_rasl_output,
        };
        self.next_coded_order += 1;
        let picture = self.pool.pop().unwrap_or_default();
        let mut current = CurrentPicture::begin(picture, sets.clone(), nal, header, &start, &mut self.dpb);
        let FrameRecord { width, height, .. } = current.picture.frame;
        current.picture.residual = self.options.wanted.residual.then(|| Plane::new(width, height));
        if !self.skips_damage() {
            self.dpb.keep_marking();
        }
        current.shown &= self.has_irap;
        current.picture.frame.complete = !std::mem::take(&mut self.pending_loss);
        let ctbs = sets.sps.width_in_ctbs() * sets.sps.height_in_ctbs();
        self.context.reset(ctbs as usize, sets.sps.width as usize);
        self.current = Some(current);
    }

    /// The picture ends: it becomes an event and a reference.
    ///
    /// # Errors
    /// Slice segments that do not cover it.
    pub(crate) fn close_picture(&mut self) -> Result<()> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        let coded_order = current.picture.frame.coded_order;
        if let Err(error) = self.check_whole(&current) {
            let error = error.in_unit(current.last_unit).in_picture(coded_order);
            if !self.skips_damage() {
                self.recycle(current.picture);
                return Err(error);
            }
            self.events.push_back(Event::Damage(error.clone()));
            current.error = Some(error);
        }
        let damaged = current.error.is_some();
        self.settle_marking(&current);
        if let Some(error) = current.error {
            current.picture.damage(error);
        }
        self.dpb.store(coded_order, current.poc, damaged, current.field);
        self.events.push_back(Event::Picture(current.picture));
        if current.shown {
            self.order.add(coded_order, i64::from(current.poc), current.times, MAX_DPB_FRAMES, &mut self.events);
        } else {
            self.events.push_back(Event::Hidden { coded_order });
        }
        Ok(())
    }

    /// Whether the picture's slice segments cover it, and what its vectors were predicted from was there.
    fn check_whole(&self, current: &CurrentPicture) -> Result<()> {
        if current.error.is_some() {
            return Ok(());
        }
        let (ctbs, pic_size_in_ctbs) = (self.context.ctbs_decoded, self.context.slice_addr.len());
        if ctbs != pic_size_in_ctbs {
            let reason = format!("the picture's slice segments hold {ctbs} of its {pic_size_in_ctbs} coding tree units");
            return Err(ParseError::malformed("slice_segment_data", reason));
        }
        // What leading pictures that are skipped refer to counts as intra (8.3.3).
        if current.lacks_collocated && self.skips_damage() && !current.skipped_leading {
            let reason = "vectors are predicted from a picture that is missing or damaged";
            return Err(ParseError::malformed("collocated_ref_idx", reason));
        }
        Ok(())
    }

    /// The units of a packet in which each stands behind its length.
    fn length_prefixed_packet(&mut self, packet: Packet<'_>, length_size: usize) -> Result<()> {
        let units = || split_length_prefixed(packet.data, length_size, packet.position);
        self.trusted = !self.skips_damage() || units().all(|unit| unit.is_ok());
        // FFmpeg decodes nothing of a packet whose lengths do not add up.
        let times = Times { is_discarded: packet.times.is_discarded || !self.trusted, ..packet.times };
        let mut counted = 0;
        for unit in units() {
            match unit {
                Ok(unit) => {
                    counted += unit.size as usize;
                    self.unit(unit, times)?;
                }
                Err(error) if self.skips_damage() => {
                    let rest = &packet.data[counted.min(packet.data.len())..];
                    self.cut_unit(rest, length_size, error, times)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.trusted = true;
        Ok(())
    }
}

impl Reader for HevcReader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        if let Input::ByteStream { units, chunks } = &mut self.input {
            chunks.push(&packet);
            units.push(packet.data);
            return self.byte_stream_units(false);
        }
        self.boundary = true;
        if let Input::LengthPrefixed { length_size } = self.input {
            self.length_prefixed_packet(packet, length_size)?;
        } else {
            let mut counted = 0;
            for unit in split_annex_b(packet.data, packet.position) {
                counted += unit.size;
                self.unit(unit, packet.times)?;
            }
            self.count_bytes((packet.data.len() as u64).saturating_sub(counted), false);
        }
        Ok(())
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        let pending_bytes = self.pending_bytes;
        let result = self.read_extradata(extradata);
        self.pending_bytes = pending_bytes;
        self.strictly(result)
    }

    fn finish(&mut self) -> Result<()> {
        self.byte_stream_units(true)?;
        self.finish_lost();
        let trailing = std::mem::take(&mut self.pending_bytes);
        match self
            .events
            .iter_mut()
            .rev()
            .find_map(|event| if let Event::Picture(picture) = event { Some(picture) } else { None })
        {
            Some(last) if self.current.is_none() => last.count_header_bytes(trailing),
            _ => self.count_bytes(trailing, false),
        }
        self.close_picture()?;
        self.order.begin_sequence(&mut self.events);
        Ok(())
    }

    fn abandon(&mut self) {
        if let Some(current) = self.current.take() {
            self.recycle(current.picture);
        }
        self.order.begin_sequence(&mut self.events);
    }

    fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn recycle(&mut self, mut picture: Box<Picture>) {
        if self.pool.len() < 4 {
            picture.clear();
            self.pool.push(picture);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::{Errors, Wanted};
    use proptest::prelude::*;

    /// Parameter sets of 64x64 luma samples: `-f lavfi -i testsrc=s=64x64 -pix_fmt yuv420p -c:v libx265`.
    const SPS: &[u8] = &[
        0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0xa0, 0x20,
        0x81, 0x05, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0, 0x16, 0x80, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0c, 0x84,
    ];
    const PPS: &[u8] = &[0x44, 0x01, 0xc1, 0x72, 0xb4, 0x22, 0x40];

    const ALL: Options =
        Options { wanted: Wanted { blocks: true, motion: true, transforms: true, residual: false }, errors: Errors::Strict };

    fn read(units: &[Vec<u8>]) -> (Result<()>, Vec<Event>) {
        let mut reader = HevcReader::new(Framing::ByteStream, ALL).unwrap();
        let data: Vec<u8> = units.iter().flat_map(|unit| [0, 0, 1].into_iter().chain(unit.iter().copied())).collect();
        let result = reader.push(Packet { data: &data, times: Times::default(), position: 0 }).and_then(|()| reader.finish());
        if result.is_err() {
            reader.abandon();
        }
        let events = std::iter::from_fn(|| reader.next_event()).collect();
        (result, events)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(units in prop::collection::vec((0u8..64, prop::collection::vec(any::<u8>(), 0..200)), 0..8)) {
            let mut stream = vec![SPS.to_vec(), PPS.to_vec()];
            stream.extend(units.into_iter().map(|(unit_type, data)| [unit_type << 1, 1].into_iter().chain(data).collect()));
            let (_, events) = read(&stream);
            let mut coded = 0;
            for event in events {
                if let Event::Picture(picture) = event {
                    prop_assert_eq!(picture.frame.coded_order, coded);
                    coded += 1;
                }
            }
        }
    }

    #[test]
    fn an_arithmetic_code_outside_its_range_is_refused_where_it_begins() {
        // An IDR picture's I slice without SAO; its header ends in ones, then the 9 bits of ivlOffset are ones too.
        let slice = vec![19 << 1, 1, 0b1010_1100, 0b1111_1111, 0xff, 0x80, 0x55];
        let error = read(&[SPS.to_vec(), PPS.to_vec(), slice]).0.unwrap_err();
        assert_eq!((error.element, error.bit_offset, error.picture), ("ivlOffset", Some(32), Some(0)));
    }

    #[test]
    fn parameter_sets_are_taken_and_a_slice_without_its_own_is_refused_by_name() {
        let mut reader = HevcReader::new(Framing::ByteStream, ALL).unwrap();
        reader.read_sps(SPS).unwrap();
        reader.read_pps(PPS).unwrap();
        let sps = reader.sps.iter().flatten().next().unwrap();
        assert_eq!((sps.width, sps.height, sps.ctb_log2_size), (64, 64, 6));
        assert_eq!(reader.activate(9).unwrap_err().element, "slice_pic_parameter_set_id");
    }
}
