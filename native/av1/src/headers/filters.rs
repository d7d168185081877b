//! loop_filter_params( ), cdef_params( ), lr_params( ) (5.9.11, 5.9.19, 5.9.20).

use super::TOTAL_REFS_PER_FRAME;

/// loop_filter_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoopFilterParams {
    pub loop_filter_level: [u8; 4],
    pub loop_filter_sharpness: u8,
    pub loop_filter_delta_enabled: bool,
    pub loop_filter_ref_deltas: [i8; TOTAL_REFS_PER_FRAME],
    pub loop_filter_mode_deltas: [i8; 2],
}

/// cdef_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CdefParams {
    /// CdefDamping.
    pub cdef_damping: u8,
    pub cdef_bits: u8,
    pub cdef_y_pri_strength: [u8; 8],
    pub cdef_y_sec_strength: [u8; 8],
    pub cdef_uv_pri_strength: [u8; 8],
    pub cdef_uv_sec_strength: [u8; 8],
}

/// FrameRestorationType (6.10.15 gives the order).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum FrameRestorationType {
    #[default]
    None,
    Wiener,
    Sgrproj,
    Switchable,
}

/// lr_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LrParams {
    /// UsesLr.
    pub uses_lr: bool,
    /// FrameRestorationType, by plane.
    pub frame_restoration_type: [FrameRestorationType; 3],
    /// LoopRestorationSize, by plane.
    pub loop_restoration_size: [u16; 3],
}
