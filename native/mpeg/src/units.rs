//! Start codes: ISO/IEC 13818-2 clause 6.2.1, 14496-2 clause 6.2.1.

use memchr::memmem;

/// What stands between two start code prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit<'a> {
    /// From the start code value on, zeros before the next prefix included: they may end a word.
    pub data: &'a [u8],
    /// Bytes from the start of the stream to the start code value.
    pub offset: u64,
    /// Bytes that the unit takes in the stream, prefix included; of the first one also those before it.
    pub size: u64,
}

fn find_prefix(data: &[u8], from: usize) -> Option<usize> {
    memmem::find(data.get(from..)?, &[0, 0, 1]).map(|at| from + at)
}

/// Splits a stream into units, whatever chunks it comes in.
#[derive(Debug, Default)]
pub struct Splitter {
    buffer: Vec<u8>,
    /// Stream offset of `buffer[0]`.
    offset: u64,
    /// Start of the bytes that no unit has taken.
    start: usize,
    /// Where the search for the next prefix goes on.
    scan: usize,
    /// Where the current unit begins, if its prefix was found.
    begin: Option<usize>,
}

impl Splitter {
    /// Splits what follows so many bytes of a stream.
    #[must_use]
    pub fn begin_at(at: u64) -> Self {
        Self { offset: at, ..Self::default() }
    }

    /// Adds a chunk that follows the last one. Call [`Splitter::next_unit`] until it gives none.
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
    pub fn next_unit(&mut self, end: bool) -> Option<Unit<'_>> {
        if self.begin.is_none() {
            self.begin = self.find().map(|at| at + 3);
            self.scan = self.begin.unwrap_or(self.scan);
        }
        let begin = self.begin?;
        let next = match self.find() {
            Some(next) => next,
            None if end => self.buffer.len(),
            None => return None,
        };
        let from = std::mem::replace(&mut self.start, next);
        self.begin = (next < self.buffer.len()).then_some(next + 3);
        self.scan = self.begin.unwrap_or(next);
        Some(Unit { data: &self.buffer[begin..next], offset: self.offset + begin as u64, size: (next - from) as u64 })
    }

    /// The next prefix; none keeps in mind how far there is none.
    fn find(&mut self) -> Option<usize> {
        let found = find_prefix(&self.buffer, self.scan);
        if found.is_none() {
            self.scan = self.scan.max(self.buffer.len().saturating_sub(2));
        }
        found
    }
}

/// Whether a packet that should be a picture is none, as no start code is in it. DivX skips a picture by one byte.
#[must_use]
pub fn is_void(packet: &[u8]) -> bool {
    packet.len() > 1 && find_prefix(packet, 0).is_none()
}

/// The units of a packet that is whole in memory. Bytes of a packet without any count to none.
pub fn split(packet: &[u8], offset: u64) -> impl Iterator<Item = Unit<'_>> {
    let mut from = 0;
    let mut code = find_prefix(packet, 0);
    std::iter::from_fn(move || {
        let begin = code? + 3;
        code = find_prefix(packet, begin);
        let next = code.unwrap_or(packet.len());
        let unit = Unit { data: &packet[begin..next], offset: offset + begin as u64, size: (next - from) as u64 };
        from = next;
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_do_not_matter(stream in prop::collection::vec(0u8..3, 0..300), chunk in 1usize..40) {
            let mut splitter = Splitter::default();
            let mut got = Vec::new();
            for piece in stream.chunks(chunk) {
                splitter.push(piece);
                while let Some(unit) = splitter.next_unit(false) {
                    prop_assert_eq!(&stream[unit.offset as usize..][..unit.data.len()], unit.data);
                    got.push((unit.data.to_vec(), unit.offset, unit.size));
                }
            }
            while let Some(unit) = splitter.next_unit(true) {
                got.push((unit.data.to_vec(), unit.offset, unit.size));
            }
            let whole: Vec<_> = split(&stream, 0).map(|unit| (unit.data.to_vec(), unit.offset, unit.size)).collect();
            prop_assert_eq!(&got, &whole);
            if !got.is_empty() {
                prop_assert_eq!(got.iter().map(|unit| unit.2).sum::<u64>(), stream.len() as u64);
            }
        }
    }
}
