//! Residual samples of luma: the 2D inverse transform process (8.7.2), bit for bit.

use codecorpus_bitstream::butterflies::{Butterflies, COSINES_14, inverse_wht};

use super::transform::TxType;

/// SINPI_1_9 to SINPI_4_9 (8.7.1.6).
const SINES: [i64; 4] = [5283, 9929, 13377, 15212];

/// Dequant of one transform block, by place, and what it becomes.
#[derive(Debug)]
pub(crate) struct Inverse {
    /// Rows of the transform's own length; zeros between blocks.
    values: Box<[i32; 1024]>,
    /// Rows that hold a coefficient.
    rows: usize,
    /// Bits that T has in conforming streams.
    range: u32,
}

impl Inverse {
    #[must_use]
    pub(crate) fn new(bit_depth: u8) -> Self {
        Self { values: Box::new([0; 1024]), rows: 0, range: 8 + u32::from(bit_depth) }
    }

    /// Keeps the dequantised coefficient at a place, `pos` of a transform of 4 << `tx_size`.
    #[inline(always)]
    pub(crate) fn put(&mut self, pos: usize, tx_size: usize, value: i64) {
        let end = 1i64 << (self.range - 1);
        self.values[pos & 1023] = value.clamp(-end, end - 1) as i32;
        self.rows = self.rows.max((pos >> (tx_size + 2)) + 1);
    }

    /// The block's residual samples, in rows of its own length. It is empty behind it: see [`Inverse::clear`].
    pub(crate) fn samples(&mut self, tx_size: usize, tx_type: TxType) -> &[i32] {
        let n = tx_size as u32 + 2;
        let size = 1usize << n;
        let block = &mut self.values[..size * size];
        if tx_type == TxType::WhtWht {
            if let Some(block) = block.first_chunk_mut::<16>() {
                inverse_wht(block);
            }
            return block;
        }
        let (row_is_sine, column_is_sine) = match tx_type {
            TxType::DctAdst => (true, false),
            TxType::AdstDct => (false, true),
            TxType::AdstAdst => (true, true),
            TxType::DctDct | TxType::WhtWht => (false, false),
        };
        for row in block.chunks_exact_mut(size).take(self.rows) {
            inverse(row, self.range, row_is_sine);
        }
        let shift = (n + 2).min(6);
        let mut column = [0; 32];
        let column = &mut column[..size];
        for x in 0..size {
            column.iter_mut().zip(block[x..].iter().step_by(size)).for_each(|(value, &row)| *value = row);
            inverse(column, self.range, column_is_sine);
            for (sample, &value) in block[x..].iter_mut().step_by(size).zip(&*column) {
                *sample = (value + (1 << (shift - 1))) >> shift;
            }
        }
        block
    }

    /// Empties it behind a block.
    pub(crate) fn clear(&mut self, tx_size: usize) {
        self.values[..16 << (2 * tx_size)].fill(0);
        self.rows = 0;
    }
}

/// One dimension of a transform.
fn inverse(values: &mut [i32], range: u32, is_sine: bool) {
    let n = values.len().ilog2();
    let mut t = Butterflies { t: values, cosines: &COSINES_14, range };
    match (is_sine, n) {
        (false, _) => t.inverse_dct(n),
        (true, 2) => t.inverse_adst4(SINES),
        (true, 3) => inverse_adst8(t),
        (true, _) => inverse_adst16(t),
    }
}

/// T, and the array S that rotations are kept in before they are rounded. Angles are of 128 to a half turn.
struct Sines<'a> {
    t: Butterflies<'a>,
    s: [i64; 16],
}

impl Sines<'_> {
    /// The function SB( a, b, angle, 1 ).
    fn rotate(&mut self, a: usize, b: usize, angle: usize) {
        let [x, y] = self.t.rotated(a, b, angle);
        (self.s[a], self.s[b]) = (y, x);
    }

    /// The function SH( a, b ).
    fn hadamard(&mut self, a: usize, b: usize) {
        let (sum, difference) = (self.s[a] + self.s[b], self.s[a] - self.s[b]);
        (self.t.t[a], self.t.t[b]) = (self.t.round(sum), self.t.round(difference));
    }

    /// Four values from `begin` on, of which the second two are the differences of a sine transform's halves.
    fn rotate_quarter(&mut self, begin: usize) {
        self.rotate(begin, begin + 1, 48);
        self.rotate(begin + 3, begin + 2, 16);
        self.hadamard(begin, begin + 2);
        self.hadamard(begin + 1, begin + 3);
    }
}

