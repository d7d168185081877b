//! Levels of a block, and what they are after inverse quantisation: 7.2.2 and 7.4.2; ISO/IEC 11172-2 clause 2.4.4.

use codecorpus_bitstream::{BitReader, ParseError, Result};
use codecorpus_mpeg::quantiser::square_of_saturated;
use codecorpus_mpeg::vlc::{Table, no_word};

use super::coded::PlaneSum;
use crate::state::SliceReader;
use crate::tables::{
    COEFFICIENTS_ONE, COEFFICIENTS_ONE_END_OF_BLOCK, COEFFICIENTS_ONE_ESCAPE, COEFFICIENTS_ZERO, COEFFICIENTS_ZERO_END_OF_BLOCK,
    COEFFICIENTS_ZERO_ESCAPE,
};

type Coefficients = Table<1024, 512>;

static TABLE_ZERO: Coefficients = Table::of_events(&COEFFICIENTS_ZERO, COEFFICIENTS_ZERO_ESCAPE, COEFFICIENTS_ZERO_END_OF_BLOCK);
static TABLE_ONE: Coefficients = Table::of_events(&COEFFICIENTS_ONE, COEFFICIENTS_ONE_ESCAPE, COEFFICIENTS_ONE_END_OF_BLOCK);

const ELEMENT: &str = "dct_coeff";

impl SliceReader<'_> {
    /// The levels of a block up to end_of_block; of an intra block those behind its DC coefficient.
    #[inline(always)]
    pub(crate) fn read_coefficients<const MPEG1: bool, const INTRA: bool, const TABLE: bool>(
        &mut self,
        chroma: bool,
    ) -> Result<PlaneSum> {
        let weights = self.picture.weights.of(chroma, INTRA);
        let table = if TABLE { &TABLE_ONE } else { &TABLE_ZERO };
        let scale = self.quantiser_scale as i32;
        let r = &mut self.bits;
        let mut plane = PlaneSum::default();
        // Index in the scan of the coefficient that comes next.
        let mut index = usize::from(INTRA);
        if !INTRA && r.peek57() >> 63 != 0 {
            // dct_coeff_first: the shortest word is one bit shorter, since no block is empty (table B.14, note 2).
            let negative = r.peek57() >> 62 & 1 != 0;
            r.skip(2, ELEMENT)?;
            plane.add::<MPEG1, INTRA>(1, negative, scale, weights[0]);
            index = 1;
        }
        loop {
            let word = r.peek57();
            let entry = table.find(word);
            let length = entry.length();
            let (run, level, negative, length) = if entry.level() != 0 {
                (entry.run() as usize, entry.level() as i32, word << length >> 63 != 0, length as usize + 1)
            } else if entry.ends_block() {
                r.skip(length as usize, "end_of_block")?;
                return Ok(plane);
            } else if entry.escapes() {
                read_escape::<MPEG1>(r, word)?
            } else {
                return Err(no_word(r, ELEMENT));
            };
            index += run;
            if index > 63 {
                return Err(too_far(r));
            }
            r.skip(length, ELEMENT)?;
            plane.add::<MPEG1, INTRA>(level, negative, scale, weights[index]);
            index += 1;
        }
    }
}

/// Run, absolute level, whether it is negative, and the bits of an escaped coefficient (table B.16; ISO/IEC 11172-2 tables
/// 2-B.5f and g).
#[inline]
fn read_escape<const MPEG1: bool>(r: &BitReader<'_>, word: u64) -> Result<(usize, i32, bool, usize)> {
    let run = (word >> 52 & 63) as usize;
    let (level, length) = if MPEG1 {
        let first = ((word << 12) as i64 >> 56) as i32;
        let second = (word >> 36 & 0xff) as i32;
        match first {
            0 => (second, 28),
            -128 => (second - 256, 28),
            level => (level, 20),
        }
    } else {
        (((word << 12) as i64 >> 52) as i32, 24)
    };
    if level == 0 || (!MPEG1 && level == -2048) {
        return Err(ParseError::malformed(ELEMENT, format!("an escaped level of {level}")).at_bit(r.position() as u64));
    }
    Ok((run, level.abs(), level < 0, length))
}

#[cold]
fn too_far(r: &BitReader<'_>) -> ParseError {
    ParseError::malformed(ELEMENT, "more than 64 coefficients in a block").at_bit(r.position() as u64)
}

impl PlaneSum {
    /// Adds a coefficient that is not zero (7.4.2.3; ISO/IEC 11172-2 clause 2.4.4).
    #[inline(always)]
    fn add<const MPEG1: bool, const INTRA: bool>(&mut self, level: i32, negative: bool, scale: i32, weight: u16) {
        let doubled = 2 * level + i32::from(!INTRA);
        let product = doubled * i32::from(weight) * scale;
        let magnitude = if MPEG1 {
            let even = product >> 4;
            // ISO/IEC 11172-2: towards zero, to an odd number.
            even - i32::from(even > 0 && even & 1 == 0)
        } else {
            product >> 5
        };
        self.coefs += 1;
        self.energy += square_of_saturated(if negative { -magnitude } else { magnitude });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_mpeg::vlc::{self, SPECIAL};

    #[test]
    fn every_word_is_found() {
        let with = |events: &[vlc::Event], (escape, length): (u16, u8), (end, end_length): (u16, u8)| {
            let mut words = vlc::words_of(events);
            words.extend([(escape, length, SPECIAL[0]), (end, end_length, SPECIAL[1])]);
            words
        };
        vlc::check(&TABLE_ZERO, &with(&COEFFICIENTS_ZERO, COEFFICIENTS_ZERO_ESCAPE, COEFFICIENTS_ZERO_END_OF_BLOCK));
        vlc::check(&TABLE_ONE, &with(&COEFFICIENTS_ONE, COEFFICIENTS_ONE_ESCAPE, COEFFICIENTS_ONE_END_OF_BLOCK));
    }

    #[test]
    fn escapes_have_their_standards_lengths() {
        let read = |bits: u64, total: u32| {
            let bytes = (bits << (64 - total)).to_be_bytes();
            let r = BitReader::new(&bytes);
            let word = r.peek57();
            (read_escape::<true>(&r, word).ok(), read_escape::<false>(&r, word).ok())
        };
        // Escape, run 5, and a level of -1: 8 bits of MPEG-1, 12 of MPEG-2.
        assert_eq!(read(1 << 14 | 5 << 8 | 0xff, 20).0, Some((5, 1, true, 20)));
        assert_eq!(read(1 << 18 | 5 << 12 | 0xfff, 24).1, Some((5, 1, true, 24)));
        assert_eq!(read(1 << 22 | 5 << 16 | 200, 28).0, Some((5, 200, false, 28)));
        assert_eq!(read(1 << 22 | 5 << 16 | 0x80 << 8 | 1, 28).0, Some((5, 255, true, 28)));
        assert_eq!(read(1 << 18 | 5 << 12 | 0x800, 24).1, None);
    }

    #[test]
    fn mpeg1_makes_coefficients_odd() {
        let mut plane = PlaneSum::default();
        plane.add::<true, false>(1, false, 4, 16);
        assert_eq!((plane.coefs, plane.energy), (1, 11 * 11));
        let mut plane = PlaneSum::default();
        plane.add::<false, false>(1, true, 8, 16);
        assert_eq!(plane.energy, 12 * 12);
    }
}
