//! Transform blocks (7.4.5.3.2), and what those of a macroblock come to.

use codecorpus_bitstream::QpPrime;
use codecorpus_bitstream::records::NONE;

use crate::residual::energy::octave;

/// Kinds of transform blocks, by the standard's names of their level lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TransformKind {
    Intra16x16Dc,
    Intra16x16Ac,
    Luma4x4,
    Luma8x8,
    ChromaDc,
    ChromaAc,
}

impl TransformKind {
    pub(crate) const NAMES: &[&str] =
        &["Intra16x16DCLevel", "Intra16x16ACLevel", "LumaLevel4x4", "LumaLevel8x8", "ChromaDCLevel", "ChromaACLevel"];
}

/// What a macroblock's coefficients come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Residual {
    /// Luma, then chroma.
    pub(crate) planes: [Sum; 2],
    /// log2 of the largest luma transform's side that is coded.
    pub(crate) transform: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sum {
    pub(crate) coefs: u32,
    pub(crate) energy: f32,
}

impl Default for Residual {
    fn default() -> Self {
        Self { planes: [Sum::default(); 2], transform: NONE }
    }
}

/// What QPY comes to in a colour component.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scale {
    /// qP, and qP % 6.
    pub(crate) qp: QpPrime,
    pub(crate) remainder: usize,
    /// What qP / 6 and the bit depth make of the energy of a level.
    pub(crate) factor: f32,
}

impl Scale {
    #[must_use]
    pub(crate) fn new(qp: QpPrime, bit_depth: u8) -> Self {
        Self { qp, remainder: qp.remainder(), factor: octave(qp, bit_depth) }
    }
}

/// A transform block, in samples of its plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    pub(crate) kind: TransformKind,
    pub(crate) plane: u8,
    pub(crate) rectangle: [u32; 4],
    /// Width and height of a macroblock in this plane.
    pub(crate) macroblock: [u32; 2],
    pub(crate) coefs: u32,
    pub(crate) energy: f32,
    pub(crate) dc: f32,
    pub(crate) bits: f32,
}
