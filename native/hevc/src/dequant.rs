//! Scaling of transform coefficients (8.6.4.2) and residual modification (8.6.5, 8.6.6, 8.6.8), as far as energy needs them.

use crate::residual::TransformBlock;
use crate::slice_data::SliceDecoder;
use crate::tables::qp::LEVEL_SCALE;

/// The direction in which residual samples are accumulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rdpcm {
    Horizontal,
    Vertical,
}

/// How coefficient levels of one block become values whose squares are summed: coefficients, or residual samples
/// where there is no transform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dequant<'a> {
    pub(crate) log2_size: u32,
    /// Whether the values are samples that are to be accumulated.
    pub(crate) keep_samples: bool,
    /// Whether the samples of a 4x4 block are rotated by a half turn.
    rotate: bool,
    /// Factors m by position; 16 everywhere where there are none.
    matrix: Option<&'a [u8]>,
    /// levelScale[ qP % 6 ] << ( qP / 6 ); 0 where transform and quantisation are bypassed.
    level_scale: i64,
    bd_shift: u32,
    /// coeffMax.
    max: i64,
    /// The largest level that scaling multiplies with [`Dequant::factor`], without rounding or clipping; 0 where it rounds.
    pub(crate) largest_whole: u32,
    /// Where the transform is skipped and samples are accumulated: tsShift, and the shift to residual samples.
    skip: Option<(u32, u32)>,
    /// What the sum of squares is multiplied by to be in (8-bit samples)^2.
    pub(crate) weight: f64,
}

/// 4^n, n of no more than three digits: a power of two is an exponent alone.
const fn four_to_the(n: i32) -> f64 {
    f64::from_bits(((1023 + 2 * n) as u64) << 52)
}

impl<'a> SliceDecoder<'a> {
    fn bit_depth(&self, c_idx: u8) -> u32 {
        let bit_depth = self.inputs.sps.bit_depth;
        u32::from(if c_idx == 0 { bit_depth.luma } else { bit_depth.chroma })
    }

    /// log2TransformRange (8.6.4.2).
    pub(crate) fn transform_range(&self, c_idx: u8) -> u32 {
        if self.inputs.sps.range.extended_precision_processing_flag { (self.bit_depth(c_idx) + 6).max(15) } else { 15 }
    }

    pub(crate) fn dequant(&self, block: &TransformBlock, transform_skip_flag: bool, rdpcm: bool) -> Dequant<'a> {
        let range = &self.inputs.sps.range;
        let bit_depth = self.bit_depth(block.c_idx);
        let transform_range = self.transform_range(block.c_idx);
        let qp = self.qp.prime(usize::from(block.c_idx), self.context.cu_qp_offset).max(0) as u32;
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
        let level_scale = if bypass { 0 } else { LEVEL_SCALE[(qp % 6) as usize] << (qp / 6).min(16) };
        let bd_shift = bit_depth + block.log2_size + 10 - transform_range;
        let max = (1 << transform_range) - 1;
        let factor = 16 * level_scale >> bd_shift;
        Dequant {
            log2_size: block.log2_size,
            keep_samples: rdpcm,
            rotate: range.transform_skip_rotation_enabled_flag && raw && block.log2_size == 2 && self.cu.intra,
            matrix: self.scaling_matrix(block, transform_skip_flag),
            level_scale,
            bd_shift,
            max,
            largest_whole: if factor << bd_shift == 16 * level_scale && factor > 0 { (max / factor) as u32 } else { 0 },
            skip: (transform_skip_flag && rdpcm).then_some((ts_shift, shift)),
            weight: four_to_the(to_samples - (bit_depth as i32 - 8)),
        }
    }

    /// ScalingFactor of the block; none where m is 16.
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
    /// Whether [`Dequant::scale_flat`] says it all.
    pub(crate) const fn is_plain(&self) -> bool {
        !self.keep_samples && self.matrix.is_none() && self.level_scale != 0
    }

    /// The squares of scaled coefficients from those of levels up to `largest_whole`.
    pub(crate) fn whole_squares(&self, level_squares: u64) -> u64 {
        let factor = (16 * self.level_scale >> self.bd_shift) as u64;
        level_squares.wrapping_mul(factor.wrapping_mul(factor))
    }

    /// The scaled coefficient (8.6.4.2) of a level where m is 16 everywhere.
    #[inline(always)]
    pub(crate) fn scale_flat(&self, level: i32) -> i64 {
        let scaled = (i64::from(level) * (16 * self.level_scale) + (1 << (self.bd_shift - 1))) >> self.bd_shift;
        scaled.clamp(-self.max - 1, self.max)
    }

    /// The scaled coefficient (8.6.4.2), or the residual sample where there is no transform, of a level.
    #[inline(always)]
    pub(crate) fn scale(&self, x: usize, y: usize, level: i32) -> i64 {
        let level = i64::from(level).clamp(-self.max - 1, self.max);
        if self.level_scale == 0 {
            return level;
        }
        let m = match self.matrix {
            None => 16,
            Some(matrix) => i64::from(matrix.get((y << self.log2_size) + x).copied().unwrap_or(16)),
        };
        let scaled = (level * (m * self.level_scale) + (1 << (self.bd_shift - 1))) >> self.bd_shift;
        let scaled = scaled.clamp(-self.max - 1, self.max);
        match self.skip {
            None => scaled,
            Some((ts_shift, 0)) => scaled << ts_shift,
            Some((ts_shift, shift)) => ((scaled << ts_shift) + (1 << (shift - 1))) >> shift,
        }
    }

    /// Sum of squares of the samples after accumulation (8.6.5, 8.6.6); empties the buffer.
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
