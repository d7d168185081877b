//! What packets of NAL units tell of themselves: what surveys of H.264 and HEVC have in common.

use crate::nal::split_annex_b;
use crate::nal_record::Record;
use crate::reader::is_blank;
use crate::survey::Headers;

/// Packets of a stream as its container delimits them, and the parameter sets in them.
#[derive(Debug)]
pub struct NalPackets {
    /// Bytes of the length before each unit; None in a byte stream.
    length_size: Option<usize>,
    /// The container's.
    sets: Headers,
    /// Others came in packets.
    is_changed: bool,
}

impl NalPackets {
    /// Packets of a stream with these extradata, which are `record`, if they are one.
    #[must_use]
    pub fn new(extradata: &[u8], record: Option<&Record<'_>>) -> Self {
        let length_size = record.and_then(|record| record.length_size);
        let sets = match record {
            Some(record) => Headers::new(record.units.iter().copied()),
            None => Headers::new(split_annex_b(extradata, 0).map(|unit| unit.data)),
        };
        Self { length_size, sets, is_changed: false }
    }

    /// The units of a packet, none of them empty; of a last one that is cut, what is there.
    pub fn units<'a>(&self, data: &'a [u8]) -> Box<dyn Iterator<Item = &'a [u8]> + 'a> {
        match self.length_size {
            Some(size) => Box::new(behind_lengths(data, size).filter(|unit| !unit.is_empty())),
            None => Box::new(split_annex_b(data, 0).map(|unit| unit.data).filter(|unit| !unit.is_empty())),
        }
    }

    /// Whether the lengths before units add up to the packet, and it is not zeros alone.
    #[must_use]
    pub fn is_whole(&self, data: &[u8]) -> bool {
        if is_blank(data) {
            return false;
        }
        let Some(size) = self.length_size else { return true };
        let mut rest = data;
        while !rest.is_empty() {
            match rest.split_at_checked(size).and_then(|(length, unit)| unit.get(big_endian(length)..)) {
                Some(next) => rest = next,
                None => return false,
            }
        }
        true
    }

    /// Whether a picture's parameter sets come with it, or with the container, unlike which none have come. Asked of every packet.
    pub fn has_sets(&mut self, data: &[u8], is_set: fn(&[u8]) -> bool) -> bool {
        let mut found = self.units(data).filter(|unit| is_set(unit)).peekable();
        let has_own = found.peek().is_some();
        self.is_changed |= found.any(|unit| !self.sets.has(unit));
        has_own || !self.sets.is_empty() && !self.is_changed
    }

    /// Units as they stand in a packet.
    pub fn packed<'a>(&self, units: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut packet = Vec::new();
        for unit in units {
            match self.length_size {
                Some(size) => packet.extend(&(unit.len() as u64).to_be_bytes()[8 - size..]),
                None => packet.extend([0, 0, 0, 1]),
            }
            packet.extend(unit);
        }
        packet
    }

    /// Parameter sets of new extradata, which are `record`, if they are one, as they stand in a packet.
    #[must_use]
    pub fn in_band(&self, extradata: &[u8], record: Option<Record<'_>>) -> Vec<u8> {
        match record {
            Some(record) => self.packed(record.units),
            None => self.packed(split_annex_b(extradata, 0).map(|unit| unit.data)),
        }
    }
}

fn behind_lengths(data: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_at_checked(size).filter(|(_, behind)| !behind.is_empty())?;
        let (unit, next) = behind.split_at(big_endian(length).min(behind.len()));
        rest = next;
        Some(unit)
    })
}

/// An unsigned number of four bytes at most.
fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AVC: [u8; 14] = [1, 100, 0, 31, 0xff, 0xe1, 0, 2, 0x67, 8, 1, 0, 1, 0x68];

    fn is_set(unit: &[u8]) -> bool {
        unit[0] & 31 == 7
    }

    fn behind_lengths_of_four() -> NalPackets {
        NalPackets::new(&AVC, Record::avc(&AVC).as_ref())
    }

    #[test]
    fn units_are_told_by_lengths_or_start_codes() {
        let packets = behind_lengths_of_four();
        let units = |packets: &NalPackets, data: &[u8]| packets.units(data).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(units(&packets, &[0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 3, 8, 7]), [vec![9], vec![8, 7]]);
        assert_eq!(units(&NalPackets::new(&[], None), &[0, 0, 0, 1, 9, 0, 0, 1, 8, 7]), [vec![9], vec![8, 7]]);
    }

    #[test]
    fn lengths_that_do_not_add_up_are_found() {
        let packets = behind_lengths_of_four();
        assert!(packets.is_whole(&[0, 0, 0, 1, 9, 0, 0, 0, 0]) && packets.is_whole(&[]));
        assert!(!packets.is_whole(&[0, 0, 0, 2, 9]) && !packets.is_whole(&[0, 0, 0, 1, 9, 0]));
        let byte_stream = NalPackets::new(&[], None);
        assert!(byte_stream.is_whole(&[0, 0, 0, 2, 9]) && byte_stream.is_whole(&[]));
        assert!(!packets.is_whole(&[0; 8]) && !byte_stream.is_whole(&[0; 8]));
    }

    #[test]
    fn sets_of_the_container_hold_until_others_come() {
        let (same, other) = ([0, 0, 0, 3, 0x67, 8, 0], [0, 0, 0, 2, 0x67, 9]);
        let mut packets = behind_lengths_of_four();
        assert!(packets.has_sets(&[0, 0, 0, 1, 9], is_set), "the container's");
        assert!(packets.has_sets(&same, is_set) && packets.has_sets(&[], is_set));
        assert!(packets.has_sets(&other, is_set) && !packets.has_sets(&[], is_set));
        assert!(!NalPackets::new(&[], None).has_sets(&[], is_set));
    }

    #[test]
    fn sets_are_packed_as_units_are() {
        let packets = behind_lengths_of_four();
        let sets = [0, 0, 0, 2, 0x67, 8, 0, 0, 0, 1, 0x68];
        assert_eq!(packets.in_band(&AVC, Record::avc(&AVC)), sets);
        assert_eq!(NalPackets::new(&[], None).packed([&[9, 8][..]]), [0, 0, 0, 1, 9, 8]);
    }
}
