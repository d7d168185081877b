//! Values to Arrow arrays.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, BooleanArray, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

/// Validity from values: none where all are valid.
pub(super) fn valid<T>(values: &[T], is_valid: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    if values.iter().fold(true, |all, value| all & is_valid(value)) {
        return None;
    }
    Some(NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |i| is_valid(&values[i]))))
}

pub(super) fn booleans(values: &[bool]) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(values.len(), |i| values[i]), None)
}

/// Codes as a dictionary of `names`; a code without a name is null.
pub(super) fn coded(mut codes: Vec<u8>, names: &[&str]) -> DictionaryArray<Int8Type> {
    let count = names.len() as u8;
    let nulls = valid(&codes, |&code| code < count);
    if nulls.is_some() {
        codes.iter_mut().for_each(|code| *code = if *code < count { *code } else { 0 });
    }
    let values = StringArray::from_iter_values(names);
    DictionaryArray::try_new(PrimitiveArray::new(small(codes), nulls), Arc::new(values))
        .unwrap_or_else(|error| unreachable!("codes are below the number of names: {error}"))
}

/// The column field.
pub(super) fn fields(codes: Vec<u8>) -> ArrayRef {
    Arc::new(PrimitiveArray::<Int8Type>::new(small(codes), None))
}

/// Codes up to 127, as they are.
fn small(codes: Vec<u8>) -> ScalarBuffer<i8> {
    let rows = codes.len();
    ScalarBuffer::new(codes.into(), 0, rows)
}
