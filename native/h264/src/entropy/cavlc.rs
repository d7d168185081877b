//! Macroblock syntax elements in Exp-Golomb codes (9.1) and CAVLC parsing process for transform coefficient levels (9.2).

use codecorpus_bitstream::{BitReader, Information, ParseError, Result};

use super::{Block, NeighbourPatterns, Sink, Syntax};
use crate::tables::cavlc::{
    ByZeros, CODED_BLOCK_PATTERN, CODED_BLOCK_PATTERN_LUMA, COEFF_TOKEN, COEFF_TOKEN_DC_420, COEFF_TOKEN_DC_422, Code,
    RUN_BEFORE, TOTAL_ZEROS, TOTAL_ZEROS_DC_420, TOTAL_ZEROS_DC_422,
};

/// nC of chroma DC blocks.
pub(crate) const DC_420: i8 = -1;
pub(crate) const DC_422: i8 = -2;

#[derive(Debug)]
pub(crate) struct CavlcSyntax<'a> {
    pub(crate) reader: BitReader<'a>,
    /// Position of rbsp_stop_one_bit.
    end: usize,
}

impl<'a> CavlcSyntax<'a> {
    /// Continues where the slice header ends.
    #[must_use]
    pub(crate) fn new(reader: BitReader<'a>) -> Self {
        let end = reader.last_one_bit().unwrap_or(0);
        Self { reader, end }
    }

    /// more_rbsp_data( ) (7.2).
    #[must_use]
    pub(crate) fn more_data(&self) -> bool {
        self.reader.position() < self.end
    }

    /// Whether nothing but the trailing bits is left.
    #[must_use]
    pub(crate) fn at_end(&self) -> bool {
        self.reader.position() == self.end
    }

    pub(crate) fn mb_skip_run(&mut self) -> Result<u32> {
        self.reader.ue("mb_skip_run")
    }

    pub(crate) fn mb_field_decoding_flag(&mut self) -> Result<bool> {
        self.reader.flag("mb_field_decoding_flag")
    }

    /// mb_field_decoding_flag of the next macroblock, without reading it.
    #[must_use]
    pub(crate) fn peek_flag(&self) -> bool {
        self.reader.peek32() >> 31 != 0
    }

    #[cold]
    fn no_code(&self, element: &'static str) -> ParseError {
        ParseError::malformed(element, "there is no such code").at_bit(self.reader.position() as u64)
    }

    #[inline]
    fn code(&mut self, code: Code, element: &'static str) -> Result<u8> {
        if code.length == 0 {
            return Err(self.no_code(element));
        }
        self.reader.skip(code.length as usize, element)?;
        Ok(code.symbol)
    }

    #[inline]
    fn code_by_zeros(&mut self, table: &ByZeros, element: &'static str) -> Result<u8> {
        let word = self.reader.peek32();
        let zeros = word.leading_zeros();
        if zeros > 15 {
            return Err(self.no_code(element));
        }
        let next = (word << zeros << 1) >> 29;
        self.code(table[(zeros * 8 + next) as usize & 127], element)
    }

    /// coeff_token (table 9-5): TotalCoeff << 2 | TrailingOnes.
    #[inline]
    fn coeff_token(&mut self, nc: i8) -> Result<u8> {
        const ELEMENT: &str = "coeff_token";
        match nc {
            DC_422 => self.code_by_zeros(&COEFF_TOKEN_DC_422, ELEMENT),
            DC_420 => {
                let code = COEFF_TOKEN_DC_420[(self.reader.peek32() >> 24) as usize];
                self.code(code, ELEMENT)
            }
            0..=1 => self.code_by_zeros(&COEFF_TOKEN[0], ELEMENT),
            2..=3 => self.code_by_zeros(&COEFF_TOKEN[1], ELEMENT),
            4..=7 => self.code_by_zeros(&COEFF_TOKEN[2], ELEMENT),
            _ => {
                let code = self.reader.u(6, ELEMENT)? as u8;
                if code == 3 { Ok(0) } else { Ok(((code >> 2) + 1) << 2 | code & 3) }
            }
        }
    }

    /// Levels behind the trailing ones (9.2.2.1), highest frequency first.
    fn levels(&mut self, levels: &mut [i32; 16], total: usize, trailing_ones: usize) -> Result<()> {
        let ones = self.reader.u(trailing_ones as u32, "trailing_ones_sign_flag")?;
        for (i, level) in levels.iter_mut().enumerate().take(trailing_ones) {
            *level = 1 - 2 * (ones >> (trailing_ones - 1 - i) & 1) as i32;
        }
        let mut suffix_length = u32::from(total > 10 && trailing_ones < 3);
        for i in trailing_ones..total {
            let mut level_code = self.level_code(suffix_length)?;
            if i == trailing_ones && trailing_ones < 3 {
                level_code += 2;
            }
            let level = if level_code & 1 == 0 { (level_code + 2) >> 1 } else { (-level_code - 1) >> 1 };
            levels[i & 15] = level;
            suffix_length = suffix_length.max(1);
            if level.abs() > 3 << (suffix_length - 1) && suffix_length < 6 {
                suffix_length += 1;
            }
        }
        Ok(())
    }

