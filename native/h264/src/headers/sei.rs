//! sei_rbsp( ): 7.3.2.3. Of all messages, the recovery point (D.1.8) alone matters here.

use codecorpus_bitstream::BitReader;

const RECOVERY_POINT: u32 = 6;

/// recovery_frame_cnt of the first recovery point message of the unit, if it has one. What cannot be read is passed over:
/// SEI is not needed for decoding.
#[must_use]
pub fn recovery_frame_cnt(r: &mut BitReader<'_>) -> Option<u32> {
    while r.more_rbsp_data() {
        let payload_type = read_ff_coded(r)?;
        let payload_size = read_ff_coded(r)?;
        if payload_type == RECOVERY_POINT {
            return r.ue("recovery_frame_cnt").ok();
        }
        r.skip((payload_size as usize).checked_mul(8)?, "sei_payload").ok()?;
    }
    None
}

/// payloadType or payloadSize: a run of 0xFF and a last byte.
fn read_ff_coded(r: &mut BitReader<'_>) -> Option<u32> {
    let mut sum = 0u32;
    loop {
        let byte = r.u(8, "ff_byte").ok()?;
        sum = sum.checked_add(byte)?;
        if byte != 0xFF {
            return Some(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_recovery_point_behind_another_message() {
        assert_eq!(recovery_frame_cnt(&mut BitReader::new(&[5, 2, 1, 2, 6, 1, 0b0101_0000, 0x80])), Some(1));
        assert_eq!(recovery_frame_cnt(&mut BitReader::new(&[5, 2, 1, 2, 0x80])), None);
        assert_eq!(recovery_frame_cnt(&mut BitReader::new(&[255, 255])), None);
    }
}
