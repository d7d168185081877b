//! References and vectors of the current macroblock and around it, in a grid of 4x4 blocks.

use crate::entropy::Syntax;
use crate::macroblock::{CACHE, MacroblockReader, at};
use crate::neighbours::{Cell, NONE};
use crate::picture::{MotionMb, Mv, flag};

/// refIdx of a partition that is not available; -1 is that of one that is, but does not use the list.
pub const UNAVAILABLE: i8 = -2;

#[derive(Debug)]
pub struct MotionCache {
    pub refs: [[i8; CACHE]; 2],
    pub mv: [[Mv; CACHE]; 2],
    /// Absolute mvd, for contexts.
    pub mvd: [[[u8; 2]; CACHE]; 2],
    /// Whether the block is predicted in direct mode, for contexts of ref_idx.
    pub direct: [bool; CACHE],
}

impl Default for MotionCache {
    fn default() -> Self {
        Self { refs: [[UNAVAILABLE; CACHE]; 2], mv: [[[0; 2]; CACHE]; 2], mvd: [[[0; 2]; CACHE]; 2], direct: [false; CACHE] }
    }
}

impl MotionCache {
    /// Fills a rectangle of a list with one reference.
    #[inline]
    pub fn fill_ref(&mut self, list: usize, [x, y, w, h]: [usize; 4], ref_idx: i8) {
        for row in y..y + h {
            self.refs[list][at(x, row)..][..w].fill(ref_idx);
        }
    }

    #[inline]
    pub fn fill_mv(&mut self, list: usize, [x, y, w, h]: [usize; 4], mv: Mv) {
        for row in y..y + h {
            self.mv[list][at(x, row)..][..w].fill(mv);
        }
    }

    #[inline]
    pub fn fill_mvd(&mut self, list: usize, [x, y, w, h]: [usize; 4], mvd: [u8; 2]) {
        for row in y..y + h {
            self.mvd[list][at(x, row)..][..w].fill(mvd);
        }
    }

    #[inline]
    pub fn fill_direct(&mut self, [x, y, w, h]: [usize; 4], direct: bool) {
        for row in y..y + h {
            self.direct[at(x, row)..][..w].fill(direct);
        }
    }
}

