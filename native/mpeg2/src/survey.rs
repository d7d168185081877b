//! What MPEG-2 and MPEG-1 packets tell of themselves (6.2.2.1, 6.2.3).

use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Field, Headers, Survey};
use codecorpus_mpeg::units::split;

use crate::headers::{extension, start_code};

/// picture_coding_type: table 6-12.
const I: u8 = 1;
const B: u8 = 3;

#[derive(Debug)]
struct Mpeg2Survey {
    /// The container's.
    headers: Headers,
    /// They are in force: its sequence header was the last one, and no quantiser matrices came behind it.
    holds: bool,
}

pub(crate) fn survey(extradata: &[u8]) -> BoxedSurvey {
    let headers = Headers::new(split(extradata, 0).map(|unit| unit.data));
    Box::new(Mpeg2Survey { headers, holds: units(extradata, start_code::SEQUENCE_HEADER).next().is_some() })
}

/// What stands behind each start code of that value.
fn units(data: &[u8], value: u8) -> impl Iterator<Item = &[u8]> {
    split(data, 0).filter_map(move |unit| unit.data.strip_prefix(&[value]))
}

/// picture_coding_type of the first picture, behind temporal_reference.
fn picture_coding_type(data: &[u8]) -> Option<u8> {
    units(data, start_code::PICTURE).next()?.get(1).map(|byte| byte >> 3 & 7)
}

impl Survey for Mpeg2Survey {
    /// An I picture behind a sequence header.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        let mut has_sequence_header = self.holds;
        for unit in split(data, 0) {
            match *unit.data {
                [start_code::SEQUENCE_HEADER, ..] => {
                    has_sequence_header = true;
                    self.holds = self.headers.has(unit.data);
                }
                [start_code::EXTENSION, first, ..]
                    if matches!(u32::from(first >> 4), extension::SEQUENCE | extension::QUANT_MATRIX) =>
                {
                    self.holds &= self.headers.has(unit.data);
                }
                _ => {}
            }
        }
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
