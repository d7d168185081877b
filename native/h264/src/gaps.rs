//! Gaps in frame_num (8.2.5.2): frames that are inferred, or that are lost; and what headers that are damaged spoil of marking.

use codecorpus_bitstream::Poc;

use crate::headers::Sps;
use crate::headers::slice::SliceHeader;
use crate::picture::{BeforePicture, Decoder, MarkingSnapshot};
use crate::refs::PocState;
use crate::refs::dpb::Missing;

impl Decoder {
    /// Decoding process for gaps in frame_num (8.2.5.2): frames that are inferred, or that are lost.
    ///
    /// As many of them as could still be referred to are marked, like any other; they have no number in coded order.
    pub(crate) fn fill_gap(&mut self, sps: &Sps, header: &SliceHeader) {
        let max_frame_num = 1 << sps.log2_max_frame_num;
        if self.prev_ref_frame_num.is_none() && !header.idr {
            self.begin_cut_open(sps, header, max_frame_num);
        }
        let Some(next) = self.frame_num_before_gap(sps, header) else { return };
        let missing = header.frame_num.wrapping_sub(next) % max_frame_num;
        let kept = missing.min(sps.max_num_ref_frames);
        let lost = !sps.gaps_in_frame_num_value_allowed_flag;
        for back in (1..=kept).rev() {
            let frame_num = header.frame_num.wrapping_sub(back) % max_frame_num;
            self.dpb.derive_frame_num_wrap(frame_num, max_frame_num);
            self.dpb.make_room(sps.max_num_ref_frames, 0);
            let poc = self.poc.derive_inferred(sps, frame_num, header);
            self.dpb.add_missing(frame_num, poc, if lost { Missing::Lost } else { Missing::Inferred });
        }
        self.prev_ref_frame_num = Some(header.frame_num.wrapping_sub(1) % max_frame_num);
    }

    /// The frame_num that was to come, where another one has.
    fn frame_num_before_gap(&self, sps: &Sps, header: &SliceHeader) -> Option<u32> {
        let previous = self.prev_ref_frame_num.filter(|_| !header.idr)?;
        let next = (previous + 1) % (1 << sps.log2_max_frame_num);
        (header.frame_num != previous && header.frame_num != next).then_some(next)
    }

    /// What a picture that begins with `header` may spoil.
    pub(crate) fn before(&self, sps: &Sps, header: &SliceHeader) -> BeforePicture {
        let leaves_gap = self.skips_damage() && self.frame_num_before_gap(sps, header).is_some();
        // Nothing before an IDR picture counts behind it.
        let poc = if header.idr { PocState::default() } else { self.poc.clone() };
        BeforePicture { poc, marking: leaves_gap.then(|| self.marked()) }
    }

    /// Undoes what a damaged picture's header spoilt. Says whether it is as if it had not come: its frame_num left a gap, which
    /// a damaged header does more often than a loss.
    pub(crate) fn undo(&mut self) -> bool {
        let Some(current) = &mut self.current else { return false };
        self.poc = current.before.poc.clone();
        let Some(marked) = current.before.marking.take() else { return false };
        self.restore(marked);
        true
    }

    fn marked(&self) -> MarkingSnapshot {
        MarkingSnapshot { references: self.dpb.marking(), prev_ref_frame_num: self.prev_ref_frame_num }
    }

    fn restore(&mut self, marked: MarkingSnapshot) {
        self.dpb.restore(marked.references);
        self.prev_ref_frame_num = marked.prev_ref_frame_num;
    }

    /// A picture behind a damaged one that was marked as a reference: with the same frame_num, it says that the damaged one
    /// was none.
    pub(crate) fn check_suspect(&mut self, header: &SliceHeader) {
        if let Some((frame_num, marked)) = self.suspect.take()
            && header.frame_num == frame_num
            && !header.idr
        {
            self.restore(marked);
        }
    }

    /// Whether a sequence has begun with an IDR picture that was lost: then its reference is all that there is. The next picture
    /// proves that none has where its frame_num goes on from those before, and not from an IDR picture's.
    pub(crate) fn lost_begins_sequence(&mut self, sps: &Sps, header: &SliceHeader) -> bool {
        let (Some(lost), Some(previous)) = (self.lost_since_idr.take(), self.prev_ref_frame_num) else { return false };
        let max_frame_num = 1 << sps.log2_max_frame_num;
        let goes_on = header.frame_num.wrapping_sub(previous + 1) % max_frame_num <= lost;
        let begins_anew = (1..=lost).contains(&header.frame_num);
        if header.idr || goes_on && !begins_anew {
            return false;
        }
        self.dpb.unmark_all_but(0);
        self.dpb.max_long_term_frame_idx_plus1 = 0;
        // The order count of an IDR picture is 0 (8.2.1).
        self.dpb.add_missing(0, Some([Poc(0); 2]), Missing::Lost);
        self.poc = PocState::default();
        self.prev_ref_frame_num = Some(0);
        true
    }

    /// The stream is cut open: the references that may have come before its first picture are put down as missing. They are
    /// taken to be presented before it.
    ///
    /// Where it begins with a field that nothing can refer to, they keep their places in coded order.
    fn begin_cut_open(&mut self, sps: &Sps, header: &SliceHeader, max_frame_num: u32) {
        let frame_num = header.frame_num;
        for back in (1..=sps.max_num_ref_frames).rev() {
            self.dpb.add_missing(frame_num.wrapping_sub(back) % max_frame_num, Some([Poc::EARLIEST; 2]), Missing::Before);
        }
        self.prev_ref_frame_num = Some(frame_num.wrapping_sub(1) % max_frame_num);
        if header.structure.is_field() && !header.is_reference() {
            self.next_coded_order = self.next_coded_order.max(frame_num.min(sps.max_num_ref_frames));
        }
    }
}
