//! residual_coding( ) (7.3.8.11): coefficients are counted and their energy is summed, nothing more.

use codecorpus_bitstream::Result;
use codecorpus_bitstream::cabac::{Cabac, Context};

use crate::dequant::{Dequant, Rdpcm};
use crate::entropy::EntropyState;
use crate::slice_data::SliceDecoder;
use crate::tables::contexts as ctx;
use crate::tables::scan::{COEFFICIENT_INDEX, COEFFICIENTS, SUB_BLOCK_INDEX, SUB_BLOCKS};
use crate::tables::sig_coeff::{SIG_CTX_4X4, SIG_CTX_PATTERN, SIG_CTX_SINGLE};

/// A transform block whose cbf is 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    /// Luma location.
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// log2 of its side in samples of its own component.
    pub(crate) log2_size: u32,
    pub(crate) c_idx: u8,
    /// IntraPredModeY or IntraPredModeC, where the coding unit is intra.
    pub(crate) mode: u8,
}

/// What a transform block's coefficients come to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Residual {
    pub(crate) coefs: u32,
    pub(crate) energy: f64,
    pub(crate) transform_skip: bool,
}

/// Residual samples of a block with RDPCM, in raster order.
#[derive(Debug)]
pub(crate) struct RdpcmBuffer(pub(crate) [i32; 1024]);

impl Default for RdpcmBuffer {
    fn default() -> Self {
        Self([0; 1024])
    }
}

/// What steers residual_coding( ) beyond the block: flags of the parameter sets and of the coding unit.
#[derive(Debug, Clone, Copy)]
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

impl SliceDecoder<'_> {
    /// residual_coding( ).
    pub(crate) fn residual_coding(&mut self, block: TransformBlock) -> Result<()> {
        let begin = self.entropy.cabac.information();
        let transform_skip_flag = self.transform_skip_flag(&block);
        let raw = transform_skip_flag || self.cu.cu_transquant_bypass_flag;
        let explicit_rdpcm = self.explicit_rdpcm(&block, raw);
        let implicit = self.implicit_rdpcm(&block);
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
        let dequant = self.dequant(&block, transform_skip_flag, rdpcm.is_some());
        let scan_idx = self.scan_idx(&block);
        let mut sum = Sum { dequant, coefs: 0, squares: 0, buffer: &mut self.rdpcm.0 };
        let mut cabac = self.entropy.cabac.clone();
        read_coefficients(&mut cabac, &mut self.entropy.state, &block, scan_idx, tools, &mut sum);
        let coefs = sum.coefs;
        let squares = match rdpcm {
            Some(direction) => dequant.accumulated_squares(sum.buffer, block.log2_size, direction),
            None => sum.squares,
        };
        self.entropy.cabac = cabac;
        let residual = Residual { coefs, energy: squares as f64 * dequant.weight, transform_skip: transform_skip_flag };
        let bits = self.entropy.cabac.information() - begin;
        self.emit_transform(&block, residual, bits);
        Ok(())
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

    /// The direction that a block with neither transform nor quantisation would accumulate in.
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
    dequant: Dequant<'a>,
    coefs: u32,
    squares: u64,
    buffer: &'a mut [i32; 1024],
}

impl Sum<'_> {
    #[inline(always)]
    fn add(&mut self, x: usize, y: usize, level: i32) {
        let value = self.dequant.scale(x, y, level);
        self.squares = self.squares.wrapping_add((value * value) as u64);
        if self.dequant.keep_samples {
            self.buffer[((y << self.dequant.log2_size) + x) & 1023] = value as i32;
        }
    }
}

