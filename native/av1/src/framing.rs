//! Bytes to OBUs: packets, low-overhead byte streams (5.2) and length-delimited byte streams (Annex B).

use std::ops::Range;

use codecorpus_bitstream::{BitReader, ErrorKind, ParseError, Resemblance, Result};

use crate::headers::SequenceHeader;
use crate::headers::descriptors::leb128;
use crate::headers::obu::{ObuHeader, ObuType, trailing_bits};

/// An OBU in the bytes that it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obu {
    pub(crate) header: ObuHeader,
    pub(crate) range: Range<usize>,
    /// Bytes of the framing before it that are no OBU's.
    pub(crate) overhead: usize,
}

/// The OBU at `at` in a packet; the last one of a packet may come without its size.
///
/// # Errors
/// It is no OBU, or longer than the packet.
pub(crate) fn next_in_packet(packet: &[u8], at: usize) -> Result<Option<Obu>> {
    let Some(rest @ [first, ..]) = packet.get(at..) else { return Ok(None) };
    let length = if first & 2 == 0 { Some(rest.len()) } else { None };
    let header = ObuHeader::read(rest, length)?.ok_or_else(|| ParseError::end_of_data("obu_header"))?;
    if header.bytes > rest.len() || header.bytes < header.header_bytes {
        return Err(ParseError::end_of_data("obu_size"));
    }
    Ok(Some(Obu { header, range: at..at + header.bytes, overhead: 0 }))
}

/// Whether a packet is no temporal unit: one OBU of a reserved type, whose size is not told, is all of it. Zeros look so.
#[must_use]
pub(crate) fn is_void(packet: &[u8]) -> bool {
    let is_sized = packet.first().is_none_or(|first| first & 2 != 0);
    !is_sized && next_in_packet(packet, 0).is_ok_and(|obu| obu.is_some_and(|obu| obu.header.obu_type == ObuType::Reserved))
}

/// Bytes of an AV1CodecConfigurationRecord before its configOBUs (AV1 Codec ISO Media File Format Binding, 2.3).
const AV1C_BYTES: usize = 4;

/// The OBUs of extradata: an av1C record (its first byte has the marker bit and version 1), or OBUs as they are.
pub(crate) fn obus_in_extradata(extradata: &[u8]) -> &[u8] {
    match extradata {
        [0x81, ..] => extradata.get(AV1C_BYTES..).unwrap_or(&[]),
        _ => extradata,
    }
}

/// Each of these OBUs.
pub(crate) fn each_in_extradata(extradata: &[u8], mut read: impl FnMut(&[u8], &Obu) -> Result<()>) -> Result<()> {
    let (obus, mut at) = (obus_in_extradata(extradata), 0);
    while let Some(obu) = next_in_packet(obus, at)? {
        read(&obus[obu.range.clone()], &obu)?;
        at = obu.range.end;
    }
    Ok(())
}

/// The OBU at `at` in a packet that ends before the OBU does.
#[must_use]
pub(crate) fn cut_in_packet(packet: &[u8], at: usize) -> Option<Obu> {
    cut_obu(packet, at..packet.len())
}

/// An OBU of which only `range` is there.
fn cut_obu(data: &[u8], range: Range<usize>) -> Option<Obu> {
    let header = ObuHeader::read(data.get(range.clone())?, None).ok()??;
    (header.header_bytes <= range.len()).then(|| Obu { header: ObuHeader { bytes: range.len(), ..header }, range, overhead: 0 })
}

/// An OBU beyond this is no conforming stream's.
const MAX_OBU_BYTES: usize = 1 << 28;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Unknown,
    LowOverhead,
    /// What is left of the temporal unit and of the frame unit.
    LengthDelimited {
        temporal_unit: usize,
        frame_unit: usize,
    },
}

/// A byte stream that comes in pieces.
#[derive(Debug)]
pub(crate) struct ByteStream {
    format: Format,
    buffer: Vec<u8>,
    /// Of `buffer`, what has been read.
    read: usize,
    /// Bytes before `buffer`.
    position: u64,
    /// Damage was met, and no temporal unit has begun since: what looks like an OBU may be none.
    is_doubtful: bool,
}

