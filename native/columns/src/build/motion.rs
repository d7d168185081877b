//! **motion**.

use arrow_array::types::{Float32Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{PrimitiveArray, RecordBatch};
use codecorpus_bitstream::records::{Compound, MotionRecord, NO_REF, NONE, Picture, Warp};

use super::{Mostly, Runs, Shared, TILE, Table, coded, fields, valid};
use crate::assemble::{Context, HIDDEN};
use crate::schema;

/// A distance to a reference that has no place in presentation order.
const NO_DISTANCE: i32 = i32::MIN;

/// The columns as they grow; [`NO_REF`] is null.
#[derive(Debug)]
pub(super) struct Columns {
    runs: Runs,
    block: Vec<i32>,
    part: Vec<u8>,
    geometry: [Vec<u16>; 4],
    mode: Vec<u8>,
    lists: [List; 2],
    filter: Mostly<NONE>,
    warp: Mostly<0>,
    compound: Mostly<0>,
    field: Mostly<0>,
}

/// The columns of one reference list.
#[derive(Debug)]
struct List {
    used: Vec<bool>,
    reference: Vec<i32>,
    mv: [Vec<f32>; 2],
}

impl Columns {
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            runs: Runs::default(),
            block: Vec::with_capacity(rows),
            part: Vec::with_capacity(rows),
            geometry: std::array::from_fn(|_| Vec::with_capacity(rows)),
            mode: Vec::with_capacity(rows),
            lists: std::array::from_fn(|_| List::with_capacity(rows)),
            filter: Mostly::default(),
            warp: Mostly::default(),
            compound: Mostly::default(),
            field: Mostly::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.block.len()
    }

    pub fn extend(&mut self, picture: &Picture) {
        let rows = &picture.motion;
        self.runs.push(picture, rows.len());
        for rows in rows.chunks(TILE) {
            self.block.extend(rows.iter().map(|m| m.block as i32));
            self.part.extend(rows.iter().map(|m| m.part));
            self.geometry[0].extend(rows.iter().map(|m| m.x));
            self.geometry[1].extend(rows.iter().map(|m| m.y));
            self.geometry[2].extend(rows.iter().map(|m| m.w));
            self.geometry[3].extend(rows.iter().map(|m| m.h));
            self.mode.extend(rows.iter().map(|m| m.mode));
            for (list, columns) in self.lists.iter_mut().enumerate() {
                columns.extend(rows, list);
            }
            self.filter.extend(rows.iter().map(|m| m.filter));
            self.warp.extend(rows.iter().map(|m| m.warp as u8));
            self.compound.extend(rows.iter().map(|m| m.compound as u8));
            self.field.extend(rows.iter().map(|m| m.field));
        }
    }

    pub fn finish(self, context: &Context, shared: &mut Shared) -> RecordBatch {
        let mut table = Table::new(schema::motion(), self.block.len());
        self.runs.add_keys(&mut table, context);
        table.add_values::<Int32Type>("block", self.block);
        table.add_values::<UInt8Type>("part", self.part);
        for (name, values) in ["x", "y", "w", "h"].into_iter().zip(self.geometry) {
            table.add_values::<UInt16Type>(name, values);
        }
        table.add("mode", coded(self.mode, context.names.mode));
        let [(zero, zero_mv), (one, one_mv)] = self.lists.map(|list| list.finish(&self.runs, context));
        let pairs = zero.into_iter().zip(one).flat_map(|(zero, one)| [zero, one]);
        for (name, column) in ["ref0", "ref1", "ref0_frame", "ref1_frame", "dt0", "dt1"].into_iter().zip(pairs) {
            table.add(name, column);
        }
        for (name, column) in ["mv0_x", "mv0_y", "mv1_x", "mv1_y"].into_iter().zip(zero_mv.into_iter().chain(one_mv)) {
            table.add(name, column);
        }
        let filter = |codes| coded(codes, context.names.filter);
        table.add_shared("filter", self.filter.finish("filter", shared, filter));
        table.add_shared("warp", self.warp.finish("warp", shared, |codes| coded(codes, Warp::NAMES)));
        table.add_shared("compound", self.compound.finish("compound", shared, |codes| coded(codes, Compound::NAMES)));
        table.add_shared("field", self.field.finish("field", shared, fields));
        table.finish()
    }
}

impl List {
    fn with_capacity(rows: usize) -> Self {
        Self {
            used: Vec::with_capacity(rows),
            reference: Vec::with_capacity(rows),
            mv: std::array::from_fn(|_| Vec::with_capacity(rows)),
        }
    }

    fn extend(&mut self, motion: &[MotionRecord], list: usize) {
        self.used.extend(motion.iter().map(|m| m.used[list]));
        self.reference.extend(motion.iter().map(|m| m.refs[list]));
        for (axis, column) in self.mv.iter_mut().enumerate() {
            // Not a branch: which lists are used can hardly be predicted.
            let mask = |m: &MotionRecord| u32::from(m.used[list]).wrapping_neg();
            column.extend(motion.iter().map(|m| f32::from_bits(m.mv[list][axis].to_bits() & mask(m))));
        }
    }

    /// The references' presentation indices, and how far they lie before the picture; [`HIDDEN`] and [`NO_DISTANCE`] where there is none.
    fn places(&self, runs: &Runs, context: &Context) -> [Vec<i32>; 2] {
        let rows = self.reference.len();
        let (mut frames, mut distances) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let mut rest = self.reference.as_slice();
        for &(picture, rows) in &runs.0 {
            let own = context.frame(picture);
            let (references, after) = rest.split_at(rows);
            rest = after;
            let begin = frames.len();
            frames.extend(references.iter().map(|&reference| context.frame(reference)));
            let distance = |&frame: &i32| if own != HIDDEN && frame != HIDDEN { own - frame } else { NO_DISTANCE };
            distances.extend(frames[begin..].iter().map(distance));
        }
        [frames, distances]
    }

    /// The columns of references, of their presentation indices and distances, and of vectors.
    fn finish(self, runs: &Runs, context: &Context) -> ([PrimitiveArray<Int32Type>; 3], [PrimitiveArray<Float32Type>; 2]) {
        let used = valid(&self.used, |&used| used);
        // Most often a used reference is there and is shown.
        let column = |values: Vec<i32>, none: i32| {
            let alike = values.iter().zip(&self.used).fold(true, |alike, (&value, &used)| alike & ((value != none) == used));
            let nulls = if alike { used.clone() } else { valid(&values, |&value| value != none) };
            PrimitiveArray::new(values.into(), nulls)
        };
        let [frames, distances] = self.places(runs, context);
        let places = [column(self.reference, NO_REF), column(frames, HIDDEN), column(distances, NO_DISTANCE)];
        (places, self.mv.map(|values| PrimitiveArray::new(values.into(), used.clone())))
    }
}
