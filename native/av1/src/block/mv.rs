//! assign_mv( ), read_mv( ) and read_mv_component( ) (5.11.26, 5.11.31, 5.11.32).

use codecorpus_bitstream::error::Result;

use crate::block::Block;
use crate::modes::InterMode;
use crate::motion::Mv;
use crate::motion::stack::{MAX_REF_MV_STACK_SIZE, MvStack};
use crate::state::Tile;

/// MV_INTRABC_CONTEXT (section 3).
const MV_INTRABC_CONTEXT: usize = 1;
const INTRABC_DELAY_PIXELS: i32 = 256;
const INTRABC_DELAY_SB64: i32 = 4;

impl Tile<'_> {
    /// assign_mv( ) (5.11.26).
    pub(super) fn assign_mv(&mut self, block: &mut Block, mode: InterMode, stack: &MvStack, ref_mv_idx: usize) -> Result<()> {
        let lists = 1 + usize::from(block.info.ref_frame[1].is_inter());
        for (list, mode) in mode.of_lists().into_iter().enumerate().take(lists) {
            if mode == InterMode::Global {
                block.info.mv[list] = stack.global_mvs[list];
            } else {
                let first = mode == InterMode::Nearest || mode == InterMode::New && stack.num_mv_found <= 1;
                let pos = if first { 0 } else { ref_mv_idx };
                block.info.mv[list] = stack.mvs[pos & (MAX_REF_MV_STACK_SIZE - 1)][list];
            }
            if mode == InterMode::New {
                block.info.mv[list] = self.read_mv(block.info.mv[list], 0)?;
            } else {
                self.check_mv(block.info.mv[list])?;
            }
        }
        Ok(())
    }

    /// assign_mv( ) (5.11.26) where use_intrabc is 1.
    pub(super) fn assign_intrabc_mv(&mut self, block: &mut Block, stack: &MvStack) -> Result<()> {
        let mut pred_mv = stack.mvs[0][0];
        if pred_mv == Mv::default() {
            pred_mv = stack.mvs[1][0];
        }
        if pred_mv == Mv::default() {
            let sb_size4 = if self.frame.sequence.use_128x128_superblock { 32 } else { 16 };
            if (block.mi_row as i32) - sb_size4 < self.bounds.mi_row_start as i32 {
                pred_mv.col = (-(sb_size4 * 4 + INTRABC_DELAY_PIXELS) * 8) as i16;
            } else {
                pred_mv.row = (-(sb_size4 * 4 * 8)) as i16;
            }
        }
        block.info.mv[0] = self.read_mv(pred_mv, MV_INTRABC_CONTEXT)?;
        if self.is_intrabc_mv_valid(block) {
            Ok(())
        } else {
            Err(self.malformed("mv", "an intra block copy from where nothing was decoded yet"))
        }
    }

    /// The bound of is_mv_valid( ) (6.10.25).
    fn check_mv(&self, mv: Mv) -> Result<()> {
        if i32::from(mv.row).abs() >= 1 << 14 || i32::from(mv.col).abs() >= 1 << 14 {
            return Err(self.malformed("mv", "a vector of 2048 samples or more"));
        }
        Ok(())
    }

    /// read_mv( ) (5.11.31).
    fn read_mv(&mut self, pred_mv: Mv, ctx: usize) -> Result<Mv> {
        let mv_joint = self.symbols.short_symbol(&mut self.cdfs.mode.mv_joint[ctx], 4);
        let row = if mv_joint >= 2 { self.read_mv_component(ctx, 0) } else { 0 };
        let col = if mv_joint & 1 == 1 { self.read_mv_component(ctx, 1) } else { 0 };
        let (row, col) = (i32::from(pred_mv.row) + row, i32::from(pred_mv.col) + col);
        if row.abs() >= 1 << 14 || col.abs() >= 1 << 14 {
            return Err(self.malformed("mv", "a vector of 2048 samples or more"));
        }
        Ok(Mv { row: row as i16, col: col as i16 })
    }

    /// read_mv_component( ) (5.11.32).
    fn read_mv_component(&mut self, ctx: usize, comp: usize) -> i32 {
        let header = &self.frame.header;
        let (integer, high_precision) = (header.force_integer_mv, header.allow_high_precision_mv);
        let cdfs = &mut self.cdfs.mode;
        let symbols = &mut self.symbols;
        let mv_sign = symbols.boolean(&mut cdfs.mv_sign[ctx][comp]);
        let mv_class = symbols.symbol(&mut cdfs.mv_class[ctx][comp], 11);
        let mag = if mv_class == 0 {
            let bit = symbols.boolean(&mut cdfs.mv_class0_bit[ctx][comp]);
            let fr = if integer { 3 } else { symbols.short_symbol(&mut cdfs.mv_class0_fr[ctx][comp][usize::from(bit)], 4) };
            let hp = !high_precision || symbols.boolean(&mut cdfs.mv_class0_hp[ctx][comp]);
            (u32::from(bit) << 3 | fr << 1 | u32::from(hp)) + 1
        } else {
            let mut d = 0;
            for i in 0..mv_class.min(10) {
                d |= u32::from(symbols.boolean(&mut cdfs.mv_bit[ctx][comp][i as usize])) << i;
            }
            let fr = if integer { 3 } else { symbols.short_symbol(&mut cdfs.mv_fr[ctx][comp], 4) };
            let hp = !high_precision || symbols.boolean(&mut cdfs.mv_hp[ctx][comp]);
            (2 << (mv_class + 2)) + (d << 3 | fr << 1 | u32::from(hp)) + 1
        };
        if mv_sign { -(mag as i32) } else { mag as i32 }
    }

    /// is_mv_valid( ) (6.10.25) where use_intrabc is 1.
    fn is_intrabc_mv_valid(&self, block: &Block) -> bool {
        let mv = block.info.mv[0];
        if mv.row & 7 != 0 || mv.col & 7 != 0 {
            return false;
        }
        let (bw, bh) = (block.bw4 as i32 * 4, block.bh4 as i32 * 4);
        let (mi_row, mi_col) = (block.mi_row as i32, block.mi_col as i32);
        let mut top = mi_row * 4 + i32::from(mv.row >> 3);
        let mut left = mi_col * 4 + i32::from(mv.col >> 3);
        let (bottom, right) = (top + bh, left + bw);
        if block.has_chroma {
            if bw < 8 && self.frame.subsampling_x == 1 {
                left -= 4;
            }
            if bh < 8 && self.frame.subsampling_y == 1 {
                top -= 4;
            }
        }
        if top < self.bounds.mi_row_start as i32 * 4
            || left < self.bounds.mi_col_start as i32 * 4
            || bottom > self.bounds.mi_row_end as i32 * 4
            || right > self.bounds.mi_col_end as i32 * 4
        {
            return false;
        }
        let large = self.frame.sequence.use_128x128_superblock;
        let sb_h = if large { 128 } else { 64 };
        let active_sb_row = mi_row * 4 / sb_h;
        let active_sb64_col = (mi_col * 4) >> 6;
        let src_sb_row = (bottom - 1) / sb_h;
        let src_sb64_col = (right - 1) >> 6;
        let total_sb64_per_row = ((self.bounds.mi_col_end as i32 - self.bounds.mi_col_start as i32 - 1) >> 4) + 1;
        let active_sb64 = active_sb_row * total_sb64_per_row + active_sb64_col;
        let src_sb64 = src_sb_row * total_sb64_per_row + src_sb64_col;
        let gradient = 1 + INTRABC_DELAY_SB64 + i32::from(large);
        let wf_offset = gradient * (active_sb_row - src_sb_row);
        src_sb64 < active_sb64 - INTRABC_DELAY_SB64
            && src_sb_row <= active_sb_row
            && src_sb64_col < active_sb64_col - INTRABC_DELAY_SB64 + wf_offset
    }
}
