//! Block and transform sizes: AV1 specification, 5.11.15 (TX size syntax), 5.11.38 (Get plane residual size function), 9.3 (Conversion tables).
//!
//! Written by scripts/extract_av1_tables.py from AOMediaCodec/av1-spec.

pub const BLOCK_4X4: u8 = 0;
pub const BLOCK_4X8: u8 = 1;
pub const BLOCK_8X4: u8 = 2;
pub const BLOCK_8X8: u8 = 3;
pub const BLOCK_8X16: u8 = 4;
pub const BLOCK_16X8: u8 = 5;
pub const BLOCK_16X16: u8 = 6;
pub const BLOCK_16X32: u8 = 7;
pub const BLOCK_32X16: u8 = 8;
pub const BLOCK_32X32: u8 = 9;
pub const BLOCK_32X64: u8 = 10;
pub const BLOCK_64X32: u8 = 11;
pub const BLOCK_64X64: u8 = 12;
pub const BLOCK_64X128: u8 = 13;
pub const BLOCK_128X64: u8 = 14;
pub const BLOCK_128X128: u8 = 15;
pub const BLOCK_4X16: u8 = 16;
pub const BLOCK_16X4: u8 = 17;
pub const BLOCK_8X32: u8 = 18;
pub const BLOCK_32X8: u8 = 19;
pub const BLOCK_16X64: u8 = 20;
pub const BLOCK_64X16: u8 = 21;
pub const TX_4X4: u8 = 0;
pub const TX_8X8: u8 = 1;
pub const TX_16X16: u8 = 2;
pub const TX_32X32: u8 = 3;
pub const TX_64X64: u8 = 4;
pub const TX_4X8: u8 = 5;
pub const TX_8X4: u8 = 6;
pub const TX_8X16: u8 = 7;
pub const TX_16X8: u8 = 8;
pub const TX_16X32: u8 = 9;
pub const TX_32X16: u8 = 10;
pub const TX_32X64: u8 = 11;
pub const TX_64X32: u8 = 12;
pub const TX_4X16: u8 = 13;
pub const TX_16X4: u8 = 14;
pub const TX_8X32: u8 = 15;
pub const TX_32X8: u8 = 16;
pub const TX_16X64: u8 = 17;
pub const TX_64X16: u8 = 18;
pub const BLOCK_INVALID: u8 = 22;

/// Max_Tx_Depth.
#[rustfmt::skip]
pub static MAX_TX_DEPTH: [u8; 22] = [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 2, 2, 3, 3, 4, 4];

/// Subsampled_Size.
#[rustfmt::skip]
pub static SUBSAMPLED_SIZE: [[[u8; 2]; 2]; 22] = [
    [
        [0, 0],
        [0, 0],
    ],
    [
        [1, 0],
        [22, 0],
    ],
    [
        [2, 22],
        [0, 0],
    ],
    [
        [3, 2],
        [1, 0],
    ],
    [
        [4, 3],
        [22, 1],
    ],
    [
        [5, 22],
        [3, 2],
    ],
    [
        [6, 5],
        [4, 3],
    ],
    [
        [7, 6],
        [22, 4],
    ],
    [
        [8, 22],
        [6, 5],
    ],
    [
        [9, 8],
        [7, 6],
    ],
    [
        [10, 9],
        [22, 7],
    ],
    [
        [11, 22],
        [9, 8],
    ],
    [
        [12, 11],
        [10, 9],
    ],
    [
        [13, 12],
        [22, 10],
    ],
    [
        [14, 22],
        [12, 11],
    ],
    [
        [15, 14],
        [13, 12],
    ],
    [
        [16, 1],
        [22, 1],
    ],
    [
        [17, 22],
        [2, 2],
    ],
    [
        [18, 4],
        [22, 16],
    ],
    [
        [19, 22],
        [5, 17],
    ],
    [
        [20, 7],
        [22, 18],
    ],
    [
        [21, 22],
        [8, 19],
    ],
];

/// Mi_Width_Log2.
#[rustfmt::skip]
pub static MI_WIDTH_LOG2: [u8; 22] = [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 0, 2, 1, 3, 2, 4];

/// Mi_Height_Log2.
#[rustfmt::skip]
pub static MI_HEIGHT_LOG2: [u8; 22] = [0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 2, 0, 3, 1, 4, 2];

