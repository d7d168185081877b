//! What does not change while the macroblocks of one slice are read.

use codecorpus_bitstream::records::NO_REF;

use crate::headers::slice::{SliceHeader, SliceType, Structure};
use crate::headers::{Pps, Sps};
use crate::picture::{Coding, Motion, RefId};
use crate::refs::OrderCnts;
use crate::refs::poc::FieldOrderCnts;

/// An entry of a reference picture list, resolved.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// NO_REF where there is no reference picture, or where it was not received.
    pub coded_order: i32,
    pub id: RefId,
    /// It was received, and could be read.
    pub is_whole: bool,
    pub poc: OrderCnts,
    pub long_term: bool,
}

impl Reference {
    pub const MISSING: Self =
        Self { coded_order: NO_REF, id: RefId::NONE, is_whole: false, poc: OrderCnts::ZERO, long_term: false };
}

/// Both lists of a slice; entries beyond the active ones are missing.
pub type References = [[Reference; 32]; 2];

/// RefPicList1[0], where direct prediction takes motion from (8.4.1.2.1).
#[derive(Debug, Clone, Copy)]
pub struct Colocated<'a> {
    /// It was received, and could be read.
    pub is_whole: bool,
    pub coding: Coding,
    /// Of the frame, or of either field.
    pub motion: [Option<&'a Motion>; 2],
    /// Of its fields.
    pub poc: FieldOrderCnts,
    /// For a field picture: the parity (0 top, 1 bottom) of the field that RefPicList1[0] is.
    pub parity: usize,
    pub long_term: bool,
}

/// Length of tables by refIdx + 1, which is 32 at most: a power of two.
pub const REFERENCES: usize = 64;

#[derive(Debug)]
pub struct SliceInputs<'a> {
    pub sps: &'a Sps,
    pub pps: &'a Pps,
    pub header: &'a SliceHeader,
    /// Its number in the stream, and that of the picture's first slice.
    pub number: u32,
    pub first_number: u32,
    /// 1 + its index in the picture, or in the colour plane.
    pub index: u16,
    /// Macroblocks of the picture: of the field, in a field picture.
    pub picture_size: u32,
    /// mbToSliceGroupMap, where there are several slice groups.
    pub slice_groups: Option<&'a [u8]>,
    pub references: &'a References,
    /// Of the current picture.
    pub poc: OrderCnts,
    pub colocated: Option<Colocated<'a>>,
    /// By list and refIdx + 1, where refIdx of an unused list is -1: coded_order of what it refers to.
    pub coded_orders: [[i32; REFERENCES]; 2],
    /// By refIdxL0 + 1, a bit for each refIdxL1 + 1: whether weights or offsets apply that are not the default ones. Implicit
    /// ones of field macroblocks of MBAFF frames are not in it.
    pub weighted: [u64; REFERENCES],
    /// ChromaArrayType.
    pub chroma_array_type: u8,
    /// Written by an x264 that takes another context of coded_block_flag than the standard's: of a 8x8 block in 4:4:4 whose
    /// neighbour has no 8x8 transform, which it takes for one that is not available.
    pub early_x264: bool,
}

impl SliceInputs<'_> {
    /// Whether its syntax is one that early builds of x264 write in their own way.
    #[must_use]
    pub fn may_be_early_x264(&self) -> bool {
        !self.early_x264 && self.chroma_array_type == 3 && self.pps.entropy_coding_mode_flag && self.pps.transform_8x8_mode_flag
    }

    #[must_use]
    pub fn is_b(&self) -> bool {
        self.header.slice_type == SliceType::B
    }

    #[must_use]
    pub fn width(&self) -> u32 {
        self.sps.pic_width_in_mbs
    }

    #[must_use]
    pub fn is_field_picture(&self) -> bool {
        self.header.structure != Structure::Frame
    }

    /// 0 frame, 1 top field, 2 bottom field: of the picture.
    #[must_use]
    pub fn picture_field(&self) -> u8 {
        match self.header.structure {
            Structure::Frame => 0,
            Structure::Top => 1,
            Structure::Bottom => 2,
        }
    }
}
