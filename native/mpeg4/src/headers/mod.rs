//! Headers: clauses 6.2.2 to 6.2.5; H.263 clauses 5.1 and 5.2.

pub(crate) mod short;
pub(crate) mod sprite;
pub(crate) mod vol;
pub(crate) mod vop;

pub(crate) use short::{ShortHeader, begins_short};
pub(crate) use vol::{Quantisation, Vol};
pub(crate) use vop::{VopHeader, VopType};

/// Start code values: table 6-3.
pub(crate) mod start_code {
    pub(crate) const FIRST_VOL: u8 = 0x20;
    pub(crate) const LAST_VOL: u8 = 0x2f;
    pub(crate) const VISUAL_OBJECT_SEQUENCE: u8 = 0xb0;
    pub(crate) const VISUAL_OBJECT_SEQUENCE_END: u8 = 0xb1;
    pub(crate) const USER_DATA: u8 = 0xb2;
    pub(crate) const GROUP_OF_VOP: u8 = 0xb3;
    pub(crate) const VISUAL_OBJECT: u8 = 0xb5;
    pub(crate) const VOP: u8 = 0xb6;
}
