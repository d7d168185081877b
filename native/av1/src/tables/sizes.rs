//! Block and transform sizes: AV1 specification, 5.11.15 (TX size syntax), 5.11.38 (Get plane residual size function), 9.3 (Conversion tables).
//!
//! Written by scripts/extract_av1_tables.py from AOMediaCodec/av1-spec.

/// A block size (6.10.4): MiSize, subSize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum BlockSize {
    #[default]
    B4x4,
    B4x8,
    B8x4,
    B8x8,
    B8x16,
    B16x8,
    B16x16,
    B16x32,
    B32x16,
    B32x32,
    B32x64,
    B64x32,
    B64x64,
    B64x128,
    B128x64,
    B128x128,
    B4x16,
    B16x4,
    B8x32,
    B32x8,
    B16x64,
    B64x16,
}

impl BlockSize {
    /// By the standard's numbers.
    #[cfg(test)]
    #[rustfmt::skip]
    pub(crate) const ALL: [Self; 22] = [Self::B4x4, Self::B4x8, Self::B8x4, Self::B8x8, Self::B8x16, Self::B16x8, Self::B16x16, Self::B16x32, Self::B32x16, Self::B32x32, Self::B32x64, Self::B64x32, Self::B64x64, Self::B64x128, Self::B128x64, Self::B128x128, Self::B4x16, Self::B16x4, Self::B8x32, Self::B32x8, Self::B16x64, Self::B64x16];
}

/// A transform size (6.10.16): TxSize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum TxSize {
    #[default]
    T4x4,
    T8x8,
    T16x16,
    T32x32,
    T64x64,
    T4x8,
    T8x4,
    T8x16,
    T16x8,
    T16x32,
    T32x16,
    T32x64,
    T64x32,
    T4x16,
    T16x4,
    T8x32,
    T32x8,
    T16x64,
    T64x16,
}

impl TxSize {
    /// By the standard's numbers.
    #[rustfmt::skip]
    pub(crate) const ALL: [Self; 19] = [Self::T4x4, Self::T8x8, Self::T16x16, Self::T32x32, Self::T64x64, Self::T4x8, Self::T8x4, Self::T8x16, Self::T16x8, Self::T16x32, Self::T32x16, Self::T32x64, Self::T64x32, Self::T4x16, Self::T16x4, Self::T8x32, Self::T32x8, Self::T16x64, Self::T64x16];
}

/// Max_Tx_Depth.
#[rustfmt::skip]
pub(crate) static MAX_TX_DEPTH: [u8; 22] = [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 2, 2, 3, 3, 4, 4];

/// Subsampled_Size.
#[rustfmt::skip]
pub(crate) static SUBSAMPLED_SIZE: [[[Option<BlockSize>; 2]; 2]; 22] = [
    [
        [Some(BlockSize::B4x4), Some(BlockSize::B4x4)],
        [Some(BlockSize::B4x4), Some(BlockSize::B4x4)],
    ],
    [
        [Some(BlockSize::B4x8), Some(BlockSize::B4x4)],
        [None, Some(BlockSize::B4x4)],
    ],
    [
        [Some(BlockSize::B8x4), None],
        [Some(BlockSize::B4x4), Some(BlockSize::B4x4)],
    ],
    [
        [Some(BlockSize::B8x8), Some(BlockSize::B8x4)],
        [Some(BlockSize::B4x8), Some(BlockSize::B4x4)],
    ],
    [
        [Some(BlockSize::B8x16), Some(BlockSize::B8x8)],
        [None, Some(BlockSize::B4x8)],
    ],
    [
        [Some(BlockSize::B16x8), None],
        [Some(BlockSize::B8x8), Some(BlockSize::B8x4)],
    ],
    [
        [Some(BlockSize::B16x16), Some(BlockSize::B16x8)],
        [Some(BlockSize::B8x16), Some(BlockSize::B8x8)],
    ],
    [
        [Some(BlockSize::B16x32), Some(BlockSize::B16x16)],
        [None, Some(BlockSize::B8x16)],
    ],
    [
        [Some(BlockSize::B32x16), None],
        [Some(BlockSize::B16x16), Some(BlockSize::B16x8)],
    ],
    [
        [Some(BlockSize::B32x32), Some(BlockSize::B32x16)],
        [Some(BlockSize::B16x32), Some(BlockSize::B16x16)],
    ],
    [
        [Some(BlockSize::B32x64), Some(BlockSize::B32x32)],
        [None, Some(BlockSize::B16x32)],
    ],
    [
        [Some(BlockSize::B64x32), None],
        [Some(BlockSize::B32x32), Some(BlockSize::B32x16)],
    ],
    [
        [Some(BlockSize::B64x64), Some(BlockSize::B64x32)],
        [Some(BlockSize::B32x64), Some(BlockSize::B32x32)],
    ],
    [
        [Some(BlockSize::B64x128), Some(BlockSize::B64x64)],
        [None, Some(BlockSize::B32x64)],
    ],
    [
        [Some(BlockSize::B128x64), None],
        [Some(BlockSize::B64x64), Some(BlockSize::B64x32)],
    ],
    [
        [Some(BlockSize::B128x128), Some(BlockSize::B128x64)],
        [Some(BlockSize::B64x128), Some(BlockSize::B64x64)],
    ],
    [
        [Some(BlockSize::B4x16), Some(BlockSize::B4x8)],
        [None, Some(BlockSize::B4x8)],
    ],
    [
        [Some(BlockSize::B16x4), None],
        [Some(BlockSize::B8x4), Some(BlockSize::B8x4)],
    ],
    [
        [Some(BlockSize::B8x32), Some(BlockSize::B8x16)],
        [None, Some(BlockSize::B4x16)],
    ],
    [
        [Some(BlockSize::B32x8), None],
        [Some(BlockSize::B16x8), Some(BlockSize::B16x4)],
    ],
    [
        [Some(BlockSize::B16x64), Some(BlockSize::B16x32)],
        [None, Some(BlockSize::B8x32)],
    ],
    [
        [Some(BlockSize::B64x16), None],
        [Some(BlockSize::B32x16), Some(BlockSize::B32x8)],
    ],
];

