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
#[derive(Debug)]
pub(crate) struct Slots {
    slots: [Option<HeldFrame>; NUM_REF_FRAMES],
    /// A bit for each slot in which there was never anything that a decoder can decode: the stream was cut open.
    before_start: u8,
}

impl Default for Slots {
    fn default() -> Self {
        Self { slots: [None; NUM_REF_FRAMES], before_start: u8::MAX }
    }
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

    /// Whether no decoder that begins where the stream does has a picture in a slot.
    #[must_use]
    pub(crate) fn is_before_start(&self, slot: u8) -> bool {
        self.before_start >> (slot & 7) & 1 != 0
    }

    /// The same of any of several slots.
    #[must_use]
    pub(crate) fn any_is_before_start<'a>(&self, mut slots: impl Iterator<Item = &'a u8>) -> bool {
        slots.any(|&slot| self.is_before_start(slot))
    }

    /// Whether no decoder that begins where the stream does has any picture.
    #[must_use]
    pub(crate) fn are_before_start(&self) -> bool {
        self.before_start == u8::MAX
    }

    /// What is in the slots is lost.
    pub(crate) fn lose(&mut self) {
        self.slots = [None; NUM_REF_FRAMES];
    }

    /// The reference frame update process (8.10). Of a frame that refers to what came before the stream was cut open, decoders
    /// keep nothing: their slots stay as they are.
    pub(crate) fn update(&mut self, refresh_frame_flags: u8, frame: HeldFrame, is_before_start: bool) {
        if !is_before_start {
            self.before_start &= !refresh_frame_flags;
        }
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
