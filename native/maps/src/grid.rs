//! Cells of N x N luma samples over a picture.

use crate::error::{MapError, Result};

/// A grid over `width` x `height` samples. Cells at the right and bottom edge may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub width: usize,
    pub height: usize,
    pub cell: usize,
    pub rows: usize,
    pub columns: usize,
}

/// No picture of any codec is larger.
const MAX_SIDE: usize = 1 << 16;

impl Grid {
    /// # Errors
    /// Where a side or the cell is zero, or larger than any picture.
    pub fn new(width: usize, height: usize, cell: usize) -> Result<Self> {
        if [width, height, cell].iter().any(|&side| side == 0 || side > MAX_SIDE) {
            return Err(MapError::Argument("width, height and cell must be between 1 and 65536"));
        }
        Ok(Self { width, height, cell, rows: height.div_ceil(cell), columns: width.div_ceil(cell) })
    }

    #[must_use]
    pub const fn cells(&self) -> usize {
        self.rows * self.columns
    }

    /// Samples of a cell inside the picture.
    #[must_use]
    pub fn area(&self, row: usize, column: usize) -> f32 {
        let side = |extent: usize, index: usize| (extent - index * self.cell).min(self.cell) as f32;
        side(self.width, column) * side(self.height, row)
    }

    /// The part of a rectangle inside the picture. What lies outside counts to the picture's last samples, so
    /// that nothing that is summed gets lost with the samples that the decoder crops.
    pub(crate) fn clip(&self, rect: Rect) -> Rect {
        let clip = |begin: f32, end: f32, extent: usize| {
            let extent = extent as f32;
            let begin = begin.clamp(0.0, extent - 1.0);
            if end > begin { (begin, end.min(extent)) } else { (begin, begin + 1.0) }
        };
        let (left, right) = clip(rect.left, rect.right, self.width);
        let (top, bottom) = clip(rect.top, rect.bottom, self.height);
        Rect { left, top, right, bottom }
    }

    /// Whether any of a rectangle is inside the picture: of a picture that decoders crop, some blocks are not.
    pub(crate) fn shows(&self, rect: Rect) -> bool {
        rect.left < self.width as f32 && rect.top < self.height as f32 && rect.right > 0.0 && rect.bottom > 0.0
    }

    /// Calls `visit` with every cell that a rectangle inside the picture touches, and the area that they share.
    #[inline]
    pub(crate) fn each_cell(&self, rect: Rect, mut visit: impl FnMut(usize, f32)) {
        let cell = self.cell as f32;
        let last = |end: f32, count: usize| ((end / cell).ceil() as usize).min(count);
        let (first_row, end_row) = ((rect.top / cell) as usize, last(rect.bottom, self.rows));
        let (first_column, end_column) = ((rect.left / cell) as usize, last(rect.right, self.columns));
        for row in first_row..end_row {
            let height = overlap(rect.top, rect.bottom, row as f32 * cell, cell);
            for column in first_column..end_column {
                let area = height * overlap(rect.left, rect.right, column as f32 * cell, cell);
                if area > 0.0 {
                    visit(row * self.columns + column, area);
                }
            }
        }
    }
}

#[inline]
fn overlap(begin: f32, end: f32, cell_begin: f32, cell: f32) -> f32 {
    (end.min(cell_begin + cell) - begin.max(cell_begin)).max(0.0)
}

/// A rectangle in samples of the grid's picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Rect {
    pub fn area(self) -> f32 {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_share_out_the_whole_of_a_rectangle(
            size in (1usize..200, 1usize..200), cell in 1usize..40, at in (0u16..300, 0u16..300), side in (1u16..130, 1u16..130)
        ) {
            let grid = Grid::new(size.0, size.1, cell).unwrap();
            let (left, top) = (f32::from(at.0), f32::from(at.1));
            let rect = grid.clip(Rect { left, top, right: left + f32::from(side.0), bottom: top + f32::from(side.1) });
            let mut sum = 0.0;
            grid.each_cell(rect, |index, area| {
                assert!(index < grid.cells());
                assert!(area <= grid.area(index / grid.columns, index % grid.columns));
                sum += area;
            });
            prop_assert_eq!(sum, rect.area());
        }
    }

    #[test]
    fn cells_at_the_edge_are_cut() {
        let grid = Grid::new(40, 24, 16).unwrap();
        assert_eq!((grid.rows, grid.columns), (2, 3));
        assert_eq!(grid.area(1, 2), 8.0 * 8.0);
        let total: f32 = (0..2).flat_map(|row| (0..3).map(move |column| grid.area(row, column))).sum();
        assert_eq!(total, 40.0 * 24.0);
    }
}
