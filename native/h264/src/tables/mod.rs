//! The standard's tables, one file a family.

pub(crate) mod cabac_init;
pub(crate) mod cavlc;
pub(crate) mod macroblock_types;
pub(crate) mod scaling;
pub(crate) mod scans;
