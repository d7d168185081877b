//! Vectors of whole samples, and what referring to the current picture restricts (8.5.3.2.1, 8.5.3.2.2).

use super::{MotionInputs, Mv, PredictionBlock, PuMotion};
use crate::refs::RefPicture;

impl Mv {
    /// Without its fraction of a sample.
    const fn whole(self) -> Self {
        Self { x: self.x >> 2 << 2, y: self.y >> 2 << 2 }
    }

    const fn is_whole(self) -> bool {
        (self.x | self.y) & 3 == 0
    }

    /// Adds a vector difference in whole samples, modulo 2^16 (8.5.3.2.1).
    pub(crate) fn plus_whole(self, mvd: [i32; 2]) -> Self {
        let sum = |v: i16, mvd: i32| (((i32::from(v) >> 2) + mvd) << 2) as i16;
        Self { x: sum(self.x, mvd[0]), y: sum(self.y, mvd[1]) }
    }
}

impl MotionInputs<'_> {
    fn is_current(&self, picture: &RefPicture) -> bool {
        picture.poc == self.slice.poc
    }

    /// Whether vectors to a reference are of whole samples.
    #[cold]
    pub(crate) fn is_whole(&self, list: usize, ref_idx: i8) -> bool {
        self.slice.use_integer_mv_flag || self.lists.get(list, ref_idx).is_some_and(|picture| self.is_current(picture))
    }

    /// Whether nothing but the current picture is referred to: intra block copy.
    #[cold]
    pub(crate) fn is_intra_block_copy(&self, motion: &PuMotion) -> bool {
        let mut pictures = (0..2).filter_map(|list| self.lists.get(list, motion.ref_idx[list]));
        motion.is_available() && pictures.all(|picture| self.is_current(picture))
    }

    /// The vectors of a merging candidate, whole where they must be (8.5.3.2.2).
    #[cold]
    pub(crate) fn rounded(&self, mut motion: PuMotion) -> PuMotion {
        for (list, mv) in motion.mv.iter_mut().enumerate() {
            if self.is_whole(list, motion.ref_idx[list]) {
                *mv = mv.whole();
            }
        }
        motion
    }

    /// Motion of an 8x8 block of two vectors with fractions is that of list 0 alone, where the current picture is kept both
    /// before and after its in-loop filters (8.5.3.2.1).
    #[cold]
    pub(crate) fn restricted(&self, block: &PredictionBlock, mut motion: PuMotion) -> PuMotion {
        let [mv0, mv1] = motion.mv;
        let picture = |list: usize| self.lists.get(list, motion.ref_idx[list]).map(|picture| picture.poc);
        let identical = mv0 == mv1 && picture(0) == picture(1);
        let smallest = block.w == 8 && block.h == 8;
        if self.slice.two_versions && smallest && motion.is_bi() && !mv0.is_whole() && !mv1.is_whole() && !identical {
            motion.ref_idx[1] = -1;
            motion.mv[1] = Mv::default();
        }
        motion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_vectors_round_down_and_wrap() {
        assert_eq!(Mv { x: 7, y: -1 }.whole(), Mv { x: 4, y: -4 });
        assert_eq!(Mv { x: 7, y: -1 }.plus_whole([1, -2]), Mv { x: 8, y: -12 });
        assert_eq!(Mv { x: 32764, y: 0 }.plus_whole([1, 0]), Mv { x: -32768, y: 0 });
    }
}
