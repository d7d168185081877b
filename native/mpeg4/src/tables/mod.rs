//! Tables of ISO/IEC 14496-2 and H.263.

mod codes;

pub(crate) use codes::*;