impl Default for ByteStream {
    fn default() -> Self {
        Self { format: Format::Unknown, buffer: Vec::new(), read: 0, position: 0, is_doubtful: false }
    }
}

impl ByteStream {
    /// What follows so many bytes of a stream in a format.
    pub(crate) fn begin_at(format: Format, position: u64) -> Self {
        Self { format, position, ..Self::default() }
    }

    /// The format, as it is before a temporal unit. None: it is not known yet.
    pub(crate) fn format_between_units(&self) -> Option<Format> {
        match self.format {
            Format::Unknown => None,
            Format::LowOverhead => Some(Format::LowOverhead),
            Format::LengthDelimited { .. } => Some(Format::LengthDelimited { temporal_unit: 0, frame_unit: 0 }),
        }
    }

    /// Whether all of what came was read, up to the end of a temporal unit in that format.
    pub(crate) fn is_between_units(&self, format: Format) -> bool {
        self.format == format && self.read == self.buffer.len() && !self.is_doubtful
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.buffer.drain(..self.read);
        self.position += self.read as u64;
        self.read = 0;
        self.buffer.extend_from_slice(chunk);
    }

    #[must_use]
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or(&[])
    }

    /// Bytes of the stream before a place in the buffer.
    #[must_use]
    pub(crate) fn position_of(&self, at: usize) -> u64 {
        self.position + at as u64
    }

    /// The next OBU that is whole; at the `end` nothing more will come.
    ///
    /// # Errors
    /// What comes is no OBU, or too long a one; at the end, one is cut off.
    pub(crate) fn next(&mut self, end: bool) -> Result<Option<Obu>> {
        let obu = self.find(end).map_err(|error| error.in_unit(self.position_of(self.read)))?;
        match &obu {
            Some(obu) => self.read = obu.range.end,
            None if end && self.read < self.buffer.len() => {
                return Err(ParseError::end_of_data("obu").in_unit(self.position_of(self.read)));
            }
            None => {}
        }
        Ok(obu)
    }

    /// Gives up an OBU for which reading gave an error: from where on to read, and whether a temporal unit begins there which a wrong
    /// size made it swallow.
    pub(crate) fn give_up(&mut self, obu: &Obu) -> usize {
        self.is_doubtful = true;
        if let Some(at) = self.find_temporal_unit(obu.range.start + 1, obu.range.end) {
            self.read = at;
            self.begin_search();
        }
        self.read
    }

    /// After an error of [`ByteStream::next`]: goes to where the next temporal unit begins, as far as that can be seen. What lies before
    /// it, and whether there is one.
    pub(crate) fn recover(&mut self, end: bool) -> (Range<usize>, bool) {
        let from = self.read;
        let behind = match self.format {
            Format::LengthDelimited { temporal_unit, .. } if temporal_unit > 0 => Some(from + temporal_unit),
            _ => None,
        };
        let behind = behind.filter(|&at| self.buffer.get(at..).is_some_and(|rest| self.begins_temporal_unit(rest)));
        self.is_doubtful = true;
        // What is judged by less than it takes would be another thing where more came at once.
        let last = if end { self.buffer.len() } else { self.buffer.len().saturating_sub(WINDOW).max(from) };
        let found = behind.or_else(|| self.find_temporal_unit(from + 1, last));
        self.begin_search();
        self.read = found.unwrap_or(last);
        (from..self.read, found.is_some())
    }

    /// Whether enough is there behind an error to see all that is looked at of an OBU without an end.
    #[must_use]
    pub(crate) fn can_recover(&self, end: bool) -> bool {
        end || self.buffer.len() - self.read >= HEADER_BYTES + WINDOW
    }

    /// No unit is under way any more.
    fn begin_search(&mut self) {
        if matches!(self.format, Format::LengthDelimited { .. }) {
            self.format = Format::LengthDelimited { temporal_unit: 0, frame_unit: 0 };
        }
    }

    /// An OBU of which only this is there.
    #[must_use]
    pub(crate) fn cut(&self, range: Range<usize>) -> Option<Obu> {
        match self.format {
            Format::LowOverhead => cut_obu(&self.buffer, range),
            _ => None,
        }
    }

    /// Where a temporal unit begins, by all that can be seen from there.
    fn find_temporal_unit(&self, from: usize, to: usize) -> Option<usize> {
        let begins = |at: &usize| self.buffer.get(*at..).is_some_and(|rest| self.begins_temporal_unit(rest));
        let first = (from..to).find(begins)?;
        match self.format {
            // A byte before a size may look like the beginning of a longer one.
            Format::LengthDelimited { .. } => (first..first + 8).rev().find(begins),
            _ => Some(first),
        }
    }

    fn begins_temporal_unit(&self, rest: &[u8]) -> bool {
        match self.format {
            Format::LengthDelimited { .. } => begins_with_delimiter_in_units(rest).is_ok_and(|begins| begins),
            _ => begins_with_delimiter(rest),
        }
    }

    fn find(&mut self, end: bool) -> Result<Option<Obu>> {
        if self.format == Format::Unknown {
            self.format = match detect(&self.buffer[self.read..]) {
                Some(format) => format,
                None if end => Format::LowOverhead,
                None => return Ok(None),
            };
        }
        match self.format {
            Format::Unknown => Ok(None),
            Format::LowOverhead => self.find_low_overhead(),
            Format::LengthDelimited { temporal_unit, frame_unit } => self.find_length_delimited(temporal_unit, frame_unit),
        }
    }

    fn find_low_overhead(&mut self) -> Result<Option<Obu>> {
        let rest = &self.buffer[self.read..];
        if rest.is_empty() {
            return Ok(None);
        }
        let Some(header) = ObuHeader::read(rest, None)? else { return Ok(None) };
        if self.is_doubtful && (header.obu_type == ObuType::Reserved || is_reserved_bit_set(rest)) {
            return Err(ParseError::malformed("obu_type", "a reserved one behind damage"));
        }
        let is_delimiter = header.obu_type == ObuType::TemporalDelimiter;
        self.is_doubtful &= !is_delimiter;
        self.whole(header, self.read, 0)
    }

    /// temporal_unit( ) and frame_unit( ) (Annex B).
    fn find_length_delimited(&mut self, mut temporal_unit: usize, mut frame_unit: usize) -> Result<Option<Obu>> {
        if self.is_doubtful && temporal_unit == 0 {
            if !self.begins_temporal_unit(&self.buffer[self.read..]) {
                // At the end of what is there more may be needed to see it.
                let is_short = self.buffer.len() - self.read < WINDOW;
                let none = ParseError::malformed("temporal_unit", "none begins behind damage");
                return if is_short { Ok(None) } else { Err(none) };
            }
            self.is_doubtful = false;
        }
        let mut bits = BitReader::new(&self.buffer[self.read..]);
        while frame_unit == 0 {
            let element = if temporal_unit == 0 { "temporal_unit_size" } else { "frame_unit_size" };
            let Some((size, length)) = read_size(&mut bits, element)? else { return Ok(None) };
            match temporal_unit {
                0 => temporal_unit = size,
                _ => (temporal_unit, frame_unit) = (inside(temporal_unit, length + size, element)?, size),
            }
        }
        let Some((obu_length, length)) = read_size(&mut bits, "obu_length")? else { return Ok(None) };
        frame_unit = inside(frame_unit, length + obu_length, "obu_length")?;
        let overhead = bits.position() / 8;
        let start = self.read + overhead;
        let rest = &self.buffer[start..];
        if rest.len() < obu_length {
            return if obu_length > MAX_OBU_BYTES { Err(too_long()) } else { Ok(None) };
        }
        let header =
            ObuHeader::read(&rest[..obu_length], Some(obu_length))?.ok_or_else(|| ParseError::end_of_data("obu_header"))?;
        if header.header_bytes > obu_length {
            return Err(ParseError::malformed("obu_length", "shorter than the OBU's header"));
        }
        self.format = Format::LengthDelimited { temporal_unit, frame_unit };
        self.whole(header, start, overhead)
    }

    fn whole(&self, header: ObuHeader, start: usize, overhead: usize) -> Result<Option<Obu>> {
        if header.bytes > MAX_OBU_BYTES {
            return Err(too_long());
        }
        let range = start..start + header.bytes;
        Ok((range.end <= self.buffer.len()).then_some(Obu { header, range, overhead }))
    }
}

