//! Variable length codes by table: ISO/IEC 13818-2 and 14496-2, Annex B.

use codecorpus_bitstream::{BitReader, ParseError, Result};

/// Bits of a word (right-aligned), their number, and what the word means.
pub type Word = (u16, u8, u16);
/// Bits of a word, their number, and the event: last, run and absolute level.
pub type Event = (u16, u8, u8, u8, u8);

/// What a word means and how long it is; all zero where no word begins so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry(u32);

impl Entry {
    const NONE: Self = Self(0);

    const fn new(length: u8, value: u32) -> Self {
        Self(value << 8 | length as u32)
    }

    #[inline(always)]
    #[must_use]
    pub const fn length(self) -> u32 {
        self.0 & 0xff
    }

    /// What a [`Word`] means.
    #[inline(always)]
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0 >> 8
    }

    /// Absolute level of an event; 0 where the word is none.
    #[inline(always)]
    #[must_use]
    pub const fn level(self) -> u32 {
        self.0 >> 8 & 0xff
    }

    #[inline(always)]
    #[must_use]
    pub const fn run(self) -> u32 {
        self.0 >> 16 & 0x7f
    }

    #[inline(always)]
    #[must_use]
    pub const fn last(self) -> bool {
        self.0 >> 24 & 1 != 0
    }

    /// Of a word that is no event: whether it ends the block.
    #[inline(always)]
    #[must_use]
    pub const fn ends_block(self) -> bool {
        self.0 == END_OF_BLOCK << 8 | self.length()
    }

    /// Of a word that is no event: whether it is the escape.
    #[inline(always)]
    #[must_use]
    pub const fn escapes(self) -> bool {
        self.0 == ESCAPE << 8 | self.length()
    }
}

const ESCAPE: u32 = 1 << 8;
const END_OF_BLOCK: u32 = 2 << 8;

/// Finds words by the bits that come next.
///
/// Words that are longer than the `SHORT` entries tell apart all begin with zeros, so that `LONG` entries are enough for
/// them: they are found by as many bits as the longest one has.
#[derive(Debug)]
pub struct Table<const SHORT: usize, const LONG: usize> {
    short: [Entry; SHORT],
    long: [Entry; LONG],
    longest: u32,
}

impl<const SHORT: usize, const LONG: usize> Table<SHORT, LONG> {
    /// A table of plain words.
    #[must_use]
    pub const fn of_words(words: &[Word]) -> Self {
        let mut longest = 1;
        let mut i = 0;
        while i < words.len() {
            if words[i].1 > longest {
                longest = words[i].1;
            }
            i += 1;
        }
        let mut table = Self::empty(longest);
        let mut i = 0;
        while i < words.len() {
            table = table.with(words[i].0, words[i].1, words[i].2 as u32);
            i += 1;
        }
        table
    }

    /// A table of events, and the words of escape and (none if it has no bits) of end of block.
    #[must_use]
    pub const fn of_events(events: &[Event], escape: (u16, u8), end_of_block: (u16, u8)) -> Self {
        let mut longest = 1;
        let mut i = 0;
        while i < events.len() {
            if events[i].1 > longest {
                longest = events[i].1;
            }
            i += 1;
        }
        let mut table = Self::empty(longest).with(escape.0, escape.1, ESCAPE);
        if end_of_block.1 > 0 {
            table = table.with(end_of_block.0, end_of_block.1, END_OF_BLOCK);
        }
        let mut i = 0;
        while i < events.len() {
            let (bits, length, last, run, level) = events[i];
            table = table.with(bits, length, (last as u32) << 16 | (run as u32) << 8 | level as u32);
            i += 1;
        }
        table
    }

    const fn empty(longest: u8) -> Self {
        assert!(SHORT.is_power_of_two() && SHORT > 1);
        Self { short: [Entry::NONE; SHORT], long: [Entry::NONE; LONG], longest: longest as u32 }
    }

    const fn with(mut self, bits: u16, length: u8, value: u32) -> Self {
        let short = SHORT.ilog2();
        let entry = Entry::new(length, value);
        let in_short = length as u32 <= short;
        let spare = if in_short { short } else { self.longest } - length as u32;
        let mut index = (bits as usize) << spare;
        let end = index + (1 << spare);
        while index < end {
            if in_short {
                self.short[index] = entry;
            } else {
                self.long[index] = entry;
            }
            index += 1;
        }
        self
    }

    /// The word that the bits begin with, which stand at the top.
    #[inline(always)]
    #[must_use]
    pub fn find(&self, bits: u64) -> Entry {
        let entry = self.short[(bits >> (64 - SHORT.ilog2())) as usize];
        if entry != Entry::NONE || LONG == 0 {
            return entry;
        }
        self.long.get((bits >> (64 - self.longest)) as usize).copied().unwrap_or(Entry::NONE)
    }

    /// Reads a word and gives its meaning.
    ///
    /// # Errors
    /// No word begins so, or the data end in it.
    #[inline]
    pub fn read(&self, reader: &mut BitReader<'_>, element: &'static str) -> Result<u32> {
        let entry = self.find(reader.peek57());
        if entry == Entry::NONE {
            return Err(no_word(reader, element));
        }
        reader.skip(entry.length() as usize, element)?;
        Ok(entry.value())
    }
}

/// The error of bits that no word begins with.
#[cold]
#[must_use]
pub fn no_word(reader: &BitReader<'_>, element: &'static str) -> ParseError {
    if reader.left() == 0 {
        return reader.end(element);
    }
    ParseError::malformed(element, "no code word begins so").at_bit(reader.position() as u64)
}

/// Checks that a table finds each of its words whatever follows, and nothing else: for tests of the tables' owners.
///
/// # Panics
/// It does not.
pub fn check<const SHORT: usize, const LONG: usize>(table: &Table<SHORT, LONG>, words: &[(u16, u8, u32)]) {
    let mut found = 0u64;
    for &(bits, length, value) in words {
        for tail in [0, u64::MAX, 0x5a5a_a5a5_1234_8765] {
            let word = u64::from(bits) << (64 - length) | tail >> length;
            let entry = table.find(word);
            assert_eq!((entry.value(), entry.length()), (value, u32::from(length)), "{bits:b} of {length} bits");
        }
        found += 1 << (16 - length);
    }
    let taken = (0..1u64 << 16).filter(|bits| table.find(bits << 48) != Entry::NONE).count() as u64;
    assert_eq!(taken, found, "a word that is none is found");
}

/// The words of events as [`check`] takes them.
#[must_use]
pub fn words_of(events: &[Event]) -> Vec<(u16, u8, u32)> {
    events
        .iter()
        .map(|&(bits, length, last, run, level)| (bits, length, u32::from(last) << 16 | u32::from(run) << 8 | u32::from(level)))
        .collect()
}

/// Value of the escape and of the end of block, as [`check`] takes them.
pub const SPECIAL: [u32; 2] = [ESCAPE, END_OF_BLOCK];
