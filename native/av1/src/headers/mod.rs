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
mod reference_order;
pub mod segmentation;
pub mod sequence;
pub mod tiles;
pub mod uncompressed;

pub use film_grain::FilmGrainParams;
pub use filters::{CdefParams, FrameRestorationType, LoopFilterParams, LrParams};
pub use frame::{FrameHeader, FrameType, TxMode};
pub use frame_size::FrameSize;
pub use global_motion::{GmType, WarpParams};
pub use quantization::{DeltaLfParams, DeltaQParams, QuantizationParams};
pub use segmentation::SegmentationParams;
pub use sequence::{ColorConfig, SequenceHeader};
pub use tiles::TileInfo;

/// Symbols of section 3 that headers and blocks share.
pub const NUM_REF_FRAMES: usize = 8;
pub const REFS_PER_FRAME: usize = 7;
pub const TOTAL_REFS_PER_FRAME: usize = 8;
pub const MAX_SEGMENTS: usize = 8;
pub const PRIMARY_REF_NONE: u8 = 7;

/// RefFrame values (6.10.24). NONE is -1 in the standard; rows of references keep it as an `i8`.
pub const INTRA_FRAME: u8 = 0;
pub const LAST_FRAME: u8 = 1;
pub const LAST2_FRAME: u8 = 2;
pub const LAST3_FRAME: u8 = 3;
pub const GOLDEN_FRAME: u8 = 4;
pub const BWDREF_FRAME: u8 = 5;
pub const ALTREF2_FRAME: u8 = 6;
pub const ALTREF_FRAME: u8 = 7;

/// interpolation_filter (6.8.9).
pub const EIGHTTAP: u8 = 0;
pub const EIGHTTAP_SMOOTH: u8 = 1;
pub const EIGHTTAP_SHARP: u8 = 2;
pub const BILINEAR: u8 = 3;
pub const SWITCHABLE: u8 = 4;
