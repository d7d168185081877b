//! quantization_params( ), delta_q_params( ), delta_lf_params( ) (5.9.12, 5.9.17, 5.9.18).

use codecorpus_bitstream::{BitReader, Result};

use super::ColorConfig;

/// A quantiser index, 0 to 255 (7.12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct QIndex(pub(crate) u8);

impl QIndex {
    /// That much above it, or below, as far as there are indices.
    #[inline]
    #[must_use]
    pub(crate) fn offset(self, delta: impl Into<i32>) -> Self {
        Self((i32::from(self.0) + delta.into()).clamp(0, 255) as u8)
    }
}

/// quantization_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct QuantizationParams {
    pub(crate) base_q_idx: QIndex,
    /// DeltaQYDc.
    pub(crate) delta_q_y_dc: i8,
    pub(crate) delta_q_u_dc: i8,
    pub(crate) delta_q_u_ac: i8,
    pub(crate) delta_q_v_dc: i8,
    pub(crate) delta_q_v_ac: i8,
    pub(crate) using_qmatrix: bool,
    pub(crate) qm_y: u8,
    pub(crate) qm_u: u8,
    pub(crate) qm_v: u8,
}

/// delta_q_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DeltaQParams {
    pub(crate) delta_q_present: bool,
    pub(crate) delta_q_res: u8,
}

/// delta_lf_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DeltaLfParams {
    pub(crate) delta_lf_present: bool,
    pub(crate) delta_lf_res: u8,
    pub(crate) delta_lf_multi: bool,
}

impl QuantizationParams {
    /// quantization_params( ) (5.9.12).
    pub(super) fn read(bits: &mut BitReader<'_>, color: &ColorConfig) -> Result<Self> {
        let mut params = Self { base_q_idx: QIndex(bits.u(8, "base_q_idx")? as u8), ..Self::default() };
        params.delta_q_y_dc = read_delta_q(bits)?;
        if color.num_planes > 1 {
            let diff_uv_delta = color.separate_uv_delta_q && bits.flag("diff_uv_delta")?;
            params.delta_q_u_dc = read_delta_q(bits)?;
            params.delta_q_u_ac = read_delta_q(bits)?;
            (params.delta_q_v_dc, params.delta_q_v_ac) = (params.delta_q_u_dc, params.delta_q_u_ac);
            if diff_uv_delta {
                params.delta_q_v_dc = read_delta_q(bits)?;
                params.delta_q_v_ac = read_delta_q(bits)?;
            }
        }
        params.using_qmatrix = bits.flag("using_qmatrix")?;
        if params.using_qmatrix {
            params.qm_y = bits.u(4, "qm_y")? as u8;
            params.qm_u = bits.u(4, "qm_u")? as u8;
            params.qm_v = if color.separate_uv_delta_q { bits.u(4, "qm_v")? as u8 } else { params.qm_u };
        }
        Ok(params)
    }

    /// Whether a segment of this qindex is lossless (5.9.2).
    pub(super) fn is_lossless(&self, qindex: QIndex) -> bool {
        let deltas = [self.delta_q_y_dc, self.delta_q_u_ac, self.delta_q_u_dc, self.delta_q_v_ac, self.delta_q_v_dc];
        qindex == QIndex(0) && deltas == [0; 5]
    }
}

/// read_delta_q( ) (5.9.13).
fn read_delta_q(bits: &mut BitReader<'_>) -> Result<i8> {
    if bits.flag("delta_coded")? { Ok(bits.i(7, "delta_q")? as i8) } else { Ok(0) }
}

impl DeltaQParams {
    /// delta_q_params( ) (5.9.17).
    pub(super) fn read(bits: &mut BitReader<'_>, base_q_idx: QIndex) -> Result<Self> {
        let delta_q_present = base_q_idx > QIndex(0) && bits.flag("delta_q_present")?;
        let delta_q_res = if delta_q_present { bits.u(2, "delta_q_res")? as u8 } else { 0 };
        Ok(Self { delta_q_present, delta_q_res })
    }
}

impl DeltaLfParams {
    /// delta_lf_params( ) (5.9.18).
    pub(super) fn read(bits: &mut BitReader<'_>, delta_q_present: bool, allow_intrabc: bool) -> Result<Self> {
        let delta_lf_present = delta_q_present && !allow_intrabc && bits.flag("delta_lf_present")?;
        let mut params = Self { delta_lf_present, ..Self::default() };
        if params.delta_lf_present {
            params.delta_lf_res = bits.u(2, "delta_lf_res")? as u8;
            params.delta_lf_multi = bits.flag("delta_lf_multi")?;
        }
        Ok(params)
    }
}
