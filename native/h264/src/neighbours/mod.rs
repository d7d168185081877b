//! Derivation processes for neighbouring macroblocks and their blocks: 6.4.9 to 6.4.12.
//!
//! ```text
//!   D | B   | C        A, B, C and D as the standard has them. Rows are those of 4x4 luma blocks.
//!  ---+-----+---
//!   A | this |
//! ```

pub(crate) mod macroblocks;

use macroblocks::{Macroblocks, flag};

/// No macroblock, or none that is available.
pub(crate) const NONE: u32 = u32::MAX;

/// A 4x4 block of the right column of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) mb: u32,
    pub(crate) row: u32,
}

const NO_CELL: Cell = Cell { mb: NONE, row: 3 };

/// Neighbours of the current macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neighbours {
    /// Left of each row of 4x4 blocks.
    pub(crate) a: [Cell; 4],
    /// Above: its bottom row.
    pub(crate) b: u32,
    /// Above right: the bottom left block.
    pub(crate) c: u32,
    /// Above left.
    pub(crate) d: Cell,
    /// In MBAFF frames, above left of the rows 1 to 3, which is not always what is left of the rows 0 to 2.
    pub(crate) inner_d: [Cell; 3],
}

impl Default for Neighbours {
    fn default() -> Self {
        Self { a: [NO_CELL; 4], b: NONE, c: NONE, d: NO_CELL, inner_d: [NO_CELL; 3] }
    }
}

/// Which macroblocks there are around the current one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<'a> {
    pub(crate) mbs: &'a Macroblocks,
    pub(crate) width: u32,
    /// The current slice: neighbours of others are not available.
    pub(crate) slice: u32,
}

