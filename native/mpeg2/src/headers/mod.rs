//! Headers: clauses 6.2.2, 6.2.3 and 6.2.4; ISO/IEC 11172-2 clause 2.4.2.

pub mod extensions;
pub mod group;
pub mod matrices;
pub mod picture;
pub mod sequence;
pub mod slice;

pub use group::Group;
pub use matrices::Matrices;
pub use picture::{PictureHeader, PictureType, Structure};
pub use sequence::{ChromaFormat, Sequence};
pub use slice::SliceHeader;

/// Start code values: table 6-1.
pub mod start_code {
    pub const PICTURE: u8 = 0x00;
    pub const FIRST_SLICE: u8 = 0x01;
    pub const LAST_SLICE: u8 = 0xaf;
    pub const USER_DATA: u8 = 0xb2;
    pub const SEQUENCE_HEADER: u8 = 0xb3;
    pub const EXTENSION: u8 = 0xb5;
    pub const SEQUENCE_END: u8 = 0xb7;
    pub const GROUP: u8 = 0xb8;
}

/// extension_start_code_identifier: table 6-2.
pub mod extension {
    pub const SEQUENCE: u32 = 1;
    pub const SEQUENCE_DISPLAY: u32 = 2;
    pub const QUANT_MATRIX: u32 = 3;
    pub const COPYRIGHT: u32 = 4;
    pub const SEQUENCE_SCALABLE: u32 = 5;
    pub const PICTURE_DISPLAY: u32 = 7;
    pub const PICTURE_CODING: u32 = 8;
}