/// Everything of residual_coding( ) from last_sig_coeff_x_prefix on.
fn read_coefficients(
    cabac: &mut Cabac<'_>,
    state: &mut EntropyState,
    block: &TransformBlock,
    scan_idx: usize,
    tools: Tools,
    sum: &mut Sum<'_>,
) {
    let contexts = &mut state.contexts;
    let log2 = block.log2_size;
    let chroma = block.c_idx > 0;
    let (last_x, last_y) = last_significant_position(cabac, contexts, log2, chroma, scan_idx);
    let scan = &COEFFICIENTS[scan_idx & 3];
    let sub_blocks = &SUB_BLOCKS[(log2 as usize - 2) & 3][scan_idx & 3];
    let last_sub_block =
        usize::from(SUB_BLOCK_INDEX[(log2 as usize - 2) & 3][scan_idx & 3][(((last_y >> 2) << 3) + (last_x >> 2)) as usize & 63]);
    let last_position = usize::from(COEFFICIENT_INDEX[scan_idx & 3][(((last_y & 3) << 2) + (last_x & 3)) as usize]);
    let sig_base = ctx::SIG_COEFF_FLAG + if chroma { 27 } else { 0 };
    // coded_sub_block_flag of every sub-block, a bit for each column; none lies outside.
    let mut coded = [0u16; 16];
    let mut greater1_ctx = 1;
    for i in (0..=last_sub_block).rev() {
        let (xs, ys) = sub_blocks[i & 63];
        let (xs, ys) = (usize::from(xs), usize::from(ys));
        let right = coded[ys & 7] >> (xs + 1) & 1;
        let below = coded[(ys + 1) & 15] >> xs & 1;
        let middle = i < last_sub_block && i > 0;
        if middle {
            let increment = (right | below) as u8 + if chroma { 2 } else { 0 };
            if !cabac.decision(&mut contexts[usize::from(ctx::CODED_SUB_BLOCK_FLAG + increment)]) {
                continue;
            }
        }
        coded[ys & 7] |= 1 << xs;
        // Contexts of sig_coeff_flag (9.3.4.2.5).
        let (table, base) = if tools.single_sig_ctx {
            (&SIG_CTX_SINGLE, ctx::SIG_COEFF_FLAG + if chroma { 43 } else { 42 })
        } else if log2 == 2 {
            (&SIG_CTX_4X4[scan_idx & 3], sig_base)
        } else {
            let offset = match (chroma, log2) {
                (false, 3) => {
                    if scan_idx == 0 {
                        9
                    } else {
                        15
                    }
                }
                (false, _) => 21,
                (true, 3) => 9,
                (true, _) => 12,
            };
            let first = if !chroma && i > 0 { 3 } else { 0 };
            (&SIG_CTX_PATTERN[(right | below << 1) as usize & 3][scan_idx & 3], sig_base + offset + first)
        };
        // Scan positions of significant coefficients, last one first.
        let mut positions = [0u8; 16];
        let mut count = 0usize;
        let mut from = 15;
        if i == last_sub_block {
            positions[0] = last_position as u8;
            count = 1;
            from = last_position.wrapping_sub(1);
        }
        if from < 16 {
            for n in (1..=from & 15).rev() {
                let sig = cabac.decision(&mut contexts[usize::from(base.wrapping_add(table[n]))]);
                positions[count & 15] = n as u8;
                count += usize::from(sig);
            }
            let sig = if middle && count == 0 {
                true
            } else {
                let context = if tools.single_sig_ctx {
                    base
                } else if i == 0 {
                    sig_base
                } else {
                    base.wrapping_add(table[0])
                };
                cabac.decision(&mut contexts[usize::from(context)])
            };
            positions[count & 15] = 0;
            count += usize::from(sig);
        }
        if count == 0 {
            continue;
        }
        sum.coefs += count as u32;
        // coeff_abs_level_greater1_flag, coeff_abs_level_greater2_flag (9.3.4.2.6, 9.3.4.2.7).
        let mut ctx_set = if i == 0 || chroma { 0 } else { 2 };
        if i != last_sub_block && greater1_ctx == 0 {
            ctx_set += 1;
        }
        greater1_ctx = 1;
        let greater1_base = ctx::COEFF_ABS_LEVEL_GREATER1_FLAG + if chroma { 16 } else { 0 } + 4 * ctx_set;
        let mut levels = [1i32; 16];
        let mut first_greater1 = usize::MAX;
        let mut escape = count > 8;
        for (k, level) in levels.iter_mut().enumerate().take(count.min(8)) {
            let greater1 = cabac.decision(&mut contexts[usize::from(greater1_base.wrapping_add(greater1_ctx))]);
            if greater1 {
                *level = 2;
                greater1_ctx = 0;
                if first_greater1 == usize::MAX {
                    first_greater1 = k;
                } else {
                    escape = true;
                }
            } else if greater1_ctx > 0 && greater1_ctx < 3 {
                greater1_ctx += 1;
            }
        }
        if let Some(level) = levels.get_mut(first_greater1) {
            let increment = ctx_set + if chroma { 4 } else { 0 };
            if cabac.decision(&mut contexts[usize::from(ctx::COEFF_ABS_LEVEL_GREATER2_FLAG + increment)]) {
                *level = 3;
                escape = true;
            }
        }
        if tools.bypass_alignment && escape {
            cabac.align_bypass();
        }
        // coeff_sign_flag: the last one in decoding order may be hidden in the parity of the sum.
        let hidden = tools.sign_data_hiding && positions[0] - positions[(count - 1) & 15] > 3;
        let signs_coded = count as u32 - u32::from(hidden);
        let signs = (cabac.bypass_bits(signs_coded) << 1) << (31 - signs_coded);
        if escape {
            read_remaining(cabac, &mut state.stat_coeff, &mut levels, count, first_greater1, tools);
        }
        let mut parity = 0;
        for k in 0..count {
            let abs = levels[k & 15];
            parity ^= abs;
            let negative = if hidden && k == count - 1 { parity & 1 == 1 } else { signs << k >> 31 == 1 };
            let (x, y) = scan[usize::from(positions[k & 15]) & 15];
            let level = if negative { abs.wrapping_neg() } else { abs };
            sum.add((xs << 2) + usize::from(x), (ys << 2) + usize::from(y), level);
        }
    }
}

