//! Packets of two VOPs.

use codecorpus_mpeg::units::split;

use crate::headers::start_code;

/// VOPs of a packet, coded or not.
pub(crate) fn count_vops(packet: &[u8]) -> usize {
    split(packet, 0).filter(|unit| unit.data.first() == Some(&start_code::VOP)).count()
}

/// Packets that hold two VOPs, as DivX and Xvid write them into AVI: the second one, a B-VOP, is to be decoded when the next
/// packet comes, which is no more than a VOP that is not coded. A decoder that takes one VOP a packet keeps the second one
/// back, and any that follow until a placeholder lets it catch up; the one that it keeps at the end is not presented.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    /// A VOP is kept back from packet to packet.
    occupied: bool,
    /// VOPs of the packet that come, and the one of them that is kept back.
    next: usize,
    held: Option<usize>,
}

impl Packed {
    /// The longest packet that is taken for a placeholder.
    const PLACEHOLDER: usize = 19;

    /// Says whether the VOP that was kept back is decoded now. One that is still there where two more come is lost.
    pub(crate) fn begin_packet(&mut self, vops: usize, bytes: usize) -> bool {
        let released = self.occupied && vops == 1;
        self.next = 0;
        self.held = match vops {
            0 => None,
            1 => (released && bytes > Self::PLACEHOLDER).then_some(0),
            _ => Some(1),
        };
        if vops > 0 {
            self.occupied = self.held.is_some();
        }
        released
    }

    /// Whether a VOP is kept back for the next packet.
    pub(crate) const fn holds(&self) -> bool {
        self.occupied
    }

    /// Whether the packet's next VOP is kept back.
    pub(crate) fn holds_next(&mut self) -> bool {
        self.next += 1;
        self.held == Some(self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_lets_the_second_vop_of_a_packet_catch_up() {
        let mut packed = Packed::default();
        assert!(!packed.begin_packet(2, 3000));
        assert_eq!([packed.holds_next(), packed.holds_next()], [false, true]);
        assert!(packed.begin_packet(1, 6));
        assert!(!packed.holds_next());
        assert!(!packed.begin_packet(1, 500));
        assert!(!packed.holds_next());
    }

    #[test]
    fn without_a_placeholder_each_vop_is_kept_back_in_turn() {
        let mut packed = Packed::default();
        packed.begin_packet(2, 3000);
        assert!(packed.begin_packet(1, 500) && packed.holds_next());
        assert!(packed.begin_packet(1, 500) && packed.holds_next());
        assert!(!packed.begin_packet(2, 3000), "the one that is kept back is lost");
    }
}
