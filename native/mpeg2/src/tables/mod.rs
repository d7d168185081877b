//! Tables of ISO/IEC 13818-2 and 11172-2.

mod codes;
mod macroblock_types;
mod quantiser_scales;

pub(crate) use codes::*;
pub(crate) use macroblock_types::{TYPES_B, TYPES_D, TYPES_I, TYPES_P, flag};
pub(crate) use quantiser_scales::NON_LINEAR_SCALES;
