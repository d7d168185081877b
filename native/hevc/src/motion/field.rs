//! Motion around the current prediction block, and motion that is kept for temporal prediction.

use codecorpus_bitstream::Poc;

use super::{Mv, PredictionBlock, PuMotion};
use crate::neighbours::{CtbNeighbours, fill};
use crate::refs::RefPicLists;

/// Motion of the current CTB and of the cells around it, every 4 luma samples.
///
/// Cells that are not decoded yet, or not available, use no list: availability (6.4.1, 6.4.2) is whether a cell is filled.
/// Cells that no later prediction block touches are not filled.
#[derive(Debug)]
pub(crate) struct MotionGrid {
    /// Row 0 lies above the CTB, column 0 to its left; there are unused cells on the other sides.
    mv: [[Mv; 2]; ROWS * STRIDE],
    ref_idx: [[i8; 2]; ROWS * STRIDE],
    /// Luma position of the CTB.
    x: i32,
    y: i32,
}

const CELLS: usize = 16;
const STRIDE: usize = 32;
const ROWS: usize = 32;
const UNUSED: [i8; 2] = [-1; 2];

impl MotionGrid {
    pub(crate) fn new() -> Self {
        Self { mv: [[Mv::default(); 2]; ROWS * STRIDE], ref_idx: [UNUSED; ROWS * STRIDE], x: 0, y: 0 }
    }

    #[inline(always)]
    fn cell(&self, index: usize) -> PuMotion {
        let index = index & (ROWS * STRIDE - 1);
        PuMotion { mv: self.mv[index], ref_idx: self.ref_idx[index] }
    }

    #[inline(always)]
    fn set_cell(&mut self, index: usize, motion: PuMotion) {
        let index = index & (ROWS * STRIDE - 1);
        (self.mv[index], self.ref_idx[index]) = (motion.mv, motion.ref_idx);
    }

    /// Moves to the CTB at `x`, `y`, whose left neighbour was the CTB before it where that is available.
    /// `above` holds the bottom cells of the CTBs above, from the left edge of the picture.
    pub(crate) fn begin_ctb(&mut self, x: i32, y: i32, ctb_size: usize, around: CtbNeighbours, above: &[PuMotion]) {
        let cells = ctb_size / 4;
        let first = x as usize / 4;
        let above_at =
            |available: bool, i: usize| if available { above.get(i).copied() } else { None }.unwrap_or(PuMotion::UNAVAILABLE);
        (self.x, self.y) = (x, y);
        // The bottom right cell of the CTB above the left one: `above` holds the left CTB's there by now.
        self.set_cell(0, if around.above_left { self.cell(cells) } else { PuMotion::UNAVAILABLE });
        for row in (1..=cells).map(|row| row * STRIDE) {
            let left = if around.left { self.cell(row + cells) } else { PuMotion::UNAVAILABLE };
            fill(&mut self.ref_idx, row + 1, CELLS, UNUSED);
            self.set_cell(row, left);
        }
        for column in 0..cells {
            self.set_cell(column + 1, above_at(around.above, first + column));
        }
        self.set_cell(cells + 1, above_at(around.above_right, first + cells));
    }

    /// The cell that covers a luma location, not further than a cell from the CTB.
    #[inline(always)]
    pub(crate) fn motion_at(&self, x: i32, y: i32) -> PuMotion {
        self.cell(self.index(x, y))
    }

    #[inline(always)]
    fn index(&self, x: i32, y: i32) -> usize {
        let column = ((x - self.x) >> 2) + 1;
        let row = ((y - self.y) >> 2) + 1;
        (row * STRIDE as i32 + column) as usize
    }

    /// Keeps the motion of a prediction block, where later ones may ask for it: along its right and its lower edge.
    pub(crate) fn set(&mut self, block: &PredictionBlock, motion: PuMotion) {
        let columns = (block.w >> 2) as usize;
        let mut row = self.index(block.x, block.y);
        for _ in 1..block.h >> 2 {
            self.set_cell(row + columns - 1, motion);
            row += STRIDE;
        }
        fill(&mut self.mv, row, columns, motion.mv);
        fill(&mut self.ref_idx, row, columns, motion.ref_idx);
    }

    /// Copies the bottom row of the CTB.
    pub(crate) fn copy_bottom(&self, ctb_size: usize, to: &mut [PuMotion]) {
        let row = ctb_size / 4 * STRIDE;
        for (column, cell) in to.iter_mut().enumerate().take(ctb_size / 4) {
            *cell = self.cell(row + column + 1);
        }
    }
}

/// Motion of a decoded picture, one cell for each 16x16 luma samples (8.5.3.2.8: xColPb, yColPb).
#[derive(Debug, Default, PartialEq)]
pub(crate) struct MotionField {
    /// None where all of the picture is intra.
    cells: Vec<SavedMotion>,
    stride: usize,
    rows: usize,
    pub(crate) poc: Poc,
}

/// Motion with its references as later pictures see them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SavedMotion {
    pub(crate) mv: [Mv; 2],
    pub(crate) poc: [Poc; 2],
    pub(crate) used: [bool; 2],
    pub(crate) long_term: [bool; 2],
}

impl MotionField {
    /// Begins a picture, all of it intra.
    pub(crate) fn reset(&mut self, width: u32, height: u32, poc: Poc) {
        (self.stride, self.rows) = (width.div_ceil(16) as usize, height.div_ceil(16) as usize);
        self.poc = poc;
        self.cells.clear();
    }

    /// That of an intra picture.
    pub(crate) fn intra((width, height): (u32, u32), poc: Poc) -> Self {
        let mut field = Self::default();
        field.reset(width, height, poc);
        field
    }

    /// A slice begins that may have motion.
    pub(crate) fn expect_motion(&mut self) {
        self.cells.resize(self.stride * self.rows, SavedMotion::default());
    }

    /// What covers a luma location, at the top left of its 16x16 samples (8.5.3.2.8).
    #[inline]
    pub(crate) fn saved_at(&self, x: i32, y: i32) -> Option<&SavedMotion> {
        let (column, row) = (usize::try_from(x >> 4).ok()?, usize::try_from(y >> 4).ok()?);
        if column >= self.stride {
            return None;
        }
        self.cells.get(row * self.stride + column)
    }

    /// Keeps the motion of a prediction block, where it covers the top left of cells.
    pub(crate) fn save(&mut self, block: &PredictionBlock, motion: PuMotion, lists: &RefPicLists) {
        let cells = |from: i32, size: i32| ((from + 15) >> 4) as usize..((from + size + 15) >> 4) as usize;
        let (columns, rows) = (cells(block.x, block.w), cells(block.y, block.h));
        if columns.is_empty() || rows.is_empty() {
            return;
        }
        let saved = SavedMotion::new(motion, lists);
        for row in rows {
            let begin = row * self.stride;
            if let Some(cells) = self.cells.get_mut(begin + columns.start..begin + columns.end) {
                cells.fill(saved);
            }
        }
    }
}

impl SavedMotion {
    fn new(motion: PuMotion, lists: &RefPicLists) -> Self {
        let mut saved = Self { mv: motion.mv, ..Self::default() };
        for list in 0..2 {
            if let Some(picture) = lists.get(list, motion.ref_idx[list]) {
                saved.poc[list] = picture.poc;
                saved.used[list] = true;
                saved.long_term[list] = picture.long_term;
            }
        }
        saved
    }
}
