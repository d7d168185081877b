//! VP9: reads every block's intrinsics out of the bitstream, without reconstructing a sample.
//!
//! Clauses are those of the VP9 Bitstream & Decoding Process Specification, version 0.6.

mod block;
mod codec;
mod emit;
mod entropy;
mod framing;
mod headers;
mod kept;
mod modes;
mod motion;
mod neighbours;
mod picture;
mod reader;
mod refs;
mod residual;
mod scout;
mod state;
mod survey;
mod tables;
mod walk;

pub use codec::CODEC;
pub use reader::Vp9Reader;
pub use scout::{Start, Vp9Scout};
