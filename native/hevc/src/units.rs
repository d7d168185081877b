//! NAL units in, pictures out: parameter sets, picture boundaries (7.4.2.4), bytes and presentation order.

use std::collections::VecDeque;

use codecorpus_bitstream::division::{Beginning, Numbers};
use codecorpus_bitstream::nal::{NalUnit, Rbsp};
use codecorpus_bitstream::nal_reader::{Delimiting, NalUnits};
use codecorpus_bitstream::nal_record::Record;
use codecorpus_bitstream::order::PresentationOrder;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Errors, Event, Information, Options, Packet, ParseError, PocDiff, Result, Times, syntax};

use crate::headers::nal::{NalHeader, NalType, is_slice_segment};
use crate::headers::pps::Pps;
use crate::headers::slice::{SegmentStart, SliceHeader, SliceSegmentHeader};
use crate::headers::sps::Sps;
use crate::headers::{sei, sei_payloads, vps};
use crate::picture::{ActiveSets, CurrentPicture, LostPicture, read_segment_header};
use crate::presentation::Presentation;
use crate::refs::Dpb;
use crate::scout::{PrecedingCra, Start};
use crate::sets::ParameterSets;
use crate::state::PictureState;

/// What NAL units are read with.
#[derive(Debug)]
pub(crate) struct Units {
    pub(crate) options: Options,
    /// Slice segments are whole to it with their headers, and their data not read.
    headers_alone: bool,
    /// Whether access units come in packets.
    pub(crate) has_packets: bool,
    pub(crate) sets: ParameterSets,
    pub(crate) current: Option<CurrentPicture>,
    /// A picture of which no slice segment header could be read.
    pub(crate) lost: Option<LostPicture>,
    /// Whether a packet has begun, or a unit come that begins an access unit, since the last slice segment.
    pub(crate) boundary: bool,
    /// Whether units in the packet are what they look like: its lengths add up.
    trusted: bool,
    pub(crate) pending: Pending,
    pub(crate) next_coded_order: u32,
    pub(crate) sequence: SequenceState,
    pub(crate) presentation: Presentation,
    /// Of the next picture, where an SEI message calls it a recovery point.
    pub(crate) recovery_poc_cnt: Option<PocDiff>,
    pub(crate) dpb: Dpb,
    pub(crate) picture_state: PictureState,
    pub(crate) order: PresentationOrder,
    pub(crate) events: VecDeque<Event>,
    pub(crate) rbsp: Rbsp,
    pub(crate) cut: BehindCut,
    #[expect(clippy::vec_box, reason = "pictures come and go as boxes")]
    pub(crate) pool: Vec<Box<Picture>>,
}

/// What counts to the next picture.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) bytes: u64,
    /// Whether a slice segment of it was lost.
    pub(crate) lost_segment: bool,
}

/// Where in a coded video sequence the next picture is.
#[derive(Debug)]
pub(crate) struct SequenceState {
    /// It is the first one of the bitstream, or follows an end of sequence.
    pub(crate) begins: bool,
    /// NoRaslOutputFlag of the last IRAP picture.
    pub(crate) no_rasl_output: bool,
    /// Whether an IRAP picture has come.
    pub(crate) has_irap: bool,
    /// How many pictures were lost since one, itself among them, that begins a sequence if its type is what it was.
    pub(crate) lost: Option<u32>,
}

/// How a reader begins that reads on from a cut.
#[derive(Debug)]
pub(crate) struct BehindCut {
    beginning: Beginning,
    /// Bytes came that would have counted to a picture before the first one.
    has_strays: bool,
    /// The next picture is the first one, and the cut is behind a CRA picture.
    pub(crate) begins_behind_cra: bool,
    /// The reference picture set of that picture asks for more than the reader can know.
    pub(crate) first_is_uncommon: bool,
}

