//! What overlapped and warped prediction find around a block (7.10.3, 7.10.4).

use crate::block::Block;
use crate::headers::RefFrame;
use crate::state::Tile;

impl Tile<'_> {
    /// Has overlappable candidates process (7.10.3).
    pub(crate) fn has_overlappable_candidates(&self, block: &Block) -> bool {
        let is_inter = |row: usize, col: usize| self.map.get(row, col).is_some_and(|info| info.ref_frame[0].is_inter());
        let (row, col) = (block.mi_row, block.mi_col);
        let columns = col..self.frame.mi_cols.min(col + block.bw4);
        let rows = row..self.frame.mi_rows.min(row + block.bh4);
        block.avail_u && columns.step_by(2).any(|x4| is_inter(row - 1, x4 | 1))
            || block.avail_l && rows.step_by(2).any(|y4| is_inter(y4 | 1, col - 1))
    }

    /// Find warp samples process (7.10.4): whether NumSamples is above 0. It is as soon as one sample was scanned.
    pub(crate) fn has_warp_samples(&self, block: &Block) -> bool {
        let (row, col) = (block.mi_row as i32, block.mi_col as i32);
        let (mut do_top_left, mut do_top_right) = (true, true);
        if let Some(above) = self.inside(row - 1, col) {
            let width = above.mi_size.width4();
            if block.bw4 <= width {
                let before = block.mi_col & (width - 1);
                do_top_left &= before == 0;
                do_top_right &= width - before <= block.bw4;
                if self.is_sample(block, -1, 0) {
                    return true;
                }
            } else if self.any_sample_above(block) {
                return true;
            }
        }
        if let Some(left) = self.inside(row, col - 1) {
            let height = left.mi_size.height4();
            if block.bh4 <= height {
                do_top_left &= block.mi_row & (height - 1) == 0;
                if self.is_sample(block, 0, -1) {
                    return true;
                }
            } else if self.any_sample_left(block) {
                return true;
            }
        }
        do_top_left && self.is_sample(block, -1, -1)
            || do_top_right && block.bw4.max(block.bh4) <= 16 && self.is_sample(block, -1, block.bw4 as i32)
    }

    /// The scan above a block that is wider than the one there (7.10.4.1).
    fn any_sample_above(&self, block: &Block) -> bool {
        let end = block.bw4.min(self.frame.mi_cols - block.mi_col);
        let mut i = 0;
        while i < end {
            let Some(above) = self.inside(block.mi_row as i32 - 1, (block.mi_col + i) as i32) else { return false };
            if self.is_sample(block, -1, i as i32) {
                return true;
            }
            i += above.mi_size.width4().min(block.bw4);
        }
        false
    }

    /// The scan to the left of a block that is higher than the one there (7.10.4.1).
    fn any_sample_left(&self, block: &Block) -> bool {
        let end = block.bh4.min(self.frame.mi_rows - block.mi_row);
        let mut i = 0;
        while i < end {
            let Some(left) = self.inside((block.mi_row + i) as i32, block.mi_col as i32 - 1) else { return false };
            if self.is_sample(block, i as i32, -1) {
                return true;
            }
            i += left.mi_size.height4().min(block.bh4);
        }
        false
    }

    /// Add sample process (7.10.4.2): whether it scans the candidate.
    fn is_sample(&self, block: &Block, delta_row: i32, delta_col: i32) -> bool {
        let candidate = self.inside(block.mi_row as i32 + delta_row, block.mi_col as i32 + delta_col);
        candidate.is_some_and(|candidate| candidate.ref_frame == [block.info.ref_frame[0], RefFrame::None])
    }
}
