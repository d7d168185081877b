//! AV1: reads every block's intrinsics out of the bitstream, without reconstructing a sample.
//!
//! Clauses are those of the AV1 Bitstream & Decoding Process Specification, version 1.0.0 with errata 1.

pub mod framing;
pub mod headers;
pub mod presentation;
pub mod reader;
pub mod refs;
pub mod stream;
pub mod tables;

pub use reader::Av1Reader;