/// Mi_Width_Log2.
#[rustfmt::skip]
pub(crate) static MI_WIDTH_LOG2: [u8; 22] = [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 0, 2, 1, 3, 2, 4];

/// Mi_Height_Log2.
#[rustfmt::skip]
pub(crate) static MI_HEIGHT_LOG2: [u8; 22] = [0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 2, 0, 3, 1, 4, 2];

/// Num_4x4_Blocks_Wide.
#[rustfmt::skip]
pub(crate) static NUM_4X4_BLOCKS_WIDE: [u8; 22] = [1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 1, 4, 2, 8, 4, 16];

/// Num_4x4_Blocks_High.
#[rustfmt::skip]
pub(crate) static NUM_4X4_BLOCKS_HIGH: [u8; 22] = [1, 2, 1, 2, 4, 2, 4, 8, 4, 8, 16, 8, 16, 32, 16, 32, 4, 1, 8, 2, 16, 4];

/// Size_Group.
#[rustfmt::skip]
pub(crate) static SIZE_GROUP: [u8; 22] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 0, 0, 1, 1, 2, 2];

/// Max_Tx_Size_Rect.
#[rustfmt::skip]
pub(crate) static MAX_TX_SIZE_RECT: [TxSize; 22] = [TxSize::T4x4, TxSize::T4x8, TxSize::T8x4, TxSize::T8x8, TxSize::T8x16, TxSize::T16x8, TxSize::T16x16, TxSize::T16x32, TxSize::T32x16, TxSize::T32x32, TxSize::T32x64, TxSize::T64x32, TxSize::T64x64, TxSize::T64x64, TxSize::T64x64, TxSize::T64x64, TxSize::T4x16, TxSize::T16x4, TxSize::T8x32, TxSize::T32x8, TxSize::T16x64, TxSize::T64x16];

/// Partition_Subsize.
#[rustfmt::skip]
pub(crate) static PARTITION_SUBSIZE: [[Option<BlockSize>; 22]; 10] = [
    [Some(BlockSize::B4x4), None, None, Some(BlockSize::B8x8), None, None, Some(BlockSize::B16x16), None, None, Some(BlockSize::B32x32), None, None, Some(BlockSize::B64x64), None, None, Some(BlockSize::B128x128), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B8x4), None, None, Some(BlockSize::B16x8), None, None, Some(BlockSize::B32x16), None, None, Some(BlockSize::B64x32), None, None, Some(BlockSize::B128x64), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B4x8), None, None, Some(BlockSize::B8x16), None, None, Some(BlockSize::B16x32), None, None, Some(BlockSize::B32x64), None, None, Some(BlockSize::B64x128), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B4x4), None, None, Some(BlockSize::B8x8), None, None, Some(BlockSize::B16x16), None, None, Some(BlockSize::B32x32), None, None, Some(BlockSize::B64x64), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B8x4), None, None, Some(BlockSize::B16x8), None, None, Some(BlockSize::B32x16), None, None, Some(BlockSize::B64x32), None, None, Some(BlockSize::B128x64), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B8x4), None, None, Some(BlockSize::B16x8), None, None, Some(BlockSize::B32x16), None, None, Some(BlockSize::B64x32), None, None, Some(BlockSize::B128x64), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B4x8), None, None, Some(BlockSize::B8x16), None, None, Some(BlockSize::B16x32), None, None, Some(BlockSize::B32x64), None, None, Some(BlockSize::B64x128), None, None, None, None, None, None],
    [None, None, None, Some(BlockSize::B4x8), None, None, Some(BlockSize::B8x16), None, None, Some(BlockSize::B16x32), None, None, Some(BlockSize::B32x64), None, None, Some(BlockSize::B64x128), None, None, None, None, None, None],
    [None, None, None, None, None, None, Some(BlockSize::B16x4), None, None, Some(BlockSize::B32x8), None, None, Some(BlockSize::B64x16), None, None, None, None, None, None, None, None, None],
    [None, None, None, None, None, None, Some(BlockSize::B4x16), None, None, Some(BlockSize::B8x32), None, None, Some(BlockSize::B16x64), None, None, None, None, None, None, None, None, None],
];

