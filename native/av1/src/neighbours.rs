//! What later blocks ask of earlier ones: each block's modes, found by position, and the contexts above and to the left (8.3.2).

use crate::headers::{InterpFilter, RefFrame};
use crate::modes::{InterMode, IntraMode};
use crate::motion::Mv;
use crate::sizes::BlockSize;

/// Of a 4x4 unit that no block of this frame covers yet.
pub(crate) const NOT_WRITTEN: u32 = u32::MAX;

/// What is kept of a block while its frame lasts: YModes, RefFrames, Mvs, IsInters, Skips and their like (5.11.5).
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockInfo {
    pub(crate) mv: [Mv; 2],
    pub(crate) ref_frame: [RefFrame; 2],
    /// YMode of an intra block; DC_PRED of an inter block.
    pub(crate) intra_mode: IntraMode,
    /// YMode of an inter block; None of intra block copy too.
    pub(crate) inter_mode: Option<InterMode>,
    pub(crate) mi_size: BlockSize,
    pub(crate) segment_id: u8,
    pub(crate) is_inter: bool,
    pub(crate) skip: bool,
    pub(crate) skip_mode: bool,
    pub(crate) comp_group_idx: u8,
    pub(crate) compound_idx: u8,
    pub(crate) interp_filter: [InterpFilter; 2],
    /// PaletteSizeY and PaletteSizeUV.
    pub(crate) palette_size: [u8; 2],
    /// Where its palette colours are, if it has any.
    pub(crate) palette: u32,
}

impl Default for BlockInfo {
    /// What a block that is not available stands for.
    fn default() -> Self {
        Self {
            mv: [Mv::default(); 2],
            ref_frame: [RefFrame::Intra, RefFrame::None],
            intra_mode: IntraMode::Dc,
            inter_mode: None,
            mi_size: BlockSize::B4x4,
            segment_id: 0,
            is_inter: false,
            skip: false,
            skip_mode: false,
            comp_group_idx: 0,
            compound_idx: 0,
            interp_filter: [InterpFilter::EightTap; 2],
            palette_size: [0; 2],
            palette: 0,
        }
    }
}

impl BlockInfo {
    /// LeftIntra, AboveIntra (5.11.18).
    #[inline]
    #[must_use]
    pub(crate) fn is_intra(&self) -> bool {
        !self.ref_frame[0].is_inter()
    }

    /// LeftSingle, AboveSingle (5.11.18).
    #[inline]
    #[must_use]
    pub(crate) fn is_single(&self) -> bool {
        !self.ref_frame[1].is_inter()
    }

    /// has_newmv( ) (7.10.2.9) of YMode.
    #[inline(always)]
    #[must_use]
    pub(crate) fn has_new(&self) -> bool {
        self.inter_mode.is_some_and(InterMode::has_new)
    }

    /// Whether YMode is GLOBALMV or GLOBAL_GLOBALMV.
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_global(&self) -> bool {
        self.inter_mode.is_some_and(InterMode::is_global)
    }
}

/// palette_colors_y and palette_colors_u of a block.
pub(crate) type Palettes = [[u16; 8]; 2];

/// The blocks of a frame by position, at 4x4 units.
#[derive(Debug, Default)]
pub(crate) struct BlockMap {
    /// Indices into `blocks`.
    cells: Vec<u32>,
    stride: usize,
    /// Units that blocks were put on.
    covered: usize,
    pub(crate) blocks: Vec<BlockInfo>,
    pub(crate) palettes: Vec<Palettes>,
}

impl BlockMap {
    /// Empties the map for a frame of `mi_rows` x `mi_cols`.
    pub(crate) fn reset(&mut self, mi_rows: usize, mi_cols: usize) {
        self.stride = mi_cols;
        self.covered = 0;
        self.cells.clear();
        self.cells.resize(mi_rows * mi_cols, NOT_WRITTEN);
        self.blocks.clear();
        self.palettes.clear();
    }

