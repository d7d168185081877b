//! Reference frames: the slots, reference frame update (7.20) and loading (7.21).

use std::sync::Arc;

use crate::entropy::cdfs::Cdfs;
use crate::headers::{ColorConfig, FrameHeader, FrameSize, NUM_REF_FRAMES, OrderHint};
use crate::motion::Mv;

/// SegmentIds, row by row.
pub(crate) type SegmentIds = Vec<u8>;

/// MfRefFrames and MfMvs of an 8x8 unit: what its odd row and column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SavedMv {
    pub(crate) mv: Mv,
    /// 0 for NONE.
    pub(crate) ref_frame: u32,
}

impl SavedMv {
    /// All of it, for comparisons.
    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        self.mv.word() | u64::from(self.ref_frame) << 32
    }
}

/// SavedRefFrames and SavedMvs (7.20), in 8x8 units.
#[derive(Debug, Default)]
pub(crate) struct SavedMotion {
    pub(crate) units: Vec<SavedMv>,
}

/// What is saved of the tiles of a frame (7.20): shared, since several slots may hold it.
#[derive(Debug, Clone)]
pub(crate) struct SavedTiles {
    /// save_cdfs( ).
    pub(crate) cdfs: Arc<Cdfs>,
    /// Motion field motion vector storage (7.19).
    pub(crate) motion: Arc<SavedMotion>,
    /// save_segment_ids( ); None where all are 0.
    pub(crate) segment_ids: Option<Arc<SegmentIds>>,
}

/// A frame that slots hold: what the reference frame update process (7.20) saves of its header and its decoding.
///
/// SavedOrderHints, SavedGmParams, the loop filter deltas, segmentation features, film grain and sizes are those of the header.
#[derive(Debug)]
pub(crate) struct SavedFrame {
    pub(crate) coded_order: u32,
    pub(crate) header: Arc<FrameHeader>,
    /// RefBitDepth, RefSubsamplingX, RefSubsamplingY.
    pub(crate) color_config: ColorConfig,
    pub(crate) tiles: SavedTiles,
}

/// One slot.
#[derive(Debug)]
pub(crate) struct Slot {
    /// None: never filled, or its frame is lost or could not be read.
    pub(crate) frame: Option<Arc<SavedFrame>>,
    /// The header, as far as it is known, of a frame that could not be read.
    pub(crate) unread: Option<Arc<FrameHeader>>,
    /// The coded picture in it, read or not; None where lost.
    pub(crate) coded_order: Option<u32>,
    /// RefOrderHint, which can be known of a lost frame.
    pub(crate) order_hint: Option<OrderHint>,
    /// Nothing was ever in it that a decoder can decode: the stream was cut open.
    pub(crate) is_before_start: bool,
}

impl Slot {
    const fn lost(order_hint: Option<OrderHint>, is_before_start: bool) -> Self {
        Self { frame: None, unread: None, coded_order: None, order_hint, is_before_start }
    }
}

/// The eight slots.
#[derive(Debug)]
pub(crate) struct Slots {
    slots: [Slot; NUM_REF_FRAMES],
}

impl Default for Slots {
    fn default() -> Self {
        Self { slots: std::array::from_fn(|_| Slot::lost(None, true)) }
    }
}

impl Slots {
    /// The frame of a slot, unless it is lost.
    #[must_use]
    pub(crate) fn get(&self, slot: u8) -> Option<&Arc<SavedFrame>> {
        self.slots.get(usize::from(slot))?.frame.as_ref()
    }