impl NalUnits for Units {
    fn record(extradata: &[u8]) -> Option<Record<'_>> {
        Record::hevc(extradata)
    }

    fn is_parameter_set(first_byte: u8) -> bool {
        NalType(first_byte >> 1 & 63).is_parameter_set()
    }

    fn is_message(first_byte: u8) -> bool {
        matches!(NalType(first_byte >> 1 & 63), NalType::PREFIX_SEI | NalType::SUFFIX_SEI)
    }

    fn skips_damage(&self) -> bool {
        self.options.errors == Errors::Skip
    }

    fn tell(&mut self, error: ParseError) {
        self.events.push_back(Event::Damage(error));
    }

    fn begin_packet(&mut self, trusted: bool) {
        self.boundary = true;
        self.trusted = trusted || !self.skips_damage();
    }

    fn unit(&mut self, unit: NalUnit<'_>, times: Times) -> Result<()> {
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

    fn cut_unit(&mut self, unit: NalUnit<'_>, error: ParseError, times: Times) -> Result<()> {
        if is_slice_segment(unit.data) {
            return self.note_damage(error, &unit, times);
        }
        self.unit(unit, times)?;
        self.tell(error.clone());
        self.lose_picture(error, None, times)
    }

    fn lose_packet(&mut self, packet: &Packet<'_>, error: ParseError) -> Result<()> {
        let error = error.in_picture(self.next_coded_order + u32::from(self.lost.is_some()));
        if !self.skips_damage() {
            return Err(error);
        }
        let nothing = NalUnit { data: &[], offset: packet.position, size: packet.data.len() as u64 };
        self.note_damage(error, &nothing, packet.times)
    }

    fn count_after(&mut self, bytes: u64) {
        self.count_bytes(bytes, false);
    }
}

impl Units {
    pub(crate) fn new(options: Options, has_packets: bool) -> Self {
        Self {
            options,
            headers_alone: false,
            has_packets,
            sets: ParameterSets::default(),
            current: None,
            lost: None,
            boundary: false,
            trusted: true,
            pending: Pending::default(),
            next_coded_order: 0,
            sequence: SequenceState { begins: true, no_rasl_output: true, has_irap: false, lost: None },
            presentation: Presentation::default(),
            recovery_poc_cnt: None,
            dpb: Dpb::default(),
            picture_state: PictureState::default(),
            order: PresentationOrder::default(),
            events: VecDeque::new(),
            rbsp: Rbsp::default(),
            cut: BehindCut {
                beginning: Beginning::OfStream,
                has_strays: false,
                begins_behind_cra: false,
                first_is_uncommon: false,
            },
            pool: Vec::new(),
        }
    }

    /// As [`Units::new`] of packets, and whatever is damaged passed over, for what slice segment headers say alone.
    pub(crate) fn of_headers() -> Self {
        Self { headers_alone: true, ..Self::new(Options::OF_HEADERS, true) }
    }

