//! References and vectors of the current macroblock and around it, in a grid of 4x4 blocks.

use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::neighbours::Cell;
use crate::neighbours::macroblocks::flag;
use crate::state::{CACHE, MacroblockReader, cell_of};

/// refIdx of a partition that is not available; -1 is that of one that is, but does not use the list.
pub(crate) const UNAVAILABLE: i8 = -2;

#[derive(Debug)]
pub(crate) struct MotionCache {
    pub(crate) refs: [[i8; CACHE]; 2],
    pub(crate) mv: [[Mv; CACHE]; 2],
    /// Absolute mvd, for contexts.
    pub(crate) mvd: [[[u8; 2]; CACHE]; 2],
    /// Whether the block is predicted in direct mode, for contexts of ref_idx.
    pub(crate) direct: [bool; CACHE],
}

impl Default for MotionCache {
    fn default() -> Self {
        Self { refs: [[UNAVAILABLE; CACHE]; 2], mv: [[[0; 2]; CACHE]; 2], mvd: [[[0; 2]; CACHE]; 2], direct: [false; CACHE] }
    }
}

impl MotionCache {
    /// Fills a rectangle of a list with one reference.
    #[inline(always)]
    pub(crate) fn fill_ref(&mut self, list: usize, rectangle: [usize; 4], ref_idx: i8) {
        fill(&mut self.refs[list], rectangle, ref_idx);
    }

    #[inline(always)]
    pub(crate) fn fill_mv(&mut self, list: usize, rectangle: [usize; 4], mv: Mv) {
        fill(&mut self.mv[list], rectangle, mv);
    }

    #[inline(always)]
    pub(crate) fn fill_mvd(&mut self, list: usize, rectangle: [usize; 4], mvd: [u8; 2]) {
        fill(&mut self.mvd[list], rectangle, mvd);
    }

    #[inline(always)]
    pub(crate) fn fill_direct(&mut self, rectangle: [usize; 4], direct: bool) {
        fill(&mut self.direct, rectangle, direct);
    }
}

/// Fills a rectangle whose sides are 1, 2 or 4: rows of a length that is known are a store each.
#[inline(always)]
fn fill<T: Copy>(cells: &mut [T; CACHE], [x, y, w, h]: [usize; 4], value: T) {
    #[inline(always)]
    fn rows<T: Copy, const W: usize>(cells: &mut [T; CACHE], first: usize, h: usize, value: T) {
        for row in 0..h {
            cells[first + row * 8..][..W].copy_from_slice(&[value; W]);
        }
    }
    match w {
        4 => rows::<T, 4>(cells, cell_of(x, y), h, value),
        2 => rows::<T, 2>(cells, cell_of(x, y), h, value),
        _ => rows::<T, 1>(cells, cell_of(x, y), h, value),
    }
}

/// A neighbour's reference, as the current macroblock's frame or field mode sees it (8.4.1.3.1).
#[inline]
fn seen_ref(ref_idx: i8, current_field: bool, its_field: bool) -> i8 {
    match (current_field, its_field) {
        (true, false) if ref_idx >= 0 => ref_idx * 2,
        (false, true) if ref_idx >= 0 => ref_idx >> 1,
        _ => ref_idx,
    }
}

