//! Transform blocks, and what is coded of them.

use crate::tables::sizes::TxSize;

/// TxType (6.4.25), and the Walsh-Hadamard transform of lossless frames, in the order of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum TxType {
    DctDct,
    AdstDct,
    DctAdst,
    AdstAdst,
    WhtWht,
}

/// What the residual of a block adds up to.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResidualSums {
    pub coefs: u32,
    pub coefs_chroma: u32,
    pub energy: f32,
    pub energy_chroma: f32,
    /// Whether luma has coefficients.
    pub has_luma: bool,
    /// EobTotal is not 0.
    pub has_tokens: bool,
}

/// One transform block of one plane.
#[derive(Debug, Clone, Copy)]
pub struct TransformBlock {
    pub plane: usize,
    /// In 4x4 blocks of the plane.
    pub x4: usize,
    pub y4: usize,
    pub tx_size: TxSize,
    pub tx_type: TxType,
}

/// What tokens( ) found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Coded {
    /// Coefficients that are not zero.
    pub coefs: u32,
    /// Sum of squares of Dequant.
    pub squares: u64,
    /// Dequant of the first place.
    pub dc: i64,
}
