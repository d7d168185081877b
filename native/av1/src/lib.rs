//! AV1: reads every block's intrinsics out of the bitstream, without reconstructing a sample.
//!
//! Clauses are those of the AV1 Bitstream & Decoding Process Specification, version 1.0.0 with errata 1.

mod block;
mod codec;
mod damage;
mod emit;
mod entropy;
mod framing;
mod headers;
mod modes;
mod motion;
mod neighbours;
mod picture;
mod reader;
mod recent;
mod refs;
mod residual;
mod scout;
mod sizes;
mod start;
mod state;
mod stream;
mod survey;
mod tables;
mod walk;

pub use codec::CODEC;
pub use reader::Av1Reader;
pub use scout::Av1Scout;
pub use start::Start;
