//! What later blocks ask of earlier ones: each block's modes and vectors, found by position, and the contexts above and to the left (9.3.2).

use crate::headers::InterpFilter;
use crate::modes::{Mode, RefFrame};
use crate::motion::Mv;
use crate::tables::sizes::{BlockSize, TxSize};

/// The modes of a block: YModes with SubModes, RefFrames, Skips, TxSizes, InterpFilters and their like (6.4.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Modes {
    pub(crate) ref_frame: [RefFrame; 2],
    /// Of the four 4x4 blocks of an 8x8 unit; all alike in larger blocks. The last one is y_mode.
    pub(crate) sub_modes: [Mode; 4],
    pub(crate) size: BlockSize,
    pub(crate) tx_size: TxSize,
    /// Set, too, where an inter block turns out to have no coefficient.
    pub(crate) skip: bool,
    /// None of intra blocks.
    pub(crate) interp_filter: Option<InterpFilter>,
    /// seg_id_predicted.
    pub(crate) seg_pred: bool,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            ref_frame: [RefFrame::Intra, RefFrame::None],
            sub_modes: [Mode::Dc; 4],
            size: BlockSize::B8x8,
            tx_size: TxSize::T4x4,
            skip: false,
            interp_filter: None,
            seg_pred: false,
        }
    }
}

impl Modes {
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_inter(&self) -> bool {
        self.ref_frame[0].is_inter()
    }

    /// Predicted from one frame, or from none.
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_single(&self) -> bool {
        !self.ref_frame[1].is_inter()
    }
}

/// What is kept of a block while its frame and the next one last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BlockInfo {
    pub(crate) modes: Modes,
    /// BlockMvs: by 4x4 block of an 8x8 unit, then by list. The last one is Mvs.
    pub(crate) mvs: [[Mv; 2]; 4],
}

/// The blocks of a frame by position, at 8x8 units.
#[derive(Debug, Default)]
pub(crate) struct BlockMap {
    /// Indices into `blocks`.
    cells: Vec<u32>,
    stride: usize,
    blocks: Vec<BlockInfo>,
}

impl BlockMap {
    /// Empties the map for a frame that is so wide.
    pub(crate) fn reset(&mut self, mi_cols: usize) {
        self.stride = mi_cols;
        self.cells.clear();
        self.blocks.clear();
    }

    /// Makes room down to a row: a frame that only claims to be large takes no memory.
    pub(crate) fn grow(&mut self, mi_rows: usize) {
        let cells = mi_rows * self.stride;
        if self.cells.len() < cells {
            self.cells.resize(cells, u32::MAX);
        }
    }

    /// The block at a position, if one was written.
    #[inline(always)]
    #[must_use]
    pub(crate) fn get(&self, row: usize, col: usize) -> Option<&BlockInfo> {
        let index = *self.cells.get(row * self.stride + col)?;
        self.blocks.get(index as usize)
    }

    /// Puts a block on `rows` x `cols` units, which lie inside the frame.
    #[inline]
    pub(crate) fn put(&mut self, info: &BlockInfo, row: usize, col: usize, rows: usize, cols: usize) {
        let index = self.blocks.len() as u32;
        self.blocks.push(*info);
        let mut start = row * self.stride + col;
        for _ in 0..rows {
            fill(&mut self.cells, start, cols, index);
            start += self.stride;
        }
    }
}

/// AboveNonzeroContext and AbovePartitionContext, or what stands to the left. Units outside the frame stay 0.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    /// By plane, one a 4x4 block.
    pub(crate) nonzero: [Vec<u8>; 3],
    /// One an 8x8 unit.
    pub(crate) partition: Vec<u8>,
}

/// Superblocks reach as many 4x4 blocks beyond the frame, and contexts are read eight at a time.
const OVERHANG: usize = 24;

impl Contexts {
    /// Makes room for `units` 8x8 luma units, all contexts 0: clear_above_context( ), clear_left_context( ) (7.4.1).
    pub(crate) fn clear(&mut self, units: usize) {
        for plane in &mut self.nonzero {
            plane.clear();
            plane.resize(units * 2 + OVERHANG, 0);
        }
        self.partition.clear();
        self.partition.resize(units + OVERHANG, 0);
    }
}

/// The 4x4 blocks of a plane, along one side, in so many units of 8 luma samples.
#[inline(always)]
#[must_use]
pub(crate) const fn blocks4(units: usize, subsampling: u8) -> usize {
    (units * 2) >> subsampling
}

/// Sets `count` units from `start` on to `value`.
#[inline(always)]
pub(crate) fn fill<T: Copy>(units: &mut [T], start: usize, count: usize, value: T) {
    let Some(units) = units.get_mut(start..start + count) else { return };
    match units.len() {
        1 => fill_fixed::<1, T>(units, value),
        2 => fill_fixed::<2, T>(units, value),
        4 => fill_fixed::<4, T>(units, value),
        8 => fill_fixed::<8, T>(units, value),
        16 => fill_fixed::<16, T>(units, value),
        _ => units.fill(value),
    }
}

#[inline(always)]
fn fill_fixed<const N: usize, T: Copy>(units: &mut [T], value: T) {
    if let Some(units) = units.first_chunk_mut::<N>() {
        *units = [value; N];
    }
}
