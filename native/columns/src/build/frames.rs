//! **frames**: one row per coded picture.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, new_null_array,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::DataType::{Boolean, Float32, Float64, Int8, Int32, Int64, Utf8};
use arrow_schema::{DataType, Field, SchemaRef};
use codecorpus_bitstream::records::{FrameRecord, NONE, Picture, PictureStructure, PictureType, Sums};

use super::arrays::{booleans, coded, valid};
use super::table::batch;
use crate::column::{self, Column, column, names, nullable};
use crate::timeline::Timeline;

/// The rows as they grow.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Row>);

#[derive(Debug)]
struct Row {
    frame: FrameRecord,
    sums: Sums,
}

/// Makes a column.
type Make = fn(&[Row], &Timeline) -> ArrayRef;

/// Every column, with what makes it.
fn columns() -> Vec<(Column, Make)> {
    vec![
        (nullable("frame", Int32, "", "presentation index; null if the picture is never shown"), |rows, timeline| {
            Arc::new(rows.iter().map(|row| timeline.shown(row.frame.coded_order)).collect::<Int32Array>())
        }),
        (
            column("coded_order", Int32, "", "decoding index inside the stream: counts the pictures that it holds, from 0"),
            |rows, _| of_all(rows, |row| row.frame.coded_order as i32),
        ),
        (
            nullable("pts", Int64, "time base of the clip", "presentation time stamp; null if the container has none"),
            |rows, timeline| Arc::new(rows.iter().map(|row| timeline.pts(row.frame.coded_order)).collect::<Int64Array>()),
        ),
        (nullable("time", Float64, "s", "presentation time"), |rows, timeline| {
            Arc::new(rows.iter().map(|row| timeline.seconds(row.frame.coded_order)).collect::<Float64Array>())
        }),
        (nullable("type", names(), "", "I: no inter block allowed; P: one reference per block; B: two allowed"), |rows, _| {
            codes(rows, |frame| frame.kind as u8, PictureType::NAMES)
        }),
        (column("key", Boolean, "", "decoding can start here"), |rows, _| flags(rows, |frame| frame.key)),
        (nullable("temporal_layer", Int8, "", "temporal layer"), |rows, _| {
            Arc::new(rows.iter().map(|row| row.of_header(|frame| frame.temporal_layer)).collect::<Int8Array>())
        }),
        (
            nullable(
                "refs0",
                references(),
                "",
                "coded_order of the reference pictures: RefPicList0 of the first slice, LAST_FRAME to ALTREF_FRAME of AV1 (seven) and VP9 (three), or MPEG's past reference; null where one is missing",
            ),
            |rows, _| lists(rows, |frame| &frame.refs0),
        ),
        (
            nullable(
                "refs1",
                references(),
                "",
                "coded_order of the reference pictures: RefPicList1 of the first slice, or MPEG's future reference",
            ),
            |rows, _| lists(rows, |frame| &frame.refs1),
        ),
        (nullable("width", Int32, "luma samples", "coded width"), |rows, _| of_headers(rows, |frame| frame.width)),
        (nullable("height", Int32, "luma samples", "coded height"), |rows, _| of_headers(rows, |frame| frame.height)),
        (
            nullable(
                "crop_x",
                Int32,
                "luma samples",
                "left edge of what is displayed of the coded picture: H.264's cropping rectangle, HEVC's conformance window, all of an AV1 or VP9 picture, the size that MPEG headers tell",
            ),
            |rows, _| of_headers(rows, |frame| frame.crop.x),
        ),
        (nullable("crop_y", Int32, "luma samples", "top edge of what is displayed of the coded picture"), |rows, _| {
            of_headers(rows, |frame| frame.crop.y)
        }),
        (
            nullable(
                "crop_width",
                Int32,
                "luma samples",
                "width of what is displayed of the coded picture; AV1's superres stretches it to the upscaled width",
            ),
            |rows, _| of_headers(rows, |frame| frame.crop.width),
        ),
        (nullable("crop_height", Int32, "luma samples", "height of what is displayed of the coded picture"), |rows, _| {
            of_headers(rows, |frame| frame.crop.height)
        }),
        (
            nullable(
                "structure",
                names(),
                "",
                "how an interlaced codec codes the picture: frame, mbaff (a frame whose macroblocks may be of its fields), field (its fields one after the other)",
            ),
            |rows, _| codes(rows, |frame| frame.structure as u8, PictureStructure::NAMES),
        ),
        (nullable("poc", Int32, "", "picture order count, or AV1's order hint; null where the stream has none"), |rows, _| {
            Arc::new(rows.iter().map(|row| row.frame.poc).collect::<Int32Array>())
        }),
        (
            nullable(
                "dts",
                Int64,
                "time base of the source",
                "decoding time stamp of the packet; null if the container has none",
            ),
            |rows, _| Arc::new(rows.iter().map(|row| row.frame.dts).collect::<Int64Array>()),
        ),
        (column("bytes", Int32, "bytes", "coded size of this picture, its headers included"), |rows, _| {
            of_all(rows, |row| row.frame.bytes as i32)
        }),
        (nullable("qp", Float32, "native", "mean quantisation parameter over the picture's area"), |rows, _| {
            means(rows, |sums| sums.qp)
        }),
        (
            nullable(
                "qstep",
                Float32,
                "8-bit luma samples",
                "mean quantiser step over the picture's area, on the scale common to all codecs",
            ),
            |rows, _| means(rows, |sums| sums.qstep),
        ),
        (
            nullable(
                "bits_header",
                Float32,
                "bits",
                "bits of no block: parameter sets, messages, headers, framing, alignment; with the other three 8 times the bytes",
            ),
            |rows, _| sums(rows, |sums| sums.bits_header),
        ),
        (nullable("bits_mode", Float32, "bits", "bits that say how to predict and split, to 1/64"), |rows, _| {
            sums(rows, |sums| sums.bits_mode)
        }),
        (nullable("bits_motion", Float32, "bits", "bits of references, vectors and merge indices, to 1/64"), |rows, _| {
            sums(rows, |sums| sums.bits_motion)
        }),
        (nullable("bits_residual", Float32, "bits", "bits of transforms, coefficients and QP deltas, to 1/64"), |rows, _| {
            sums(rows, |sums| sums.bits_residual)
        }),
        (nullable("film_grain", Boolean, "", "film grain is to be synthesised on this picture"), |rows, _| {
            flags(rows, |frame| frame.film_grain)
        }),
        (
            nullable("complete", Boolean, "", "every reference, and every part of the picture, was there and could be read"),
            |rows, _| flags(rows, |frame| frame.complete),
        ),
        (
            nullable("error", Utf8, "", "why the picture could not be read: element, byte, what is wrong; null if it was"),
            |rows, _| Arc::new(rows.iter().map(|row| row.frame.error.as_ref().map(ToString::to_string)).collect::<StringArray>()),
        ),
        (nullable("psnr_y", Float32, "dB", "luma PSNR against the clip; null unless asked for"), absent),
        (nullable("psnr_u", Float32, "dB", "Cb PSNR against the clip; null unless asked for"), absent),
        (nullable("psnr_v", Float32, "dB", "Cr PSNR against the clip; null unless asked for"), absent),
        (
            nullable(
                "ssim",
                Float32,
                "",
                "SSIM of luma with the clip; null unless asked for, and of pictures with a side under 8 samples",
            ),
            absent,
        ),
        (
            nullable(
                "ms_ssim",
                Float32,
                "",
                "MS-SSIM of luma with the clip; null unless asked for, and of pictures with a side under 176 samples",
            ),
            absent,
        ),
        (
            nullable(
                "psnr_hvs_y",
                Float32,
                "dB",
                "PSNR-HVS of luma against the clip; null unless asked for, and of pictures with a side under 16 samples",
            ),
            absent,
        ),
        (
            nullable(
                "psnr_hvs_u",
                Float32,
                "dB",
                "PSNR-HVS of Cb against the clip; null unless asked for, and of pictures with a side under 16 samples",
            ),
            absent,
        ),
        (
            nullable(
                "psnr_hvs_v",
                Float32,
                "dB",
                "PSNR-HVS of Cr against the clip; null unless asked for, and of pictures with a side under 16 samples",
            ),
            absent,
        ),
        (
            nullable(
                "ciede2000",
                Float32,
                "dB",
                "45 - 20 log10 of the mean CIEDE2000 difference to the clip (libvmaf's k_L 0.65, k_C 1, k_H 4), of all planes together; null unless asked for, and of pictures of an odd height",
            ),
            absent,
        ),
        (
            nullable(
                "cambi",
                Float32,
                "",
                "CAMBI: banding in luma of the decoded picture by itself, 0 for none, 24 for much; null unless asked for, and of pictures with no side of 216 samples",
            ),
            absent,
        ),
        (
            nullable(
                "vmaf",
                Float32,
                "",
                "VMAF (v0.6.1) of luma against the clip; null unless asked for, and of pictures with a side under 35 samples",
            ),
            absent,
        ),
        (nullable("xpsnr", Float32, "dB", "XPSNR of luma against the clip; null unless asked for"), absent),
        (
            nullable(
                "si",
                Float32,
                "8-bit luma samples",
                "spatial information (ITU-T P.910) of the clip's own frame, luma in full range; null unless asked for, and of pictures with a side under 3 samples",
            ),
            absent,
        ),
        (
            nullable(
                "ti",
                Float32,
                "8-bit luma samples",
                "temporal information (ITU-T P.910) of the clip's own frame to the one before, luma in full range; 0 of the first; null unless asked for, and of pictures with a side under 3 samples",
            ),
            absent,
        ),
    ]
}

