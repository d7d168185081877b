//! Residual samples of luma: the 2D inverse transform process (7.13.3), and the flips behind it (7.12.3), bit for bit.

use codecorpus_bitstream::butterflies::{Butterflies, COSINES_12, inverse_wht};

use super::transform::TxType;
use crate::sizes::TxSize;
use crate::tables::transforms::TRANSFORM_ROW_SHIFT;

/// SINPI_1_9 to SINPI_4_9 (7.13.2.6).
const SINES: [i64; 4] = [1321, 2482, 3344, 3803];

/// A transform of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dct,
    Adst,
    /// An ADST whose output is reversed.
    FlipAdst,
    Identity,
}

/// By TxType (6.10.19): of columns, then of rows.
const KINDS: [[Kind; 2]; 16] = {
    use Kind::{Adst, Dct, FlipAdst, Identity};
    [
        [Dct, Dct],
        [Adst, Dct],
        [Dct, Adst],
        [Adst, Adst],
        [FlipAdst, Dct],
        [Dct, FlipAdst],
        [FlipAdst, FlipAdst],
        [Adst, FlipAdst],
        [FlipAdst, Adst],
        [Identity, Identity],
        [Dct, Identity],
        [Identity, Dct],
        [Adst, Identity],
        [Identity, Adst],
        [FlipAdst, Identity],
        [Identity, FlipAdst],
    ]
};

/// Dequant of one transform block, by place, and what it becomes.
#[derive(Debug)]
pub(crate) struct Inverse {
    /// Rows of the transform's own length; zeros between blocks.
    values: Box<[i32; 4096]>,
    /// Rows that hold a coefficient.
    rows: usize,
    bit_depth: u32,
}

impl Inverse {
    #[must_use]
    pub(crate) fn new(bit_depth: u8) -> Self {
        Self { values: Box::new([0; 4096]), rows: 0, bit_depth: bit_depth.into() }
    }

    /// Keeps Dequant\[ row \]\[ column \].
    pub(crate) fn put(&mut self, row: usize, column: usize, tx_size: TxSize, value: i32) {
        let width = usize::from(tx_size.width());
        self.values[(row * width + column) & 4095] = value;
        self.rows = self.rows.max(row + 1);
    }

    /// The residual samples of a block with a transform type, or of a lossless one without; in rows of its own length.
    /// [`Inverse::clear`] is to follow.
    pub(crate) fn samples(&mut self, tx_size: TxSize, tx_type: Option<TxType>) -> &[i32] {
        let (width, height) = (usize::from(tx_size.width()), usize::from(tx_size.height()));
        let block = &mut self.values[..width * height];
        let Some(tx_type) = tx_type else {
            if let Some(block) = block.first_chunk_mut::<16>() {
                inverse_wht(block);
            }
            return block;
        };
        let [columns, rows] = KINDS[tx_type as usize];
        let is_half = width == 2 * height || height == 2 * width;
        let row_shift = u32::from(TRANSFORM_ROW_SHIFT[tx_size as usize]);
        let (row_range, column_range) = (self.bit_depth + 8, (self.bit_depth + 6).max(16));
        let end = 1 << (column_range - 1);
        for row in block.chunks_exact_mut(width).take(self.rows) {
            if is_half {
                row.iter_mut().for_each(|value| *value = scaled(*value, 2896));
            }
            inverse(row, row_range, rows);
            row.iter_mut().for_each(|value| *value = round_shift(*value, row_shift).clamp(-end, end - 1));
        }
        let mut column = [0; 64];
        let column = &mut column[..height];
        for x in 0..width {
            column.iter_mut().zip(block[x..].iter().step_by(width)).for_each(|(value, &row)| *value = row);
            inverse(column, column_range, columns);
            for (sample, &value) in block[x..].iter_mut().step_by(width).zip(&*column) {
                *sample = round_shift(value, 4);
            }
        }
        block
    }

    /// Empties it behind a block.
    pub(crate) fn clear(&mut self, tx_size: TxSize) {
        self.values[..usize::from(tx_size.width()) * usize::from(tx_size.height())].fill(0);
        self.rows = 0;
    }
}

/// Round2( ) (4.7).
fn round_shift(value: i32, shift: u32) -> i32 {
    (value + (1 << shift >> 1)) >> shift
}

/// Round2( value * factor, 12 ) (4.7).
fn scaled(value: i32, factor: i64) -> i32 {
    ((i64::from(value) * factor + (1 << 11)) >> 12) as i32
}