fn too_long() -> ParseError {
    ParseError::limit("obu_size", "an OBU of more than 256 MiB")
}

/// A size and the bytes that it takes; None where the data ends in it.
fn read_size(bits: &mut BitReader<'_>, element: &'static str) -> Result<Option<(usize, usize)>> {
    let start = bits.position();
    match leb128(bits, element) {
        Ok(size) => Ok(Some((size as usize, (bits.position() - start) / 8))),
        Err(error) if error.kind == ErrorKind::EndOfData => Ok(None),
        Err(error) => Err(error),
    }
}

fn inside(unit: usize, part: usize, element: &'static str) -> Result<usize> {
    unit.checked_sub(part).ok_or_else(|| ParseError::malformed(element, "more than is left of the unit around it"))
}

/// Bytes that are enough to see a temporal delimiter in its framing, and the header behind it.
const WINDOW: usize = 40;

/// A frame header is shorter.
pub(crate) const HEADER_BYTES: usize = 4096;

/// Whether a temporal delimiter and two OBUs that may follow it stand here, the second one if it is there yet.
fn begins_with_delimiter(rest: &[u8]) -> bool {
    let header = |at: usize| match rest.get(at..).map(|obu| (ObuHeader::read(obu, None), is_reserved_bit_set(obu))) {
        Some((Ok(Some(header)), false)) if header.bytes <= MAX_OBU_BYTES => Some(header),
        _ => None,
    };
    if !rest.starts_with(&[0x12, 0]) {
        return false;
    }
    let Some(first) = header(2).filter(may_follow_delimiter) else { return false };
    let second = 2 + first.bytes;
    second + 2 > rest.len() || header(second).is_some_and(|header| header.obu_type != ObuType::Reserved)
}

