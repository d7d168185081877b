//! Where a picture ends: what is kept of it, and its place in the order of presentation.

use codecorpus_bitstream::nal_reader::NalUnits;
use codecorpus_bitstream::order::MAX_DPB_FRAMES;
use codecorpus_bitstream::{Event, ParseError, Result};

use super::CurrentPicture;
use crate::headers::sps::Sps;
use crate::refs::Flaws;
use crate::units::Units;

impl Units {
    /// The picture ends: it becomes an event and a reference.
    ///
    /// # Errors
    /// Slice segments that do not cover it.
    pub(crate) fn close_picture(&mut self) -> Result<()> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        let coded_order = current.picture.frame.coded_order;
        let mut is_read = current.error.is_none();
        if let Err(error) = self.check_whole(&current) {
            let error = error.in_unit(current.last_unit).in_picture(coded_order);
            if !self.skips_damage() {
                self.recycle(current.picture);
                return Err(error);
            }
            self.events.push_back(Event::Damage(error.clone()));
            current.error = Some(error);
            is_read = false;
        } else if current.lacks_vectors() {
            let reason = "vectors are predicted from a picture that is missing or damaged";
            let error = ParseError::malformed("collocated_ref_idx", reason);
            let error = error.in_unit(current.last_unit).in_picture(coded_order);
            // Where that one came before the stream was cut open, nothing in it is damaged; neither are these vectors known.
            if self.skips_damage() {
                self.events.push_back(Event::Damage(error.clone()));
            }
            current.error = Some(error);
        }
        let damaged = current.error.is_some();
        if !current.is_repeated {
            self.settle_marking(&current, is_read);
        }
        if let Some(error) = current.error {
            current.picture.damage(error);
        }
        if !current.is_repeated {
            let flaws = Flaws { damaged, refused: current.refused };
            self.dpb.store(coded_order, current.poc, flaws, current.digest, current.field);
        }
        self.events.push_back(Event::Picture(current.picture));
        if current.shown {
            self.order.add(coded_order, current.poc, current.times, MAX_DPB_FRAMES, &mut self.events);
        } else {
            self.events.push_back(Event::Hidden { coded_order });
        }
        if !current.refused {
            self.bump(&current.sets.sps);
        }
        Ok(())
    }

    /// Outputs what a decoder does not hold back any longer (C.5.2.2, C.5.2.3), once the current picture is in the buffer. As in
    /// decoders, sps_max_latency_increase_plus1 does not matter.
    fn bump(&mut self, sps: &Sps) {
        loop {
            let waiting = self.order.needed_for_output().count();
            let fullness = self.dpb.fullness(self.order.needed_for_output());
            if waiting == 0 || waiting <= sps.max_num_reorder_pics && fullness <= sps.max_dec_pic_buffering {
                return;
            }
            self.order.bump();
        }
    }

    /// Whether the picture's slice segments cover it.
    pub(crate) fn check_whole(&self, current: &CurrentPicture) -> Result<()> {
        if current.error.is_some() {
            return Ok(());
        }
        let (ctbs, pic_size_in_ctbs) = (self.picture_state.ctbs_decoded, self.picture_state.slice_addr.len());
        if ctbs != pic_size_in_ctbs {
            let reason = format!("the picture's slice segments hold {ctbs} of its {pic_size_in_ctbs} coding tree units");
            return Err(ParseError::malformed("slice_segment_data", reason));
        }
        Ok(())
    }
}
