//! Optical flow at the size of the picture: every sample has its prediction block's velocity.

use arrow_array::RecordBatch;

use crate::error::{Result, allocate};
use crate::grid::Grid;
use crate::maps::scaled;
use crate::placement::{Geometry, Placement, Placements};
use crate::rows::{Columns, Motions};
use crate::velocity::{Velocities, Velocity};

/// Which neighbouring frame the flow leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From each frame to the one before it.
    Backward,
    /// From each frame to the one after it.
    Forward,
}

impl Direction {
    /// The displacement to the neighbour. The reference on its side tells best; one on the other side tells it
    /// for steady motion.
    fn displacement(self, velocities: &Velocities) -> Option<[f32; 2]> {
        let Velocities { past, future } = *velocities;
        match self {
            Self::Backward => past.or(future).map(|Velocity { by, .. }| by),
            Self::Forward => future.or(past).map(|Velocity { by: [x, y], .. }| [-x, -y]),
        }
    }
}

/// Flow in the making: rows of **motion** in, then values out.
#[derive(Debug)]
pub struct Flow {
    grid: Grid,
    direction: Direction,
    placements: Placements,
    /// [frame, x or y, row, column]; NaN where there is no vector.
    values: Vec<f32>,
}

impl Flow {
    /// Flow of `frames` frames of `width` x `height` samples.
    ///
    /// # Errors
    /// Where it does not fit into memory.
    pub fn new(width: usize, height: usize, direction: Direction, frames: usize, placements: Placements) -> Result<Self> {
        let grid = Grid::new(width, height, 1)?;
        let values = allocate(frames, 2, grid.cells(), f32::NAN)?;
        Ok(Self { grid, direction, placements, values })
    }

    /// Adds rows of **motion**.
    ///
    /// # Errors
    /// Where a column is missing or of another type.
    pub fn add_motion(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = Motions::new(&Columns::of(batch))?;
        let mut current = (None, None);
        for row in 0..batch.num_rows() {
            let coded_order = rows.coded_order.value(row);
            if current.0 != Some(coded_order) {
                current = (Some(coded_order), self.placements.get(&coded_order).filter(|p| !p.sums_only).copied());
            }
            let Some(placement) = current.1 else { continue };
            let motion = rows.get(row);
            if let Some(by) = self.direction.displacement(&scaled(Velocities::of(&motion), placement.scale)) {
                self.paint(&placement, motion.geometry, by);
            }
        }
        Ok(())
    }

    /// Fills the samples whose centres lie in a block; of a field's block, the lines of its field.
    fn paint(&mut self, placement: &Placement, block: Geometry, by: [f32; 2]) {
        let rect = placement.rect(block);
        let centre = |at: f32, extent: usize| ((at - 0.5).ceil().max(0.0) as usize).min(extent);
        let (left, right) = (centre(rect.left, self.grid.width), centre(rect.right, self.grid.width));
        let (top, bottom) = (centre(rect.top, self.grid.height), centre(rect.bottom, self.grid.height));
        for line in top..bottom {
            let coded_line = ((line as f32 + 0.5) / placement.scale[1] + placement.origin[1]) as usize;
            if block.field != 0 && coded_line % 2 != usize::from(block.field == 2) {
                continue;
            }
            for (axis, by) in by.into_iter().enumerate() {
                let begin = (placement.frame * 2 + axis) * self.grid.cells() + line * self.grid.width;
                if let Some(samples) = self.values.get_mut(begin + left..begin + right.max(left)) {
                    samples.fill(by);
                }
            }
        }
    }

    /// All values: [frame, x or y, row, column].
    #[must_use]
    pub fn finish(self) -> Vec<f32> {
        self.values
    }
}
