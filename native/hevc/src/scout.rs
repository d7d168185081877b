//! Where HEVC streams can be cut: before IRAP pictures that begin a coded video sequence, and behind the leading pictures of
//! other CRA pictures, which no later picture refers to (8.3.2).

use std::sync::Arc;

use codecorpus_bitstream::division::{Cuts, Least, Numbers, Scout};
use codecorpus_bitstream::nal::{NalUnit, Rbsp, digest};
use codecorpus_bitstream::nal_reader::{Delimiting, NalReader, NalUnits};
use codecorpus_bitstream::nal_record::Record;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::PictureType;
use codecorpus_bitstream::{BitReader, Errors, Options, Packet, ParseError, Poc, Result, Times};

use crate::headers::nal::{NalHeader, NalType};
use crate::headers::slice::{SegmentStart, SliceHeader};
use crate::picture::read_segment_header;
use crate::refs::{PrevTid0Pic, derive_poc};
use crate::sets::ParameterSets;

/// What a reader of HEVC begins with at a cut.
#[derive(Debug, Clone)]
pub struct Start {
    pub(crate) delimiting: Delimiting,
    pub(crate) sets: Arc<ParameterSets>,
    /// An end of sequence has come.
    pub(crate) begins_sequence: bool,
    /// NoOutputOfPriorPicsFlag of the IRAP picture that begins a sequence there.
    pub(crate) no_output_of_prior_pics: bool,
    /// The CRA picture behind whose leading pictures the cut is; None where an IRAP picture begins a sequence there.
    pub(crate) preceding_cra: Option<PrecedingCra>,
}

/// A CRA picture, and what came with it: all that later pictures need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrecedingCra {
    pub(crate) poc: Poc,
    pub(crate) size: (u32, u32),
    pub(crate) digest: u64,
    /// How many pictures lie between it and the cut.
    pub(crate) leading: u32,
    pub(crate) prev_tid0_pic: PrevTid0Pic,
}

#[derive(Debug)]
pub struct HevcScout {
    nal: NalReader,
    units: Lookout,
}

/// What the scout makes of units.
#[derive(Debug)]
struct Lookout {
    start: Start,
    skips_damage: bool,
    /// An IRAP picture has come.
    has_irap: bool,
    prev_tid0_pic: PrevTid0Pic,
    cuts: Cuts<Start>,
    /// Bytes of the stream before the next unit.
    at: u64,
    /// The access unit whose first slice segment has not come.
    access_unit: Option<AccessUnitStart>,
    trusted: bool,
    rbsp: Rbsp,
}

/// The units before the first slice segment of an access unit.
#[derive(Debug)]
struct AccessUnitStart {
    at: u64,
    /// What there was before them.
    start: Start,
    /// Nothing is among them that counts to the picture before.
    is_clean: bool,
}

/// The units before a first slice segment are few.
const MOST_BEFORE_SLICE: u64 = 1 << 20;
/// A slice segment header is shorter.
const HEADER_BYTES: usize = 4096;

impl HevcScout {
    pub(crate) fn new(framing: &Framing, options: Options, least: Least) -> Self {
        let delimiting = match framing {
            Framing::ByteStream => Delimiting::ByteStream,
            Framing::Packets { .. } => Delimiting::AnnexBPackets,
        };
        let units = Lookout {
            start: Start {
                delimiting,
                sets: Arc::default(),
                begins_sequence: true,
                no_output_of_prior_pics: false,
                preceding_cra: None,
            },
            skips_damage: options.errors == Errors::Skip,
            has_irap: false,
            prev_tid0_pic: PrevTid0Pic::default(),
            cuts: Cuts::new(least),
            at: 0,
            access_unit: None,
            trusted: true,
            rbsp: Rbsp::default(),
        };
        let mut scout = Self { nal: NalReader::begin_at(delimiting, 0), units };
        if let Framing::Packets { extradata } = framing {
            scout.configure(extradata);
        }
        scout
    }
}