/// LastSignificantCoeffX, LastSignificantCoeffY (7.4.9.11, 9.3.4.2.3).
fn last_significant_position(
    cabac: &mut Cabac<'_>,
    contexts: &mut [Context; ctx::COUNT],
    log2: u32,
    chroma: bool,
    scan_idx: usize,
) -> (u32, u32) {
    let (offset, shift) = if chroma { (15, log2 - 2) } else { (3 * (log2 - 2) + ((log2 - 1) >> 2), (log2 + 1) >> 2) };
    let max = (log2 << 1) - 1;
    let mut prefix = |first: u8| {
        let mut value = 0;
        while value < max && cabac.decision(&mut contexts[usize::from(first.wrapping_add((offset + (value >> shift)) as u8))]) {
            value += 1;
        }
        value
    };
    let prefixes = [prefix(ctx::LAST_SIG_COEFF_X_PREFIX), prefix(ctx::LAST_SIG_COEFF_Y_PREFIX)];
    let [x, y] = prefixes.map(|prefix| {
        if prefix < 4 {
            return prefix;
        }
        let bits = (prefix >> 1) - 1;
        ((2 + (prefix & 1)) << bits) + cabac.bypass_bits(bits)
    });
    if scan_idx == 2 { (y, x) } else { (x, y) }
}

/// coeff_abs_level_remaining of every coefficient of a sub-block that has one (9.3.3.11).
fn read_remaining(
    cabac: &mut Cabac<'_>,
    stat_coeff: &mut [u8; 4],
    levels: &mut [i32; 16],
    count: usize,
    first_greater1: usize,
    tools: Tools,
) {
    let stat = &mut stat_coeff[tools.sb_type & 3];
    let mut rice = if tools.persistent_rice { u32::from(*stat >> 2) } else { 0 };
    let mut first = true;
    for k in 0..count {
        let base = levels[k & 15];
        let most = match k {
            8.. => 1,
            _ if k == first_greater1 => 3,
            _ => 2,
        };
        if base != most {
            continue;
        }
        let remaining = coeff_abs_level_remaining(cabac, rice, tools.extended_range);
        let abs = base.saturating_add(remaining.min(i32::MAX as u32) as i32);
        levels[k & 15] = abs;
        if i64::from(abs) > 3 * (1i64 << rice) {
            rice = if tools.persistent_rice { (rice + 1).min(31) } else { (rice + 1).min(4) };
        }
        if tools.persistent_rice && std::mem::take(&mut first) {
            update_stat_coeff(stat, remaining);
        }
    }
}

/// StatCoeff[ sbType ], at the first coeff_abs_level_remaining of a sub-block.
fn update_stat_coeff(stat: &mut u8, remaining: u32) {
    let k = u32::from(*stat >> 2).min(31);
    if u64::from(remaining) >= 3u64 << k {
        *stat = stat.saturating_add(1);
    } else if 2 * u64::from(remaining) < 1u64 << k && *stat > 0 {
        *stat -= 1;
    }
}

/// coeff_abs_level_remaining (9.3.3.11, 9.3.3.4): a unary prefix, then a suffix whose length follows from it.
#[inline]
fn coeff_abs_level_remaining(cabac: &mut Cabac<'_>, rice: u32, extended_range: Option<u32>) -> u32 {
    let max_prefix = extended_range.map_or(32, |range| 32 - range);
    let mut prefix = 0;
    while prefix < max_prefix && cabac.bypass() {
        prefix += 1;
    }
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
