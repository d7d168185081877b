//! Initialisation, storage and synchronisation of context variables (9.3.1, 9.3.2).

use codecorpus_bitstream::cabac::ContextVariable;
use codecorpus_bitstream::records::PictureType;

use crate::headers::slice::SliceHeader;
use crate::tables::contexts::{COUNT, INIT_VALUES};

/// All context variables.
pub(crate) type Contexts = [ContextVariable; COUNT];

/// What 9.3.2.4 stores and synchronises: TableStateIdx, TableMpsVal, TableStatCoeff, PredictorPaletteSize.
#[derive(Debug, Clone)]
pub(crate) struct EntropyState {
    pub(crate) contexts: Contexts,
    /// StatCoeff.
    pub(crate) stat_coeff: [u8; 4],
    /// PredictorPaletteSize: of the predictor palette's entries nothing that is read depends on.
    pub(crate) predictor_palette_size: u8,
}

impl EntropyState {
    /// 9.3.2.2 and 9.3.2.3.
    pub(crate) fn new(slice: &SliceHeader, predictor_palette_size: u8) -> Self {
        let init_type = match (slice.slice_type, slice.cabac_init_flag) {
            (PictureType::I, _) => 0,
            (PictureType::P, false) | (PictureType::B, true) => 1,
            (PictureType::P, true) | (PictureType::B, false) => 2,
        };
        let qp = slice.qp.luma.clamp(0, 51);
        let contexts = INIT_VALUES[init_type].map(|init_value| {
            let m = i32::from(init_value >> 4) * 5 - 45;
            let n = (i32::from(init_value & 15) << 3) - 16;
            ContextVariable::from_pre_state(((m * qp) >> 4) + n)
        });
        Self { contexts, stat_coeff: [0; 4], predictor_palette_size }
    }
}
