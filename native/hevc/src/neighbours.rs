//! What the blocks above and to the left have said, and whether they are available (6.4.1).

use crate::entropy::EntropyState;
use crate::motion::{MotionGrid, PuMotion};
use crate::tables::intra::INTRA_DC;

/// State of one picture that its slice segments leave to later ones.
#[derive(Debug, Default)]
pub(crate) struct PictureContext {
    /// SliceAddrRs of every CTB that is decoded, by raster scan address; [`NOT_DECODED`] for others.
    pub(crate) slice_addr: Vec<u32>,
    pub(crate) ctbs_decoded: usize,
    /// Of the coding blocks at the bottom of the CTBs above, every 8 samples.
    pub(crate) above: Vec<CodingInfo>,
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
    pub(crate) neighbours: Neighbours,
    pub(crate) grid: MotionGrid,
}

pub(crate) const NOT_DECODED: u32 = u32::MAX;

impl PictureContext {
    /// Begins a picture of `ctbs` CTBs that is `width` luma samples wide.
    pub(crate) fn reset(&mut self, ctbs: usize, width: usize) {
        self.slice_addr.clear();
        self.slice_addr.resize(ctbs, NOT_DECODED);
        self.ctbs_decoded = 0;
        // Whole CTBs of 64 samples, and a cell beyond, so that no CTB at the right edge needs care.
        let padded = width.next_multiple_of(64);
        self.above.clear();
        self.above.resize(padded / 8, CodingInfo::default());
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

/// Whether the CTBs around the current one are available: in its slice and tile, and decoded.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CtbNeighbours {
    pub(crate) left: bool,
    pub(crate) above: bool,
    pub(crate) above_left: bool,
    pub(crate) above_right: bool,
}

/// Left neighbours, and those above inside the CTB.
#[derive(Debug)]
pub(crate) struct Neighbours {
    /// Coding blocks to the left, every 8 samples of the CTB's height.
    pub(crate) left: [CodingInfo; 8],
    /// IntraPredModeY to the left, every 4 samples.
    pub(crate) left_mode: [u8; 16],
    /// IntraPredModeY above, every 4 samples. The CTB above counts as INTRA_DC (8.4.2).
    pub(crate) above_mode: [u8; 16],
    /// QpY inside the CTB, every 8 samples.
    pub(crate) qp: [i8; 64],
}

impl Neighbours {
    pub(crate) fn new() -> Self {
        Self { left: [CodingInfo::default(); 8], left_mode: [INTRA_DC; 16], above_mode: [INTRA_DC; 16], qp: [0; 64] }
    }

    /// Begins a CTB: an unavailable neighbour counts as one of depth 0, not skipped, not intra.
    pub(crate) fn begin_ctb(&mut self, around: CtbNeighbours, above: &mut [CodingInfo]) {
        self.above_mode = [INTRA_DC; 16];
        if !around.left {
            self.left = [CodingInfo::default(); 8];
            self.left_mode = [INTRA_DC; 16];
        }
        if !around.above {
            above.fill(CodingInfo::default());
        }
    }
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
