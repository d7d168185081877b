//! residual_coding( ) (7.3.8.11): coefficients are counted and their energy is summed, nothing more.

pub(crate) mod dequant;
pub(crate) mod inverse;
mod transform_tree;

use codecorpus_bitstream::Result;
use codecorpus_bitstream::cabac::{Cabac, ContextVariable};

use crate::block::coding_unit::TransformBlock;
use crate::entropy::EntropyState;
use crate::residual::dequant::{Dequant, Scaling};
use crate::residual::inverse::{Inverse, Modification, Rdpcm, Step};
use crate::state::SliceSegmentReader;
use crate::tables::contexts as ctx;
use crate::tables::scan::{COEFFICIENT_INDEX, COEFFICIENTS, SUB_BLOCK_INDEX, SUB_BLOCKS};
use crate::tables::sig_coeff::{ByPosition, SIG_COEFF, SIG_COEFF_SINGLE};

/// What a transform block's coefficients come to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Residual {
    pub(crate) coefs: u32,
    pub(crate) energy: f64,
    /// The coefficient (0, 0), on the scale of an orthonormal transform, where **transforms** is asked for.
    pub(crate) dc: f64,
    pub(crate) transform_skip: bool,
}

/// What steers residual_coding( ) beyond the block: flags of the parameter sets and of the coding unit.
#[derive(Debug, Clone, Copy, Default)]
struct Tools {
    /// Whether some sign bits are hidden in this block.
    sign_data_hiding: bool,
    /// The one context of sig_coeff_flag, where transform_skip_context_enabled_flag applies.
    single_sig_ctx: bool,
    persistent_rice: bool,
    bypass_alignment: bool,
    /// log2TransformRange, where extended_precision_processing_flag is 1.
    extended_range: Option<u32>,
    /// sbType of StatCoeff.
    sb_type: usize,
}

