//! Segment ids (5.11.8, 5.11.9, 5.11.19, 5.11.21).

use codecorpus_bitstream::error::Result;

use crate::block::Block;
use crate::neighbours::fill;
use crate::state::Tile;

impl Tile<'_> {
    /// intra_segment_id( ) (5.11.8).
    pub(super) fn intra_segment_id(&mut self, block: &mut Block) -> Result<()> {
        if self.frame.header.segmentation_params.segmentation_enabled {
            self.read_segment_id(block)?;
        }
        Ok(())
    }

    /// inter_segment_id( ) (5.11.19).
    pub(super) fn inter_segment_id(&mut self, block: &mut Block, pre_skip: bool) -> Result<()> {
        let params = &self.frame.header.segmentation_params;
        if !params.segmentation_enabled {
            return Ok(());
        }
        if !params.segmentation_update_map {
            block.info.segment_id = self.get_segment_id(block);
            return Ok(());
        }
        if pre_skip && !params.seg_id_pre_skip {
            block.info.segment_id = 0;
            return Ok(());
        }
        if !pre_skip && block.info.skip {
            self.set_seg_pred_context(block, 0);
            return self.read_segment_id(block);
        }
        if !params.segmentation_temporal_update {
            return self.read_segment_id(block);
        }
        let ctx = self.left.seg_pred[block.mi_row & 31] + self.above.seg_pred[block.mi_col];
        let seg_id_predicted = self.symbols.boolean(&mut self.cdfs.mode.segment_id_predicted[usize::from(ctx.min(2))]);
        if seg_id_predicted {
            block.info.segment_id = self.get_segment_id(block);
        } else {
            self.read_segment_id(block)?;
        }
        self.set_seg_pred_context(block, u8::from(seg_id_predicted));
        Ok(())
    }

    /// AboveSegPredContext and LeftSegPredContext (5.11.19).
    fn set_seg_pred_context(&mut self, block: &Block, value: u8) {
        fill(&mut self.above.seg_pred, block.mi_col, block.bw4, value);
        fill(&mut self.left.seg_pred, block.mi_row & 31, block.bh4, value);
    }

    /// get_segment_id( ) (5.11.21).
    fn get_segment_id(&self, block: &Block) -> u8 {
        let Some(previous) = &self.frame.prev_segment_ids else { return 0 };
        let (cols, rows) = (block.cols(self.frame), block.rows(self.frame));
        let lines = previous.chunks_exact(self.frame.mi_cols).skip(block.mi_row).take(rows);
        lines
            .filter_map(|line| line.get(block.mi_col..block.mi_col + cols)?.iter().min().copied())
            .min()
            .map_or(0, |id| id.min(7))
    }

    /// read_segment_id( ) (5.11.9).
    fn read_segment_id(&mut self, block: &mut Block) -> Result<()> {
        let prev_u = if block.avail_u { i32::from(block.above.segment_id) } else { -1 };
        let prev_l = if block.avail_l { i32::from(block.left.segment_id) } else { -1 };
        let corner = if block.avail_u && block.avail_l { self.map.get(block.mi_row - 1, block.mi_col - 1) } else { None };
        let prev_ul = corner.map_or(-1, |info| i32::from(info.segment_id));
        let pred = match (prev_u, prev_l) {
            (-1, -1) => 0,
            (-1, left) => left,
            (above, -1) => above,
            (above, left) => {
                if prev_ul == above {
                    above
                } else {
                    left
                }
            }
        };
        if block.info.skip {
            block.info.segment_id = pred as u8;
            return Ok(());
        }
        let ctx = if prev_ul < 0 {
            0
        } else if prev_ul == prev_u && prev_ul == prev_l {
            2
        } else {
            usize::from(prev_ul == prev_u || prev_ul == prev_l || prev_u == prev_l)
        };
        let symbol = self.symbols.symbol(&mut self.cdfs.mode.segment_id[ctx], 8) as i32;
        let last = i32::from(self.frame.header.segmentation_params.last_active_seg_id);
        let segment_id = neg_deinterleave(symbol, pred, last + 1);
        if !(0..=last).contains(&segment_id) {
            return Err(self.malformed("segment_id", "it is above LastActiveSegId"));
        }
        block.info.segment_id = segment_id as u8;
        Ok(())
    }
}

/// neg_deinterleave( ) (5.11.9).
fn neg_deinterleave(diff: i32, reference: i32, max: i32) -> i32 {
    if reference == 0 {
        return diff;
    }
    if reference >= max - 1 {
        return max - diff - 1;
    }
    let around = if diff & 1 == 1 { reference + ((diff + 1) >> 1) } else { reference - (diff >> 1) };
    if 2 * reference < max {
        if diff <= 2 * reference { around } else { diff }
    } else if diff <= 2 * (max - reference - 1) {
        around
    } else {
        max - (diff + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_id_has_one_code() {
        for max in 1..=8 {
            for reference in 0..max {
                let mut ids: Vec<i32> = (0..max).map(|diff| neg_deinterleave(diff, reference, max)).collect();
                assert_eq!(ids[0], if reference == 0 { 0 } else { reference });
                ids.sort_unstable();
                assert_eq!(ids, (0..max).collect::<Vec<_>>());
            }
        }
    }
}
