//! The probabilities that a frame is read with: what load_probs( ) and save_probs( ) move (6.1.2, 7.2).

use crate::tables::coefficients::{
    DEFAULT_COEF_PROBS_4X4, DEFAULT_COEF_PROBS_8X8, DEFAULT_COEF_PROBS_16X16, DEFAULT_COEF_PROBS_32X32,
};
use crate::tables::modes::{
    DEFAULT_COMP_MODE_PROB, DEFAULT_COMP_REF_PROB, DEFAULT_INTER_MODE_PROBS, DEFAULT_INTERP_FILTER_PROBS, DEFAULT_IS_INTER_PROB,
    DEFAULT_PARTITION_PROBS, DEFAULT_SINGLE_REF_PROB, DEFAULT_SKIP_PROB, DEFAULT_UV_MODE_PROBS, DEFAULT_Y_MODE_PROBS,
};

/// Of one transform size, by plane type, is_inter, band, and context: more_coefs, token beyond zero, token beyond one.
pub(crate) type CoefProbs = [[[[[u8; 3]; 6]; 6]; 2]; 2];

/// Of one component of a motion vector (default_mv_*, 10.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MvComponentProbs {
    pub(crate) sign: u8,
    pub(crate) classes: [u8; 10],
    pub(crate) class0_bit: u8,
    pub(crate) bits: [u8; 10],
    pub(crate) class0_fr: [[u8; 3]; 2],
    pub(crate) fr: [u8; 3],
    pub(crate) class0_hp: u8,
    pub(crate) hp: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probabilities {
    /// tx_probs by the largest transform that the block may have: 8x8, 16x16, 32x32.
    pub(crate) tx_8x8: [[u8; 1]; 2],
    pub(crate) tx_16x16: [[u8; 2]; 2],
    pub(crate) tx_32x32: [[u8; 3]; 2],
    pub(crate) coef: [CoefProbs; 4],
    pub(crate) skip: [u8; 3],
    pub(crate) inter_mode: [[u8; 3]; 7],
    pub(crate) interp_filter: [[u8; 2]; 4],
    pub(crate) is_inter: [u8; 4],
    pub(crate) comp_mode: [u8; 5],
    pub(crate) single_ref: [[u8; 2]; 5],
    pub(crate) comp_ref: [u8; 5],
    pub(crate) y_mode: [[u8; 9]; 4],
    pub(crate) uv_mode: [[u8; 9]; 10],
    pub(crate) partition: [[u8; 3]; 16],
    pub(crate) mv_joint: [u8; 3],
    /// Vertical, horizontal.
    pub(crate) mv: [MvComponentProbs; 2],
}

impl Default for Probabilities {
    /// The default probabilities (10.5).
    fn default() -> Self {
        let component = |classes, class0_bit| MvComponentProbs {
            sign: 128,
            classes,
            class0_bit,
            bits: [136, 140, 148, 160, 176, 192, 224, 234, 234, 240],
            class0_fr: [[128, 128, 64], [96, 112, 64]],
            fr: [64, 96, 64],
            class0_hp: 160,
            hp: 128,
        };
        Self {
            tx_8x8: [[100], [66]],
            tx_16x16: [[20, 152], [15, 101]],
            tx_32x32: [[3, 136, 37], [5, 52, 13]],
            coef: [DEFAULT_COEF_PROBS_4X4, DEFAULT_COEF_PROBS_8X8, DEFAULT_COEF_PROBS_16X16, DEFAULT_COEF_PROBS_32X32],
            skip: DEFAULT_SKIP_PROB,
            inter_mode: DEFAULT_INTER_MODE_PROBS,
            interp_filter: DEFAULT_INTERP_FILTER_PROBS,
            is_inter: DEFAULT_IS_INTER_PROB,
            comp_mode: DEFAULT_COMP_MODE_PROB,
            single_ref: DEFAULT_SINGLE_REF_PROB,
            comp_ref: DEFAULT_COMP_REF_PROB,
            y_mode: DEFAULT_Y_MODE_PROBS,
            uv_mode: DEFAULT_UV_MODE_PROBS,
            partition: DEFAULT_PARTITION_PROBS,
            mv_joint: [32, 64, 96],
            mv: [
                component([224, 144, 192, 168, 192, 176, 192, 198, 198, 245], 216),
                component([216, 128, 176, 160, 176, 176, 192, 198, 198, 208], 208),
            ],
        }
    }
}
