//! Inverse quantisation without a transform: ISO/IEC 13818-2 clause 7.4, 11172-2 clause 2.4.4, 14496-2 clause 7.4.4,
//! H.263 clause 6.2.
//!
//! The transform of all of them is orthonormal, so that the squares of a block's coefficients sum to the squares of its
//! samples (Parseval). Mismatch control toggles the last coefficient's lowest bit: it is a rounding of the transform and
//! no residual, and is left out.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use crate::tables::ZIGZAG;

/// Weights by raster index.
pub type Matrix = [u8; 64];

/// Saturation of 7.4.3, and its square.
#[inline(always)]
#[must_use]
pub const fn square_of_saturated(coefficient: i32) -> u32 {
    let value = if coefficient > 2047 {
        2047
    } else if coefficient < -2048 {
        -2048
    } else {
        coefficient
    };
    (value * value) as u32
}

/// The absolute coefficient of H.263's quantisation (H.263 6.2.1, 14496-2 7.4.4.2), of a level that is not zero.
#[inline(always)]
#[must_use]
pub const fn h263_magnitude(level: i32, quantiser_scale: i32) -> i32 {
    quantiser_scale * (2 * level + 1) - (quantiser_scale & 1 ^ 1)
}

/// Reads 64 weights in zigzag order: intra_quantiser_matrix and its like.
///
/// # Errors
/// A weight of zero, or the data end.
pub fn read_matrix(reader: &mut BitReader<'_>, element: &'static str) -> Result<Matrix> {
    let mut matrix = [0; 64];
    for &index in &ZIGZAG {
        let at = reader.position() as u64;
        let weight = reader.u(8, element)? as u8;
        if weight == 0 {
            return Err(ParseError::malformed(element, "a weight of 0 is forbidden").at_bit(at));
        }
        matrix[usize::from(index)] = weight;
    }
    Ok(matrix)
}

/// A matrix in the order of a scan.
#[must_use]
pub fn scanned(matrix: &Matrix, scan: &[u8; 64]) -> [u16; 64] {
    scan.map(|index| u16::from(matrix[usize::from(index)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saturates_to_twelve_bits() {
        assert_eq!(square_of_saturated(5000), 2047 * 2047);
        assert_eq!(square_of_saturated(-5000), 2048 * 2048);
        assert_eq!(square_of_saturated(-3), 9);
    }

    #[test]
    fn h263_steps_are_twice_the_scale() {
        assert_eq!([1, 2, 3].map(|level| h263_magnitude(level, 5)), [15, 25, 35]);
        assert_eq!([1, 2, 3].map(|level| h263_magnitude(level, 6)), [17, 29, 41]);
    }
}
