//! What MPEG-2 and MPEG-1 packets tell of themselves (6.2.2.1, 6.2.3).

use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Field, Survey};
use codecorpus_mpeg::units::split;

use crate::headers::{extension, start_code};

/// picture_coding_type: table 6-12.
const I: u8 = 1;
const B: u8 = 3;

#[derive(Debug)]
struct Mpeg2Survey {
    has_sequence_header: bool,
}

pub(crate) fn survey(extradata: &[u8]) -> BoxedSurvey {
    Box::new(Mpeg2Survey { has_sequence_header: has(extradata, start_code::SEQUENCE_HEADER) })
}

/// What stands behind each start code of that value.
fn units(data: &[u8], value: u8) -> impl Iterator<Item = &[u8]> {
    split(data, 0).filter_map(move |unit| unit.data.strip_prefix(&[value]))
}

fn has(data: &[u8], value: u8) -> bool {
    units(data, value).next().is_some()
}

/// picture_coding_type of the first picture, behind temporal_reference.
fn picture_coding_type(data: &[u8]) -> Option<u8> {
    units(data, start_code::PICTURE).next()?.get(1).map(|byte| byte >> 3 & 7)
}

impl Survey for Mpeg2Survey {
    /// An I picture behind a sequence header.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        let has_sequence_header = self.has_sequence_header || has(data, start_code::SEQUENCE_HEADER);
        (has_sequence_header && picture_coding_type(data) == Some(I)).then_some(Entry { knows_leading: true })
    }

    fn is_leading(&self, data: &[u8]) -> bool {
        picture_coding_type(data) == Some(B)
    }

    /// By picture_structure of each picture_coding_extension( ).
    fn fields(&mut self, data: &[u8]) -> Vec<Field> {
        let pair = (0, picture_coding_type(data) == Some(B));
        units(data, start_code::EXTENSION)
            .filter_map(|unit| match *unit {
                [first, _, third, ..] if u32::from(first >> 4) == extension::PICTURE_CODING => Some(third & 3),
                _ => None,
            })
            .map(|structure| Field { structure, pair, can_be_second: true })
            .collect()
    }
}
