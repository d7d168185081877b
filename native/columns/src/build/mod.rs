//! Records to columns, picture by picture, so that a picture's records stay near while its columns are filled.

mod blocks;
mod frames;
mod motion;
mod transforms;

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch, StringArray, new_null_array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::SchemaRef;
use codecorpus_bitstream::records::Picture;

use crate::assemble::{Batch, Context};

type Pictures = [Box<Picture>];

pub(crate) fn batch(context: &Context, pictures: &Pictures) -> Batch {
    let wanted = context.wanted;
    Batch {
        frames: frames::frames(context, pictures),
        blocks: wanted.blocks.then(|| blocks::Columns::of(context, pictures)),
        motion: wanted.motion.then(|| motion::Columns::of(context, pictures)),
        transforms: wanted.transforms.then(|| transforms::Columns::of(context, pictures)),
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
        debug_assert_eq!(self.schema.field(self.columns.len()).name(), name);
        self.columns.push(Arc::new(column));
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

/// Adds a value `n` times.
fn repeat<T: Clone>(column: &mut Vec<T>, value: T, n: usize) {
    column.resize(column.len() + n, value);
}

/// Validity from values: none where all are valid.
fn valid<T>(values: &[T], is_valid: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    let bits = BooleanBuffer::collect_bool(values.len(), |i| is_valid(&values[i]));
    Some(NullBuffer::new(bits)).filter(|nulls| nulls.null_count() > 0)
}

fn booleans(values: &[bool]) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(values.len(), |i| values[i]), None)
}

/// Codes as a dictionary of `names`; a code without a name is null.
fn coded(codes: Vec<u8>, names: &[&str]) -> DictionaryArray<Int8Type> {
    let nulls = valid(&codes, |&code| usize::from(code) < names.len());
    let keys: Vec<i8> = codes.into_iter().map(|code| if usize::from(code) < names.len() { code as i8 } else { 0 }).collect();
    let values = StringArray::from_iter_values(names);
    DictionaryArray::try_new(PrimitiveArray::new(keys.into(), nulls), Arc::new(values))
        .unwrap_or_else(|error| unreachable!("codes are below the number of names: {error}"))
}
