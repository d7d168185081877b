//! Where a picture begins, and what it takes over from those before it.

use codecorpus_bitstream::nal::digest;
use codecorpus_bitstream::nal_reader::NalUnits;
use codecorpus_bitstream::records::FrameRecord;
use codecorpus_bitstream::{Plane, Times};

use super::{ActiveSets, CurrentPicture, PictureStart};
use crate::headers::nal::NalHeader;
use crate::headers::slice::SliceHeader;
use crate::presentation::Presentation;
use crate::units::Units;

impl Units {
    /// A picture begins with a slice segment whose header is `header`.
    pub(crate) fn begin_picture(&mut self, sets: &ActiveSets, nal: NalHeader, header: &SliceHeader, times: Times) {
        let irap = nal.unit_type.is_irap();
        let is_first = std::mem::take(&mut self.sequence.begins);
        let begins = is_first | self.lost_begins_sequence(sets, nal, header);
        // To a decoder the first IRAP picture is the first one of the bitstream, unless it has begun before.
        let first = begins || self.presentation == Presentation::Unknown;
        let no_rasl_output = irap && (nal.unit_type.is_idr() || nal.unit_type.is_bla() || first);
        let begins_sequence = no_rasl_output || begins;
        if irap || begins {
            self.sequence.no_rasl_output = begins_sequence;
        }
        self.sequence.has_irap |= irap;
        if begins_sequence {
            self.begin_sequence(header.no_output_of_prior_pics(nal, is_first));
        }
        let start = PictureStart {
            coded_order: self.next_coded_order,
            times,
            digest: digest(&self.rbsp.data),
            no_rasl_output,
            begins_sequence,
            skipped_leading: nal.unit_type.is_rasl() && self.sequence.no_rasl_output,
        };
        self.next_coded_order += 1;
        let picture = self.pool.pop().unwrap_or_default();
        let mut current = CurrentPicture::begin(picture, sets.clone(), nal, header, &start, &mut self.dpb);
        let FrameRecord { width, height, .. } = current.picture.frame;
        current.picture.residual = self.options.wanted.residual.then(|| Plane::new(width, height));
        if std::mem::take(&mut self.cut.begins_behind_cra) {
            self.cut.first_is_uncommon = self.dpb.is_set_uncommon;
        }
        if !self.skips_damage() {
            self.dpb.keep_marking();
        }
        let recovery_poc_cnt = self.recovery_poc_cnt.take();
        let admission = self.presentation.admits(irap, current.poc, recovery_poc_cnt);
        current.refused |= !irap && current.rps.lacks_some && !admission.recovering;
        current.shown &= admission.shown && !current.refused;
        current.picture.frame.complete = !std::mem::take(&mut self.pending.lost_segment);
        let ctbs = sets.sps.width_in_ctbs() * sets.sps.height_in_ctbs();
        self.picture_state.reset(ctbs as usize, sets.sps.width as usize);
        self.current = Some(current);
    }
}
