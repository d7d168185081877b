//! Transform sizes (5.11.15 to 5.11.17).

use crate::block::Block;
use crate::block::leaves::TxLeaf;
use crate::headers::TxMode;
use crate::neighbours::{BlockInfo, fill};
use crate::sizes::{BlockSize, TxSize};
use crate::state::Tile;

const MAX_VARTX_DEPTH: u32 = 2;

impl Tile<'_> {
    /// read_block_tx_size( ) (5.11.16).
    pub(super) fn read_block_tx_size(&mut self, block: &mut Block) {
        let info = &block.info;
        let select = self.frame.header.tx_mode == TxMode::Select;
        if select && info.mi_size > BlockSize::B4x4 && info.is_inter && !info.skip && !block.lossless {
            let max_tx_size = info.mi_size.max_tx_size();
            for row in (block.mi_row..block.mi_row + block.bh4).step_by(max_tx_size.height4()) {
                for col in (block.mi_col..block.mi_col + block.bw4).step_by(max_tx_size.width4()) {
                    self.read_var_tx_size(block, row, col, max_tx_size, 0);
                }
            }
            block.tx_size = None;
            return;
        }
        let allow_select = !info.skip || !info.is_inter;
        let tx_size = self.read_tx_size(block, allow_select);
        block.tx_size = Some(tx_size);
        if block.info.is_inter && !block.info.skip && !block.lossless {
            for row in (block.mi_row..block.mi_row + block.bh4).step_by(tx_size.height4()) {
                for col in (block.mi_col..block.mi_col + block.bw4).step_by(tx_size.width4()) {
                    self.add_leaf(block, row, col, tx_size);
                }
            }
        }
    }

    /// InterTxSizes of a transform block (5.11.16, 5.11.17).
    fn add_leaf(&mut self, block: &mut Block, row: usize, col: usize, tx_size: TxSize) {
        if let Some(leaf) = self.leaves.get_mut(block.leaf_count) {
            *leaf = TxLeaf { row: row as u32, col: col as u32, tx_size };
            block.leaf_count += 1;
        }
    }

    /// read_var_tx_size( ) (5.11.17).
    fn read_var_tx_size(&mut self, block: &mut Block, row: usize, col: usize, tx_size: TxSize, depth: u32) {
        if row >= self.frame.mi_rows || col >= self.frame.mi_cols {
            return;
        }
        let txfm_split = tx_size != TxSize::T4x4 && depth != MAX_VARTX_DEPTH && {
            let above = self.above.tx_size[col] < tx_size.width();
            let left = self.left.tx_size[row & 31] < tx_size.height();
            let ctx = txfm_split_ctx(block, tx_size) + usize::from(above) + usize::from(left);
            self.symbols.boolean(&mut self.cdfs.mode.txfm_split[ctx.min(20)])
        };
        if !txfm_split {
            fill(&mut self.above.tx_size, col, tx_size.width4(), tx_size.width());
            fill(&mut self.left.tx_size, row & 31, tx_size.height4(), tx_size.height());
            self.add_leaf(block, row, col, tx_size);
            return;
        }
        let sub = tx_size.split();
        for i in (0..tx_size.height4()).step_by(sub.height4()) {
            for j in (0..tx_size.width4()).step_by(sub.width4()) {
                self.read_var_tx_size(block, row + i, col + j, sub, depth + 1);
            }
        }
    }

    /// read_tx_size( ) (5.11.15).
    fn read_tx_size(&mut self, block: &Block, allow_select: bool) -> TxSize {
        if block.lossless {
            return TxSize::T4x4;
        }
        let size = block.info.mi_size;
        let max_rect_tx_size = size.max_tx_size();
        if size == BlockSize::B4x4 || !allow_select || self.frame.header.tx_mode != TxMode::Select {
            return max_rect_tx_size;
        }
        let ctx = self.tx_depth_ctx(block, max_rect_tx_size);
        let cdfs = &mut self.cdfs.mode;
        let tx_depth = match size.max_tx_depth() {
            depth @ 2..=4 => self.symbols.short_symbol(&mut cdfs.tx_16x16_to_64x64[usize::from(depth - 2)][ctx], 3),
            _ => u32::from(self.symbols.boolean(&mut cdfs.tx_8x8[ctx])),
        };
        (0..tx_depth).fold(max_rect_tx_size, |tx_size, _| tx_size.split())
    }

    /// The context of tx_depth (8.3.2).
    fn tx_depth_ctx(&self, block: &Block, max_rect_tx_size: TxSize) -> usize {
        let length = |available: bool, info: &BlockInfo, units: usize, coded: u8| match (available, info.is_inter) {
            (true, true) => units as u8 * 4,
            (true, false) => coded,
            (false, _) => 0,
        };
        let (above, left) = (&block.above, &block.left);
        let width = length(block.avail_u, above, above.mi_size.width4(), self.above.tx_size[block.mi_col]);
        let height = length(block.avail_l, left, left.mi_size.height4(), self.left.tx_size[block.mi_row & 31]);
        usize::from(width >= max_rect_tx_size.width()) + usize::from(height >= max_rect_tx_size.height())
    }
}

/// The part of txfm_split's context (8.3.2) that neighbours do not change.
fn txfm_split_ctx(block: &Block, tx_size: TxSize) -> usize {
    // TX_4X4 to TX_64X64 by side.
    let max_tx_size = block.bw4.max(block.bh4).min(16).trailing_zeros() as usize;
    let below = tx_size.square_up() as usize != max_tx_size;
    usize::from(below) * 3 + (4 - max_tx_size) * 6
}