    /// level_prefix and level_suffix as levelCode (9.2.2), without what the first level adds.
    #[inline]
    fn level_code(&mut self, suffix_length: u32) -> Result<i32> {
        let word = self.reader.peek32();
        let prefix = word.leading_zeros();
        // 25 is far beyond what 14 bits a sample need.
        if prefix > 25 {
            return Err(self.no_code("level_prefix"));
        }
        self.reader.skip(prefix as usize + 1, "level_prefix")?;
        let suffix_size = match prefix {
            14 if suffix_length == 0 => 4,
            15.. => prefix - 3,
            _ => suffix_length,
        };
        let mut level_code = (prefix.min(15) << suffix_length) as i32 + self.reader.u(suffix_size, "level_suffix")? as i32;
        if prefix >= 15 && suffix_length == 0 {
            level_code += 15;
        }
        if prefix >= 16 {
            level_code += (1 << (prefix - 3)) - 4096;
        }
        Ok(level_code)
    }

    /// total_zeros (9.2.3).
    #[inline]
    fn total_zeros(&mut self, nc: i8, total: usize) -> Result<usize> {
        let word = self.reader.peek32();
        let row = total - 1;
        let code = match nc {
            DC_420 => TOTAL_ZEROS_DC_420.get(row).map(|table| table[(word >> 29) as usize]),
            DC_422 => TOTAL_ZEROS_DC_422.get(row).map(|table| table[(word >> 27) as usize]),
            _ => TOTAL_ZEROS.get(row).map(|table| table[(word >> 23) as usize]),
        };
        Ok(self.code(code.ok_or_else(|| self.no_code("total_zeros"))?, "total_zeros")? as usize)
    }

    /// run_before (9.2.3).
    #[inline]
    fn run_before(&mut self, zeros_left: usize) -> Result<usize> {
        let word = self.reader.peek32();
        let code = RUN_BEFORE[zeros_left.clamp(1, 7) - 1][(word >> 29) as usize];
        if code.length > 0 {
            self.reader.skip(code.length as usize, "run_before")?;
            return Ok(code.symbol as usize);
        }
        let zeros = word.leading_zeros();
        if zeros > 10 {
            return Err(self.no_code("run_before"));
        }
        self.reader.skip(zeros as usize + 1, "run_before")?;
        Ok(zeros as usize + 4)
    }

    /// te(v): 9.1.
    fn te(&mut self, count: u32, element: &'static str) -> Result<u8> {
        if count == 2 {
            return Ok(u8::from(!self.reader.flag(element)?));
        }
        Ok(self.reader.ue_max(count - 1, element)? as u8)
    }
}