pub(super) fn schema() -> SchemaRef {
    column::schema("frames", columns().into_iter().map(|(column, _)| column))
}

impl Rows {
    pub fn push(&mut self, picture: &Picture) {
        self.0.push(Row { frame: picture.frame.clone(), sums: picture.sums });
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn finish(self, timeline: &Timeline) -> RecordBatch {
        let columns = columns().into_iter().map(|(_, make)| make(&self.0, timeline)).collect();
        batch(schema(), columns, self.0.len())
    }
}

impl Row {
    /// What the picture's header says, where one could be read.
    fn of_header<T>(&self, value: fn(&FrameRecord) -> T) -> Option<T> {
        (self.frame.width > 0).then(|| value(&self.frame))
    }
}

fn of_all(rows: &[Row], value: fn(&Row) -> i32) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(rows.iter().map(value)))
}

fn of_headers(rows: &[Row], value: fn(&FrameRecord) -> u32) -> ArrayRef {
    Arc::new(rows.iter().map(|row| row.of_header(value).map(|value| value as i32)).collect::<Int32Array>())
}

fn codes(rows: &[Row], value: fn(&FrameRecord) -> u8, names: &[&str]) -> ArrayRef {
    Arc::new(coded(rows.iter().map(|row| row.of_header(value).unwrap_or(NONE)).collect(), names))
}

