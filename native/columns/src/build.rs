//! Records to columns, a column at a time.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    ListArray, PrimitiveArray, RecordBatch, StringArray, UInt8Array, UInt16Array, new_null_array,
};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, SchemaRef};
use codecorpus_bitstream::records::{
    BlockRecord, Compound, MotionRecord, NO_QP, NO_REF, NONE, Picture, PictureType, Prediction, TransformRecord, Warp,
};

use crate::assemble::{Batch, Context};
use crate::schema;

type Pictures = [Box<Picture>];

pub(crate) fn batch(context: &Context, pictures: &Pictures) -> Batch {
    Batch {
        frames: frames(context, pictures),
        blocks: context.wanted.blocks.then(|| blocks(context, pictures)),
        motion: context.wanted.motion.then(|| motion(context, pictures)),
        transforms: context.wanted.transforms.then(|| transforms(context, pictures)),
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

    fn add_null(&mut self, name: &str) {
        let field = self.schema.field(self.columns.len());
        debug_assert_eq!(field.name(), name);
        self.columns.push(new_null_array(field.data_type(), self.rows));
    }

    fn finish(self) -> RecordBatch {
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(self.schema, self.columns, &options)
            // Types, order and lengths are fixed by the code above, whatever the input.
            .unwrap_or_else(|error| unreachable!("the columns keep to their schema: {error}"))
    }
}

/// One value a record, over all pictures.
fn each<R, T>(pictures: &Pictures, rows: usize, records: fn(&Picture) -> &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    let mut out = Vec::with_capacity(rows);
    for picture in pictures {
        out.extend(records(picture).iter().map(&value));
    }
    out
}

/// One value a picture, repeated for each of its records.
fn repeat<R, T: Clone>(pictures: &Pictures, rows: usize, records: fn(&Picture) -> &[R], value: impl Fn(&Picture) -> T) -> Vec<T> {
    let mut out = Vec::with_capacity(rows);
    for picture in pictures {
        out.resize(out.len() + records(picture).len(), value(picture));
    }
    out
}

/// Validity from values: none where all are valid.
fn valid<T>(values: &[T], is_valid: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    let bits = BooleanBuffer::collect_bool(values.len(), |i| is_valid(&values[i]));
    Some(NullBuffer::new(bits)).filter(|nulls| nulls.null_count() > 0)
}

fn booleans(values: &[bool]) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(values.len(), |i| values[i]), None)
}

fn primitive<T: arrow_array::ArrowPrimitiveType>(values: Vec<T::Native>, nulls: Option<NullBuffer>) -> PrimitiveArray<T>
where
    T::Native: ArrowNativeType,
{
    PrimitiveArray::new(ScalarBuffer::from(values), nulls)
}

/// Options as values and validity.
fn optional<T: arrow_array::ArrowPrimitiveType>(values: impl Iterator<Item = Option<T::Native>>) -> PrimitiveArray<T> {
    values.collect()
}

/// Codes as a dictionary of `names`; [`NONE`] is null.
fn coded(codes: Vec<u8>, names: &[&str]) -> DictionaryArray<Int8Type> {
    let nulls = valid(&codes, |&code| usize::from(code) < names.len());
    let keys = codes.into_iter().map(|code| if usize::from(code) < names.len() { code as i8 } else { 0 }).collect();
    let values = StringArray::from_iter_values(names);
    DictionaryArray::try_new(primitive::<Int8Type>(keys, nulls), Arc::new(values))
        .unwrap_or_else(|error| unreachable!("codes are below the number of names: {error}"))
}

fn frames(context: &Context, pictures: &Pictures) -> RecordBatch {
    let mut table = Table::new(schema::frames(), pictures.len());
    let of = |value: fn(&Picture) -> i32| Int32Array::from_iter_values(pictures.iter().map(|p| value(p)));
    let sum = |value: fn(&Picture) -> f64| Float32Array::from_iter_values(pictures.iter().map(|p| value(p) as f32));
    let mean = |value: fn(&Picture) -> f64| -> Float32Array {
        optional(pictures.iter().map(|p| (p.sums.qp_area > 0.0).then(|| (value(p) / p.sums.qp_area) as f32)))
    };
    let pts: Vec<Option<i64>> = pictures.iter().map(|p| context.pts(p.frame.coded_order)).collect();
    table.add(
        "frame",
        optional::<arrow_array::types::Int32Type>(pictures.iter().map(|p| context.frame(p.frame.coded_order as i32))),
    );
    table.add("coded_order", of(|p| p.frame.coded_order as i32));
    table.add("pts", Int64Array::from(pts.clone()));
    table.add("time", Float64Array::from_iter(pts.into_iter().map(|pts| pts.map(|pts| pts as f64 * context.time_base))));
    table.add("type", coded(pictures.iter().map(|p| p.frame.kind as u8).collect(), PictureType::NAMES));
    table.add("key", booleans(&pictures.iter().map(|p| p.frame.key).collect::<Vec<_>>()));
    table.add("temporal_layer", Int8Array::from_iter_values(pictures.iter().map(|p| p.frame.temporal_layer)));
    table.add("refs0", lists(pictures, |p| &p.frame.refs0));
    table.add("refs1", lists(pictures, |p| &p.frame.refs1));
    table.add("width", of(|p| p.frame.width as i32));
    table.add("height", of(|p| p.frame.height as i32));
    table.add("bytes", of(|p| p.frame.bytes as i32));
    table.add("qp", mean(|p| p.sums.qp));
    table.add("qstep", mean(|p| p.sums.qstep));
    table.add("bits_header", sum(bits_header));
    table.add("bits_mode", sum(|p| p.sums.bits_mode));
    table.add("bits_motion", sum(|p| p.sums.bits_motion));
    table.add("bits_residual", sum(|p| p.sums.bits_residual));
    table.add("film_grain", booleans(&pictures.iter().map(|p| p.frame.film_grain).collect::<Vec<_>>()));
    table.add("complete", booleans(&pictures.iter().map(|p| p.frame.complete).collect::<Vec<_>>()));
    for quality in ["psnr_y", "psnr_u", "psnr_v", "ssim", "vmaf", "xpsnr"] {
        table.add_null(quality);
    }
    table.finish()
}

