//! Quantiser matrices: 6.3.11, and quant_matrix_extension( ), 6.2.3.2.

use codecorpus_bitstream::{BitReader, Result};
use codecorpus_mpeg::quantiser::{Matrix, read_matrix};

use crate::tables::INTRA_MATRIX;

/// By intra and non-intra, of luma and then of chroma.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matrices {
    pub(crate) luma: [Matrix; 2],
    pub(crate) chroma: [Matrix; 2],
}

impl Default for Matrices {
    fn default() -> Self {
        let both = [INTRA_MATRIX, [16; 64]];
        Self { luma: both, chroma: both }
    }
}

const LUMA: [[&str; 2]; 2] = [
    ["load_intra_quantiser_matrix", "intra_quantiser_matrix"],
    ["load_non_intra_quantiser_matrix", "non_intra_quantiser_matrix"],
];
const CHROMA: [[&str; 2]; 2] = [
    ["load_chroma_intra_quantiser_matrix", "chroma_intra_quantiser_matrix"],
    ["load_chroma_non_intra_quantiser_matrix", "chroma_non_intra_quantiser_matrix"],
];

impl Matrices {
    /// Those of a sequence header, where it has any: chroma has the same until it is told otherwise.
    ///
    /// # Errors
    /// A weight of zero, or the data end.
    pub(crate) fn read_luma(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        for (index, [load, name]) in LUMA.into_iter().enumerate() {
            if r.flag(load)? {
                self.luma[index] = read_matrix(r, name)?;
                self.chroma[index] = self.luma[index];
            }
        }
        Ok(())
    }

    /// quant_matrix_extension( ), behind its identifier.
    ///
    /// # Errors
    /// As [`Matrices::read_luma`].
    pub(crate) fn read_extension(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.read_luma(r)?;
        for (matrix, [load, name]) in self.chroma.iter_mut().zip(CHROMA) {
            if r.flag(load)? {
                *matrix = read_matrix(r, name)?;
            }
        }
        Ok(())
    }
}
