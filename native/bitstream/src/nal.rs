//! NAL units: Annex B byte streams and length-prefixed packets, and the removal of emulation prevention
//! (H.264 7.4.1 and Annex B; HEVC 7.4.2 and Annex B).

use std::hash::{DefaultHasher, Hasher};

use memchr::memmem;

use crate::error::{ParseError, Result};

/// Bytes of a NAL unit in the stream, start code or length prefix not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NalUnit<'a> {
    pub data: &'a [u8],
    /// Bytes from the start of the stream to the NAL unit's header.
    pub offset: u64,
    /// Bytes that the unit takes in the stream with its start code or length prefix and the zeros before it.
    pub size: u64,
}

/// Splits a byte stream into NAL units, whatever chunks it comes in.
///
/// Every byte of the stream is counted to exactly one unit: the start code before a unit, with zero_byte, to that unit,
/// trailing zeros to the unit before them.
#[derive(Debug, Default)]
pub struct AnnexB {
    buffer: Vec<u8>,
    /// Stream offset of `buffer[0]`.
    offset: u64,
    /// Start of the bytes of `buffer` that no unit has taken.
    start: usize,
    /// Where the search for the next start code goes on.
    scan: usize,
    /// Where the header of the unit at `start` is, if its start code was found.
    begin: Option<usize>,
}

impl AnnexB {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What follows so many bytes of a stream.
    #[must_use]
    pub fn begin_at(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Adds a chunk that follows the last one. Call [`AnnexB::next_unit`] until it gives none.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.offset += self.start as u64;
            self.scan -= self.start;
            self.begin = self.begin.map(|begin| begin - self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// The next unit that is known to be whole; `end` says that no chunk follows.
    pub fn next_unit(&mut self, end: bool) -> Option<NalUnit<'_>> {
        let begin = self.begin_of_unit(end)?;
        let (stop, next) = match self.find_start_code() {
            Some(at) => (at, before_zero_byte(&self.buffer, begin, at)),
            None if end => (self.buffer.len(), self.buffer.len()),
            None => return None,
        };
        let from = std::mem::replace(&mut self.start, next);
        (self.scan, self.begin) = (next, None);
        let data = trim_zeros(&self.buffer[begin..stop]);
        Some(NalUnit { data, offset: self.offset + begin as u64, size: (next - from) as u64 })
    }

    /// Index of the header of the unit that begins at `start`: behind its start code.
    fn begin_of_unit(&mut self, end: bool) -> Option<usize> {
        if self.begin.is_none() {
            self.begin = self.find_start_code().map(|code| code + 3);
            self.scan = self.begin.unwrap_or(self.scan);
        }
        if self.begin.is_none() && end && self.start < self.buffer.len() {
            self.offset += self.buffer.len() as u64;
            self.buffer.clear();
            (self.start, self.scan) = (0, 0);
        }
        self.begin
    }

    /// The next start code; where there is none it is kept in mind how far.
    fn find_start_code(&mut self) -> Option<usize> {
        let found = find_start_code(&self.buffer, self.scan);
        if found.is_none() {
            self.scan = self.scan.max(self.buffer.len().saturating_sub(2));
        }
        found
    }
}

fn find_start_code(data: &[u8], from: usize) -> Option<usize> {
    memmem::find(data.get(from..)?, &[0, 0, 1]).map(|at| from + at)
}

/// Where the bytes of the next unit begin, whose start code is at `code`: with zero_byte, if there is one (B.1.1).
fn before_zero_byte(data: &[u8], begin: usize, code: usize) -> usize {
    code - usize::from(code > begin && data[code - 1] == 0)
}

pub(crate) fn trim_zeros(data: &[u8]) -> &[u8] {
    let end = data.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &data[..end]
}

/// The NAL units of one Annex B packet that is whole in memory.
pub fn split_annex_b(packet: &[u8], offset: u64) -> impl Iterator<Item = NalUnit<'_>> {
    let mut from = 0;
    let mut code = find_start_code(packet, 0);
    std::iter::from_fn(move || {
        let begin = code? + 3;
        code = find_start_code(packet, begin);
        let stop = code.unwrap_or(packet.len());
        let next = code.map_or(stop, |code| before_zero_byte(packet, begin, code));
        let unit = NalUnit { data: trim_zeros(&packet[begin..stop]), offset: offset + begin as u64, size: (next - from) as u64 };
        from = next;
        Some(unit)
    })
}

/// The NAL units of one packet in which each stands behind its length, as in MP4 and Matroska.
pub fn split_length_prefixed(packet: &[u8], length_size: usize, offset: u64) -> impl Iterator<Item = Result<NalUnit<'_>>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = packet.get(at..)?;
        if rest.is_empty() {
            return None;
        }
        let here = offset + at as u64;
        let Some(prefix) = rest.get(..length_size) else {
            at = packet.len();
            return Some(Err(ParseError::end_of_data("NALUnitLength").in_unit(here)));
        };
        let length = prefix.iter().fold(0usize, |n, &byte| n << 8 | usize::from(byte));
        let Some(data) = rest.get(length_size..length_size + length) else {
            at = packet.len();
            let reason = format!("{length} bytes, of which the packet holds {}", rest.len() - length_size);
            return Some(Err(ParseError::new(crate::ErrorKind::EndOfData, "NALUnitLength", reason).in_unit(here)));
        };
        at += length_size + length;
        Some(Ok(NalUnit { data, offset: here + length_size as u64, size: (length_size + length) as u64 }))
    })
}

