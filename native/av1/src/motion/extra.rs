//! Extra search process (7.10.2.12, 7.10.2.13).

use crate::block::Block;
use crate::headers::RefFrame;
use crate::motion::Mv;
use crate::motion::stack::{MAX_REF_MV_STACK_SIZE, MvStack};
use crate::neighbours::BlockInfo;
use crate::state::Tile;

/// RefIdMvs and RefDiffMvs of one list, with their counts.
#[derive(Debug, Default)]
struct Partial {
    same: [Mv; 2],
    same_count: usize,
    other: [Mv; 2],
    other_count: usize,
}

impl Partial {
    /// combinedMvs (7.10.2.12) of this list: what was found of the same reference, then of others, then the global vector.
    fn combine(&self, global: Mv) -> [Mv; 2] {
        let mut mvs = [global; 2];
        let found = self.same.iter().take(self.same_count).chain(self.other.iter().take(self.other_count));
        for (to, from) in mvs.iter_mut().zip(found) {
            *to = *from;
        }
        mvs
    }
}

impl Tile<'_> {
    /// Extra search process (7.10.2.12).
    pub(super) fn extra_search(&self, block: &Block, stack: &mut MvStack, is_compound: bool) {
        let mut partial = [Partial::default(), Partial::default()];
        let w4 = block.bw4.min(16).min(self.frame.mi_cols - block.mi_col);
        let h4 = block.bh4.min(16).min(self.frame.mi_rows - block.mi_row);
        let num4x4 = w4.min(h4);
        for pass in 0..2 {
            let mut idx = 0;
            while idx < num4x4 && stack.num_mv_found < 2 {
                let (row, col) = (block.mi_row as i32, block.mi_col as i32);
                let (row, col) = if pass == 0 { (row - 1, col + idx as i32) } else { (row + idx as i32, col - 1) };
                let Some(candidate) = self.inside(row, col) else { break };
                if is_compound {
                    self.add_extra_pair(block, &mut partial, candidate);
                } else {
                    self.add_extra_single(block, stack, candidate);
                }
                idx += if pass == 0 { candidate.mi_size.width4() } else { candidate.mi_size.height4() };
            }
        }
        if is_compound {
            combine(stack, &partial);
        } else {
            for idx in stack.num_mv_found..2 {
                stack.mvs[idx][0] = stack.global_mvs[0];
            }
        }
    }

    /// Add extra MV candidate process (7.10.2.13) for two references.
    fn add_extra_pair(&self, block: &Block, partial: &mut [Partial; 2], candidate: &BlockInfo) {
        for cand_list in 0..2 {
            let cand_ref = candidate.ref_frame[cand_list];
            if !cand_ref.is_inter() {
                continue;
            }
            for (list, partial) in partial.iter_mut().enumerate() {
                let mv = candidate.mv[cand_list];
                if cand_ref == block.info.ref_frame[list] && partial.same_count < 2 {
                    partial.same[partial.same_count] = mv;
                    partial.same_count += 1;
                } else if partial.other_count < 2 {
                    partial.other[partial.other_count] = self.turned(mv, cand_ref, block.info.ref_frame[list]);
                    partial.other_count += 1;
                }
            }
        }
    }

    /// Add extra MV candidate process (7.10.2.13) for one reference.
    fn add_extra_single(&self, block: &Block, stack: &mut MvStack, candidate: &BlockInfo) {
        for cand_list in 0..2 {
            let cand_ref = candidate.ref_frame[cand_list];
            if !cand_ref.is_inter() {
                continue;
            }
            let mv = self.turned(candidate.mv[cand_list], cand_ref, block.info.ref_frame[0]);
            let found = stack.num_mv_found.min(MAX_REF_MV_STACK_SIZE - 1);
            if stack.mvs[..found].iter().all(|mvs| mvs[0] != mv) {
                stack.mvs[found][0] = mv;
                stack.weights[found] = 2;
                stack.num_mv_found = found + 1;
            }
        }
    }

    /// A vector to `from`, pointing the way `to` lies (7.10.2.13).
    fn turned(&self, mv: Mv, from: RefFrame, to: RefFrame) -> Mv {
        let bias = &self.frame.header.ref_frame_sign_bias;
        if bias[from.index()] == bias[to.index()] { mv } else { mv.negated() }
    }
}

/// Adds the combined candidates to the stack, which has none or one (7.10.2.12).
fn combine(stack: &mut MvStack, partial: &[Partial; 2]) {
    let lists = [partial[0].combine(stack.global_mvs[0]), partial[1].combine(stack.global_mvs[1])];
    let pairs = [[lists[0][0], lists[1][0]], [lists[0][1], lists[1][1]]];
    if stack.num_mv_found == 1 {
        stack.mvs[1] = if pairs[0] == stack.mvs[0] { pairs[1] } else { pairs[0] };
        stack.weights[1] = 2;
    } else {
        stack.mvs[..2].copy_from_slice(&pairs);
        stack.weights[..2].fill(2);
    }
    stack.num_mv_found = 2;
}
