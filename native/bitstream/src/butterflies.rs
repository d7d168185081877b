//! The inverse transforms that AV1 (7.13.2) and VP9 (8.7.1) are built of: both standards name the same rotations and Hadamard
//! rotations of an array T, at precisions of their own, and every result is rounded.

/// cos( angle * pi / 128 ), by how many bits it is scaled.
#[derive(Debug)]
pub struct Cosines {
    bits: u32,
    quarter: [i16; 65],
}

/// Cos128_Lookup of AV1.
#[rustfmt::skip]
pub static COSINES_12: Cosines = Cosines { bits: 12, quarter: [
    4096, 4095, 4091, 4085, 4076, 4065, 4052, 4036, 4017, 3996, 3973, 3948, 3920, 3889, 3857, 3822, 3784,
    3745, 3703, 3659, 3612, 3564, 3513, 3461, 3406, 3349, 3290, 3229, 3166, 3102, 3035, 2967, 2896,
    2824, 2751, 2675, 2598, 2520, 2440, 2359, 2276, 2191, 2106, 2019, 1931, 1842, 1751, 1660, 1567,
    1474, 1380, 1285, 1189, 1092, 995, 897, 799, 700, 601, 501, 401, 301, 201, 101, 0,
] };

/// cos64_lookup of VP9 stands at the even places.
#[rustfmt::skip]
pub static COSINES_14: Cosines = Cosines { bits: 14, quarter: [
    16384, 16379, 16364, 16340, 16305, 16261, 16207, 16143, 16069, 15986, 15893, 15791, 15679, 15557, 15426, 15286, 15137,
    14978, 14811, 14635, 14449, 14256, 14053, 13842, 13623, 13395, 13160, 12916, 12665, 12406, 12140, 11866, 11585,
    11297, 11003, 10702, 10394, 10080, 9760, 9434, 9102, 8765, 8423, 8076, 7723, 7366, 7005, 6639, 6270,
    5897, 5520, 5139, 4756, 4370, 3981, 3590, 3196, 2801, 2404, 2006, 1606, 1205, 804, 402, 0,
] };

impl Cosines {
    /// cos128( ).
    #[inline(always)]
    fn cos(&self, angle: usize) -> i64 {
        let angle = angle & 255;
        let half = if angle > 128 { 256 - angle } else { angle };
        i64::from(if half > 64 { -self.quarter[128 - half] } else { self.quarter[half] })
    }

    /// sin128( ).
    #[inline(always)]
    fn sin(&self, angle: usize) -> i64 {
        self.cos(angle + 192)
    }
}

/// The array T, and how it is worked on.
#[derive(Debug)]
pub struct Butterflies<'a> {
    pub t: &'a mut [i32],
    pub cosines: &'static Cosines,
    /// Bits that a sum has, beyond which it is clipped: AV1 says so; what VP9 holds in T has no more in conforming streams.
    pub range: u32,
}

/// The lowest `bits` bits of `value`, in reverse.
#[inline(always)]
const fn brev(bits: u32, value: usize) -> usize {
    if bits == 0 { 0 } else { value.reverse_bits() >> (usize::BITS - bits) }
}

