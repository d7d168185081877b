//! Motion vectors and reference indices of prediction units (8.5.3.2), one file a derivation.

mod amvp;
mod field;
mod merge;
mod screen_content;
mod temporal;

pub(crate) use amvp::mv_predictor;
pub(crate) use field::{MotionField, MotionGrid};
pub(crate) use merge::merge_candidate;

use std::cell::Cell;

use codecorpus_bitstream::{Poc, PocDiff};

use crate::refs::RefPicLists;

/// A motion vector in quarter luma samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mv {
    pub(crate) x: i16,
    pub(crate) y: i16,
}

impl Mv {
    /// Adds a vector difference, modulo 2^16 (8.5.3.2.1: uLX).
    pub(crate) fn plus(self, mvd: [i32; 2]) -> Self {
        Self { x: self.x.wrapping_add(mvd[0] as i16), y: self.y.wrapping_add(mvd[1] as i16) }
    }

    /// Scales by the ratio of two distances (8.5.3.2.7, equations 8-179 to 8-183). Where they are equal nothing is scaled: the
    /// ratio that is reckoned is not 1 for all.
    pub(crate) fn scaled(self, tb: PocDiff, td: PocDiff) -> Self {
        if tb == td {
            return self;
        }
        let Some(dist_scale_factor) = PocDiff::dist_scale_factor(tb, td, 4096) else { return self };
        let scale = |v: i16| {
            let product = dist_scale_factor * i32::from(v);
            (product.signum() * ((product.abs() + 127) >> 8)).clamp(-32768, 32767) as i16
        };
        Self { x: scale(self.x), y: scale(self.y) }
    }
}

/// Motion of a prediction unit: a list is used where its reference index is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PuMotion {
    pub(crate) mv: [Mv; 2],
    pub(crate) ref_idx: [i8; 2],
}

impl PuMotion {
    /// Not decoded yet, in another slice or tile, outside the picture, or intra.
    pub(crate) const UNAVAILABLE: Self = Self { mv: [Mv { x: 0, y: 0 }; 2], ref_idx: [-1; 2] };

    /// Zero vectors to the first references.
    pub(crate) const ZERO: Self = Self { mv: [Mv { x: 0, y: 0 }; 2], ref_idx: [0; 2] };

    pub(crate) const fn is_available(&self) -> bool {
        self.ref_idx[0] >= 0 || self.ref_idx[1] >= 0
    }

    pub(crate) const fn is_bi(&self) -> bool {
        self.ref_idx[0] >= 0 && self.ref_idx[1] >= 0
    }
}

/// A prediction block inside its coding block, in luma samples of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PredictionBlock {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) w: i32,
    pub(crate) h: i32,
    pub(crate) part: u8,
}

/// What motion derivation reads of the slice, its references and its neighbourhood.
#[derive(Debug)]
pub(crate) struct MotionInputs<'a> {
    pub(crate) lists: &'a RefPicLists,
    pub(crate) grid: &'a MotionGrid,
    /// Of the collocated picture, where slice_temporal_mvp_enabled_flag is 1 and the picture is there.
    pub(crate) collocated: Option<&'a MotionField>,
    /// Set where that is asked for and not there.
    pub(crate) lacks_collocated: &'a Cell<bool>,
    pub(crate) slice: &'a SliceMotion,
}

/// Slice-wide parameters of motion derivation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SliceMotion {
    pub(crate) poc: Poc,
    pub(crate) b_slice: bool,
    pub(crate) num_ref_idx_active: [u8; 2],
    pub(crate) max_num_merge_cand: u8,
    pub(crate) slice_temporal_mvp_enabled_flag: bool,
    pub(crate) collocated_from_l0_flag: bool,
    /// NoBackwardPredFlag: no reference follows the picture in output order.
    pub(crate) no_backward_pred: bool,
    pub(crate) log2_par_mrg_level: u32,
    /// Whether any vector is of whole samples, or any reference the current picture.
    pub(crate) screen_content: bool,
    pub(crate) use_integer_mv_flag: bool,
    /// TwoVersionsOfCurrDecPicFlag.
    pub(crate) two_versions: bool,
    pub(crate) ctb_log2_size: u32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_is_symmetric_and_clipped() {
        let mv = Mv { x: 100, y: -100 };
        let scaled = |mv: Mv, tb, td| mv.scaled(PocDiff(tb), PocDiff(td));
        assert_eq!(scaled(mv, 2, 4), Mv { x: 50, y: -50 });
        assert_eq!(scaled(mv, -4, 4), Mv { x: -100, y: 100 });
        assert_eq!(scaled(mv, 3, 0), mv);
        for distance in -200..200 {
            let mv = Mv { x: 12345, y: -2000 };
            assert_eq!(scaled(mv, distance, distance), mv);
        }
        assert_eq!(scaled(Mv { x: 32767, y: -32768 }, 127, 1), Mv { x: 32767, y: -32768 });
    }

    #[test]
    fn differences_wrap() {
        assert_eq!(Mv { x: 32767, y: 0 }.plus([1, -1]), Mv { x: -32768, y: -1 });
    }
}
