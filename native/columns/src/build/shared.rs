//! Columns that say the same in batch after batch: they are made once, and batches share their memory.

use std::collections::HashMap;

use arrow_array::{Array, ArrayRef};

/// What batches share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Columns of one value, by name.
    constants: HashMap<&'static str, ArrayRef>,
    /// Places of `pictures` pictures with that grid: columns block, x, y, w and h.
    pub(super) grid: Vec<Place>,
    pub(super) pictures: usize,
    pub(super) places: Vec<ArrayRef>,
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
pub(super) type Place = [u16; 4];

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
    pub fn finish(self, name: &'static str, shared: &mut Shared, make: impl Fn(Vec<u8>) -> ArrayRef) -> ArrayRef {
        if !self.values.is_empty() {
            return make(self.values);
        }
        shared.constant(name, self.len, |rows| make(vec![USUAL; rows]))
    }
}