fn may_follow_delimiter(header: &ObuHeader) -> bool {
    use ObuType::{Frame, FrameHeader, Metadata, SequenceHeader};
    matches!(header.obu_type, SequenceHeader | FrameHeader | Frame | Metadata)
}

/// As [`begins_with_delimiter`], in the length-delimited format: the sizes of the units around them fit.
fn begins_with_delimiter_in_units(rest: &[u8]) -> Result<bool> {
    let mut bits = BitReader::new(rest);
    // A size inside a unit of so many bytes, and what is left of that.
    let size = |bits: &mut BitReader<'_>, around: usize, element| -> Result<(usize, usize)> {
        let (size, length) = read_size(bits, element)?.ok_or_else(|| ParseError::end_of_data(element))?;
        Ok((size, inside(around, length + size, element)?))
    };
    let header = |bits: &BitReader<'_>, length: usize| {
        let obu = rest.get(bits.position() / 8..).unwrap_or_default();
        Ok(ObuHeader::read(obu, Some(length))?.filter(|_| !is_reserved_bit_set(obu)))
    };
    let (temporal_unit, _) = size(&mut bits, usize::MAX, "temporal_unit_size")?;
    let (frame_unit, behind) = size(&mut bits, temporal_unit, "frame_unit_size")?;
    let (delimiter, mut left) = size(&mut bits, frame_unit, "obu_length")?;
    let is_delimiter = |header: ObuHeader| header.obu_type == ObuType::TemporalDelimiter && header.header_bytes == delimiter;
    if !header(&bits, delimiter)?.is_some_and(is_delimiter) {
        return Ok(false);
    }
    bits.skip(8 * delimiter, "temporal_delimiter_obu")?;
    if left == 0 {
        (left, _) = size(&mut bits, behind, "frame_unit_size")?;
    }
    let (next, _) = size(&mut bits, left, "obu_length")?;
    Ok(header(&bits, next)?.is_some_and(|header| may_follow_delimiter(&header)))
}

/// How much `head`, the first bytes of a stream, resembles OBUs in either format.
#[must_use]
pub(crate) fn probe(head: &[u8]) -> Resemblance {
    resembles_low_overhead(head).max(resembles_length_delimited(head))
}

/// Bytes by which the format of a stream is settled.
const HEAD_BYTES: usize = 1 << 16;

/// The format of a stream that begins so. None: more bytes are needed.
fn detect(head: &[u8]) -> Option<Format> {
    match (resembles_low_overhead(head), resembles_length_delimited(head)) {
        (Resemblance::Certain, _) => Some(Format::LowOverhead),
        (_, Resemblance::Certain) => Some(Format::LengthDelimited { temporal_unit: 0, frame_unit: 0 }),
        (_, Resemblance::Possible) if head.len() < HEAD_BYTES => None,
        _ => Some(Format::LowOverhead),
    }
}

