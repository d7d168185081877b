//! CABAC parsing process for slice data: 9.3.

use codecorpus_bitstream::cabac::{Cabac, ContextVariable};
use codecorpus_bitstream::{BitReader, Information, ParseError, Result};

use super::{Block, NeighbourPatterns, Sink, Syntax, shape};
use crate::tables::cabac_init::CABAC_INIT;

/// First context of each element (ctxIdxOffset, table 9-34).
mod first {
    pub(crate) const MB_TYPE_I: usize = 3;
    pub(crate) const MB_SKIP_P: usize = 11;
    pub(crate) const MB_TYPE_P: usize = 14;
    pub(crate) const MB_TYPE_P_INTRA: usize = 17;
    pub(crate) const SUB_MB_TYPE_P: usize = 21;
    pub(crate) const MB_SKIP_B: usize = 24;
    pub(crate) const MB_TYPE_B: usize = 27;
    pub(crate) const MB_TYPE_B_INTRA: usize = 32;
    pub(crate) const SUB_MB_TYPE_B: usize = 36;
    pub(crate) const MVD: [usize; 2] = [40, 47];
    pub(crate) const REF_IDX: usize = 54;
    pub(crate) const MB_QP_DELTA: usize = 60;
    pub(crate) const INTRA_CHROMA_PRED_MODE: usize = 64;
    pub(crate) const PREV_INTRA_PRED_MODE: usize = 68;
    pub(crate) const REM_INTRA_PRED_MODE: usize = 69;
    pub(crate) const MB_FIELD_DECODING_FLAG: usize = 70;
    pub(crate) const CODED_BLOCK_PATTERN_LUMA: usize = 73;
    pub(crate) const CODED_BLOCK_PATTERN_CHROMA: usize = 77;
    pub(crate) const TRANSFORM_SIZE_8X8_FLAG: usize = 399;
}

/// ctxIdxOffset + ctxBlockCatOffset of coded_block_flag, by ctxBlockCat (tables 9-34 and 9-40).
const CODED_BLOCK_FLAG: [u16; 14] = [85, 89, 93, 97, 101, 1012, 460, 464, 468, 1016, 472, 476, 480, 1020];

/// Those of significant_coeff_flag, for frame and field macroblocks.
const SIGNIFICANT: [[u16; 14]; 2] = [
    [105, 120, 134, 149, 152, 402, 484, 499, 513, 660, 528, 543, 557, 718],
    [277, 292, 306, 321, 324, 436, 776, 791, 805, 675, 820, 835, 849, 733],
];

/// Those of last_significant_coeff_flag.
const LAST: [[u16; 14]; 2] = [
    [166, 181, 195, 210, 213, 417, 572, 587, 601, 690, 616, 631, 645, 748],
    [338, 353, 367, 382, 385, 451, 864, 879, 893, 699, 908, 923, 937, 757],
];

/// Those of coeff_abs_level_minus1.
const ABS_LEVEL: [u16; 14] = [227, 237, 247, 257, 266, 426, 952, 962, 972, 708, 982, 992, 1002, 766];

/// ctxIdxInc of significant_coeff_flag in 8x8 blocks, for frame and field macroblocks (table 9-43).
#[rustfmt::skip]
static SIGNIFICANT_8X8: [[u8; 64]; 2] = [
    [
        0, 1, 2, 3, 4, 5, 5, 4, 4, 3, 3, 4, 4, 4, 5, 5, 4, 4, 4, 4, 3, 3, 6, 7, 7, 7, 8, 9, 10, 9, 8, 7,
        7, 6, 11, 12, 13, 11, 6, 7, 8, 9, 14, 10, 9, 8, 6, 11, 12, 13, 11, 6, 9, 14, 10, 9, 11, 12, 13, 11, 14, 10, 12, 0,
    ],
    [
        0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 7, 8, 4, 5, 6, 9, 10, 10, 8, 11, 12, 11, 9, 9, 10, 10, 8, 11, 12, 11,
        9, 9, 10, 10, 8, 11, 12, 11, 9, 9, 10, 10, 8, 13, 13, 9, 9, 10, 10, 8, 13, 13, 9, 9, 10, 10, 14, 14, 14, 14, 14, 0,
    ],
];

