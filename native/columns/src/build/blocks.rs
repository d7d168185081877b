//! **blocks**: one row per coding block.

use arrow_array::types::{Float32Type, Int16Type, UInt8Type, UInt16Type};
use arrow_schema::DataType::{Boolean, Float32, Int16, UInt8, UInt16};
use codecorpus_bitstream::records::{BlockRecord, NO_QP, NONE, Prediction};

use super::arrays::fields;
use super::places::Places;
use super::table::{Table, field};
use crate::column::{column, names, nullable};

/// The table, with room for so many rows.
pub(super) fn table(rows: usize) -> Table<BlockRecord> {
    Table::<BlockRecord>::new("blocks", rows)
        .with(Places::with_capacity(rows))
        .codes(column("prediction", names(), "", "intra, inter, intrabc, palette or pcm"), |b| b.prediction as u8, |_| Prediction::NAMES)
        .flags(column("skip", Boolean, "", "the bitstream signals that nothing but prediction is coded"), |b| b.skip)
        .codes(
            column(
                "partition",
                names(),
                "",
                "how the block is split for prediction, in the standard's own name; VP9's blocks below 8x8 share the row of their 8x8",
            ),
            |b| b.partition,
            |names| names.partition,
        )
        .codes(
            nullable("intra_mode", names(), "", "luma intra mode (the first where there are several); null for inter, pcm and where the codec has none"),
            |b| b.intra_mode,
            |names| names.intra_mode,
        )
        .values_where::<Int16Type>(
            nullable(
                "qp",
                Int16,
                "native",
                "quantisation parameter that applies to the block (H.264 QPY, HEVC QpY, AV1 and VP9 qindex, MPEG's quantiser_scale); null for pcm",
            ),
            |b| b.qp,
            |&qp| qp != NO_QP,
        )
        .values_where::<Float32Type>(
            nullable("qstep", Float32, "8-bit luma samples", "quantiser step on the scale common to all codecs; null for pcm"),
            |b| if b.qp == NO_QP { f32::NAN } else { b.qstep },
            |qstep| !qstep.is_nan(),
        )
        .values_where::<UInt8Type>(
            nullable("transform", UInt8, "log2 luma samples", "longer side of the largest luma transform; null if none is coded"),
            |b| b.transform,
            |&transform| transform != NONE,
        )
        .values::<UInt16Type>(column("coefs", UInt16, "", "non-zero luma coefficients"), |b| b.coefs)
        .values::<UInt16Type>(column("coefs_chroma", UInt16, "", "non-zero chroma coefficients"), |b| b.coefs_chroma)
        .values::<Float32Type>(column("energy", Float32, "(8-bit sample)^2", "sum of the squared luma residual"), |b| b.energy)
        .values::<Float32Type>(
            column("energy_chroma", Float32, "(8-bit sample)^2", "sum of the squared chroma residual"),
            |b| b.energy_chroma,
        )
        .values::<Float32Type>(column("bits_mode", Float32, "bits", "bits that say how to predict and split, to 1/64"), |b| b.bits_mode)
        .values::<Float32Type>(
            column("bits_motion", Float32, "bits", "bits of references, vectors and merge indices, to 1/64"),
            |b| b.bits_motion,
        )
        .values::<Float32Type>(
            column("bits_residual", Float32, "bits", "bits of transforms, coefficients and QP deltas, to 1/64"),
            |b| b.bits_residual,
        )
        .absent(nullable(
            "sse",
            Float32,
            "(8-bit sample)^2",
            "luma squared error of the decoded block against the clip; null unless asked for",
        ))
        .mostly::<0>(field(), |b| b.field, |codes, _| fields(codes))
}
