//! Picture order count: H.264 8.2.1, HEVC 8.3.1.

use std::ops::{Add, Sub};

/// PicOrderCnt of a picture or field (PicOrderCntVal in HEVC): where it stands in output order, in its coded video sequence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Poc(pub i32);

/// How far one picture is behind another in output order: DiffPicOrderCnt( a, b ), which conforming streams keep in 16 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PocDiff(pub i32);

impl Poc {
    /// Before whatever a stream may count.
    pub const EARLIEST: Self = Self(i32::MIN / 2);

    /// The same place, where another one becomes 0.
    #[must_use]
    pub const fn counted_from(self, zero: Self) -> Self {
        Self(self.0.wrapping_sub(zero.0))
    }
}

impl Sub for Poc {
    type Output = PocDiff;

    #[inline(always)]
    fn sub(self, other: Self) -> PocDiff {
        PocDiff(self.0.saturating_sub(other.0))
    }
}

impl Add<PocDiff> for Poc {
    type Output = Self;

    fn add(self, diff: PocDiff) -> Self {
        Self(self.0.saturating_add(diff.0))
    }
}

impl PocDiff {
    /// The ratio of a distance `tb` to another one `td`, in units of 1/256 and from -limit to limit - 1: DistScaleFactor of
    /// H.264 (8.4.1.2.3), distScaleFactor of HEVC (8.5.3.2.7). None where `td` is 0.
    #[inline(always)]
    #[must_use]
    pub fn dist_scale_factor(tb: Self, td: Self, limit: i32) -> Option<i32> {
        let (tb, td) = (tb.0.clamp(-128, 127), td.0.clamp(-128, 127));
        if td == 0 {
            return None;
        }
        let tx = (16384 + (td / 2).abs()) / td;
        Some(((tb * tx + 32) >> 6).clamp(-limit, limit - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_rounded_and_limited() {
        let factor = |tb, td| PocDiff::dist_scale_factor(PocDiff(tb), PocDiff(td), 1024);
        assert_eq!([(1, 2), (-1, 2), (2, 2), (1, 3)].map(|(tb, td)| factor(tb, td)), [128, -128, 256, 85].map(Some));
        assert_eq!([(127, 1), (-128, 1)].map(|(tb, td)| factor(tb, td)), [1023, -1024].map(Some));
        assert_eq!(factor(500, 1000), factor(127, 127), "distances are limited first");
        assert_eq!(factor(3, 0), None);
    }

    #[test]
    fn differences_do_not_overflow() {
        assert_eq!(Poc(i32::MAX) - Poc::EARLIEST, PocDiff(i32::MAX));
        assert_eq!(Poc(i32::MAX) + PocDiff(1), Poc(i32::MAX));
        assert_eq!(Poc(7).counted_from(Poc(5)), Poc(2));
    }
}
