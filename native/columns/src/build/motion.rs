//! **motion**: one row per inter prediction block.

use std::sync::Arc;

use arrow_array::types::{Int32Type, UInt8Type};
use arrow_schema::DataType::UInt8;
use codecorpus_bitstream::records::{Compound, MotionRecord, NONE, Warp};

use super::arrays::{coded, fields};
use super::lists::Lists;
use super::table::{BLOCK, Table, field};
use crate::column::{column, names, nullable};

/// The table, with room for so many rows.
pub(super) fn table(rows: usize) -> Table<MotionRecord> {
    Table::<MotionRecord>::new("motion", rows)
        .values::<Int32Type>(BLOCK, |m| m.block as i32)
        .values::<UInt8Type>(column("part", UInt8, "", "index of the prediction block inside its coding block"), |m| m.part)
        .geometry(|m| [m.x, m.y, m.w, m.h])
        .codes(
            column("mode", names(), "", "how the vector was coded, in the standard's own name"),
            |m| m.mode,
            |names| names.mode,
        )
        .with(Lists::with_capacity(rows))
        .mostly::<NONE>(
            nullable(
                "filter",
                names(),
                "",
                "interpolation filter, vertical/horizontal where they differ; null where the codec has one",
            ),
            |m| m.filter,
            |codes, names| Arc::new(coded(codes, names.filter)),
        )
        .mostly::<0>(
            column("warp", names(), "", "how the prediction departs from one translated block"),
            |m| m.warp as u8,
            |codes, _| Arc::new(coded(codes, Warp::NAMES)),
        )
        .mostly::<0>(
            column("compound", names(), "", "how several predictions are blended"),
            |m| m.compound as u8,
            |codes, _| Arc::new(coded(codes, Compound::NAMES)),
        )
        .mostly::<0>(field(), |m| m.field, |codes, _| fields(codes))
}