impl Grid<'_> {
    /// Availability for macroblock addresses (6.4.8), inside the current slice.
    fn available(&self, address: u32, step: u32) -> bool {
        self.mbs.slices.get((address * step) as usize).is_some_and(|&slice| slice == self.slice)
    }

    /// Addresses of A, B, C, D (6.4.9); of macroblock pairs where `step` is 2 (6.4.10).
    #[inline]
    fn around(&self, address: u32, column: u32, step: u32) -> [u32; 4] {
        let width = self.width;
        let at = |there: bool, back: u32| {
            let neighbour = address.wrapping_sub(back);
            if there && neighbour < address && self.available(neighbour, step) { neighbour } else { NONE }
        };
        [at(column > 0, 1), at(true, width), at(column + 1 < width, width.wrapping_sub(1)), at(column > 0, width + 1)]
    }

    /// Neighbours in a frame without MBAFF, or in a field (6.4.12.1): their macroblocks alone, for their rows are the same.
    #[inline]
    pub(crate) fn plain(&self, address: u32, column: u32, neighbours: &mut Neighbours) {
        let [a, b, c, d] = self.around(address, column, 1);
        neighbours.a[0].mb = a;
        (neighbours.b, neighbours.c) = (b, c);
        neighbours.d.mb = d;
    }

    fn is_field_pair(&self, pair: u32) -> bool {
        self.mbs.states.get((pair * 2) as usize).is_some_and(|mb| mb.is(flag::FIELD))
    }

    /// Neighbours in an MBAFF frame (6.4.12.2, table 6-4), for a frame or a field macroblock.
    #[must_use]
    pub(crate) fn mbaff(&self, address: u32, column: u32, field: bool) -> Neighbours {
        let [a, b, c, d] = self.around(address / 2, column, 2);
        let bottom = address & 1;
        let mut neighbours = Neighbours::default();
        if a != NONE {
            neighbours.a = [0, 4, 8, 12].map(|y| self.left(a, y, bottom, field));
            neighbours.inner_d = [3, 7, 11].map(|y| self.left(a, y, bottom, field));
        }
        if !field && bottom == 1 {
            neighbours.b = address - 1;
            if a != NONE {
                // Row 7 of the bottom field, or the last row of the upper frame macroblock.
                neighbours.d = if self.is_field_pair(a) { Cell { mb: 2 * a + 1, row: 1 } } else { Cell { mb: 2 * a, row: 3 } };
            }
            return neighbours;
        }
        // The top field macroblock of a field pair stays in its parity where the pair above is of fields too.
        let above = |pair: u32| match pair {
            NONE => NONE,
            _ if field && bottom == 0 && self.is_field_pair(pair) => 2 * pair,
            _ => 2 * pair + 1,
        };
        neighbours.b = above(b);
        neighbours.c = above(c);
        neighbours.d = Cell { mb: above(d), row: 3 };
        neighbours
    }

    /// The block to the left of luma row `y`, in the pair `pair` (table 6-4).
    fn left(&self, pair: u32, y: u32, bottom: u32, field: bool) -> Cell {
        let (mb, y) = match (field, self.is_field_pair(pair)) {
            (false, false) | (true, true) => (bottom, y),
            (false, true) => (y & 1, (y + 16 * bottom) >> 1),
            (true, false) => {
                let row = 2 * y + bottom;
                (row >> 4, row & 15)
            }
        };
        Cell { mb: 2 * pair + mb, row: y >> 2 }
    }

    /// Whether the pairs to the left and above are of field macroblocks (6.4.10); none where they are not available.
    #[must_use]
    pub(crate) fn field_pairs(&self, address: u32, column: u32) -> [Option<bool>; 2] {
        let [a, b, ..] = self.around(address / 2, column, 2);
        [a, b].map(|pair| (pair != NONE).then(|| self.is_field_pair(pair)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows and two columns of pairs of one slice; the pair to the left of the last one is of fields or of frames.
    fn grid(left_is_field: bool) -> Macroblocks {
        let mut mbs = Macroblocks::default();
        mbs.resize(8);
        mbs.slices.fill(1);
        if left_is_field {
            mbs.states[4].flags = flag::FIELD;
            mbs.states[5].flags = flag::FIELD;
        }
        mbs
    }

    fn left(mbs: &Macroblocks, address: u32, field: bool) -> [(u32, u32); 4] {
        Grid { mbs, width: 2, slice: 1 }.mbaff(address, 1, field).a.map(|cell| (cell.mb, cell.row))
    }

    #[test]
    fn left_of_mbaff_macroblocks() {
        let (fields, frames) = (grid(true), grid(false));
        assert_eq!(left(&frames, 6, false), [(4, 0), (4, 1), (4, 2), (4, 3)]);
        assert_eq!(left(&fields, 6, false), [(4, 0), (4, 0), (4, 1), (4, 1)]);
        assert_eq!(left(&fields, 7, false), [(4, 2), (4, 2), (4, 3), (4, 3)]);
        assert_eq!(left(&frames, 6, true), [(4, 0), (4, 2), (5, 0), (5, 2)]);
        assert_eq!(left(&frames, 7, true), [(4, 0), (4, 2), (5, 0), (5, 2)]);
        assert_eq!(left(&fields, 7, true), [(5, 0), (5, 1), (5, 2), (5, 3)]);
    }

    #[test]
    fn above_and_above_left_of_mbaff_macroblocks() {
        let (fields, frames) = (grid(true), grid(false));
        let at = |mbs: &Macroblocks, address, field| {
            let n = Grid { mbs, width: 2, slice: 1 }.mbaff(address, 1, field);
            (n.b, n.d.mb, n.d.row)
        };
        assert_eq!(at(&frames, 6, false), (3, 1, 3));
        assert_eq!(at(&frames, 7, false), (6, 4, 3));
        assert_eq!(at(&fields, 7, false), (6, 5, 1));
        assert_eq!(at(&frames, 6, true), (3, 1, 3));
        assert_eq!(at(&frames, 7, true), (3, 1, 3));
    }
}
