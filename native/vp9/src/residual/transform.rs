//! Transform blocks, and what is coded of them.

use crate::tables::sizes::TxSize;

/// TxType (6.4.25), and the Walsh-Hadamard transform of lossless frames, in the order of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TxType {
    DctDct,
    AdstDct,
    DctAdst,
    AdstAdst,
    WhtWht,
}

/// What the residual of a block adds up to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ResidualSums {
    pub(crate) coefs: u32,
    pub(crate) coefs_chroma: u32,
    pub(crate) energy: f32,
    pub(crate) energy_chroma: f32,
    /// Whether luma has coefficients.
    pub(crate) has_luma: bool,
    /// EobTotal is not 0.
    pub(crate) has_tokens: bool,
}

/// One transform block of one plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    pub(crate) plane: usize,
    /// In 4x4 blocks of the plane.
    pub(crate) x4: usize,
    pub(crate) y4: usize,
    pub(crate) tx_size: TxSize,
    pub(crate) tx_type: TxType,
}

/// What tokens( ) found.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Coded {
    /// Coefficients that are not zero.
    pub(crate) coefs: u32,
    /// Sum of squares of Dequant.
    pub(crate) squares: u64,
    /// Dequant of the first place.
    pub(crate) dc: i64,
}
