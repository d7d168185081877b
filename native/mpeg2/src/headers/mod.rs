//! Headers: clauses 6.2.2, 6.2.3 and 6.2.4; ISO/IEC 11172-2 clause 2.4.2.

pub(crate) mod extensions;
pub(crate) mod group;
pub(crate) mod matrices;
pub(crate) mod picture;
pub(crate) mod sequence;
pub(crate) mod slice;

pub(crate) use group::Group;
pub(crate) use matrices::Matrices;
pub(crate) use picture::{PictureHeader, PictureType, Structure};
pub(crate) use sequence::{ChromaFormat, Sequence};
pub(crate) use slice::SliceHeader;

/// Start code values: table 6-1.
pub(crate) mod start_code {
    pub(crate) const PICTURE: u8 = 0x00;
    pub(crate) const FIRST_SLICE: u8 = 0x01;
    pub(crate) const LAST_SLICE: u8 = 0xaf;
    pub(crate) const USER_DATA: u8 = 0xb2;
    pub(crate) const SEQUENCE_HEADER: u8 = 0xb3;
    pub(crate) const EXTENSION: u8 = 0xb5;
    pub(crate) const SEQUENCE_END: u8 = 0xb7;
    pub(crate) const GROUP: u8 = 0xb8;
}

/// extension_start_code_identifier: table 6-2.
pub(crate) mod extension {
    pub(crate) const SEQUENCE: u32 = 1;
    pub(crate) const SEQUENCE_DISPLAY: u32 = 2;
    pub(crate) const QUANT_MATRIX: u32 = 3;
    pub(crate) const COPYRIGHT: u32 = 4;
    pub(crate) const SEQUENCE_SCALABLE: u32 = 5;
    pub(crate) const PICTURE_DISPLAY: u32 = 7;
    pub(crate) const PICTURE_CODING: u32 = 8;
}
