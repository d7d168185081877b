//! Where H.264 streams can be cut: before access units that begin with an IDR picture (7.4.1.2.4).

use std::sync::Arc;

use codecorpus_bitstream::division::{Cuts, Least, Scout};
use codecorpus_bitstream::nal::{NalUnit, Rbsp};
use codecorpus_bitstream::nal_reader::{Delimiting, NalReader, NalUnits};
use codecorpus_bitstream::nal_record::Record;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{BitReader, Packet, ParseError, Result, Times};

use crate::headers::NalHeader;
use crate::headers::nal::unit_type;
use crate::headers::sei::Messages;
use crate::sets::ParameterSets;

/// What a reader of H.264 begins with at a cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub(crate) delimiting: Delimiting,
    pub(crate) sets: Arc<ParameterSets>,
    pub(crate) x264_build: Option<u32>,
}

#[derive(Debug)]
pub struct H264Scout {
    nal: NalReader,
    units: Lookout,
}

/// What the scout makes of units.
#[derive(Debug)]
struct Lookout {
    start: Start,
    cuts: Cuts<Start>,
    /// Bytes of the stream before the next unit.
    at: u64,
    /// The access unit whose first slice has not come.
    access_unit: Option<AccessUnitStart>,
    trusted: bool,
    rbsp: Rbsp,
}

/// The units before the first slice of an access unit.
#[derive(Debug)]
struct AccessUnitStart {
    at: u64,
    /// What there was before them.
    start: Start,
    /// Nothing is among them that counts to the picture before.
    is_clean: bool,
}

/// The units before a first slice are few.
const MOST_BEFORE_SLICE: u64 = 1 << 20;

impl H264Scout {
    pub(crate) fn new(framing: &Framing, least: Least) -> Self {
        let delimiting = match framing {
            Framing::ByteStream => Delimiting::ByteStream,
            Framing::Packets { .. } => Delimiting::AnnexBPackets,
        };
        let start = Start { delimiting, sets: Arc::default(), x264_build: None };
        let units = Lookout { start, cuts: Cuts::new(least), at: 0, access_unit: None, trusted: true, rbsp: Rbsp::default() };
        let mut scout = Self { nal: NalReader::begin_at(delimiting, 0), units };
        if let Framing::Packets { extradata } = framing {
            scout.configure(extradata);
        }
        scout
    }
}

impl Scout for H264Scout {
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
        Record::avc(extradata)
    }

    fn is_parameter_set(first_byte: u8) -> bool {
        matches!(first_byte & 31, unit_type::SPS | unit_type::PPS)
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
        let Some(&first) = unit.data.first() else {
            self.count_after(unit.size);
            return Ok(());
        };
        match first & 31 {
            unit_type::NON_IDR | unit_type::IDR => self.slice(unit.data),
            unit_type::SPS | unit_type::PPS | unit_type::SEI => {
                self.begin_in_byte_stream();
                self.read(unit.data);
            }
            unit_type::ACCESS_UNIT_DELIMITER | unit_type::PREFIX..=18 => self.begin_in_byte_stream(),
            _ => self.spoil(),
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

    /// Reads a parameter set or messages.
    fn read(&mut self, data: &[u8]) {
        self.rbsp.unescape(data);
        let mut reader = BitReader::new(&self.rbsp.data);
        let Ok(nal) = NalHeader::read(&mut reader) else { return self.spoil() };
        match nal.nal_unit_type {
            unit_type::SEI => self.start.x264_build = Messages::read(&reader).x264_build.or(self.start.x264_build),
            _ if !self.trusted => self.spoil(),
            unit_type::SPS => {
                let mut sets = ParameterSets::clone(&self.start.sets);
                let result = sets.read_sps(&mut reader);
                self.put(sets, result);
            }
            _ => {
                let mut sets = ParameterSets::clone(&self.start.sets);
                let result = sets.keep_pps(reader, &self.rbsp.data);
                self.put(sets, result);
            }
        }
    }

    fn put(&mut self, sets: ParameterSets, result: Result<()>) {
        match result {
            Ok(()) if *self.start.sets == sets => {}
            Ok(()) => self.start.sets = Arc::new(sets),
            Err(_) => self.spoil(),
        }
    }

    /// Of a slice no more is read than whether it begins an IDR picture that is a reference.
    fn slice(&mut self, data: &[u8]) {
        self.begin_in_byte_stream();
        let Some(access_unit) = self.access_unit.take() else { return };
        self.rbsp.unescape(&data[..data.len().min(16)]);
        let mut reader = BitReader::new(&self.rbsp.data);
        let Ok(nal) = NalHeader::read(&mut reader) else { return };
        if reader.ue("first_mb_in_slice").ok() != Some(0) {
            return;
        }
        let is_idr = nal.nal_unit_type == unit_type::IDR && nal.nal_ref_idc != 0;
        if is_idr && access_unit.is_clean && access_unit.start.delimiting == self.start.delimiting {
            self.cuts.offer(access_unit.at, || access_unit.start);
        }
        self.cuts.count_picture();
    }
}