impl SliceSegmentReader<'_> {
    /// residual_coding( ) (7.3.8.11).
    pub(crate) fn read_residual_coding(&mut self, block: TransformBlock) -> Result<()> {
        let begin = self.entropy.cabac.information();
        let transform_skip_flag = self.transform_skip_flag(&block);
        let residual = if self.inputs.plain_residual && !self.cu.cu_transquant_bypass_flag {
            self.plain_residual(&block, transform_skip_flag)?
        } else {
            self.extended_residual(&block, transform_skip_flag)?
        };
        let bits = self.entropy.cabac.information() - begin;
        self.emit_transform(&block, residual, bits);
        Ok(())
    }

    /// A block without tools of the range extensions, and without scaling lists.
    fn plain_residual(&mut self, block: &TransformBlock, transform_skip_flag: bool) -> Result<Residual> {
        let (scaling, weight) = self.plain_scaling(block);
        let tools = Tools { sign_data_hiding: self.inputs.pps.sign_data_hiding_enabled_flag, ..Tools::default() };
        let scan_idx = self.scan_idx(block);
        let keeps_dc = self.inputs.wanted.transforms;
        let inverse = self.inverse.as_mut().filter(|_| block.c_idx == 0);
        let mut sum = Sum { coefs: 0, squares: 0, dc: 0, scaling, extended: None, keeps_dc, inverse };
        let read =
            if keeps_dc || sum.inverse.is_some() { read_coefficients::<true, true> } else { read_coefficients::<true, false> };
        read(&mut self.entropy.cabac, &mut self.entropy.state, block, scan_idx, tools, &mut sum)?;
        let Sum { coefs, squares, dc, .. } = sum;
        if self.inverse.is_some() {
            let step = if transform_skip_flag { Step::Skip } else { self.transform_of(block) };
            self.put_residual(block, Modification { step, rotate: false, rdpcm: None });
        }
        let energy = squares as f64 * weight;
        let dc = if keeps_dc { dc as f64 * weight.sqrt() } else { 0.0 };
        Ok(Residual { coefs, energy, dc, transform_skip: transform_skip_flag })
    }

    fn extended_residual(&mut self, block: &TransformBlock, transform_skip_flag: bool) -> Result<Residual> {
        let raw = transform_skip_flag || self.cu.cu_transquant_bypass_flag;
        let explicit_rdpcm = self.explicit_rdpcm(block, raw);
        let implicit = self.implicit_rdpcm(block);
        let rdpcm = explicit_rdpcm.or(implicit.filter(|_| raw));
        let range = &self.inputs.sps.range;
        let bypass = self.cu.cu_transquant_bypass_flag;
        let sign_hidden_never = bypass || (implicit.is_some() && transform_skip_flag) || explicit_rdpcm.is_some();
        let tools = Tools {
            sign_data_hiding: self.inputs.pps.sign_data_hiding_enabled_flag && !sign_hidden_never,
            single_sig_ctx: range.transform_skip_context_enabled_flag && raw,
            persistent_rice: range.persistent_rice_adaptation_enabled_flag,
            bypass_alignment: range.cabac_bypass_alignment_enabled_flag,
            extended_range: range.extended_precision_processing_flag.then(|| self.transform_range(block.c_idx)),
            sb_type: 2 * usize::from(block.c_idx == 0) + usize::from(raw),
        };
        let dequant = self.dequant(block, transform_skip_flag, rdpcm.is_some());
        let scan_idx = self.scan_idx(block);
        let extended = Some((&dequant, &mut self.rdpcm.0));
        let inverse = self.inverse.as_mut().filter(|_| block.c_idx == 0);
        let keeps_dc = self.inputs.wanted.transforms;
        let mut sum = Sum { coefs: 0, squares: 0, dc: 0, scaling: dequant.scaling, extended, keeps_dc, inverse };
        read_coefficients::<false, true>(&mut self.entropy.cabac, &mut self.entropy.state, block, scan_idx, tools, &mut sum)?;
        let Sum { coefs, squares, dc, .. } = sum;
        let squares = match rdpcm {
            Some(direction) => dequant.accumulated_squares(&mut self.rdpcm.0, block.log2_size, direction),
            None => squares,
        };
        let step = match (bypass || rdpcm.is_some(), transform_skip_flag) {
            (true, _) => Step::Samples,
            (false, true) => Step::Skip,
            (false, false) => self.transform_of(block),
        };
        let (energy, dc) = (squares as f64 * dequant.weight, dc as f64 * dequant.weight.sqrt());
        self.put_residual(block, Modification { step, rotate: dequant.rotate, rdpcm });
        Ok(Residual { coefs, energy, dc, transform_skip: transform_skip_flag })
    }

    /// The transform of a luma block that has one.
    fn transform_of(&self, block: &TransformBlock) -> Step {
        if self.cu.intra && block.log2_size == 2 { Step::Dst } else { Step::Dct }
    }

    /// Writes the residual samples of a luma block, where they are asked for. Out of the way, as few ask for them.
    #[inline(never)]
    fn put_residual(&mut self, block: &TransformBlock, modification: Modification) {
        if let (Some(inverse), Some(plane), 0) = (&mut self.inverse, &mut self.picture.residual, block.c_idx) {
            inverse.finish(plane, [block.x, block.y], block.log2_size, modification);
        }
    }

    fn transform_skip_flag(&mut self, block: &TransformBlock) -> bool {
        let pps = self.inputs.pps;
        pps.transform_skip_enabled_flag
            && !self.cu.cu_transquant_bypass_flag
            && block.log2_size <= pps.range.log2_max_transform_skip_size
            && self.entropy.bin(ctx::TRANSFORM_SKIP_FLAG, u8::from(block.c_idx > 0))
    }

    /// explicit_rdpcm_flag and explicit_rdpcm_dir_flag.
    fn explicit_rdpcm(&mut self, block: &TransformBlock, raw: bool) -> Option<Rdpcm> {
        let c = u8::from(block.c_idx > 0);
        if self.cu.intra
            || !raw
            || !self.inputs.sps.range.explicit_rdpcm_enabled_flag
            || !self.entropy.bin(ctx::EXPLICIT_RDPCM_FLAG, c)
        {
            return None;
        }
        Some(if self.entropy.bin(ctx::EXPLICIT_RDPCM_DIR_FLAG, c) { Rdpcm::Vertical } else { Rdpcm::Horizontal })
    }

    /// The direction that a block with neither transform nor quantisation would accumulate in (8.6.2).
    fn implicit_rdpcm(&self, block: &TransformBlock) -> Option<Rdpcm> {
        match block.mode {
            _ if !self.cu.intra || !self.inputs.sps.range.implicit_rdpcm_enabled_flag => None,
            10 => Some(Rdpcm::Horizontal),
            26 => Some(Rdpcm::Vertical),
            _ => None,
        }
    }

    /// scanIdx (7.4.9.11): 0 diagonal, 1 horizontal, 2 vertical.
    fn scan_idx(&self, block: &TransformBlock) -> usize {
        let small =
            block.log2_size == 2 || (block.log2_size == 3 && (block.c_idx == 0 || self.inputs.sps.chroma_array_type == 3));
        match block.mode {
            6..=14 if self.cu.intra && small => 2,
            22..=30 if self.cu.intra && small => 1,
            _ => 0,
        }
    }
}

