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

impl Tools {
    /// Whether no tool of the range extensions is on.
    const fn is_plain(&self) -> bool {
        !self.single_sig_ctx && !self.persistent_rice && !self.bypass_alignment && self.extended_range.is_none()
    }
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
        if tools.is_plain() && sum.dequant.is_plain() {
            read_coefficients::<true>(&mut self.entropy.cabac, &mut self.entropy.state, &block, scan_idx, tools, &mut sum);
        } else {
            read_coefficients::<false>(&mut self.entropy.cabac, &mut self.entropy.state, &block, scan_idx, tools, &mut sum);
        }
        let coefs = sum.coefs;
        let squares = match rdpcm {
            Some(direction) => dequant.accumulated_squares(sum.buffer, block.log2_size, direction),
            None => sum.squares,
        };
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

    /// A level anywhere in a block whose factors are flat.
    #[inline(always)]
    fn add_flat(&mut self, level: i32) {
        let value = self.dequant.scale_flat(level);
        self.squares = self.squares.wrapping_add((value * value) as u64);
    }
}

/// The significant coefficients of a sub-block.
struct SubBlock {
    /// Scan positions, last one first.
    positions: [u8; 16],
    count: usize,
    levels: [i32; 16],
    /// Which coefficient coeff_abs_level_greater2_flag is coded for; beyond all where there is none.
    first_greater1: usize,
}

/// Everything of residual_coding( ) from last_sig_coeff_x_prefix on. `PLAIN` blocks use no tool of the range extensions,
/// and no scaling lists.
fn read_coefficients<const PLAIN: bool>(
    decoder: &mut Cabac<'_>,
    state: &mut EntropyState,
    block: &TransformBlock,
    scan_idx: usize,
    tools: Tools,
    sum: &mut Sum<'_>,
) {
    // A copy whose address nobody takes, so that it stays in registers.
    let mut cabac = decoder.clone();
    let cabac = &mut cabac;
    let contexts = &mut state.contexts;
    let log2 = block.log2_size;
    let chroma = block.c_idx > 0;
    let (last_x, last_y) = last_significant_position(cabac, contexts, log2, chroma, scan_idx);
    let scan = &COEFFICIENTS[scan_idx & 3];
    let sub_blocks = &SUB_BLOCKS[(log2 as usize - 2) & 3][scan_idx & 3];
    let last_sub_block =
        usize::from(SUB_BLOCK_INDEX[(log2 as usize - 2) & 3][scan_idx & 3][(((last_y >> 2) << 3) + (last_x >> 2)) as usize & 63]);
    let last_position = COEFFICIENT_INDEX[scan_idx & 3][(((last_y & 3) << 2) + (last_x & 3)) as usize];
    let sig = SigContexts::new(log2, chroma, scan_idx, !PLAIN && tools.single_sig_ctx);
    // coded_sub_block_flag of every sub-block, a bit for each column; none lies outside.
    let mut coded = [0u16; 16];
    let mut greater1_ctx = 1;
    for i in (0..=last_sub_block).rev() {
        let (xs, ys) = sub_blocks[i & 63];
        let (xs, ys) = (usize::from(xs), usize::from(ys));
        let right = (coded[ys & 7] >> (xs + 1) & 1) as u8;
        let below = (coded[(ys + 1) & 15] >> xs & 1) as u8;
        let middle = i < last_sub_block && i > 0;
        if middle {
            let increment = (right | below) + if chroma { 2 } else { 0 };
            if !cabac.decision(&mut contexts[usize::from(ctx::CODED_SUB_BLOCK_FLAG + increment)]) {
                continue;
            }
        }
        coded[ys & 7] |= 1 << xs;
        let (table, base) = sig.of_sub_block(right | below << 1, i > 0);
        let last = (i == last_sub_block).then_some(last_position);
        let mut sub_block = read_significance(cabac, contexts, table, base, sig.dc(i, table, base), last, middle);
        let count = sub_block.count;
        if count == 0 {
            continue;
        }
        sum.coefs += count as u32;
        // ctxSet (9.3.4.2.6).
        let mut ctx_set = if i == 0 || chroma { 0 } else { 2 };
        if i != last_sub_block && greater1_ctx == 0 {
            ctx_set += 1;
        }
        let escape = read_greater(cabac, contexts, &mut sub_block, ctx_set, chroma, &mut greater1_ctx);
        if !PLAIN && tools.bypass_alignment && escape {
            cabac.align_bypass();
        }
        // coeff_sign_flag: the last one in decoding order may be hidden in the parity of the sum.
        let positions = &sub_block.positions;
        let hidden = tools.sign_data_hiding && positions[0] - positions[(count - 1) & 15] > 3;
        let signs_coded = count as u32 - u32::from(hidden);
        let signs = (cabac.bypass_bits(signs_coded) << 1) << (31 - signs_coded);
        if escape {
            *cabac = read_remaining::<PLAIN>(cabac.clone(), &mut state.stat_coeff, &mut sub_block, tools);
        }
        let mut parity = 0;
        for k in 0..count {
            let abs = sub_block.levels[k & 15];
            parity ^= abs;
            let negative = (signs << k >> 31) | u32::from(hidden && k == count - 1) & parity as u32;
            let sign = -(negative as i32);
            let level = (abs ^ sign).wrapping_sub(sign);
            if PLAIN {
                sum.add_flat(level);
            } else {
                let (x, y) = scan[usize::from(sub_block.positions[k & 15]) & 15];
                sum.add((xs << 2) + usize::from(x), (ys << 2) + usize::from(y), level);
            }
        }
    }
    *decoder = cabac.clone();
}

