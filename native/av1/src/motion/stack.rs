//! Find MV stack process (7.10.2): the candidates for a block's vectors, and the contexts that follow from them.

use crate::block::Block;
use crate::headers::{GmType, RefFrame};
use crate::modes::InterMode;
use crate::motion::Mv;
use crate::neighbours::BlockInfo;
use crate::state::Tile;

/// MAX_REF_MV_STACK_SIZE (section 3).
pub(crate) const MAX_REF_MV_STACK_SIZE: usize = 8;
/// REF_CAT_LEVEL (section 3).
const REF_CAT_LEVEL: u16 = 640;
/// MV_BORDER (section 3).
const MV_BORDER: i32 = 128;

/// RefStackMv and what else the process leaves behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct MvStack {
    /// RefStackMv.
    pub(crate) mvs: [[Mv; 2]; MAX_REF_MV_STACK_SIZE],
    /// WeightStack.
    pub(crate) weights: [u16; MAX_REF_MV_STACK_SIZE],
    /// NumMvFound.
    pub(crate) num_mv_found: usize,
    /// GlobalMvs.
    pub(crate) global_mvs: [Mv; 2],
    pub(crate) new_mv_context: u8,
    pub(crate) ref_mv_context: u8,
    pub(crate) zero_mv_context: u8,
    /// DrlCtxStack.
    pub(crate) drl_ctx_stack: [u8; MAX_REF_MV_STACK_SIZE],
    new_mv_count: u32,
    found_match: bool,
}

impl MvStack {
    /// Adds weight to a candidate that is on the stack, or puts it there, where there is room (7.10.2.6, 7.10.2.8, 7.10.2.9). Of a single reference the second
    /// vector is 0.
    #[inline(always)]
    pub(super) fn add(&mut self, candidate: [Mv; 2], weight: u16) -> Option<usize> {
        let word = |mvs: [Mv; 2]| mvs[0].word() | mvs[1].word() << 32;
        let found = self.num_mv_found.min(MAX_REF_MV_STACK_SIZE);
        for idx in 0..found {
            if word(self.mvs[idx]) == word(candidate) {
                self.weights[idx] = self.weights[idx].wrapping_add(weight);
                return Some(idx);
            }
        }
        if found == MAX_REF_MV_STACK_SIZE {
            return None;
        }
        self.mvs[found] = candidate;
        self.weights[found] = weight;
        self.num_mv_found = found + 1;
        Some(found)
    }

    fn take_match(&mut self) -> bool {
        std::mem::take(&mut self.found_match)
    }

    /// Sorting process (7.10.2.11): stable, by weight, of `start..end`.
    fn sort(&mut self, start: usize, end: usize) {
        let end = end.min(MAX_REF_MV_STACK_SIZE);
        for i in start + 1..end {
            let (weight, mvs) = (self.weights[i], self.mvs[i]);
            let mut to = i;
            while to > start && self.weights[to - 1] < weight {
                self.weights[to] = self.weights[to - 1];
                self.mvs[to] = self.mvs[to - 1];
                to -= 1;
            }
            self.weights[to] = weight;
            self.mvs[to] = mvs;
        }
    }
}