/// What an OBU at the start of a stream says of it; None: the next one has to.
fn resemblance(obu: &[u8], header: &ObuHeader, whole: bool) -> Option<Resemblance> {
    let payload = obu.get(header.header_bytes..).unwrap_or_default();
    match header.obu_type {
        ObuType::TemporalDelimiter if header.bytes == header.header_bytes => Some(Resemblance::Certain),
        ObuType::SequenceHeader if whole => Some(match read_sequence_header(payload) {
            Ok(_) => Resemblance::Certain,
            Err(_) => Resemblance::None,
        }),
        ObuType::SequenceHeader => Some(Resemblance::Possible),
        ObuType::Metadata | ObuType::TileList | ObuType::Padding | ObuType::Reserved => None,
        _ => Some(Resemblance::None),
    }
}

/// sequence_header_obu( ) with its trailing bits.
fn read_sequence_header(payload: &[u8]) -> Result<SequenceHeader> {
    let mut bits = BitReader::new(payload);
    let header = SequenceHeader::read(&mut bits)?;
    trailing_bits(&bits)?;
    Ok(header)
}

/// obu_reserved_1bit is 0 in any stream of today.
fn is_reserved_bit_set(obu: &[u8]) -> bool {
    obu.first().is_some_and(|first| first & 1 == 1)
}

/// The low-overhead format (5.2): OBUs one after the other, each with its size.
fn resembles_low_overhead(mut rest: &[u8]) -> Resemblance {
    loop {
        match ObuHeader::read(rest, None) {
            Ok(None) => return Resemblance::Possible,
            Ok(Some(header)) if header.bytes <= MAX_OBU_BYTES && !is_reserved_bit_set(rest) => {
                let (obu, next) = rest.split_at(header.bytes.min(rest.len()));
                if let Some(said) = resemblance(obu, &header, obu.len() == header.bytes) {
                    return said;
                }
                rest = next;
            }
            _ => return Resemblance::None,
        }
    }
}