    /// Whether the blocks tile the frame.
    #[must_use]
    pub(crate) fn is_covered(&self) -> bool {
        self.covered == self.cells.len()
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
    pub(crate) fn put(&mut self, info: BlockInfo, row: usize, col: usize, rows: usize, cols: usize) {
        let index = self.blocks.len() as u32;
        self.blocks.push(info);
        self.covered += rows * cols;
        let mut start = row * self.stride + col;
        for _ in 0..rows {
            if let Some(cells) = self.cells.get_mut(start..start + cols) {
                fill_short(cells, index);
            }
            start += self.stride;
        }
    }
}

/// Fills a run of up to 32 units, most of them 1, 2, 4 or 8 long, without calling out.
#[inline(always)]
fn fill_short(cells: &mut [u32], value: u32) {
    for cell in cells {
        *cell = value;
    }
}

/// AboveLevelContext with AboveDcContext, AboveSegPredContext, and the widths of the transforms above; or what stands to the left.
///
/// A coefficient context is culLevel with dcCategory above its six bits. Units outside the frame stay 0.
#[derive(Debug, Default)]
pub(crate) struct EdgeContexts {
    pub(crate) coefficients: [Vec<u8>; 3],
    /// get_above_tx_width( ), get_left_tx_height( ) (8.3.2).
    pub(crate) tx_size: Vec<u8>,
    pub(crate) seg_pred: Vec<u8>,
}

/// Transforms reach 16 units, blocks 32, beyond what the frame or superblock has.
const OVERHANG: usize = 32;

impl EdgeContexts {
    /// Makes room for `units` 4x4 units, and empties what overhangs them: an earlier frame may have been larger.
    pub(crate) fn resize(&mut self, units: usize) {
        for plane in &mut self.coefficients {
            plane.clear();
            plane.resize(units + OVERHANG, 0);
        }
        self.tx_size.resize(units + OVERHANG, 0);
        self.seg_pred.resize(units + OVERHANG, 0);
    }

    /// clear_above_context( ), clear_left_context( ) (6.10.2) of `from..to`, in luma units.
    pub(crate) fn clear(&mut self, from: usize, to: usize, subsampling: usize) {
        for (plane, contexts) in self.coefficients.iter_mut().enumerate() {
            let shift = if plane > 0 { subsampling } else { 0 };
            if let Some(units) = contexts.get_mut(from >> shift..to >> shift) {
                units.fill(0);
            }
        }
        if let Some(units) = self.tx_size.get_mut(from..to) {
            units.fill(64);
        }
        if let Some(units) = self.seg_pred.get_mut(from..to) {
            units.fill(0);
        }
    }
}

/// Sets `count` units from `start` on to `value`.
#[inline(always)]
pub(crate) fn fill<T: Copy>(units: &mut [T], start: usize, count: usize, value: T) {
    let Some(units) = units.get_mut(start..start + count) else { return };
    match units.len() {
        1 => fill_fixed::<_, 1>(units, value),
        2 => fill_fixed::<_, 2>(units, value),
        4 => fill_fixed::<_, 4>(units, value),
        8 => fill_fixed::<_, 8>(units, value),
        16 => fill_fixed::<_, 16>(units, value),
        _ => units.fill(value),
    }
}

#[inline(always)]
fn fill_fixed<T: Copy, const N: usize>(units: &mut [T], value: T) {
    if let Some(units) = units.first_chunk_mut::<N>() {
        *units = [value; N];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_covered_once_every_unit_is() {
        let mut map = BlockMap::default();
        map.reset(4, 6);
        map.put(BlockInfo::default(), 0, 0, 4, 4);
        assert!(!map.is_covered());
        map.put(BlockInfo::default(), 0, 4, 4, 2);
        assert!(map.is_covered());
        map.reset(4, 6);
        assert!(!map.is_covered());
    }
}
