//! Whether the times of a container are those of presentation. Where they rise with coded order while pictures are presented in
//! another, they are those of decoding: all that AVI, some FLV and some writers of other containers have.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};

use crate::build::Batch;
use crate::size::Size;
use crate::timeline::Stretch;

/// Batches of several readers, in the order of the stream, until their times are judged: as one reader judges them, which makes
/// batches of more pictures.
#[derive(Debug, Default)]
pub struct Times {
    waiting: VecDeque<Batch>,
    /// What would be one reader's batch, and the pictures before it.
    stretch: Stretch,
    size: Size,
    before: usize,
    /// Pictures that were pushed, and that were taken.
    pushed: usize,
    taken: usize,
    /// The pictures before the first one that has no time.
    told: Option<usize>,
}

impl Times {
    /// Adds a batch of an assembler that judges no times.
    pub fn push(&mut self, batch: Batch) {
        let frames = batch.frames["frame"].as_primitive::<Int32Type>();
        let times = batch.frames["pts"].as_primitive::<Int64Type>();
        for ((frame, pts), &size) in frames.iter().zip(times).zip(&batch.sizes) {
            if let (Some(frame), Some(pts)) = (frame, pts) {
                self.stretch.add(frame, pts);
            }
            self.pushed += 1;
            self.size.add(size);
            if self.size.is_full() {
                self.close();
            }
        }
        self.waiting.push_back(batch);
    }

    /// No picture is judged by those behind.
    pub fn close(&mut self) {
        if std::mem::take(&mut self.stretch).has_no_times() {
            self.told.get_or_insert(self.before);
        }
        self.size = Size::default();
        self.before = self.pushed;
    }

    /// The next batch whose times are judged.
    pub fn take(&mut self) -> Option<Batch> {
        let judged = if self.told.is_some() || self.stretch.falls { self.pushed } else { self.before };
        let pictures = self.waiting.front()?.sizes.len();
        if self.taken + pictures > judged {
            return None;
        }
        let mut batch = self.waiting.pop_front()?;
        if let Some(told) = self.told.filter(|&told| told < self.taken + pictures) {
            batch.frames = without_times(&batch.frames, told.saturating_sub(self.taken));
        }
        self.taken += pictures;
        Some(batch)
    }
}

/// **frames** without the times of the pictures behind the first `told`.
fn without_times(frames: &RecordBatch, told: usize) -> RecordBatch {
    let schema = frames.schema();
    let columns = schema.fields().iter().zip(frames.columns()).map(|(field, column)| -> ArrayRef {
        match field.name().as_str() {
            "pts" => Arc::new(until(told, column.as_primitive::<Int64Type>()).collect::<Int64Array>()),
            "time" => Arc::new(until(told, column.as_primitive::<Float64Type>()).collect::<Float64Array>()),
            _ => Arc::clone(column),
        }
    });
    let columns = columns.collect();
    RecordBatch::try_new(schema, columns).unwrap_or_else(|error| unreachable!("the columns keep their types: {error}"))
}

fn until<T>(told: usize, values: impl IntoIterator<Item = Option<T>>) -> impl Iterator<Item = Option<T>> {
    values.into_iter().enumerate().map(move |(at, value)| value.filter(|_| at < told))
}
