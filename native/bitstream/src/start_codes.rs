//! The first bytes of byte streams with start codes: H.264 and HEVC (Annex B), MPEG-2 (6.2.1) and MPEG-4 (6.2.1).

use memchr::memmem;

use crate::codec::Resemblance;

const PREFIX: [u8; 3] = [0, 0, 1];

/// Whether a byte stream can begin so: zeros, and a start code.
#[must_use]
pub fn is_byte_stream(head: &[u8]) -> bool {
    head.starts_with(&[0, 0]) && head.iter().find(|&&byte| byte != 0) == Some(&1)
}

/// What stands behind each start code prefix, up to the next one.
pub fn units(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut begin = memmem::find(head, &PREFIX);
    std::iter::from_fn(move || {
        let unit = &head[begin? + PREFIX.len()..];
        let size = memmem::find(unit, &PREFIX);
        begin = size.map(|size| head.len() - unit.len() + size);
        Some(&unit[..size.unwrap_or(unit.len())])
    })
}

/// What a NAL unit's header says of its codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// It is none of the codec.
    Impossible,
    Possible,
    /// It is of a slice, a parameter set or a message, which streams are made of.
    Typical,
}

/// How well NAL unit headers, by `header` of their first two bytes, fit a codec: what cannot be speaks against it, at once if first.
pub fn resemblance(head: &[u8], header: impl Fn([u8; 2]) -> Header) -> Resemblance {
    if !is_byte_stream(head) {
        return Resemblance::None;
    }
    let headers: Vec<Header> = units(head).filter_map(|unit| Some(header(*unit.first_chunk()?))).collect();
    let count = |wanted: Header| headers.iter().filter(|&&header| header == wanted).count() as i64;
    let typical = count(Header::Typical) - 2 * count(Header::Impossible);
    if matches!(headers.first(), None | Some(Header::Impossible)) || typical <= 0 {
        return Resemblance::Possible;
    }
    Resemblance::Likely((1000 * typical as u64).div_ceil(headers.len() as u64) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn high_bit_is_impossible([first, _]: [u8; 2]) -> Header {
        if first & 0x80 == 0 { Header::Typical } else { Header::Impossible }
    }

    #[test]
    fn units_stand_between_prefixes() {
        let found: Vec<&[u8]> = units(&[0, 0, 0, 1, 9, 8, 0, 0, 1, 0, 0, 1, 7]).collect();
        assert_eq!(found, [&[9, 8][..], &[], &[7]]);
        assert_eq!(units(&[1, 2, 3]).count(), 0);
    }

    #[test]
    fn headers_that_cannot_be_speak_against_a_codec() {
        let good = [0, 0, 1, 0x65, 1];
        let bad = [0, 0, 1, 0x95, 1];
        let of = |head: &[&[u8]]| resemblance(&head.concat(), high_bit_is_impossible);
        assert_eq!(of(&[&good, &good]), Resemblance::Likely(1000));
        assert_eq!(of(&[&good, &good, &good, &bad]), Resemblance::Likely(250));
        assert_eq!(of(&[&good, &bad]), Resemblance::Possible);
        assert_eq!(of(&[&bad, &good, &good, &good]), Resemblance::Possible);
        assert_eq!(of(&[&[7], &good]), Resemblance::None, "no byte stream begins so");
    }
}