/// Counts coefficients and sums the squares of what they are scaled to.
struct Sum<'a> {
    coefs: u32,
    squares: u64,
    /// What (0, 0) is scaled to.
    dc: i64,
    scaling: Scaling,
    /// Of blocks that are not plain, with where samples are kept.
    extended: Option<(&'a Dequant<'a>, &'a mut [i32; 1024])>,
    keeps_dc: bool,
    /// Where every value is kept.
    inverse: Option<&'a mut Inverse>,
}

impl Sum<'_> {
    /// Whether it must know each value of a sub-block.
    #[inline(always)]
    fn keeps(&self, sub_block: usize) -> bool {
        self.inverse.is_some() || self.keeps_dc && sub_block == 0
    }

    fn add(&mut self, x: usize, y: usize, log2_size: u32, level: i32) {
        let value = match &mut self.extended {
            None => self.scaling.scale(level),
            Some((dequant, samples)) => {
                let value = dequant.scale(x, y, level);
                if dequant.keep_samples {
                    samples[((y << dequant.log2_size) + x) & 1023] = value as i32;
                }
                value
            }
        };
        self.squares = self.squares.wrapping_add((value * value) as u64);
        if x | y == 0 {
            self.dc = value;
        }
        if let Some(inverse) = &mut self.inverse {
            inverse.put(x, y, log2_size, value);
        }
    }
}

/// What coeff_abs_level_greater1_flag and coeff_abs_level_greater2_flag say of a sub-block, a bit for each coefficient in
/// decoding order.
#[derive(Clone, Copy)]
struct Greater {
    greater1: u32,
    /// One bit at the most.
    greater2: u32,
    /// Coefficients that have a coeff_abs_level_remaining.
    escapes: u32,
    /// Sum of the squares of the base levels.
    squares: u32,
}

impl Greater {
    /// baseLevel of coefficient `k` (7.3.8.11).
    #[inline(always)]
    const fn base_level(&self, k: u32) -> u32 {
        1 + (self.greater1 >> k & 1) + (self.greater2 >> k & 1)
    }
}

