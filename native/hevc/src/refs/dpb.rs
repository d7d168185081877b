//! Reference picture sets and marking (8.3.2), and the decoded picture buffer.

use codecorpus_bitstream::Poc;
use codecorpus_bitstream::records::NO_REF;

use super::lists::{RefPicSet, RefPicture};
use super::poc::{PrevTid0Pic, derive_poc};
use crate::headers::nal::NalHeader;
use crate::headers::rps::MAX_DPB_SIZE;
use crate::headers::slice::{LongTermRef, SliceHeader};
use crate::headers::sps::Sps;
use crate::motion::MotionField;

/// A decoded picture that may be referred to.
#[derive(Debug)]
struct Stored {
    coded_order: u32,
    poc: Poc,
    long_term: bool,
    flaws: Flaws,
    digest: u64,
    field: MotionField,
}

/// What is wrong with a picture that others may refer to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flaws {
    /// It could not be read.
    pub(crate) damaged: bool,
    /// Decoders have refused it, see [`RefPicSet::lacks_some`].
    pub(crate) refused: bool,
}

/// A picture of the order count of the next one, which decoders have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    None,
    /// It is damaged, or the picture that begins a sequence was lost behind it.
    Other,
    /// It is the same picture: the stream has it twice.
    Same,
}

/// The decoded picture buffer, and what picture order counts are counted from.
#[derive(Debug, Default)]
pub(crate) struct Dpb {
    pictures: Vec<Stored>,
    /// Motion fields of pictures that are gone, for their allocations.
    spare: Vec<MotionField>,
    pub(crate) prev_tid0_pic: PrevTid0Pic,
    before: BeforePicture,
    /// The current picture's set has a long-term picture, or one that is missing.
    pub(crate) is_set_uncommon: bool,
    /// A picture of the last picture's set was not there.
    pub(crate) was_set_short: bool,
}

/// What the current picture has changed, in case that it turns out to be damaged: its slice header may say anything.
#[derive(Debug, Default)]
struct BeforePicture {
    prev_tid0_pic: PrevTid0Pic,
    /// Pictures that it no longer refers to.
    dropped: Vec<Stored>,
    /// coded_order of those that it marked as long-term ones.
    marked: Vec<u32>,
}

impl Dpb {
    /// PicOrderCntVal of the current picture (8.3.1).
    pub(crate) fn derive_poc(&mut self, nal: NalHeader, lsb: u32, sps: &Sps, no_rasl_output_flag: bool) -> Poc {
        self.before.prev_tid0_pic = self.prev_tid0_pic;
        derive_poc(&mut self.prev_tid0_pic, nal, lsb, sps, no_rasl_output_flag)
    }

    /// Decoding process for reference picture set (8.3.2): marks what the current picture `poc` refers to, and drops the rest.
    /// Missing pictures stand in the set without a coded order.
    pub(crate) fn derive_ref_pic_set(&mut self, header: &SliceHeader, poc: Poc, sps: &Sps) -> RefPicSet {
        let mut keep = vec![false; self.pictures.len()];
        let mut set = RefPicSet::default();
        // Long-term pictures first: a picture that is one is no candidate for a short-term one.
        for candidate in &header.long_term_ref_pics {
            let picture = self.find_long_term(candidate, poc, sps, &mut keep);
            if candidate.used_by_curr_pic {
                set.lt_curr.push(picture);
            }
        }
        let st = &header.short_term_ref_pic_set;
        let is_short = st.s0.iter().chain(&st.s1).any(|candidate| self.is_lost(poc + candidate.delta_poc));
        for (side, curr) in [(&st.s0, &mut set.st_curr_before), (&st.s1, &mut set.st_curr_after)] {
            for candidate in side {
                let picture = self.find_short_term(poc + candidate.delta_poc, is_short, &mut keep);
                if candidate.used_by_curr_pic {
                    curr.push(picture);
                }
            }
        }
        self.retain(&keep);
        let kept = keep.iter().filter(|keep| **keep).count();
        let (short_term, long_term) = (st.s0.len() + st.s1.len(), header.long_term_ref_pics.len());
        self.is_set_uncommon = long_term > 0 || kept < short_term;
        set.is_short = kept < short_term + long_term;
        set.lacks_some = set.is_short || self.pictures.iter().any(|picture| picture.flaws.refused);
        set
    }

