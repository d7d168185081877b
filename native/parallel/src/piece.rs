//! What is pushed, shared by the workers that read it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use codecorpus_bitstream::{Packet, Times};

/// A packet, or a chunk of a byte stream or a part of one.
#[derive(Clone)]
pub struct Piece {
    data: Arc<dyn AsRef<[u8]> + Send + Sync>,
    range: Range<usize>,
    times: Times,
    /// Byte offset of the data in the file.
    position: u64,
    /// They replace the container's before this packet.
    pub(crate) extradata: Option<Arc<[u8]>>,
}

impl Piece {
    pub fn new(data: Arc<dyn AsRef<[u8]> + Send + Sync>, times: Times, position: u64, extradata: Option<Arc<[u8]>>) -> Self {
        let range = 0..(*data).as_ref().len();
        Self { data, range, times, position, extradata }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.range.len()
    }

    /// As a packet, from byte `from` on to byte `to`.
    pub(crate) fn packet(&self, from: usize, to: usize) -> Packet<'_> {
        let data = (*self.data).as_ref().get(self.range.start + from..self.range.start + to).unwrap_or_default();
        Packet { data, times: self.times, position: self.position + from as u64 }
    }

    /// The first bytes, and the rest.
    pub(crate) fn split_at(mut self, bytes: usize) -> (Self, Self) {
        let mut rest = self.clone();
        self.range.end = self.range.start + bytes;
        rest.range.start = self.range.end;
        rest.position += bytes as u64;
        rest.extradata = None;
        (self, rest)
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Piece").field("position", &self.position).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}