/// What no block's syntax takes.
fn bits_header(picture: &Picture) -> f64 {
    let sums = &picture.sums;
    f64::from(picture.frame.bytes) * 8.0 - sums.bits_mode - sums.bits_motion - sums.bits_residual
}

fn lists(pictures: &Pictures, list: fn(&Picture) -> &Vec<i32>) -> ListArray {
    let offsets = OffsetBuffer::from_lengths(pictures.iter().map(|p| list(p).len()));
    let values: Vec<i32> = pictures.iter().flat_map(|p| list(p).iter().copied()).collect();
    let nulls = valid(&values, |&reference| reference >= 0);
    let element = Arc::new(Field::new("element", DataType::Int32, true));
    ListArray::new(element, offsets, Arc::new(Int32Array::new(values.into(), nulls)), None)
}

/// frame, coded_order: the keys that all records of a picture share.
fn add_picture_keys<R>(table: &mut Table, context: &Context, pictures: &Pictures, records: fn(&Picture) -> &[R]) {
    let rows = table.rows;
    let frames = repeat(pictures, rows, records, |p| context.frame(p.frame.coded_order as i32).unwrap_or(-1));
    let nulls = valid(&frames, |&frame| frame >= 0);
    table.add("frame", Int32Array::new(frames.into(), nulls));
    table.add("coded_order", Int32Array::new(repeat(pictures, rows, records, |p| p.frame.coded_order as i32).into(), None));
}

fn blocks(context: &Context, pictures: &Pictures) -> RecordBatch {
    let records: fn(&Picture) -> &[BlockRecord] = |p| &p.blocks;
    let rows = pictures.iter().map(|p| p.blocks.len()).sum();
    let mut table = Table::new(schema::blocks(), rows);
    add_picture_keys(&mut table, context, pictures, records);
    let mut index = Vec::with_capacity(rows);
    pictures.iter().for_each(|p| index.extend(0..p.blocks.len() as i32));
    table.add("block", Int32Array::new(index.into(), None));
    for (name, value) in [("x", (|b| b.x) as fn(&BlockRecord) -> u16), ("y", |b| b.y), ("w", |b| b.w), ("h", |b| b.h)] {
        table.add(name, UInt16Array::new(each(pictures, rows, records, value).into(), None));
    }
    table.add("prediction", coded(each(pictures, rows, records, |b| b.prediction as u8), Prediction::NAMES));
    table.add("skip", booleans(&each(pictures, rows, records, |b| b.skip)));
    table.add("partition", coded(each(pictures, rows, records, |b| b.partition), context.names.partition));
    table.add("intra_mode", coded(each(pictures, rows, records, |b| b.intra_mode), context.names.intra_mode));
    let qp = each(pictures, rows, records, |b| b.qp);
    let has_qp = valid(&qp, |&qp| qp != NO_QP);
    table.add("qp", Int16Array::new(qp.into(), has_qp.clone()));
    table.add("qstep", Float32Array::new(each(pictures, rows, records, |b| b.qstep).into(), has_qp));
    let transform = each(pictures, rows, records, |b| b.transform);
    let has_transform = valid(&transform, |&transform| transform != NONE);
    table.add("transform", UInt8Array::new(transform.into(), has_transform));
    table.add("coefs", UInt16Array::new(each(pictures, rows, records, |b| b.coefs).into(), None));
    table.add("coefs_chroma", UInt16Array::new(each(pictures, rows, records, |b| b.coefs_chroma).into(), None));
    let mut floats = |name: &str, value: fn(&BlockRecord) -> f32| {
        table.add(name, Float32Array::new(each(pictures, rows, records, value).into(), None));
    };
    floats("energy", |b| b.energy);
    floats("energy_chroma", |b| b.energy_chroma);
    floats("bits_mode", |b| b.bits_mode);
    floats("bits_motion", |b| b.bits_motion);
    floats("bits_residual", |b| b.bits_residual);
    table.add_null("sse");
    table.add("field", Int8Array::new(each(pictures, rows, records, |b| b.field as i8).into(), None));
    table.finish()
}