impl Butterflies<'_> {
    #[inline(always)]
    #[must_use]
    pub fn round(&self, value: i64) -> i32 {
        ((value + (1 << (self.cosines.bits - 1))) >> self.cosines.bits) as i32
    }

    #[inline(always)]
    #[must_use]
    pub fn clip(&self, value: i64) -> i32 {
        let end = 1i64 << (self.range - 1);
        value.clamp(-end, end - 1) as i32
    }

    /// T[ a ] and T[ b ] rotated, before they are rounded.
    #[inline(always)]
    #[must_use]
    pub fn rotated(&self, a: usize, b: usize, angle: usize) -> [i64; 2] {
        let (cos, sin) = (self.cosines.cos(angle), self.cosines.sin(angle));
        let (x, y) = (i64::from(self.t[a]), i64::from(self.t[b]));
        [x * cos - y * sin, x * sin + y * cos]
    }

    /// The function B( a, b, angle, flip ).
    #[inline(always)]
    pub fn rotate(&mut self, a: usize, b: usize, angle: usize, flip: bool) {
        let [x, y] = self.rotated(a, b, angle).map(|value| self.round(value));
        let (a, b) = if flip { (b, a) } else { (a, b) };
        (self.t[a], self.t[b]) = (x, y);
    }

    /// The function H( a, b, flip ).
    #[inline(always)]
    pub fn hadamard(&mut self, a: usize, b: usize, flip: bool) {
        let (a, b) = if flip { (b, a) } else { (a, b) };
        let (x, y) = (i64::from(self.t[a]), i64::from(self.t[b]));
        (self.t[a], self.t[b]) = (self.clip(x + y), self.clip(x - y));
    }

    /// Inverse DCT process of 2^n values, with the permutation before it.
    pub fn inverse_dct(&mut self, n: u32) {
        for i in 0..1 << n {
            let reversed = brev(n, i);
            if i < reversed {
                self.t.swap(i, reversed);
            }
        }
        self.rotate(0, 1, 32, true);
        for n in 2..=n {
            self.inverse_dct_odd(n);
            let last = (1 << n) - 1;
            (0..1 << (n - 1)).for_each(|i| self.hadamard(i, last - i, false));
        }
    }

    /// The upper half of T, whose coefficients are odd in the transform of 2^n: the standards spell its steps out for every n,
    /// and this is what they have in common.
    fn inverse_dct_odd(&mut self, n: u32) {
        let size = 1usize << n;
        let (half, quarter) = (size / 2, size / 4);
        for i in 0..quarter {
            self.rotate(half + i, size - 1 - i, 64 - 64 / size - 256 / size * brev(n - 2, i), false);
        }
        let mut width = 2;
        while width <= quarter {
            for (group, begin) in (half..size).step_by(width).enumerate() {
                (0..width / 2).for_each(|j| self.hadamard(begin + j, begin + width - 1 - j, group & 1 == 1));
            }
            // Of every two groups, the inner halves.
            let log2_groups = (quarter / (2 * width)).max(1).ilog2();
            for k in (0..quarter).filter(|k| (width / 2..width * 3 / 2).contains(&(k % (2 * width)))) {
                let angle = 64 - 128 * width / size - (brev(log2_groups, k / (2 * width)) << (6 - log2_groups));
                self.rotate(size - 1 - k, half + k, angle + if k % (2 * width) >= width { 64 } else { 0 }, true);
            }
            width *= 2;
        }
    }

    /// Inverse ADST input array permutation process.
    pub fn permute_adst_input(&mut self) {
        let size = self.t.len();
        let copy = self.copy();
        for (i, value) in self.t.iter_mut().enumerate() {
            *value = copy[if i & 1 == 1 { i - 1 } else { size - i - 1 }];
        }
    }

    /// Inverse ADST output array permutation process, but for the signs.
    pub fn permute_adst_output(&mut self) {
        let n = self.t.len().ilog2();
        let copy = self.copy();
        for (i, value) in self.t.iter_mut().enumerate() {
            // Gray code, in reverse.
            *value = copy[brev(n, i ^ (i >> 1))];
        }
    }

    fn copy(&self) -> [i32; 16] {
        let mut copy = [0; 16];
        copy.iter_mut().zip(&*self.t).for_each(|(copy, &value)| *copy = value);
        copy
    }

    /// Inverse ADST4 process, by SINPI_1_9 to SINPI_4_9.
    pub fn inverse_adst4(&mut self, sines: [i64; 4]) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| i64::from(self.t[i]));
        let first = sines[0] * a + sines[3] * c + sines[1] * d;
        let second = sines[1] * a - sines[0] * c - sines[3] * d;
        let third = sines[2] * b;
        for (i, sum) in [first + third, second + third, sines[2] * (a - c + d), first + second - third].into_iter().enumerate() {
            self.t[i] = self.round(sum);
        }
    }
}

/// The 4x4 inverse Walsh-Hadamard transform of lossless blocks (AV1 7.13.2.10, VP9 8.7.1.10), in place.
pub fn inverse_wht(block: &mut [i32; 16]) {
    for row in 0..4 {
        inverse_wht4(block, row * 4, 1, 2);
    }
    for column in 0..4 {
        inverse_wht4(block, column, 4, 0);
    }
}

/// Of the four values that start at `at`, `step` apart.
fn inverse_wht4(t: &mut [i32; 16], at: usize, step: usize, shift: u32) {
    let [mut a, mut c, mut d, mut b] = [0, 1, 2, 3].map(|i| t[(at + i * step) & 15] >> shift);
    a += c;
    d -= b;
    let e = (a - d) >> 1;
    b = e - b;
    c = e - c;
    a -= b;
    d += c;
    for (i, value) in [a, b, c, d].into_iter().enumerate() {
        t[(at + i * step) & 15] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    #[test]
    fn cosines_are_rounded_ones() {
        for table in [&COSINES_12, &COSINES_14] {
            for angle in 0..512 {
                let exact = (PI * angle as f64 / 128.0).cos() * f64::from(1 << table.bits);
                assert!((table.cos(angle) as f64 - exact).abs() <= 0.5 + 1e-9, "{angle}");
                let exact = (PI * angle as f64 / 128.0).sin() * f64::from(1 << table.bits);
                assert!((table.sin(angle) as f64 - exact).abs() <= 0.5 + 1e-9, "{angle}");
            }
        }
    }

    #[test]
    fn the_dct_is_one() {
        for n in 2..=6 {
            let size = 1usize << n;
            for k in 0..size {
                let mut t = vec![0; size];
                t[k] = 10_000;
                Butterflies { t: &mut t, cosines: &COSINES_12, range: 20 }.inverse_dct(n);
                for (i, &value) in t.iter().enumerate() {
                    let flat = if k == 0 { FRAC_1_SQRT_2 } else { 1.0 };
                    let exact = 10_000.0 * flat * (PI * k as f64 * (2 * i + 1) as f64 / (2 * size) as f64).cos();
                    assert!((f64::from(value) - exact).abs() < 12.0, "{n} {k} {i}: {value} is not {exact}");
                }
            }
        }
    }

    #[test]
    fn a_flat_lossless_block_is_a_dc_coefficient() {
        let mut block = [0; 16];
        block[0] = 16 * 5;
        inverse_wht(&mut block);
        assert_eq!(block, [5; 16]);
    }
}
