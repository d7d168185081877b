//! Temporal scan and temporal sample processes (7.10.2.5, 7.10.2.6).

use crate::block::Block;
use crate::motion::Mv;
use crate::motion::field::{Projectable, get_mv_projection};
use crate::motion::stack::MvStack;
use crate::tile::Tile;

impl Tile<'_> {
    /// Temporal scan process (7.10.2.5).
    pub(super) fn temporal_scan(&self, block: &Block, stack: &mut MvStack, is_compound: bool) {
        let (bw4, bh4) = (block.bw4, block.bh4);
        // Neighbouring units often hold the same vector.
        let mut last = None;
        let step = |units: usize| if units >= 16 { 4 } else { 2 };
        for delta_row in (0..bh4.min(16)).step_by(step(bh4)) {
            for delta_col in (0..bw4.min(16)).step_by(step(bw4)) {
                self.add_tpl_ref_mv(block, stack, &mut last, (delta_row as i32, delta_col as i32), is_compound);
            }
        }
        if (2..16).contains(&bh4) && (2..16).contains(&bw4) {
            let (w, h) = (bw4 as i32, bh4 as i32);
            for (delta_row, delta_col) in [(h, -2), (h, w), (h - 2, w)] {
                // check_sb_border( )
                let row = (block.mi_row & 15) as i32 + delta_row;
                let col = (block.mi_col & 15) as i32 + delta_col;
                if (0..16).contains(&row) && (0..16).contains(&col) {
                    self.add_tpl_ref_mv(block, stack, &mut last, (delta_row, delta_col), is_compound);
                }
            }
        }
    }

    /// Temporal sample process (7.10.2.6).
    fn add_tpl_ref_mv(
        &self,
        block: &Block,
        stack: &mut MvStack,
        last: &mut Option<(Projectable, [Mv; 2])>,
        (delta_row, delta_col): (i32, i32),
        is_compound: bool,
    ) {
        let row = (block.mi_row as i32 + delta_row) | 1;
        let col = (block.mi_col as i32 + delta_col) | 1;
        if !self.is_inside(row, col) {
            return;
        }
        let here = delta_row == 0 && delta_col == 0;
        if here {
            stack.zero_mv_context = 1;
        }
        let Some(unit) = self.frame.motion_field.get(row as usize >> 1, col as usize >> 1) else { return };
        let candidate = match last {
            Some((last, candidate)) if *last == unit => *candidate,
            _ => self.project_to(block, unit, is_compound),
        };
        *last = Some((unit, candidate));
        if here {
            let far = |list: usize| {
                let (mv, global) = (candidate[list], stack.global_mvs[list]);
                (i32::from(mv.row) - i32::from(global.row)).abs() >= 16 || (i32::from(mv.col) - i32::from(global.col)).abs() >= 16
            };
            stack.zero_mv_context = u8::from(far(0) || is_compound && far(1));
        }
        stack.add(candidate, 2, is_compound);
    }

    /// MotionFieldMvs of the block's references at one unit.
    fn project_to(&self, block: &Block, unit: Projectable, is_compound: bool) -> [Mv; 2] {
        let project = |list: usize| {
            let ref_to_dst = self.frame.refs[(block.info.ref_frame[list] & 7) as usize].distance;
            get_mv_projection(unit.mv, ref_to_dst, i32::from(unit.ref_offset)).lower_precision(&self.frame.header)
        };
        [project(0), if is_compound { project(1) } else { Mv::default() }]
    }
}