/// Everything of residual_coding( ) from last_sig_coeff_x_prefix on. `PLAIN` blocks use no tool of the range extensions,
/// and no scaling lists. `KEEP` says that values may be asked for, and not their squares alone.
fn read_coefficients<const PLAIN: bool, const KEEP: bool>(
    decoder: &mut Cabac<'_>,
    state: &mut EntropyState,
    block: &TransformBlock,
    scan_idx: usize,
    tools: Tools,
    sum: &mut Sum<'_>,
) -> Result<()> {
    // A copy whose address nobody takes, so that it stays in registers.
    let mut cabac = decoder.clone();
    let cabac = &mut cabac;
    let contexts = &mut state.contexts;
    let log2 = block.log2_size;
    let chroma = block.c_idx > 0;
    let size = (log2 as usize - 2) & 3;
    let scan_idx = scan_idx & 3;
    let (last_x, last_y) = last_significant_position(cabac, contexts, log2, chroma, scan_idx);
    let sub_blocks = &SUB_BLOCKS[size][scan_idx];
    let last_sub_block = usize::from(SUB_BLOCK_INDEX[size][scan_idx][(((last_y >> 2) << 3) + (last_x >> 2)) as usize & 63]);
    let last_position = COEFFICIENT_INDEX[scan_idx][(((last_y & 3) << 2) + (last_x & 3)) as usize];
    let sig_coeff = match !PLAIN && tools.single_sig_ctx {
        true => &SIG_COEFF_SINGLE[usize::from(chroma)],
        false => &SIG_COEFF[usize::from(chroma)][size][scan_idx],
    };
    // coded_sub_block_flag of every sub-block, a bit for each column; none lies outside.
    let mut coded = [0u16; 16];
    let mut any_greater1 = false;
    for i in (0..=last_sub_block).rev() {
        let (xs, ys) = sub_blocks[i & 63];
        let (xs, ys) = (usize::from(xs), usize::from(ys));
        let right = usize::from(coded[ys & 7] >> (xs + 1) & 1);
        let below = usize::from(coded[(ys + 1) & 15] >> xs & 1);
        let is_last = i == last_sub_block;
        let middle = !is_last && i > 0;
        if middle {
            let increment = (right | below) as u8 + if chroma { 2 } else { 0 };
            if !cabac.decision(&mut contexts[usize::from(ctx::CODED_SUB_BLOCK_FLAG + increment)]) {
                continue;
            }
        }
        coded[ys & 7] |= 1 << xs;
        let table = &sig_coeff[usize::from(i > 0)][right | below << 1];
        let significant = match is_last {
            true => read_significance(cabac, contexts, table, 1, usize::from(last_position), false),
            false => read_significance(cabac, contexts, table, 0, 16, middle),
        };
        if significant == 0 {
            continue;
        }
        let count = significant.count_ones();
        sum.coefs += count;
        // ctxSet (9.3.4.2.6).
        let ctx_set = if i == 0 || chroma { 0 } else { 2 } + u8::from(any_greater1);
        let greater = read_greater(cabac, contexts, count, ctx_set, chroma);
        any_greater1 = greater.greater1 != 0;
        if !PLAIN && tools.bypass_alignment && greater.escapes != 0 {
            cabac.align_bypass()?;
        }
        // coeff_sign_flag: the last one in decoding order may be hidden in the parity of the sum.
        let lowest = significant & significant.wrapping_neg();
        let hidden = tools.sign_data_hiding && significant >= lowest << 4;
        let signs_coded = count - u32::from(hidden);
        let signs = Signs { negative: (cabac.bypass_bits(signs_coded) << 1) << (31 - signs_coded), hidden };
        let mut remaining = Remaining { levels: [0; 16], squares: 0, largest: 3 };
        if greater.escapes != 0 {
            *cabac = read_remaining::<PLAIN>(cabac.clone(), &mut state.stat_coeff, &greater, tools, &mut remaining);
        }
        match sum.scaling.whole_factor(remaining.largest) {
            Some(factor) if PLAIN && !(KEEP && sum.keeps(i)) => {
                sum.squares += (u64::from(greater.squares) + remaining.squares) * (factor * factor)
            }
            _ => add_levels(sum, significant, &greater, &remaining, signs, (xs, ys, log2), scan_idx),
        }
    }
    *decoder = cabac.clone();
    Ok(())
}

/// coeff_sign_flag of a sub-block.
#[derive(Clone, Copy)]
struct Signs {
    /// A bit for each coefficient in decoding order, from the topmost one on.
    negative: u32,
    /// Whether the last one's is in the parity of the sum.
    hidden: bool,
}

