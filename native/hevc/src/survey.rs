//! What HEVC packets tell of themselves (7.4.2.2).

use codecorpus_bitstream::nal_record::Record;
use codecorpus_bitstream::nal_survey::NalPackets;
use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Survey};

use crate::headers::nal::NalType;

#[derive(Debug)]
struct HevcSurvey {
    packets: NalPackets,
}

pub(crate) fn survey(extradata: &[u8]) -> BoxedSurvey {
    Box::new(HevcSurvey { packets: NalPackets::new(extradata, Record::hevc(extradata).as_ref()) })
}

/// How many layers there are, by extradata or the first bytes of a stream: vps_max_layers_minus1 + 1 of a video parameter set
/// (7.3.2.1) behind a start code or its length, up to the bits that are set.
pub(crate) fn layers(head: &[u8]) -> u32 {
    let first = head.windows(8).find_map(|bytes| match *bytes {
        [0, _, 0x40, 1, first, second, 0xff, 0xff] => Some(u32::from((first & 3) << 4 | second >> 4)),
        _ => None,
    });
    1 + first.unwrap_or(0)
}

fn kind(unit: &[u8]) -> NalType {
    NalType(unit.first().map_or(0, |first| first >> 1 & 63))
}

fn is_set(unit: &[u8]) -> bool {
    kind(unit).is_parameter_set()
}

impl HevcSurvey {
    /// Of the first VCL unit of a packet.
    fn picture(&self, data: &[u8]) -> Option<NalType> {
        self.packets.units(data).map(kind).find(|kind| kind.is_vcl())
    }
}

impl Survey for HevcSurvey {
    /// A picture with random access.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        let has_sets = self.packets.has_sets(data, is_set);
        let is_entry = self.picture(data).is_some_and(|kind| kind.is_irap() && kind.is_slice_segment());
        (is_entry && has_sets).then_some(Entry { knows_leading: true })
    }

    fn is_leading(&self, data: &[u8]) -> bool {
        self.picture(data).is_some_and(|kind| kind.is_rasl() || kind.is_radl())
    }

    fn lacks_picture(&self, data: &[u8]) -> bool {
        self.picture(data).is_none()
    }

    fn is_whole(&self, data: &[u8]) -> bool {
        self.packets.is_whole(data)
    }

    fn in_band(&self, extradata: &[u8]) -> Vec<u8> {
        self.packets.in_band(extradata, Record::hevc(extradata))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_counted_in_a_video_parameter_set() {
        assert_eq!(layers(&[0, 0, 1, 0x40, 1, 0x0c, 0x11, 0xff, 0xff]), 2);
        assert_eq!(layers(&[0, 24, 0x40, 1, 0x0c, 0x01, 0xff, 0xff]), 1);
        assert_eq!(layers(&[0, 0, 1, 0x42, 1, 1]), 1);
    }
}
