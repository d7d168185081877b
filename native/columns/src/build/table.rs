//! A table of records as it grows. Each column is declared once: its name, type, unit and meaning beside what it is of a record.

use std::sync::Arc;

use arrow_array::types::{Int32Type, UInt16Type};
use arrow_array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{DataType, SchemaRef};
use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::records::{Names, Picture};

use super::arrays::{booleans, coded, valid};
use super::shared::{Mostly, Shared};
use crate::column::{self, Column, column, nullable};
use crate::timeline::Timeline;

/// Records that become columns at once: as many as a first-level cache holds beside what is written.
const TILE: usize = 128;

/// Columns that grow together, most often one.
pub(super) trait Grow<R>: Send + Sync {
    /// What they are, in the order of the table.
    fn columns(&self) -> Vec<Column>;

    /// All rows of a picture, before they come by tiles.
    fn begin_picture(&mut self, rows: &[R]) {
        let _ = rows;
    }

    /// A tile of a picture's rows.
    fn extend(&mut self, rows: &[R]) {
        let _ = rows;
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef>;
}

/// What is known once a batch is finished.
pub(super) struct End<'a> {
    pub names: &'static Names,
    pub timeline: &'a Timeline,
    /// What pictures are counted from, which records and timeline count from 0.
    pub numbers: Numbers,
    pub shared: &'a mut Shared,
    pub runs: &'a Runs,
    pub rows: usize,
}

/// How many rows each picture has, in coded order.
#[derive(Debug, Default)]
pub(super) struct Runs(pub Vec<(i32, usize)>);

/// The rows of a table with a record R each.
pub(crate) struct Table<R> {
    name: &'static str,
    capacity: usize,
    columns: Vec<Box<dyn Grow<R>>>,
    runs: Runs,
    rows: usize,
}