    /// The picture that pocLt (8.3.2) names: by all of its order count, or by its least significant bits.
    fn find_long_term(&mut self, candidate: &LongTermRef, poc: Poc, sps: &Sps, keep: &mut [bool]) -> RefPicture {
        let max_lsb = 1i32 << sps.log2_max_pic_order_cnt_lsb;
        let mut wanted = candidate.poc_lsb as i32;
        let mut mask = max_lsb - 1;
        if candidate.delta_poc_msb_present_flag {
            let msb_cycle = (candidate.delta_poc_msb_cycle as i32).wrapping_mul(max_lsb);
            wanted = poc.0.wrapping_sub(msb_cycle).wrapping_sub(poc.0 & mask).wrapping_add(wanted);
            mask = -1;
        }
        let found = self.pictures.iter().position(|picture| picture.poc.0 & mask == wanted);
        if let (Some(picture), Some(keep)) = (found.and_then(|i| self.pictures.get_mut(i)), found.and_then(|i| keep.get_mut(i))) {
            if !std::mem::replace(&mut picture.long_term, true) {
                self.before.marked.push(picture.coded_order);
            }
            *keep = true;
            return picture.as_reference();
        }
        RefPicture { poc: Poc(wanted), coded_order: NO_REF, long_term: true, damaged: false }
    }

    /// Whether no picture is there that pocStCurrBefore and its like (8.3.2) name.
    fn is_lost(&self, poc: Poc) -> bool {
        !self.pictures.iter().any(|picture| picture.poc == poc && !picture.long_term)
    }

    /// The picture that pocStCurrBefore and its like (8.3.2) name. `is_short`: another one of the set is not there.
    fn find_short_term(&self, poc: Poc, is_short: bool, keep: &mut [bool]) -> RefPicture {
        let candidates = || self.pictures.iter().enumerate().filter(|(_, picture)| picture.poc == poc && !picture.long_term);
        // The order count of a damaged picture may be that of another. But where pictures were lost, an earlier one may be of
        // another sequence, and stays only since the damaged one could not say that it is gone.
        let found = candidates().find(|(_, picture)| picture.flaws.damaged == is_short).or_else(|| candidates().next());
        if let Some((i, picture)) = found
            && let Some(keep) = keep.get_mut(i)
        {
            *keep = true;
            return picture.as_reference();
        }
        RefPicture { poc, coded_order: NO_REF, long_term: false, damaged: false }
    }

    fn retain(&mut self, keep: &[bool]) {
        let mut kept = keep.iter();
        let gone = self.pictures.extract_if(.., |_| !kept.next().copied().unwrap_or(false));
        self.before.dropped.extend(gone);
    }

    /// A coded video sequence begins: nothing in it refers to what was before. Order counts are counted from an IRAP picture's,
    /// whether that came or not.
    pub(crate) fn begin_sequence(&mut self) {
        self.spare.extend(self.pictures.drain(..).map(|picture| picture.field));
        self.prev_tid0_pic = PrevTid0Pic::default();
    }

    /// Whether the next picture keeps more short-term pictures for reference than were `lost`, and all others of them are there.
    pub(crate) fn keeps_more_than(&self, lost: usize, header: &SliceHeader, nal: NalHeader, sps: &Sps) -> bool {
        let poc = derive_poc(&mut self.prev_tid0_pic.clone(), nal, header.slice_pic_order_cnt_lsb, sps, false);
        let set = &header.short_term_ref_pic_set;
        let kept = set.s0.iter().chain(&set.s1);
        set.s0.len() + set.s1.len() > lost && kept.filter(|candidate| self.is_lost(poc + candidate.delta_poc)).count() <= lost
    }

