//! Bits of a raw byte sequence payload, with every read naming its syntax element.

use crate::error::{ParseError, Result};
use crate::syntax;

/// Reads fixed-length and Exp-Golomb codes from bytes without emulation prevention.
///
/// Reading past the end is an error that names the element.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
    /// What is read is noted: see [`syntax`].
    noted: bool,
}

impl<'a> BitReader<'a> {
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0, noted: false }
    }

    /// A reader of a syntax structure whose elements are noted where the thread records.
    #[must_use]
    pub fn of(data: &'a [u8], structure: &'static str) -> Self {
        Self { data, position: 0, noted: syntax::begin(structure) }
    }

    /// A reader that stands where `other` does, and notes nothing.
    #[must_use]
    pub const fn silent(other: &Self) -> Self {
        Self { data: other.data, position: other.position, noted: false }
    }

    /// Whether what is read is noted.
    #[must_use]
    pub const fn is_noted(&self) -> bool {
        self.noted
    }

    /// What follows is no header.
    pub const fn hush(&mut self) {
        self.noted = false;
    }

    /// An element whose descriptor is made of others: it is noted as a whole.
    pub fn compound<T: Copy + Into<i64>>(
        &mut self,
        element: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let noted = std::mem::take(&mut self.noted);
        let value = read(self);
        self.noted = noted;
        if let Ok(value) = value {
            self.note(element, value.into());
        }
        value
    }

    #[inline]
    fn note(&self, element: &'static str, value: i64) {
        if self.noted {
            syntax::note(element, value);
        }
    }

    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Bits read so far.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Moves to an absolute bit position.
    pub fn seek(&mut self, position: usize) {
        self.position = position;
    }

    /// Bits left, counting trailing bits.
    #[must_use]
    pub const fn left(&self) -> usize {
        (self.data.len() * 8).saturating_sub(self.position)
    }

    /// Moves to the next byte boundary.
    pub fn align(&mut self) {
        self.position = (self.position + 7) & !7;
    }

    /// The next 32 bits, zero beyond the end.
    #[inline]
    #[must_use]
    pub fn peek32(&self) -> u32 {
        (self.peek57() >> 32) as u32
    }

    /// The next bits at the top of a word; at least 57 of them are right, zero beyond the end.
    #[inline]
    #[must_use]
    pub fn peek57(&self) -> u64 {
        let byte = self.position >> 3;
        let word = match self.data.get(byte..byte + 8) {
            Some(bytes) => {
                let mut word = [0; 8];
                word.copy_from_slice(bytes);
                u64::from_be_bytes(word)
            }
            None => self.peek_near_end(byte),
        };
        word << (self.position & 7)
    }

    #[cold]
    fn peek_near_end(&self, byte: usize) -> u64 {
        let mut word = [0; 8];
        if let Some(rest) = self.data.get(byte..) {
            let n = rest.len().min(8);
            word[..n].copy_from_slice(&rest[..n]);
        }
        u64::from_be_bytes(word)
    }

    #[inline]
    pub fn skip(&mut self, bits: usize, element: &'static str) -> Result<()> {
        if bits > self.left() {
            return Err(self.end(element));
        }
        self.position += bits;
        Ok(())
    }

    /// u(n), n up to 32.
    #[inline]
    pub fn u(&mut self, n: u32, element: &'static str) -> Result<u32> {
        if n == 0 {
            return Ok(0);
        }
        let value = self.take(n, element)?;
        self.note(element, i64::from(value));
        Ok(value)
    }

    /// The next n bits, 1 to 32.
    #[inline]
    fn take(&mut self, n: u32, element: &'static str) -> Result<u32> {
        let value = self.peek32() >> (32 - n);
        self.skip(n as usize, element)?;
        Ok(value)
    }

    /// u(1) as a flag.
    #[inline]
    pub fn flag(&mut self, element: &'static str) -> Result<bool> {
        Ok(self.u(1, element)? != 0)
    }

    /// u(n) of each of these elements, one behind the other.
    pub fn each(&mut self, elements: &[(u32, &'static str)]) -> Result<()> {
        elements.iter().try_for_each(|&(n, element)| self.u(n, element).map(|_| ()))
    }

    /// u(n), n up to 57: for elements that nothing is derived from.
    pub fn long(&mut self, n: u32, element: &'static str) -> Result<u64> {
        let value = self.peek57() >> (64 - n.clamp(1, 57));
        self.skip(n as usize, element)?;
        self.note(element, value as i64);
        Ok(value)
    }

    /// b(8), `count` times: passed over at once where nothing is noted.
    pub fn bytes(&mut self, count: usize, element: &'static str) -> Result<()> {
        if !self.noted {
            return self.skip(count.saturating_mul(8), element);
        }
        (0..count).try_for_each(|_| self.u(8, element).map(|_| ()))
    }

    /// i(n): two's complement, n up to 32.
    pub fn i(&mut self, n: u32, element: &'static str) -> Result<i32> {
        if n == 0 {
            return Ok(0);
        }
        let value = self.take(n, element)?;
        let value = ((value << (32 - n)) as i32) >> (32 - n);
        self.note(element, i64::from(value));
        Ok(value)
    }

    /// ue(v): H.264 and HEVC clause 9.1 (9.2). Up to 2^32 - 2.
    #[inline]
    pub fn ue(&mut self, element: &'static str) -> Result<u32> {
        let value = self.code_num(element)?;
        self.note(element, i64::from(value));
        Ok(value)
    }

    /// codeNum: what ue(v) and se(v) are made from.
    #[inline]
    fn code_num(&mut self, element: &'static str) -> Result<u32> {
        let word = self.peek57();
        let zeros = word.leading_zeros();
        if zeros <= 28 {
            let length = 2 * zeros + 1;
            self.skip(length as usize, element)?;
            return Ok(((word >> (64 - length)) - 1) as u32);
        }
        self.ue_long(element)
    }

    #[cold]
    fn ue_long(&mut self, element: &'static str) -> Result<u32> {
        let zeros = self.peek32().leading_zeros();
        if zeros >= 32 {
            return Err(match self.left() {
                0..=32 => self.end(element),
                _ => ParseError::malformed(element, "an Exp-Golomb code of more than 32 bits").at_bit(self.position as u64),
            });
        }
        self.skip(zeros as usize + 1, element)?;
        let suffix = if zeros == 0 { 0 } else { self.take(zeros, element)? };
        Ok(((1u64 << zeros) - 1 + u64::from(suffix)) as u32)
    }

    /// se(v): the signed mapping of ue(v).
    #[inline]
    pub fn se(&mut self, element: &'static str) -> Result<i32> {
        let k = i64::from(self.code_num(element)?);
        let value = (if k & 1 == 1 { (k + 1) >> 1 } else { -(k >> 1) }) as i32;
        self.note(element, i64::from(value));
        Ok(value)
    }

    /// ue(v) that must not exceed `max`.
    pub fn ue_max(&mut self, max: u32, element: &'static str) -> Result<u32> {
        let at = self.position;
        let value = self.ue(element)?;
        at_most(value, max, element, at)
    }

    /// u(n) that must not exceed `max`.
    pub fn u_max(&mut self, n: u32, max: u32, element: &'static str) -> Result<u32> {
        let at = self.position;
        let value = self.u(n, element)?;
        at_most(value, max, element, at)
    }

    /// se(v) that must lie in `min..=max`.
    pub fn se_in(&mut self, min: i32, max: i32, element: &'static str) -> Result<i32> {
        let at = self.position;
        let value = self.se(element)?;
        if !(min..=max).contains(&value) {
            return Err(ParseError::malformed(element, format!("{value} is not in {min} to {max}")).at_bit(at as u64));
        }
        Ok(value)
    }

    /// more_rbsp_data( ): whether anything stands before the trailing one bit.
    #[must_use]
    pub fn more_rbsp_data(&self) -> bool {
        self.last_one_bit().is_some_and(|last| self.position < last)
    }

    /// Position of the last one bit of the data: rbsp_stop_one_bit.
    #[must_use]
    pub fn last_one_bit(&self) -> Option<usize> {
        let last = self.data.iter().rposition(|&byte| byte != 0)?;
        Some(last * 8 + 7 - self.data[last].trailing_zeros() as usize)
    }

    /// The error of a read that does not fit.
    #[cold]
    #[must_use]
    pub fn end(&self, element: &'static str) -> ParseError {
        ParseError::end_of_data(element).at_bit(self.position as u64)
    }
}

fn at_most(value: u32, max: u32, element: &'static str, at: usize) -> Result<u32> {
    if value > max {
        return Err(ParseError::malformed(element, format!("{value} is more than {max}")).at_bit(at as u64));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write_ue(bits: &mut Vec<bool>, value: u32) {
        let code = u64::from(value) + 1;
        let length = 64 - code.leading_zeros();
        bits.extend(std::iter::repeat_n(false, length as usize - 1));
        bits.extend((0..length).rev().map(|i| code >> i & 1 == 1));
    }

    fn pack(bits: &[bool]) -> Vec<u8> {
        bits.chunks(8).map(|c| c.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i))).collect()
    }

    proptest! {
        #[test]
        fn exp_golomb_reads_what_was_written(values in prop::collection::vec(prop_oneof![0u32..9, any::<u32>().prop_map(|v| v.min(u32::MAX - 1))], 1..50)) {
            let mut bits = Vec::new();
            values.iter().for_each(|&v| write_ue(&mut bits, v));
            let data = pack(&bits);
            let mut reader = BitReader::new(&data);
            for &v in &values {
                prop_assert_eq!(reader.ue("v").unwrap(), v);
            }
            prop_assert_eq!(reader.position(), bits.len());
        }

        #[test]
        fn reads_never_panic(data in prop::collection::vec(any::<u8>(), 0..20), reads in prop::collection::vec(0u32..=32, 0..20)) {
            let mut reader = BitReader::new(&data);
            for n in reads {
                let _ = reader.u(n, "u");
                let _ = reader.ue("ue");
                let _ = reader.se("se");
                prop_assert!(reader.position() <= data.len() * 8);
            }
        }
    }

    #[test]
    fn trailing_bits_are_not_data() {
        assert!(!BitReader::new(&[0x80, 0]).more_rbsp_data());
        assert!(BitReader::new(&[0x40]).more_rbsp_data());
        assert!(!BitReader::new(&[]).more_rbsp_data());
    }
}
