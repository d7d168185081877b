//! The reference part of the decoded picture buffer: frames, complementary field pairs and single fields that are marked as
//! used for reference, frames that were inferred, and frames that are known to be lost.

use std::sync::Arc;

use codecorpus_bitstream::Poc;
use codecorpus_bitstream::records::NO_REF;

use super::poc::{FieldOrderCnts, OrderCnts, pic_order_cnt};
use crate::refs::saved_motion::{Coding, Motion};

/// Why a frame was not received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is inferred for a gap in frame_num that the sequence allows ("non-existing").
    Inferred,
    /// It was lost: its order count is not known.
    Lost,
    /// The stream was cut open behind it.
    Before,
}

/// A frame store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// Unique in the stream.
    pub(crate) id: u32,
    /// NO_REF for frames that were never received.
    pub(crate) coded_order: i32,
    pub(crate) frame_num: u32,
    /// FrameNumWrap, for the picture that is being decoded.
    pub(crate) frame_num_wrap: i32,
    pub(crate) long_term_frame_idx: u32,
    pub(crate) poc: FieldOrderCnts,
    /// Whether the order counts are known: not those of missing frames with pic_order_cnt_type 0.
    pub(crate) has_order: bool,
    /// Fields that are decoded, are used for short-term and for long-term reference: bit 0 top, bit 1 bottom.
    pub(crate) fields: u8,
    pub(crate) short_term: u8,
    pub(crate) long_term: u8,
    /// It could not be read: nothing is known of its motion.
    pub(crate) is_damaged: bool,
    /// Why it was not received.
    pub(crate) missing: Option<Missing>,
    pub(crate) coding: Coding,
    /// By colour plane where they are coded by themselves: of the frame, or of either field.
    pub(crate) motion: [Option<Arc<Motion>>; 6],
}

impl Frame {
    /// PicOrderCnt of the frame, the pair, or the one field that there is.
    #[must_use]
    pub(crate) fn pic_order_cnt(&self) -> Poc {
        pic_order_cnt(self.fields, self.poc)
    }

    #[must_use]
    pub(crate) fn is_reference(&self) -> bool {
        self.short_term | self.long_term != 0
    }

    /// Those of the frame (parity 0), or of one of its fields (1 or 2).
    #[must_use]
    pub(crate) fn order_cnts(&self, parity: u8) -> OrderCnts {
        let fields = if parity == 0 { self.fields } else { parity };
        OrderCnts { picture: pic_order_cnt(fields, self.poc), fields: self.poc }
    }
}

/// The frames that are marked as used for reference, in decoding order, and motion buffers to use again.
#[derive(Debug, Default)]
pub(crate) struct Dpb {
    pub(crate) frames: Vec<Frame>,
    /// "No long-term frame indices" is 0.
    pub(crate) max_long_term_frame_idx_plus1: u32,
    #[expect(clippy::vec_box, reason = "each is moved into a frame store as it is")]
    spare: Vec<Box<Motion>>,
    next_id: u32,
}

impl Dpb {
    /// The marking as it is now.
    #[must_use]
    pub(crate) fn marking(&self) -> (Vec<Frame>, u32) {
        (self.frames.clone(), self.max_long_term_frame_idx_plus1)
    }

    /// Marking as it was.
    pub(crate) fn restore(&mut self, (frames, max_long_term_frame_idx_plus1): (Vec<Frame>, u32)) {
        self.frames.iter_mut().for_each(|frame| (frame.short_term, frame.long_term) = (0, 0));
        self.drop_unused();
        (self.frames, self.max_long_term_frame_idx_plus1) = (frames, max_long_term_frame_idx_plus1);
    }

    /// A frame store's number that no other has.
    pub(crate) fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// A motion buffer for a picture of `size` macroblocks.
    pub(crate) fn take_motion(&mut self, size: usize) -> Box<Motion> {
        let mut motion = self.spare.pop().unwrap_or_default();
        motion.reset(size);
        motion
    }

    pub(crate) fn recycle(&mut self, motion: Box<Motion>) {
        if self.spare.len() < 4 {
            self.spare.push(motion);
        }
    }

    /// Removes the frames that nothing can refer to any more.
    pub(crate) fn drop_unused(&mut self) {
        let mut i = 0;
        while i < self.frames.len() {
            if self.frames[i].is_reference() {
                i += 1;
            } else {
                let frame = self.frames.remove(i);
                let unshared = frame.motion.into_iter().flatten().filter_map(Arc::into_inner);
                unshared.for_each(|motion| self.recycle(Box::new(motion)));
            }
        }
    }

    /// Unmarks every frame but the one with an id.
    pub(crate) fn unmark_all_but(&mut self, id: u32) {
        for frame in self.frames.iter_mut().filter(|frame| frame.id != id) {
            (frame.short_term, frame.long_term) = (0, 0);
        }
        self.drop_unused();
    }

    /// Adds a frame that was not received.
    pub(crate) fn add_missing(&mut self, frame_num: u32, poc: Option<FieldOrderCnts>, missing: Missing) {
        let id = self.new_id();
        self.frames.push(Frame {
            id,
            coded_order: NO_REF,
            frame_num,
            poc: poc.unwrap_or_default(),
            has_order: poc.is_some(),
            fields: 3,
            short_term: 3,
            missing: Some(missing),
            ..Frame::default()
        });
    }

    /// FrameNumWrap of every short-term frame (8.2.4.1).
    pub(crate) fn derive_frame_num_wrap(&mut self, frame_num: u32, max_frame_num: u32) {
        for frame in self.frames.iter_mut().filter(|frame| frame.short_term != 0) {
            frame.frame_num_wrap = frame.frame_num as i32 - if frame.frame_num > frame_num { max_frame_num as i32 } else { 0 };
        }
    }
}
