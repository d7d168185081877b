//! Whether a warp is valid: setup shear process (7.11.3.6).

use crate::headers::WarpParams;
use crate::tables::divisions::DIV_LUT;

pub(crate) const WARPEDMODEL_PREC_BITS: u32 = 16;
const WARP_PARAM_REDUCE_BITS: u32 = 6;
const DIV_LUT_BITS: u32 = 8;
const DIV_LUT_PREC_BITS: u32 = 14;

/// Round2Signed( ) (4.7).
#[must_use]
pub(crate) fn round2_signed(x: i64, n: u32) -> i64 {
    let half = if n == 0 { 0 } else { 1i64 << (n - 1) };
    if x >= 0 { x.saturating_add(half) >> n } else { -(x.saturating_neg().saturating_add(half) >> n) }
}

/// Setup shear process (7.11.3.6): warpValid.
#[must_use]
pub(crate) fn warp_valid(params: &WarpParams) -> bool {
    let one = 1i64 << WARPEDMODEL_PREC_BITS;
    let p = params.0.map(i64::from);
    if p[2] <= 0 {
        return false;
    }
    let clip = |v: i64| v.clamp(-32768, 32767);
    let (div_shift, div_factor) = resolve_divisor(p[2]);
    let v = p[4] << WARPEDMODEL_PREC_BITS;
    let w = p[3] * p[4];
    let reduce = |v: i64| round2_signed(clip(v), WARP_PARAM_REDUCE_BITS) << WARP_PARAM_REDUCE_BITS;
    let alpha = reduce(p[2] - one);
    let beta = reduce(p[3]);
    let gamma = reduce(round2_signed(v.saturating_mul(div_factor), div_shift));
    let delta = reduce(p[5] - round2_signed(w.saturating_mul(div_factor), div_shift) - one);
    4 * alpha.abs() + 7 * beta.abs() < one && 4 * gamma.abs() + 4 * delta.abs() < one
}

/// Resolve divisor process (7.11.3.7) of a positive number.
fn resolve_divisor(d: i64) -> (u32, i64) {
    let n = 63 - (d as u64).leading_zeros();
    let e = d - (1 << n);
    let f = if n > DIV_LUT_BITS { (e + (1 << (n - DIV_LUT_BITS - 1))) >> (n - DIV_LUT_BITS) } else { e << (DIV_LUT_BITS - n) };
    let factor = DIV_LUT.get(f as usize).copied().unwrap_or(8192);
    (n + DIV_LUT_PREC_BITS, i64::from(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_a_valid_warp_and_a_strong_shear_is_not() {
        assert!(warp_valid(&WarpParams::default()));
        assert!(!warp_valid(&WarpParams([0, 0, 1 << 16, 1 << 14, 0, 1 << 16])));
        assert!(warp_valid(&WarpParams([0, 0, (1 << 16) + 100, 200, -200, (1 << 16) + 100])));
    }
}
