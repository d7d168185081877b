//! Scaling process for transform coefficients (8.6.3) and residual modification (8.6.5, 8.6.6, 8.6.8), as far as energy needs them.

use codecorpus_bitstream::QpPrime;

use crate::block::coding_unit::TransformBlock;
use crate::residual::inverse::Rdpcm;
use crate::state::SliceSegmentReader;
use crate::tables::qp::LEVEL_SCALE;

/// Scaling process for transform coefficients (8.6.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scaling {
    /// m * levelScale[ qP % 6 ] << ( qP / 6 ), where m is 16.
    factor: i64,
    bd_shift: u32,
    /// coeffMax.
    max: i64,
}

impl Scaling {
    pub(crate) fn new(qp: QpPrime, bit_depth: u32, log2_size: u32, transform_range: u32) -> Self {
        let bd_shift = bit_depth + log2_size + 10 - transform_range;
        Self { factor: FACTORS[usize::from(qp.value()) & 127], bd_shift, max: (1 << transform_range) - 1 }
    }

    /// The scaled coefficient of a level where m is 16.
    #[inline(always)]
    pub(crate) fn scale(&self, level: i32) -> i64 {
        let scaled = (i64::from(level) * self.factor + (1 << (self.bd_shift - 1))) >> self.bd_shift;
        scaled.clamp(-self.max - 1, self.max)
    }

    /// What levels up to `largest` are multiplied with, where nothing is rounded or clipped.
    #[inline(always)]
    pub(crate) fn whole_factor(&self, largest: u32) -> Option<u64> {
        let factor = self.factor >> self.bd_shift;
        let whole = factor << self.bd_shift == self.factor && i64::from(largest) * factor <= self.max;
        whole.then_some(factor as u64)
    }
}

/// By qP: 16 * levelScale[ qP % 6 ] << ( qP / 6 ).
static FACTORS: [i64; 128] = {
    let mut table = [0; 128];
    let mut qp = 0;
    while qp < 128 {
        table[qp] = (16 * LEVEL_SCALE[qp % 6]) << (qp / 6);
        qp += 1;
    }
    table
};

/// How coefficient levels of one block become values whose squares are summed: coefficients, or residual samples
/// where there is no transform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dequant<'a> {
    pub(crate) log2_size: u32,
    /// Whether the values are samples that are to be accumulated.
    pub(crate) keep_samples: bool,
    /// Whether the samples of a 4x4 block are rotated by a half turn.
    pub(crate) rotate: bool,
    /// Factors m by position; 16 everywhere where there are none.
    matrix: Option<&'a [u8]>,
    pub(crate) scaling: Scaling,
    /// Whether levels are samples: cu_transquant_bypass_flag.
    bypass: bool,
    /// Where the transform is skipped and samples are accumulated: tsShift, and the shift to residual samples.
    skip: Option<(u32, u32)>,
    /// What the sum of squares is multiplied by to be in (8-bit samples)^2.
    pub(crate) weight: f64,
}

/// 4^n, n of no more than three digits: a power of two is an exponent alone.
const fn four_to_the(n: i32) -> f64 {
    f64::from_bits(((1023 + 2 * n) as u64) << 52)
}

impl<'a> SliceSegmentReader<'a> {
    fn bit_depth(&self, c_idx: u8) -> u32 {
        let bit_depth = self.inputs.sps.bit_depth;
        u32::from(if c_idx == 0 { bit_depth.luma } else { bit_depth.chroma })
    }

    /// log2TransformRange (8.6.3).
    pub(crate) fn transform_range(&self, c_idx: u8) -> u32 {
        if self.inputs.sps.range.extended_precision_processing_flag { (self.bit_depth(c_idx) + 6).max(15) } else { 15 }
    }

    /// Scaling of a block whose parameter sets say nothing special, and what the sum of squares is multiplied by.
    pub(crate) fn plain_scaling(&self, block: &TransformBlock) -> (Scaling, f64) {
        let scaling = Scaling::new(self.qp_prime(block.c_idx), self.bit_depth(block.c_idx), block.log2_size, 15);
        // The transform's basis is 64 sqrt( nTbS ) times an orthonormal one, in either direction; a skipped transform
        // scales as a transform does.
        (scaling, four_to_the(block.log2_size as i32 - 7))
    }

