//! MPEG-4 Part 2 (ISO/IEC 14496-2:2004) and baseline H.263 (ITU-T H.263, 01/2005), down to every macroblock's decisions:
//! no samples.
//!
//! Clauses without a standard's number are those of ISO/IEC 14496-2.

mod block;
mod clock;
mod codec;
mod emit;
mod headers;
mod layer;
mod motion;
mod neighbours;
mod packed;
mod packets;
mod partitions;
mod picture;
mod reader;
mod refs;
mod residual;
mod scout;
mod short;
mod state;
mod survey;
mod tables;
mod walk;

pub use codec::CODEC;
pub use reader::Mpeg4Reader;
pub use scout::{Mpeg4Scout, Start};
