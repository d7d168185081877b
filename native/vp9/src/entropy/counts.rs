//! How often each value was read (8.3, 9.3.4): what probabilities adapt by, those of coefficients apart.

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MvComponentCounts {
    pub(crate) sign: [u32; 2],
    pub(crate) classes: [u32; 11],
    pub(crate) class0_bit: [u32; 2],
    pub(crate) bits: [[u32; 2]; 10],
    pub(crate) class0_fr: [[u32; 4]; 2],
    pub(crate) fr: [u32; 4],
    pub(crate) class0_hp: [u32; 2],
    pub(crate) hp: [u32; 2],
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) tx_8x8: [[u32; 2]; 2],
    pub(crate) tx_16x16: [[u32; 3]; 2],
    pub(crate) tx_32x32: [[u32; 4]; 2],
    pub(crate) skip: [[u32; 2]; 3],
    pub(crate) inter_mode: [[u32; 4]; 7],
    pub(crate) interp_filter: [[u32; 3]; 4],
    pub(crate) is_inter: [[u32; 2]; 4],
    pub(crate) comp_mode: [[u32; 2]; 5],
    pub(crate) single_ref: [[[u32; 2]; 2]; 5],
    pub(crate) comp_ref: [[u32; 2]; 5],
    pub(crate) y_mode: [[u32; 10]; 4],
    pub(crate) uv_mode: [[u32; 10]; 10],
    pub(crate) partition: [[u32; 4]; 16],
    pub(crate) mv_joint: [u32; 4],
    pub(crate) mv: [MvComponentCounts; 2],
}