impl<R> std::fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("name", &self.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// A column of one value a record, and the array that its values make.
struct Single<T, F, M> {
    column: Column,
    values: Vec<T>,
    value: F,
    array: M,
}

impl<R, T, F, M> Grow<R> for Single<T, F, M>
where
    T: Send + Sync,
    F: Fn(&R) -> T + Send + Sync,
    M: FnOnce(Vec<T>, &Names) -> ArrayRef + Send + Sync,
{
    fn columns(&self) -> Vec<Column> {
        vec![self.column.clone()]
    }

    fn extend(&mut self, rows: &[R]) {
        self.values.extend(rows.iter().map(&self.value));
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef> {
        vec![(self.array)(self.values, end.names)]
    }
}

/// A column of codes that is `USUAL` all through most streams.
struct SingleMostly<const USUAL: u8, F, M> {
    column: Column,
    codes: Mostly<USUAL>,
    code: F,
    array: M,
}

impl<R, const USUAL: u8, F, M> Grow<R> for SingleMostly<USUAL, F, M>
where
    F: Fn(&R) -> u8 + Send + Sync,
    M: Fn(Vec<u8>, &Names) -> ArrayRef + Send + Sync,
{
    fn columns(&self) -> Vec<Column> {
        vec![self.column.clone()]
    }

    fn extend(&mut self, rows: &[R]) {
        self.codes.extend(rows.iter().map(&self.code));
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef> {
        let names = end.names;
        vec![self.codes.finish(self.column.name, end.shared, |codes| (self.array)(codes, names))]
    }
}

/// The keys frame and coded_order.
struct Keys;

impl<R> Grow<R> for Keys {
    fn columns(&self) -> Vec<Column> {
        vec![
            nullable("frame", DataType::Int32, "", "presentation index; null if the picture is never shown"),
            column(
                "coded_order",
                DataType::Int32,
                "",
                "decoding index inside the stream: counts the pictures that it holds, from 0",
            ),
        ]
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef> {
        let (mut frame, mut coded_order) = (Vec::with_capacity(end.rows), Vec::with_capacity(end.rows));
        let Numbers { coded_order: first, frame: first_frame } = end.numbers;
        for &(picture, rows) in &end.runs.0 {
            let place = end.timeline.frame(picture);
            frame.resize(frame.len() + rows, if place < 0 { place } else { place + first_frame as i32 });
            coded_order.resize(coded_order.len() + rows, picture + first as i32);
        }
        let shown = valid(&frame, |&frame| frame >= 0);
        vec![
            Arc::new(PrimitiveArray::<Int32Type>::new(frame.into(), shown)),
            Arc::new(PrimitiveArray::<Int32Type>::new(coded_order.into(), None)),
        ]
    }
}

/// A column of which the bitstream says nothing.
struct Absent(Column);

impl<R> Grow<R> for Absent {
    fn columns(&self) -> Vec<Column> {
        vec![self.0.clone()]
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef> {
        let Column { name, data_type, .. } = self.0;
        vec![end.shared.constant(name, end.rows, |rows| new_null_array(&data_type, rows))]
    }
}

/// The column block.
pub(super) const BLOCK: Column =
    column("block", DataType::Int32, "", "index of the coding block in coding order inside the picture");

/// The columns x, y, w and h.
pub(super) const GEOMETRY: [Column; 4] = [
    column("x", DataType::UInt16, "luma samples", "left edge in the coded picture"),
    column(
        "y",
        DataType::UInt16,
        "luma samples",
        "top edge in the coded picture; where field is not 0, lines of the field, but in mbaff frames of H.264 \
         from where its macroblock stands in the frame",
    ),
    column("w", DataType::UInt16, "luma samples", "width"),
    column("h", DataType::UInt16, "luma samples", "height"),
];

/// The column field.
pub(super) fn field() -> Column {
    column("field", DataType::Int8, "", "0 frame, 1 top field, 2 bottom field (interlaced H.264, MPEG-4 and MPEG-2)")
}

impl<R: 'static> Table<R> {
    /// A table with its keys, and room for so many rows: memory that is not touched costs nothing.
    pub fn new(name: &'static str, capacity: usize) -> Self {
        Self { name, capacity, columns: vec![Box::new(Keys)], runs: Runs::default(), rows: 0 }
    }

    /// Adds columns that are more than a value a record.
    pub fn with(mut self, columns: impl Grow<R> + 'static) -> Self {
        self.columns.push(Box::new(columns));
        self
    }

    fn single<T: Send + Sync + 'static>(
        self,
        column: Column,
        value: impl Fn(&R) -> T + Send + Sync + 'static,
        array: impl FnOnce(Vec<T>, &Names) -> ArrayRef + Send + Sync + 'static,
    ) -> Self {
        let values = Vec::with_capacity(self.capacity);
        self.with(Single { column, values, value, array })
    }

    /// Numbers.
    pub fn values<T: ArrowPrimitiveType>(self, column: Column, value: impl Fn(&R) -> T::Native + Send + Sync + 'static) -> Self {
        self.single(column, value, |values, _| Arc::new(PrimitiveArray::<T>::new(values.into(), None)))
    }

    /// Numbers that are null where they say so.
    pub fn values_where<T: ArrowPrimitiveType>(
        self,
        column: Column,
        value: impl Fn(&R) -> T::Native + Send + Sync + 'static,
        is_valid: fn(&T::Native) -> bool,
    ) -> Self {
        self.single(column, value, move |values, _| {
            let nulls = valid(&values, is_valid);
            Arc::new(PrimitiveArray::<T>::new(values.into(), nulls))
        })
    }

    /// The columns x, y, w and h.
    pub fn geometry(self, geometry: impl Fn(&R) -> [u16; 4] + Copy + Send + Sync + 'static) -> Self {
        let add = |table: Self, (i, column)| table.values::<UInt16Type>(column, move |record| geometry(record)[i]);
        GEOMETRY.into_iter().enumerate().fold(self, add)
    }

    pub fn flags(self, column: Column, value: impl Fn(&R) -> bool + Send + Sync + 'static) -> Self {
        self.single(column, value, |values, _| Arc::new(booleans(&values)))
    }

    /// Codes of `names`; a code without one is null.
    pub fn codes(self, column: Column, code: impl Fn(&R) -> u8 + Send + Sync + 'static, names: NamesOf) -> Self {
        self.single(column, code, move |codes, of| Arc::new(coded(codes, names(of))))
    }

    /// As [`Table::codes`], of codes that are `USUAL` all through most streams.
    pub fn mostly<const USUAL: u8>(
        self,
        column: Column,
        code: impl Fn(&R) -> u8 + Send + Sync + 'static,
        array: impl Fn(Vec<u8>, &Names) -> ArrayRef + Send + Sync + 'static,
    ) -> Self {
        self.with(SingleMostly::<USUAL, _, _> { column, codes: Mostly::default(), code, array })
    }

    /// A column that is filled in later.
    pub fn absent(self, column: Column) -> Self {
        self.with(Absent(column))
    }

    pub fn schema(&self) -> SchemaRef {
        column::schema(self.name, self.columns.iter().flat_map(|columns| columns.columns()))
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    /// Adds a picture's rows.
    pub fn extend(&mut self, picture: &Picture, rows: &[R]) {
        self.runs.0.push((picture.frame.coded_order as i32, rows.len()));
        self.rows += rows.len();
        self.columns.iter_mut().for_each(|columns| columns.begin_picture(rows));
        for tile in rows.chunks(TILE) {
            self.columns.iter_mut().for_each(|columns| columns.extend(tile));
        }
    }

    pub fn finish(self, names: &'static Names, timeline: &Timeline, numbers: Numbers, shared: &mut Shared) -> RecordBatch {
        let (schema, rows, runs) = (self.schema(), self.rows, self.runs);
        let mut end = End { names, timeline, numbers, shared, runs: &runs, rows };
        batch(schema, self.columns.into_iter().flat_map(|columns| columns.finish(&mut end)).collect(), rows)
    }
}

/// Which of a codec's names a column's codes are of.
pub(super) type NamesOf = fn(&Names) -> &'static [&'static str];

/// The batch of so many rows.
pub(super) fn batch(schema: SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options)
        // Types, order and lengths are fixed by the code of this crate, whatever the input.
        .unwrap_or_else(|error| unreachable!("the columns keep to their schema: {error}"))
}
