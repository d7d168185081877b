//! The standard's tables, one file a family.

pub mod cabac_init;
pub mod cavlc;
pub mod macroblock_types;
pub mod scaling;
pub mod scans;
