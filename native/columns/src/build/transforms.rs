//! **transforms**: one row per transform block, only when asked for.

use arrow_array::types::{Float32Type, Int32Type, UInt8Type, UInt16Type};
use arrow_schema::DataType::{Float32, UInt8, UInt16};
use codecorpus_bitstream::records::TransformRecord;

use super::table::{BLOCK, Table};
use crate::column::{column, names, nullable};

const DC: &str = "coefficient (0, 0) as dequantised, on the scale of an orthonormal transform: the sum of the residual over the square root of the number of samples, but for rounding; positive where it brightens the prediction; 0 where it is not coded; null where it is not that sum (sine, identity and lossless transforms, transform skip), stands in another row (H.264's AC lists) or is not read (MPEG-4, MPEG-2)";

/// The table, with room for so many rows.
pub(super) fn table(rows: usize) -> Table<TransformRecord> {
    Table::<TransformRecord>::new("transforms", rows)
        .values::<Int32Type>(BLOCK, |t| t.block as i32)
        .values::<UInt8Type>(column("plane", UInt8, "", "0 luma, 1 Cb, 2 Cr"), |t| t.plane)
        .geometry(|t| [t.x, t.y, t.w, t.h])
        .codes(
            column("type", names(), "", "transform type, in the standard's own name"),
            |t| t.kind,
            |names| names.transform_type,
        )
        .values::<UInt16Type>(column("coefs", UInt16, "", "non-zero coefficients"), |t| t.coefs)
        .values::<Float32Type>(column("energy", Float32, "(8-bit sample)^2", "sum of the squared residual"), |t| t.energy)
        .values_where::<Float32Type>(nullable("dc", Float32, "8-bit samples", DC), |t| t.dc, |dc| !dc.is_nan())
        .values::<Float32Type>(column("bits", Float32, "bits", "bits of the coefficients"), |t| t.bits)
}