/// Split_Tx_Size.
#[rustfmt::skip]
pub(crate) static SPLIT_TX_SIZE: [TxSize; 19] = [TxSize::T4x4, TxSize::T4x4, TxSize::T8x8, TxSize::T16x16, TxSize::T32x32, TxSize::T4x4, TxSize::T4x4, TxSize::T8x8, TxSize::T8x8, TxSize::T16x16, TxSize::T16x16, TxSize::T32x32, TxSize::T32x32, TxSize::T4x8, TxSize::T8x4, TxSize::T8x16, TxSize::T16x8, TxSize::T16x32, TxSize::T32x16];

/// Tx_Size_Sqr.
#[rustfmt::skip]
pub(crate) static TX_SIZE_SQR: [TxSize; 19] = [TxSize::T4x4, TxSize::T8x8, TxSize::T16x16, TxSize::T32x32, TxSize::T64x64, TxSize::T4x4, TxSize::T4x4, TxSize::T8x8, TxSize::T8x8, TxSize::T16x16, TxSize::T16x16, TxSize::T32x32, TxSize::T32x32, TxSize::T4x4, TxSize::T4x4, TxSize::T8x8, TxSize::T8x8, TxSize::T16x16, TxSize::T16x16];

/// Tx_Size_Sqr_Up.
#[rustfmt::skip]
pub(crate) static TX_SIZE_SQR_UP: [TxSize; 19] = [TxSize::T4x4, TxSize::T8x8, TxSize::T16x16, TxSize::T32x32, TxSize::T64x64, TxSize::T8x8, TxSize::T8x8, TxSize::T16x16, TxSize::T16x16, TxSize::T32x32, TxSize::T32x32, TxSize::T64x64, TxSize::T64x64, TxSize::T16x16, TxSize::T16x16, TxSize::T32x32, TxSize::T32x32, TxSize::T64x64, TxSize::T64x64];

/// Tx_Width.
#[rustfmt::skip]
pub(crate) static TX_WIDTH: [u8; 19] = [4, 8, 16, 32, 64, 4, 8, 8, 16, 16, 32, 32, 64, 4, 16, 8, 32, 16, 64];

/// Tx_Height.
#[rustfmt::skip]
pub(crate) static TX_HEIGHT: [u8; 19] = [4, 8, 16, 32, 64, 8, 4, 16, 8, 32, 16, 64, 32, 16, 4, 32, 8, 64, 16];

/// Tx_Width_Log2.
#[rustfmt::skip]
pub(crate) static TX_WIDTH_LOG2: [u8; 19] = [2, 3, 4, 5, 6, 2, 3, 3, 4, 4, 5, 5, 6, 2, 4, 3, 5, 4, 6];

/// Tx_Height_Log2.
#[rustfmt::skip]
pub(crate) static TX_HEIGHT_LOG2: [u8; 19] = [2, 3, 4, 5, 6, 3, 2, 4, 3, 5, 4, 6, 5, 4, 2, 5, 3, 6, 4];

/// Wedge_Bits.
#[rustfmt::skip]
pub(crate) static WEDGE_BITS: [u8; 22] = [0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0];

/// Adjusted_Tx_Size.
#[rustfmt::skip]
pub(crate) static ADJUSTED_TX_SIZE: [TxSize; 19] = [TxSize::T4x4, TxSize::T8x8, TxSize::T16x16, TxSize::T32x32, TxSize::T32x32, TxSize::T4x8, TxSize::T8x4, TxSize::T8x16, TxSize::T16x8, TxSize::T16x32, TxSize::T32x16, TxSize::T32x32, TxSize::T32x32, TxSize::T4x16, TxSize::T16x4, TxSize::T8x32, TxSize::T32x8, TxSize::T16x32, TxSize::T32x16];
