//! MPEG-2 and MPEG-1 video (ISO/IEC 13818-2:2000, 11172-2:1993), down to every macroblock's decisions: no samples.
//!
//! Clauses without a standard's number are those of ISO/IEC 13818-2.

mod block;
mod codec;
mod emit;
mod headers;
mod motion;
mod neighbours;
mod picture;
mod reader;
mod refs;
mod residual;
mod scout;
mod sets;
mod state;
mod survey;
mod tables;
mod walk;

pub use codec::CODEC;
pub use reader::Mpeg2Reader;
pub use scout::{Mpeg2Scout, Start};