/// Where the contexts of sig_coeff_flag of one block are (9.3.4.2.5).
struct SigContexts {
    tables: [&'static [u8; 16]; 4],
    /// Added to the tables' entries.
    base: u8,
    /// Added in sub-blocks but the first.
    not_first: u8,
    /// Of the coefficient at the top left of the block.
    dc: u8,
}

impl SigContexts {
    #[inline(always)]
    fn new(log2: u32, chroma: bool, scan_idx: usize, single: bool) -> Self {
        let dc = ctx::SIG_COEFF_FLAG + if chroma { 27 } else { 0 };
        let scan = scan_idx & 3;
        if single {
            let base = ctx::SIG_COEFF_FLAG + if chroma { 43 } else { 42 };
            return Self { tables: [&SIG_CTX_SINGLE; 4], base, not_first: 0, dc: base };
        }
        if log2 == 2 {
            return Self { tables: [&SIG_CTX_4X4[scan]; 4], base: dc, not_first: 0, dc };
        }
        let offset = match (chroma, log2, scan) {
            (false, 3, 0) => 9,
            (false, 3, _) => 15,
            (false, ..) => 21,
            (true, 3, _) => 9,
            (true, ..) => 12,
        };
        let tables = std::array::from_fn(|pattern| &SIG_CTX_PATTERN[pattern & 3][scan]);
        Self { tables, base: dc + offset, not_first: if chroma { 0 } else { 3 }, dc }
    }

    #[inline(always)]
    fn of_sub_block(&self, pattern: u8, not_first: bool) -> (&'static [u8; 16], u8) {
        (self.tables[usize::from(pattern) & 3], self.base + if not_first { self.not_first } else { 0 })
    }