impl Scout for HevcScout {
    type Start = Start;

    fn look(&mut self, packet: Packet<'_>) {
        let end = self.units.at + packet.data.len() as u64;
        // What cannot be read here the readers meet too.
        let _ = self.nal.push(packet, &mut self.units);
        if self.nal.delimiting() != Delimiting::ByteStream {
            self.units.at = end;
        }
        self.units.settle();
    }

    fn configure(&mut self, extradata: &[u8]) {
        let _ = self.nal.configure(extradata, &mut self.units);
        self.units.start.delimiting = self.nal.delimiting();
        self.units.access_unit = None;
    }

    fn cuts(&mut self) -> &mut Cuts<Start> {
        &mut self.units.cuts
    }
}

impl NalUnits for Lookout {
    fn record(extradata: &[u8]) -> Option<Record<'_>> {
        Record::hevc(extradata)
    }

    fn is_parameter_set(first_byte: u8) -> bool {
        NalType(first_byte >> 1 & 63).is_parameter_set()
    }

    fn skips_damage(&self) -> bool {
        true
    }

    fn tell(&mut self, _: ParseError) {}

    fn begin_packet(&mut self, trusted: bool) {
        self.trusted = trusted;
        self.begin_access_unit();
    }

    fn unit(&mut self, unit: NalUnit<'_>, _: Times) -> Result<()> {
        match NalHeader::read(unit.data) {
            Ok(nal) if nal.nuh_layer_id > 0 => self.spoil(),
            Ok(nal) if nal.unit_type.is_slice_segment() => self.read_slice_segment(nal, unit.data),
            Ok(nal) => {
                match nal.unit_type.begins_access_unit() {
                    true => self.begin_in_byte_stream(),
                    false => self.spoil(),
                }
                match nal.unit_type {
                    NalType::SPS | NalType::PPS => self.read_parameter_set(nal.unit_type, unit.data),
                    NalType::EOS | NalType::EOB if unit.data.len() == NalHeader::SIZE || !self.skips_damage => {
                        self.start.begins_sequence = true;
                    }
                    _ => {}
                }
            }
            Err(_) => self.spoil(),
        }
        self.at += unit.size;
        Ok(())
    }

    fn cut_unit(&mut self, _: NalUnit<'_>, _: ParseError, _: Times) -> Result<()> {
        self.spoil();
        Ok(())
    }

    fn lose_packet(&mut self, _: &Packet<'_>, _: ParseError) -> Result<()> {
        self.spoil();
        Ok(())
    }

    fn count_after(&mut self, bytes: u64) {
        if bytes > 0 {
            self.spoil();
        }
        self.at += bytes;
    }
}

impl Lookout {
    fn begin_access_unit(&mut self) {
        if self.access_unit.is_none() {
            self.access_unit = Some(AccessUnitStart { at: self.at, start: self.start.clone(), is_clean: true });
        }
    }

    /// Packets are not cut inside.
    fn begin_in_byte_stream(&mut self) {
        if self.start.delimiting == Delimiting::ByteStream {
            self.begin_access_unit();
        }
    }

    /// The access unit that begins is no place for a cut.
    fn spoil(&mut self) {
        if let Some(access_unit) = &mut self.access_unit {
            access_unit.is_clean = false;
        }
    }

    fn settle(&mut self) {
        if self.access_unit.as_ref().is_some_and(|access_unit| self.at - access_unit.at > MOST_BEFORE_SLICE) {
            self.spoil();
        }
        let access_unit = self.access_unit.as_ref().filter(|access_unit| access_unit.is_clean);
        self.cuts.settle(access_unit.map_or(self.at, |access_unit| access_unit.at));
    }

