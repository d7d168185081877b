//! What the blocks above and to the left have said, and whether they are available (6.4.1).

use crate::tables::intra::INTRA_DC;

/// What split_cu_flag and cu_skip_flag ask of a neighbouring coding block (table 9-50), in a byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CodingInfo(u8);

impl CodingInfo {
    pub(crate) const fn new(ct_depth: u8, cu_skip_flag: bool) -> Self {
        Self(ct_depth << 1 | cu_skip_flag as u8)
    }

    /// CtDepth.
    pub(crate) const fn ct_depth(self) -> u8 {
        self.0 >> 1
    }

    /// cu_skip_flag.
    pub(crate) const fn cu_skip_flag(self) -> u8 {
        self.0 & 1
    }
}

/// What later coding units ask of a coding block to their left or above them, for 8 samples of its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodingCell {
    pub(crate) info: CodingInfo,
    /// QpY.
    pub(crate) qp_y: i8,
    /// IntraPredModeY of either 4 samples; INTRA_DC where it is not intra (8.4.2).
    pub(crate) intra_pred_mode: [u8; 2],
}

impl CodingCell {
    /// Depth 0, not skipped, not intra.
    pub(crate) const UNAVAILABLE: Self = Self { info: CodingInfo::new(0, false), qp_y: 0, intra_pred_mode: [INTRA_DC; 2] };
}

/// Whether the CTBs around the current one are available: in its slice and tile, and decoded.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CtbNeighbours {
    pub(crate) left: bool,
    pub(crate) above: bool,
    pub(crate) above_left: bool,
    pub(crate) above_right: bool,
}

/// The coding blocks to the left, every 8 samples of the CTB's height.
pub(crate) type LeftCells = [CodingCell; 8];

/// Fills `count` cells, a power of two up to 8, on both sides of a coding block: from `row` to the left of what follows, and
/// from `column` above it.
#[inline(always)]
pub(crate) fn fill_sides(
    left: &mut LeftCells,
    row: usize,
    above: &mut [CodingCell],
    column: usize,
    count: usize,
    cells: [CodingCell; 2],
) {
    #[inline(always)]
    fn put<const N: usize>(side: &mut [CodingCell], first: usize, cell: CodingCell) {
        if let Some(side) = side.get_mut(first..first + N) {
            side.copy_from_slice(&[cell; N]);
        }
    }
    let [left_cell, above_cell] = cells;
    match count {
        1 => (put::<1>(left, row, left_cell), put::<1>(above, column, above_cell)),
        2 => (put::<2>(left, row, left_cell), put::<2>(above, column, above_cell)),
        4 => (put::<4>(left, row, left_cell), put::<4>(above, column, above_cell)),
        _ => (put::<8>(left, row, left_cell), put::<8>(above, column, above_cell)),
    };
}

/// Fills `count` cells from `first`; what does not fit is left out. Counts are powers of two up to 16.
#[inline(always)]
pub(crate) fn fill<T: Copy>(cells: &mut [T], first: usize, count: usize, value: T) {
    let Some(cells) = cells.get_mut(first..first + count) else { return };
    match count {
        1 => cells.copy_from_slice(&[value; 1]),
        2 => cells.copy_from_slice(&[value; 2]),
        4 => cells.copy_from_slice(&[value; 4]),
        8 => cells.copy_from_slice(&[value; 8]),
        16 => cells.copy_from_slice(&[value; 16]),
        _ => cells.fill(value),
    }
}
