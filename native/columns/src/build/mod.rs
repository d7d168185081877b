//! Records to columns.

mod blocks;
mod frames;
mod motion;
mod shared;
mod transforms;

pub(crate) use shared::Shared;
use shared::{Mostly, Places};

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch, StringArray, new_null_array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::SchemaRef;
use codecorpus_bitstream::Wanted;
use codecorpus_bitstream::records::Picture;

use crate::assemble::{Batch, Context};

/// Rows of pictures in coded order, on their way to be a batch.
///
/// A picture's records become columns when it arrives, while they are near; what presentation order tells is added when
/// the batch is finished.
#[derive(Debug)]
pub(crate) struct Columns {
    frames: frames::Columns,
    blocks: blocks::Columns,
    motion: motion::Columns,
    transforms: transforms::Columns,
}

impl Columns {
    /// Room for so many rows of each table that is wanted: memory that is not touched costs nothing.
    pub fn with_capacity(wanted: Wanted, rows: usize) -> Self {
        let rows_if = |wanted: bool| if wanted { rows } else { 0 };
        Self {
            frames: frames::Columns::default(),
            blocks: blocks::Columns::with_capacity(rows_if(wanted.blocks)),
            motion: motion::Columns::with_capacity(rows_if(wanted.motion)),
            transforms: transforms::Columns::with_capacity(rows_if(wanted.transforms)),
        }
    }

    pub fn push(&mut self, picture: &Picture) {
        self.frames.push(picture);
        self.blocks.extend(picture);
        self.motion.extend(picture);
        self.transforms.extend(picture);
    }

    pub fn pictures(&self) -> usize {
        self.frames.len()
    }

    pub fn rows(&self) -> usize {
        self.blocks.len() + self.motion.len() + self.transforms.len()
    }

    /// The tables that are wanted.
    pub fn finish(self, context: &Context, shared: &mut Shared) -> Batch {
        let wanted = context.wanted;
        Batch {
            frames: self.frames.finish(context),
            blocks: wanted.blocks.then(|| self.blocks.finish(context, shared)),
            motion: wanted.motion.then(|| self.motion.finish(context, shared)),
            transforms: wanted.transforms.then(|| self.transforms.finish(context)),
        }
    }
}

/// Records that become columns at once: as many as a first-level cache holds beside what is written.
const TILE: usize = 128;

/// A column of zeros but where something is written: memory that is not touched costs nothing.
#[derive(Debug)]
struct Sparse<T> {
    values: Vec<T>,
    len: usize,
}

impl<T: Copy + Default> Sparse<T> {
    /// Room for so many rows, and for those of a picture more.
    fn with_capacity(rows: usize) -> Self {
        Self { values: vec![T::default(); rows + rows / 4], len: 0 }
    }

    /// Adds rows of zeros.
    fn skip(&mut self, rows: usize) {
        self.len += rows;
        if self.len > self.values.len() {
            self.values.resize(self.len + self.len / 2, T::default());
        }
    }

    /// Adds rows, and gives them to be written.
    fn extend(&mut self, rows: usize) -> &mut [T] {
        let begin = self.len;
        self.skip(rows);
        &mut self.values[begin..self.len]
    }

    fn finish(mut self) -> Vec<T> {
        self.values.truncate(self.len);
        self.values
    }
}

/// How many rows each picture has, in coded order: what the keys of its rows are made of.
#[derive(Debug, Default)]
struct Runs(Vec<(i32, usize)>);

impl Runs {
    fn push(&mut self, picture: &Picture, rows: usize) {
        self.0.push((picture.frame.coded_order as i32, rows));
    }

    /// Adds the keys frame and coded_order.
    fn add_keys(&self, table: &mut Table, context: &Context) {
        let (mut frame, mut coded_order) = (Vec::with_capacity(table.rows), Vec::with_capacity(table.rows));
        for &(picture, rows) in &self.0 {
            frame.resize(frame.len() + rows, context.frame(picture));
            coded_order.resize(coded_order.len() + rows, picture);
        }
        table.add_where::<Int32Type>("frame", frame, |&frame| frame >= 0);
        table.add_values::<Int32Type>("coded_order", coded_order);
    }
}

/// The columns of one table, added in the order of its schema.
struct Table {
    schema: SchemaRef,
    rows: usize,
    columns: Vec<ArrayRef>,
}

impl Table {
    fn new(schema: SchemaRef, rows: usize) -> Self {
        let columns = Vec::with_capacity(schema.fields().len());
        Self { schema, rows, columns }
    }

    fn add(&mut self, name: &str, column: impl Array + 'static) {
        self.add_shared(name, Arc::new(column));
    }

    fn add_shared(&mut self, name: &str, column: ArrayRef) {
        debug_assert_eq!(self.schema.field(self.columns.len()).name(), name);
        self.columns.push(column);
    }

    /// Adds a column without nulls.
    fn add_values<T: ArrowPrimitiveType>(&mut self, name: &str, values: Vec<T::Native>) {
        self.add(name, PrimitiveArray::<T>::new(values.into(), None));
    }

    /// Adds a column that is null where the value says so.
    fn add_where<T: ArrowPrimitiveType>(&mut self, name: &str, values: Vec<T::Native>, is_valid: impl Fn(&T::Native) -> bool) {
        let nulls = valid(&values, is_valid);
        self.add(name, PrimitiveArray::<T>::new(values.into(), nulls));
    }

    fn add_null(&mut self, name: &str) {
        let field = self.schema.field(self.columns.len());
        debug_assert_eq!(field.name(), name);
        self.columns.push(new_null_array(field.data_type(), self.rows));
    }

    fn finish(self) -> RecordBatch {
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(self.schema, self.columns, &options)
            // Types, order and lengths are fixed by the code of this room, whatever the input.
            .unwrap_or_else(|error| unreachable!("the columns keep to their schema: {error}"))
    }
}

/// Validity from values: none where all are valid.
fn valid<T>(values: &[T], is_valid: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    if values.iter().fold(true, |all, value| all & is_valid(value)) {
        return None;
    }
    Some(NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |i| is_valid(&values[i]))))
}

fn booleans(values: &[bool]) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(values.len(), |i| values[i]), None)
}

/// Codes as a dictionary of `names`; a code without a name is null.
fn coded(mut codes: Vec<u8>, names: &[&str]) -> DictionaryArray<Int8Type> {
    let count = names.len() as u8;
    let nulls = valid(&codes, |&code| code < count);
    if nulls.is_some() {
        codes.iter_mut().for_each(|code| *code = if *code < count { *code } else { 0 });
    }
    let values = StringArray::from_iter_values(names);
    DictionaryArray::try_new(PrimitiveArray::new(small(codes), nulls), Arc::new(values))
        .unwrap_or_else(|error| unreachable!("codes are below the number of names: {error}"))
}

/// Codes up to 127, as they are.
fn small(codes: Vec<u8>) -> ScalarBuffer<i8> {
    let rows = codes.len();
    ScalarBuffer::new(codes.into(), 0, rows)
}

/// The column `field`.
fn fields(codes: Vec<u8>) -> PrimitiveArray<Int8Type> {
    PrimitiveArray::new(small(codes), None)
}
