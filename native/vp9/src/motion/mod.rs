//! Motion vector prediction (6.5).

pub(crate) mod candidates;
pub(crate) mod sub8x8;

/// A motion vector, in units of 1/8 luma sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(align(4))] // Copied whole.
pub(crate) struct Mv {
    pub(crate) row: i16,
    pub(crate) col: i16,
}

/// COMPANDED_MVREF_THRESH (section 3) in units of 1/8 sample.
const COMPANDED_MVREF_THRESH: u16 = 8 << 3;

impl Mv {
    /// use_mv_hp( ) (6.5.13): short vectors may have the last bit.
    #[inline(always)]
    #[must_use]
    pub(crate) fn uses_high_precision(self) -> bool {
        self.row.unsigned_abs() < COMPANDED_MVREF_THRESH && self.col.unsigned_abs() < COMPANDED_MVREF_THRESH
    }

    /// What find_best_ref_mvs( ) (6.5.12) makes of a candidate: without its last bit, towards zero, where that is not used.
    #[inline(always)]
    #[must_use]
    pub(crate) fn lowered(self, allow_high_precision_mv: bool) -> Self {
        if allow_high_precision_mv && self.uses_high_precision() {
            return self;
        }
        let even = |component: i16| component - component % 2;
        Self { row: even(self.row), col: even(self.col) }
    }

    #[inline(always)]
    #[must_use]
    pub(crate) fn reversed(self) -> Self {
        Self { row: self.row.wrapping_neg(), col: self.col.wrapping_neg() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_lowered_towards_zero() {
        let mv = Mv { row: -65, col: 7 };
        assert_eq!(mv.lowered(true), Mv { row: -64, col: 6 });
        assert_eq!(Mv { row: -63, col: 7 }.lowered(true), Mv { row: -63, col: 7 });
        assert_eq!(Mv { row: -63, col: 7 }.lowered(false), Mv { row: -62, col: 6 });
    }
}