/// Adds the levels of a sub-block, with their signs: rounding and clipping make a difference.
#[inline(never)]
fn add_levels(
    sum: &mut Sum<'_>,
    significant: u32,
    greater: &Greater,
    remaining: &Remaining,
    signs: Signs,
    (xs, ys, log2_size): (usize, usize, u32),
    scan_idx: usize,
) {
    let mut parity = 0;
    let mut positions = significant;
    for k in 0..16 {
        if positions == 0 {
            break;
        }
        let n = 31 - positions.leading_zeros();
        positions ^= 1 << n;
        let abs = if greater.escapes >> k & 1 == 1 { remaining.levels[k as usize] } else { greater.base_level(k) };
        parity ^= abs;
        let negative = (signs.negative << k >> 31) | u32::from(signs.hidden && positions == 0) & parity;
        let sign = -(negative as i32);
        let level = (abs as i32 ^ sign).wrapping_sub(sign);
        let (x, y) = COEFFICIENTS[scan_idx & 3][n as usize & 15];
        sum.add((xs << 2) + usize::from(x), (ys << 2) + usize::from(y), log2_size, level);
    }
}

/// sig_coeff_flag of a sub-block below scan position `n`, behind `significant`: a bit for each position. `inferable` says
/// that the last one may be inferred.
#[inline(always)]
fn read_significance(
    cabac: &mut Cabac<'_>,
    contexts: &mut [ContextVariable; ctx::COUNT],
    table: &ByPosition,
    mut significant: u32,
    n: usize,
    inferable: bool,
) -> u32 {
    if n == 0 {
        return significant;
    }
    for &index in table[1..n.min(16)].iter().rev() {
        let sig = cabac.decision(&mut contexts[usize::from(index)]);
        significant = significant << 1 | u32::from(sig);
    }
    let sig = (inferable && significant == 0) || cabac.decision(&mut contexts[usize::from(table[0])]);
    significant << 1 | u32::from(sig)
}

/// coeff_abs_level_greater1_flag and coeff_abs_level_greater2_flag (9.3.4.2.6, 9.3.4.2.7).
#[inline(always)]
fn read_greater(
    cabac: &mut Cabac<'_>,
    contexts: &mut [ContextVariable; ctx::COUNT],
    count: u32,
    ctx_set: u8,
    chroma: bool,
) -> Greater {
    let base = ctx::COEFF_ABS_LEVEL_GREATER1_FLAG + if chroma { 16 } else { 0 } + 4 * ctx_set;
    let flags = count.min(8);
    let beyond = (1 << count) - (1 << flags);
    let none = Greater { greater1: 0, greater2: 0, escapes: beyond, squares: count };
    // greater1Ctx counts the flags up to 3, until one is 1; behind that it is 0.
    let mut k = 0;
    loop {
        let greater1_ctx = if k < 2 { k as u8 + 1 } else { 3 };
        if cabac.decision(&mut contexts[usize::from(base.wrapping_add(greater1_ctx))]) {
            break;
        }
        k += 1;
        if k >= flags {
            return none;
        }
    }
    let first = 1 << k;
    let mut greater1 = first;
    let mut others = 0;
    let context = &mut contexts[usize::from(base)];
    for k in k + 1..flags {
        let flag = cabac.decision(context);
        greater1 |= u32::from(flag) << k;
        others += u32::from(flag);
    }
    let increment = ctx_set + if chroma { 4 } else { 0 };
    let greater2 = cabac.decision(&mut contexts[usize::from(ctx::COEFF_ABS_LEVEL_GREATER2_FLAG + increment)]);
    let squares = count + 3 * (others + 1) + if greater2 { 5 } else { 0 };
    let greater2 = if greater2 { first } else { 0 };
    Greater { greater1, greater2, escapes: greater1 ^ first | greater2 | beyond, squares }
}

