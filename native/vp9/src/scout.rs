//! Where VP9 streams can be cut: before packets that begin with a key frame, from which nothing before it is needed (8.10, 7.2).

use codecorpus_bitstream::division::{Cuts, Least, Scout};
use codecorpus_bitstream::{BitReader, Packet, Result};

use crate::framing::Superframe;

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
        let first = Superframe::of(packet.data).ok().and_then(|superframe| packet.data.get(superframe.frames.first()?.clone()));
        if first.is_some_and(|frame| is_key(frame).unwrap_or(false)) {
            self.cuts.offer(self.at, || Start);
        }
        self.cuts.count_picture();
        self.at += packet.data.len() as u64;
        self.cuts.settle(self.at);
    }

    fn configure(&mut self, _: &[u8]) {}

    fn cuts(&mut self) -> &mut Cuts<Start> {
        &mut self.cuts
    }
}

/// Whether a frame's uncompressed_header( ) (6.2) begins as that of a key frame.
fn is_key(frame: &[u8]) -> Result<bool> {
    let mut bits = BitReader::new(frame);
    bits.u(2, "frame_marker")?;
    let profile = bits.u(1, "profile_low_bit")? | bits.u(1, "profile_high_bit")? << 1;
    bits.u(u32::from(profile == 3), "reserved_zero")?;
    let show_existing_frame = bits.flag("show_existing_frame")?;
    Ok(!show_existing_frame && !bits.flag("frame_type")?)
}
