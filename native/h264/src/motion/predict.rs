//! Derivation process for luma motion vector prediction: 8.4.1.3.

use std::hint::select_unpredictable;

use super::UNAVAILABLE;
use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::neighbours::NONE;
use crate::state::{MacroblockReader, cell_of};

/// Blocks inside the macroblock whose neighbour C is not decoded yet, by raster index: for partitions one and two blocks wide.
const C_LATER: [u16; 2] = [1 << 5 | 1 << 13, 1 << 4 | 1 << 12];

/// Which neighbour a partition of half a macroblock prefers (8.4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    None,
    A,
    B,
    C,
}

#[inline]
fn median(a: i16, b: i16, c: i16) -> i16 {
    a.max(b).min(a.min(b).max(c))
}

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// Reference and vector of the neighbour C of a partition, or of D where C is not available (8.4.1.3.2).
    #[inline]
    fn neighbour_c(&self, list: usize, x: usize, y: usize, width: usize) -> (i8, Mv) {
        let later = width <= 2 && x + width < 4 && C_LATER[width - 1] >> (y * 4 + x) & 1 != 0;
        if !later && (y == 0 || x + width < 4) {
            let cell = cell_of(x + width, y) - 8;
            let ref_idx = self.cache.refs[list][cell];
            if ref_idx != UNAVAILABLE {
                return (ref_idx, self.cache.mv[list][cell]);
            }
        }
        if MBAFF && x == 0 && y > 0 {
            return self.cell_motion(list, self.neighbours.inner_d[y - 1]);
        }
        let cell = cell_of(x, y) - 9;
        (self.cache.refs[list][cell], self.cache.mv[list][cell])
    }

    /// mvpLX (8.4.1.3) of the partition at a 4x4 block, with its width in blocks.
    #[inline]
    pub(crate) fn predict_mv(&self, list: usize, [x, y, width]: [usize; 3], ref_idx: i8, preference: Preference) -> Mv {
        let cell = cell_of(x, y);
        let refs = &self.cache.refs[list];
        let vectors = &self.cache.mv[list];
        let (ref_a, a) = (refs[cell - 1], vectors[cell - 1]);
        let (ref_b, b) = (refs[cell - 8], vectors[cell - 8]);
        match preference {
            Preference::A if ref_a == ref_idx => return a,
            Preference::B if ref_b == ref_idx => return b,
            _ => {}
        }
        let (ref_c, c) = self.neighbour_c(list, x, y, width);
        if preference == Preference::C && ref_c == ref_idx {
            return c;
        }
        median_prediction(ref_idx, [ref_a, ref_b, ref_c], [a, b, c])
    }

    /// References and vectors of A, B and C of the macroblock as a whole (8.4.1.3.2).
    #[inline]
    pub(crate) fn whole_neighbours(&self, list: usize) -> ([i8; 3], [Mv; 3]) {
        let n = &self.neighbours;
        let (ref_a, a) = self.cell_motion(list, self.left(0));
        let (ref_b, b) = self.edge_motion(list, n.b, 0);
        let (ref_c, c) = if n.c == NONE { self.cell_motion(list, self.above_left()) } else { self.edge_motion(list, n.c, 0) };
        ([ref_a, ref_b, ref_c], [a, b, c])
    }
}

/// Derivation process for median luma motion vector prediction (8.4.1.3.1). Which neighbour it is can hardly be predicted: no
/// branch depends on it.
#[inline]
pub(crate) fn median_prediction(ref_idx: i8, refs: [i8; 3], [a, b, c]: [Mv; 3]) -> Mv {
    let alone = refs[1] == UNAVAILABLE && refs[2] == UNAVAILABLE && refs[0] != UNAVAILABLE;
    let [is_a, is_b, is_c] = refs.map(|other| other == ref_idx);
    let mut mv = [median(a[0], b[0], c[0]), median(a[1], b[1], c[1])];
    mv = select_unpredictable(is_c & !is_a & !is_b, c, mv);
    mv = select_unpredictable(is_b & !is_a & !is_c, b, mv);
    select_unpredictable(alone | is_a & !is_b & !is_c, a, mv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle() {
        for a in -2..3 {
            for b in -2..3 {
                for c in -2..3 {
                    let mut sorted = [a, b, c];
                    sorted.sort_unstable();
                    assert_eq!(median(a, b, c), sorted[1]);
                }
            }
        }
    }

    #[test]
    fn one_equal_reference_wins() {
        let vectors = [[1, 1], [2, 2], [3, 3]];
        assert_eq!(median_prediction(0, [1, 0, 1], vectors), [2, 2]);
        assert_eq!(median_prediction(0, [0, 0, 1], vectors), [2, 2]);
        assert_eq!(median_prediction(0, [4, UNAVAILABLE, UNAVAILABLE], vectors), [1, 1]);
    }
}