/// A neighbour's reference and vector, as the current macroblock's frame or field mode sees them (8.4.1.3.1).
#[inline]
fn seen(ref_idx: i8, mv: Mv, current_field: bool, its_field: bool) -> (i8, Mv) {
    if ref_idx < 0 {
        return (ref_idx, [0; 2]);
    }
    match (current_field, its_field) {
        (true, false) => (ref_idx * 2, [mv[0], mv[1] / 2]),
        (false, true) => (ref_idx >> 1, [mv[0], mv[1].wrapping_mul(2)]),
        _ => (ref_idx, mv),
    }
}

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// Fills the cells around the macroblock with the neighbours' motion of a list.
    pub fn load_motion(&mut self, list: usize) {
        self.load_above(list, self.neighbours.b);
        let (c, d) = (self.corner(list, self.neighbours.c, 3, 0), self.cell_motion(list, self.above_left()));
        (self.cache.refs[list][at(4, 0) - 8], self.cache.mv[list][at(4, 0) - 8]) = c;
        (self.cache.refs[list][at(0, 0) - 9], self.cache.mv[list][at(0, 0) - 9]) = d;
        if self.left(0).mb == NONE {
            for row in 0..4 {
                self.cache.refs[list][at(0, row) - 1] = UNAVAILABLE;
                self.cache.mv[list][at(0, row) - 1] = [0; 2];
            }
        } else {
            for row in 0..4 {
                (self.cache.refs[list][at(0, row) - 1], self.cache.mv[list][at(0, row) - 1]) =
                    self.cell_motion(list, self.left(row));
            }
        }
    }

    fn load_above(&mut self, list: usize, b: u32) {
        let above = at(0, 0) - 8;
        let Some(mb) = self.motion_of(b) else {
            self.cache.refs[list][above..above + 4].fill(UNAVAILABLE);
            self.cache.mv[list][above..above + 4].fill([0; 2]);
            return;
        };
        let (refs, its_field) = (mb.ref_idx[list], MBAFF && mb.flags & flag::FIELD != 0);
        if self.is_field() == its_field && refs[2] >= 0 && refs[3] >= 0 {
            let mut row = [mb.mv[list]; 4];
            if mb.flags & flag::VARIED != 0 {
                row.copy_from_slice(&self.motion.vectors[b as usize][list][12..16]);
            }
            self.cache.refs[list][above..above + 4].copy_from_slice(&[refs[2], refs[2], refs[3], refs[3]]);
            self.cache.mv[list][above..above + 4].copy_from_slice(&row);
            return;
        }
        for column in 0..4 {
            (self.cache.refs[list][above + column], self.cache.mv[list][above + column]) = self.corner(list, b, 3, column);
        }
    }

    #[inline]
    fn motion_of(&self, mb: u32) -> Option<&MotionMb> {
        self.motion.mbs.get(mb as usize)
    }

    /// Motion of the right column of a neighbour.
    #[inline]
    pub fn cell_motion(&self, list: usize, cell: Cell) -> (i8, Mv) {
        self.corner(list, cell.mb, cell.row as usize, 3)
    }

    /// Motion of the 4x4 block at a row and column of a neighbour.
    #[inline]
    pub fn corner(&self, list: usize, mb: u32, row: usize, column: usize) -> (i8, Mv) {
        let Some(motion) = self.motion_of(mb) else { return (UNAVAILABLE, [0; 2]) };
        let ref_idx = motion.ref_idx[list][(row & 2) + (column >> 1 & 1)];
        let mv = self.motion.vector(mb as usize, motion, list, row * 4 + column);
        seen(ref_idx, mv, self.is_field(), MBAFF && motion.flags & flag::FIELD != 0)
    }

    /// Fills the cells around the macroblock with the neighbours' absMvdComp (9.3.3.1.1.7).
    pub fn load_mvd(&mut self, list: usize) {
        let above = at(0, 0) - 8;
        for i in 0..4 {
            let left = self.left(i);
            self.cache.mvd[list][above + i] = self.seen_mvd(list, self.neighbours.b, i);
            self.cache.mvd[list][at(0, i) - 1] = self.seen_mvd(list, left.mb, 4 + (left.row as usize & 3));
        }
    }

    #[inline]
    pub fn seen_mvd(&self, list: usize, mb: u32, edge: usize) -> [u8; 2] {
        let Some(details) = self.details(mb, flag::VECTORS) else { return [0; 2] };
        let [x, y] = details.mvd[list][edge];
        let its_field = MBAFF && self.get(mb).is_some_and(|mb| mb.is(flag::FIELD));
        match (self.is_field(), its_field) {
            (true, false) => [x, y / 2],
            (false, true) => [x, y.saturating_mul(2)],
            _ => [x, y],
        }
    }

    /// Fills the cells around the macroblock with whether the neighbours are predicted in direct mode.
    pub fn load_direct(&mut self) {
        let above = at(0, 0) - 8;
        let direct = |mb: u32, quarter: usize| self.get(mb).is_some_and(|mb| mb.direct >> quarter & 1 != 0);
        let b = [direct(self.neighbours.b, 2), direct(self.neighbours.b, 3)];
        let a = [0, 1, 2, 3].map(|row| self.left(row)).map(|cell| direct(cell.mb, (cell.row as usize & 2) + 1));
        for (i, a) in a.into_iter().enumerate() {
            self.cache.direct[above + i] = b[i >> 1];
            self.cache.direct[at(0, i) - 1] = a;
        }
    }

    /// Keeps the macroblock's motion for neighbours and later pictures.
    pub fn store_motion(&mut self) {
        let lists = if self.slice.is_b() { 2 } else { 1 };
        self.current.flags |= flag::VARIED;
        let vectors = &mut self.motion.vectors[self.address as usize];
        let motion = &mut self.motion.mbs[self.address as usize];
        for (list, vectors) in vectors.iter_mut().enumerate().take(lists) {
            for row in 0..4 {
                vectors[row * 4..row * 4 + 4].copy_from_slice(&self.cache.mv[list][at(0, row)..at(0, row) + 4]);
            }
            motion.ref_idx[list] = [at(0, 0), at(2, 0), at(0, 2), at(2, 2)].map(|cell| self.cache.refs[list][cell]);
        }
        if lists == 1 {
            motion.ref_idx[1] = [-1; 4];
        }
    }

    /// Keeps the macroblock's mvd at its edges.
    pub fn store_mvd(&mut self) {
        self.current.flags |= flag::VECTORS;
        let lists = if self.slice.is_b() { 2 } else { 1 };
        let details = &mut self.mbs.details[self.address as usize];
        for list in 0..lists {
            let cache = &self.cache.mvd[list];
            details.mvd[list] = [(0, 3), (1, 3), (2, 3), (3, 3), (3, 0), (3, 1), (3, 2), (3, 3)].map(|(x, y)| cache[at(x, y)]);
        }
    }
}