/// Bytes of a slice that tell it from others: its header is in them, and more of its data than two slices begin alike with.
const TELLING_BYTES: usize = 1024;

/// By what a slice is known again where a stream has it twice: of the bytes that `rbsp` begins with.
#[must_use]
pub fn digest(rbsp: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(&rbsp[..rbsp.len().min(TELLING_BYTES)]);
    hasher.finish()
}

/// A NAL unit without its emulation prevention bytes, header included.
#[derive(Debug, Default)]
pub struct Rbsp {
    pub data: Vec<u8>,
    /// Indices in the NAL unit of the emulation_prevention_three_bytes that were removed, ascending.
    pub removed: Vec<u32>,
}

impl Rbsp {
    /// Fills this buffer from a NAL unit; keeps its allocation.
    pub fn unescape(&mut self, nal: &[u8]) {
        self.data.clear();
        self.removed.clear();
        let mut from = 0;
        for at in memmem::find_iter(nal, &[0, 0, 3]) {
            // A match inside the last one's zeros cannot be: find_iter does not overlap, and 3 is not 0.
            self.data.extend_from_slice(&nal[from..at + 2]);
            self.removed.push((at + 2) as u32);
            from = at + 3;
        }
        self.data.extend_from_slice(&nal[from..]);
    }

    /// Index in the unescaped data of an index in the NAL unit (HEVC entry points count escaped bytes).
    #[must_use]
    pub fn unescaped_index(&self, nal_index: usize) -> usize {
        nal_index - self.removed.partition_point(|&at| (at as usize) < nal_index)
    }

    /// Index in the NAL unit of an index in the unescaped data.
    #[must_use]
    pub fn nal_index(&self, index: usize) -> usize {
        let mut index = index;
        for &at in &self.removed {
            if at as usize > index {
                break;
            }
            index += 1;
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escape(rbsp: &[u8]) -> Vec<u8> {
        let mut nal = Vec::new();
        let mut zeros = 0;
        for &byte in rbsp {
            if zeros >= 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }

    #[test]
    fn zero_byte_counts_to_the_unit_that_it_begins_and_trailing_zeros_to_the_unit_before() {
        let stream = [0, 0, 0, 1, 5, 0, 0, 1, 6, 0, 0, 0, 0, 1, 7];
        let mut parser = AnnexB::new();
        parser.push(&stream);
        let mut sizes = Vec::new();
        while let Some(unit) = parser.next_unit(true) {
            sizes.push(unit.size);
        }
        assert_eq!(sizes, [5, 5, 5]);
        assert_eq!(split_annex_b(&stream, 0).map(|unit| unit.size).collect::<Vec<_>>(), sizes);
    }

    proptest! {
        #[test]
        fn unescape_is_the_inverse_of_escape(rbsp in prop::collection::vec(0u8..5, 0..200)) {
            let nal = escape(&rbsp);
            let mut out = Rbsp::default();
            out.unescape(&nal);
            prop_assert_eq!(&out.data, &rbsp);
            for (index, &byte) in rbsp.iter().enumerate() {
                let at = out.nal_index(index);
                prop_assert_eq!(nal[at], byte);
                prop_assert_eq!(out.unescaped_index(at), index);
            }
        }

        #[test]
        fn chunks_do_not_matter(units in prop::collection::vec(prop::collection::vec(1u8..9, 1..30), 1..10), chunk in 1usize..40, zeros in 0usize..3) {
            let mut stream = Vec::new();
            for unit in &units {
                stream.extend(std::iter::repeat_n(0, zeros));
                stream.extend([0, 0, 1]);
                stream.extend(unit);
            }
            let mut parser = AnnexB::new();
            let mut got = Vec::new();
            let mut size = 0;
            for piece in stream.chunks(chunk) {
                parser.push(piece);
                while let Some(unit) = parser.next_unit(false) {
                    prop_assert_eq!(&stream[unit.offset as usize..][..unit.data.len()], unit.data);
                    size += unit.size;
                    got.push(unit.data.to_vec());
                }
            }
            while let Some(unit) = parser.next_unit(true) {
                size += unit.size;
                got.push(unit.data.to_vec());
            }
            prop_assert_eq!(&got, &units);
            prop_assert_eq!(size, stream.len() as u64);
            let whole: Vec<_> = split_annex_b(&stream, 0).map(|unit| unit.data.to_vec()).collect();
            prop_assert_eq!(&whole, &units);
        }
    }
}
