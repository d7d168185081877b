//! Vector prediction in P- and S-VOPs: 7.6.5.
//!
//! ```text
//!         | B | C
//!       --+---+--
//!       A | x |
//! ```

use codecorpus_mpeg::motion::Mv;

use crate::refs::{MotionMb, wide};
use crate::state::VopReader;

impl VopReader<'_> {
    /// The vector that block `block` of the current macroblock is predicted with (7.6.5); `earlier` has those of its blocks
    /// before it.
    #[inline(always)]
    pub(crate) fn predict_vector(&self, block: usize, earlier: &[[i16; 2]; 4]) -> Mv {
        let of = |mb: Option<&MotionMb>, block: usize| mb.map(|mb| mb.mv[block]);
        let [a, b, c] = match block {
            0 => [of(self.left_motion(), 1), of(self.above_motion(), 2), of(self.above_right_motion(), 2)],
            1 => [Some(earlier[0]), of(self.above_motion(), 3), of(self.above_right_motion(), 2)],
            2 => [of(self.left_motion(), 3), Some(earlier[0]), Some(earlier[1])],
            _ => [Some(earlier[2]), Some(earlier[1]), Some(earlier[0])],
        };
        median_of_candidates(a, b, c)
    }

    #[inline(always)]
    fn left_motion(&self) -> Option<&MotionMb> {
        self.has_left().then(|| &self.motion.mbs[self.address as usize - 1])
    }

    #[inline(always)]
    fn above_motion(&self) -> Option<&MotionMb> {
        self.has_above().then(|| &self.motion.mbs[(self.address - self.columns()) as usize])
    }

    #[inline(always)]
    fn above_right_motion(&self) -> Option<&MotionMb> {
        let is_there = self.column + 1 < self.columns() && self.address + 1 >= self.first + self.columns();
        is_there.then(|| &self.motion.mbs[(self.address + 1 - self.columns()) as usize])
    }
}

/// One candidate that is missing counts as zero; where two are, the third one is the prediction (7.6.5).
#[inline(always)]
fn median_of_candidates(a: Option<[i16; 2]>, b: Option<[i16; 2]>, c: Option<[i16; 2]>) -> Mv {
    let mv = match (a, b, c) {
        (Some(only), None, None) | (None, Some(only), None) | (None, None, Some(only)) => only,
        _ => {
            let [a, b, c] = [a, b, c].map(Option::unwrap_or_default);
            [median(a[0], b[0], c[0]), median(a[1], b[1], c[1])]
        }
    };
    wide(mv)
}

#[inline(always)]
fn median(a: i16, b: i16, c: i16) -> i16 {
    a.max(b).min(a.min(b).max(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_candidates_count_as_the_standard_has_it() {
        let [a, b, c] = [[5, -3], [1, 9], [2, 0]].map(Some);
        assert_eq!(median_of_candidates(a, b, c), [2, 0]);
        assert_eq!(median_of_candidates(None, b, c), [1, 0]);
        assert_eq!(median_of_candidates(a, None, None), [5, -3]);
        assert_eq!(median_of_candidates(None, None, None), [0, 0]);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        for (a, b, c) in [(1, 2, 3), (3, 1, 2), (2, 3, 1), (2, 2, 1), (-5, 7, 7)] {
            let mut sorted = [a, b, c];
            sorted.sort_unstable();
            assert_eq!(median(a, b, c), sorted[1]);
        }
    }
}