/// ctxIdxInc of last_significant_coeff_flag in 8x8 blocks (table 9-43).
#[rustfmt::skip]
static LAST_8X8: [u8; 64] = [
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 0,
];

/// The longest prefix of the Exp-Golomb suffixes of levels and vectors: what 32 bits hold.
const MAX_SUFFIX_PREFIX: u32 = 24;

/// Initialisation of the decoding engine (9.3.1.2).
fn engine(data: &[u8], byte: usize) -> Result<Cabac<'_>> {
    Cabac::new(data, byte).map_err(|mut error| {
        error.element = "codIOffset";
        error
    })
}

#[derive(Debug)]
pub(crate) struct CabacSyntax<'a> {
    cabac: Cabac<'a>,
    contexts: [ContextVariable; 1024],
    data: &'a [u8],
}

impl<'a> CabacSyntax<'a> {
    /// Initialization process (9.3.1) at a byte of the slice's data. `kind`: 0 for I slices, else cabac_init_idc + 1.
    ///
    /// # Errors
    /// A codIOffset of 510 or 511.
    pub(crate) fn new(data: &'a [u8], byte: usize, kind: usize, slice_qp: i32) -> Result<Self> {
        let qp = slice_qp.clamp(0, 51);
        let mut contexts = [ContextVariable::from_pre_state(0); 1024];
        for (context, &[m, n]) in contexts.iter_mut().zip(&CABAC_INIT[kind & 3]) {
            *context = ContextVariable::from_pre_state(((i32::from(m) * qp) >> 4) + i32::from(n));
        }
        Ok(Self { cabac: engine(data, byte)?, contexts, data })
    }

    // Not inlined: macroblocks have many kinds of bins, and their code must stay near.
    #[inline(never)]
    fn bin(&mut self, ctx_idx: usize) -> bool {
        self.frequent_bin(ctx_idx)
    }

    #[inline(always)]
    fn frequent_bin(&mut self, ctx_idx: usize) -> bool {
        self.cabac.decision_in_place(&mut self.contexts[ctx_idx & 1023])
    }

    /// mb_skip_flag; `increment` by 9.3.3.1.1.1.
    #[inline]
    pub(crate) fn mb_skip_flag(&mut self, b_slice: bool, increment: u8) -> bool {
        self.frequent_bin(if b_slice { first::MB_SKIP_B } else { first::MB_SKIP_P } + increment as usize)
    }

    /// mb_field_decoding_flag; `increment` by 9.3.3.1.1.2.
    #[inline]
    pub(crate) fn mb_field_decoding_flag(&mut self, increment: u8) -> bool {
        self.bin(first::MB_FIELD_DECODING_FLAG + increment as usize)
    }

    #[inline]
    pub(crate) fn end_of_slice_flag(&mut self) -> bool {
        self.cabac.terminate()
    }

    /// Whether more was read than there is.
    #[inline]
    #[must_use]
    pub(crate) fn overrun(&self) -> bool {
        self.cabac.overrun()
    }

