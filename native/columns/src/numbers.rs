//! Numbers of pictures in finished columns.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Int32Array, ListArray, RecordBatch};
use arrow_schema::DataType;
use codecorpus_bitstream::division::Numbers;

/// The columns that count pictures: in coded order, and as they are presented.
const CODED_ORDERS: [&str; 5] = ["coded_order", "refs0", "refs1", "ref0", "ref1"];
const FRAMES: [&str; 1] = ["frame"];

/// A table whose pictures are counted from some numbers on, and now from others.
pub(crate) fn counted_from(table: RecordBatch, before: Numbers, now: Numbers) -> RecordBatch {
    let more = |now: u32, before: u32| now as i32 - before as i32;
    let (coded_orders, frames) = (more(now.coded_order, before.coded_order), more(now.frame, before.frame));
    let (schema, columns, rows) = table.into_parts();
    let counted = |(name, column): (&String, ArrayRef)| {
        if coded_orders != 0 && CODED_ORDERS.contains(&name.as_str()) {
            counted_column(column, coded_orders)
        } else if frames != 0 && FRAMES.contains(&name.as_str()) {
            counted_column(column, frames)
        } else {
            column
        }
    };
    let names = schema.fields().iter().map(|field| field.name());
    let columns = names.zip(columns).map(counted).collect();
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options)
        .unwrap_or_else(|error| unreachable!("the columns keep their types and lengths: {error}"))
}

fn counted_column(column: ArrayRef, more: i32) -> ArrayRef {
    if let DataType::List(element) = column.data_type() {
        let (_, offsets, values, nulls) = column.as_list::<i32>().clone().into_parts();
        return Arc::new(ListArray::new(Arc::clone(element), offsets, counted_column(values, more), nulls));
    }
    let array = column.as_primitive::<Int32Type>().clone();
    drop(column);
    Arc::new(counted(array, more))
}

/// What stands for no picture, which is null, stays as it is.
fn counted(array: Int32Array, more: i32) -> Int32Array {
    let add = |number: i32| if number < 0 { number } else { number + more };
    // In place, where nobody else has the column.
    array.unary_mut(add).unwrap_or_else(|array| array.unary(add))
}
