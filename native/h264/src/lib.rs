//! H.264 bitstreams (ITU-T H.264, 08/2021), down to every macroblock's decisions: entropy decoding and derivation, no samples.

mod block;
mod codec;
mod damage;
mod emit;
mod entropy;
mod gaps;
mod headers;
mod motion;
mod neighbours;
mod picture;
mod presentation;
mod reader;
mod refs;
mod residual;
mod scout;
mod sets;
mod slice;
mod slice_groups;
mod state;
mod survey;
mod tables;
mod units;
mod walk;

pub use codec::CODEC;
pub use reader::H264Reader;
pub use scout::{H264Scout, Start};
