//! Tables of the AV1 specification, one file a family, extracted by scripts/extract_av1_tables.py.

pub(crate) mod cdfs;
pub(crate) mod coefficient_cdfs;
pub(crate) mod divisions;
pub(crate) mod modes;
pub(crate) mod quantizer_matrices;
pub(crate) mod scans;
pub(crate) mod sizes;
pub(crate) mod transforms;
