//! Tables of the AV1 specification, one file a family, extracted by scripts/extract_av1_tables.py.

pub mod cdfs;
pub mod coefficient_cdfs;
pub mod divisions;
pub mod modes;
pub mod quantizer_matrices;
pub mod scans;
pub mod sizes;
pub mod transforms;
