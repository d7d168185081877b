//! Tables that the MPEG family has in common.

mod motion;
mod scans;

pub use motion::MOTION_CODES;
pub use scans::{ALTERNATE_HORIZONTAL, ALTERNATE_VERTICAL, ZIGZAG};
