//! Bitstream syntax (5) and semantics (6): OBUs, sequence headers and frame headers.

pub(crate) mod descriptors;
pub(crate) mod film_grain;
pub(crate) mod filters;
pub(crate) mod frame;
pub(crate) mod frame_size;
pub(crate) mod global_motion;
pub(crate) mod metadata;
pub(crate) mod obu;
pub(crate) mod quantization;
mod ref_frame;
mod reference_order;
pub(crate) mod segmentation;
pub(crate) mod sequence;
pub(crate) mod tiles;
pub(crate) mod uncompressed;

pub(crate) use film_grain::FilmGrainParams;
pub(crate) use filters::{CdefParams, FrameRestorationType, LoopFilterParams, LrParams};
pub(crate) use frame::{FrameHeader, FrameType, InterpFilter, TxMode};
pub(crate) use frame_size::FrameSize;
pub(crate) use global_motion::{GmType, WarpParams};
pub(crate) use quantization::{DeltaLfParams, DeltaQParams, QIndex, QuantizationParams};
pub(crate) use ref_frame::RefFrame;
pub(crate) use segmentation::{Feature, SegmentationParams};
pub(crate) use sequence::{ColorConfig, OrderHint, SequenceHeader};
pub(crate) use tiles::TileInfo;

/// Symbols of section 3 that headers and blocks share.
pub(crate) const NUM_REF_FRAMES: usize = 8;
pub(crate) const REFS_PER_FRAME: usize = 7;
pub(crate) const TOTAL_REFS_PER_FRAME: usize = 8;
pub(crate) const MAX_SEGMENTS: usize = 8;
pub(crate) const PRIMARY_REF_NONE: u8 = 7;
