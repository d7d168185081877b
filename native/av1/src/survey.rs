//! What AV1 packets, which are temporal units, tell of themselves.

use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Headers, Survey};

use crate::framing::{cut_in_packet, each_in_extradata, is_void, next_in_packet, obus_in_extradata};
use crate::headers::obu::ObuType;

#[derive(Debug)]
struct Av1Survey {
    /// The container's.
    headers: Headers,
    /// Its sequence header is in force.
    holds: bool,
}

pub(crate) fn survey(extradata: &[u8]) -> BoxedSurvey {
    let mut obus = Vec::new();
    let _ = each_in_extradata(extradata, |obu, _| {
        obus.push(obu.to_vec());
        Ok(())
    }); // whoever decodes them will tell
    Box::new(Av1Survey { headers: Headers::new(obus.iter().map(Vec::as_slice)), holds: !extradata.is_empty() })
}

impl Survey for Av1Survey {
    /// A key frame that is shown at once (5.9.2), with its sequence header.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        let (mut has_sequence_header, mut at) = (self.holds, 0);
        while let Some(obu) = next_in_packet(data, at).unwrap_or_else(|_| cut_in_packet(data, at)) {
            match obu.header.obu_type {
                ObuType::SequenceHeader => {
                    has_sequence_header = true;
                    self.holds = self.headers.has(&data[obu.range.clone()]);
                }
                ObuType::FrameHeader | ObuType::Frame => {
                    // show_existing_frame is 0, frame_type KEY_FRAME and show_frame 1.
                    let is_key = data.get(at + obu.header.header_bytes).is_some_and(|byte| byte >> 4 == 0b0001);
                    return (has_sequence_header && is_key).then_some(Entry { knows_leading: true });
                }
                _ => {}
            }
            at = obu.range.end;
        }
        None
    }

    fn is_whole(&self, data: &[u8]) -> bool {
        !is_void(data)
    }

    fn in_band(&self, extradata: &[u8]) -> Vec<u8> {
        obus_in_extradata(extradata).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_extradata_stand_in_packets_without_the_head_of_their_record() {
        let (survey, obus) = (survey(&[]), [0x0a, 1, 7]);
        assert_eq!(survey.in_band(&[&[0x81, 0, 0x0c, 0][..], &obus].concat()), obus);
        assert_eq!(survey.in_band(&obus), obus);
        assert_eq!(survey.in_band(&[0x81, 0]), []);
    }
}
