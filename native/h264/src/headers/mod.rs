//! What stands above the macroblocks: NAL unit headers, parameter sets, slice headers and the SEI messages that matter here.

pub(crate) mod nal;
pub(crate) mod pps;
pub(crate) mod scaling_lists;
pub(crate) mod sei;
pub(crate) mod sei_payloads;
pub(crate) mod slice;
pub(crate) mod sps;
pub(crate) mod vui;

pub(crate) use nal::NalHeader;
pub(crate) use pps::Pps;
pub(crate) use slice::{SliceHeader, SliceType};
pub(crate) use sps::Sps;