    /// Bytes of the slice.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.data.len()
    }

    /// After end_of_slice_flag: bits of the slice up to and with rbsp_stop_one_bit.
    #[must_use]
    pub(crate) fn end_position(&self) -> i64 {
        self.cabac.end_position()
    }

    /// Where the slice's last one bit ends: rbsp_stop_one_bit.
    #[must_use]
    pub(crate) fn stop_bit(&self) -> i64 {
        BitReader::new(self.data).last_one_bit().map_or(0, |last| last as i64 + 1)
    }

    #[must_use]
    pub(crate) fn position(&self) -> i64 {
        self.cabac.position()
    }

    /// The bins of Intra_16x16 types behind the first one: from context `at` with the prefix's offsets (9.3.2.5).
    fn mb_type_intra_suffix(&mut self, at: usize, prefixed: bool) -> u8 {
        if self.cabac.terminate() {
            return 25;
        }
        // In P and B slices bins 3 and 4, and 5 and 6, share their contexts.
        let shared = usize::from(prefixed);
        let luma = u8::from(self.bin(at));
        let mut mb_type = 1 + 12 * luma;
        if self.bin(at + 1) {
            mb_type += 4 + 4 * u8::from(self.bin(at + 2 - shared));
        }
        mb_type += 2 * u8::from(self.bin(at + 3 - shared));
        mb_type + u8::from(self.bin(at + 4 - 2 * shared))
    }

    /// mb_type of I slices inside P and B slices (suffix with ctxIdxOffset `at`).
    fn mb_type_intra_in_inter(&mut self, at: usize) -> u8 {
        if self.bin(at) { self.mb_type_intra_suffix(at + 1, true) } else { 0 }
    }

    /// Significance map and levels of a block whose coded_block_flag is 1.
    #[inline(always)]
    fn coefficients<const SHAPE: u8>(&mut self, category: usize, size: usize, field: bool, sink: &mut impl Sink) -> Result<u32> {
        let significant = SIGNIFICANT[usize::from(field)][category] as usize;
        let last = LAST[usize::from(field)][category] as usize;
        let significant_8x8 = &SIGNIFICANT_8X8[usize::from(field)];
        let cells = (size / 4).max(1);
        let end = size - 1;
        // The engine stays in registers; what is found is a bit set, the first place its highest bit: of all machines, only the
        // lowest bit that is set is found fast on every one.
        let mut cabac = self.cabac.clone();
        let contexts = &mut self.contexts;
        let mut found = 0u64;
        let mut place = 1 << 63;
        let mut i = 0;
        loop {
            if i == end {
                found |= place;
                break;
            }
            let (inc, inc_last) = match SHAPE {
                shape::EIGHT_BY_EIGHT => (significant_8x8[i & 63] as usize, LAST_8X8[i & 63] as usize),
                shape::CHROMA_DC => ((i / cells).min(2), (i / cells).min(2)),
                _ => (i, i),
            };
            if cabac.decision(&mut contexts[(significant + inc) & 1023]) {
                found |= place;
                if cabac.decision(&mut contexts[(last + inc_last) & 1023]) {
                    break;
                }
            }
            place >>= 1;
            i += 1;
        }
        let levels = read_levels(&mut cabac, contexts, category, found, sink);
        self.cabac = cabac;
        levels.map_err(|error| error.at_bit(self.position().max(0) as u64))
    }
}

/// coeff_abs_level_minus1 and coeff_sign_flag of the coefficients found, last one first; how many there are.
#[inline(always)]
fn read_levels(
    cabac: &mut Cabac<'_>,
    contexts: &mut [ContextVariable; 1024],
    category: usize,
    mut found: u64,
    sink: &mut impl Sink,
) -> Result<u32> {
    let base = ABS_LEVEL[category] as usize;
    let most_greater = base + 9 - usize::from(category == 3);
    // ctxIdxInc of the first bin counts levels of 1 until there is a greater one; that of the others counts those.
    let mut first = base + 1;
    let mut others = base + 5;
    let mut count = 0;
    while found != 0 {
        let index = 63 - found.trailing_zeros();
        found &= found - 1;
        count += 1;
        let mut level = 1u32;
        if cabac.decision(&mut contexts[first & 1023]) {
            let context = &mut contexts[others & 1023];
            level = 2;
            while level < 15 && cabac.decision(context) {
                level += 1;
            }
            if level == 15 {
                let (suffix, after) = exp_golomb(cabac.clone(), 0, "coeff_abs_level_minus1");
                *cabac = after;
                level += suffix?;
            }
            others = (others + 1).min(most_greater);
            first = base;
        } else {
            first = (first + usize::from(first != base)).min(base + 4);
        }
        let sign = -i32::from(cabac.bypass());
        sink.put(index as usize, (level as i32 ^ sign) - sign);
    }
    Ok(count)
}

/// Exp-Golomb suffix of UEGk (9.3.2.3). The decoder comes and goes by value: it stays in registers where no suffix is.
#[inline(never)]
fn exp_golomb<'a>(mut cabac: Cabac<'a>, mut k: u32, element: &'static str) -> (Result<u32>, Cabac<'a>) {
    let mut value = 0u32;
    while cabac.bypass() {
        value += 1 << k;
        k += 1;
        if k > MAX_SUFFIX_PREFIX {
            return (Err(ParseError::malformed(element, "its suffix is too long")), cabac);
        }
    }
    value += cabac.bypass_bits(k);
    (Ok(value), cabac)
}

