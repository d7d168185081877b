//! HEVC (ITU-T H.265 08/2021): every block's intrinsics out of the bitstream, by entropy decoding and derivation alone.
//!
//! All of version 1, of the range extensions and of the screen content coding extensions. NAL units of other layers than the
//! base layer are passed over.

mod block;
mod codec;
mod damage;
mod emit;
mod entropy;
mod headers;
mod motion;
mod neighbours;
mod picture;
mod presentation;
mod qp;
mod reader;
mod refs;
mod residual;
mod scout;
mod sets;
mod state;
mod survey;
mod tables;
mod units;
mod walk;

pub use codec::CODEC;
pub use reader::HevcReader;
pub use scout::{HevcScout, Start};
