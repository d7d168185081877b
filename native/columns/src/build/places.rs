//! Where coding blocks are.

use std::sync::Arc;

use arrow_array::types::{Int32Type, UInt16Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use codecorpus_bitstream::records::BlockRecord;

use super::shared::Place;
use super::table::{BLOCK, End, GEOMETRY, Grow};
use crate::column::Column;

/// The columns block, x, y, w and h of coding blocks. Where every picture has the same grid of blocks, as macroblocks are,
/// nothing is written but the first picture's.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Rows to make room for.
    capacity: usize,
    grid: Vec<Place>,
    pictures: usize,
    /// Once there was another grid.
    columns: Option<Box<Written>>,
}

#[derive(Debug)]
struct Written {
    block: Vec<i32>,
    places: [Vec<u16>; 4],
}

impl Written {
    fn extend(&mut self, grid: impl ExactSizeIterator<Item = Place> + Clone) {
        self.block.extend(0..grid.len() as i32);
        for (i, column) in self.places.iter_mut().enumerate() {
            column.extend(grid.clone().map(|place| place[i]));
        }
    }

    fn of(grid: &[Place], pictures: usize, capacity: usize) -> Self {
        let column = || Vec::with_capacity(capacity);
        let mut columns = Self { block: Vec::with_capacity(capacity), places: std::array::from_fn(|_| column()) };
        (0..pictures).for_each(|_| columns.extend(grid.iter().copied()));
        columns
    }

    fn into_arrays(self) -> Vec<ArrayRef> {
        let block: ArrayRef = Arc::new(PrimitiveArray::<Int32Type>::new(self.block.into(), None));
        let places = self.places.map(|column| -> ArrayRef { Arc::new(PrimitiveArray::<UInt16Type>::new(column.into(), None)) });
        std::iter::once(block).chain(places).collect()
    }
}

impl Places {
    pub fn with_capacity(rows: usize) -> Self {
        Self { capacity: rows, ..Self::default() }
    }
}

impl Grow<BlockRecord> for Places {
    fn columns(&self) -> Vec<Column> {
        std::iter::once(BLOCK).chain(GEOMETRY).collect()
    }

    fn begin_picture(&mut self, rows: &[BlockRecord]) {
        let grid = rows.iter().map(|b| [b.x, b.y, b.w, b.h]);
        if self.columns.is_none() {
            if self.pictures == 0 {
                self.grid = grid.clone().collect();
            }
            if self.grid.len() == grid.len() && self.grid.iter().copied().eq(grid.clone()) {
                self.pictures += 1;
                return;
            }
        }
        let columns = self.columns.get_or_insert_with(|| Box::new(Written::of(&self.grid, self.pictures, self.capacity)));
        columns.extend(grid);
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef> {
        let shared = &mut *end.shared;
        if let Some(columns) = self.columns {
            return columns.into_arrays();
        }
        if shared.grid != self.grid || shared.pictures < self.pictures {
            shared.pictures = self.pictures + 1;
            shared.places = Written::of(&self.grid, shared.pictures, shared.pictures * self.grid.len()).into_arrays();
            shared.grid = self.grid;
        }
        shared.places.iter().map(|column| column.slice(0, end.rows)).collect()
    }
}
