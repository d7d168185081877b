//! loop_filter_params( ), cdef_params( ), lr_params( ) (5.9.11, 5.9.19, 5.9.20).

use codecorpus_bitstream::{BitReader, Result};

use super::{SequenceHeader, TOTAL_REFS_PER_FRAME};

/// loop_filter_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LoopFilterParams {
    pub(crate) loop_filter_level: [u8; 4],
    pub(crate) loop_filter_sharpness: u8,
    pub(crate) loop_filter_delta_enabled: bool,
    pub(crate) loop_filter_ref_deltas: [i8; TOTAL_REFS_PER_FRAME],
    pub(crate) loop_filter_mode_deltas: [i8; 2],
}

/// cdef_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CdefParams {
    /// CdefDamping.
    pub(crate) cdef_damping: u8,
    pub(crate) cdef_bits: u8,
    pub(crate) cdef_y_pri_strength: [u8; 8],
    pub(crate) cdef_y_sec_strength: [u8; 8],
    pub(crate) cdef_uv_pri_strength: [u8; 8],
    pub(crate) cdef_uv_sec_strength: [u8; 8],
}

/// FrameRestorationType (6.10.15 gives the order).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum FrameRestorationType {
    #[default]
    None,
    Wiener,
    Sgrproj,
    Switchable,
}

impl FrameRestorationType {
    /// restoration_type (6.10.41).
    pub(crate) const OF_UNITS: [Self; 3] = [Self::None, Self::Wiener, Self::Sgrproj];
}

/// lr_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LrParams {
    /// UsesLr.
    pub(crate) uses_lr: bool,
    /// FrameRestorationType, by plane.
    pub(crate) frame_restoration_type: [FrameRestorationType; 3],
    /// LoopRestorationSize, by plane.
    pub(crate) loop_restoration_size: [u16; 3],
}

impl LoopFilterParams {
    /// What setup_past_independence( ) sets (6.8.2).
    pub(super) const PAST_INDEPENDENT: Self = Self {
        loop_filter_level: [0; 4],
        loop_filter_sharpness: 0,
        loop_filter_delta_enabled: true,
        loop_filter_ref_deltas: [1, 0, 0, 0, -1, 0, -1, -1],
        loop_filter_mode_deltas: [0; 2],
    };

    /// loop_filter_params( ) (5.9.11) where it is coded. `previous` has the deltas that stay.
    pub(super) fn read(bits: &mut BitReader<'_>, num_planes: u8, previous: &Self) -> Result<Self> {
        let mut params = Self { loop_filter_level: [0; 4], ..*previous };
        params.loop_filter_level[0] = bits.u(6, "loop_filter_level")? as u8;
        params.loop_filter_level[1] = bits.u(6, "loop_filter_level")? as u8;
        if num_planes > 1 && params.loop_filter_level[..2] != [0, 0] {
            params.loop_filter_level[2] = bits.u(6, "loop_filter_level")? as u8;
            params.loop_filter_level[3] = bits.u(6, "loop_filter_level")? as u8;
        }
        params.loop_filter_sharpness = bits.u(3, "loop_filter_sharpness")? as u8;
        params.loop_filter_delta_enabled = bits.flag("loop_filter_delta_enabled")?;
        if params.loop_filter_delta_enabled && bits.flag("loop_filter_delta_update")? {
            for delta in &mut params.loop_filter_ref_deltas {
                if bits.flag("update_ref_delta")? {
                    *delta = bits.i(7, "loop_filter_ref_deltas")? as i8;
                }
            }
            for delta in &mut params.loop_filter_mode_deltas {
                if bits.flag("update_mode_delta")? {
                    *delta = bits.i(7, "loop_filter_mode_deltas")? as i8;
                }
            }
        }
        Ok(params)
    }
}

impl CdefParams {
    /// Where cdef_params( ) codes nothing.
    pub(super) const OFF: Self = Self {
        cdef_damping: 3,
        cdef_bits: 0,
        cdef_y_pri_strength: [0; 8],
        cdef_y_sec_strength: [0; 8],
        cdef_uv_pri_strength: [0; 8],
        cdef_uv_sec_strength: [0; 8],
    };

    /// cdef_params( ) (5.9.19) where it is coded.
    pub(super) fn read(bits: &mut BitReader<'_>, num_planes: u8) -> Result<Self> {
        let mut params = Self { cdef_damping: bits.u(2, "cdef_damping_minus_3")? as u8 + 3, ..Self::OFF };
        params.cdef_bits = bits.u(2, "cdef_bits")? as u8;
        for i in 0..1 << params.cdef_bits {
            params.cdef_y_pri_strength[i] = bits.u(4, "cdef_y_pri_strength")? as u8;
            params.cdef_y_sec_strength[i] = read_sec_strength(bits, "cdef_y_sec_strength")?;
            if num_planes > 1 {
                params.cdef_uv_pri_strength[i] = bits.u(4, "cdef_uv_pri_strength")? as u8;
                params.cdef_uv_sec_strength[i] = read_sec_strength(bits, "cdef_uv_sec_strength")?;
            }
        }
        Ok(params)
    }
}

/// cdef_y_sec_strength or cdef_uv_sec_strength (5.9.19).
fn read_sec_strength(bits: &mut BitReader<'_>, element: &'static str) -> Result<u8> {
    let strength = bits.u(2, element)? as u8;
    Ok(if strength == 3 { 4 } else { strength })
}

const RESTORATION_TILESIZE_MAX: u16 = 256;
/// Remap_Lr_Type (5.9.20).
const REMAP_LR_TYPE: [FrameRestorationType; 4] =
    [FrameRestorationType::None, FrameRestorationType::Switchable, FrameRestorationType::Wiener, FrameRestorationType::Sgrproj];

impl LrParams {
    /// lr_params( ) (5.9.20) where it is coded.
    pub(super) fn read(bits: &mut BitReader<'_>, sequence: &SequenceHeader) -> Result<Self> {
        let color = &sequence.color_config;
        let mut params = Self::default();
        for kind in params.frame_restoration_type.iter_mut().take(usize::from(color.num_planes)) {
            *kind = REMAP_LR_TYPE[bits.u(2, "lr_type")? as usize & 3];
        }
        let used = params.frame_restoration_type.map(|kind| kind != FrameRestorationType::None);
        params.uses_lr = used.contains(&true);
        if params.uses_lr {
            let mut lr_unit_shift = bits.u(1, "lr_unit_shift")?;
            if sequence.use_128x128_superblock {
                lr_unit_shift += 1;
            } else if lr_unit_shift > 0 {
                lr_unit_shift += bits.u(1, "lr_unit_extra_shift")?;
            }
            let size = RESTORATION_TILESIZE_MAX >> (2 - lr_unit_shift);
            let mut lr_uv_shift = 0;
            if color.subsampling_x && color.subsampling_y && (used[1] || used[2]) {
                lr_uv_shift = bits.u(1, "lr_uv_shift")?;
            }
            params.loop_restoration_size = [size, size >> lr_uv_shift, size >> lr_uv_shift];
        }
        Ok(params)
    }
}