/// The length-delimited format (Annex B): the sizes of a temporal unit and of a frame unit, and OBUs behind their lengths.
fn resembles_length_delimited(head: &[u8]) -> Resemblance {
    if head.first() == Some(&0) {
        return Resemblance::None; // a temporal unit of no bytes
    }
    let mut stream = ByteStream {
        format: Format::LengthDelimited { temporal_unit: 0, frame_unit: 0 },
        buffer: head.get(..HEAD_BYTES).unwrap_or(head).to_vec(),
        ..ByteStream::default()
    };
    loop {
        match stream.next(false) {
            Ok(None) => return Resemblance::Possible,
            Ok(Some(obu)) => {
                let bytes = stream.bytes(obu.range);
                let said =
                    if is_reserved_bit_set(bytes) { Some(Resemblance::None) } else { resemblance(bytes, &obu.header, true) };
                if let Some(said) = said {
                    return said;
                }
            }
            Err(_) => return Resemblance::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OBUS: [&[u8]; 4] = [&[0x12, 0], &[0x0a, 3, 7, 8, 9], &[0x7a, 1, 5], &[0x7a, 2, 5, 6]];

    /// The same OBUs, without their size fields, in one temporal unit of one frame unit.
    fn length_delimited() -> Vec<u8> {
        let mut frame_unit = Vec::new();
        for obu in OBUS {
            frame_unit.push(obu.len() as u8 - 1);
            frame_unit.push(obu[0] & !2);
            frame_unit.extend(&obu[2..]);
        }
        let mut bytes = vec![frame_unit.len() as u8 + 1, frame_unit.len() as u8];
        bytes.extend(frame_unit);
        bytes
    }

    fn read_in_chunks(data: &[u8], chunk: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut stream, mut payloads, mut total) = (ByteStream::default(), Vec::new(), 0);
        let mut take = |stream: &mut ByteStream, end| {
            while let Some(obu) = stream.next(end).unwrap() {
                total += obu.overhead + obu.range.len();
                payloads.push(stream.bytes(obu.range)[obu.header.header_bytes..].to_vec());
            }
        };
        for piece in data.chunks(chunk) {
            stream.push(piece);
            take(&mut stream, false);
        }
        take(&mut stream, true);
        (payloads, total)
    }

    proptest! {
        #[test]
        fn both_formats_give_the_same_obus_however_they_are_cut(chunk in 1usize..30) {
            let expected: Vec<_> = OBUS.iter().map(|obu| obu[2..].to_vec()).collect();
            for data in [OBUS.concat(), length_delimited()] {
                prop_assert_eq!(read_in_chunks(&data, chunk), (expected.clone(), data.len()));
            }
        }

        #[test]
        fn no_bytes_panic(data in prop::collection::vec(any::<u8>(), 0..60), chunk in 1usize..30) {
            let mut stream = ByteStream::default();
            for piece in data.chunks(chunk) {
                stream.push(piece);
                while let Ok(Some(_)) = stream.next(false) {}
            }
            while let Ok(Some(_)) = stream.next(true) {}
            let mut at = 0;
            while let Ok(Some(obu)) = next_in_packet(&data, at) {
                prop_assert!(obu.range.end > at);
                at = obu.range.end;
            }
        }
    }

    /// leb128( ) of eight bytes.
    fn padded(value: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..8).map(|i| (value >> (7 * i) & 0x7f) as u8 | 0x80).collect();
        bytes[7] &= 0x7f;
        bytes
    }

    #[test]
    fn sizes_may_be_padded() {
        let delimiter = [vec![0x12], padded(0)].concat();
        let frame_unit = [padded(delimiter.len()), delimiter].concat();
        let unit = [padded(frame_unit.len()), frame_unit].concat();
        let stream = [padded(unit.len()), unit].concat();
        assert_eq!(probe(&stream), Resemblance::Certain);
        assert_eq!(read_in_chunks(&stream, 7), (vec![vec![]], stream.len()));
    }

    #[test]
    fn what_may_be_ignored_may_come_first() {
        let padding: &[u8] = &[0x7a, 3, 0, 0, 0x80];
        let reserved: &[u8] = &[0x4a, 1, 0x80];
        let delimiter: &[u8] = &[0x12, 0];
        assert_eq!(probe(&[padding, reserved, delimiter].concat()), Resemblance::Certain);
        assert_eq!(probe(&[padding, reserved].concat()), Resemblance::Possible);
        assert_eq!(probe(&[padding, &[0xff]].concat()), Resemblance::None);
        let frame: &[u8] = &[0x32, 1, 0];
        assert_eq!(probe(&[padding, frame].concat()), Resemblance::None);
    }

    #[test]
    fn other_formats_are_none() {
        let heads: [&[u8]; 7] = [
            b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2",
            b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08",
            b"DKIF\0\0\x20\0AV01",
            b"\0\0\0\x01\x67\x64\0\x1f",
            b"\0\0\x01\xb3\x16\0\xf0\x15",
            b"This is a text, not a video",
            b"\xff\xfb\x90\x64\0\0\0\0",
        ];
        for head in heads {
            assert_ne!(probe(head), Resemblance::Certain, "{head:?}");
        }
    }

    #[test]
    fn a_unit_that_shows_a_frame_again_is_found_behind_damage() {
        let again: &[u8] = &[0x12, 0, 0x1a, 1, 0xd8];
        let frame: &[u8] = &[0x12, 0, 0x32, 4, 0x30, 1, 2, 3];
        let data = [&[0xff, 0xff, 0xff][..], again, frame, frame].concat();
        let mut stream = ByteStream { format: Format::LowOverhead, ..ByteStream::default() };
        stream.push(&data);
        assert!(stream.next(true).is_err());
        assert_eq!(stream.recover(true), (0..3, true));
    }

    #[test]
    fn a_cut_end_is_an_error() {
        let mut stream = ByteStream::default();
        stream.push(&[0x12, 0, 0x0a, 3, 7]);
        assert!(stream.next(false).unwrap().is_some());
        assert!(stream.next(false).unwrap().is_none());
        let error = stream.next(true).unwrap_err();
        assert_eq!((error.kind, error.unit), (ErrorKind::EndOfData, Some(2)));
    }
}
