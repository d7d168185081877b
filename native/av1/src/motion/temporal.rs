//! Temporal scan and temporal sample processes (7.10.2.5, 7.10.2.6).

use crate::block::Block;
use crate::motion::Mv;
use crate::motion::field::{Projectable, get_mv_projection};
use crate::motion::stack::{MAX_REF_MV_STACK_SIZE, MvStack};
use crate::state::Tile;

/// The unit that was sampled last, and where its vectors are on the stack: neighbouring units often hold the same.
#[derive(Debug, Default)]
struct LastSample {
    /// 0 before the first one.
    unit: u64,
    on_stack: Option<usize>,
}

impl Tile<'_> {
    /// Temporal scan process (7.10.2.5).
    ///
    /// Samples lie at odd rows and columns: in units of 8x8, one or two units apart.
    pub(super) fn temporal_scan(&self, block: &Block, stack: &mut MvStack, is_compound: bool) {
        let (bw4, bh4) = (block.bw4, block.bh4);
        let mut last = LastSample::default();
        let step = |units: usize| if units >= 16 { 2 } else { 1 };
        let (y8, x8) = (block.mi_row >> 1, block.mi_col >> 1);
        let y8_end = (y8 + bh4.min(16).div_ceil(2)).min(self.bounds.mi_row_end >> 1);
        let x8_end = (x8 + bw4.min(16).div_ceil(2)).min(self.bounds.mi_col_end >> 1);
        stack.zero_mv_context = 1;
        let mut here = true;
        for y8 in (y8..y8_end).step_by(step(bh4)) {
            let Some(units) = self.frame.motion_field.row(y8).get(x8..x8_end) else { break };
            for &unit in units.iter().step_by(step(bw4)) {
                self.add_tpl_ref_mv(block, stack, &mut last, unit, here, is_compound);
                here = false;
            }
        }
        if (2..16).contains(&bh4) && (2..16).contains(&bw4) {
            let (w, h) = (bw4 as i32, bh4 as i32);
            for (delta_row, delta_col) in [(h, -2), (h, w), (h - 2, w)] {
                // check_sb_border( )
                let row = (block.mi_row & 15) as i32 + delta_row;
                let col = (block.mi_col & 15) as i32 + delta_col;
                if (0..16).contains(&row) && (0..16).contains(&col) {
                    let (row, col) = ((block.mi_row as i32 + delta_row) | 1, (block.mi_col as i32 + delta_col) | 1);
                    if self.is_inside(row, col)
                        && let Some(&unit) = self.frame.motion_field.row(row as usize >> 1).get(col as usize >> 1)
                    {
                        self.add_tpl_ref_mv(block, stack, &mut last, unit, false, is_compound);
                    }
                }
            }
        }
    }

    /// Temporal sample process (7.10.2.6); `here` at the block's own position.
    #[inline(always)]
    fn add_tpl_ref_mv(
        &self,
        block: &Block,
        stack: &mut MvStack,
        last: &mut LastSample,
        unit: Projectable,
        here: bool,
        is_compound: bool,
    ) {
        if !unit.is_valid() {
            return;
        }
        if last.unit == unit.word() {
            if let Some(idx) = last.on_stack {
                stack.weights[idx & (MAX_REF_MV_STACK_SIZE - 1)] += 2;
            }
            return;
        }
        let candidate = self.project_to(block, unit, is_compound);
        if here {
            let far = |list: usize| {
                let (mv, global) = (candidate[list], stack.global_mvs[list]);
                (i32::from(mv.row) - i32::from(global.row)).abs() >= 16 || (i32::from(mv.col) - i32::from(global.col)).abs() >= 16
            };
            stack.zero_mv_context = u8::from(far(0) || is_compound && far(1));
        }
        *last = LastSample { unit: unit.word(), on_stack: stack.add(candidate, 2) };
    }

    /// MotionFieldMvs of the block's references at one unit (7.9.2, 7.9.3).
    #[inline(never)]
    fn project_to(&self, block: &Block, unit: Projectable, is_compound: bool) -> [Mv; 2] {
        let project = |list: usize| {
            let ref_to_dst = self.frame.refs[block.info.ref_frame[list].index()].distance;
            get_mv_projection(unit.mv, ref_to_dst, unit.ref_offset as i32).lower_precision(&self.frame.header)
        };
        [project(0), if is_compound { project(1) } else { Mv::default() }]
    }
}