/// And its vector (8.4.1.3.1).
#[inline]
fn seen_mv(mv: Mv, current_field: bool, its_field: bool) -> Mv {
    match (current_field, its_field) {
        (true, false) => [mv[0], mv[1] / 2],
        (false, true) => [mv[0], mv[1].wrapping_mul(2)],
        _ => mv,
    }
}

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// Fills the cells around the macroblock with the neighbours' motion of a list.
    pub(crate) fn load_motion(&mut self, list: usize) {
        let above = cell_of(0, 0) - 8;
        for column in 0..4 {
            let b = self.edge_motion(list, self.neighbours.b, column);
            (self.cache.refs[list][above + column], self.cache.mv[list][above + column]) = b;
            let left = cell_of(0, column) - 1;
            (self.cache.refs[list][left], self.cache.mv[list][left]) = self.cell_motion(list, self.left(column));
        }
        (self.cache.refs[list][above + 4], self.cache.mv[list][above + 4]) = self.edge_motion(list, self.neighbours.c, 0);
        (self.cache.refs[list][above - 1], self.cache.mv[list][above - 1]) = self.cell_motion(list, self.above_left());
    }

    /// Motion of the right column of a neighbour.
    #[inline]
    pub(crate) fn cell_motion(&self, list: usize, cell: Cell) -> (i8, Mv) {
        self.edge_motion(list, cell.mb, 4 + (cell.row as usize & 3))
    }

    /// Motion of a 4x4 block at the edge of a neighbour, as [`Details`] counts them.
    #[inline]
    pub(crate) fn edge_motion(&self, list: usize, mb: u32, edge: usize) -> (i8, Mv) {
        let (Some(motion), Some(details)) = (self.motion.mbs.get(mb as usize), self.details(mb)) else {
            return (UNAVAILABLE, [0; 2]);
        };
        let (ref_idx, mv) = (motion.ref_idx[list][EDGE_QUARTERS[edge]], details.mv[list][edge]);
        let its_field = MBAFF && motion.flags & flag::FIELD != 0;
        (seen_ref(ref_idx, self.is_field(), its_field), seen_mv(mv, self.is_field(), its_field))
    }

    /// Fills the cells around the macroblock with the neighbours' absMvdComp (9.3.3.1.1.7).
    pub(crate) fn load_mvd(&mut self, list: usize) {
        let above = cell_of(0, 0) - 8;
        for i in 0..4 {
            let left = self.left(i);
            self.cache.mvd[list][above + i] = self.seen_mvd(list, self.neighbours.b, i);
            self.cache.mvd[list][cell_of(0, i) - 1] = self.seen_mvd(list, left.mb, 4 + (left.row as usize & 3));
        }
    }

    /// absMvdComp of a block at the edge of a neighbour, as the current macroblock's frame or field mode sees it (9.3.3.1.1.7).
    #[inline]
    pub(crate) fn seen_mvd(&self, list: usize, mb: u32, edge: usize) -> [u8; 2] {
        let Some(details) = self.details(mb) else { return [0; 2] };
        let [x, y] = details.mvd[list][edge];
        let its_field = MBAFF && self.get(mb).is_some_and(|mb| mb.is(flag::FIELD));
        match (self.is_field(), its_field) {
            (true, false) => [x, y / 2],
            (false, true) => [x, y.saturating_mul(2)],
            _ => [x, y],
        }
    }

    /// Fills the cells around the macroblock with whether the neighbours are predicted in direct mode.
    pub(crate) fn load_direct(&mut self) {
        let above = cell_of(0, 0) - 8;
        let direct = |mb: u32, quarter: usize| self.get(mb).is_some_and(|mb| mb.direct >> quarter & 1 != 0);
        let b = [direct(self.neighbours.b, 2), direct(self.neighbours.b, 3)];
        let a = [0, 1, 2, 3].map(|row| self.left(row)).map(|cell| direct(cell.mb, (cell.row as usize & 2) + 1));
        for (i, a) in a.into_iter().enumerate() {
            self.cache.direct[above + i] = b[i >> 1];
            self.cache.direct[cell_of(0, i) - 1] = a;
        }
    }

    /// Keeps the macroblock's motion for neighbours and later pictures.
    pub(crate) fn store_motion(&mut self) {
        let lists = if self.slice.is_b() { 2 } else { 1 };
        self.current.flags |= flag::VARIED;
        let details = &mut self.mbs.details[self.address as usize];
        let vectors = &mut self.motion.vectors[self.address as usize];
        let motion = &mut self.motion.mbs[self.address as usize];
        for (list, vectors) in vectors.iter_mut().enumerate().take(lists) {
            let cache = &self.cache.mv[list];
            for row in 0..4 {
                vectors[row * 4..row * 4 + 4].copy_from_slice(&cache[cell_of(0, row)..cell_of(0, row) + 4]);
            }
            details.mv[list] = EDGE.map(|cell| cache[cell]);
            motion.ref_idx[list] =
                [cell_of(0, 0), cell_of(2, 0), cell_of(0, 2), cell_of(2, 2)].map(|cell| self.cache.refs[list][cell]);
        }
        if lists == 1 {
            motion.ref_idx[1] = [-1; 4];
        }
    }

    /// Keeps the macroblock's mvd at its edge.
    pub(crate) fn store_mvd(&mut self) {
        let lists = if self.slice.is_b() { 2 } else { 1 };
        let details = &mut self.mbs.details[self.address as usize];
        for list in 0..lists {
            details.mvd[list] = EDGE.map(|cell| self.cache.mvd[list][cell]);
        }
    }
}

/// The 8x8 quarters that the blocks of a macroblock's edge lie in.
pub(crate) const EDGE_QUARTERS: [usize; 8] = [2, 2, 3, 3, 1, 1, 3, 3];

/// The cells of a macroblock's edge.
const EDGE: [usize; 8] =
    [cell_of(0, 3), cell_of(1, 3), cell_of(2, 3), cell_of(3, 3), cell_of(3, 0), cell_of(3, 1), cell_of(3, 2), cell_of(3, 3)];
