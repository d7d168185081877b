//! What the blocks above and to the left have said, and whether they are available (6.4.1).

use crate::entropy::EntropyState;
use crate::motion::{MotionGrid, PuMotion};
use crate::tables::intra::INTRA_DC;

/// State of one picture that its slice segments leave to later ones.
#[derive(Debug, Default)]
pub(crate) struct PictureState {
    /// SliceAddrRs of every CTB that is decoded, by raster scan address; [`NOT_DECODED`] for others.
    pub(crate) slice_addr: Vec<u32>,
    pub(crate) ctbs_decoded: usize,
    /// The coding blocks above, every 8 samples.
    pub(crate) above: Vec<CodingCell>,
    /// Of the prediction blocks at the bottom of the CTBs above, every 4 samples.
    pub(crate) above_motion: Vec<PuMotion>,
    /// Where the last slice segment ended, where one may depend on it.
    pub(crate) dependent: Option<Box<SegmentEnd>>,
    /// After the second CTB of the CTB row above (TableStateIdxWpp).
    pub(crate) wavefront: Option<EntropyState>,
    /// QpY of the last coding unit in decoding order.
    pub(crate) last_qp: i32,
    /// CuQpOffsetCb, CuQpOffsetCr.
    pub(crate) cu_qp_offset: [i32; 2],
}

/// What a slice segment leaves to one that depends on it and may begin in the middle of a CTB row.
#[derive(Debug)]
pub(crate) struct SegmentEnd {
    /// TableStateIdxDs.
    pub(crate) state: EntropyState,
    pub(crate) left: LeftCells,
    pub(crate) grid: MotionGrid,
}

pub(crate) const NOT_DECODED: u32 = u32::MAX;

impl PictureState {
    /// Begins a picture of `ctbs` CTBs that is `width` luma samples wide.
    pub(crate) fn reset(&mut self, ctbs: usize, width: usize) {
        self.slice_addr.clear();
        self.slice_addr.resize(ctbs, NOT_DECODED);
        self.ctbs_decoded = 0;
        // Whole CTBs of 64 samples, and a cell beyond, so that no CTB at the right edge needs care.
        let padded = width.next_multiple_of(64);
        self.above.clear();
        self.above.resize(padded / 8, CodingCell::UNAVAILABLE);
        self.above_motion.clear();
        self.above_motion.resize(padded / 4 + 1, PuMotion::UNAVAILABLE);
        self.dependent = None;
        self.wavefront = None;
    }
}

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
