//! The leaves of a transform size tree (5.11.17).

use crate::sizes::TxSize;

/// The most leaves that a transform size tree has: 16 in each 64x64.
pub(crate) const MAX_LEAVES: usize = 64;

/// A leaf of a transform size tree (5.11.17): its position in 4x4 units of the frame and its size.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TxLeaf {
    pub(crate) row: u32,
    pub(crate) col: u32,
    pub(crate) tx_size: TxSize,
}