impl Tile<'_> {
    /// Find MV stack process (7.10.2).
    pub(crate) fn find_mv_stack(&mut self, block: &Block) -> MvStack {
        let is_compound = block.info.ref_frame[1].is_inter();
        let mut stack = MvStack::default();
        stack.global_mvs[0] = self.setup_global_mv(block, block.info.ref_frame[0]);
        if is_compound {
            stack.global_mvs[1] = self.setup_global_mv(block, block.info.ref_frame[1]);
        }
        self.scan_row(block, &mut stack, -1);
        let mut found_above = stack.take_match();
        self.scan_col(block, &mut stack, -1);
        let mut found_left = stack.take_match();
        if block.bw4.max(block.bh4) <= 16 {
            self.scan_point(block, &mut stack, -1, block.bw4 as i32);
        }
        found_above |= stack.take_match();
        let close_matches = u8::from(found_above) + u8::from(found_left);
        let num_nearest = stack.num_mv_found;
        let num_new = stack.new_mv_count;
        for weight in &mut stack.weights[..num_nearest.min(MAX_REF_MV_STACK_SIZE)] {
            *weight = weight.wrapping_add(REF_CAT_LEVEL);
        }
        if self.frame.header.use_ref_frame_mvs {
            self.temporal_scan(block, &mut stack, is_compound);
        }
        self.scan_point(block, &mut stack, -1, -1);
        found_above |= stack.take_match();
        self.scan_row(block, &mut stack, -3);
        found_above |= stack.take_match();
        self.scan_col(block, &mut stack, -3);
        found_left |= stack.take_match();
        if block.bh4 > 1 {
            self.scan_row(block, &mut stack, -5);
        }
        found_above |= stack.take_match();
        if block.bw4 > 1 {
            self.scan_col(block, &mut stack, -5);
        }
        found_left |= stack.take_match();
        let total_matches = u8::from(found_above) + u8::from(found_left);
        stack.sort(0, num_nearest);
        stack.sort(num_nearest, stack.num_mv_found);
        if stack.num_mv_found < 2 {
            self.extra_search(block, &mut stack, is_compound);
        }
        self.set_contexts(block, &mut stack, close_matches, total_matches, num_new > 0);
        stack
    }

    /// Scan row process (7.10.2.2).
    fn scan_row(&self, block: &Block, stack: &mut MvStack, delta_row: i32) {
        let bw4 = block.bw4;
        let end4 = bw4.min(self.frame.mi_cols - block.mi_col).min(16);
        let far = delta_row < -1;
        let (mut row, mut col) = (block.mi_row as i32 + delta_row, block.mi_col);
        if far {
            row += (block.mi_row & 1) as i32;
            col += 1 - (block.mi_col & 1);
        }
        if row < self.bounds.mi_row_start as i32 {
            return;
        }
        let least = if bw4 >= 16 { 4 } else { 1 + usize::from(far) };
        let mut i = 0;
        while i < end4 {
            if col + i >= self.bounds.mi_col_end {
                break;
            }
            let Some(candidate) = self.map.get(row as usize, col + i) else { break };
            let len = bw4.min(candidate.mi_size.width4()).max(least);
            self.add_ref_mv_candidate(block, stack, candidate, len as u16 * 2);
            i += len;
        }
    }

    /// Scan col process (7.10.2.3).
    fn scan_col(&self, block: &Block, stack: &mut MvStack, delta_col: i32) {
        let bh4 = block.bh4;
        let end4 = bh4.min(self.frame.mi_rows - block.mi_row).min(16);
        let far = delta_col < -1;
        let (mut row, mut col) = (block.mi_row, block.mi_col as i32 + delta_col);
        if far {
            row += 1 - (block.mi_row & 1);
            col += (block.mi_col & 1) as i32;
        }
        if col < self.bounds.mi_col_start as i32 {
            return;
        }
        let least = if bh4 >= 16 { 4 } else { 1 + usize::from(far) };
        let mut i = 0;
        while i < end4 {
            if row + i >= self.bounds.mi_row_end {
                break;
            }
            let Some(candidate) = self.map.get(row + i, col as usize) else { break };
            let len = bh4.min(candidate.mi_size.height4()).max(least);
            self.add_ref_mv_candidate(block, stack, candidate, len as u16 * 2);
            i += len;
        }
    }

    /// Scan point process (7.10.2.4).
    fn scan_point(&self, block: &Block, stack: &mut MvStack, delta_row: i32, delta_col: i32) {
        if let Some(candidate) = self.inside(block.mi_row as i32 + delta_row, block.mi_col as i32 + delta_col) {
            self.add_ref_mv_candidate(block, stack, candidate, 4);
        }
    }

    /// Add reference motion vector process (7.10.2.7).
    #[inline(always)]
    fn add_ref_mv_candidate(&self, block: &Block, stack: &mut MvStack, candidate: &BlockInfo, weight: u16) {
        if !candidate.is_inter {
            return;
        }
        if block.info.ref_frame[1].is_inter() {
            if candidate.ref_frame == block.info.ref_frame {
                self.compound_search_stack(block, stack, candidate, weight);
            }
            return;
        }
        for list in 0..2 {
            if candidate.ref_frame[list] == block.info.ref_frame[0] {
                self.search_stack(block, stack, candidate, list, weight);
            }
        }
    }

    /// Search stack process (7.10.2.8). Vectors of the frame that is read have its precision: there is nothing to lower.
    #[inline]
    fn search_stack(&self, block: &Block, stack: &mut MvStack, candidate: &BlockInfo, list: usize, weight: u16) {
        let size = candidate.mi_size;
        let large = size.width4().min(size.height4()) >= 2;
        let is_global = candidate.is_global() && large && self.warps_globally(block.info.ref_frame[0]);
        let mv = if is_global { stack.global_mvs[0] } else { candidate.mv[list] };
        stack.new_mv_count += u32::from(candidate.has_new());
        stack.found_match = true;
        stack.add([mv, Mv::default()], weight);
    }

    /// Compound search stack process (7.10.2.9).
    #[inline]
    fn compound_search_stack(&self, block: &Block, stack: &mut MvStack, candidate: &BlockInfo, weight: u16) {
        let mut mvs = candidate.mv;
        if candidate.inter_mode == Some(InterMode::GlobalGlobal) {
            for (list, mv) in mvs.iter_mut().enumerate() {
                if self.warps_globally(block.info.ref_frame[list]) {
                    *mv = stack.global_mvs[list];
                }
            }
        }
        stack.found_match = true;
        stack.add(mvs, weight);
        stack.new_mv_count += u32::from(candidate.has_new());
    }

    /// Whether GmType is more than TRANSLATION (7.10.2.8, 7.10.2.9).
    fn warps_globally(&self, ref_frame: RefFrame) -> bool {
        ref_frame.is_inter() && self.frame.header.gm_type[ref_frame.index()] > GmType::Translation
    }

    /// Context and clamping process (7.10.2.14).
    fn set_contexts(&self, block: &Block, stack: &mut MvStack, close_matches: u8, total_matches: u8, any_new: bool) {
        let found = stack.num_mv_found.min(MAX_REF_MV_STACK_SIZE);
        for idx in 0..found {
            let mut context = 0;
            if let Some(&next) = stack.weights[..found].get(idx + 1) {
                context = if stack.weights[idx] < REF_CAT_LEVEL { 2 } else { u8::from(next < REF_CAT_LEVEL) };
            }
            stack.drl_ctx_stack[idx] = context;
            stack.mvs[idx] = stack.mvs[idx].map(|mv| self.clamp_mv(block, mv));
        }
        let new = u8::from(any_new);
        (stack.new_mv_context, stack.ref_mv_context) = match close_matches {
            0 => (total_matches.min(1), total_matches),
            1 => (3 - new, 2 + total_matches),
            _ => (5 - new, 5),
        };
    }

    /// clamp_mv_row( ) and clamp_mv_col( ) (5.11.53, 5.11.54) with the border that 7.10.2.14 gives.
    fn clamp_mv(&self, block: &Block, mv: Mv) -> Mv {
        let clamp = |v: i16, at: usize, units: usize, all: usize| {
            let border = MV_BORDER + units as i32 * 32;
            let low = -(at as i32 * 32) - border;
            let high = (all as i32 - units as i32 - at as i32) * 32 + border;
            i32::from(v).clamp(low, high.max(low)) as i16
        };
        Mv {
            row: clamp(mv.row, block.mi_row, block.bh4, self.frame.mi_rows),
            col: clamp(mv.col, block.mi_col, block.bw4, self.frame.mi_cols),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(weights: &[u16]) -> MvStack {
        let mut stack = MvStack::default();
        for (i, &weight) in weights.iter().enumerate() {
            stack.add([Mv { row: i as i16, col: 0 }, Mv::default()], weight);
        }
        stack
    }

    #[test]
    fn equal_vectors_share_their_weight() {
        let mut stack = stack(&[4, 2]);
        let first = Mv { row: 0, col: 0 };
        assert_eq!(stack.add([first, Mv::default()], 3), Some(0));
        assert_eq!(stack.add([first, Mv { row: 9, col: 9 }], 5), Some(2));
        assert_eq!((stack.num_mv_found, &stack.weights[..3]), (3, &[7, 2, 5][..]));
    }

    #[test]
    fn a_full_stack_takes_no_more() {
        let mut stack = stack(&[1; 8]);
        assert_eq!(stack.add([Mv { row: 100, col: 0 }, Mv::default()], 1), None);
        assert_eq!(stack.num_mv_found, 8);
    }

    #[test]
    fn sorting_is_stable_and_keeps_to_its_part() {
        let mut stack = stack(&[2, 4, 4, 9, 1, 7]);
        stack.sort(0, 3);
        stack.sort(3, 6);
        let rows: Vec<i16> = stack.mvs[..6].iter().map(|mvs| mvs[0].row).collect();
        assert_eq!(rows, [1, 2, 0, 3, 5, 4]);
    }
}
