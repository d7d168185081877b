//! Reference picture sets (8.3.2) and reference picture lists (8.3.4).

use codecorpus_bitstream::records::{NO_REF, PictureType};
use codecorpus_bitstream::{ParseError, Poc, Result};

use crate::headers::slice::SliceHeader;

/// An entry of a reference picture list, or of a reference picture set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RefPicture {
    pub(crate) poc: Poc,
    /// `NO_REF` where the picture is missing.
    pub(crate) coded_order: i32,
    pub(crate) long_term: bool,
    /// Whether it could not be read.
    pub(crate) damaged: bool,
}

/// RefPicList0 and RefPicList1 of a slice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RefPicLists {
    entries: [[RefPicture; 16]; 2],
    counts: [usize; 2],
}

/// RefPicSetStCurrBefore, RefPicSetStCurrAfter and RefPicSetLtCurr of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RefPicSet {
    pub(super) st_curr_before: Vec<RefPicture>,
    pub(super) st_curr_after: Vec<RefPicture>,
    pub(super) lt_curr: Vec<RefPicture>,
    /// Whether a picture of the set is not there.
    pub(crate) is_short: bool,
    /// Whether a picture of the set is not there, be it one that is kept for later pictures alone, or was refused for the same
    /// reason: it was lost, and FFmpeg (from version 8 on) decodes nothing that may need it.
    pub(crate) lacks_some: bool,
}

impl RefPicture {
    /// Whether it is there, and could be read.
    pub(crate) fn is_whole(&self) -> bool {
        self.coded_order != NO_REF && !self.damaged
    }
}

impl RefPicSet {
    /// Decoding process for reference picture lists construction (8.3.4). `current` is the picture itself, as slices that refer to it see it.
    pub(crate) fn derive_lists(&self, header: &SliceHeader, current: RefPicture) -> Result<RefPicLists> {
        let current = Some(current).filter(|_| header.curr_pic_ref);
        let mut lists = RefPicLists::default();
        if header.slice_type == PictureType::I {
            return Ok(lists);
        }
        let orders = [[&self.st_curr_before, &self.st_curr_after], [&self.st_curr_after, &self.st_curr_before]];
        for (x, order) in orders.into_iter().enumerate() {
            let temp: Vec<RefPicture> = order.into_iter().chain([&self.lt_curr]).flatten().copied().chain(current).collect();
            if temp.is_empty() {
                return Err(ParseError::malformed("slice_type", "an inter slice without reference pictures"));
            }
            lists.counts[x] = usize::from(header.num_ref_idx_active[x]).min(16);
            for (i, entry) in lists.entries[x].iter_mut().enumerate().take(lists.counts[x]) {
                *entry = temp[header.list_entry(x, i, temp.len())];
            }
        }
        Ok(lists)
    }
}

impl RefPicLists {
    /// RefPicListX[ refIdxLX ] (8.3.4); none where there is no such entry.
    #[inline(always)]
    pub(crate) fn get(&self, list: usize, ref_idx: i8) -> Option<&RefPicture> {
        // A list that is not used has ref_idx -1: far beyond any count.
        let index = ref_idx as u8 as usize;
        if index < self.counts[list & 1] { Some(&self.entries[list & 1][index & 15]) } else { None }
    }

    /// The entries of one list.
    pub(crate) fn list(&self, list: usize) -> &[RefPicture] {
        &self.entries[list & 1][..self.counts[list & 1].min(16)]
    }

    /// Both lists' entries.
    pub(crate) fn all(&self) -> impl Iterator<Item = &RefPicture> {
        self.list(0).iter().chain(self.list(1))
    }
}
