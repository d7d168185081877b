//! Quantisation parameters of H.264 (8.5.8) and HEVC (8.6.1).

/// QpBdOffset: how far below 0 a quantisation parameter goes where samples have more than 8 bits.
#[must_use]
pub const fn qp_bd_offset(bit_depth: u8) -> i32 {
    6 * (bit_depth as i32 - 8)
}

/// QP': a quantisation parameter and QpBdOffset, which levels are scaled by. It is not negative, other than a QP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QpPrime(u8);

impl QpPrime {
    /// That of a QP of samples of `bit_depth`.
    #[inline(always)]
    #[must_use]
    pub const fn new(qp: i32, bit_depth: u8) -> Self {
        let prime = qp + qp_bd_offset(bit_depth);
        Self(if prime < 0 { 0 } else { prime as u8 })
    }

    /// A coarser one.
    #[must_use]
    pub const fn plus(self, steps: u8) -> Self {
        Self(self.0 + steps)
    }

    #[inline(always)]
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// qP / 6: how often the step has doubled.
    #[inline(always)]
    #[must_use]
    pub const fn octaves(self) -> i32 {
        (self.0 / 6) as i32
    }

    /// qP % 6.
    #[inline(always)]
    #[must_use]
    pub const fn remainder(self) -> usize {
        (self.0 % 6) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_deep_samples_is_added_once() {
        assert_eq!(
            [(0, 8), (51, 8), (-12, 10), (51, 10), (-13, 10)].map(|(qp, depth)| QpPrime::new(qp, depth).value()),
            [0, 51, 0, 63, 0]
        );
        let qp = QpPrime::new(20, 8).plus(3);
        assert_eq!((qp.octaves(), qp.remainder()), (3, 5));
    }
}
