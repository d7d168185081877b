//! Quantiser matrices in coded order.

use codecorpus_mpeg::quantiser::scanned;
use codecorpus_mpeg::tables::{ALTERNATE_VERTICAL, ZIGZAG};

use crate::headers::Matrices;

/// Weights by chroma, non-intra, and index in the scan.
#[derive(Debug, Clone)]
pub(crate) struct Weights([[[u16; 64]; 2]; 2]);

impl Weights {
    #[must_use]
    pub(crate) fn new(matrices: &Matrices, alternate_scan: bool) -> Self {
        let scan = if alternate_scan { &ALTERNATE_VERTICAL } else { &ZIGZAG };
        Self([&matrices.luma, &matrices.chroma].map(|pair| [scanned(&pair[0], scan), scanned(&pair[1], scan)]))
    }

    #[inline(always)]
    #[must_use]
    pub(crate) fn of(&self, chroma: bool, intra: bool) -> &[u16; 64] {
        &self.0[usize::from(chroma)][usize::from(!intra)]
    }
}
