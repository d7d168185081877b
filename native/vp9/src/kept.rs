//! What frames leave to those after them (6.1.2, 7.2, 8.10), and what of it is lost with frames that could not be read.

use codecorpus_bitstream::error::{ParseError, Result};

use crate::entropy::probabilities::Probabilities;
use crate::headers::frame_size::RefFormat;
use crate::headers::uncompressed::Before;
use crate::headers::{ColorConfig, FrameHeader, SegmentationParams};
use crate::neighbours::BlockMap;
use crate::refs::{HeldFrame, Slots};

/// What a frame needs to know of the one before.
#[derive(Debug, Clone, Copy)]
struct LastFrame {
    width: u32,
    height: u32,
    show_frame: bool,
    is_key: bool,
}

impl LastFrame {
    fn is_as_large_as(&self, header: &FrameHeader) -> bool {
        (self.width, self.height) == (header.size.width, header.size.height)
    }
}

/// None is what never was, or is lost.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) slots: Slots,
    /// The color_config( ) and the segmentation features that apply where a header has none.
    color: Option<ColorConfig>,
    segmentation: SegmentationParams,
    /// What save_probs( ) saved.
    contexts: [Option<Box<Probabilities>>; 4],
    last: Option<LastFrame>,
    /// PrevMvs and PrevRefFrames: the blocks of the frame before.
    blocks: Option<BlockMap>,
    /// PrevSegmentIds; empty where all are 0.
    segment_ids: Option<Vec<u8>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            slots: Slots::default(),
            color: None,
            segmentation: SegmentationParams::default(),
            contexts: [const { None }; 4],
            last: None,
            blocks: None,
            segment_ids: Some(Vec::new()),
        }
    }
}

impl Kept {
    /// What a header is read with.
    #[must_use]
    pub(crate) fn before(&self) -> Before<'_> {
        Before { color: self.color, segmentation: &self.segmentation, slots: self.slots.formats() }
    }

    /// What setup_past_independence( ), reset_frame_context (7.2) and a change of size (7.2.6) make of it before a frame is read.
    pub(crate) fn prepare(&mut self, header: &FrameHeader) {
        self.color = Some(header.color);
        self.segmentation = header.segmentation;
        let same_size = self.last.is_some_and(|last| last.is_as_large_as(header));
        if header.is_independent() || self.last.is_some() && !same_size {
            self.segment_ids = Some(Vec::new());
        }
        if !header.is_independent() {
            return;
        }
        let defaults = || Some(Box::new(Probabilities::default()));
        if header.is_key || header.error_resilient_mode || header.reset_frame_context == 3 {
            self.contexts = std::array::from_fn(|_| defaults());
        } else if header.reset_frame_context == 2 {
            self.contexts[usize::from(header.coded_frame_context_idx & 3)] = defaults();
        }
    }

    /// load_probs( ) (6.1.2).
    ///
    /// # Errors
    /// They were never set, or are lost.
    pub(crate) fn probabilities(&self, header: &FrameHeader) -> Result<&Probabilities> {
        self.contexts[header.frame_context_idx()].as_deref().ok_or_else(|| {
            ParseError::malformed("frame_context_idx", "the probabilities that it names were never set, or are lost")
        })
    }

    /// UsePrevFrameMvs (7.2): the blocks of the frame before, which was shown and is as large. One that is intra has no vectors.
    ///
    /// # Errors
    /// They are lost.
    pub(crate) fn previous_blocks(&self, header: &FrameHeader) -> Result<Option<&BlockMap>> {
        let applies = !header.is_independent() && self.last.is_some_and(|last| last.show_frame && last.is_as_large_as(header));
        match &self.blocks {
            Some(blocks) if applies => Ok(Some(blocks)),
            None if applies => Err(ParseError::malformed("frame", "the vectors of the frame before are lost")),
            _ => Ok(None),
        }
    }

    /// PrevSegmentIds, where the frame asks for them; empty where all are 0.
    ///
    /// # Errors
    /// They are lost.
    pub(crate) fn segment_ids(&self, header: &FrameHeader) -> Result<&[u8]> {
        let segmentation = &header.segmentation;
        let asks = segmentation.enabled && !header.frame_is_intra() && (!segmentation.update_map || segmentation.temporal_update);
        match &self.segment_ids {
            Some(segment_ids) => Ok(segment_ids),
            None if asks => Err(ParseError::malformed("segmentation_update_map", "the segments of the frames before are lost")),
            None => Ok(&[]),
        }
    }

    /// LastFrameType is KEY_FRAME.
    #[must_use]
    pub(crate) fn last_was_key(&self) -> bool {
        self.last.is_some_and(|last| last.is_key)
    }

    /// A frame was read: what it leaves. `blocks` and `segment_ids` become those of the frame before.
    pub(crate) fn keep(
        &mut self,
        header: &FrameHeader,
        coded_order: u32,
        probabilities: &Probabilities,
        blocks: &mut BlockMap,
        segment_ids: &mut Vec<u8>,
    ) {
        if header.refresh_frame_context {
            self.contexts[header.frame_context_idx()] = Some(Box::new(probabilities.clone()));
        }
        if has_segment_ids(header) {
            std::mem::swap(self.segment_ids.get_or_insert_default(), segment_ids);
        }
        std::mem::swap(self.blocks.get_or_insert_default(), blocks);
        self.refresh(header, coded_order, false);
    }

    /// A frame could not be read beyond its uncompressed header, or beyond its compressed header, which made these probabilities.
    pub(crate) fn lose(&mut self, header: &FrameHeader, coded_order: u32, probabilities: Option<Probabilities>) {
        if header.refresh_frame_context {
            let saved = probabilities.filter(|_| header.frame_parallel_decoding_mode);
            self.contexts[header.frame_context_idx()] = saved.map(Box::new);
        }
        if has_segment_ids(header) {
            self.segment_ids = None;
        }
        self.blocks = None;
        self.refresh(header, coded_order, true);
    }

    /// Of a frame nothing could be read: it may have changed anything.
    pub(crate) fn lose_all(&mut self) {
        let mut slots = std::mem::take(&mut self.slots);
        slots.lose();
        *self = Self { slots, segment_ids: None, ..Self::default() };
    }

    /// Whether what frames need of those before may be lost here, and not to decoders.
    #[must_use]
    pub(crate) fn has_lost(&self) -> bool {
        self.color.is_none()
    }

    /// Whether a frame refers to what came before the stream was cut open.
    #[must_use]
    pub(crate) fn refers_before_start(&self, header: &FrameHeader) -> bool {
        !header.frame_is_intra() && self.slots.any_is_before_start(header.ref_frame_idx.iter())
    }

    /// The reference frame update process (8.10).
    fn refresh(&mut self, header: &FrameHeader, coded_order: u32, is_damaged: bool) {
        let (width, height) = (header.size.width, header.size.height);
        self.last = Some(LastFrame { width, height, show_frame: header.show_frame, is_key: header.is_key });
        let format = RefFormat { width, height, color: header.color };
        let is_before_start = self.refers_before_start(header);
        self.slots.update(header.refresh_frame_flags, HeldFrame { coded_order, format, is_damaged }, is_before_start);
    }
}

/// Whether a frame codes SegmentIds of its own.
#[must_use]
pub(crate) fn has_segment_ids(header: &FrameHeader) -> bool {
    header.segmentation.enabled && header.segmentation.update_map
}
