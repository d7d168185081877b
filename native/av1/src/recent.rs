//! The frames that were read last, where damage is passed over: one that comes again is no other picture.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};

/// Inter frames that were read last, by a hash of their first OBU. No other frame so near has the same order hint and the same bytes.
#[derive(Debug, Clone, Default)]
pub struct RecentFrames(VecDeque<(u64, Option<u32>)>);

const RECENT_FRAMES: usize = 16;

impl RecentFrames {
    /// The picture that a frame is, if it was read; the inner None is one that another reader has read.
    pub(crate) fn find(&self, hash: u64) -> Option<Option<u32>> {
        self.0.iter().find(|(known, _)| *known == hash).map(|&(_, coded_order)| coded_order)
    }

    pub(crate) fn push(&mut self, hash: u64, coded_order: Option<u32>) {
        if self.0.len() == RECENT_FRAMES {
            self.0.pop_front();
        }
        self.0.push_back((hash, coded_order));
    }

    /// A frame that another reader will read.
    pub(crate) fn note(&mut self, hash: u64) {
        if self.find(hash).is_none() {
            self.push(hash, None);
        }
    }

    /// Whether frames that another reader has read are among them.
    pub(crate) fn has_others(&self) -> bool {
        self.0.iter().any(|(_, coded_order)| coded_order.is_none())
    }

    /// Whether they are the same frames, whoever has read them.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.iter().map(|(hash, _)| hash).eq(other.0.iter().map(|(hash, _)| hash))
    }
}

/// The hash of a frame's first OBU.
pub(crate) fn hash_of(data: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(data);
    hasher.finish()
}
