//! How often each value was read (8.3, 9.3.4): what probabilities adapt by, those of coefficients apart.

#[derive(Debug, Clone, Copy, Default)]
pub struct MvComponentCounts {
    pub sign: [u32; 2],
    pub classes: [u32; 11],
    pub class0_bit: [u32; 2],
    pub bits: [[u32; 2]; 10],
    pub class0_fr: [[u32; 4]; 2],
    pub fr: [u32; 4],
    pub class0_hp: [u32; 2],
    pub hp: [u32; 2],
}

#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub tx_8x8: [[u32; 2]; 2],
    pub tx_16x16: [[u32; 3]; 2],
    pub tx_32x32: [[u32; 4]; 2],
    pub skip: [[u32; 2]; 3],
    pub inter_mode: [[u32; 4]; 7],
    pub interp_filter: [[u32; 3]; 4],
    pub is_inter: [[u32; 2]; 4],
    pub comp_mode: [[u32; 2]; 5],
    pub single_ref: [[[u32; 2]; 2]; 5],
    pub comp_ref: [[u32; 2]; 5],
    pub y_mode: [[u32; 10]; 4],
    pub uv_mode: [[u32; 10]; 10],
    pub partition: [[u32; 4]; 16],
    pub mv_joint: [u32; 4],
    pub mv: [MvComponentCounts; 2],
}
