//! decode_block( ) (6.4.3): one block, from its mode info to its rows.

mod inter;
mod intra;
mod mv;
mod ref_frames;
mod segment;
mod tx_size;

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use crate::modes::Mode;
use crate::neighbours::{BlockInfo, Modes};
use crate::residual::transform::ResidualSums;
use crate::state::Tile;
use crate::tables::sizes::BlockSize;

/// Where a block is, in units of 8 luma samples: MiRow, MiCol, MiSize.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) row: usize,
    pub(crate) col: usize,
    pub(crate) size: BlockSize,
}

/// The block that is being read.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) place: Place,
    /// Units inside the frame.
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) above: Option<Modes>,
    pub(crate) left: Option<Modes>,
    /// What stays of it.
    pub(crate) info: BlockInfo,
    pub(crate) segment_id: u8,
    /// skip as it was read.
    pub(crate) skip: bool,
    pub(crate) uv_mode: Mode,
    pub(crate) residual: ResidualSums,
}

impl Tile<'_> {
    /// decode_block( ) (6.4.3).
    pub(crate) fn decode_block(&mut self, row: usize, col: usize, size: BlockSize) -> Result<()> {
        let mut block = Block {
            place: Place { row, col, size },
            rows: size.height8().min(self.frame.mi_rows - row),
            cols: size.width8().min(self.frame.mi_cols - col),
            above: self.modes_above(row, col),
            left: self.modes_left(row, col),
            info: BlockInfo { modes: Modes { size, ..Modes::default() }, ..BlockInfo::default() },
            segment_id: 0,
            skip: false,
            uv_mode: Mode::Dc,
            residual: ResidualSums::default(),
        };
        if self.frame.is_intra {
            self.intra_frame_mode_info(&mut block);
        } else {
            self.inter_frame_mode_info(&mut block)?;
        }
        if block.skip {
            self.reset_nonzero_contexts(&block);
        } else {
            self.residual(&mut block);
            if block.info.modes.is_inter() && !size.is_sub8x8() && !block.residual.has_tokens {
                block.info.modes.skip = true;
            }
            self.charge(Class::Residual);
        }
        self.check_end()?;
        self.map.put(&block.info, row, col, block.rows, block.cols);
        self.emit_block(&block);
        Ok(())
    }

    /// read_skip( ) (6.4.8).
    fn read_skip(&mut self, block: &mut Block) {
        use crate::headers::Feature;
        let skip = if self.frame.header.segmentation.feature(block.segment_id, Feature::Skip).is_some() {
            true
        } else {
            let is_skipped = |modes: &Option<Modes>| usize::from(modes.is_some_and(|modes| modes.skip));
            let ctx = is_skipped(&block.above) + is_skipped(&block.left);
            let skip = self.bools.bool(self.frame.probabilities.skip[ctx]);
            self.counts.skip[ctx][usize::from(skip)] += 1;
            skip
        };
        block.skip = skip;
        block.info.modes.skip = skip;
    }
}