impl Syntax for CavlcSyntax<'_> {
    const CABAC: bool = false;

    #[inline]
    fn information(&self) -> Information {
        Information::from_bits(self.reader.position() as u64)
    }

    fn mb_type_i(&mut self, _: u8) -> Result<u8> {
        Ok(self.reader.ue_max(25, "mb_type")? as u8)
    }

    fn mb_type_p(&mut self) -> Result<u8> {
        Ok(self.reader.ue_max(30, "mb_type")? as u8)
    }

    fn mb_type_b(&mut self, _: u8) -> Result<u8> {
        Ok(self.reader.ue_max(48, "mb_type")? as u8)
    }

    fn sub_mb_type_p(&mut self) -> Result<u8> {
        Ok(self.reader.ue_max(3, "sub_mb_type")? as u8)
    }

    fn sub_mb_type_b(&mut self) -> Result<u8> {
        Ok(self.reader.ue_max(12, "sub_mb_type")? as u8)
    }

    fn ref_idx(&mut self, _: u8, count: u32) -> Result<u8> {
        self.te(count, "ref_idx")
    }

    #[inline]
    fn mvd(&mut self, _: [u32; 2]) -> Result<[i32; 2]> {
        Ok([self.reader.se("mvd")?, self.reader.se("mvd")?])
    }

    fn intra_pred_mode(&mut self) -> Result<Option<u8>> {
        if self.reader.flag("prev_intra_pred_mode_flag")? {
            return Ok(None);
        }
        Ok(Some(self.reader.u(3, "rem_intra_pred_mode")? as u8))
    }

    fn intra_chroma_pred_mode(&mut self, _: u8) -> Result<u8> {
        Ok(self.reader.ue_max(3, "intra_chroma_pred_mode")? as u8)
    }

    fn coded_block_pattern(&mut self, _: NeighbourPatterns, inter: bool, chroma: bool) -> Result<u8> {
        const ELEMENT: &str = "coded_block_pattern";
        let row = usize::from(inter);
        Ok(if chroma {
            CODED_BLOCK_PATTERN[row][self.reader.ue_max(47, ELEMENT)? as usize]
        } else {
            CODED_BLOCK_PATTERN_LUMA[row][self.reader.ue_max(15, ELEMENT)? as usize]
        })
    }

    fn transform_size_8x8_flag(&mut self, _: u8) -> Result<bool> {
        self.reader.flag("transform_size_8x8_flag")
    }

    fn mb_qp_delta(&mut self, _: bool) -> Result<i32> {
        self.reader.se_in(-44, 43, "mb_qp_delta")
    }

    #[inline(always)]
    fn coded_block_flag(&mut self, _: u8, _: i8) -> bool {
        true
    }

    /// residual_block_cavlc( ): 7.3.5.3.1, 9.2.
    fn residual_block<const SHAPE: u8>(&mut self, block: Block, _field: bool, sink: &mut impl Sink) -> Result<u32> {
        let token = self.coeff_token(block.selector)?;
        let total = (token >> 2) as usize;
        if total == 0 {
            return Ok(0);
        }
        let size = block.size as usize;
        if total > size {
            return Err(self.no_code("coeff_token"));
        }
        let mut levels = [0; 16];
        self.levels(&mut levels, total, (token & 3) as usize)?;
        let mut zeros_left = if total < size { self.total_zeros(block.selector, total)? } else { 0 };
        let mut index = total - 1 + zeros_left;
        if index >= size {
            return Err(self.no_code("total_zeros"));
        }
        for (i, &level) in levels.iter().enumerate().take(total) {
            sink.put(index, level);
            if i + 1 == total {
                break;
            }
            let run = if zeros_left > 0 { self.run_before(zeros_left)? } else { 0 };
            if run > zeros_left {
                return Err(self.no_code("run_before"));
            }
            zeros_left -= run;
            index -= run + 1;
        }
        Ok(total as u32)
    }

    fn skip_pcm(&mut self, bits: usize) -> Result<()> {
        self.reader.align();
        self.reader.skip(bits, "pcm_sample")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Levels by their index.
    struct Levels([i32; 16]);

    impl Sink for Levels {
        fn put(&mut self, index: usize, level: i32) {
            self.0[index] = level;
        }
    }

    fn put(bits: &mut Vec<bool>, length: u32, value: u32) {
        bits.extend((0..length).rev().map(|i| value >> i & 1 == 1));
    }

    /// level_prefix and level_suffix of one level (9.2.2.1), with the suffix lengths that an encoder would follow.
    fn put_level(bits: &mut Vec<bool>, level_code: u32, suffix_length: u32) {
        let escape = 15 << suffix_length;
        if suffix_length == 0 && level_code < 14 {
            put(bits, level_code + 1, 1);
        } else if suffix_length == 0 && level_code < 30 {
            put(bits, 15, 1);
            put(bits, 4, level_code - 14);
        } else if suffix_length > 0 && level_code < escape {
            put(bits, (level_code >> suffix_length) + 1, 1);
            put(bits, suffix_length, level_code & ((1 << suffix_length) - 1));
        } else {
            put(bits, 16, 1);
            put(bits, 12, level_code - if suffix_length == 0 { 30 } else { escape });
        }
    }

    proptest! {
        #[test]
        fn a_full_block_of_levels_reads_as_it_was_written(levels in prop::collection::vec(prop_oneof![-3i32..4, -900i32..900], 16)) {
            let levels: Vec<i32> = levels.into_iter().map(|level| if level == 0 { 1 } else { level }).collect();
            let ones = levels.iter().rev().take(3).take_while(|level| level.abs() == 1).count();
            let mut bits = Vec::new();
            // nC of 8: a code of six bits; with 16 levels there is no total_zeros, and no runs.
            put(&mut bits, 6, 15 << 2 | ones as u32);
            levels.iter().rev().take(ones).for_each(|level| bits.push(*level < 0));
            let mut suffix_length = u32::from(ones < 3);
            for (i, &level) in levels.iter().rev().enumerate().skip(ones) {
                let mut level_code = if level > 0 { 2 * level as u32 - 2 } else { 2 * level.unsigned_abs() - 1 };
                if i == ones && ones < 3 {
                    level_code -= 2;
                }
                put_level(&mut bits, level_code, suffix_length);
                suffix_length = suffix_length.max(1);
                if level.abs() > 3 << (suffix_length - 1) && suffix_length < 6 {
                    suffix_length += 1;
                }
            }
            bits.push(true);
            let data: Vec<u8> = bits.chunks(8).map(|c| c.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i))).collect();
            let mut syntax = CavlcSyntax::new(BitReader::new(&data));
            let mut read = Levels([0; 16]);
            let count = syntax.residual_block::<0>(Block { category: 2, size: 16, selector: 8 }, false, &mut read);
            prop_assert_eq!(count.ok(), Some(16));
            prop_assert_eq!(&read.0[..], &levels[..]);
            prop_assert!(syntax.at_end());
        }

        #[test]
        fn residual_blocks_of_noise_end(data in prop::collection::vec(any::<u8>(), 0..60), selector in -2i8..=16, size in 4u8..=16) {
            let mut syntax = CavlcSyntax::new(BitReader::new(&data));
            let size = match selector { DC_420 => 4, DC_422 => 8, _ => size };
            while let Ok(count) = syntax.residual_block::<0>(Block { category: 2, size, selector }, false, &mut Levels([0; 16])) {
                prop_assert!(count <= u32::from(size));
            }
        }
    }
}
