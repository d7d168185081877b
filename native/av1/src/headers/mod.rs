//! Bitstream syntax (5) and semantics (6): OBUs, sequence headers and frame headers.

pub mod descriptors;
pub mod film_grain;
pub mod filters;
pub mod frame;
pub mod frame_size;
pub mod global_motion;
pub mod metadata;
pub mod obu;
pub mod quantization;
mod ref_frame;
mod reference_order;
pub mod segmentation;
pub mod sequence;
pub mod tiles;
pub mod uncompressed;

pub use film_grain::FilmGrainParams;
pub use filters::{CdefParams, FrameRestorationType, LoopFilterParams, LrParams};
pub use frame::{FrameHeader, FrameType, InterpFilter, TxMode};
pub use frame_size::FrameSize;
pub use global_motion::{GmType, WarpParams};
pub use quantization::{DeltaLfParams, DeltaQParams, QIndex, QuantizationParams};
pub use ref_frame::RefFrame;
pub use segmentation::{Feature, SegmentationParams};
pub use sequence::{ColorConfig, OrderHint, SequenceHeader};
pub use tiles::TileInfo;

/// Symbols of section 3 that headers and blocks share.
pub const NUM_REF_FRAMES: usize = 8;
pub const REFS_PER_FRAME: usize = 7;
pub const TOTAL_REFS_PER_FRAME: usize = 8;
pub const MAX_SEGMENTS: usize = 8;
pub const PRIMARY_REF_NONE: u8 = 7;
