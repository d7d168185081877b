//! Bytes to OBUs: packets, low-overhead byte streams (5.2) and length-delimited byte streams (Annex B).

use std::ops::Range;

use codecorpus_bitstream::{BitReader, ErrorKind, ParseError, Result};

use crate::headers::descriptors::leb128;
use crate::headers::obu::{ObuHeader, ObuType};

/// An OBU in the bytes that it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obu {
    pub header: ObuHeader,
    pub range: Range<usize>,
    /// Bytes of the framing before it that are no OBU's.
    pub overhead: usize,
}

/// The OBU at `at` in a packet; the last one of a packet may come without its size.
///
/// # Errors
/// It is no OBU, or longer than the packet.
pub fn next_in_packet(packet: &[u8], at: usize) -> Result<Option<Obu>> {
    let Some(rest @ [first, ..]) = packet.get(at..) else { return Ok(None) };
    let length = if first & 2 == 0 { Some(rest.len()) } else { None };
    let header = ObuHeader::read(rest, length)?.ok_or_else(|| ParseError::end_of_data("obu_header"))?;
    if header.bytes > rest.len() || header.bytes < header.header_bytes {
        return Err(ParseError::end_of_data("obu_size"));
    }
    Ok(Some(Obu { header, range: at..at + header.bytes, overhead: 0 }))
}

/// An OBU beyond this is no conforming stream's.
const MAX_OBU_BYTES: usize = 1 << 28;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
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
pub struct ByteStream {
    format: Format,
    buffer: Vec<u8>,
    /// Of `buffer`, what has been read.
    read: usize,
    /// Bytes before `buffer`.
    position: u64,
}

impl Default for ByteStream {
    fn default() -> Self {
        Self { format: Format::Unknown, buffer: Vec::new(), read: 0, position: 0 }
    }
}

impl ByteStream {
    pub fn push(&mut self, chunk: &[u8]) {
        self.buffer.drain(..self.read);
        self.position += self.read as u64;
        self.read = 0;
        self.buffer.extend_from_slice(chunk);
    }

    #[must_use]
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or(&[])
    }

    /// Bytes of the stream before a place in the buffer.
    #[must_use]
    pub fn position_of(&self, at: usize) -> u64 {
        self.position + at as u64
    }

    /// The next OBU that is whole; at the `end` nothing more will come.
    ///
    /// # Errors
    /// What comes is no OBU, or too long a one; at the end, one is cut off.
    pub fn next(&mut self, end: bool) -> Result<Option<Obu>> {
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

    fn find_low_overhead(&self) -> Result<Option<Obu>> {
        let rest = &self.buffer[self.read..];
        if rest.is_empty() {
            return Ok(None);
        }
        let Some(header) = ObuHeader::read(rest, None)? else { return Ok(None) };
        self.whole(header, self.read, 0)
    }

    /// temporal_unit( ) and frame_unit( ) (Annex B).
    fn find_length_delimited(&mut self, mut temporal_unit: usize, mut frame_unit: usize) -> Result<Option<Obu>> {
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

/// Which of the two formats a stream that begins so is in. A length-delimited one begins with the sizes of a temporal unit, a frame unit
/// and a temporal delimiter. None: more bytes are needed.
fn detect(head: &[u8]) -> Option<Format> {
    let mut bits = BitReader::new(head);
    let mut sizes = [0; 3];
    for size in &mut sizes {
        match read_size(&mut bits, "temporal_unit_size") {
            Ok(Some((value, _))) => *size = value,
            Ok(None) => return None,
            Err(_) => return Some(Format::LowOverhead),
        }
    }
    let at = bits.position() / 8;
    let [temporal_unit, frame_unit, obu_length] = sizes;
    if !(1..=3).contains(&obu_length) || frame_unit <= obu_length || temporal_unit <= frame_unit {
        return Some(Format::LowOverhead);
    }
    let header = ObuHeader::read(head.get(at..at + obu_length)?, Some(obu_length));
    let delimiter = |header: &ObuHeader| header.obu_type == ObuType::TemporalDelimiter && header.header_bytes == obu_length;
    match header {
        Ok(Some(header)) if delimiter(&header) => Some(Format::LengthDelimited { temporal_unit: 0, frame_unit: 0 }),
        _ => Some(Format::LowOverhead),
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
