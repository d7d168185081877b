//! sprite_trajectory( ): 6.2.5.4, and what it makes of a macroblock: 7.8.

use codecorpus_bitstream::{BitReader, Result};
use codecorpus_mpeg::motion::Mv;
use codecorpus_mpeg::vlc::{Table, Word};

use super::Vol;

/// dmv_length: table B-33.
#[rustfmt::skip]
const LENGTHS: [Word; 15] = [
    (0b00, 2, 0), (0b010, 3, 1), (0b011, 3, 2), (0b100, 3, 3), (0b101, 3, 4), (0b110, 3, 5), (0b1110, 4, 6), (0b1_1110, 5, 7),
    (0b11_1110, 6, 8), (0b111_1110, 7, 9), (0b1111_1110, 8, 10), (0b1_1111_1110, 9, 11), (0b11_1111_1110, 10, 12),
    (0b111_1111_1110, 11, 13), (0b1111_1111_1110, 12, 14),
];

static LENGTH: Table<4096, 0> = Table::of_words(&LENGTHS);

/// How points of a VOP move: an affine map in fixed point (7.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Warp {
    /// Where the origin lies, by component.
    offset: [i64; 2],
    /// By component, what a step rightwards and a step downwards adds.
    delta: [[i64; 2]; 2],
    /// Bits of fraction, beside those of the sample.
    shift: u32,
    /// sprite_warping_accuracy: parts of a sample are 2 << accuracy.
    accuracy: u32,
    /// It is a shift of all points alike.
    translation: bool,
}

impl Warp {
    /// Reads du and dv of every point, and derives the map.
    ///
    /// # Errors
    /// No such word, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>, vol: &Vol) -> Result<Self> {
        let mut trajectory = [[0; 2]; 3];
        for point in trajectory.iter_mut().take(vol.no_of_sprite_warping_points as usize) {
            for component in point {
                *component = read_component(r)?;
                r.skip(1, "marker_bit")?;
            }
        }
        Ok(Self::derive(&trajectory, vol))
    }

    /// 7.8.4: `trajectory` is (du, dv) of each point in half samples.
    fn derive(trajectory: &[[i64; 2]; 3], vol: &Vol) -> Self {
        let accuracy = vol.sprite_warping_accuracy;
        // s in the standard: parts of a sample.
        let s = 2i64 << accuracy;
        let half = s / 2;
        let [w, h] = [i64::from(vol.width), i64::from(vol.height)];
        let points = vol.no_of_sprite_warping_points;
        let [zero, one, two] = *trajectory;
        // Where corners of the VOP move to (i', j').
        let corner = [half * zero[0], half * zero[1]];
        let right = [half * (2 * w + zero[0] + one[0]), half * (zero[1] + one[1])];
        let below = [half * (zero[0] + two[0]), half * (2 * h + zero[1] + two[1])];
        let translation = Self { offset: corner, delta: [[s, 0], [0, s]], shift: 0, accuracy, translation: true };
        if points < 2 {
            return translation;
        }
        let r = 16 / s;
        let (alpha, beta) = (ceil_log2(vol.width), ceil_log2(vol.height));
        let (w2, h2) = (1i64 << alpha, 1i64 << beta);
        // Virtual points, at distances that are powers of two, in sixteenths.
        let along = |far: i64, length: i64, at: i64, corner: i64, moved: i64| {
            let from = if at > 0 { 16 * length } else { 0 };
            16 * at + rounded_div((length - far) * r * corner + far * (r * moved - from), length)
        };
        let virtual_right = [along(w2, w, w2, corner[0], right[0]), along(w2, w, 0, corner[1], right[1])];
        let rho = 3 - accuracy;
        let step = |moved: i64, corner: i64| moved - r * corner;
        let (mut delta, shift) = if points == 2 {
            let (dx, dy) = (step(virtual_right[0], corner[0]), step(virtual_right[1], corner[1]));
            ([[dx, -dy], [dy, dx]], alpha + rho)
        } else {
            let virtual_below = [along(h2, h, 0, corner[0], below[0]), along(h2, h, h2, corner[1], below[1])];
            let least = alpha.min(beta);
            let (w3, h3) = (w2 >> least, h2 >> least);
            let delta = [0, 1].map(|t| [step(virtual_right[t], corner[t]) * h3, step(virtual_below[t], corner[t]) * w3]);
            (delta, alpha + beta + rho - least)
        };
        if delta == [[s << shift, 0], [0, s << shift]] {
            return translation;
        }
        let offset = corner.map(|component| (component << shift) + (1 << (shift - 1)));
        // Kept as what is added to the point itself.
        delta[0][0] -= s << shift;
        delta[1][1] -= s << shift;
        Self { offset, delta, shift, accuracy, translation: false }
    }

    /// The vector of a macroblock that is predicted so, for those that are predicted from it (7.8.7.3): the mean over its
    /// samples, in half or quarter samples, held within what f_code reaches.
    #[must_use]
    pub(crate) fn mean_vector(&self, [column, row]: [u32; 2], quarter_sample: bool, f_code: u32) -> Mv {
        let reach = 1i64 << (f_code + 4);
        let finer = u32::from(quarter_sample);
        [0, 1].map(|t| {
            let mean = if self.translation {
                rounded_shift(self.offset[t] << finer, self.accuracy)
            } else {
                rounded_shift(self.sum(t, i64::from(column) * 16, i64::from(row) * 16), self.accuracy + 8 - finer)
            };
            mean.clamp(-reach, reach - 1) as i32
        })
    }

    /// The sum of a component's displacement over the samples of a macroblock.
    fn sum(&self, t: usize, x: i64, y: i64) -> i64 {
        let [across, down] = self.delta[t];
        let begin = self.offset[t] + across * x + down * y;
        (0..16).flat_map(|j| (0..16).map(move |i| begin + across * i + down * j)).map(|at| at >> self.shift).sum()
    }
}

/// dmv_length and dmv_code: 6.3.5.4.
fn read_component(r: &mut BitReader<'_>) -> Result<i64> {
    let length = LENGTH.read(r, "dmv_length")?;
    let code = i64::from(r.u(length, "dmv_code")?);
    let is_negative = length > 0 && code >> (length - 1) == 0;
    Ok(if is_negative { code - (1 << length) + 1 } else { code })
}

const fn ceil_log2(value: u32) -> u32 {
    let bits = 32 - (value - 1).leading_zeros();
    if bits == 0 { 1 } else { bits }
}

/// `///` of 4.1: to the nearest, halves away from zero.
const fn rounded_div(numerator: i64, denominator: i64) -> i64 {
    let half = denominator / 2;
    (if numerator >= 0 { numerator + half } else { numerator - half }) / denominator
}

/// Division by a power of two, to the nearest, halves away from zero.
const fn rounded_shift(value: i64, shift: u32) -> i64 {
    if shift == 0 {
        return value;
    }
    let half = 1 << (shift - 1);
    (value + half - (value <= 0) as i64) >> shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_mpeg::vlc;

    #[test]
    fn every_length_is_found() {
        let words: Vec<_> = LENGTHS.iter().map(|&(bits, n, value)| (bits, n, u32::from(value))).collect();
        vlc::check(&LENGTH, &words);
    }

    #[test]
    fn a_code_that_begins_with_zero_is_negative() {
        let read = |bytes: [u8; 2]| read_component(&mut BitReader::new(&bytes)).unwrap();
        assert_eq!(read([0b0111_0000, 0]), 2);
        assert_eq!(read([0b0110_1000, 0]), -2);
        assert_eq!(read([0b0000_0000, 0]), 0);
    }
}