/// Inverse ADST8 process (8.7.1.7).
fn inverse_adst8(t: Butterflies<'_>) {
    let mut sines = Sines { t, s: [0; 16] };
    sines.t.permute_adst_input();
    (0..4).for_each(|i| sines.rotate(2 * i, 2 * i + 1, 60 - 16 * i));
    (0..4).for_each(|i| sines.hadamard(i, 4 + i));
    sines.rotate_quarter(4);
    let mut t = sines.t;
    (0..2).for_each(|i| t.hadamard(i, 2 + i, false));
    [2, 6].into_iter().for_each(|i| t.rotate(i, i + 1, 32, true));
    t.permute_adst_output();
    t.t.iter_mut().skip(1).step_by(2).for_each(|value| *value = -*value);
}

/// Inverse ADST16 process (8.7.1.8).
fn inverse_adst16(t: Butterflies<'_>) {
    let mut sines = Sines { t, s: [0; 16] };
    sines.t.permute_adst_input();
    (0..8).for_each(|i| sines.rotate(2 * i, 2 * i + 1, 62 - 8 * i));
    (0..8).for_each(|i| sines.hadamard(i, 8 + i));
    for i in 0..2 {
        sines.rotate(8 + 2 * i, 9 + 2 * i, 56 - 32 * i);
        sines.rotate(13 + 2 * i, 12 + 2 * i, 8 + 32 * i);
    }
    (8..12).for_each(|i| sines.hadamard(i, 4 + i));
    (0..4).for_each(|i| sines.t.hadamard(i, 4 + i, false));
    sines.rotate_quarter(4);
    sines.rotate_quarter(12);
    let mut t = sines.t;
    [0, 1, 8, 9].into_iter().for_each(|i| t.hadamard(i, 2 + i, false));
    // What is rounded has the sign that it is sent out with.
    for (i, sign) in [(2, -1), (6, 1), (10, 1), (14, -1)] {
        let (a, b) = (i64::from(t.t[i]), i64::from(t.t[i + 1]));
        (t.t[i], t.t[i + 1]) = (t.round(sign * (a + b) * COS64_16), t.round(sign * (b - a) * COS64_16));
    }
    t.permute_adst_output();
    for i in [1, 3, 13, 15] {
        t.t[i] = -t.t[i];
    }
}

/// cos64( 16 ).
const COS64_16: i64 = 11585;

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn basis(n: u32, k: usize, i: usize) -> f64 {
        let (size, k, i) = (f64::from(1 << n), k as f64, i as f64);
        if n == 2 {
            // DST-VII, as sinpi_k_9 has it: 2 sqrt( 2 ) / 3 sin( k pi / 9 ).
            return 2.0 * 2f64.sqrt() / 3.0 * ((i + 1.0) * (2.0 * k + 1.0) * PI / 9.0).sin();
        }
        ((2.0 * i + 1.0) * (2.0 * k + 1.0) * PI / (4.0 * size)).sin()
    }

    #[test]
    fn sine_transforms_are_ones() {
        for n in 2..=4 {
            let size = 1usize << n;
            for k in 0..size {
                let mut t = vec![0; size];
                t[k] = 10_000;
                inverse(&mut t, 16, true);
                for (i, &value) in t.iter().enumerate() {
                    let exact = 10_000.0 * basis(n, k, i);
                    assert!((f64::from(value) - exact).abs() < 4.0, "{n} {k} {i}: {value} is not {exact}");
                }
            }
        }
    }

    #[test]
    fn a_flat_block_is_flat() {
        let mut inverse = Inverse::new(8);
        for tx_size in 0..4 {
            inverse.put(0, tx_size, 64);
            let samples = inverse.samples(tx_size, TxType::DctDct);
            // 64 / 8 of an orthonormal transform, that of 32x32 64 / 4; over the block's side.
            let flat = [2, 1, 1, 1][tx_size];
            assert!(samples[..16 << (2 * tx_size)].iter().all(|&sample| sample == flat), "{tx_size}: {samples:?}");
            inverse.clear(tx_size);
        }
    }
}
