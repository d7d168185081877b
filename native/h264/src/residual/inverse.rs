//! Residual samples of luma: scaling and the inverse transforms (8.5.6 to 8.5.13), bit for bit.

use codecorpus_bitstream::{Plane, PlanePosition, QpPrime};

use crate::headers::scaling_lists::ScalingLists;
use crate::residual::energy::{in_raster, norm_adjust_4x4, norm_adjust_8x8};
use crate::tables::scans::{SCANS, Scans, ZIGZAG_4X4, ZIGZAG_8X8};

/// What a list of luma levels is of; places are in 4x4 blocks of the macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LumaList {
    /// A 4x4 block; its list begins at scan position `first`.
    Block4x4 {
        x: usize,
        y: usize,
        first: usize,
    },
    Block8x8 {
        x: usize,
        y: usize,
    },
    /// Intra16x16DCLevel.
    Dc,
}

/// How levels are scaled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scaling {
    /// qP.
    pub(crate) qp: QpPrime,
    pub(crate) inter: bool,
    /// Whether field scans apply.
    pub(crate) field: bool,
}

/// The luma of one macroblock after another. Level scaling is that of one picture parameter set.
#[derive(Debug)]
pub(crate) struct Inverse {
    /// weightScale of the intra and the inter list, in raster order.
    matrices4x4: [[u8; 16]; 2],
    matrices8x8: [[u8; 64]; 2],
    bit_depth: u32,
    /// Scaled coefficients of the macroblock's 16x16 samples, each where its transform block has it.
    coefficients: Box<[i32; 256]>,
    /// The transform's side, once there is a coefficient.
    side: Option<usize>,
}

/// Samples of a macroblock's row.
const STRIDE: usize = 16;

impl Inverse {
    #[must_use]
    pub(crate) fn new(lists: &ScalingLists, bit_depth: u8) -> Self {
        Self {
            matrices4x4: [0, 3].map(|list| in_raster(&lists.lists4x4[list], &ZIGZAG_4X4)),
            matrices8x8: [0, 1].map(|list| in_raster(&lists.lists8x8[list], &ZIGZAG_8X8)),
            bit_depth: bit_depth.into(),
            coefficients: Box::new([0; 256]),
            side: None,
        }
    }

    /// Begins a macroblock.
    pub(crate) fn begin(&mut self) {
        if self.side.take().is_some() {
            self.coefficients.fill(0);
        }
    }

    /// Scales a list of levels. Lists of a macroblock with Intra16x16DCLevel come behind it.
    pub(crate) fn add(&mut self, of: LumaList, levels: &[i32; 64], scaling: Scaling) {
        let scans = &SCANS[usize::from(scaling.field)];
        match of {
            LumaList::Dc => self.add_dc(levels, scans, scaling),
            LumaList::Block4x4 { x, y, first } => self.add_4x4([x, y], levels, (scans, first), scaling),
            LumaList::Block8x8 { x, y } => self.add_8x8([x, y], levels, scans, scaling),
        }
    }

    /// Scaling and transformation process for DC transform coefficients of Intra_16x16 (8.5.10).
    fn add_dc(&mut self, levels: &[i32; 64], scans: &Scans, scaling: Scaling) {
        self.side = Some(4);
        let mut dc = [0; 16];
        scans.scan4x4.iter().zip(levels).for_each(|(&at, &level)| dc[usize::from(at)] = self.conforming(level.into()));
        for row in dc.chunks_exact_mut(4) {
            let [a, b, c, d] = hadamard([row[0], row[1], row[2], row[3]]);
            row.copy_from_slice(&[a, b, c, d]);
        }
        for column in 0..4 {
            let sums = hadamard([dc[column], dc[column + 4], dc[column + 8], dc[column + 12]]);
            for (row, sum) in sums.into_iter().enumerate() {
                let scaled = scale(sum, self.level_scale_4x4(0, scaling), scaling.qp.octaves() - 6);
                self.coefficients[4 * row * STRIDE + 4 * column] = self.conforming(scaled);
            }
        }
    }

