//! Reference frames: the slots and the reference frame update process (8.10).

use crate::headers::frame_size::RefFormat;
use crate::headers::{NUM_REF_FRAMES, REFS_PER_FRAME};

/// A frame that slots hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldFrame {
    pub(crate) coded_order: u32,
    pub(crate) format: RefFormat,
    /// It could not be read.
    pub(crate) is_damaged: bool,
}

/// The eight slots; None where a slot was never filled.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: [Option<HeldFrame>; NUM_REF_FRAMES],
}

impl Slots {
    #[must_use]
    pub(crate) fn get(&self, slot: u8) -> Option<&HeldFrame> {
        self.slots.get(usize::from(slot))?.as_ref()
    }

    #[must_use]
    pub(crate) fn formats(&self) -> [Option<RefFormat>; NUM_REF_FRAMES] {
        self.slots.map(|slot| slot.map(|frame| frame.format))
    }

    /// The frames of LAST_FRAME, GOLDEN_FRAME and ALTREF_FRAME.
    #[must_use]
    pub(crate) fn references(&self, ref_frame_idx: &[u8; REFS_PER_FRAME]) -> [Option<HeldFrame>; REFS_PER_FRAME] {
        ref_frame_idx.map(|slot| self.get(slot).copied())
    }

    pub(crate) fn update(&mut self, refresh_frame_flags: u8, frame: HeldFrame) {
        for (i, slot) in self.slots.iter_mut().enumerate() {
            if refresh_frame_flags >> i & 1 == 1 {
                *slot = Some(frame);
            }
        }
    }

    /// Whether any slot holds the picture.
    #[must_use]
    pub(crate) fn holds(&self, coded_order: u32) -> bool {
        self.slots.iter().flatten().any(|frame| frame.coded_order == coded_order)
    }
}
