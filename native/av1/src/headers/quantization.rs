//! quantization_params( ), delta_q_params( ), delta_lf_params( ) (5.9.12, 5.9.17, 5.9.18).

/// quantization_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuantizationParams {
    pub base_q_idx: u8,
    /// DeltaQYDc.
    pub delta_q_y_dc: i8,
    pub delta_q_u_dc: i8,
    pub delta_q_u_ac: i8,
    pub delta_q_v_dc: i8,
    pub delta_q_v_ac: i8,
    pub using_qmatrix: bool,
    pub qm_y: u8,
    pub qm_u: u8,
    pub qm_v: u8,
}

/// delta_q_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeltaQParams {
    pub delta_q_present: bool,
    pub delta_q_res: u8,
}

/// delta_lf_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeltaLfParams {
    pub delta_lf_present: bool,
    pub delta_lf_res: u8,
    pub delta_lf_multi: bool,
}
