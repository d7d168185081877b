//! Where VP9 streams can be cut: before packets that begin with a key frame, from which nothing before it is needed (8.10, 7.2).

use codecorpus_bitstream::Packet;
use codecorpus_bitstream::division::{Cuts, Least, Scout};

use crate::framing::Superframe;
use crate::survey::Beginning;

/// A reader of VP9 begins with nothing.
#[derive(Debug, Clone, Copy)]
pub struct Start;

#[derive(Debug)]
pub struct Vp9Scout {
    cuts: Cuts<Start>,
    /// Bytes of the stream before the next packet.
    at: u64,
}

impl Vp9Scout {
    pub(crate) fn new(least: Least) -> Self {
        Self { cuts: Cuts::new(least), at: 0 }
    }
}

impl Scout for Vp9Scout {
    type Start = Start;

    fn look(&mut self, packet: Packet<'_>) {
        let superframe = Superframe::of(packet.data).ok();
        let first = superframe.as_ref().and_then(|superframe| packet.data.get(superframe.frames.first()?.clone()));
        if first.is_some_and(|frame| Beginning::read(frame).is_ok_and(Beginning::is_key)) {
            self.cuts.offer(self.at, || Start);
        }
        self.cuts.count(superframe.map_or(1, |superframe| superframe.frames.len() as u32), 1);
        self.at += packet.data.len() as u64;
        self.cuts.settle(self.at);
    }

    fn configure(&mut self, _: &[u8]) {}

    fn cuts(&mut self) -> &mut Cuts<Start> {
        &mut self.cuts
    }
}
