//! global_motion_params( ) (5.9.24, 5.9.25, 7.20).

/// The type of a warp model (section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum GmType {
    #[default]
    Identity,
    Translation,
    Rotzoom,
    Affine,
}

pub const WARPEDMODEL_PREC_BITS: u32 = 16;

/// gm_params[ ref ].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarpParams(pub [i32; 6]);

impl Default for WarpParams {
    fn default() -> Self {
        Self([0, 0, 1 << WARPEDMODEL_PREC_BITS, 0, 0, 1 << WARPEDMODEL_PREC_BITS])
    }
}
