//! Dual-prime additional arithmetic: 7.6.3.6.

use codecorpus_mpeg::motion::Mv;

use crate::headers::Structure;

/// vector'[2], and in frames vector'[3], from vector'[0] and dmvector (7.6.3.6).
#[must_use]
pub(crate) fn derive_dual_prime(vector: Mv, dmvector: Mv, structure: Structure, top_field_first: bool) -> [Mv; 2] {
    // Table 7-11: distances in fields, and e, by the field that is predicted.
    let scaled = |m: i32, e: i32| [half(vector[0] * m) + dmvector[0], half(vector[1] * m) + e + dmvector[1]];
    match structure {
        Structure::Frame => {
            let (top, bottom) = if top_field_first { (1, 3) } else { (3, 1) };
            [scaled(top, -1), scaled(bottom, 1)]
        }
        Structure::Top => [scaled(1, -1), [0; 2]],
        Structure::Bottom => [scaled(1, 1), [0; 2]],
    }
}

/// `// 2` of 4.1: halves are rounded away from zero.
const fn half(value: i32) -> i32 {
    (value + (value > 0) as i32) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(half), [-2, -1, -1, 0, 1, 1, 2]);
    }

    #[test]
    fn the_field_that_is_farther_away_has_three_times_the_motion() {
        assert_eq!(derive_dual_prime([4, 8], [1, 0], Structure::Frame, true), [[3, 3], [7, 13]]);
        assert_eq!(derive_dual_prime([4, 8], [1, 0], Structure::Frame, false), [[7, 11], [3, 5]]);
        assert_eq!(derive_dual_prime([4, 8], [0, -1], Structure::Bottom, true)[0], [2, 4]);
    }
}