fn motion(context: &Context, pictures: &Pictures) -> RecordBatch {
    let records: fn(&Picture) -> &[MotionRecord] = |p| &p.motion;
    let rows = pictures.iter().map(|p| p.motion.len()).sum();
    let mut table = Table::new(schema::motion(), rows);
    add_picture_keys(&mut table, context, pictures, records);
    table.add("block", Int32Array::new(each(pictures, rows, records, |m| m.block as i32).into(), None));
    table.add("part", UInt8Array::new(each(pictures, rows, records, |m| m.part).into(), None));
    for (name, value) in [("x", (|m| m.x) as fn(&MotionRecord) -> u16), ("y", |m| m.y), ("w", |m| m.w), ("h", |m| m.h)] {
        table.add(name, UInt16Array::new(each(pictures, rows, records, value).into(), None));
    }
    table.add("mode", coded(each(pictures, rows, records, |m| m.mode), context.names.mode));
    add_references(&mut table, context, pictures, rows);
    add_vectors(&mut table, pictures, rows);
    table.add("filter", coded(each(pictures, rows, records, |m| m.filter), context.names.filter));
    table.add("warp", coded(each(pictures, rows, records, |m| m.warp as u8), Warp::NAMES));
    table.add("compound", coded(each(pictures, rows, records, |m| m.compound as u8), Compound::NAMES));
    table.add("field", Int8Array::new(each(pictures, rows, records, |m| m.field as i8).into(), None));
    table.finish()
}

fn add_references(table: &mut Table, context: &Context, pictures: &Pictures, rows: usize) {
    let mut distances = Vec::with_capacity(2);
    let mut frames = Vec::with_capacity(2);
    for (list, name) in ["ref0", "ref1"].into_iter().enumerate() {
        let references = each(pictures, rows, |p| &p.motion, |m| m.refs[list]);
        let (mut shown, mut dt) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for picture in pictures {
            let own = context.frame(picture.frame.coded_order as i32);
            let mut last = (NO_REF, None);
            for motion in &picture.motion {
                if motion.refs[list] != last.0 {
                    last = (motion.refs[list], context.frame(motion.refs[list]));
                }
                shown.push(last.1.unwrap_or(NO_REF));
                dt.push(own.zip(last.1).map_or(i32::MIN, |(own, reference)| own - reference));
            }
        }
        let nulls = valid(&references, |&reference| reference >= 0);
        table.add(name, Int32Array::new(references.into(), nulls));
        frames.push(shown);
        distances.push(dt);
    }
    for (name, shown) in ["ref0_frame", "ref1_frame"].into_iter().zip(frames) {
        let nulls = valid(&shown, |&frame| frame >= 0);
        table.add(name, Int32Array::new(shown.into(), nulls));
    }
    for (name, mut dt) in ["dt0", "dt1"].into_iter().zip(distances) {
        let nulls = valid(&dt, |&dt| dt != i32::MIN);
        dt.iter_mut().filter(|dt| **dt == i32::MIN).for_each(|dt| *dt = 0);
        table.add(name, Int32Array::new(dt.into(), nulls));
    }
}

fn add_vectors(table: &mut Table, pictures: &Pictures, rows: usize) {
    for (list, names) in [["mv0_x", "mv0_y"], ["mv1_x", "mv1_y"]].into_iter().enumerate() {
        let used = each(pictures, rows, |p| &p.motion, |m| m.used[list]);
        let nulls = valid(&used, |&used| used);
        for (axis, name) in names.into_iter().enumerate() {
            let values = each(pictures, rows, |p| &p.motion, |m| if m.used[list] { m.mv[list][axis] } else { 0.0 });
            table.add(name, Float32Array::new(values.into(), nulls.clone()));
        }
    }
}

fn transforms(context: &Context, pictures: &Pictures) -> RecordBatch {
    let records: fn(&Picture) -> &[TransformRecord] = |p| &p.transforms;
    let rows = pictures.iter().map(|p| p.transforms.len()).sum();
    let mut table = Table::new(schema::transforms(), rows);
    add_picture_keys(&mut table, context, pictures, records);
    table.add("block", Int32Array::new(each(pictures, rows, records, |t| t.block as i32).into(), None));
    table.add("plane", UInt8Array::new(each(pictures, rows, records, |t| t.plane).into(), None));
    for (name, value) in [("x", (|t| t.x) as fn(&TransformRecord) -> u16), ("y", |t| t.y), ("w", |t| t.w), ("h", |t| t.h)] {
        table.add(name, UInt16Array::new(each(pictures, rows, records, value).into(), None));
    }
    table.add("type", coded(each(pictures, rows, records, |t| t.kind), context.names.transform_type));
    table.add("coefs", UInt16Array::new(each(pictures, rows, records, |t| t.coefs).into(), None));
    table.add("energy", Float32Array::new(each(pictures, rows, records, |t| t.energy).into(), None));
    table.add("bits", Float32Array::new(each(pictures, rows, records, |t| t.bits).into(), None));
    table.finish()
}