    /// What the picture of the same order count is to the next one.
    pub(crate) fn earlier(&self, poc: Poc, digest: u64) -> Earlier {
        match self.pictures.iter().find(|picture| picture.poc == poc && !picture.flaws.refused) {
            Some(picture) if picture.digest == digest && !picture.flaws.damaged => Earlier::Same,
            Some(_) => Earlier::Other,
            None => Earlier::None,
        }
    }

    /// A motion field for a new picture, of any former content.
    pub(crate) fn take_field(&mut self) -> MotionField {
        self.spare.pop().unwrap_or_default()
    }

    /// The current picture stays: what its reference picture set dropped is gone.
    pub(crate) fn keep_marking(&mut self) {
        self.before.marked.clear();
        self.spare.extend(self.before.dropped.drain(..).map(|picture| picture.field));
    }

    /// The current picture is damaged: whatever its slice header said of others is as if it had not been.
    pub(crate) fn undo_marking(&mut self) {
        self.prev_tid0_pic = self.before.prev_tid0_pic;
        // The first ones are the first to go where there are too many.
        self.pictures.splice(..0, self.before.dropped.drain(..));
        for picture in &mut self.pictures {
            picture.long_term &= !self.before.marked.contains(&picture.coded_order);
        }
        self.before.marked.clear();
    }

    /// Stores a picture that is decoded, or has flaws, as one that is used for short-term reference.
    pub(crate) fn store(&mut self, coded_order: u32, poc: Poc, flaws: Flaws, digest: u64, field: MotionField) {
        let excess = (self.pictures.len()).saturating_sub(MAX_DPB_SIZE);
        self.spare.extend(self.pictures.drain(..excess).map(|picture| picture.field));
        self.spare.truncate(2);
        self.pictures.push(Stored { coded_order, poc, long_term: false, flaws, digest, field });
    }

    /// Stores an intra picture that another reader has read.
    pub(crate) fn store_intra(&mut self, coded_order: u32, poc: Poc, size: (u32, u32), digest: u64) {
        self.store(coded_order, poc, Flaws::default(), digest, MotionField::intra(size, poc));
    }

    /// coded_order of the picture that [`Dpb::store_intra`] would store, where its order count says which it is.
    pub(crate) fn find_intra(&self, poc: Poc, size: (u32, u32)) -> Option<u32> {
        let mut found = self.pictures.iter().filter(|picture| picture.poc == poc);
        let is_it =
            |picture: &&Stored| !picture.flaws.damaged && !picture.long_term && picture.field == MotionField::intra(size, poc);
        let picture = found.next().filter(is_it)?;
        found.next().is_none().then_some(picture.coded_order)
    }

    /// How many pictures the buffer holds, with those that are `needed_for_output` alone.
    pub(crate) fn fullness(&self, needed_for_output: impl Iterator<Item = u32>) -> usize {
        let is_kept = |coded_order: u32| self.pictures.iter().any(|picture| picture.coded_order == coded_order);
        let kept = self.pictures.iter().filter(|picture| !picture.flaws.refused).count();
        kept + needed_for_output.filter(|&coded_order| !is_kept(coded_order)).count()
    }

    /// Whether there is a picture with an order count.
    pub(crate) fn has(&self, poc: Poc) -> bool {
        self.pictures.iter().any(|picture| picture.poc == poc)
    }

    /// The motion field of a reference picture, where that is there and not damaged.
    pub(crate) fn field(&self, picture: &RefPicture) -> Option<&MotionField> {
        let is_it = |stored: &&Stored| stored.coded_order as i32 == picture.coded_order && !stored.flaws.damaged;
        self.pictures.iter().find(is_it).map(|stored| &stored.field)
    }
}

impl Stored {
    fn as_reference(&self) -> RefPicture {
        let Self { coded_order, poc, long_term, flaws, .. } = *self;
        RefPicture { poc, coded_order: coded_order as i32, long_term, damaged: flaws.damaged }
    }
}
