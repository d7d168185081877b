//! Superframes (Annex B): several frames in one packet, their sizes behind them.

use std::ops::Range;

use codecorpus_bitstream::{ParseError, Result};

/// The frames of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Superframe {
    pub(crate) frames: Vec<Range<usize>>,
    /// Bytes of the packet that are no frame's.
    pub(crate) overhead: usize,
}

/// Of one superframe.
const MAX_FRAMES: usize = 8;

impl Superframe {
    /// superframe_index( ) (B.3), if the packet has one; else it is one frame.
    ///
    /// # Errors
    /// The index does not fit the packet.
    pub(crate) fn of(packet: &[u8]) -> Result<Self> {
        let mut frames = Vec::with_capacity(MAX_FRAMES);
        let Some(&header) = packet.last() else { return Ok(Self { frames, overhead: 0 }) };
        if header & 0xe0 != 0xc0 {
            frames.push(0..packet.len());
            return Ok(Self { frames, overhead: 0 });
        }
        let frames_in_superframe = usize::from(header & 7) + 1;
        let bytes_per_framesize = usize::from(header >> 3 & 3) + 1;
        let index_bytes = 2 + bytes_per_framesize * frames_in_superframe;
        let malformed = |reason| ParseError::malformed("superframe_header", reason);
        let index_start =
            packet.len().checked_sub(index_bytes).ok_or_else(|| malformed("the packet is shorter than its index"))?;
        if packet[index_start] != header {
            return Err(malformed("the index does not begin as it ends"));
        }
        let sizes = &packet[index_start + 1..packet.len() - 1];
        let mut start = 0;
        for size in sizes.chunks_exact(bytes_per_framesize) {
            let size = size.iter().rev().fold(0, |size, &byte| size << 8 | usize::from(byte));
            if size == 0 || size > index_start - start {
                return Err(ParseError::malformed("frame_sizes", "a frame of no bytes, or of more than there are"));
            }
            frames.push(start..start + size);
            start += size;
        }
        Ok(Self { frames, overhead: packet.len() - start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_are_found_by_their_sizes(sizes in prop::collection::vec(1usize..300, 1..=8), wide in 1usize..4) {
            let mut packet = vec![0x82; sizes.iter().sum()];
            let header = 0xc0 | (wide as u8) << 3 | (sizes.len() as u8 - 1);
            packet.push(header);
            sizes.iter().for_each(|size| packet.extend(&size.to_le_bytes()[..=wide]));
            packet.push(header);
            let superframe = Superframe::of(&packet).unwrap();
            prop_assert_eq!(superframe.frames.iter().map(Range::len).collect::<Vec<_>>(), sizes.clone());
            prop_assert_eq!(superframe.overhead, 2 + sizes.len() * (wide + 1));
        }

        #[test]
        fn no_bytes_panic(packet in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(superframe) = Superframe::of(&packet) {
                prop_assert_eq!(superframe.frames.iter().map(Range::len).sum::<usize>() + superframe.overhead, packet.len());
            }
        }
    }

    #[test]
    fn an_index_that_does_not_fit_is_an_error() {
        assert!(Superframe::of(&[1, 2, 0xc0]).is_err());
        assert!(Superframe::of(&[0xc7]).is_err());
        assert!(Superframe::of(&[1, 0xc0, 2, 0xc0]).is_err());
        assert_eq!(Superframe::of(&[1, 2]).unwrap().frames.first(), Some(&(0..2)));
        assert_eq!(Superframe::of(&[]).unwrap().frames, []);
    }
}
