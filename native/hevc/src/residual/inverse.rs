//! Residual samples of luma: transformation (8.6.4) and residual modification (8.6.5), bit for bit.
//!
//! Without extended_precision_processing_flag, which is refused: coefficients and what stands between the two stages have 16 bits.

use codecorpus_bitstream::{ParseError, Plane, PlanePosition, Result};

use crate::headers::sps::Sps;

/// The direction in which residual samples are accumulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rdpcm {
    Horizontal,
    Vertical,
}

/// Residual samples of a block with RDPCM, in raster order.
#[derive(Debug)]
pub(crate) struct RdpcmBuffer(pub(crate) [i32; 1024]);

impl Default for RdpcmBuffer {
    fn default() -> Self {
        Self([0; 1024])
    }
}

/// How coefficients become residual samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Dct,
    /// DST-VII, of intra 4x4 luma blocks.
    Dst,
    /// transform_skip_flag: scaled coefficients that are still to be shifted.
    Skip,
    /// The values are samples already: cu_transquant_bypass_flag, or transform_skip_flag with accumulation.
    Samples,
}

/// What is done to a block whose values are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Modification {
    pub(crate) step: Step,
    /// Whether the samples of a 4x4 block are rotated by a half turn.
    pub(crate) rotate: bool,
    pub(crate) rdpcm: Option<Rdpcm>,
}

/// Values of a luma block, by place, until they are all known.
#[derive(Debug)]
pub(crate) struct Inverse {
    bit_depth: u32,
    /// Rows of the block's own length; zeros between blocks.
    values: Box<[i32; 1024]>,
    /// Columns and rows that hold a value.
    width: usize,
    height: usize,
}

impl Inverse {
    /// # Errors
    /// A stream whose samples 16 bits do not hold.
    pub(crate) fn new(sps: &Sps) -> Result<Self> {
        if sps.range.extended_precision_processing_flag {
            let reason = "residual samples of extended precision are not read";
            return Err(ParseError::unsupported("extended_precision_processing_flag", reason));
        }
        if sps.bit_depth.luma > 15 {
            return Err(ParseError::unsupported("bit_depth_luma_minus8", "residual samples of 16 bits are not read"));
        }
        Ok(Self { bit_depth: sps.bit_depth.luma.into(), values: Box::new([0; 1024]), width: 0, height: 0 })
    }

    /// Keeps a scaled coefficient or sample.
    pub(crate) fn put(&mut self, x: usize, y: usize, log2_size: u32, value: i64) {
        self.values[((y << log2_size) + x) & 1023] = value as i32;
        self.width = self.width.max(x + 1);
        self.height = self.height.max(y + 1);
    }

    /// Writes the block's residual samples, and is empty then.
    pub(crate) fn finish(&mut self, plane: &mut Plane, [x, y]: [u32; 2], log2_size: u32, modification: Modification) {
        let shift = 20u32.saturating_sub(self.bit_depth);
        match (modification.step, log2_size) {
            (Step::Dct, 2) => self.transform::<4>(shift, &DCT_4),
            (Step::Dct, 3) => self.transform::<8>(shift, &DCT_8),
            (Step::Dct, 4) => self.transform::<16>(shift, &DCT_16),
            (Step::Dct, _) => self.transform::<32>(shift, &DCT_32),
            (Step::Dst, _) => self.transform::<4>(shift, &DST_VII),
            (Step::Skip, _) => {
                let ts_shift = 5 + log2_size;
                self.block(log2_size).iter_mut().for_each(|value| *value = round_shift(*value << ts_shift, shift));
            }
            (Step::Samples, _) => {}
        }
        let block = self.block(log2_size);
        if modification.rotate {
            block.reverse();
        }
        if let Some(direction) = modification.rdpcm {
            accumulate(block, 1 << log2_size, direction);
        }
        plane.put(PlanePosition { x: x as usize, y: y as usize, step: 1 }, 1 << log2_size, block);
        block.fill(0);
        (self.width, self.height) = (0, 0);
    }

    fn block(&mut self, log2_size: u32) -> &mut [i32] {
        &mut self.values[..1 << (2 * log2_size.min(5))]
    }