/// One dimension of a transform (7.13.2).
fn inverse(values: &mut [i32], range: u32, kind: Kind) {
    let n = values.len().ilog2();
    let mut t = Butterflies { t: values, cosines: &COSINES_12, range };
    match (kind, n) {
        (Kind::Dct, _) => t.inverse_dct(n),
        (Kind::Identity, _) => inverse_identity(values, n),
        (_, 2) => t.inverse_adst4(SINES),
        (_, 3) => inverse_adst8(&mut t),
        (_, _) => inverse_adst16(&mut t),
    }
    if kind == Kind::FlipAdst {
        values.reverse();
    }
}

/// Inverse identity transform process (7.13.2.15).
fn inverse_identity(values: &mut [i32], n: u32) {
    values.iter_mut().for_each(|value| {
        *value = match n {
            2 => scaled(*value, 5793),
            3 => *value * 2,
            4 => scaled(*value, 11586),
            _ => *value * 4,
        };
    });
}

/// Inverse ADST8 process (7.13.2.7).
fn inverse_adst8(t: &mut Butterflies<'_>) {
    t.permute_adst_input();
    (0..4).for_each(|i| t.rotate(2 * i, 2 * i + 1, 60 - 16 * i, true));
    (0..4).for_each(|i| t.hadamard(i, 4 + i, false));
    finish_adst(t);
}

/// Inverse ADST16 process (7.13.2.8).
fn inverse_adst16(t: &mut Butterflies<'_>) {
    t.permute_adst_input();
    (0..8).for_each(|i| t.rotate(2 * i, 2 * i + 1, 62 - 8 * i, true));
    (0..8).for_each(|i| t.hadamard(i, 8 + i, false));
    for i in 0..2 {
        t.rotate(8 + 2 * i, 9 + 2 * i, 56 - 32 * i, true);
        t.rotate(13 + 2 * i, 12 + 2 * i, 8 + 32 * i, true);
    }
    for begin in [0, 8] {
        (begin..begin + 4).for_each(|i| t.hadamard(i, 4 + i, false));
    }
    finish_adst(t);
}

/// The steps that both have in common (7.13.2.7, 7.13.2.8).
fn finish_adst(t: &mut Butterflies<'_>) {
    let size = t.t.len();
    for begin in (0..size).step_by(8) {
        t.rotate(begin + 4, begin + 5, 48, true);
        t.rotate(begin + 7, begin + 6, 16, true);
    }
    for begin in (0..size).step_by(4) {
        (begin..begin + 2).for_each(|i| t.hadamard(i, 2 + i, false));
    }
    (2..size).step_by(4).for_each(|i| t.rotate(i, i + 1, 32, true));
    t.permute_adst_output();
    t.t.iter_mut().skip(1).step_by(2).for_each(|value| *value = -*value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::residual::quantizer::energy_scale;
    use std::f64::consts::PI;

    #[test]
    fn sine_transforms_are_ones() {
        for n in 2..=4 {
            let size = 1usize << n;
            for k in 0..size {
                let mut t = vec![0; size];
                t[k] = 10_000;
                inverse(&mut t, 20, Kind::Adst);
                for (i, &value) in t.iter().enumerate() {
                    let (k, i) = (k as f64, i as f64);
                    let exact = match n {
                        2 => 2.0 * 2f64.sqrt() / 3.0 * ((i + 1.0) * (2.0 * k + 1.0) * PI / 9.0).sin(),
                        _ => ((2.0 * i + 1.0) * (2.0 * k + 1.0) * PI / (4.0 * size as f64)).sin(),
                    };
                    assert!((f64::from(value) - 10_000.0 * exact).abs() < 8.0, "{n} {k} {i}: {value} is not {exact}");
                }
            }
        }
    }

    #[test]
    fn samples_have_the_energy_that_is_reported() {
        let mut inverse = Inverse::new(10);
        for tx_size in TxSize::ALL {
            let longest = tx_size.width().max(tx_size.height());
            for tx_type in TxType::ALL {
                let is_cosine = tx_type == TxType::DctDct;
                let has_sine = KINDS[tx_type as usize].iter().any(|kind| matches!(kind, Kind::Adst | Kind::FlipAdst));
                if !is_cosine && longest > if has_sine { 16 } else { 32 } {
                    continue;
                }
                inverse.put(1, 2, tx_size, 20_000);
                let samples = inverse.samples(tx_size, Some(tx_type));
                let energy: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
                let told = 20_000f64.powi(2) * f64::from(energy_scale(tx_size, 8));
                assert!((energy / told - 1.0).abs() < 0.01, "{tx_size:?} {tx_type:?}: {energy} is not {told}");
                inverse.clear(tx_size);
            }
        }
    }
}
