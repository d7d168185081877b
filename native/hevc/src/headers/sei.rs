//! sei_rbsp( ): 7.3.2.4. Of all messages, the recovery point (D.2.8) matters here.

use codecorpus_bitstream::{BitReader, PocDiff, sei};

const RECOVERY_POINT: u32 = 6;

/// recovery_poc_cnt of the first recovery point; the reader stands behind the NAL unit header.
pub(crate) fn recovery_poc_cnt(reader: &BitReader<'_>) -> Option<PocDiff> {
    let (_, payload) = sei::messages(reader.clone()).find(|(payload_type, _)| *payload_type == RECOVERY_POINT)?;
    BitReader::new(payload).se("recovery_poc_cnt").ok().map(PocDiff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_recovery_point_behind_another_message() {
        let read = |data: &[u8]| recovery_poc_cnt(&BitReader::new(data));
        assert_eq!(read(&[137, 2, 1, 2, 6, 1, 0b0010_0100, 0x80]), Some(PocDiff(2)));
        assert_eq!(read(&[137, 2, 1, 2, 0x80]), None);
    }
}
