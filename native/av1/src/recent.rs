//! The frames that were read last, where damage is passed over: one that comes again is no other picture.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};

/// Inter frames behind the last key frame, by a hash of their first OBU. No other frame so near has the same order hint and
/// the same bytes; behind another key frame it may.
#[derive(Debug, Default)]
pub(crate) struct RecentFrames(VecDeque<(u64, u32)>);

/// Fewer than order hints tell apart.
const RECENT_FRAMES: usize = 16;

/// OrderHintBits that tell more frames apart than are remembered, also where every second or third one is left out.
pub(crate) const LEAST_ORDER_HINT_BITS: u8 = 6;

impl RecentFrames {
    /// coded_order of the picture that a frame is, if it was read.
    pub(crate) fn find(&self, hash: u64) -> Option<u32> {
        self.0.iter().find(|(known, _)| *known == hash).map(|&(_, coded_order)| coded_order)
    }

    pub(crate) fn push(&mut self, hash: u64, coded_order: u32) {
        if self.0.len() == RECENT_FRAMES {
            self.0.pop_front();
        }
        self.0.push_back((hash, coded_order));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The hash of a frame's first OBU.
pub(crate) fn hash_of(data: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(data);
    hasher.finish()
}