    fn read_unit(&mut self, unit: &NalUnit<'_>, times: Times) -> Result<()> {
        let header = match NalHeader::read(unit.data) {
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
            if syntax::is_recording() {
                self.note_unit(header, unit.data);
            }
            return Ok(());
        }
        if kind.is_slice_segment() {
            if !self.trusted {
                let reason = "decoders refuse its packet, whose lengths do not add up";
                return Err(ParseError::malformed("slice_segment_header", reason));
            }
            return self.read_slice_segment(unit, header, times);
        }
        self.count_bytes(unit.size, kind.begins_access_unit());
        self.boundary |= kind.begins_access_unit();
        if syntax::is_recording() {
            self.note_unit(header, unit.data);
        }
        match kind {
            _ if !self.trusted => Ok(()),
            NalType::SPS | NalType::PPS => self.read_parameter_set(kind, unit.data),
            // They are nothing but their headers: what is longer was something else.
            NalType::EOS | NalType::EOB if unit.data.len() == NalHeader::SIZE || !self.skips_damage() => {
                self.sequence.begins = true;
                Ok(())
            }
            NalType::PREFIX_SEI if self.presentation == Presentation::Unknown => {
                self.read_messages(unit.data);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Counts bytes of units that are no slice segments to the picture that is being read, or to the next one.
    pub(crate) fn count_bytes(&mut self, size: u64, next_picture: bool) {
        match &mut self.current {
            Some(current) if !next_picture && self.pending.bytes == 0 => current.picture.count_header_bytes(size),
            current => {
                self.cut.has_strays |= current.is_none() && !next_picture && self.pending.bytes == 0 && size > 0;
                self.pending.bytes += size;
            }
        }
    }

    /// Counts the bytes of a slice segment to its picture, and what came before it; its reader charges those of the RBSP.
    fn count_slice_segment(&mut self, size: u64) {
        let before = std::mem::take(&mut self.pending.bytes);
        let around = size.saturating_sub(self.rbsp.data.len() as u64);
        if let Some(current) = &mut self.current {
            current.picture.count_header_bytes(before);
            current.picture.count_bytes(size);
            current.picture.charge_header(Information::from_bits(8 * around));
        }
    }

    /// Reads what SEI messages say of the next picture.
    fn read_messages(&mut self, data: &[u8]) {
        self.rbsp.unescape(data);
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.seek(8 * NalHeader::SIZE);
        self.recovery_poc_cnt = self.recovery_poc_cnt.or_else(|| sei::recovery_poc_cnt(&bits));
    }

    /// Notes units that pictures do not depend on, for who asks for headers; parameter sets of other layers than the base layer
    /// are among them.
    #[cold]
    fn note_unit(&mut self, header: NalHeader, data: &[u8]) {
        let nuh_layer_id = header.nuh_layer_id;
        let structure = match header.unit_type {
            NalType::VPS => "video_parameter_set_rbsp",
            NalType::SPS if nuh_layer_id > 0 => "seq_parameter_set_rbsp",
            NalType::PPS if nuh_layer_id > 0 => "pic_parameter_set_rbsp",
            NalType::AUD => "access_unit_delimiter_rbsp",
            NalType::EOS => "end_of_seq_rbsp",
            NalType::EOB => "end_of_bitstream_rbsp",
            NalType::FD => "filler_data_rbsp",
            NalType::PREFIX_SEI | NalType::SUFFIX_SEI => "sei_rbsp",
            _ => return,
        };
        self.rbsp.unescape(data);
        let Ok(mut bits) = NalHeader::note(&self.rbsp.data, structure) else { return };
        let read = match header.unit_type {
            NalType::VPS => vps::read(&mut bits),
            NalType::SPS => Sps::read(&mut bits, nuh_layer_id).map(|_| ()),
            NalType::PPS => Pps::read(&mut bits).map(|_| ()),
            NalType::AUD => bits.each(&[(3, "pic_type")]),
            NalType::PREFIX_SEI | NalType::SUFFIX_SEI => {
                let sets = &mut self.sets;
                codecorpus_bitstream::sei::note(&bits, sei_payloads::name, |payload_type, bits| {
                    sei_payloads::read(payload_type, bits, |id| {
                        if nuh_layer_id == 0 {
                            sets.vui_of_messages(id)
                        } else {
                            Err(ParseError::unsupported("vui_parameters", "those of another layer are not kept"))
                        }
                    })
                });
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = read {
            syntax::fail(&error);
        }
    }

    /// Reads a parameter set.
    fn read_parameter_set(&mut self, kind: NalType, data: &[u8]) -> Result<()> {
        self.rbsp.unescape(data);
        let is_sps = kind == NalType::SPS;
        let structure = if is_sps { "seq_parameter_set_rbsp" } else { "pic_parameter_set_rbsp" };
        let mut bits = NalHeader::note(&self.rbsp.data, structure)?;
        let skips_damage = self.skips_damage();
        if is_sps { self.sets.read_sps(&mut bits, skips_damage) } else { self.sets.read_pps(&mut bits, skips_damage) }
    }

    fn read_slice_segment(&mut self, unit: &NalUnit<'_>, nal: NalHeader, times: Times) -> Result<()> {
        self.rbsp.unescape(unit.data);
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.seek(8 * NalHeader::SIZE);
        let start = SegmentStart::read(&mut bits, nal)?;
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
        if self.current.is_none() && self.next_coded_order == 0 && !self.sets.has(start.pps_id) {
            // A stream that is cut open: nothing can be known of its pictures before their parameter sets come.
            self.pending.bytes += unit.size;
            return Ok(());
        }
        let (mut sets, mut segment, mut slice) = self.read_segment_header(nal, start)?;
        let lost = |current: &CurrentPicture| current.is_other_picture(nal, &segment, slice.as_ref());
        let other_picture = self.current.as_ref().is_some_and(lost);
        if segment.dependent_slice_segment_flag && (self.current.is_none() || other_picture) {
            // The slice that it belongs to was lost, and with it all that says how to read it.
            if self.skips_damage() {
                return Err(ParseError::malformed("dependent_slice_segment_flag", "the slice that it continues was lost"));
            }
            self.pending.bytes += unit.size;
            self.pending.lost_segment = true;
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
            (sets, segment, slice) = self.read_segment_header(nal, start)?;
        }
        let Some(header) = slice else { return Ok(()) };
        if self.current.is_none() {
            let lost = self.take_lost(start.first_slice_segment_in_pic_flag);
            self.begin_picture(&sets, nal, &header, times);
            self.add_lost(lost);
        }
        self.boundary = false;
        self.count_slice_segment(unit.size);
        self.read_segment_data(unit.offset, &segment, header)
    }

    /// The slice segment header that begins with `start`, the parameter sets that it refers to, and the header of its slice.
    fn read_segment_header(
        &mut self,
        nal: NalHeader,
        start: SegmentStart,
    ) -> Result<(ActiveSets, SliceSegmentHeader, Option<SliceHeader>)> {
        let sets = match &self.current {
            // A picture's parameter sets hold to its end.
            Some(current) => current.sets.clone(),
            None => self.sets.activate(start.pps_id)?,
        };
        let mut slice = self.current.as_ref().and_then(CurrentPicture::slice).cloned();
        let segment = read_segment_header(&self.rbsp, nal, &sets, &mut slice)?;
        Ok((sets, segment, slice))
    }

    fn read_segment_data(&mut self, unit: u64, segment: &SliceSegmentHeader, header: SliceHeader) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.last_unit = unit;
        if current.error.is_some() {
            current.pass_over(header);
            return Ok(());
        }
        if current.is_repeated {
            current.pass_over(header);
            return Err(ParseError::malformed("slice_pic_order_cnt_lsb", "that of a picture before it, which is the same"));
        }
        if !segment.dependent_slice_segment_flag {
            current.begin_slice(header)?;
        }
        current.reach(segment);
        if self.headers_alone {
            self.picture_state.ctbs_decoded = self.picture_state.slice_addr.len();
            return Ok(());
        }
        current.read_segment_data(segment, &self.rbsp, &mut self.picture_state, &self.dpb, self.options.wanted)
    }

    /// What follows a cut.
    pub(crate) fn begin_at(start: &Start, options: Options) -> Self {
        let mut units = Self::new(options, start.delimiting != Delimiting::ByteStream);
        units.sets = ParameterSets::clone(&start.sets);
        units.sequence.begins = start.begins_sequence;
        units.sequence.has_irap = true;
        units.presentation = Presentation::Started;
        units.cut.beginning = Beginning::Unknown;
        if let Some(PrecedingCra { poc, size, digest, leading, prev_tid0_pic }) = start.preceding_cra {
            units.cut.begins_behind_cra = true;
            units.sequence.no_rasl_output = false;
            units.dpb.prev_tid0_pic = prev_tid0_pic;
            units.dpb.store_intra(0, poc, size, digest);
            units.next_coded_order = 1 + leading;
            units.order = PresentationOrder::begin_behind(poc, 0);
            units.events.push_back(Event::Shown { coded_order: 0, frame: 0, pts: None });
        }
        units
    }

    /// The next event; those of the first picture say how a reader that began at a cut has begun.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        self.cut.beginning.look(event.as_ref());
        event
    }

    /// Whether a reader that began at a cut reads as one that had read all before. PrecedingCra a CRA picture the first picture's set
    /// says that no earlier one is kept.
    pub(crate) fn begins_alike(&self) -> Option<bool> {
        if self.cut.beginning == Beginning::OfStream {
            return Some(true);
        }
        if self.cut.has_strays || self.cut.first_is_uncommon || self.order.follows() == Some(false) {
            return Some(false);
        }
        let clean = self.cut.beginning.is_alike()?;
        Some(clean && self.order.follows()?)
    }

    /// Ends the last picture before a cut, where another reader reads on from `start` as this one would. Says where that
    /// one's numbers begin.
    pub(crate) fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        let current = self.current.as_ref()?;
        let lacks_nothing = !current.lacks_vectors() && !current.rps.is_short;
        let is_whole = current.error.is_none() && self.check_whole(current).is_ok() && lacks_nothing;
        let nothing_waits = self.lost.is_none() && self.pending.bytes == 0 && !self.pending.lost_segment;
        let same = self.sets == *start.sets && self.sequence.begins == start.begins_sequence && self.sequence.has_irap;
        if !is_whole || !nothing_waits || !same {
            return None;
        }
        let Some(behind) = start.preceding_cra else {
            self.end_sequence(start.no_output_of_prior_pics).ok()?;
            return Some(Numbers { coded_order: self.next_coded_order, frame: self.order.shown() });
        };
        let picture = current.picture.frame.coded_order;
        let (irap, is_last) = if behind.leading > 0 {
            let irap = self.dpb.find_intra(behind.poc, behind.size)?;
            (irap, self.order.is_last(irap) && current.poc < behind.poc)
        } else {
            // It is the current picture, and not in the buffer yet.
            let is_shown = current.shown && !current.times.is_discarded;
            let is_it = current.is_intra(behind.poc, behind.size) && is_shown && !self.dpb.has(behind.poc);
            (picture, is_it && self.order.is_before(behind.poc))
        };
        let follows =
            irap + behind.leading == picture && self.dpb.prev_tid0_pic == behind.prev_tid0_pic && !self.sequence.no_rasl_output;
        if !is_last || !follows {
            return None;
        }
        self.finish().ok()?;
        Some(Numbers { coded_order: irap, frame: self.order.shown() - 1 })
    }

    /// A coded video sequence begins with a picture of this NoOutputOfPriorPicsFlag, 0 unless it is an IRAP picture.
    pub(crate) fn begin_sequence(&mut self, no_output_of_prior_pics: bool) {
        match no_output_of_prior_pics {
            true => self.order.begin_sequence_without_prior(&mut self.events),
            false => self.order.begin_sequence(&mut self.events),
        }
    }

    /// Nothing follows.
    ///
    /// # Errors
    /// The last picture is not whole.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.end_sequence(false)
    }

    /// As [`Units::finish`]; what follows, which another reader reads, begins a sequence with this NoOutputOfPriorPicsFlag.
    fn end_sequence(&mut self, no_output_of_prior_pics: bool) -> Result<()> {
        self.finish_lost();
        let trailing = std::mem::take(&mut self.pending.bytes);
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
        self.begin_sequence(no_output_of_prior_pics);
        Ok(())
    }

    /// After an error: the picture that was being read is given up.
    pub(crate) fn abandon(&mut self) {
        if let Some(current) = self.current.take() {
            self.recycle(current.picture);
        }
        self.order.begin_sequence(&mut self.events);
    }

    pub(crate) fn recycle(&mut self, mut picture: Box<Picture>) {
        if self.pool.len() < 4 {
            picture.clear();
            self.pool.push(picture);
        }
    }
}
