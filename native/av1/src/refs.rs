//! Reference frames: the slots, reference frame update (7.20) and loading (7.21).

use std::sync::Arc;

use crate::headers::{ColorConfig, FrameHeader, FrameType, NUM_REF_FRAMES, REFS_PER_FRAME};

/// A frame that slots hold: what the reference frame update process (7.20) saves of its header and its decoding.
///
/// SavedOrderHints, SavedGmParams, the loop filter deltas, segmentation features, film grain and sizes are those of the header.
/// `S` is what the tile decoder saves: CDFs, motion field, segment ids.
#[derive(Debug)]
pub struct RefFrame<S> {
    pub coded_order: u32,
    pub header: Arc<FrameHeader>,
    /// RefBitDepth, RefSubsamplingX, RefSubsamplingY.
    pub color_config: ColorConfig,
    /// save_cdfs( ), motion field motion vector storage (7.19), save_segment_ids( ).
    pub saved: S,
}

/// One slot.
#[derive(Debug)]
pub struct Slot<S> {
    /// None: never filled, or its frame is lost.
    pub frame: Option<Arc<RefFrame<S>>>,
    /// RefOrderHint, which can be known of a lost frame.
    pub order_hint: Option<u32>,
}

impl<S> Clone for Slot<S> {
    fn clone(&self) -> Self {
        Self { frame: self.frame.clone(), order_hint: self.order_hint }
    }
}

/// The eight slots.
#[derive(Debug)]
pub struct Slots<S> {
    slots: [Slot<S>; NUM_REF_FRAMES],
}

impl<S> Default for Slots<S> {
    fn default() -> Self {
        Self { slots: std::array::from_fn(|_| Slot { frame: None, order_hint: None }) }
    }
}

impl<S> Slots<S> {
    /// The frame of a slot, unless it is lost.
    #[must_use]
    pub fn get(&self, slot: u8) -> Option<&Arc<RefFrame<S>>> {
        self.slots.get(usize::from(slot))?.frame.as_ref()
    }

    /// What frame headers are read with.
    #[must_use]
    pub fn view(&self) -> SlotsView<'_> {
        SlotsView {
            frames: std::array::from_fn(|i| self.slots[i].frame.as_ref().map(|frame| (&*frame.header, &frame.color_config))),
            order_hints: std::array::from_fn(|i| self.slots[i].order_hint),
        }
    }

    /// The reference frame update process (7.20). `frame` is None where the picture could not be read.
    pub fn update(&mut self, refresh_frame_flags: u8, frame: Option<&Arc<RefFrame<S>>>, order_hint: u32) {
        for (i, slot) in self.slots.iter_mut().enumerate() {
            if refresh_frame_flags >> i & 1 == 1 {
                *slot = Slot { frame: frame.cloned(), order_hint: Some(order_hint) };
            }
        }
    }

    /// Frames that ref_order_hint shows to be lost (7.20 of an error-resilient header): what the slots hold is not what it should be.
    pub fn mark_lost(&mut self, ref_order_hint: &[u32; NUM_REF_FRAMES]) {
        for (slot, &hint) in self.slots.iter_mut().zip(ref_order_hint) {
            if slot.order_hint != Some(hint) {
                *slot = Slot { frame: None, order_hint: Some(hint) };
            }
        }
    }

    /// Showing an existing key frame: the reference frame loading process (7.21), then the update process (7.20) of all slots.
    pub fn refresh_all(&mut self, frame: &Arc<RefFrame<S>>) {
        self.update(0xff, Some(frame), frame.header.order_hint);
    }

    /// Whether any slot holds the picture.
    #[must_use]
    pub fn holds(&self, coded_order: u32) -> bool {
        self.slots.iter().any(|slot| slot.frame.as_ref().is_some_and(|frame| frame.coded_order == coded_order))
    }

    /// coded_order of LAST_FRAME to ALTREF_FRAME, where there.
    #[must_use]
    pub fn coded_orders(&self, ref_frame_idx: &[u8; REFS_PER_FRAME]) -> [Option<u32>; REFS_PER_FRAME] {
        std::array::from_fn(|i| self.get(ref_frame_idx[i]).map(|frame| frame.coded_order))
    }

    /// Whether the slot's frame is a key frame.
    #[must_use]
    pub fn is_key(&self, slot: u8) -> bool {
        self.get(slot).is_some_and(|frame| frame.header.frame_type == FrameType::KeyFrame)
    }
}

/// The slots as frame headers see them.
#[derive(Debug, Clone, Copy)]
pub struct SlotsView<'a> {
    pub frames: [Option<(&'a FrameHeader, &'a ColorConfig)>; NUM_REF_FRAMES],
    /// RefOrderHint.
    pub order_hints: [Option<u32>; NUM_REF_FRAMES],
}

impl<'a> SlotsView<'a> {
    /// The header of a slot's frame.
    #[must_use]
    pub fn header(&self, slot: u8) -> Option<&'a FrameHeader> {
        self.frames.get(usize::from(slot))?.map(|(header, _)| header)
    }
}
