//! Transform sizes (5.11.15 to 5.11.17).

use crate::block::Block;
use crate::block::leaves::TxLeaf;
use crate::headers::TxMode;
use crate::neighbours::{BlockInfo, fill};
use crate::state::Tile;
use crate::tables::sizes::{
    BLOCK_4X4, MAX_TX_DEPTH, MAX_TX_SIZE_RECT, SPLIT_TX_SIZE, TX_4X4, TX_HEIGHT, TX_SIZE_SQR_UP, TX_WIDTH,
};
use crate::tables::sizes::{NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE};

/// TxSize of a block whose transform size tree was read.
pub const TREE: u8 = u8::MAX;
const MAX_VARTX_DEPTH: u32 = 2;

impl Tile<'_> {
    /// read_block_tx_size( ) (5.11.16).
    pub(super) fn read_block_tx_size(&mut self, block: &mut Block) {
        let info = &block.info;
        let select = self.frame.header.tx_mode == TxMode::Select;
        if select && info.mi_size > BLOCK_4X4 && info.is_inter && !info.skip && !block.lossless {
            let max_tx_size = MAX_TX_SIZE_RECT[usize::from(info.mi_size)];
            let (w4, h4) =
                (usize::from(TX_WIDTH[usize::from(max_tx_size)] >> 2), usize::from(TX_HEIGHT[usize::from(max_tx_size)] >> 2));
            for row in (block.mi_row..block.mi_row + block.bh4).step_by(h4) {
                for col in (block.mi_col..block.mi_col + block.bw4).step_by(w4) {
                    self.read_var_tx_size(block, row, col, max_tx_size, 0);
                }
            }
            block.tx_size = TREE;
            return;
        }
        let allow_select = !info.skip || !info.is_inter;
        block.tx_size = self.read_tx_size(block, allow_select);
        if block.info.is_inter && !block.info.skip && !block.lossless {
            let (w4, h4) =
                (usize::from(TX_WIDTH[usize::from(block.tx_size)] >> 2), usize::from(TX_HEIGHT[usize::from(block.tx_size)] >> 2));
            for row in (block.mi_row..block.mi_row + block.bh4).step_by(h4) {
                for col in (block.mi_col..block.mi_col + block.bw4).step_by(w4) {
                    self.add_leaf(block, row, col, block.tx_size);
                }
            }
        }
    }

    fn add_leaf(&mut self, block: &mut Block, row: usize, col: usize, tx_size: u8) {
        if let Some(leaf) = self.leaves.get_mut(block.leaf_count) {
            *leaf = TxLeaf { row: row as u32, col: col as u32, tx_size };
            block.leaf_count += 1;
        }
    }

    /// read_var_tx_size( ) (5.11.17).
    fn read_var_tx_size(&mut self, block: &mut Block, row: usize, col: usize, tx_size: u8, depth: u32) {
        if row >= self.frame.mi_rows || col >= self.frame.mi_cols {
            return;
        }
        let size = usize::from(tx_size);
        let (w4, h4) = (usize::from(TX_WIDTH[size] >> 2), usize::from(TX_HEIGHT[size] >> 2));
        let txfm_split = tx_size != TX_4X4 && depth != MAX_VARTX_DEPTH && {
            let above = self.above.tx_size[col] < TX_WIDTH[size];
            let left = self.left.tx_size[row & 31] < TX_HEIGHT[size];
            let ctx = txfm_split_ctx(block, tx_size) + usize::from(above) + usize::from(left);
            self.symbols.boolean(&mut self.cdfs.mode.txfm_split[ctx.min(20)])
        };
        if !txfm_split {
            fill(&mut self.above.tx_size, col, w4, TX_WIDTH[size]);
            fill(&mut self.left.tx_size, row & 31, h4, TX_HEIGHT[size]);
            self.add_leaf(block, row, col, tx_size);
            return;
        }
        let sub = SPLIT_TX_SIZE[size];
        let (step_w, step_h) = (usize::from(TX_WIDTH[usize::from(sub)] >> 2), usize::from(TX_HEIGHT[usize::from(sub)] >> 2));
        for i in (0..h4).step_by(step_h) {
            for j in (0..w4).step_by(step_w) {
                self.read_var_tx_size(block, row + i, col + j, sub, depth + 1);
            }
        }
    }

    /// read_tx_size( ) (5.11.15).
    fn read_tx_size(&mut self, block: &Block, allow_select: bool) -> u8 {
        if block.lossless {
            return TX_4X4;
        }
        let size = usize::from(block.info.mi_size);
        let max_rect_tx_size = MAX_TX_SIZE_RECT[size];
        if block.info.mi_size == BLOCK_4X4 || !allow_select || self.frame.header.tx_mode != TxMode::Select {
            return max_rect_tx_size;
        }
        let ctx = self.tx_depth_ctx(block, max_rect_tx_size);
        let cdfs = &mut self.cdfs.mode;
        let tx_depth = match MAX_TX_DEPTH[size] {
            depth @ 2..=4 => self.symbols.symbol_of_four(&mut cdfs.tx_16x16_to_64x64[usize::from(depth - 2)][ctx], 3),
            _ => u32::from(self.symbols.boolean(&mut cdfs.tx_8x8[ctx])),
        };
        (0..tx_depth).fold(max_rect_tx_size, |tx_size, _| SPLIT_TX_SIZE[usize::from(tx_size)])
    }

    /// The context of tx_depth (8.3.2).
    fn tx_depth_ctx(&self, block: &Block, max_rect_tx_size: u8) -> usize {
        let size = |available: bool, info: &BlockInfo, units: &[u8; 22], coded: u8| match (available, info.is_inter) {
            (true, true) => units[usize::from(info.mi_size)] * 4,
            (true, false) => coded,
            (false, _) => 0,
        };
        let above = size(block.avail_u, &block.above, &NUM_4X4_BLOCKS_WIDE, self.above.tx_size[block.mi_col]);
        let left = size(block.avail_l, &block.left, &NUM_4X4_BLOCKS_HIGH, self.left.tx_size[block.mi_row & 31]);
        let max = usize::from(max_rect_tx_size);
        usize::from(above >= TX_WIDTH[max]) + usize::from(left >= TX_HEIGHT[max])
    }
}

/// The part of txfm_split's context (8.3.2) that neighbours do not change.
fn txfm_split_ctx(block: &Block, tx_size: u8) -> usize {
    // TX_4X4 to TX_64X64 by side.
    let max_tx_size = block.bw4.max(block.bh4).min(16).trailing_zeros() as usize;
    let below = usize::from(TX_SIZE_SQR_UP[usize::from(tx_size)]) != max_tx_size;
    usize::from(below) * 3 + (4 - max_tx_size) * 6
}
