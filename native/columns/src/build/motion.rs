//! **motion**.

use arrow_array::types::{Float32Type, Int8Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{PrimitiveArray, RecordBatch};
use codecorpus_bitstream::records::{Compound, MotionRecord, NO_REF, Picture, Warp};

use super::{Pictures, Table, coded, repeat, valid};
use crate::assemble::Context;
use crate::schema;

/// A distance to a reference that has no place in presentation order.
const NO_DISTANCE: i32 = i32::MIN;

/// The columns as they grow; -1 in `frame`, [`NO_REF`] and [`NO_DISTANCE`] are null.
#[derive(Default)]
pub(super) struct Columns {
    frame: Vec<i32>,
    coded_order: Vec<i32>,
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
#[derive(Default)]
struct List {
    used: Vec<bool>,
    reference: Vec<i32>,
    frame: Vec<i32>,
    distance: Vec<i32>,
    mv: [Vec<f32>; 2],
}

impl Columns {
    pub fn of(context: &Context, pictures: &Pictures) -> RecordBatch {
        let mut columns = Self::with_capacity(pictures.iter().map(|picture| picture.motion.len()).sum());
        pictures.iter().for_each(|picture| columns.extend(context, picture));
        columns.finish(context)
    }

    fn with_capacity(rows: usize) -> Self {
        Self {
            frame: Vec::with_capacity(rows),
            coded_order: Vec::with_capacity(rows),
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

    fn extend(&mut self, context: &Context, picture: &Picture) {
        let (coded_order, motion) = (picture.frame.coded_order as i32, &picture.motion);
        let frame = context.frame(coded_order);
        repeat(&mut self.frame, frame.unwrap_or(-1), motion.len());
        repeat(&mut self.coded_order, coded_order, motion.len());
        self.block.extend(motion.iter().map(|m| m.block as i32));
        self.part.extend(motion.iter().map(|m| m.part));
        self.geometry[0].extend(motion.iter().map(|m| m.x));
        self.geometry[1].extend(motion.iter().map(|m| m.y));
        self.geometry[2].extend(motion.iter().map(|m| m.w));
        self.geometry[3].extend(motion.iter().map(|m| m.h));
        self.mode.extend(motion.iter().map(|m| m.mode));
        for (list, columns) in self.lists.iter_mut().enumerate() {
            columns.extend(context, frame, motion, list);
        }
        self.filter.extend(motion.iter().map(|m| m.filter));
        self.warp.extend(motion.iter().map(|m| m.warp as u8));
        self.compound.extend(motion.iter().map(|m| m.compound as u8));
        self.field.extend(motion.iter().map(|m| m.field as i8));
    }

    fn finish(self, context: &Context) -> RecordBatch {
        let mut table = Table::new(schema::motion(), self.block.len());
        table.add_where::<Int32Type>("frame", self.frame, |&frame| frame >= 0);
        table.add_values::<Int32Type>("coded_order", self.coded_order);
        table.add_values::<Int32Type>("block", self.block);
        table.add_values::<UInt8Type>("part", self.part);
        for (name, values) in ["x", "y", "w", "h"].into_iter().zip(self.geometry) {
            table.add_values::<UInt16Type>(name, values);
        }
        table.add("mode", coded(self.mode, context.names.mode));
        add_lists(&mut table, self.lists);
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
            frame: Vec::with_capacity(rows),
            distance: Vec::with_capacity(rows),
            mv: std::array::from_fn(|_| Vec::with_capacity(rows)),
        }
    }

    fn extend(&mut self, context: &Context, own: Option<i32>, motion: &[MotionRecord], list: usize) {
        self.used.extend(motion.iter().map(|m| m.used[list]));
        self.reference.extend(motion.iter().map(|m| m.refs[list]));
        let mut last = (NO_REF, NO_REF);
        self.frame.extend(motion.iter().map(|m| {
            if m.refs[list] != last.0 {
                last = (m.refs[list], context.frame(m.refs[list]).unwrap_or(NO_REF));
            }
            last.1
        }));
        let shown = &self.frame[self.distance.len()..];
        self.distance.extend(shown.iter().map(|&frame| match own {
            Some(own) if frame >= 0 => own - frame,
            _ => NO_DISTANCE,
        }));
        for (axis, column) in self.mv.iter_mut().enumerate() {
            column.extend(motion.iter().map(|m| if m.used[list] { m.mv[list][axis] } else { 0.0 }));
        }
    }
}

fn add_lists(table: &mut Table, lists: [List; 2]) {
    let used = lists.each_ref().map(|list| valid(&list.used, |&used| used));
    let [zero, one] = lists;
    table.add_where::<Int32Type>("ref0", zero.reference, |&reference| reference >= 0);
    table.add_where::<Int32Type>("ref1", one.reference, |&reference| reference >= 0);
    table.add_where::<Int32Type>("ref0_frame", zero.frame, |&frame| frame >= 0);
    table.add_where::<Int32Type>("ref1_frame", one.frame, |&frame| frame >= 0);
    table.add_where::<Int32Type>("dt0", zero.distance, |&distance| distance != NO_DISTANCE);
    table.add_where::<Int32Type>("dt1", one.distance, |&distance| distance != NO_DISTANCE);
    let vectors = zero.mv.into_iter().chain(one.mv);
    for (i, (name, values)) in ["mv0_x", "mv0_y", "mv1_x", "mv1_y"].into_iter().zip(vectors).enumerate() {
        table.add(name, PrimitiveArray::<Float32Type>::new(values.into(), used[i / 2].clone()));
    }
}
