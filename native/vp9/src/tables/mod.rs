//! Tables of the VP9 specification, one file a family. The long ones are extracted by scripts/extract_vp9_tables.py.

pub(crate) mod coefficients;
pub(crate) mod modes;
pub(crate) mod scans;
pub(crate) mod sizes;
