//! From packets, chunks of a byte stream and extradata to NAL units: what readers of H.264 and HEVC have in common.

use std::collections::VecDeque;

use memchr::memmem;

use crate::error::{ParseError, Result};
use crate::nal::{AnnexB, NalUnit, split_annex_b, split_length_prefixed};
use crate::nal_record::Record;
use crate::reader::{Framing, Packet, Times, is_blank};
use crate::syntax;

/// Takes NAL units in the order of the stream.
pub trait NalUnits {
    /// The codec's configuration record, if extradata are one.
    fn record(extradata: &[u8]) -> Option<Record<'_>>;

    /// Whether a unit that begins so is a parameter set: of extradata nothing else matters.
    fn is_parameter_set(first_byte: u8) -> bool;

    /// Whether a unit that begins so holds SEI messages: of extradata they matter to who asks for headers alone.
    fn is_message(_first_byte: u8) -> bool {
        false
    }

    /// Whether damage is passed over.
    fn skips_damage(&self) -> bool;

    /// Tells of damage that touches no picture.
    fn tell(&mut self, error: ParseError);

    /// A packet begins. `trusted`: the lengths in it add up, so that what looks like a parameter set is one.
    fn begin_packet(&mut self, trusted: bool);

    /// One unit, whatever it is.
    ///
    /// # Errors
    /// It breaks the standard, and damage is not passed over.
    fn unit(&mut self, unit: NalUnit<'_>, times: Times) -> Result<()>;

    /// What is there of a unit whose packet ends before it does, where damage is passed over.
    ///
    /// # Errors
    /// As [`NalUnits::unit`].
    fn cut_unit(&mut self, unit: NalUnit<'_>, error: ParseError, times: Times) -> Result<()>;

    /// A packet in which there is no unit: the picture that it should be is lost.
    ///
    /// # Errors
    /// Damage is not passed over.
    fn lose_packet(&mut self, packet: &Packet<'_>, error: ParseError) -> Result<()>;

    /// Bytes behind the units of a packet, or of the stream, that are of none.
    fn count_after(&mut self, bytes: u64);
}

/// How NAL units stand in what is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiting {
    ByteStream,
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

/// Takes a stream apart into NAL units.
#[derive(Debug)]
pub struct NalReader {
    delimiting: Delimiting,
    /// The byte stream.
    stream: AnnexB,
    chunks: Chunks,
}

impl NalReader {
    /// # Errors
    /// Extradata that are no configuration record, or a parameter set in them that cannot be read; where damage is passed
    /// over it is told.
    pub fn new(framing: &Framing, units: &mut impl NalUnits) -> Result<Self> {
        match framing {
            Framing::ByteStream => Ok(Self::begin_at(Delimiting::ByteStream, 0)),
            Framing::Packets { extradata } => {
                let mut reader = Self::begin_at(Delimiting::AnnexBPackets, 0);
                reader.configure(extradata, units)?;
                Ok(reader)
            }
        }
    }

    /// Takes apart what follows so many bytes of a stream.
    #[must_use]
    pub fn begin_at(delimiting: Delimiting, at: u64) -> Self {
        Self { delimiting, stream: AnnexB::begin_at(at), chunks: Chunks { end: at, ..Chunks::default() } }
    }

    #[must_use]
    pub fn delimiting(&self) -> Delimiting {
        self.delimiting
    }

    /// Takes a container's extradata: a configuration record or a byte stream of parameter sets. They say how its packets
    /// delimit units, and are no part of any picture's bytes.
    ///
    /// # Errors
    /// As [`NalReader::new`].
    pub fn configure<U: NalUnits>(&mut self, extradata: &[u8], units: &mut U) -> Result<()> {
        units.begin_packet(true);
        let result = match U::record(extradata) {
            Some(record) => {
                if let Some(length_size) = record.length_size {
                    self.delimiting = Delimiting::LengthPrefixed { length_size };
                }
                let result = record.units.into_iter().try_for_each(|data| parameter_set(data, 0, units));
                result.and(record.error.map_or(Ok(()), Err))
            }
            None => {
                self.delimiting = Delimiting::AnnexBPackets;
                split_annex_b(extradata, 0).try_for_each(|unit| parameter_set(unit.data, unit.offset, units))
            }
        };
        match result {
            Err(error) if units.skips_damage() => {
                units.tell(error);
                Ok(())
            }
            result => result,
        }
    }

    /// Reads the units of a packet, or those of a byte stream that are whole.
    ///
    /// # Errors
    /// As [`NalUnits::unit`]; a unit that is longer than its packet, or a packet without any, where damage is not passed over.
    pub fn push(&mut self, packet: Packet<'_>, units: &mut impl NalUnits) -> Result<()> {
        if self.delimiting != Delimiting::ByteStream && is_blank(packet.data) {
            units.begin_packet(false);
            let error = ParseError::malformed("nal_unit", "the packet is zeros alone");
            return units.lose_packet(&packet, error.in_unit(packet.position));
        }
        match self.delimiting {
            Delimiting::ByteStream => {
                self.chunks.push(&packet);
                self.stream.push(packet.data);
                self.read_byte_stream(false, units)
            }
            Delimiting::AnnexBPackets => {
                units.begin_packet(true);
                let mut counted = 0;
                for unit in split_annex_b(packet.data, packet.position) {
                    counted += unit.size;
                    units.unit(unit, packet.times)?;
                }
                units.count_after(packet.data.len() as u64 - counted);
                Ok(())
            }
            Delimiting::LengthPrefixed { length_size } => read_length_prefixed(packet, length_size, units),
        }
    }

    /// Reads the last unit of a byte stream: nothing follows.
    ///
    /// # Errors
    /// As [`NalReader::push`].
    pub fn finish(&mut self, units: &mut impl NalUnits) -> Result<()> {
        self.read_byte_stream(true, units)
    }

    fn read_byte_stream(&mut self, end: bool, units: &mut impl NalUnits) -> Result<()> {
        while let Some(unit) = self.stream.next_unit(end) {
            units.unit(unit, self.chunks.times_at(unit.offset))?;
        }
        Ok(())
    }
}

/// A unit of the extradata.
fn parameter_set<U: NalUnits>(data: &[u8], offset: u64, units: &mut U) -> Result<()> {
    match data.first() {
        Some(&first) if U::is_parameter_set(first) || (syntax::is_recording() && U::is_message(first)) => {
            units.unit(NalUnit { data, offset, size: 0 }, Times::default())
        }
        _ => Ok(()),
    }
}

/// A packet in which each unit stands behind its length.
fn read_length_prefixed(packet: Packet<'_>, length_size: usize, units: &mut impl NalUnits) -> Result<()> {
    let split = || split_length_prefixed(packet.data, length_size, packet.position);
    let trusted = split().all(|unit| unit.is_ok());
    units.begin_packet(trusted);
    // FFmpeg decodes nothing of a packet whose lengths do not add up.
    let times = Times { is_discarded: packet.times.is_discarded || !trusted, ..packet.times };
    let mut counted = 0;
    for unit in split() {
        match unit {
            Ok(unit) => {
                counted += unit.size as usize;
                read_behind_length(unit, times, units)?;
            }
            Err(error) if units.skips_damage() => {
                let rest = packet.data.get(counted..).unwrap_or_default();
                let data = rest.get(length_size..).unwrap_or_default();
                let offset = packet.position + (counted + length_size) as u64;
                units.cut_unit(NalUnit { data, offset, size: rest.len() as u64 }, error, times)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A unit behind its length. Some muxers leave several in one, with start codes between them.
fn read_behind_length(unit: NalUnit<'_>, times: Times, units: &mut impl NalUnits) -> Result<()> {
    let Some(first) = memmem::find(unit.data, &[0, 0, 1]) else { return units.unit(unit, times) };
    let rest = &unit.data[first..];
    units.unit(NalUnit { data: &unit.data[..first], size: unit.size - rest.len() as u64, ..unit }, times)?;
    split_annex_b(rest, unit.offset + first as u64).try_for_each(|unit| units.unit(unit, times))
}
