//! sei_rbsp( ): H.264 7.3.2.3 and 7.3.2.3.1, HEVC 7.3.2.4 and 7.3.5, which are alike.

use crate::BitReader;

/// payloadType and the payload of each message, from where the reader stands; what cannot be read ends them.
pub fn messages<'a>(mut reader: BitReader<'a>) -> impl Iterator<Item = (u32, &'a [u8])> {
    std::iter::from_fn(move || {
        if !reader.more_rbsp_data() {
            return None;
        }
        let payload_type = read_ff_coded(&mut reader)?;
        let payload_size = read_ff_coded(&mut reader)? as usize;
        let begin = reader.position() / 8;
        let payload = reader.data().get(begin..begin.checked_add(payload_size)?)?;
        reader.skip(payload_size.checked_mul(8)?, "sei_payload").ok()?;
        Some((payload_type, payload))
    })
}

/// payloadType or payloadSize: a run of 0xFF and a last byte.
fn read_ff_coded(reader: &mut BitReader<'_>) -> Option<u32> {
    let mut sum = 0u32;
    loop {
        let byte = reader.u(8, "ff_byte").ok()?;
        sum = sum.checked_add(byte)?;
        if byte != 0xFF {
            return Some(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Vec<(u32, &[u8])> {
        messages(BitReader::new(data)).collect()
    }

    #[test]
    fn messages_follow_each_other() {
        assert_eq!(read(&[5, 2, 1, 2, 255, 6, 1, 0xC0, 0x80]), [(5, &[1, 2][..]), (261, &[0xC0])]);
        assert_eq!(read(&[5, 0, 0x80]), [(5, &[][..])]);
    }

    #[test]
    fn what_breaks_off_ends_them() {
        assert_eq!(read(&[5, 1, 9, 6, 200, 1, 0x80]), [(5, &[9][..])]);
        assert!(read(&[255, 255]).is_empty());
    }
}
