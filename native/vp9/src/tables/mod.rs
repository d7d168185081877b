//! Tables of the VP9 specification, one file a family. The long ones are extracted by scripts/extract_vp9_tables.py.

pub mod coefficients;
pub mod modes;
pub mod scans;
pub mod sizes;
