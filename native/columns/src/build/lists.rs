//! The columns of the two reference lists of **motion**.

use std::sync::Arc;

use arrow_array::types::{Float32Type, Int16Type, Int32Type};
use arrow_array::{ArrayRef, PrimitiveArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer};
use arrow_schema::DataType::{Float32, Int16, Int32};
use codecorpus_bitstream::records::{MotionRecord, NO_REF};

use super::table::{End, Grow};
use crate::column::{Column, nullable};
use crate::timeline::HIDDEN;

/// A distance to a reference that has no place in presentation order, or a farther one than can be told.
const NO_DISTANCE: i16 = i16::MIN;

/// Both lists.
pub(super) struct Lists([List; 2]);

/// The columns of one reference list, which say nothing where it is not used: all through P pictures, list 1 costs nothing.
#[derive(Debug)]
struct List {
    used: BooleanBufferBuilder,
    /// Of each picture, whether any of its rows uses the list.
    in_pictures: Vec<bool>,
    /// Whether the reference of a row that uses the list is missing.
    missing: bool,
    reference: Sparse<i32>,
    mv: [Sparse<f32>; 2],
}

impl Lists {
    pub fn with_capacity(rows: usize) -> Self {
        Self(std::array::from_fn(|_| List::with_capacity(rows)))
    }
}

impl Grow<MotionRecord> for Lists {
    fn columns(&self) -> Vec<Column> {
        vec![
            nullable("ref0", Int32, "", "coded_order of the first reference picture; null if unused or missing"),
            nullable("ref1", Int32, "", "coded_order of the second reference picture; null if unused or missing"),
            nullable(
                "dt0",
                Int16,
                "frames",
                "frame less that of the first reference; positive: it is in the past; null if unused, never shown, or beyond 32767",
            ),
            nullable(
                "dt1",
                Int16,
                "frames",
                "frame less that of the second reference; positive: it is in the past; null if unused, never shown, or beyond 32767",
            ),
            nullable("mv0_x", Float32, "luma samples", "displacement from the block to its first prediction, rightwards"),
            nullable("mv0_y", Float32, "luma samples", "displacement from the block to its first prediction, downwards"),
            nullable("mv1_x", Float32, "luma samples", "displacement from the block to its second prediction, rightwards"),
            nullable("mv1_y", Float32, "luma samples", "displacement from the block to its second prediction, downwards"),
        ]
    }

    fn begin_picture(&mut self, _: &[MotionRecord]) {
        self.0.iter_mut().for_each(List::begin_picture);
    }

    fn extend(&mut self, rows: &[MotionRecord]) {
        self.0.iter_mut().enumerate().for_each(|(list, columns)| columns.extend(rows, list));
    }

    fn finish(self: Box<Self>, end: &mut End<'_>) -> Vec<ArrayRef> {
        let [zero, one] = self.0.map(|list| list.finish(end));
        let [[x0, y0], [x1, y1]] = [zero.mv, one.mv];
        vec![
            Arc::new(zero.reference),
            Arc::new(one.reference),
            Arc::new(zero.distance),
            Arc::new(one.distance),
            Arc::new(x0),
            Arc::new(y0),
            Arc::new(x1),
            Arc::new(y1),
        ]
    }
}

impl List {
    fn with_capacity(rows: usize) -> Self {
        Self {
            used: BooleanBufferBuilder::new(rows),
            in_pictures: Vec::new(),
            missing: false,
            reference: Sparse::with_capacity(rows),
            mv: std::array::from_fn(|_| Sparse::with_capacity(rows)),
        }
    }

    fn begin_picture(&mut self) {
        self.in_pictures.push(false);
    }

