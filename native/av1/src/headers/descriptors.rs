//! Descriptors of section 4.10 that AV1 alone has.

use codecorpus_bitstream::{BitReader, ParseError, Result};

/// leb128( ) (4.10.5).
///
/// # Errors
/// It is longer than eight bytes, more than 2^32 - 1, or cut off.
pub(crate) fn leb128(bits: &mut BitReader<'_>, element: &'static str) -> Result<u32> {
    bits.compound(element, |bits| read_leb128(bits, element))
}

fn read_leb128(bits: &mut BitReader<'_>, element: &'static str) -> Result<u32> {
    let at = bits.position();
    let mut value = 0u64;
    for i in 0..8 {
        let leb128_byte = bits.u(8, element)?;
        value |= u64::from(leb128_byte & 0x7f) << (i * 7);
        if leb128_byte & 0x80 == 0 {
            return u32::try_from(value).map_err(|_| ParseError::malformed(element, "more than 32 bits").at_bit(at as u64));
        }
    }
    Err(ParseError::malformed(element, "leb128( ) goes on for more than 8 bytes").at_bit(at as u64))
}

/// uvlc( ) (4.10.3).
///
/// # Errors
/// It is cut off.
pub(crate) fn uvlc(bits: &mut BitReader<'_>, element: &'static str) -> Result<u32> {
    bits.compound(element, |bits| read_uvlc(bits, element))
}

fn read_uvlc(bits: &mut BitReader<'_>, element: &'static str) -> Result<u32> {
    let mut leading_zeros = 0;
    while !bits.flag(element)? {
        leading_zeros += 1;
    }
    if leading_zeros >= 32 {
        return Ok(u32::MAX);
    }
    Ok(bits.u(leading_zeros, element)? + ((1 << leading_zeros) - 1))
}

/// le( n ) (4.10.4), n up to 4.
///
/// # Errors
/// It is cut off.
pub(crate) fn le(bits: &mut BitReader<'_>, n: u32, element: &'static str) -> Result<u32> {
    bits.compound(element, |bits| read_le(bits, n, element))
}

fn read_le(bits: &mut BitReader<'_>, n: u32, element: &'static str) -> Result<u32> {
    (0..n).try_fold(0, |value, i| Ok(value | bits.u(8, element)? << (8 * i)))
}

/// ns( n ) (4.10.7): below n, which is at least 1.
///
/// # Errors
/// It is cut off.
pub(crate) fn ns(bits: &mut BitReader<'_>, n: u32, element: &'static str) -> Result<u32> {
    bits.compound(element, |bits| read_ns(bits, n, element))
}

fn read_ns(bits: &mut BitReader<'_>, n: u32, element: &'static str) -> Result<u32> {
    let w = n.max(1).ilog2() + 1;
    let m = (1u32 << w) - n;
    let v = bits.u(w - 1, element)?;
    if v < m {
        return Ok(v);
    }
    Ok((v << 1) - m + bits.u(1, element)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(bits: &[bool]) -> Vec<u8> {
        bits.chunks(8).map(|c| c.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i))).collect()
    }

    fn push(bits: &mut Vec<bool>, n: u32, value: u32) {
        bits.extend((0..n).rev().map(|i| value >> i & 1 == 1));
    }

    proptest! {
        #[test]
        fn leb128_reads_what_was_written(value: u32, padding in 0usize..3) {
            let mut bytes = Vec::new();
            let mut rest = value;
            loop {
                let last = rest < 0x80;
                bytes.push((rest & 0x7f) as u8 | if last && padding == 0 { 0 } else { 0x80 });
                rest >>= 7;
                if last {
                    break;
                }
            }
            bytes.extend((0..padding).map(|i| if i + 1 == padding { 0 } else { 0x80 }));
            let mut reader = BitReader::new(&bytes);
            prop_assert_eq!(leb128(&mut reader, "v").unwrap(), value);
            prop_assert_eq!(reader.left(), 0);
        }

        #[test]
        fn ns_reads_what_was_written(n in 1u32..5000, seed: u32) {
            let value = seed % n;
            let w = n.ilog2() + 1;
            let m = (1 << w) - n;
            let mut bits = Vec::new();
            if value < m {
                push(&mut bits, w - 1, value);
            } else {
                push(&mut bits, w, value + m);
            }
            let data = pack(&bits);
            let mut reader = BitReader::new(&data);
            prop_assert_eq!(ns(&mut reader, n, "v").unwrap(), value);
            prop_assert_eq!(reader.position(), bits.len());
        }

        #[test]
        fn uvlc_reads_what_was_written(value in 0u32..u32::MAX - 1) {
            let code = u64::from(value) + 1;
            let length = 64 - code.leading_zeros();
            let mut bits = vec![false; length as usize - 1];
            bits.extend((0..length).rev().map(|i| code >> i & 1 == 1));
            let data = pack(&bits);
            prop_assert_eq!(uvlc(&mut BitReader::new(&data), "v").unwrap(), value);
        }
    }

    #[test]
    fn leb128_has_bounds() {
        assert!(leb128(&mut BitReader::new(&[0x80; 9]), "v").is_err());
        assert!(leb128(&mut BitReader::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]), "v").is_err());
        assert!(leb128(&mut BitReader::new(&[0x80]), "v").is_err());
    }
}
