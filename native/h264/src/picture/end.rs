//! Where a field or a frame ends: its marking (8.2.5), what is kept of it, and its place in the order of presentation.

use std::sync::Arc;

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::records::PictureType;
use codecorpus_bitstream::{Event, ParseError, Result};

use crate::emit::merge_planes;
use crate::neighbours::macroblocks::Macroblocks;
use crate::picture::{CurrentPicture, Decoder, MarkingSnapshot};
use crate::presentation::EndedPicture;
use crate::refs::Frame;
use crate::refs::marking::{Mark, MarkedPicture};
use crate::refs::poc::pic_order_cnt;
use crate::refs::saved_motion::{Coding, Motion, MotionMb, parity_index};

impl Decoder {
    /// Ends the frame or field that was being read: its marking, and what is kept of it.
    ///
    /// An error is one that its slices do not cover.
    pub(crate) fn finish_field(&mut self) -> Result<()> {
        self.check_cover()?;
        if self.current.as_ref().is_some_and(|current| current.error.is_some()) && self.undo() {
            return Ok(());
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        let sums = std::mem::take(&mut current.coded.plane_sums);
        if !sums.is_empty() {
            let (width, mbaff) = (current.sps.pic_width_in_mbs as usize, current.header.is_mbaff(&current.sps));
            merge_planes(&mut current.picture, current.coded.first_row, &sums, width, mbaff);
        }
        let first = !current.header.structure.is_field() || current.fields != 3;
        if first {
            current.intra = current.picture.frame.kind == PictureType::I;
            // Recovery points of gradual refresh are not what decoding can start at.
            current.picture.frame.key &= current.intra || current.header.idr;
        }
        let header = &current.header;
        let sps = &current.sps;
        let structure = header.structure;
        let mut motion = std::mem::take(&mut current.coded.motion);
        if current.coded.read < current.coded.size {
            forget_motion(&mut motion, &self.mbs, current.coded.first_slice);
        }
        let is_damaged = current.error.is_some() || current.lack.is_some();
        if !header.is_reference() || is_damaged || current.is_repeated {
            // Of a damaged picture nothing is known that others could be told.
            motion.drain(..).for_each(|motion| self.dpb.recycle(motion));
        }
        if !header.is_reference() || current.is_repeated {
            return Ok(());
        }
        let second_field = structure.is_field() && current.fields == 3;
        if current.error.is_some() && !second_field && !header.idr {
            let marked = MarkingSnapshot { references: self.dpb.marking(), prev_ref_frame_num: self.prev_ref_frame_num };
            self.suspect = Some((header.frame_num, marked));
        }
        let marked = MarkedPicture {
            id: current.id,
            second_field,
            max_num_ref_frames: sps.max_num_ref_frames,
            max_frame_num: 1 << sps.log2_max_frame_num,
        };
        let mark = self.dpb.mark(header, marked);
        let frame_num = header.frame_num_once_marked();
        self.prev_ref_frame_num = Some(frame_num);
        if header.unmarks_all() {
            // tempPicOrderCnt.
            let zero = pic_order_cnt(structure.fields(), current.poc);
            current.poc = current.poc.map(|poc| poc.counted_from(zero));
            current.begins_sequence = true;
            self.poc.after_unmark_all(structure, current.poc[0]);
        }
        let index = self.dpb.frames.iter().position(|frame| frame.id == current.id);
        let frame = match index {
            Some(index) => &mut self.dpb.frames[index],
            None => {
                self.dpb.frames.push(Frame {
                    id: current.id,
                    coded_order: current.picture.frame.coded_order as i32,
                    frame_num,
                    ..Frame::default()
                });
                let last = self.dpb.frames.len() - 1;
                &mut self.dpb.frames[last]
            }
        };
        frame.fields |= structure.fields();
        frame.is_damaged |= is_damaged;
        frame.poc = current.poc;
        frame.coding = if structure.is_field() {
            Coding::Fields
        } else if header.is_mbaff(sps) {
            Coding::Mbaff
        } else {
            Coding::Frame
        };
        match mark {
            Mark::ShortTerm => frame.short_term |= structure.fields(),
            Mark::LongTerm(index) => {
                frame.long_term |= structure.fields();
                frame.long_term_frame_idx = index;
            }
        }
        for (plane, motion) in motion.drain(..).enumerate() {
            frame.motion[2 * plane + parity_index(structure)] = Some(Arc::new(*motion));
        }
        // A stream may mark more than it says that it does: no more than the standard's 16 are kept.
        if self.dpb.frames.len() > 17 {
            self.dpb.frames[0].short_term = 0;
            self.dpb.frames[0].long_term = 0;
            self.dpb.drop_unused();
        }
        Ok(())
    }

    /// Whether the slices of the frame or field cover it.
    fn check_cover(&mut self) -> Result<()> {
        let Some(current) =
            self.current.as_ref().filter(|current| current.coded.read != current.coded.size && current.error.is_none())
        else {
            return Ok(());
        };
        let reason = format!("the picture's slices hold {} of its {} macroblocks", current.coded.read, current.coded.size);
        let error = ParseError::malformed("slice_data", reason).in_unit(current.unit).in_picture(self.coded_order());
        if self.skips_damage() {
            self.damage_current(error);
            return Ok(());
        }
        self.current = None;
        Err(error)
    }

    /// Vectors of the picture are not known where what they are predicted from is missing. All of it has been read by its header,
    /// which holds. Nothing in it is damaged: where the stream is cut open, that is no error of the stream's.
    fn note_lack(&mut self) {
        let coded_order = self.coded_order();
        let skips_damage = self.skips_damage();
        let Some(current) = self.current.as_mut().filter(|current| current.error.is_none()) else { return };
        let Some(lack) = current.lack else { return };
        let error = lack.error().in_unit(current.unit).in_picture(coded_order);
        current.error = Some(error.clone());
        if skips_damage {
            self.tell(error);
        }
    }

    /// Ends the current picture.
    pub(crate) fn finish_picture(&mut self) {
        self.note_lack();
        let Some(current) = self.current.take() else { return };
        let CurrentPicture { mut picture, times, poc, fields, missing_reference, error, begins_sequence, .. } = current;
        let (idr, intra, recovery_frame_cnt) = (current.idr, current.intra, current.recovery_frame_cnt);
        if let Some(error) = error {
            picture.damage(error);
        }
        let record = &mut picture.frame;
        record.complete = record.error.is_none() && !missing_reference;
        let poc = pic_order_cnt(fields, poc);
        record.poc = Some(poc.0);
        let coded_order = record.coded_order;
        self.events.push_back(Event::Picture(picture));
        if begins_sequence {
            self.order.begin_sequence(&mut self.events);
        }
        let (header, sps) = (&current.header, &current.sps);
        let admitted =
            self.presentation.admits(&EndedPicture { header, sps, idr, intra, recovery_frame_cnt, begins_sequence, poc });
        // A field without the other one is decoded, and FFmpeg does not show it.
        if admitted && fields == 3 {
            self.order.add(coded_order, poc, times, sps.max_waiting_frames(), &mut self.events);
        } else {
            self.events.push_back(Event::Hidden { coded_order });
        }
    }

    /// Ends the last picture, and the order of presentation.
    ///
    /// # Errors
    /// Slices that do not cover it.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.lose_lost();
        self.finish_field()?;
        self.finish_picture();
        self.order.begin_sequence(&mut self.events);
        Ok(())
    }