    fn extend(&mut self, motion: &[MotionRecord], list: usize) {
        let rows = motion.len();
        let used: usize = motion.iter().map(|m| usize::from(m.used[list])).sum();
        if used == 0 {
            self.used.append_n(rows, false);
            self.reference.skip(rows);
            self.mv.iter_mut().for_each(|column| column.skip(rows));
            return;
        }
        if let Some(in_picture) = self.in_pictures.last_mut() {
            *in_picture = true;
        }
        let there: usize = motion.iter().map(|m| usize::from(m.refs[list] != NO_REF)).sum();
        self.missing |= there < used;
        if used == rows {
            self.used.append_n(rows, true);
        } else {
            for rows in motion.chunks(64) {
                let bits = rows.iter().rev().fold(0, |bits: u64, m| bits << 1 | u64::from(m.used[list]));
                self.used.append_packed_range(0..rows.len(), &bits.to_le_bytes());
            }
        }
        self.reference.extend(motion.iter().map(|m| m.refs[list]));
        for (component, column) in self.mv.iter_mut().enumerate() {
            column.extend(motion.iter().map(|m| {
                // Not a branch: which lists are used can hardly be predicted.
                let mask = u32::from(m.used[list]).wrapping_neg();
                f32::from_bits(m.mv[list][component].to_bits() & mask)
            }));
        }
    }

    fn finish(mut self, end: &End<'_>) -> ListColumns {
        let (timeline, first) = (end.timeline, end.numbers.coded_order as i32);
        let mut references = self.reference.finish();
        let rows = references.len();
        let mut distances = vec![0; rows];
        let mut all_dated = !self.missing;
        let mut begin = 0;
        for (&(picture, rows), &in_picture) in end.runs.0.iter().zip(&self.in_pictures) {
            let picture_rows = begin..begin + rows;
            begin += rows;
            if !in_picture {
                continue;
            }
            let own = timeline.frame(picture);
            let mut dated = true;
            for (distance, reference) in distances[picture_rows.clone()].iter_mut().zip(&mut references[picture_rows]) {
                let is_there = *reference != NO_REF;
                *distance = distance_between(own, timeline.frame(*reference));
                dated &= (*distance != NO_DISTANCE) | !is_there;
                *reference += if is_there { first } else { 0 };
            }
            all_dated &= dated;
        }
        let used = self.used.finish();
        let is_used = (used.count_set_bits() < rows).then(|| NullBuffer::new(used.clone()));
        // Most often a used reference is there and is shown.
        let nulls = |all: bool, is_there: &dyn Fn(usize) -> bool| {
            if all {
                return is_used.clone();
            }
            Some(NullBuffer::new(BooleanBuffer::collect_bool(rows, |i| used.value(i) && is_there(i))))
        };
        let reference_nulls = nulls(!self.missing, &|i| references[i] != NO_REF);
        let distance_nulls = nulls(all_dated, &|i| distances[i] != NO_DISTANCE);
        ListColumns {
            reference: PrimitiveArray::new(references.into(), reference_nulls),
            distance: PrimitiveArray::new(distances.into(), distance_nulls),
            mv: self.mv.map(|values| PrimitiveArray::new(values.finish().into(), is_used.clone())),
        }
    }
}

/// The finished columns of one list.
struct ListColumns {
    reference: PrimitiveArray<Int32Type>,
    /// How far the reference lies before the picture.
    distance: PrimitiveArray<Int16Type>,
    mv: [PrimitiveArray<Float32Type>; 2],
}

/// How far a reference lies before a picture, by their presentation indices.
#[inline]
fn distance_between(own: i32, reference: i32) -> i16 {
    let distance = i16::try_from(own - reference).unwrap_or(NO_DISTANCE);
    if own != HIDDEN && reference != HIDDEN { distance } else { NO_DISTANCE }
}

/// A column of zeros but where something is written: no memory is touched for those behind the last that is.
#[derive(Debug)]
struct Sparse<T> {
    values: Vec<T>,
    len: usize,
}

impl<T: Copy + Default> Sparse<T> {
    /// Room for so many rows, and for those of a picture more.
    fn with_capacity(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows + rows / 4), len: 0 }
    }

    /// Adds rows of zeros.
    const fn skip(&mut self, rows: usize) {
        self.len += rows;
    }

    /// Adds rows with values.
    fn extend(&mut self, values: impl ExactSizeIterator<Item = T>) {
        self.values.resize(self.len, T::default());
        self.len += values.len();
        self.values.extend(values);
    }

    fn finish(mut self) -> Vec<T> {
        if self.values.is_empty() {
            return vec![T::default(); self.len];
        }
        self.values.resize(self.len, T::default());
        self.values
    }
}