    fn read_parameter_set(&mut self, kind: NalType, data: &[u8]) {
        if !self.trusted {
            return self.spoil();
        }
        self.rbsp.unescape(data);
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.seek(8 * NalHeader::SIZE);
        let mut sets = ParameterSets::clone(&self.start.sets);
        let result = match kind {
            NalType::SPS => sets.read_sps(&mut bits, self.skips_damage),
            _ => sets.read_pps(&mut bits, self.skips_damage),
        };
        match result {
            Ok(()) if sets == *self.start.sets => {}
            Ok(()) => self.start.sets = Arc::new(sets),
            Err(_) => self.spoil(),
        }
    }

    fn read_slice_segment(&mut self, nal: NalHeader, data: &[u8]) {
        self.begin_in_byte_stream();
        let access_unit = self.access_unit.take();
        self.rbsp.unescape(&data[..data.len().min(HEADER_BYTES)]);
        match self.begin_picture(nal, access_unit) {
            Ok(()) => {}
            // What follows on it cannot be told.
            Err(_) => self.start.preceding_cra = None,
        }
    }

    /// Where a slice segment begins a picture, follows what it changes.
    fn begin_picture(&mut self, nal: NalHeader, access_unit: Option<AccessUnitStart>) -> Result<()> {
        let mut bits = BitReader::new(&self.rbsp.data);
        bits.skip(8 * NalHeader::SIZE, "nal_unit_header")?;
        let start = SegmentStart::read(&mut bits, nal)?;
        if !start.first_slice_segment_in_pic_flag {
            return Ok(());
        }
        let sets = Arc::make_mut(&mut self.start.sets).activate(start.pps_id)?;
        let mut header: Option<SliceHeader> = None;
        read_segment_header(&self.rbsp, nal, &sets, &mut header)?;
        let Some(header) = header else { return Ok(()) };
        let kind = nal.unit_type;
        let is_first = std::mem::take(&mut self.start.begins_sequence) || !self.has_irap;
        let begins_sequence = kind.is_irap() && (kind.is_idr() || kind.is_bla() || is_first);
        self.has_irap |= kind.is_irap();
        let before = self.prev_tid0_pic;
        let lsb = header.slice_pic_order_cnt_lsb;
        let poc = derive_poc(&mut self.prev_tid0_pic, nal, lsb, &sets.sps, begins_sequence);
        if let Some(access_unit) =
            access_unit.filter(|access_unit| access_unit.is_clean && access_unit.start.delimiting == self.start.delimiting)
        {
            match (begins_sequence, self.start.preceding_cra) {
                (true, _) => {
                    let no_output_of_prior_pics = header.no_output_of_prior_pics(nal, is_first);
                    let start = || Start { no_output_of_prior_pics, preceding_cra: None, ..access_unit.start };
                    self.cuts.offer(access_unit.at, start);
                }
                (false, Some(cra)) if kind.is_trailing() && !is_first => {
                    let preceding_cra = Some(PrecedingCra { prev_tid0_pic: before, ..cra });
                    let own = Numbers { coded_order: cra.leading + 1, frame: 1 };
                    self.cuts.offer_behind(access_unit.at, own, || Start { preceding_cra, ..access_unit.start });
                }
                _ => {}
            }
        }
        self.cuts.count_picture();
        self.start.preceding_cra = match self.start.preceding_cra {
            Some(cra) if kind.is_rasl() || kind.is_radl() => Some(PrecedingCra { leading: cra.leading + 1, ..cra }),
            _ if kind.is_irap() && !begins_sequence && is_plain_intra(&header) => {
                let size = (sets.sps.width, sets.sps.height);
                let digest = digest(&self.rbsp.data);
                Some(PrecedingCra { poc, size, digest, leading: 0, prev_tid0_pic: self.prev_tid0_pic })
            }
            _ => None,
        };
        Ok(())
    }
}

/// Whether an IRAP picture is shown, and has no vectors.
fn is_plain_intra(header: &SliceHeader) -> bool {
    header.pic_output_flag && !header.curr_pic_ref && header.slice_type == PictureType::I
}
