//! **motion**.

use arrow_array::types::{Float32Type, Int8Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{PrimitiveArray, RecordBatch};
use codecorpus_bitstream::records::{Compound, MotionRecord, NO_REF, Picture, Warp};

use super::{Runs, Table, coded, valid};
use crate::assemble::Context;
use crate::schema;

/// A distance to a reference that has no place in presentation order.
const NO_DISTANCE: i32 = i32::MIN;

/// The columns as they grow; [`NO_REF`] is null.
#[derive(Debug, Default)]
pub(super) struct Columns {
    runs: Runs,
    block: Vec<i32>,
    part: Vec<u8>,
    geometry: [Vec<u16>; 4],
    mode: Vec<u8>,
    lists: [List; 2],
    filter: Vec<u8>,
    warp: Vec<u8>,
    compound: Vec<u8>,
    field: Vec<i8>,
}

/// The columns of one reference list.
#[derive(Debug, Default)]
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
            filter: Vec::with_capacity(rows),
            warp: Vec::with_capacity(rows),
            compound: Vec::with_capacity(rows),
            field: Vec::with_capacity(rows),
        }
    }

    pub fn len(&self) -> usize {
        self.block.len()
    }

    pub fn extend(&mut self, picture: &Picture) {
        let motion = &picture.motion;
        self.runs.push(picture, motion.len());
        self.block.extend(motion.iter().map(|m| m.block as i32));
        self.part.extend(motion.iter().map(|m| m.part));
        self.geometry[0].extend(motion.iter().map(|m| m.x));
        self.geometry[1].extend(motion.iter().map(|m| m.y));
        self.geometry[2].extend(motion.iter().map(|m| m.w));
        self.geometry[3].extend(motion.iter().map(|m| m.h));
        self.mode.extend(motion.iter().map(|m| m.mode));
        for (list, columns) in self.lists.iter_mut().enumerate() {
            columns.extend(motion, list);
        }
        self.filter.extend(motion.iter().map(|m| m.filter));
        self.warp.extend(motion.iter().map(|m| m.warp as u8));
        self.compound.extend(motion.iter().map(|m| m.compound as u8));
        self.field.extend(motion.iter().map(|m| m.field as i8));
    }

    pub fn finish(self, context: &Context) -> RecordBatch {
        let mut table = Table::new(schema::motion(), self.block.len());
        self.runs.add_keys(&mut table, context);
        table.add_values::<Int32Type>("block", self.block);
        table.add_values::<UInt8Type>("part", self.part);
        for (name, values) in ["x", "y", "w", "h"].into_iter().zip(self.geometry) {
            table.add_values::<UInt16Type>(name, values);
        }
        table.add("mode", coded(self.mode, context.names.mode));
        add_lists(&mut table, self.lists, &self.runs, context);
        table.add("filter", coded(self.filter, context.names.filter));
        table.add("warp", coded(self.warp, Warp::NAMES));
        table.add("compound", coded(self.compound, Compound::NAMES));
        table.add_values::<Int8Type>("field", self.field);
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
            column.extend(motion.iter().map(|m| if m.used[list] { m.mv[list][axis] } else { 0.0 }));
        }
    }

    /// The references' presentation indices, and how far they lie before the picture; -1 and [`NO_DISTANCE`] where there is none.
    fn places(&self, runs: &Runs, context: &Context) -> (Vec<i32>, Vec<i32>) {
        let (mut frames, mut distances) = (Vec::with_capacity(self.reference.len()), Vec::with_capacity(self.reference.len()));
        let mut rest = self.reference.as_slice();
        for &(picture, rows) in &runs.0 {
            let own = context.frame(picture);
            let (references, after) = rest.split_at(rows);
            rest = after;
            let mut last = (NO_REF, NO_REF, NO_DISTANCE);
            for &reference in references {
                if reference != last.0 {
                    let frame = context.frame(reference);
                    let distance = own.zip(frame).map_or(NO_DISTANCE, |(own, frame)| own - frame);
                    last = (reference, frame.unwrap_or(NO_REF), distance);
                }
                frames.push(last.1);
                distances.push(last.2);
            }
        }
        (frames, distances)
    }
}

fn add_lists(table: &mut Table, lists: [List; 2], runs: &Runs, context: &Context) {
    let used = lists.each_ref().map(|list| valid(&list.used, |&used| used));
    let [(frame0, distance0), (frame1, distance1)] = lists.each_ref().map(|list| list.places(runs, context));
    let [zero, one] = lists;
    table.add_where::<Int32Type>("ref0", zero.reference, |&reference| reference >= 0);
    table.add_where::<Int32Type>("ref1", one.reference, |&reference| reference >= 0);
    table.add_where::<Int32Type>("ref0_frame", frame0, |&frame| frame >= 0);
    table.add_where::<Int32Type>("ref1_frame", frame1, |&frame| frame >= 0);
    table.add_where::<Int32Type>("dt0", distance0, |&distance| distance != NO_DISTANCE);
    table.add_where::<Int32Type>("dt1", distance1, |&distance| distance != NO_DISTANCE);
    let vectors = zero.mv.into_iter().chain(one.mv);
    for (i, (name, values)) in ["mv0_x", "mv0_y", "mv1_x", "mv1_y"].into_iter().zip(vectors).enumerate() {
        table.add(name, PrimitiveArray::<Float32Type>::new(values.into(), used[i / 2].clone()));
    }
}