/// Num_4x4_Blocks_Wide.
#[rustfmt::skip]
pub static NUM_4X4_BLOCKS_WIDE: [u8; 22] = [1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 1, 4, 2, 8, 4, 16];

/// Num_4x4_Blocks_High.
#[rustfmt::skip]
pub static NUM_4X4_BLOCKS_HIGH: [u8; 22] = [1, 2, 1, 2, 4, 2, 4, 8, 4, 8, 16, 8, 16, 32, 16, 32, 4, 1, 8, 2, 16, 4];

/// Size_Group.
#[rustfmt::skip]
pub static SIZE_GROUP: [u8; 22] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 0, 0, 1, 1, 2, 2];

/// Max_Tx_Size_Rect.
#[rustfmt::skip]
pub static MAX_TX_SIZE_RECT: [u8; 22] = [0, 5, 6, 1, 7, 8, 2, 9, 10, 3, 11, 12, 4, 4, 4, 4, 13, 14, 15, 16, 17, 18];

/// Partition_Subsize.
#[rustfmt::skip]
pub static PARTITION_SUBSIZE: [[u8; 22]; 10] = [
    [0, 22, 22, 3, 22, 22, 6, 22, 22, 9, 22, 22, 12, 22, 22, 15, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 2, 22, 22, 5, 22, 22, 8, 22, 22, 11, 22, 22, 14, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 1, 22, 22, 4, 22, 22, 7, 22, 22, 10, 22, 22, 13, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 0, 22, 22, 3, 22, 22, 6, 22, 22, 9, 22, 22, 12, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 2, 22, 22, 5, 22, 22, 8, 22, 22, 11, 22, 22, 14, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 2, 22, 22, 5, 22, 22, 8, 22, 22, 11, 22, 22, 14, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 1, 22, 22, 4, 22, 22, 7, 22, 22, 10, 22, 22, 13, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 1, 22, 22, 4, 22, 22, 7, 22, 22, 10, 22, 22, 13, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 22, 22, 22, 17, 22, 22, 19, 22, 22, 21, 22, 22, 22, 22, 22, 22, 22, 22, 22],
    [22, 22, 22, 22, 22, 22, 16, 22, 22, 18, 22, 22, 20, 22, 22, 22, 22, 22, 22, 22, 22, 22],
];

/// Split_Tx_Size.
#[rustfmt::skip]
pub static SPLIT_TX_SIZE: [u8; 19] = [0, 0, 1, 2, 3, 0, 0, 1, 1, 2, 2, 3, 3, 5, 6, 7, 8, 9, 10];

/// Tx_Size_Sqr.
#[rustfmt::skip]
pub static TX_SIZE_SQR: [u8; 19] = [0, 1, 2, 3, 4, 0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 1, 2, 2];

/// Tx_Size_Sqr_Up.
#[rustfmt::skip]
pub static TX_SIZE_SQR_UP: [u8; 19] = [0, 1, 2, 3, 4, 1, 1, 2, 2, 3, 3, 4, 4, 2, 2, 3, 3, 4, 4];

/// Tx_Width.
#[rustfmt::skip]
pub static TX_WIDTH: [u8; 19] = [4, 8, 16, 32, 64, 4, 8, 8, 16, 16, 32, 32, 64, 4, 16, 8, 32, 16, 64];

/// Tx_Height.
#[rustfmt::skip]
pub static TX_HEIGHT: [u8; 19] = [4, 8, 16, 32, 64, 8, 4, 16, 8, 32, 16, 64, 32, 16, 4, 32, 8, 64, 16];

/// Tx_Width_Log2.
#[rustfmt::skip]
pub static TX_WIDTH_LOG2: [u8; 19] = [2, 3, 4, 5, 6, 2, 3, 3, 4, 4, 5, 5, 6, 2, 4, 3, 5, 4, 6];

/// Tx_Height_Log2.
#[rustfmt::skip]
pub static TX_HEIGHT_LOG2: [u8; 19] = [2, 3, 4, 5, 6, 3, 2, 4, 3, 5, 4, 6, 5, 4, 2, 5, 3, 6, 4];

/// Wedge_Bits.
#[rustfmt::skip]
pub static WEDGE_BITS: [u8; 22] = [0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0];

/// Adjusted_Tx_Size.
#[rustfmt::skip]
pub static ADJUSTED_TX_SIZE: [u8; 19] = [0, 1, 2, 3, 3, 5, 6, 7, 8, 9, 10, 3, 3, 13, 14, 15, 16, 9, 10];
