//! The tables **frames**, **blocks**, **motion** and **transforms**: every column with its meaning and unit.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Metadata, Schema, SchemaRef};

/// Version of the tables; it changes when the meaning or the set of columns does.
pub const VERSION: &str = "2";

/// A column, declared once.
struct Column {
    name: &'static str,
    data_type: DataType,
    nullable: bool,
    unit: &'static str,
    meaning: &'static str,
}

const fn column(name: &'static str, data_type: DataType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type, nullable: false, unit, meaning }
}

const fn nullable(name: &'static str, data_type: DataType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type, nullable: true, unit, meaning }
}

/// Names as codes: a dictionary of strings.
#[must_use]
pub fn names() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))
}

fn references() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Int32, true)))
}

fn schema(table: &str, columns: Vec<Column>) -> SchemaRef {
    let fields: Vec<Field> = columns
        .into_iter()
        .map(|c| {
            let told = [("meaning", c.meaning), ("unit", c.unit)].into_iter().filter(|(_, words)| !words.is_empty());
            Field::new(c.name, c.data_type, c.nullable).with_metadata(Metadata::from_iter(told))
        })
        .collect();
    let metadata = [("codecorpus.table", table), ("codecorpus.schema_version", VERSION)];
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

use DataType::{Boolean, Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, Utf8};

/// **frames**: one row per coded picture.
#[must_use]
pub fn frames() -> SchemaRef {
    schema(
        "frames",
        vec![
            nullable("frame", Int32, "", "presentation index; null if the picture is never shown"),
            column("coded_order", Int32, "", "decoding index inside the stream: counts the pictures that it holds, from 0"),
            nullable("pts", Int64, "time base of the clip", "presentation time stamp; null if the container has none"),
            nullable("time", Float64, "s", "presentation time"),
            nullable("type", names(), "", "I: no inter block allowed; P: one reference per block; B: two allowed"),
            column("key", Boolean, "", "decoding can start here"),
            nullable("temporal_layer", Int8, "", "temporal layer"),
            nullable(
                "refs0",
                references(),
                "",
                "coded_order of the reference pictures: RefPicList0 of the first slice, AV1's LAST_FRAME to ALTREF_FRAME, or MPEG's past reference; null where one is missing",
            ),
            nullable(
                "refs1",
                references(),
                "",
                "coded_order of the reference pictures: RefPicList1 of the first slice, or MPEG's future reference",
            ),
            nullable("width", Int32, "luma samples", "coded width"),
            nullable("height", Int32, "luma samples", "coded height"),
            nullable(
                "crop_x",
                Int32,
                "luma samples",
                "left edge of what is displayed of the coded picture: H.264's cropping rectangle, HEVC's conformance window, all of an AV1 picture, the size that MPEG headers tell",
            ),
            nullable("crop_y", Int32, "luma samples", "top edge of what is displayed of the coded picture"),
            nullable(
                "crop_width",
                Int32,
                "luma samples",
                "width of what is displayed of the coded picture; AV1's superres stretches it to the upscaled width",
            ),
            nullable("crop_height", Int32, "luma samples", "height of what is displayed of the coded picture"),
            nullable(
                "structure",
                names(),
                "",
                "how an interlaced codec codes the picture: frame, mbaff (a frame whose macroblocks may be of its fields), field (its fields one after the other)",
            ),
            nullable("poc", Int32, "", "picture order count, or AV1's order hint; null where the stream has none"),
            nullable(
                "dts",
                Int64,
                "time base of the source",
                "decoding time stamp of the packet; null if the container has none",
            ),
            column("bytes", Int32, "bytes", "coded size of this picture, its headers included"),
            nullable("qp", Float32, "native", "mean quantisation parameter over the picture's area"),
            nullable(
                "qstep",
                Float32,
                "8-bit luma samples",
                "mean quantiser step over the picture's area, on the scale common to all codecs",
            ),
            nullable(
                "bits_header",
                Float32,
                "bits",
                "bits of no block: parameter sets, messages, headers, framing, alignment; with the other three 8 times the bytes",
            ),
            nullable("bits_mode", Float32, "bits", "bits that say how to predict and split, to 1/64"),
            nullable("bits_motion", Float32, "bits", "bits of references, vectors and merge indices, to 1/64"),
            nullable("bits_residual", Float32, "bits", "bits of transforms, coefficients and QP deltas, to 1/64"),
            nullable("film_grain", Boolean, "", "film grain is to be synthesised on this picture"),
            nullable("complete", Boolean, "", "every reference, and every part of the picture, was there and could be read"),
            nullable("error", Utf8, "", "why the picture could not be read: element, byte, what is wrong; null if it was"),
            nullable("psnr_y", Float32, "dB", "luma PSNR against the clip; null unless asked for"),
            nullable("psnr_u", Float32, "dB", "Cb PSNR against the clip; null unless asked for"),
            nullable("psnr_v", Float32, "dB", "Cr PSNR against the clip; null unless asked for"),
            nullable("ssim", Float32, "", "SSIM of luma with the clip; null unless asked for"),
            nullable("vmaf", Float32, "", "VMAF (v0.6.1) against the clip; null unless asked for"),
            nullable("xpsnr", Float32, "dB", "XPSNR of luma against the clip; null unless asked for"),
        ],
    )
}

fn keys() -> Vec<Column> {
    vec![
        nullable("frame", Int32, "", "presentation index; null if the picture is never shown"),
        column("coded_order", Int32, "", "decoding index inside the stream: counts the pictures that it holds, from 0"),
        column("block", Int32, "", "index of the coding block in coding order inside the picture"),
    ]
}

fn geometry() -> Vec<Column> {
    vec![
        column("x", UInt16, "luma samples", "left edge in the coded picture"),
        column("y", UInt16, "luma samples", "top edge in the coded picture; lines of the field where field is not 0"),
        column("w", UInt16, "luma samples", "width"),
        column("h", UInt16, "luma samples", "height"),
    ]
}

/// **blocks**: one row per coding block.
#[must_use]
pub fn blocks() -> SchemaRef {
    let mut columns = keys();
    columns.extend(geometry());
    columns.extend([
        column("prediction", names(), "", "intra, inter, intrabc, palette or pcm"),
        column("skip", Boolean, "", "the bitstream signals that nothing but prediction is coded"),
        column("partition", names(), "", "how the block is split for prediction, in the standard's own name"),
        nullable("intra_mode", names(), "", "luma intra mode (the first where there are several); null for inter"),
        nullable(
            "qp",
            Int16,
            "native",
            "quantisation parameter that applies to the block (H.264 QPY, HEVC QpY, AV1 qindex, MPEG's quantiser_scale); null for pcm",
        ),
        nullable("qstep", Float32, "8-bit luma samples", "quantiser step on the scale common to all codecs; null for pcm"),
        nullable("transform", UInt8, "log2 luma samples", "longer side of the largest luma transform; null if none is coded"),
        column("coefs", UInt16, "", "non-zero luma coefficients"),
        column("coefs_chroma", UInt16, "", "non-zero chroma coefficients"),
        column("energy", Float32, "(8-bit sample)^2", "sum of the squared luma residual"),
        column("energy_chroma", Float32, "(8-bit sample)^2", "sum of the squared chroma residual"),
        column("bits_mode", Float32, "bits", "bits that say how to predict and split, to 1/64"),
        column("bits_motion", Float32, "bits", "bits of references, vectors and merge indices, to 1/64"),
        column("bits_residual", Float32, "bits", "bits of transforms, coefficients and QP deltas, to 1/64"),
        nullable(
            "sse",
            Float32,
            "(8-bit sample)^2",
            "luma squared error of the decoded block against the clip; null unless asked for",
        ),
        column("field", Int8, "", "0 frame, 1 top field, 2 bottom field (interlaced H.264, MPEG-4 and MPEG-2)"),
    ]);
    schema("blocks", columns)
}

/// **motion**: one row per inter prediction block.
#[must_use]
pub fn motion() -> SchemaRef {
    let mut columns = keys();
    columns.push(column("part", UInt8, "", "index of the prediction block inside its coding block"));
    columns.extend(geometry());
    columns.extend([
        column("mode", names(), "", "how the vector was coded, in the standard's own name"),
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
        nullable(
            "filter",
            names(),
            "",
            "interpolation filter, vertical/horizontal where they differ; null where the codec has one",
        ),
        column("warp", names(), "", "how the prediction departs from one translated block"),
        column("compound", names(), "", "how several predictions are blended"),
        column("field", Int8, "", "0 frame, 1 top field, 2 bottom field (interlaced H.264, MPEG-4 and MPEG-2)"),
    ]);
    schema("motion", columns)
}

/// **transforms**: one row per transform block, only when asked for.
#[must_use]
pub fn transforms() -> SchemaRef {
    let mut columns = keys();
    columns.push(column("plane", UInt8, "", "0 luma, 1 Cb, 2 Cr"));
    columns.extend(geometry());
    columns.extend([
        column("type", names(), "", "transform type, in the standard's own name"),
        column("coefs", UInt16, "", "non-zero coefficients"),
        column("energy", Float32, "(8-bit sample)^2", "sum of the squared residual"),
        column("bits", Float32, "bits", "bits of the coefficients"),
    ]);
    schema("transforms", columns)
}
