//! sei_rbsp( ): 7.3.2.3. Of all messages, the recovery point (D.1.8) and what x264 says of itself (D.1.7) matter here.

use codecorpus_bitstream::{BitReader, sei};

const USER_DATA_UNREGISTERED: u32 = 5;
pub(crate) const RECOVERY_POINT: u32 = 6;

/// What the messages of a unit say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Messages {
    /// Of the first recovery point.
    pub(crate) recovery_frame_cnt: Option<u32>,
    /// The build of x264 that wrote the stream: it says so in user data.
    pub(crate) x264_build: Option<u32>,
}

impl Messages {
    /// What cannot be read is passed over: SEI is not needed for decoding.
    #[must_use]
    pub(crate) fn read(reader: &BitReader<'_>) -> Self {
        let mut found = Self::default();
        for (payload_type, payload) in sei::messages(reader.clone()) {
            match payload_type {
                RECOVERY_POINT if found.recovery_frame_cnt.is_none() => {
                    found.recovery_frame_cnt = BitReader::new(payload).ue("recovery_frame_cnt").ok();
                }
                USER_DATA_UNREGISTERED => found.x264_build = found.x264_build.or_else(|| x264_build(payload)),
                _ => {}
            }
        }
        found
    }
}

/// "x264 - core 142 ..." behind uuid_iso_iec_11578.
fn x264_build(payload: &[u8]) -> Option<u32> {
    let text = payload.get(16..)?.strip_prefix(b"x264 - core ")?;
    let digits = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Messages {
        Messages::read(&BitReader::new(data))
    }

    #[test]
    fn finds_the_recovery_point_behind_another_message() {
        assert_eq!(read(&[5, 2, 1, 2, 6, 1, 0b0101_0000, 0x80]).recovery_frame_cnt, Some(1));
        assert_eq!(read(&[5, 2, 1, 2, 0x80]), Messages::default());
        assert_eq!(read(&[255, 255]), Messages::default());
    }

    #[test]
    fn finds_the_build_of_x264() {
        let unit = |text: &[u8]| [[5, 16 + text.len() as u8].as_slice(), &[0; 16], text, &[6, 1, 0xc0, 0x80]].concat();
        let messages = Messages { recovery_frame_cnt: Some(0), x264_build: Some(142) };
        assert_eq!(read(&unit(b"x264 - core 142 r2431")), messages);
        assert_eq!(read(&unit(b"x265 - core 142")).x264_build, None);
        assert_eq!(read(&unit(b"x264 - core 99999999999")).x264_build, None);
    }
}
