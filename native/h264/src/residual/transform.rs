//! Transform blocks (7.4.5.3.2), and what those of a macroblock come to.

use codecorpus_bitstream::records::NONE;

use crate::residual::energy::octave;

/// Kinds of transform blocks, by the standard's names of their level lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum TransformKind {
    Intra16x16Dc,
    Intra16x16Ac,
    Luma4x4,
    Luma8x8,
    ChromaDc,
    ChromaAc,
}

impl TransformKind {
    pub const NAMES: &[&str] =
        &["Intra16x16DCLevel", "Intra16x16ACLevel", "LumaLevel4x4", "LumaLevel8x8", "ChromaDCLevel", "ChromaACLevel"];
}

/// What a macroblock's coefficients come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Luma, then chroma.
    pub planes: [Sum; 2],
    /// log2 of the largest luma transform's side that is coded.
    pub transform: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sum {
    pub coefs: u32,
    pub energy: f32,
}

impl Default for Residual {
    fn default() -> Self {
        Self { planes: [Sum::default(); 2], transform: NONE }
    }
}

/// What QPY comes to in a colour component.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scale {
    /// qP, and qP % 6.
    pub qp: i32,
    pub remainder: usize,
    /// What qP / 6 and the bit depth make of the energy of a level.
    pub factor: f32,
}

impl Scale {
    #[must_use]
    pub fn new(qp: i32, bit_depth: u8) -> Self {
        Self { qp, remainder: (qp.max(0) % 6) as usize, factor: octave(qp, bit_depth) }
    }
}

/// A transform block, in samples of its plane.
#[derive(Debug, Clone, Copy)]
pub struct TransformBlock {
    pub kind: TransformKind,
    pub plane: u8,
    pub rectangle: [u32; 4],
    /// Width and height of a macroblock in this plane.
    pub macroblock: [u32; 2],
    pub coefs: u32,
    pub energy: f32,
    pub dc: f32,
    pub bits: f32,
}