    /// Scaling process for residual 4x4 blocks (8.5.12.1).
    fn add_4x4(&mut self, [x, y]: [usize; 2], levels: &[i32; 64], (scans, first): (&Scans, usize), scaling: Scaling) {
        self.side = Some(4);
        for (&at, &level) in scans.scan4x4[first..].iter().zip(levels).filter(|(_, level)| **level != 0) {
            let at = usize::from(at);
            let scaled = scale(self.conforming(level.into()), self.level_scale_4x4(at, scaling), scaling.qp.octaves() - 4);
            self.coefficients[(4 * y + at / 4) * STRIDE + 4 * x + at % 4] = self.conforming(scaled);
        }
    }

    /// Scaling of residual 8x8 blocks (8.5.13).
    fn add_8x8(&mut self, [x, y]: [usize; 2], levels: &[i32; 64], scans: &Scans, scaling: Scaling) {
        self.side = Some(8);
        for (&at, &level) in scans.scan8x8.iter().zip(levels).filter(|(_, level)| **level != 0) {
            let at = usize::from(at);
            let scaled = scale(self.conforming(level.into()), self.level_scale_8x8(at, scaling), scaling.qp.octaves() - 6);
            self.coefficients[(4 * y + at / 8) * STRIDE + 4 * x + at % 8] = self.conforming(scaled);
        }
    }

    /// LevelScale4x4 (8.5.9).
    fn level_scale_4x4(&self, at: usize, scaling: Scaling) -> i64 {
        let weight = self.matrices4x4[usize::from(scaling.inter)][at];
        i64::from(weight) * i64::from(norm_adjust_4x4(at, scaling.qp.remainder()))
    }

    /// LevelScale8x8 (8.5.9).
    fn level_scale_8x8(&self, at: usize, scaling: Scaling) -> i64 {
        let weight = self.matrices8x8[usize::from(scaling.inter)][at];
        i64::from(weight) * i64::from(norm_adjust_8x8(at, scaling.qp.remainder()))
    }

    /// No conforming bitstream holds values beyond this range, which keeps sums from overflowing in others.
    fn conforming(&self, value: i64) -> i32 {
        let end = 1i64 << (7 + self.bit_depth);
        value.clamp(-end, end - 1) as i32
    }

    /// Writes the macroblock's samples: zeros too, since another reading may have left some.
    pub(crate) fn finish(&mut self, plane: &mut Plane, position: PlanePosition) {
        match self.side {
            Some(4) => transform_all::<4>(&mut self.coefficients, transform_4),
            Some(_) => transform_all::<8>(&mut self.coefficients, transform_8),
            None => {}
        }
        plane.put(position, STRIDE, &self.coefficients[..]);
    }
}

/// level * LevelScale * 2^exponent, rounded.
fn scale(level: i32, level_scale: i64, exponent: i32) -> i64 {
    let product = i64::from(level) * level_scale;
    if exponent >= 0 { product << exponent } else { (product + (1 << (-exponent - 1))) >> -exponent }
}

/// Transforms every block that has a coefficient, in place, rows first.
fn transform_all<const N: usize>(samples: &mut [i32; 256], transform: fn([i32; N]) -> [i32; N]) {
    for y in (0..STRIDE).step_by(N) {
        for x in (0..STRIDE).step_by(N) {
            let begin = y * STRIDE + x;
            let mut block: [[i32; N]; N] =
                std::array::from_fn(|row| std::array::from_fn(|column| samples[begin + row * STRIDE + column]));
            if block.as_flattened().iter().all(|&coefficient| coefficient == 0) {
                continue;
            }
            block.iter_mut().for_each(|row| *row = transform(*row));
            for column in 0..N {
                let sums = transform(std::array::from_fn(|row| block[row][column]));
                for (row, sum) in sums.into_iter().enumerate() {
                    samples[begin + row * STRIDE + column] = (sum + 32) >> 6;
                }
            }
        }
    }
}