fn flags(rows: &[Row], value: fn(&FrameRecord) -> bool) -> ArrayRef {
    Arc::new(booleans(&rows.iter().map(|row| value(&row.frame)).collect::<Vec<_>>()))
}

/// Of the pictures that could be read.
fn sums(rows: &[Row], value: fn(&Sums) -> f64) -> ArrayRef {
    let sum = |row: &Row| row.frame.error.is_none().then(|| value(&row.sums) as f32);
    Arc::new(rows.iter().map(sum).collect::<Float32Array>())
}

/// Over the area that has a QP.
fn means(rows: &[Row], value: fn(&Sums) -> f64) -> ArrayRef {
    let mean = |row: &Row| (row.sums.qp_area > 0.0).then(|| (value(&row.sums) / row.sums.qp_area) as f32);
    Arc::new(rows.iter().map(mean).collect::<Float32Array>())
}

fn references() -> DataType {
    DataType::List(Arc::new(Field::new("element", Int32, true)))
}

fn lists(rows: &[Row], list: fn(&FrameRecord) -> &Vec<i32>) -> ArrayRef {
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| list(&row.frame).len()));
    let values: Vec<i32> = rows.iter().flat_map(|row| list(&row.frame).iter().copied()).collect();
    let nulls = valid(&values, |&reference| reference >= 0);
    let element = Arc::new(Field::new("element", Int32, true));
    Arc::new(ListArray::new(element, offsets, Arc::new(Int32Array::new(values.into(), nulls)), None))
}

/// Filled in later.
fn absent(rows: &[Row], _: &Timeline) -> ArrayRef {
    new_null_array(&Float32, rows.len())
}
