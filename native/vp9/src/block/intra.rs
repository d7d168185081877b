//! intra_frame_mode_info( ) (6.4.5) and intra_block_mode_info( ) (6.4.15).

use super::Block;
use crate::modes::{INTRA_MODES, Mode};
use codecorpus_bitstream::tally::Class;

use crate::entropy::trees::INTRA_MODE_TREE;
use crate::neighbours::Modes;
use crate::state::Tile;
use crate::tables::modes::{DEFAULT_INTRA_MODE_PROBS, KF_UV_MODE_PROBS};
use crate::tables::sizes::BlockSize;

/// The 4x4 blocks whose modes are read, with the places that each mode covers.
fn sub_blocks(size: BlockSize) -> &'static [(usize, &'static [usize])] {
    match size {
        BlockSize::B4x4 => &[(0, &[0]), (1, &[1]), (2, &[2]), (3, &[3])],
        BlockSize::B4x8 => &[(0, &[0, 2]), (1, &[1, 3])],
        BlockSize::B8x4 => &[(0, &[0, 1]), (2, &[2, 3])],
        _ => &[(0, &[0, 1, 2, 3])],
    }
}

fn intra_mode(code: u8) -> Mode {
    INTRA_MODES[usize::from(code).min(9)]
}

impl Tile<'_> {
    /// intra_frame_mode_info( ) (6.4.5).
    pub(super) fn intra_frame_mode_info(&mut self, block: &mut Block) {
        self.intra_segment_id(block);
        self.read_skip(block);
        self.charge(Class::Mode);
        self.read_tx_size(block, true);
        self.charge(Class::Residual);
        // A neighbour that is not there, or not intra, counts as DC_PRED (9.3.2, default_intra_mode).
        let neighbour = |modes: &Option<Modes>, at: usize| match modes {
            Some(modes) if !modes.is_inter() => modes.sub_modes[at],
            _ => Mode::Dc,
        };
        for &(at, covers) in sub_blocks(block.place.size) {
            let own = &block.info.modes.sub_modes;
            let above = if at < 2 { neighbour(&block.above, at + 2) } else { own[at - 2] };
            let left = if at & 1 == 0 { neighbour(&block.left, at + 1) } else { own[at - 1] };
            let probabilities = &DEFAULT_INTRA_MODE_PROBS[(above as usize).min(9)][(left as usize).min(9)];
            let mode = intra_mode(self.bools.tree(&INTRA_MODE_TREE, probabilities));
            covers.iter().for_each(|&to| block.info.modes.sub_modes[to] = mode);
        }
        let y_mode = block.info.modes.sub_modes[3];
        block.uv_mode = intra_mode(self.bools.tree(&INTRA_MODE_TREE, &KF_UV_MODE_PROBS[(y_mode as usize).min(9)]));
        self.charge(Class::Mode);
    }

    /// intra_block_mode_info( ) (6.4.15): in a frame that has inter blocks.
    pub(super) fn intra_block_mode_info(&mut self, block: &mut Block) {
        let size = block.place.size;
        let ctx = size.size_group();
        for &(_, covers) in sub_blocks(size) {
            let code = self.bools.tree(&INTRA_MODE_TREE, &self.frame.probabilities.y_mode[ctx]);
            let mode = intra_mode(code);
            self.counts.y_mode[ctx][mode as usize] += 1;
            covers.iter().for_each(|&to| block.info.modes.sub_modes[to] = mode);
        }
        let y_mode = (block.info.modes.sub_modes[3] as usize).min(9);
        block.uv_mode = intra_mode(self.bools.tree(&INTRA_MODE_TREE, &self.frame.probabilities.uv_mode[y_mode]));
        self.counts.uv_mode[y_mode][block.uv_mode as usize] += 1;
        self.charge(Class::Mode);
    }
}
