//! Columns that say the same in batch after batch: they are made once, and batches share their memory.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::{Int32Type, UInt16Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};

/// What batches share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Columns of one value, by name.
    constants: HashMap<&'static str, ArrayRef>,
    grid: Vec<Place>,
    /// Of so many pictures with that grid.
    pictures: usize,
    places: Vec<ArrayRef>,
}

impl Shared {
    /// So many rows of the column `name`, which `make` makes.
    pub fn constant(&mut self, name: &'static str, rows: usize, make: impl Fn(usize) -> ArrayRef) -> ArrayRef {
        let constant = self.constants.entry(name).or_insert_with(|| make(0));
        if constant.len() < rows {
            *constant = make(rows + rows / 4);
        }
        constant.slice(0, rows)
    }
}

/// x, y, w and h.
type Place = [u16; 4];

/// A column that is `USUAL` all through most streams: nothing is written before the first value that is not.
#[derive(Debug, Default)]
pub(super) struct Mostly<const USUAL: u8> {
    values: Vec<u8>,
    len: usize,
}

impl<const USUAL: u8> Mostly<USUAL> {
    pub fn extend(&mut self, values: impl ExactSizeIterator<Item = u8> + Clone) {
        let before = self.len;
        self.len += values.len();
        if self.values.is_empty() && values.clone().fold(true, |usual, value| usual & (value == USUAL)) {
            return;
        }
        self.values.resize(before, USUAL);
        self.values.extend(values);
    }

    /// The column `name`, which `make` makes of codes.
    pub fn finish<A: Array + 'static>(self, name: &'static str, shared: &mut Shared, make: impl Fn(Vec<u8>) -> A) -> ArrayRef {
        if !self.values.is_empty() {
            return Arc::new(make(self.values));
        }
        shared.constant(name, self.len, |rows| Arc::new(make(vec![USUAL; rows])))
    }
}

/// The columns block, x, y, w and h of coding blocks. Where every picture has the same grid of blocks, as macroblocks are,
/// nothing is written but the first picture's.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Rows to make room for.
    capacity: usize,
    grid: Vec<Place>,
    pictures: usize,
    /// Once there was another grid.
    columns: Option<Box<Columns>>,
}

#[derive(Debug)]
struct Columns {
    block: Vec<i32>,
    places: [Vec<u16>; 4],
}

impl Columns {
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

    pub fn len(&self) -> usize {
        self.columns.as_ref().map_or(self.grid.len() * self.pictures, |columns| columns.block.len())
    }

    /// Adds a picture's blocks.
    pub fn extend(&mut self, grid: impl ExactSizeIterator<Item = Place> + Clone) {
        if self.columns.is_none() {
            if self.pictures == 0 {
                self.grid = grid.clone().collect();
            }
            if self.grid.len() == grid.len() && self.grid.iter().copied().eq(grid.clone()) {
                self.pictures += 1;
                return;
            }
        }
        let columns = self.columns.get_or_insert_with(|| Box::new(Columns::of(&self.grid, self.pictures, self.capacity)));
        columns.extend(grid);
    }

    pub fn finish(self, shared: &mut Shared) -> Vec<ArrayRef> {
        let rows = self.len();
        if let Some(columns) = self.columns {
            return columns.into_arrays();
        }
        if shared.grid != self.grid || shared.pictures < self.pictures {
            shared.pictures = self.pictures + 1;
            shared.places = Columns::of(&self.grid, shared.pictures, shared.pictures * self.grid.len()).into_arrays();
            shared.grid = self.grid;
        }
        shared.places.iter().map(|column| column.slice(0, rows)).collect()
    }
}
