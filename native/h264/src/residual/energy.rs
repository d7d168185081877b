//! What a coefficient level contributes to the residual's energy: level scaling (8.5.9, 8.5.12, 8.5.13) and the norms of the
//! inverse transforms' basis functions, so that by Parseval energies sum to that of the residual samples.
//!
//! The rounding of scaled levels at low QP is left out.

use codecorpus_bitstream::QpPrime;

use crate::headers::scaling_lists::ScalingLists;
use crate::tables::scaling::{NORM_ADJUST_4X4, NORM_ADJUST_8X8};
use crate::tables::scans::{SCANS, ZIGZAG_4X4, ZIGZAG_8X8};

/// Energy of a level of 1 at qP below 6; it quadruples every 6. In scan order: by list, then qP % 6.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LevelWeights {
    pub(crate) weights4x4: [[[f32; 16]; 6]; 6],
    pub(crate) weights8x8: [[[f32; 64]; 6]; 6],
}

/// Squared norms of the rows of the inverse 4x4 transform (8.5.12.2).
const NORMS_4: [f64; 4] = [4.0, 2.5, 4.0, 2.5];
/// And of the inverse 8x8 transform (8.5.13).
const NORMS_8: [f64; 8] = [8.0, 9.031_25, 5.0, 9.031_25, 8.0, 9.031_25, 5.0, 9.031_25];

impl Default for LevelWeights {
    fn default() -> Self {
        Self { weights4x4: [[[0.0; 16]; 6]; 6], weights8x8: [[[0.0; 64]; 6]; 6] }
    }
}

impl LevelWeights {
    /// For frame macroblocks (zig-zag scan) or field macroblocks (field scan).
    #[must_use]
    pub(crate) fn new(lists: &ScalingLists, field: bool) -> Self {
        let scans = &SCANS[usize::from(field)];
        let mut weights = Self::default();
        for list in 0..6 {
            let matrix4x4 = in_raster(&lists.lists4x4[list], &ZIGZAG_4X4);
            let matrix8x8 = in_raster(&lists.lists8x8[list], &ZIGZAG_8X8);
            for remainder in 0..6 {
                for (k, &position) in scans.scan4x4.iter().enumerate() {
                    weights.weights4x4[list][remainder][k] =
                        weight4x4(position as usize, matrix4x4[position as usize], remainder);
                }
                for (k, &position) in scans.scan8x8.iter().enumerate() {
                    weights.weights8x8[list][remainder][k] =
                        weight8x8(position as usize, matrix8x8[position as usize], remainder);
                }
            }
        }
        weights
    }
}

/// Inverse scanning of a scaling list (8.5.6, 8.5.7): by zig-zag whatever the macroblock is.
pub(crate) fn in_raster<const N: usize>(list: &[u8; N], zigzag: &[u8; N]) -> [u8; N] {
    let mut matrix = [0; N];
    zigzag.iter().zip(list).for_each(|(&position, &entry)| matrix[position as usize] = entry);
    matrix
}

/// normAdjust4x4 (8-315) at a raster position.
pub(crate) fn norm_adjust_4x4(position: usize, remainder: usize) -> u8 {
    NORM_ADJUST_4X4[remainder][match (position / 4 % 2, position % 2) {
        (0, 0) => 0,
        (1, 1) => 1,
        _ => 2,
    }]
}

/// normAdjust8x8 (8-318) at a raster position.
pub(crate) fn norm_adjust_8x8(position: usize, remainder: usize) -> u8 {
    NORM_ADJUST_8X8[remainder][match (position / 8 % 4, position % 4) {
        (0, 0) => 0,
        (1 | 3, 1 | 3) => 1,
        (2, 2) => 2,
        (0, 1 | 3) | (1 | 3, 0) => 3,
        (0, 2) | (2, 0) => 4,
        _ => 5,
    }]
}

/// Of a level of a 4x4 block (8.5.12.1, 8.5.12.2), at a raster position.
fn weight4x4(position: usize, scale: u8, remainder: usize) -> f32 {
    let (row, column) = (position / 4, position % 4);
    let norm_adjust = norm_adjust_4x4(position, remainder);
    // d = level * LevelScale * 2^(qP / 6 - 4), and residual samples are 1 / 64 of the transform's output.
    let d = f64::from(scale) * f64::from(norm_adjust) / 16.0;
    (d * d * NORMS_4[row] * NORMS_4[column] / 4096.0) as f32
}

/// Of a level of an 8x8 block (8.5.13), at a raster position.
fn weight8x8(position: usize, scale: u8, remainder: usize) -> f32 {
    let (row, column) = (position / 8, position % 8);
    let norm_adjust = norm_adjust_8x8(position, remainder);
    let d = f64::from(scale) * f64::from(norm_adjust) / 64.0;
    (d * d * NORMS_8[row] * NORMS_8[column] / 4096.0) as f32
}

/// 4^(qP / 6) over 4^(bit depth - 8).
#[must_use]
pub(crate) fn octave(qp: QpPrime, bit_depth: u8) -> f32 {
    let exponent = 2 * (qp.octaves() - (i32::from(bit_depth) - 8));
    f32::from_bits(((127 + exponent) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_lists_give_the_quantiser_step() {
        // With flat lists a level of 1 is one step, whose square every coefficient's energy is near: normAdjust is whole numbers.
        let weights = LevelWeights::new(&ScalingLists::default(), false);
        for qp in 0..52 {
            let step = 2f32.powf((qp - 4) as f32 / 6.0);
            let qp = QpPrime::new(qp, 8);
            for k in 0..16 {
                let energy = weights.weights4x4[0][qp.remainder()][k] * octave(qp, 8);
                assert!((energy / (step * step) - 1.0).abs() < 0.12, "4x4 {k} at {qp:?}: {energy}");
            }
            for k in 0..64 {
                let energy = weights.weights8x8[0][qp.remainder()][k] * octave(qp, 8);
                assert!((energy / (step * step) - 1.0).abs() < 0.12, "8x8 {k} at {qp:?}: {energy}");
            }
        }
    }
}