/// LastSignificantCoeffX, LastSignificantCoeffY (7.4.9.11, 9.3.4.2.3).
#[inline(always)]
fn last_significant_position(
    cabac: &mut Cabac<'_>,
    contexts: &mut [ContextVariable; ctx::COUNT],
    log2: u32,
    chroma: bool,
    scan_idx: usize,
) -> (u32, u32) {
    let (offset, shift) = if chroma { (15, log2 - 2) } else { (3 * (log2 - 2) + ((log2 - 1) >> 2), (log2 + 1) >> 2) };
    let max = (log2 << 1) - 1;
    let mut prefixes = [0; 2];
    for (prefix, first) in prefixes.iter_mut().zip([ctx::LAST_SIG_COEFF_X_PREFIX, ctx::LAST_SIG_COEFF_Y_PREFIX]) {
        let first = first + offset as u8;
        while *prefix < max && cabac.decision(&mut contexts[usize::from(first.wrapping_add((*prefix >> shift) as u8))]) {
            *prefix += 1;
        }
    }
    let [x, y] = prefixes.map(|prefix| {
        if prefix < 4 {
            return prefix;
        }
        let bits = (prefix >> 1) - 1;
        ((2 + (prefix & 1)) << bits) + cabac.bypass_bits(bits)
    });
    if scan_idx == 2 { (y, x) } else { (x, y) }
}

/// What coeff_abs_level_remaining makes of a sub-block.
struct Remaining {
    /// Of the coefficients that have one.
    levels: [u32; 16],
    /// What their squares add to those of the base levels.
    squares: u64,
    /// The largest level, or 3.
    largest: u32,
}

/// coeff_abs_level_remaining of every coefficient of a sub-block that has one (9.3.3.11).
/// Takes the decoder and gives it back.
#[inline(never)]
fn read_remaining<'a, const PLAIN: bool>(
    mut cabac: Cabac<'a>,
    stat_coeff: &mut [u8; 4],
    greater: &Greater,
    tools: Tools,
    remaining: &mut Remaining,
) -> Cabac<'a> {
    let persistent_rice = !PLAIN && tools.persistent_rice;
    let extended_range = if PLAIN { None } else { tools.extended_range };
    let stat = &mut stat_coeff[tools.sb_type & 3];
    let mut rice = if persistent_rice { u32::from(*stat >> 2) } else { 0 };
    let most_rice = if persistent_rice { 31 } else { 4 };
    let mut first = true;
    let mut escapes = greater.escapes;
    while escapes != 0 {
        let k = escapes.trailing_zeros();
        escapes &= escapes - 1;
        let base = greater.base_level(k);
        let value = coeff_abs_level_remaining(&mut cabac, rice, extended_range);
        let level = base.saturating_add(value).min(i32::MAX as u32);
        remaining.levels[k as usize & 15] = level;
        remaining.largest = remaining.largest.max(level);
        remaining.squares = remaining.squares.wrapping_add(u64::from(level) * u64::from(level) - u64::from(base * base));
        if u64::from(level) > 3 * (1u64 << rice) {
            rice = (rice + 1).min(most_rice);
        }
        if persistent_rice && std::mem::take(&mut first) {
            update_stat_coeff(stat, value);
        }
    }
    cabac
}

/// StatCoeff[ sbType ] (9.3.3.11), at the first coeff_abs_level_remaining of a sub-block.
fn update_stat_coeff(stat: &mut u8, remaining: u32) {
    let k = u32::from(*stat >> 2).min(31);
    if u64::from(remaining) >= 3u64 << k {
        *stat = stat.saturating_add(1);
    } else if 2 * u64::from(remaining) < 1u64 << k && *stat > 0 {
        *stat -= 1;
    }
}

/// coeff_abs_level_remaining (9.3.3.11, 9.3.3.4): a unary prefix, then a suffix whose length follows from it.
#[inline(always)]
pub(crate) fn coeff_abs_level_remaining(cabac: &mut Cabac<'_>, rice: u32, extended_range: Option<u32>) -> u32 {
    let max_prefix = extended_range.map_or(32, |range| 32 - range);
    let prefix = cabac.bypass_ones(max_prefix);
    if prefix <= 3 {
        return (prefix << rice) + cabac.bypass_bits(rice);
    }
    let length = match extended_range {
        Some(range) if prefix == max_prefix => range,
        _ => prefix - 3 + rice,
    };
    let suffix = cabac.bypass_bits(length.min(32));
    let base = ((1u64 << (prefix - 3)) + 2) << rice;
    (base + u64::from(suffix)).min(u64::from(u32::MAX)) as u32
}
