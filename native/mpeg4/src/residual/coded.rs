//! What is coded of a macroblock's blocks.

/// What is coded of the blocks of a colour component.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlaneSum {
    /// Levels that are not zero as they are coded, without DC coefficients of intra blocks.
    pub(crate) coefs: u32,
    /// Sum of the squared coefficients.
    pub(crate) energy: u32,
}

/// Luma, and both components of chroma.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Residual {
    pub(crate) planes: [PlaneSum; 2],
}

impl Residual {
    #[inline(always)]
    pub(crate) fn add(&mut self, block: usize, plane: PlaneSum) {
        let sum = &mut self.planes[usize::from(block >= 4)];
        sum.coefs += plane.coefs;
        sum.energy += plane.energy;
    }
}
