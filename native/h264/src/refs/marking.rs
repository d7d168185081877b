//! Decoded reference picture marking process: 8.2.5.

use super::dpb::{Dpb, Frame};
use crate::headers::slice::{MarkingOperation, SliceHeader, Structure};

/// What the marking process has to know of the picture that was just decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarkedPicture {
    /// Its frame store, which is in the buffer already where this is a second field.
    pub(crate) id: u32,
    pub(crate) second_field: bool,
    pub(crate) max_num_ref_frames: u32,
    pub(crate) max_frame_num: u32,
}

impl Dpb {
    /// Marks the references after a reference picture (8.2.5.1), and says how the picture itself is marked: its fields' short-
    /// term bits, or its long-term bits with LongTermFrameIdx.
    pub(crate) fn mark(&mut self, header: &SliceHeader, current: MarkedPicture) -> Mark {
        if header.idr {
            self.unmark_all_but(if current.second_field { current.id } else { 0 });
            self.max_long_term_frame_idx_plus1 = u32::from(header.marking.long_term_reference_flag);
            return if header.marking.long_term_reference_flag { Mark::LongTerm(0) } else { Mark::ShortTerm };
        }
        self.derive_frame_num_wrap(header.frame_num, current.max_frame_num);
        let mut mark = Mark::ShortTerm;
        match &header.marking.operations {
            None => self.slide(current),
            Some(operations) => {
                for &operation in operations {
                    if let Some(long_term) = self.apply(operation, header, current) {
                        mark = long_term;
                    }
                }
            }
        }
        self.drop_unused();
        mark
    }

    /// Sliding window decoded reference picture marking process (8.2.5.3).
    fn slide(&mut self, current: MarkedPicture) {
        let first_is_short = current.second_field && self.frames.iter().any(|f| f.id == current.id && f.short_term != 0);
        if !first_is_short {
            self.make_room(current.max_num_ref_frames, current.id);
        }
    }

    /// Removes the oldest short-term frames until there is room for one more frame.
    pub(crate) fn make_room(&mut self, max_num_ref_frames: u32, keep: u32) {
        while self.frames.len() >= max_num_ref_frames.max(1) as usize {
            let oldest = (0..self.frames.len())
                .filter(|&i| self.frames[i].short_term != 0 && self.frames[i].id != keep)
                .min_by_key(|&i| self.frames[i].frame_num_wrap);
            let Some(oldest) = oldest else { break };
            self.frames[oldest].short_term = 0;
            if self.frames[oldest].long_term != 0 {
                break;
            }
            self.drop_unused();
        }
    }

    /// Adaptive memory control (8.2.5.4). Says how the current picture is marked, where the operation does.
    fn apply(&mut self, operation: MarkingOperation, header: &SliceHeader, current: MarkedPicture) -> Option<Mark> {
        match operation {
            MarkingOperation::UnmarkShortTerm { difference_of_pic_nums } => {
                if let Some((i, fields)) = self.short_term_picture(pic_num_x(header, difference_of_pic_nums), header.structure) {
                    self.frames[i].short_term &= !fields;
                }
            }
            MarkingOperation::UnmarkLongTerm { long_term_pic_num } => {
                if let Some((i, fields)) = self.long_term_picture(long_term_pic_num, header.structure) {
                    self.frames[i].long_term &= !fields;
                }
            }
            MarkingOperation::AssignLongTerm { difference_of_pic_nums, long_term_frame_idx } => {
                if let Some((i, fields)) = self.short_term_picture(pic_num_x(header, difference_of_pic_nums), header.structure) {
                    let id = self.frames[i].id;
                    self.free_long_term_frame_idx(long_term_frame_idx, id);
                    let frame = &mut self.frames[i];
                    frame.short_term &= !fields;
                    frame.long_term |= fields;
                    frame.long_term_frame_idx = long_term_frame_idx;
                }
            }
            MarkingOperation::MaxLongTermFrameIdx(plus1) => {
                self.frames
                    .iter_mut()
                    .filter(|f| f.long_term != 0 && f.long_term_frame_idx >= plus1)
                    .for_each(|f| f.long_term = 0);
                self.max_long_term_frame_idx_plus1 = plus1;
            }
            MarkingOperation::UnmarkAll => {
                self.frames.iter_mut().for_each(|f| (f.short_term, f.long_term) = (0, 0));
                self.max_long_term_frame_idx_plus1 = 0;
            }
            MarkingOperation::CurrentLongTerm { long_term_frame_idx } => {
                self.free_long_term_frame_idx(long_term_frame_idx, current.id);
                return Some(Mark::LongTerm(long_term_frame_idx));
            }
        }
        None
    }

    /// LongTermFrameIdx becomes free: whatever frame but `keep` has it is unmarked.
    fn free_long_term_frame_idx(&mut self, long_term_frame_idx: u32, keep: u32) {
        let taken = |f: &&mut Frame| f.long_term != 0 && f.long_term_frame_idx == long_term_frame_idx && f.id != keep;
        self.frames.iter_mut().filter(taken).for_each(|f| f.long_term = 0);
    }

    /// The short-term frame with a PicNum, or the frame and the field with it, for a picture of a structure.
    pub(crate) fn short_term_picture(&self, pic_num: i32, structure: Structure) -> Option<(usize, u8)> {
        self.frames.iter().enumerate().find_map(|(i, frame)| {
            let fields = fields_with_num(pic_num, frame.frame_num_wrap, structure)?;
            (frame.short_term & fields == fields).then_some((i, fields))
        })
    }

    /// The long-term frame with a LongTermPicNum, or the frame and the field with it.
    pub(crate) fn long_term_picture(&self, long_term_pic_num: u32, structure: Structure) -> Option<(usize, u8)> {
        self.frames.iter().enumerate().find_map(|(i, frame)| {
            let fields = fields_with_num(long_term_pic_num as i32, frame.long_term_frame_idx as i32, structure)?;
            (frame.long_term & fields == fields).then_some((i, fields))
        })
    }
}

/// How a reference picture is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    ShortTerm,
    LongTerm(u32),
}

/// picNumX of 8.2.5.4.1.
fn pic_num_x(header: &SliceHeader, difference_of_pic_nums: u32) -> i32 {
    curr_pic_num(header).wrapping_sub(difference_of_pic_nums as i32)
}

/// CurrPicNum of 7.4.3.
#[must_use]
pub(crate) fn curr_pic_num(header: &SliceHeader) -> i32 {
    if header.structure == Structure::Frame { header.frame_num as i32 } else { 2 * header.frame_num as i32 + 1 }
}

/// The fields of a frame, numbered FrameNumWrap or LongTermFrameIdx, that have a picture number (8.2.4.1).
fn fields_with_num(pic_num: i32, frame_num: i32, structure: Structure) -> Option<u8> {
    if structure == Structure::Frame {
        return (pic_num == frame_num).then_some(3);
    }
    let same = structure.fields();
    match pic_num.wrapping_sub(frame_num.wrapping_mul(2)) {
        1 => Some(same),
        0 => Some(3 - same),
        _ => None,
    }
}