    /// Ends the last picture before an IDR picture that another reader begins with, and says where that one's numbers begin.
    /// None where it is not whole.
    pub(crate) fn hand_over(&mut self) -> Option<Numbers> {
        let is_whole = |current: &CurrentPicture| {
            let has_both = current.fields == 3 || !current.header.structure.is_field();
            let is_known = current.error.is_none() && current.lack.is_none();
            is_known && current.coded.read == current.coded.size && has_both
        };
        if self.lost.is_some() || !self.current.as_ref().is_some_and(is_whole) || self.finish().is_err() {
            return None;
        }
        Some(Numbers { coded_order: self.next_coded_order, frame: self.order.shown() })
    }

    /// Ends the pictures before an error: the current one only where nothing of it is missing.
    pub(crate) fn abandon(&mut self) {
        let whole = self.current.as_ref().is_some_and(|c| {
            c.error.is_none() && c.coded.read == c.coded.size && (c.fields == 3 || c.header.structure.is_field())
        });
        if whole && self.finish_field().is_ok() {
            self.finish_picture();
        }
        self.current = None;
        self.order.begin_sequence(&mut self.events);
    }
}

/// What was not read of a picture has no motion.
fn forget_motion(motion: &mut [Box<Motion>], mbs: &[Macroblocks; 3], first_slice: u32) {
    for (motion, mbs) in motion.iter_mut().zip(mbs) {
        let missing = motion.mbs.iter_mut().zip(&mbs.slices).filter(|&(_, &slice)| slice < first_slice);
        missing.for_each(|(mb, _)| *mb = MotionMb::default());
    }
}