/// One dimension of the transform of DC coefficients (8-320), its own inverse but for a factor.
fn hadamard([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    [a + b + c + d, a + b - c - d, a - b - c + d, a - b + c - d]
}

/// One dimension of the transformation process for residual 4x4 blocks (8.5.12.2).
fn transform_4(d: [i32; 4]) -> [i32; 4] {
    let even = [d[0] + d[2], d[0] - d[2]];
    let odd = [d[1] + (d[3] >> 1), (d[1] >> 1) - d[3]];
    [even[0] + odd[0], even[1] + odd[1], even[1] - odd[1], even[0] - odd[0]]
}

/// One dimension of the transformation process for residual 8x8 blocks (8.5.13).
fn transform_8(d: [i32; 8]) -> [i32; 8] {
    let even = transform_4([d[0], d[2], d[4], d[6]]);
    let sums = [
        d[5] - d[3] - d[7] - (d[7] >> 1),
        d[1] + d[7] - d[3] - (d[3] >> 1),
        d[7] - d[1] + d[5] + (d[5] >> 1),
        d[3] + d[5] + d[1] + (d[1] >> 1),
    ];
    let odd = [sums[3] - (sums[0] >> 2), (sums[1] >> 2) - sums[2], sums[1] + (sums[2] >> 2), sums[0] + (sums[3] >> 2)];
    [
        even[0] + odd[0],
        even[1] + odd[1],
        even[2] + odd[2],
        even[3] + odd[3],
        even[3] - odd[3],
        even[2] - odd[2],
        even[1] - odd[1],
        even[0] - odd[0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::residual::energy::LevelWeights;

    /// The matrix of an integer transform, by what it makes of unit vectors that no shift rounds.
    fn basis<const N: usize>(transform: fn([i32; N]) -> [i32; N]) -> [[f64; N]; N] {
        std::array::from_fn(|k| {
            let mut unit = [0; N];
            unit[k] = 64;
            transform(unit).map(|value| f64::from(value) / 64.0)
        })
    }

    fn check_basis<const N: usize>(transform: fn([i32; N]) -> [i32; N]) {
        let rows = basis(transform);
        for (j, a) in rows.iter().enumerate() {
            for (k, b) in rows.iter().enumerate() {
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert_eq!(product == 0.0, j != k, "{j} and {k}: {product}");
            }
            // As many changes of sign as its index: a cosine transform's order.
            let changes = a.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
            assert_eq!(changes, j);
        }
    }

    #[test]
    fn bases_are_orthogonal_and_ordered_by_frequency() {
        check_basis(transform_4);
        check_basis(transform_8);
    }

    #[test]
    fn samples_have_the_energy_that_is_reported() {
        let lists = ScalingLists::default();
        let weights = LevelWeights::new(&lists, false);
        let scaling = Scaling { qp: QpPrime::new(36, 8), inter: false, field: false };
        for (levels, of, k) in [(16, LumaList::Block4x4 { x: 1, y: 2, first: 0 }, 7), (64, LumaList::Block8x8 { x: 2, y: 0 }, 33)]
        {
            let mut inverse = Inverse::new(&lists, 8);
            let mut list = [0; 64];
            list[k] = 3;
            inverse.begin();
            inverse.add(of, &list, scaling);
            let mut plane = Plane::new(16, 16);
            inverse.finish(&mut plane, PlanePosition { x: 0, y: 0, step: 1 });
            let energy: f32 = plane.into_samples().iter().map(|&s| f32::from(s) * f32::from(s)).sum();
            let weight = if levels == 16 { weights.weights4x4[0][0][k] } else { weights.weights8x8[0][0][k] };
            let told = 9.0 * weight * crate::residual::energy::octave(scaling.qp, 8);
            assert!((energy / told - 1.0).abs() < 0.02, "{energy} is not {told}");
        }
    }
}
