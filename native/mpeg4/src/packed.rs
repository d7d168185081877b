//! Packets of several VOPs.

use codecorpus_mpeg::units::split;

use crate::headers::{VopType, start_code};
use crate::layer::{Layer, vop_type};

/// What becomes of VOPs behind the first one of a packet, where a decoder takes one VOP a packet: they are not presented.
///
/// DivX and Xvid write packets of two VOPs into AVI: the second one, a B-VOP, is to be decoded when the next packet comes, which
/// is no more than a VOP that is not coded. The decoder keeps the second one back, and any that follow until a placeholder lets
/// it catch up; the one that it keeps at the end is not presented.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    /// A VOP is kept back from packet to packet.
    occupied: bool,
    /// VOPs of the packet that have come, and the first one that is not decoded with it.
    next: usize,
    held: Option<usize>,
}

impl Packed {
    /// The longest packet that is taken for a placeholder, and the longest one of a B-VOP.
    const PLACEHOLDER: usize = 19;
    const PLACEHOLDER_OF_B: usize = 7;

    /// Says whether the VOP that was kept back is decoded now. One that is still there where two more come is lost.
    pub(crate) fn begin_packet(&mut self, packet: &[u8], layer: &mut Layer) -> bool {
        let vops = split(packet, 0).filter(|unit| unit.data.first() == Some(&start_code::VOP));
        let mut can_wait = vops.map(|unit| matches!(vop_type(unit.data), Some(VopType::I | VopType::B)));
        let Some(first) = can_wait.next() else { return false };
        let holds_second = can_wait.next() == Some(true);
        layer.is_packed |= holds_second;
        let released = self.occupied && !holds_second;
        let placeholder = if first { Self::PLACEHOLDER_OF_B } else { Self::PLACEHOLDER };
        let holds_first = released && packet.len() > placeholder;
        self.occupied = holds_first || holds_second;
        self.next = 0;
        self.held = Some(usize::from(!holds_first));
        released
    }

    /// Whether a VOP is kept back for the next packet.
    pub(crate) const fn holds(&self) -> bool {
        self.occupied
    }

    /// Whether the packet's next VOP is not decoded with it.
    pub(crate) fn holds_next(&mut self) -> bool {
        self.next += 1;
        self.held.is_some_and(|held| self.next > held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says of a packet whether it releases what was kept back, and which of its VOPs are held; its last one has `bytes`.
    fn begin(packed: &mut Packed, types: &str, bytes: usize) -> (bool, Vec<bool>) {
        let vop = |kind| vec![0, 0, 1, start_code::VOP, ("IPB".find(kind).unwrap() as u8) << 6 | 0x3f];
        let mut packet = types.chars().flat_map(vop).collect::<Vec<_>>();
        packet.resize(packet.len() + bytes - 5, 0xff);
        let released = packed.begin_packet(&packet, &mut Layer::default());
        (released, types.chars().map(|_| packed.holds_next()).collect())
    }

    #[test]
    fn a_placeholder_lets_the_second_vop_of_a_packet_catch_up() {
        let mut packed = Packed::default();
        assert_eq!(begin(&mut packed, "PB", 3000), (false, vec![false, true]));
        assert_eq!(begin(&mut packed, "P", 7), (true, vec![false]));
        assert_eq!(begin(&mut packed, "P", 500), (false, vec![false]));
    }

    #[test]
    fn without_a_placeholder_each_vop_is_kept_back_in_turn() {
        let mut packed = Packed::default();
        begin(&mut packed, "PB", 3000);
        assert_eq!(begin(&mut packed, "P", 500), (true, vec![true]));
        assert_eq!(begin(&mut packed, "B", 8), (true, vec![true]));
        assert_eq!(begin(&mut packed, "PB", 3000), (false, vec![false, true]), "the one that is kept back is lost");
        assert_eq!(begin(&mut packed, "P", 19), (true, vec![false]));
        assert!(!packed.holds());
    }

    #[test]
    fn a_second_p_vop_is_not_kept_back() {
        let mut packed = Packed::default();
        assert_eq!(begin(&mut packed, "PP", 3000), (false, vec![false, true]));
        assert!(!packed.holds());
        assert_eq!(begin(&mut packed, "P", 500), (false, vec![false]));
    }
}
