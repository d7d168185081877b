//! Derivation process for luma motion vectors in direct mode: 8.4.1.2, and 8.4.1.2.2 for spatial prediction.

use codecorpus_bitstream::ParseError;

use super::predict::median_prediction;
use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::state::{MacroblockReader, cell_of};

/// References and vectors by list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectMotion {
    pub(crate) refs: [i8; 2],
    pub(crate) mv: [Mv; 2],
}

/// What direct prediction may need, and does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirectLack {
    /// RefPicList1[ 0 ], the co-located picture.
    Colocated,
    /// refPicCol, what the co-located block refers to.
    ColocatedReference,
}

impl DirectLack {
    #[must_use]
    pub(crate) fn error(self) -> ParseError {
        match self {
            Self::Colocated => {
                let reason = "direct prediction needs the co-located picture, which is missing or damaged";
                ParseError::malformed("RefPicList1[ 0 ]", reason)
            }
            Self::ColocatedReference => {
                let reason = "temporal direct prediction needs the picture that the co-located block refers to, which is missing";
                ParseError::malformed("refPicCol", reason)
            }
        }
    }
}

/// The motion of a macroblock in direct mode.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Direct {
    Whole(DirectMotion),
    Quarters([DirectMotion; 4]),
}

/// MinPositive of 8.4.1.2.2 for references from -1: where it is taken without its sign, that is the greatest there is.
fn min_positive(x: i8, y: i8) -> i8 {
    (x as u8).min(y as u8) as i8
}

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// Derives the motion of the 8x8 quarters of `quarters` (bits) that are predicted in direct mode (8.4.1.2).
    pub(crate) fn derive_direct(&mut self, quarters: u8) {
        if self.slice.header.direct_spatial_mv_pred_flag {
            let base = self.spatial_base();
            self.fill_direct_motion(quarters, |this, x, y| this.spatial(base, x, y));
        } else {
            self.fill_direct_motion(quarters, Self::temporal);
        }
    }

    /// Derives the motion of the macroblock in direct mode (8.4.1.2), where direct_8x8_inference_flag is 1.
    pub(crate) fn direct_macroblock(&self) -> Direct {
        const CORNERS: [(usize, usize); 4] = [(0, 0), (3, 0), (0, 3), (3, 3)];
        let quarters = if self.slice.header.direct_spatial_mv_pred_flag {
            let base = self.spatial_base();
            if !self.may_be_zero(base) {
                return Direct::Whole(base);
            }
            if self.colocated_is_uniform() {
                return Direct::Whole(self.spatial(base, 0, 0));
            }
            CORNERS.map(|(x, y)| self.spatial(base, x, y))
        } else {
            if self.colocated_is_uniform() {
                return Direct::Whole(self.temporal(0, 0));
            }
            CORNERS.map(|(x, y)| self.temporal(x, y))
        };
        let [first, others @ ..] = quarters;
        if others.iter().all(|quarter| *quarter == first) { Direct::Whole(first) } else { Direct::Quarters(quarters) }
    }

    /// Fills the quarters with what `derive` says of the 4x4 blocks, or of the macroblock's corners with
    /// direct_8x8_inference_flag.
    #[inline]
    fn fill_direct_motion(&mut self, quarters: u8, derive: impl Fn(&Self, usize, usize) -> DirectMotion) {
        for quarter in (0..4).filter(|quarter| quarters >> quarter & 1 != 0) {
            let (x, y) = (quarter % 2 * 2, quarter / 2 * 2);
            if self.slice.sps.direct_8x8_inference_flag {
                let prediction = derive(self, x / 2 * 3, y / 2 * 3);
                self.fill_prediction([x, y, 2, 2], prediction);
            } else {
                for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                    let prediction = derive(self, x, y);
                    self.fill_prediction([x, y, 1, 1], prediction);
                }
            }
        }
    }

    #[inline]
    fn fill_prediction(&mut self, rectangle: [usize; 4], prediction: DirectMotion) {
        for list in 0..2 {
            self.cache.fill_ref(list, rectangle, prediction.refs[list]);
            self.cache.fill_mv(list, rectangle, prediction.mv[list]);
        }
    }

    /// References and predicted vectors of the whole macroblock (8.4.1.2.2), before colZeroFlag.
    fn spatial_base(&self) -> DirectMotion {
        let mut base = DirectMotion { refs: [-1; 2], mv: [[0; 2]; 2] };
        let neighbours = [self.whole_neighbours(0), self.whole_neighbours(1)];
        for (list, (refs, _)) in neighbours.iter().enumerate() {
            // An unavailable neighbour counts as one that does not use the list.
            let [a, b, c] = refs.map(|r| r.max(-1));
            base.refs[list] = min_positive(a, min_positive(b, c));
        }
        if base.refs == [-1, -1] {
            // directZeroPredictionFlag
            return DirectMotion { refs: [0; 2], mv: [[0; 2]; 2] };
        }
        for (list, (refs, vectors)) in neighbours.into_iter().enumerate() {
            if base.refs[list] >= 0 {
                base.mv[list] = median_prediction(base.refs[list], refs, vectors);
            }
        }
        base
    }

    /// The motion of the 4x4 block at (x, y) in spatial direct mode (8.4.1.2.2): `base`, without vectors where colZeroFlag is 1.
    fn spatial(&self, base: DirectMotion, x: usize, y: usize) -> DirectMotion {
        let mut prediction = base;
        if self.may_be_zero(base) && self.col_zero_flag(x, y) {
            for list in 0..2 {
                if base.refs[list] == 0 {
                    prediction.mv[list] = [0; 2];
                }
            }
        }
        prediction
    }

    /// Whether colZeroFlag changes anything.
    fn may_be_zero(&self, base: DirectMotion) -> bool {
        if !(0..2).any(|list| base.refs[list] == 0 && base.mv[list] != [0; 2]) {
            return false;
        }
        let colocated = self.slice.colocated.as_ref();
        if colocated.is_none() {
            self.lack.set(Some(DirectLack::Colocated));
        }
        colocated.is_some_and(|colocated| !colocated.long_term)
    }

    /// colZeroFlag (8.4.1.2.2), of a short-term RefPicList1[ 0 ].
    fn col_zero_flag(&self, x: usize, y: usize) -> bool {
        let block = self.colocated(x, y, false);
        block.ref_idx == 0 && block.mv.iter().all(|component| (-1..=1).contains(component))
    }

    /// Whether a rectangle of 4x4 blocks has one motion.
    pub(crate) fn is_uniform(&self, [x, y, w, h]: [usize; 4]) -> bool {
        (0..2).all(|list| {
            let (refs, mv) = (&self.cache.refs[list], &self.cache.mv[list]);
            let first = cell_of(x, y);
            (y..y + h).all(|row| {
                (x..x + w).all(|column| refs[cell_of(column, row)] == refs[first] && mv[cell_of(column, row)] == mv[first])
            })
        })
    }
}
