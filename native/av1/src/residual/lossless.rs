//! Lossless blocks: the inverse Walsh-Hadamard transform (7.13.2.10), for the energy of their residual.

/// The sum of squared residual samples of a 4x4 transform block, from its dequantised coefficients (7.13.3).
#[must_use]
pub fn energy(coefficients: &[i32; 16]) -> u64 {
    let mut t = *coefficients;
    for row in 0..4 {
        inverse_wht(&mut t, row * 4, 1, 2);
    }
    for column in 0..4 {
        inverse_wht(&mut t, column, 4, 0);
    }
    t.iter().map(|&v| u64::from(v.unsigned_abs()).pow(2)).sum()
}

/// Inverse WHT process (7.13.2.10) of the four values that start at `at`, `step` apart.
fn inverse_wht(t: &mut [i32; 16], at: usize, step: usize, shift: u32) {
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

    #[test]
    fn a_flat_block_is_a_dc_coefficient() {
        let mut coefficients = [0; 16];
        coefficients[0] = 16 * 5;
        let samples = energy(&coefficients);
        assert_eq!(samples, 16 * 25);
    }
}