    /// The context of a sub-block's own first coefficient.
    #[inline(always)]
    fn dc(&self, i: usize, table: &[u8; 16], base: u8) -> u8 {
        if i == 0 { self.dc } else { base.wrapping_add(table[0]) }
    }
}

/// sig_coeff_flag of a sub-block. `last` is the scan position of the block's last coefficient, where it lies in here;
/// `inferable` says that one flag may be inferred.
#[inline(always)]
fn read_significance(
    cabac: &mut Cabac<'_>,
    contexts: &mut [Context; ctx::COUNT],
    table: &[u8; 16],
    base: u8,
    dc: u8,
    last: Option<u8>,
    inferable: bool,
) -> SubBlock {
    let mut positions = [0u8; 16];
    let mut count = 0usize;
    let mut n = 15;
    if let Some(last) = last {
        positions[0] = last;
        count = 1;
        n = usize::from(last).wrapping_sub(1);
    }
    if n < 16 {
        while n > 0 {
            let sig = cabac.decision(&mut contexts[usize::from(base.wrapping_add(table[n & 15]))]);
            positions[count & 15] = n as u8;
            count += usize::from(sig);
            n -= 1;
        }
        let sig = (inferable && count == 0) || cabac.decision(&mut contexts[usize::from(dc)]);
        positions[count & 15] = 0;
        count += usize::from(sig);
    }
    SubBlock { positions, count: count & 31, levels: [1; 16], first_greater1: usize::MAX }
}

/// coeff_abs_level_greater1_flag and coeff_abs_level_greater2_flag (9.3.4.2.6, 9.3.4.2.7); gives escapeDataPresent.
#[inline(always)]
fn read_greater(
    cabac: &mut Cabac<'_>,
    contexts: &mut [Context; ctx::COUNT],
    sub_block: &mut SubBlock,
    ctx_set: u8,
    chroma: bool,
    greater1_ctx: &mut u8,
) -> bool {
    let base = ctx::COEFF_ABS_LEVEL_GREATER1_FLAG + if chroma { 16 } else { 0 } + 4 * ctx_set;
    let mut escape = sub_block.count > 8;
    let mut increment = 1u8;
    let flags = sub_block.count.min(8);
    let mut k = 0;
    while k < flags {
        let greater1 = cabac.decision(&mut contexts[usize::from(base.wrapping_add(increment))]);
        if greater1 {
            sub_block.levels[k & 15] = 2;
            increment = 0;
            if sub_block.first_greater1 == usize::MAX {
                sub_block.first_greater1 = k;
            } else {
                escape = true;
            }
        } else {
            increment = NEXT_GREATER1_CTX[usize::from(increment) & 3];
        }
        k += 1;
    }
    *greater1_ctx = increment;
    if let Some(level) = sub_block.levels.get_mut(sub_block.first_greater1) {
        let increment = ctx_set + if chroma { 4 } else { 0 };
        if cabac.decision(&mut contexts[usize::from(ctx::COEFF_ABS_LEVEL_GREATER2_FLAG + increment)]) {
            *level = 3;
            escape = true;
        }
    }
    escape
}

/// greater1Ctx after a coeff_abs_level_greater1_flag of 0.
const NEXT_GREATER1_CTX: [u8; 4] = [0, 2, 3, 3];

/// LastSignificantCoeffX, LastSignificantCoeffY (7.4.9.11, 9.3.4.2.3).
#[inline(always)]
fn last_significant_position(
    cabac: &mut Cabac<'_>,
    contexts: &mut [Context; ctx::COUNT],
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

/// coeff_abs_level_remaining of every coefficient of a sub-block that has one (9.3.3.11).
/// Takes the decoder and gives it back.
#[inline(never)]
fn read_remaining<'a, const PLAIN: bool>(
    mut cabac: Cabac<'a>,
    stat_coeff: &mut [u8; 4],
    sub_block: &mut SubBlock,
    tools: Tools,
) -> Cabac<'a> {
    let persistent_rice = !PLAIN && tools.persistent_rice;
    let extended_range = if PLAIN { None } else { tools.extended_range };
    let stat = &mut stat_coeff[tools.sb_type & 3];
    let mut rice = if persistent_rice { u32::from(*stat >> 2) } else { 0 };
    let most_rice = if persistent_rice { 31 } else { 4 };
    let mut first = true;
    for k in 0..sub_block.count {
        let base = sub_block.levels[k & 15];
        let most = match k {
            8.. => 1,
            _ if k == sub_block.first_greater1 => 3,
            _ => 2,
        };
        if base != most {
            continue;
        }
        let remaining = coeff_abs_level_remaining(&mut cabac, rice, extended_range);
        let abs = base.saturating_add(remaining.min(i32::MAX as u32) as i32);
        sub_block.levels[k & 15] = abs;
        if i64::from(abs) > 3 * (1i64 << rice) {
            rice = (rice + 1).min(most_rice);
        }
        if persistent_rice && std::mem::take(&mut first) {
            update_stat_coeff(stat, remaining);
        }
    }
    cabac
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
#[inline(always)]
fn coeff_abs_level_remaining(cabac: &mut Cabac<'_>, rice: u32, extended_range: Option<u32>) -> u32 {
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
