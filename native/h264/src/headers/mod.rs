//! What stands above the macroblocks: NAL unit headers, parameter sets, slice headers and the SEI messages that matter here.

pub mod nal;
pub mod pps;
pub mod scaling_lists;
pub mod sei;
pub mod sei_payloads;
pub mod slice;
pub mod sps;
pub mod vui;

pub use nal::NalHeader;
pub use pps::Pps;
pub use slice::{SliceHeader, SliceType};
pub use sps::Sps;
