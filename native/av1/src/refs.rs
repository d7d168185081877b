//! Reference frames: the slots, reference frame update (7.20) and loading (7.21).

use std::sync::Arc;

use crate::headers::{FilmGrainParams, FrameSize, FrameType, NUM_REF_FRAMES, SegmentationParams, TOTAL_REFS_PER_FRAME, WarpParams};

/// A frame that slots hold: what the reference frame update process (7.20) saves of its header and its decoding.
///
/// `S` is what the tile decoder saves: CDFs, motion field, segment ids.
#[derive(Debug)]
pub struct RefFrame<S> {
    pub coded_order: u32,
    /// RefFrameType.
    pub frame_type: FrameType,
    /// RefFrameId.
    pub frame_id: u32,
    pub showable_frame: bool,
    /// RefUpscaledWidth, RefFrameWidth, RefMiCols…
    pub size: FrameSize,
    pub bit_depth: u8,
    pub subsampling_x: bool,
    pub subsampling_y: bool,
    /// RefOrderHint.
    pub order_hint: u32,
    /// SavedOrderHints.
    pub order_hints: [u32; TOTAL_REFS_PER_FRAME],
    /// SavedGmParams.
    pub gm_params: [WarpParams; TOTAL_REFS_PER_FRAME],
    /// save_loop_filter_params( ).
    pub loop_filter_ref_deltas: [i8; TOTAL_REFS_PER_FRAME],
    pub loop_filter_mode_deltas: [i8; 2],
    /// save_segmentation_params( ).
    pub segmentation_params: SegmentationParams,
    /// save_grain_params( ).
    pub film_grain_params: FilmGrainParams,
    /// save_cdfs( ), motion field motion vector storage (7.19), save_segment_ids( ).
    pub saved: S,
}

/// The eight slots. An empty one was never filled, or was lost.
#[derive(Debug)]
pub struct Slots<S> {
    pub frames: [Option<Arc<RefFrame<S>>>; NUM_REF_FRAMES],
}

impl<S> Default for Slots<S> {
    fn default() -> Self {
        Self { frames: std::array::from_fn(|_| None) }
    }
}

impl<S> Slots<S> {
    /// The frame of slot `ref_frame_idx[ i ]`.
    #[must_use]
    pub fn get(&self, slot: u8) -> Option<&Arc<RefFrame<S>>> {
        self.frames.get(usize::from(slot))?.as_ref()
    }
}