    /// Transformation process for scaled transform coefficients (8.6.4.2): columns, then rows, and the shift to samples.
    fn transform<const N: usize>(&mut self, shift: u32, basis: &[[i32; N]; N]) {
        let (width, height) = (self.width.min(N), self.height.min(N));
        let block = &mut self.values[..N * N];
        let mut columns = [[0; N]; N];
        for (coefficients, basis) in block.chunks_exact(N).zip(basis).take(height) {
            for (sums, &factor) in columns.iter_mut().zip(basis) {
                sums.iter_mut().zip(coefficients).take(width).for_each(|(sum, &coefficient)| *sum += factor * coefficient);
            }
        }
        for (samples, values) in block.chunks_exact_mut(N).zip(&columns) {
            let mut sums = [0; N];
            for (&value, basis) in values.iter().zip(basis).take(width) {
                let value = ((value + 64) >> 7).clamp(i16::MIN.into(), i16::MAX.into());
                sums.iter_mut().zip(basis).for_each(|(sum, &factor)| *sum += factor * value);
            }
            samples.iter_mut().zip(sums).for_each(|(sample, sum)| *sample = round_shift(sum, shift));
        }
    }
}

fn round_shift(value: i32, shift: u32) -> i32 {
    (value + (1 << shift >> 1)) >> shift
}

/// Directional residual modification (8.6.5).
fn accumulate(block: &mut [i32], size: usize, direction: Rdpcm) {
    let (line, step) = if direction == Rdpcm::Horizontal { (size, 1) } else { (1, size) };
    for begin in (0..size).map(|i| i * line) {
        for i in 1..size {
            let at = begin + i * step;
            block[at] = block[at].wrapping_add(block[at - step]);
        }
    }
}

/// transMatrix where trType is 1 (8.6.4.2).
static DST_VII: [[i32; 4]; 4] = [[29, 55, 74, 84], [74, 74, 0, -74], [84, -29, -74, 55], [55, -84, 74, -29]];

/// transMatrix of 32 points (8.6.4.2), as cosines: what stands for 64 sqrt( 2 ) cos( j pi / 64 ), and 64 for the flat row.
const COSINES: [i32; 33] = [
    64, 90, 90, 90, 89, 88, 87, 85, 83, 82, 80, 78, 75, 73, 70, 67, 64, 61, 57, 54, 50, 46, 43, 38, 36, 31, 25, 22, 18, 13, 9, 4,
    0,
];

static DCT_4: [[i32; 4]; 4] = dct_basis();
static DCT_8: [[i32; 8]; 8] = dct_basis();
static DCT_16: [[i32; 16]; 16] = dct_basis();
static DCT_32: [[i32; 32]; 32] = dct_basis();

/// The first N columns of every 32 / N-th row of transMatrix: a row for each coefficient.
const fn dct_basis<const N: usize>() -> [[i32; N]; N] {
    let mut basis = [[0; N]; N];
    let mut k = 0;
    while k < N {
        let mut n = 0;
        while n < N {
            // Of a full turn of 128.
            let angle = (2 * n + 1) * k * (32 / N) % 128;
            let half = if angle > 64 { 128 - angle } else { angle };
            basis[k][n] = if half > 32 { -COSINES[64 - half] } else { COSINES[half] };
            n += 1;
        }
        k += 1;
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_the_standards() {
        assert_eq!(DCT_4, [[64, 64, 64, 64], [83, 36, -36, -83], [64, -64, -64, 64], [36, -83, 83, -36]]);
        assert_eq!(DCT_8[1], [89, 75, 50, 18, -18, -50, -75, -89]);
        assert_eq!(DCT_16[1][..8], [90, 87, 80, 70, 57, 43, 25, 9]);
        assert_eq!(DCT_32[31][..8], [4, -13, 22, -31, 38, -46, 54, -61]);
    }

    fn inverse(bit_depth: u32) -> Inverse {
        Inverse { bit_depth, values: Box::new([0; 1024]), width: 0, height: 0 }
    }

    #[test]
    fn a_flat_block_is_flat() {
        let mut plane = Plane::new(32, 32);
        let mut inverse = inverse(8);
        for log2_size in 2..=5 {
            inverse.put(0, 0, log2_size, 64);
            let plain = Modification { step: Step::Dct, rotate: false, rdpcm: None };
            inverse.finish(&mut plane, [0, 0], log2_size, plain);
            // 64 * 64 / 2^7, then the same over 2^12.
            let row = plane.clone().into_samples();
            assert!(row[..1 << log2_size].iter().all(|&sample| sample == 1), "{log2_size}");
        }
    }

    #[test]
    fn samples_turn_and_add_up() {
        let mut plane = Plane::new(4, 4);
        let mut inverse = inverse(8);
        inverse.put(3, 3, 2, 5);
        inverse.put(1, 2, 2, -7);
        let lossless = Modification { step: Step::Samples, rotate: true, rdpcm: Some(Rdpcm::Horizontal) };
        inverse.finish(&mut plane, [0, 0], 2, lossless);
        assert_eq!(plane.into_samples(), [5, 5, 5, 5, 0, 0, -7, -7, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
