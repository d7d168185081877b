//! What MPEG-4 packets tell of themselves (6.2.5); of H.263, whose keys are the container's, nothing.

use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Survey};
use codecorpus_mpeg::units::{Unit, split};

use crate::headers::start_code;
use crate::reader::begins_short;

/// vop_coding_type: table 6-20.
const I: u8 = 0;
const B: u8 = 2;

#[derive(Debug)]
struct Mpeg4Survey;

pub(crate) fn survey(_: &[u8]) -> BoxedSurvey {
    Box::new(Mpeg4Survey)
}

fn vops(data: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    split(data, 0).filter(|unit| unit.data.first() == Some(&start_code::VOP))
}

fn vop_coding_type(vop: Unit<'_>) -> Option<u8> {
    vop.data.get(1).map(|byte| byte >> 6)
}

impl Survey for Mpeg4Survey {
    /// An intra-coded VOP. Where a packet has two, the order of what follows is not known.
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        if begins_short(data) {
            return Some(Entry { knows_leading: false });
        }
        let mut types = vops(data).filter_map(vop_coding_type);
        (types.next()? == I).then(|| Entry { knows_leading: types.next().is_none() })
    }

    fn is_leading(&self, data: &[u8]) -> bool {
        vops(data).next().and_then(vop_coding_type) == Some(B)
    }

    /// What stands before the first VOP.
    fn carried(&self, first: &[u8]) -> Vec<u8> {
        let end = vops(first).next().map_or(0, |vop| vop.offset as usize - 3);
        first[..end].to_vec()
    }
}
