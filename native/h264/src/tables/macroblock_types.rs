//! Macroblock and sub-macroblock types: H.264 tables 7-11, 7-13, 7-14, 7-17 and 7-18.

/// Names of mb_type, by what the blocks table keeps: I_NxN, the 24 Intra_16x16 types, I_PCM, then P and B types.
#[rustfmt::skip]
pub(crate) static NAMES: &[&str] = &[
    "I_NxN",
    "I_16x16_0_0_0", "I_16x16_1_0_0", "I_16x16_2_0_0", "I_16x16_3_0_0", "I_16x16_0_1_0", "I_16x16_1_1_0", "I_16x16_2_1_0", "I_16x16_3_1_0",
    "I_16x16_0_2_0", "I_16x16_1_2_0", "I_16x16_2_2_0", "I_16x16_3_2_0", "I_16x16_0_0_1", "I_16x16_1_0_1", "I_16x16_2_0_1", "I_16x16_3_0_1",
    "I_16x16_0_1_1", "I_16x16_1_1_1", "I_16x16_2_1_1", "I_16x16_3_1_1", "I_16x16_0_2_1", "I_16x16_1_2_1", "I_16x16_2_2_1", "I_16x16_3_2_1",
    "I_PCM",
    "P_L0_16x16", "P_L0_L0_16x8", "P_L0_L0_8x16", "P_8x8", "P_8x8ref0", "P_Skip",
    "B_Direct_16x16", "B_L0_16x16", "B_L1_16x16", "B_Bi_16x16", "B_L0_L0_16x8", "B_L0_L0_8x16", "B_L1_L1_16x8", "B_L1_L1_8x16",
    "B_L0_L1_16x8", "B_L0_L1_8x16", "B_L1_L0_16x8", "B_L1_L0_8x16", "B_L0_Bi_16x8", "B_L0_Bi_8x16", "B_L1_Bi_16x8", "B_L1_Bi_8x16",
    "B_Bi_L0_16x8", "B_Bi_L0_8x16", "B_Bi_L1_16x8", "B_Bi_L1_8x16", "B_Bi_Bi_16x8", "B_Bi_Bi_8x16", "B_8x8", "B_Skip",
];

/// Places in [`NAMES`].
pub(crate) const FIRST_P: u8 = 26;
pub(crate) const P_SKIP: u8 = 31;
pub(crate) const FIRST_B: u8 = 32;
pub(crate) const B_SKIP: u8 = 55;

/// mb_type of I slices that is I_PCM.
pub(crate) const I_PCM: u8 = 25;

/// mb_type of P slices.
pub(crate) const P_8X8_REF0: u8 = 4;

/// mb_type of B slices.
pub(crate) const B_DIRECT_16X16: u8 = 0;
pub(crate) const B_8X8: u8 = 22;

/// How a macroblock splits into partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    /// Two of 16x8.
    Rows,
    /// Two of 8x16.
    Columns,
}

/// Lists that a partition uses: bit 0 list 0, bit 1 list 1.
pub(crate) type Lists = u8;
pub(crate) const L0: Lists = 1;
pub(crate) const L1: Lists = 2;
pub(crate) const BI: Lists = 3;

/// Shape and lists of mb_type 1 to 21 of B slices (table 7-14).
#[rustfmt::skip]
pub(crate) static B_TYPES: [(Shape, [Lists; 2]); 21] = [
    (Shape::Whole, [L0, 0]), (Shape::Whole, [L1, 0]), (Shape::Whole, [BI, 0]),
    (Shape::Rows, [L0, L0]), (Shape::Columns, [L0, L0]), (Shape::Rows, [L1, L1]), (Shape::Columns, [L1, L1]),
    (Shape::Rows, [L0, L1]), (Shape::Columns, [L0, L1]), (Shape::Rows, [L1, L0]), (Shape::Columns, [L1, L0]),
    (Shape::Rows, [L0, BI]), (Shape::Columns, [L0, BI]), (Shape::Rows, [L1, BI]), (Shape::Columns, [L1, BI]),
    (Shape::Rows, [BI, L0]), (Shape::Columns, [BI, L0]), (Shape::Rows, [BI, L1]), (Shape::Columns, [BI, L1]),
    (Shape::Rows, [BI, BI]), (Shape::Columns, [BI, BI]),
];

/// A sub-macroblock type: lists (0: direct), and the width and height of its partitions in 4x4 blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubType {
    pub(crate) lists: Lists,
    pub(crate) width: u8,
    pub(crate) height: u8,
}

const fn sub(lists: Lists, width: u8, height: u8) -> SubType {
    SubType { lists, width, height }
}

/// sub_mb_type of P slices (table 7-17).
pub(crate) static P_SUB_TYPES: [SubType; 4] = [sub(L0, 2, 2), sub(L0, 2, 1), sub(L0, 1, 2), sub(L0, 1, 1)];

/// sub_mb_type of B slices (table 7-18).
#[rustfmt::skip]
pub(crate) static B_SUB_TYPES: [SubType; 13] = [
    sub(0, 1, 1), sub(L0, 2, 2), sub(L1, 2, 2), sub(BI, 2, 2), sub(L0, 2, 1), sub(L0, 1, 2), sub(L1, 2, 1), sub(L1, 1, 2),
    sub(BI, 2, 1), sub(BI, 1, 2), sub(L0, 1, 1), sub(L1, 1, 1), sub(BI, 1, 1),
];

/// Names of luma prediction modes: four of Intra_16x16, then nine of Intra_4x4 and nine of Intra_8x8.
#[rustfmt::skip]
pub(crate) static INTRA_MODES: &[&str] = &[
    "Intra_16x16_Vertical", "Intra_16x16_Horizontal", "Intra_16x16_DC", "Intra_16x16_Plane",
    "Intra_4x4_Vertical", "Intra_4x4_Horizontal", "Intra_4x4_DC", "Intra_4x4_Diagonal_Down_Left", "Intra_4x4_Diagonal_Down_Right",
    "Intra_4x4_Vertical_Right", "Intra_4x4_Horizontal_Down", "Intra_4x4_Vertical_Left", "Intra_4x4_Horizontal_Up",
    "Intra_8x8_Vertical", "Intra_8x8_Horizontal", "Intra_8x8_DC", "Intra_8x8_Diagonal_Down_Left", "Intra_8x8_Diagonal_Down_Right",
    "Intra_8x8_Vertical_Right", "Intra_8x8_Horizontal_Down", "Intra_8x8_Vertical_Left", "Intra_8x8_Horizontal_Up",
];

/// Places in [`INTRA_MODES`].
pub(crate) const INTRA_4X4: u8 = 4;
pub(crate) const INTRA_8X8: u8 = 13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_right() {
        assert_eq!(NAMES[I_PCM as usize], "I_PCM");
        assert_eq!(NAMES[FIRST_P as usize], "P_L0_16x16");
        assert_eq!(NAMES[P_SKIP as usize], "P_Skip");
        assert_eq!(NAMES[FIRST_B as usize], "B_Direct_16x16");
        assert_eq!(NAMES[(FIRST_B + B_8X8) as usize], "B_8x8");
        assert_eq!(NAMES[B_SKIP as usize], "B_Skip");
        assert_eq!(NAMES.len(), 56);
        assert_eq!(INTRA_MODES[INTRA_4X4 as usize], "Intra_4x4_Vertical");
        assert_eq!(INTRA_MODES[INTRA_8X8 as usize], "Intra_8x8_Vertical");
    }
}