    /// What frame headers are read with.
    #[must_use]
    pub(crate) fn view(&self) -> SlotsView<'_> {
        SlotsView {
            frames: std::array::from_fn(|i| self.slots[i].frame.as_ref().map(|frame| (&*frame.header, &frame.color_config))),
            unread: std::array::from_fn(|i| self.slots[i].unread.as_deref()),
            order_hints: std::array::from_fn(|i| self.slots[i].order_hint),
        }
    }

    /// The coded picture in a slot, read or not.
    #[must_use]
    pub(crate) fn coded_order(&self, slot: u8) -> Option<u32> {
        self.slots.get(usize::from(slot))?.coded_order
    }

    /// The header of the picture in a slot, of one that could not be read as far as it is known.
    #[must_use]
    pub(crate) fn header(&self, slot: u8) -> Option<&FrameHeader> {
        let slot = self.slots.get(usize::from(slot))?;
        slot.frame.as_ref().map(|frame| &*frame.header).or(slot.unread.as_deref())
    }

    /// Whether no decoder that begins where the stream does has the picture in a slot.
    #[must_use]
    pub(crate) fn is_before_start(&self, slot: u8) -> bool {
        self.slots.get(usize::from(slot)).is_some_and(|slot| slot.is_before_start)
    }

    /// The reference frame update process (7.20).
    pub(crate) fn update(&mut self, refresh_frame_flags: u8, frame: &Arc<SavedFrame>, is_before_start: bool) {
        self.refresh(refresh_frame_flags, |_| Slot {
            frame: Some(Arc::clone(frame)),
            unread: None,
            coded_order: Some(frame.coded_order),
            order_hint: Some(frame.header.order_hint),
            is_before_start,
        });
    }

    /// As [`Slots::update`], for a picture that could not be read; `header` is None where it is damaged itself.
    pub(crate) fn update_unread(
        &mut self,
        refresh_frame_flags: u8,
        coded_order: u32,
        header: Option<&Arc<FrameHeader>>,
        is_before_start: bool,
    ) {
        self.refresh(refresh_frame_flags, |_| Slot {
            frame: None,
            unread: header.cloned(),
            coded_order: Some(coded_order),
            order_hint: header.map(|header| header.order_hint),
            is_before_start,
        });
    }

    /// A frame is lost of which it is not known what it would have refreshed.
    pub(crate) fn lose_all(&mut self) {
        self.refresh(u8::MAX, |slot| Slot::lost(None, slot.is_before_start));
    }

    /// The reference frame loading process (7.21) of a key frame that is shown again, with its update of every slot.
    pub(crate) fn load(&mut self, slot: u8) {
        let Some(Slot { frame, unread, coded_order, order_hint, is_before_start }) = self.slots.get(usize::from(slot)) else {
            return;
        };
        let (frame, unread) = (frame.clone(), unread.clone());
        let (coded_order, order_hint, is_before_start) = (*coded_order, *order_hint, *is_before_start);
        self.refresh(0xff, |_| Slot { frame: frame.clone(), unread: unread.clone(), coded_order, order_hint, is_before_start });
    }

    fn refresh(&mut self, refresh_frame_flags: u8, slot_of: impl Fn(&Slot) -> Slot) {
        for (i, slot) in self.slots.iter_mut().enumerate() {
            if refresh_frame_flags >> i & 1 == 1 {
                *slot = slot_of(slot);
            }
        }
    }

    /// Slots that do not hold what a frame header says they should, by ref_order_hint or by delta_frame_id_minus_1.
    pub(crate) fn mark_lost(&mut self, header: &FrameHeader) {
        if let Some(ref_order_hint) = &header.ref_order_hint {
            for (slot, &hint) in self.slots.iter_mut().zip(ref_order_hint) {
                if slot.order_hint != Some(hint) {
                    *slot = Slot::lost(Some(hint), slot.is_before_start);
                }
            }
        }
        self.refresh(header.lost_slots, |slot| Slot::lost(None, slot.is_before_start));
    }

    /// Whether any slot holds the picture.
    #[must_use]
    pub(crate) fn holds(&self, coded_order: u32) -> bool {
        self.slots.iter().any(|slot| slot.coded_order == Some(coded_order))
    }
}

/// The slots as frame headers see them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotsView<'a> {
    pub(crate) frames: [Option<(&'a FrameHeader, &'a ColorConfig)>; NUM_REF_FRAMES],
    /// Headers of frames that could not be read, as far as they are known.
    pub(crate) unread: [Option<&'a FrameHeader>; NUM_REF_FRAMES],
    /// RefOrderHint.
    pub(crate) order_hints: [Option<OrderHint>; NUM_REF_FRAMES],
}

impl<'a> SlotsView<'a> {
    /// The header of a slot's frame.
    #[must_use]
    pub(crate) fn header(&self, slot: u8) -> Option<&'a FrameHeader> {
        self.frames.get(usize::from(slot))?.map(|(header, _)| header)
    }

    /// The sizes of a slot's frame, read or not, where they are known.
    #[must_use]
    pub(crate) fn size(&self, slot: u8) -> Option<&'a FrameSize> {
        let unread = self.unread.get(usize::from(slot)).copied().flatten();
        self.header(slot).or(unread).map(|header| &header.size).filter(|size| size.mi_cols > 0)
    }

    /// What a slot holds turns out to be lost.
    pub(crate) fn lose(&mut self, slot: usize, order_hint: Option<OrderHint>) {
        (self.frames[slot], self.unread[slot], self.order_hints[slot]) = (None, None, order_hint);
    }
}
