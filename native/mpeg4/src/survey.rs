//! What MPEG-4 packets tell of themselves (6.2.5), and those of H.263, which containers may all call keys.

use codecorpus_bitstream::BitReader;
use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Headers, Survey};
use codecorpus_mpeg::units::{Unit, split};

use crate::headers::{begins_short, start_code};

/// vop_coding_type: table 6-20.
const I: u8 = 0;
const B: u8 = 2;

#[derive(Debug)]
struct Mpeg4Survey {
    /// The VOL of the first packet, or else the container's.
    headers: Headers,
    is_behind_first: bool,
    /// It is in force.
    holds: bool,
}

pub(crate) fn survey(extradata: &[u8]) -> BoxedSurvey {
    Box::new(Mpeg4Survey { headers: Headers::new(vol(extradata)), is_behind_first: false, holds: true })
}

fn is_vol(unit: &Unit<'_>) -> bool {
    matches!(unit.data.first(), Some(start_code::FIRST_VOL..=start_code::LAST_VOL))
}

/// The first VOL of a packet: decoders take no other.
fn vol(data: &[u8]) -> Option<&[u8]> {
    split(data, 0).find(is_vol).map(|unit| unit.data)
}

fn vops(data: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    split(data, 0).filter(|unit| unit.data.first() == Some(&start_code::VOP))
}

fn vop_coding_type(vop: Unit<'_>) -> Option<u8> {
    vop.data.get(1).map(|byte| byte >> 6)
}

/// Whether a picture of H.263 is intra-coded: picture_coding_type, or of a PLUSPTYPE the Picture Type Code (H.263 5.1.3, 5.1.4).
fn is_short_intra(data: &[u8]) -> Option<bool> {
    const PTYPE: u32 = 7;
    let mut bits = BitReader::new(data);
    bits.skip(35, "short_video_start_marker").ok()?;
    if bits.u(3, "source_format").ok()? != PTYPE {
        return Some(bits.u(1, "picture_coding_type").ok()? == 0);
    }
    if bits.u(3, "UFEP").ok()? == 1 {
        bits.skip(18, "OPPTYPE").ok()?;
    }
    Some(bits.u(3, "Picture Type Code").ok()? == 0)
}

impl Survey for Mpeg4Survey {
    /// An intra-coded VOP. Where a packet has two, the order of what follows is not known.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        if begins_short(data) {
            return is_short_intra(data)?.then_some(Entry { knows_leading: false });
        }
        let own = vol(data);
        if let Some(own) = own {
            if !self.is_behind_first {
                self.headers = Headers::new([own]);
            }
            self.holds = self.headers.has(own);
        }
        self.is_behind_first = true;
        let mut types = vops(data).filter_map(vop_coding_type);
        (types.next()? == I && (own.is_some() || self.holds)).then(|| Entry { knows_leading: types.next().is_none() })
    }

    fn is_leading(&self, data: &[u8]) -> bool {
        vops(data).next().and_then(vop_coding_type) == Some(B)
    }

    /// What stands before the first VOP, without its VOL before one of the entry's own.
    fn carried(&self, first: &[u8], entry: &[u8]) -> Vec<u8> {
        let end = vops(first).next().map_or(0, |vop| vop.offset as usize - 3);
        let (head, has_own) = (&first[..end], vol(entry).is_some());
        let kept = split(head, 0).filter(|unit| !(has_own && is_vol(unit)));
        kept.flat_map(|unit| [&[0, 0, 1], unit.data].concat()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_h263_begin_decoding_where_they_are_intra_coded() {
        let baseline = |byte| [0, 0, 0x80, 2, byte, 0, 0, 0];
        let plus = |ufep: u8, tail: [u8; 3]| [0, 0, 0x80, 2, 0x1C, ufep | tail[0], tail[1], tail[2]];
        for (data, is_intra) in [
            (baseline(0b0000_1000), true),
            (baseline(0b0000_1010), false),
            (plus(0x80, [0x28, 0x21, 0x00]), true),
            (plus(0x80, [0x28, 0x21, 0x04]), false),
            (plus(0x00, [0x00, 0, 0]), true),
            (plus(0x00, [0x10, 0, 0]), false),
        ] {
            assert_eq!(survey(&[]).entry(&data).is_some(), is_intra, "{data:x?}");
        }
        assert!(survey(&[]).entry(&[0, 0, 0x80]).is_none());
    }

    #[test]
    fn a_vol_unlike_the_first_holds_for_those_that_follow() {
        let [one, other, user] = [[0, 0, 1, 0x20, 7], [0, 0, 1, 0x20, 8], [0, 0, 1, 0xb2, 9]];
        let vop = [0, 0, 1, 0xb6, 0x10];
        let mut packets = survey(&other);
        let mut is_entry = |head: &[u8]| packets.entry(&[head, &vop].concat()).is_some();
        assert!(is_entry(&[&one[..], &user].concat()) && is_entry(&[]));
        assert!(is_entry(&other) && !is_entry(&[]));
        assert!(is_entry(&one) && is_entry(&[]));
        let first = [&one[..], &user, &vop].concat();
        assert_eq!(packets.carried(&first, &vop), [one, user].concat());
        assert_eq!(packets.carried(&first, &[other, vop].concat()), user);
    }
}
