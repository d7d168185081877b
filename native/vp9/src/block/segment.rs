//! intra_segment_id( ), inter_segment_id( ) and get_segment_id( ) (6.4.7, 6.4.12, 6.4.14).

use super::Block;
use crate::entropy::trees::SEGMENT_TREE;
use crate::neighbours::{Modes, fill};
use crate::state::Tile;

impl Tile<'_> {
    /// intra_segment_id( ) (6.4.7).
    pub(super) fn intra_segment_id(&mut self, block: &mut Block) {
        let segmentation = &self.frame.header.segmentation;
        if segmentation.enabled && segmentation.update_map {
            block.segment_id = self.bools.tree(&SEGMENT_TREE, &segmentation.tree_probs);
            self.keep_segment_id(block);
        }
    }

    /// inter_segment_id( ) (6.4.12).
    pub(super) fn inter_segment_id(&mut self, block: &mut Block) {
        let segmentation = &self.frame.header.segmentation;
        if !segmentation.enabled {
            return;
        }
        if !segmentation.update_map {
            block.segment_id = self.predicted_segment_id(block);
            return;
        }
        if segmentation.temporal_update {
            let is_predicted = |modes: &Option<Modes>| usize::from(modes.is_some_and(|modes| modes.seg_pred));
            let ctx = is_predicted(&block.above) + is_predicted(&block.left);
            block.info.modes.seg_pred = self.bools.bool(segmentation.pred_prob[ctx]);
        }
        block.segment_id = if block.info.modes.seg_pred {
            self.predicted_segment_id(block)
        } else {
            self.bools.tree(&SEGMENT_TREE, &segmentation.tree_probs)
        };
        self.keep_segment_id(block);
    }

    /// get_segment_id( ) (6.4.14): the least of those that the block's units had before.
    fn predicted_segment_id(&self, block: &Block) -> u8 {
        let place = &block.place;
        let lines = self.previous_segment_ids.chunks_exact(self.frame.mi_cols.max(1)).skip(place.row).take(block.rows);
        lines.flat_map(|line| line.iter().skip(place.col).take(block.cols)).copied().min().unwrap_or(0)
    }

    fn keep_segment_id(&mut self, block: &Block) {
        let lines = self.segment_ids.chunks_exact_mut(self.frame.mi_cols.max(1));
        for line in lines.skip(block.place.row).take(block.rows) {
            fill(line, block.place.col, block.cols, block.segment_id);
        }
    }
}
