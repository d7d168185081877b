//! **frames**.

use std::sync::Arc;

use arrow_array::{Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use codecorpus_bitstream::records::{FrameRecord, NONE, Picture, PictureStructure, PictureType, Sums};

use super::{Table, booleans, coded, valid};
use crate::assemble::Context;
use crate::schema;

/// The rows as they grow.
#[derive(Debug, Default)]
pub(super) struct Columns(Vec<Row>);

#[derive(Debug)]
struct Row {
    frame: FrameRecord,
    sums: Sums,
}

impl Columns {
    pub fn push(&mut self, picture: &Picture) {
        self.0.push(Row { frame: picture.frame.clone(), sums: picture.sums });
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn finish(self, context: &Context) -> RecordBatch {
        let mut table = Table::new(schema::frames(), self.0.len());
        let of = |value: fn(&Row) -> i32| Int32Array::from_iter_values(self.0.iter().map(value));
        let of_header = |value: fn(&FrameRecord) -> u32| -> Int32Array {
            self.0.iter().map(|p| p.of_header(value).map(|v| v as i32)).collect()
        };
        let code = |value: fn(&FrameRecord) -> u8| self.0.iter().map(|p| p.of_header(value).unwrap_or(NONE)).collect::<Vec<_>>();
        let sum = |value: fn(&Sums) -> f64| -> Float32Array {
            self.0.iter().map(|p| p.frame.error.is_none().then(|| value(&p.sums) as f32)).collect()
        };
        let mean = |value: fn(&Row) -> f64| -> Float32Array {
            self.0.iter().map(|p| (p.sums.qp_area > 0.0).then(|| (value(p) / p.sums.qp_area) as f32)).collect()
        };
        let pts: Vec<Option<i64>> = self.0.iter().map(|p| context.pts(p.frame.coded_order)).collect();
        table.add("frame", self.0.iter().map(|p| context.shown(p.frame.coded_order)).collect::<Int32Array>());
        table.add("coded_order", of(|p| p.frame.coded_order as i32));
        table.add("pts", Int64Array::from(pts.clone()));
        table.add("time", Float64Array::from_iter(pts.into_iter().map(|pts| pts.map(|pts| context.seconds(pts)))));
        table.add("type", coded(code(|f| f.kind as u8), PictureType::NAMES));
        table.add("key", booleans(&self.0.iter().map(|p| p.frame.key).collect::<Vec<_>>()));
        table.add("temporal_layer", self.0.iter().map(|p| p.of_header(|f| f.temporal_layer)).collect::<Int8Array>());
        table.add("refs0", lists(&self.0, |p| &p.frame.refs0));
        table.add("refs1", lists(&self.0, |p| &p.frame.refs1));
        table.add("width", of_header(|f| f.width));
        table.add("height", of_header(|f| f.height));
        table.add("crop_x", of_header(|f| f.crop.x));
        table.add("crop_y", of_header(|f| f.crop.y));
        table.add("crop_width", of_header(|f| f.crop.width));
        table.add("crop_height", of_header(|f| f.crop.height));
        table.add("structure", coded(code(|f| f.structure as u8), PictureStructure::NAMES));
        table.add("poc", self.0.iter().map(|p| p.frame.poc).collect::<Int32Array>());
        table.add("dts", self.0.iter().map(|p| p.frame.dts).collect::<Int64Array>());
        table.add("bytes", of(|p| p.frame.bytes as i32));
        table.add("qp", mean(|p| p.sums.qp));
        table.add("qstep", mean(|p| p.sums.qstep));
        table.add("bits_header", sum(|sums| sums.bits_header));
        table.add("bits_mode", sum(|sums| sums.bits_mode));
        table.add("bits_motion", sum(|sums| sums.bits_motion));
        table.add("bits_residual", sum(|sums| sums.bits_residual));
        table.add("film_grain", booleans(&self.0.iter().map(|p| p.frame.film_grain).collect::<Vec<_>>()));
        table.add("complete", booleans(&self.0.iter().map(|p| p.frame.complete).collect::<Vec<_>>()));
        table.add("error", self.0.iter().map(|p| p.frame.error.as_ref().map(ToString::to_string)).collect::<StringArray>());
        for quality in ["psnr_y", "psnr_u", "psnr_v", "ssim", "vmaf", "xpsnr"] {
            table.add_null(quality);
        }
        table.finish()
    }
}

impl Row {
    /// What the picture's header says, where one could be read.
    fn of_header<T>(&self, value: fn(&FrameRecord) -> T) -> Option<T> {
        (self.frame.width > 0).then(|| value(&self.frame))
    }
}

fn lists(rows: &[Row], list: fn(&Row) -> &Vec<i32>) -> ListArray {
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|p| list(p).len()));
    let values: Vec<i32> = rows.iter().flat_map(|p| list(p).iter().copied()).collect();
    let nulls = valid(&values, |&reference| reference >= 0);
    let element = Arc::new(Field::new("element", DataType::Int32, true));
    ListArray::new(element, offsets, Arc::new(Int32Array::new(values.into(), nulls)), None)
}
