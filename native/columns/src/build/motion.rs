//! **motion**.

use arrow_array::types::{Float32Type, Int16Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{PrimitiveArray, RecordBatch};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer};
use codecorpus_bitstream::records::{Compound, MotionRecord, NO_REF, NONE, Picture, Warp};

use super::{Mostly, Runs, Shared, Sparse, TILE, Table, coded, fields};
use crate::assemble::{Context, HIDDEN};
use crate::schema;

/// A distance to a reference that has no place in presentation order, or a farther one than can be told.
const NO_DISTANCE: i16 = i16::MIN;

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
        self.lists.iter_mut().for_each(List::begin_picture);
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
        let [zero, one] = self.lists.map(|list| list.finish(&self.runs, context));
        table.add("ref0", zero.reference);
        table.add("ref1", one.reference);
        table.add("dt0", zero.distance);
        table.add("dt1", one.distance);
        for (name, column) in ["mv0_x", "mv0_y", "mv1_x", "mv1_y"].into_iter().zip(zero.mv.into_iter().chain(one.mv)) {
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
        self.reference.extend(rows).iter_mut().zip(motion).for_each(|(to, m)| *to = m.refs[list]);
        let [x, y] = self.mv.each_mut().map(|column| column.extend(rows));
        for ((x, y), m) in x.iter_mut().zip(y).zip(motion) {
            // Not a branch: which lists are used can hardly be predicted.
            let mask = u32::from(m.used[list]).wrapping_neg();
            [*x, *y] = m.mv[list].map(|component| f32::from_bits(component.to_bits() & mask));
        }
    }

    fn finish(mut self, runs: &Runs, context: &Context) -> ListColumns {
        let references = self.reference.finish();
        let rows = references.len();
        let mut distances = vec![0; rows];
        let mut all_dated = !self.missing;
        let mut begin = 0;
        for (&(picture, rows), &in_picture) in runs.0.iter().zip(&self.in_pictures) {
            let picture_rows = begin..begin + rows;
            begin += rows;
            if !in_picture {
                continue;
            }
            let own = context.frame(picture);
            let mut dated = true;
            for (distance, &reference) in distances[picture_rows.clone()].iter_mut().zip(&references[picture_rows]) {
                *distance = distance_between(own, context.frame(reference));
                dated &= (*distance != NO_DISTANCE) | (reference == NO_REF);
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