    /// qP of a transform unit (8.6.2).
    #[inline(always)]
    fn qp_prime(&self, c_idx: u8) -> QpPrime {
        let (c_idx, cu_qp_offset) = (usize::from(c_idx), self.picture_state.cu_qp_offset);
        if self.qp.tu_residual_act_flag {
            return self.qp.prime_of_colour_transform(c_idx, cu_qp_offset);
        }
        self.qp.prime(c_idx, cu_qp_offset)
    }

    /// How a block of any tools is scaled and transformed (8.6.2).
    pub(crate) fn dequant(&self, block: &TransformBlock, transform_skip_flag: bool, rdpcm: bool) -> Dequant<'a> {
        let range = &self.inputs.sps.range;
        let bit_depth = self.bit_depth(block.c_idx);
        let transform_range = self.transform_range(block.c_idx);
        // The second stage's shift, to residual samples (8.6.2).
        let shift = (20u32.saturating_sub(bit_depth)).max(if range.extended_precision_processing_flag { 11 } else { 0 });
        let ts_shift =
            if range.extended_precision_processing_flag { shift.saturating_sub(2).min(5) } else { 5 } + block.log2_size;
        let bypass = self.cu.cu_transquant_bypass_flag;
        let raw = bypass || transform_skip_flag;
        // Only samples that are accumulated need to be whole: a skipped transform scales as a transform does.
        let samples = bypass || (transform_skip_flag && rdpcm);
        // The transform's basis is 64 sqrt( nTbS ) times an orthonormal one, in either direction.
        let to_samples = match (samples, transform_skip_flag) {
            (true, _) => 0,
            (false, true) => ts_shift as i32 - shift as i32,
            (false, false) => 12 + block.log2_size as i32 - 7 - shift as i32,
        };
        Dequant {
            log2_size: block.log2_size,
            keep_samples: rdpcm,
            rotate: range.transform_skip_rotation_enabled_flag && raw && block.log2_size == 2 && self.cu.intra,
            matrix: self.scaling_matrix(block, transform_skip_flag),
            scaling: Scaling::new(self.qp_prime(block.c_idx), bit_depth, block.log2_size, transform_range),
            bypass,
            skip: (transform_skip_flag && rdpcm).then_some((ts_shift, shift)),
            weight: four_to_the(to_samples - (bit_depth as i32 - 8)),
        }
    }

    /// ScalingFactor of the block (8.6.3); none where m is 16.
    fn scaling_matrix(&self, block: &TransformBlock, transform_skip_flag: bool) -> Option<&'a [u8]> {
        let enabled = self.inputs.sps.scaling.as_ref()?;
        if transform_skip_flag && block.log2_size > 2 {
            return None;
        }
        let matrix_id = usize::from(block.c_idx) + if self.cu.intra { 0 } else { 3 };
        Some(self.inputs.pps.scaling.as_ref().unwrap_or(enabled).of(block.log2_size, matrix_id))
    }
}

impl Dequant<'_> {
    /// The scaled coefficient (8.6.3), or the residual sample where there is no transform, of a level.
    pub(crate) fn scale(&self, x: usize, y: usize, level: i32) -> i64 {
        let Scaling { factor, bd_shift, max } = self.scaling;
        let level = i64::from(level).clamp(-max - 1, max);
        if self.bypass {
            return level;
        }
        let m = match self.matrix {
            None => 16,
            Some(matrix) => i64::from(matrix.get((y << self.log2_size) + x).copied().unwrap_or(16)),
        };
        let scaled = (level * (m * (factor >> 4)) + (1 << (bd_shift - 1))) >> bd_shift;
        let scaled = scaled.clamp(-max - 1, max);
        match self.skip {
            None => scaled,
            Some((ts_shift, 0)) => scaled << ts_shift,
            Some((ts_shift, shift)) => ((scaled << ts_shift) + (1 << (shift - 1))) >> shift,
        }
    }

    /// Sum of squares of the samples after accumulation (8.6.5); empties the buffer.
    #[cold]
    pub(crate) fn accumulated_squares(&self, buffer: &mut [i32; 1024], log2_size: u32, direction: Rdpcm) -> u64 {
        let n = 1usize << log2_size;
        let block = &mut buffer[..n * n];
        if self.rotate {
            block.reverse();
        }
        let mut squares = 0u64;
        for line in 0..n {
            let mut sum = 0i64;
            for i in 0..n {
                sum += i64::from(block[if direction == Rdpcm::Horizontal { line * n + i } else { i * n + line }]);
                squares = squares.wrapping_add(sum.wrapping_mul(sum) as u64);
            }
        }
        block.fill(0);
        squares
    }
}