impl Syntax for CabacSyntax<'_> {
    const CABAC: bool = true;

    #[inline(always)]
    fn information(&self) -> Information {
        self.cabac.information()
    }

    fn mb_type_i(&mut self, increment: u8) -> Result<u8> {
        Ok(if self.bin(first::MB_TYPE_I + increment as usize) {
            self.mb_type_intra_suffix(first::MB_TYPE_I + 3, false)
        } else {
            0
        })
    }

    /// Binarization of table 9-37 (a).
    fn mb_type_p(&mut self) -> Result<u8> {
        const AT: usize = first::MB_TYPE_P;
        if self.bin(AT) {
            return Ok(5 + self.mb_type_intra_in_inter(first::MB_TYPE_P_INTRA));
        }
        Ok(if self.bin(AT + 1) { 2 - u8::from(self.bin(AT + 3)) } else { 3 * u8::from(self.bin(AT + 2)) })
    }

    /// Binarization of table 9-37 (b).
    fn mb_type_b(&mut self, increment: u8) -> Result<u8> {
        const AT: usize = first::MB_TYPE_B;
        if !self.bin(AT + increment as usize) {
            return Ok(0);
        }
        if !self.bin(AT + 3) {
            return Ok(1 + u8::from(self.bin(AT + 5)));
        }
        let mut bits = u8::from(self.bin(AT + 4)) << 3;
        for shift in [2, 1, 0] {
            bits |= u8::from(self.bin(AT + 5)) << shift;
        }
        Ok(match bits {
            0..=7 => bits + 3,
            13 => 23 + self.mb_type_intra_in_inter(first::MB_TYPE_B_INTRA),
            14 => 11,
            15 => 22,
            _ => (bits << 1 | u8::from(self.bin(AT + 5))) - 4,
        })
    }

    fn sub_mb_type_p(&mut self) -> Result<u8> {
        const AT: usize = first::SUB_MB_TYPE_P;
        Ok(if self.bin(AT) {
            0
        } else if !self.bin(AT + 1) {
            1
        } else {
            3 - u8::from(self.bin(AT + 2))
        })
    }

    fn sub_mb_type_b(&mut self) -> Result<u8> {
        const AT: usize = first::SUB_MB_TYPE_B;
        if !self.bin(AT) {
            return Ok(0);
        }
        if !self.bin(AT + 1) {
            return Ok(1 + u8::from(self.bin(AT + 3)));
        }
        let mut sub_mb_type = 3;
        if self.bin(AT + 2) {
            if self.bin(AT + 3) {
                return Ok(11 + u8::from(self.bin(AT + 3)));
            }
            sub_mb_type = 7;
        }
        sub_mb_type += 2 * u8::from(self.bin(AT + 3));
        Ok(sub_mb_type + u8::from(self.bin(AT + 3)))
    }

    fn ref_idx(&mut self, increment: u8, count: u32) -> Result<u8> {
        let mut increment = increment as usize;
        let mut ref_idx = 0u8;
        while self.bin(first::REF_IDX + increment) {
            ref_idx += 1;
            increment = if increment < 4 { 4 } else { 5 };
            if u32::from(ref_idx) >= count {
                return Err(ParseError::malformed("ref_idx", "is more than the list has").at_bit(self.position().max(0) as u64));
            }
        }
        Ok(ref_idx)
    }

    #[inline(never)]
    fn mvd(&mut self, sums: [u32; 2]) -> Result<[i32; 2]> {
        let mut cabac = self.cabac.clone();
        let mut vector = [0; 2];
        for (component, sum) in sums.into_iter().enumerate() {
            let at = first::MVD[component];
            let contexts = &mut self.contexts;
            if !cabac.decision(&mut contexts[at + usize::from(sum > 2) + usize::from(sum > 32)]) {
                continue;
            }
            let mut mvd = 1u32;
            let mut ctx_idx = at + 3;
            while mvd < 9 && cabac.decision(&mut contexts[ctx_idx & 63]) {
                mvd += 1;
                ctx_idx += usize::from(ctx_idx < at + 6);
            }
            if mvd == 9 {
                let (suffix, after) = exp_golomb(cabac, 3, "mvd");
                cabac = after;
                mvd += suffix?;
            }
            let sign = -i32::from(cabac.bypass());
            vector[component] = (mvd as i32 ^ sign) - sign;
        }
        self.cabac = cabac;
        Ok(vector)
    }

    fn intra_pred_mode(&mut self) -> Result<Option<u8>> {
        if self.bin(first::PREV_INTRA_PRED_MODE) {
            return Ok(None);
        }
        let bits = [0, 1, 2].map(|shift| u8::from(self.bin(first::REM_INTRA_PRED_MODE)) << shift);
        Ok(Some(bits[0] | bits[1] | bits[2]))
    }

    fn intra_chroma_pred_mode(&mut self, increment: u8) -> Result<u8> {
        const AT: usize = first::INTRA_CHROMA_PRED_MODE;
        if !self.bin(AT + increment as usize) {
            return Ok(0);
        }
        if !self.bin(AT + 3) {
            return Ok(1);
        }
        Ok(2 + u8::from(self.bin(AT + 3)))
    }

    fn coded_block_pattern(&mut self, neighbours: NeighbourPatterns, _inter: bool, chroma: bool) -> Result<u8> {
        const AT: usize = first::CODED_BLOCK_PATTERN_LUMA;
        let NeighbourPatterns { left, above, left_chroma, above_chroma } = neighbours;
        let mut cabac = self.cabac.clone();
        let contexts = &mut self.contexts;
        // ctxIdxInc counts the neighbours whose bit is 0: left once, above twice.
        let (left, above) = (usize::from(!left), usize::from(!above));
        let mut bin = |inc: usize| usize::from(cabac.decision(&mut contexts[AT + (inc & 3)]));
        let b0 = bin((left >> 1 & 1) + (above >> 1 & 2));
        let b1 = bin((b0 ^ 1) + (above >> 2 & 2));
        let b2 = bin((left >> 3 & 1) + 2 * (b0 ^ 1));
        let b3 = bin((b2 ^ 1) + 2 * (b1 ^ 1));
        let mut pattern = (b0 | b1 << 1 | b2 << 2 | b3 << 3) as u8;
        if chroma {
            const CHROMA: usize = first::CODED_BLOCK_PATTERN_CHROMA;
            let inc = usize::from(left_chroma != 0) + 2 * usize::from(above_chroma != 0);
            if cabac.decision(&mut contexts[CHROMA + inc]) {
                let inc = usize::from(left_chroma == 2) + 2 * usize::from(above_chroma == 2);
                pattern |= 16 << u8::from(cabac.decision(&mut contexts[CHROMA + 4 + inc]));
            }
        }
        self.cabac = cabac;
        Ok(pattern)
    }

    fn transform_size_8x8_flag(&mut self, increment: u8) -> Result<bool> {
        Ok(self.bin(first::TRANSFORM_SIZE_8X8_FLAG + increment as usize))
    }

    fn mb_qp_delta(&mut self, increment: bool) -> Result<i32> {
        let mut increment = usize::from(increment);
        let mut mapped = 0i32;
        while self.bin(first::MB_QP_DELTA + increment) {
            mapped += 1;
            increment = if increment < 2 { 2 } else { 3 };
            // The widest range is that of 14 bits: -44 to 43.
            if mapped > 2 * 44 {
                return Err(ParseError::malformed("mb_qp_delta", "is out of range").at_bit(self.position().max(0) as u64));
            }
        }
        Ok(if mapped & 1 == 1 { (mapped + 1) >> 1 } else { -(mapped >> 1) })
    }

    #[inline(always)]
    fn coded_block_flag(&mut self, category: u8, increment: i8) -> bool {
        self.frequent_bin(CODED_BLOCK_FLAG[usize::from(category).min(13)] as usize + increment as usize)
    }

    #[inline(never)]
    fn residual_block<const SHAPE: u8>(&mut self, block: Block, field: bool, sink: &mut impl Sink) -> Result<u32> {
        self.coefficients::<SHAPE>(usize::from(block.category).min(13), block.size as usize, field, sink)
    }

    /// pcm_flag's arithmetic code has ended; after the samples the engine is initialized anew (9.3.1.2).
    fn skip_pcm(&mut self, bits: usize) -> Result<()> {
        let samples = self.cabac.end_position().max(0) as usize;
        let byte = samples.div_ceil(8) + bits.div_ceil(8);
        if byte > self.data.len() {
            return Err(ParseError::end_of_data("pcm_sample").at_bit(samples as u64));
        }
        self.cabac = engine(self.data, byte)?;
        Ok(())
    }
}
