//! Motion vectors as differences: ISO/IEC 13818-2 clause 7.6.3.1, 14496-2 clause 7.6.3, H.263 clause 5.3.7.

use codecorpus_bitstream::{BitReader, Result};

use crate::tables::MOTION_CODES;
use crate::vlc::{Table, no_word};

/// A vector: horizontal, vertical.
pub type Mv = [i32; 2];

static MOTION_CODE: Table<256, 128> = Table::of_words(&MOTION_CODES);

/// How far vectors reach: f_code, and what a vector is wrapped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// f_code - 1.
    pub r_size: u32,
    /// A vector lies in -half to half - 1.
    half: i32,
    /// The highest motion_code.
    highest: u32,
}

impl Reach {
    /// MPEG-1 and MPEG-2: motion_code up to 16.
    #[must_use]
    pub const fn of_16(f_code: u32) -> Self {
        Self { r_size: f_code - 1, half: 16 << (f_code - 1), highest: 16 }
    }

    /// MPEG-4 and H.263: motion_code up to 32.
    #[must_use]
    pub const fn of_32(f_code: u32) -> Self {
        Self { r_size: f_code - 1, half: 32 << (f_code - 1), highest: 32 }
    }

    /// A component that a difference has led out of range: back into it (ISO/IEC 13818-2 clause 7.6.3.1, 14496-2 clause 7.6.3).
    #[inline]
    #[must_use]
    pub const fn wrap(self, component: i32) -> i32 {
        if component < -self.half {
            component + 2 * self.half
        } else if component >= self.half {
            component - 2 * self.half
        } else {
            component
        }
    }

    /// Reads motion_code and motion_residual of one component: the difference to its prediction.
    ///
    /// # Errors
    /// No such word, or the data end.
    #[inline(always)]
    pub fn read_difference(self, reader: &mut BitReader<'_>, element: &'static str) -> Result<i32> {
        let bits = reader.peek57();
        let word = MOTION_CODE.find(bits);
        let (code, length) = (word.value(), word.length());
        if length == 0 || code > self.highest {
            return Err(no_word(reader, element));
        }
        if code == 0 {
            reader.skip(length as usize, element)?;
            return Ok(0);
        }
        reader.skip((length + 1 + self.r_size) as usize, element)?;
        let negative = bits << length >> 63 != 0;
        // In two steps, for a residual of no bits.
        let residual = (bits << (length + 1) >> 1 >> (63 - self.r_size)) as u32;
        let magnitude = (((code - 1) << self.r_size) + residual + 1) as i32;
        Ok(if negative { -magnitude } else { magnitude })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vlc;
    use proptest::prelude::*;

    #[test]
    fn every_word_is_found() {
        let words: Vec<_> = MOTION_CODES.iter().map(|&(bits, length, value)| (bits, length, u32::from(value))).collect();
        vlc::check(&MOTION_CODE, &words);
    }

    proptest! {
        #[test]
        fn a_difference_reads_as_it_was_written(f_code in 1u32..8, code in 1u32..=32, residual: u32, negative: bool) {
            let reach = Reach::of_32(f_code);
            let residual = residual & ((1 << reach.r_size) - 1);
            let (bits, length, _) = MOTION_CODES[code as usize];
            let mut word = u64::from(bits) << 1 | u64::from(negative);
            word = word << reach.r_size | u64::from(residual);
            let total = u32::from(length) + 1 + reach.r_size;
            let bytes = (word << (64 - total)).to_be_bytes();
            let mut reader = BitReader::new(&bytes);
            let magnitude = (((code - 1) << reach.r_size) + residual + 1) as i32;
            prop_assert_eq!(reach.read_difference(&mut reader, "motion_code").unwrap(), if negative { -magnitude } else { magnitude });
            prop_assert_eq!(reader.position(), total as usize);
        }

        #[test]
        fn a_vector_and_its_difference_stay_in_range(f_code in 1u32..8, a: i32, b: i32) {
            let reach = Reach::of_16(f_code);
            let into = |v: i32| v.rem_euclid(2 * reach.half) - reach.half;
            let (prediction, vector) = (into(a), into(b));
            // Whatever the prediction, a difference that is written modulo the range leads to the vector.
            let difference = reach.wrap(vector - prediction);
            prop_assert_eq!(reach.wrap(prediction + difference), vector);
        }
    }
}
