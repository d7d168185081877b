//! Headers: clauses 6.2.2 to 6.2.5; H.263 clauses 5.1 and 5.2.

pub mod short;
pub mod sprite;
pub mod vol;
pub mod vop;

pub use short::ShortHeader;
pub use vol::{Quantisation, Vol};
pub use vop::{VopHeader, VopType};

/// Start code values: table 6-3.
pub mod start_code {
    pub const FIRST_VOL: u8 = 0x20;
    pub const LAST_VOL: u8 = 0x2f;
    pub const VISUAL_OBJECT_SEQUENCE: u8 = 0xb0;
    pub const VISUAL_OBJECT_SEQUENCE_END: u8 = 0xb1;
    pub const USER_DATA: u8 = 0xb2;
    pub const GROUP_OF_VOP: u8 = 0xb3;
    pub const VISUAL_OBJECT: u8 = 0xb5;
    pub const VOP: u8 = 0xb6;
}
