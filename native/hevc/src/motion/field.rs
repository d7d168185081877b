//! Motion around the current prediction block, and motion that is kept for temporal prediction.

use super::{Mv, PuMotion};
use crate::neighbours::CtbNeighbours;
use crate::refs::RefPicLists;

/// Motion of the current CTB and of the cells around it, every 4 luma samples.
///
/// Cells that are not decoded yet, or not available, are [`PuMotion::UNAVAILABLE`]: availability (6.4.1, 6.4.2)
/// is whether a cell is filled.
#[derive(Debug)]
pub(crate) struct MotionGrid {
    /// Row 0 lies above the CTB, column 0 to its left; rows have a cell to the right of the CTB.
    cells: [PuMotion; ROWS * STRIDE],
    /// Luma position of the CTB.
    x: i32,
    y: i32,
}

const CELLS: usize = 16;
const STRIDE: usize = CELLS + 2;
const ROWS: usize = CELLS + 1;

impl MotionGrid {
    pub(crate) fn new() -> Self {
        Self { cells: [PuMotion::UNAVAILABLE; ROWS * STRIDE], x: 0, y: 0 }
    }

    /// Moves to the CTB at `x`, `y`, whose left neighbour was the CTB before it where that is available.
    /// `above` holds the bottom cells of the CTBs above, from the left edge of the picture.
    pub(crate) fn begin_ctb(&mut self, x: i32, y: i32, ctb_size: usize, around: CtbNeighbours, above: &[PuMotion]) {
        let cells = ctb_size / 4;
        let first = x as usize / 4;
        let above_at =
            |available: bool, i: usize| if available { above.get(i).copied() } else { None }.unwrap_or(PuMotion::UNAVAILABLE);
        let mut left = [PuMotion::UNAVAILABLE; CELLS];
        if around.left {
            for (row, cell) in left.iter_mut().enumerate() {
                *cell = self.cells[(row + 1) * STRIDE + cells];
            }
        }
        // The bottom right cell of the CTB above the left one: `above` holds the left CTB's there by now.
        let corner = if around.above_left { self.cells[cells] } else { PuMotion::UNAVAILABLE };
        self.cells.fill(PuMotion::UNAVAILABLE);
        (self.x, self.y) = (x, y);
        for (row, cell) in left.into_iter().enumerate().take(cells) {
            self.cells[(row + 1) * STRIDE] = cell;
        }
        self.cells[0] = corner;
        for column in 0..cells {
            self.cells[column + 1] = above_at(around.above, first + column);
        }
        self.cells[cells + 1] = above_at(around.above_right, first + cells);
    }

    /// The cell that covers a luma location.
    #[inline]
    pub(crate) fn at(&self, x: i32, y: i32) -> PuMotion {
        let column = ((x - self.x) >> 2) + 1;
        let row = ((y - self.y) >> 2) + 1;
        if !(0..STRIDE as i32).contains(&column) || !(0..ROWS as i32).contains(&row) {
            return PuMotion::UNAVAILABLE;
        }
        self.cells[row as usize * STRIDE + column as usize]
    }

    /// Fills a prediction block.
    pub(crate) fn set(&mut self, x: i32, y: i32, w: i32, h: i32, motion: PuMotion) {
        let (column, row) = ((((x - self.x) >> 2) + 1) as usize, (((y - self.y) >> 2) + 1) as usize);
        for row in row..row + (h >> 2) as usize {
            crate::neighbours::fill(&mut self.cells, row * STRIDE + column, (w >> 2) as usize, motion);
        }
    }

    /// The bottom row of the CTB.
    pub(crate) fn bottom(&self, ctb_size: usize) -> &[PuMotion] {
        let row = (ctb_size / 4).min(CELLS) * STRIDE;
        &self.cells[row + 1..row + 1 + (ctb_size / 4).min(CELLS)]
    }
}

/// Motion of a decoded picture, one cell for each 16x16 luma samples (8.5.3.2.8: xColPb, yColPb).
#[derive(Debug, Default)]
pub(crate) struct MotionField {
    cells: Vec<SavedMotion>,
    stride: usize,
    pub(crate) poc: i32,
}

/// Motion with its references as later pictures see them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SavedMotion {
    pub(crate) mv: [Mv; 2],
    pub(crate) poc: [i32; 2],
    pub(crate) used: [bool; 2],
    pub(crate) long_term: [bool; 2],
}

impl MotionField {
    /// Begins a picture, all of it intra.
    pub(crate) fn reset(&mut self, width: u32, height: u32, poc: i32) {
        self.stride = width.div_ceil(16) as usize;
        self.poc = poc;
        self.cells.clear();
        self.cells.resize(self.stride * height.div_ceil(16) as usize, SavedMotion::default());
    }

    #[inline]
    pub(crate) fn at(&self, x: i32, y: i32) -> Option<&SavedMotion> {
        let (column, row) = (usize::try_from(x >> 4).ok()?, usize::try_from(y >> 4).ok()?);
        if column >= self.stride {
            return None;
        }
        self.cells.get(row * self.stride + column)
    }

    /// Keeps the motion of a CTB that is decoded.
    pub(crate) fn save_ctb(&mut self, x: i32, y: i32, ctb_size: i32, grid: &MotionGrid, lists: &RefPicLists) {
        for cell_y in (y..y + ctb_size).step_by(16) {
            for cell_x in (x..x + ctb_size).step_by(16) {
                let (column, row) = ((cell_x >> 4) as usize, (cell_y >> 4) as usize);
                if column >= self.stride {
                    break;
                }
                let motion = grid.at(cell_x, cell_y);
                if let Some(cell) = self.cells.get_mut(row * self.stride + column).filter(|_| motion.is_available()) {
                    *cell = SavedMotion::new(motion, lists);
                }
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
