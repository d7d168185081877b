//! inter_frame_mode_info( ) (6.4.11) and inter_block_mode_info( ) (6.4.16).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use super::Block;
use crate::headers::{Feature, InterpFilter};
use crate::modes::Mode;
use crate::motion::Mv;
use crate::neighbours::Modes;
use crate::state::Tile;
use crate::tables::sizes::BlockSize;

/// interp_filter in the order of interp_filter_tree (9.3.1).
const SWITCHABLE: [InterpFilter; 3] = [InterpFilter::EightTap, InterpFilter::EightTapSmooth, InterpFilter::EightTapSharp];
/// inter_mode in the order of inter_mode_tree (9.3.1).
const IN_TREE: [Mode; 4] = [Mode::Zero, Mode::Nearest, Mode::Near, Mode::New];

impl Tile<'_> {
    /// inter_frame_mode_info( ) (6.4.11).
    pub(super) fn inter_frame_mode_info(&mut self, block: &mut Block) -> Result<()> {
        self.inter_segment_id(block);
        self.read_skip(block);
        let is_inter = self.read_is_inter(block);
        self.charge(Class::Mode);
        self.read_tx_size(block, !block.skip || !is_inter);
        self.charge(Class::Residual);
        if is_inter {
            self.inter_block_mode_info(block)
        } else {
            self.intra_block_mode_info(block);
            Ok(())
        }
    }

    /// inter_block_mode_info( ) (6.4.16).
    fn inter_block_mode_info(&mut self, block: &mut Block) -> Result<()> {
        self.read_ref_frames(block)?;
        let size = block.place.size;
        let ctx = self.mode_context(&block.place);
        let mode = if self.frame.header.segmentation.feature(block.segment_id, Feature::Skip).is_some() {
            if size.is_sub8x8() {
                return Err(self.malformed("inter_mode", "a skipped segment has a block smaller than 8x8"));
            }
            Mode::Zero
        } else if size.is_sub8x8() {
            // Each of its blocks has a mode of its own.
            Mode::Zero
        } else {
            self.read_inter_mode(ctx)
        };
        self.charge(Class::Motion);
        self.read_interp_filter(block);
        if size.is_sub8x8() {
            self.read_sub8x8(block, ctx)?;
            self.charge(Class::Motion);
        } else {
            block.info.modes.sub_modes = [mode; 4];
            let mvs = self.read_mvs(block, mode)?;
            block.info.mvs = [mvs; 4];
        }
        Ok(())
    }

    /// inter_mode (6.4.16, 9.3.2).
    fn read_inter_mode(&mut self, ctx: usize) -> Mode {
        let mode = IN_TREE[self.bools.unary_tree(&self.frame.probabilities.inter_mode[ctx]) & 3];
        self.counts.inter_mode[ctx][mode as usize - Mode::Nearest as usize] += 1;
        mode
    }

    /// interp_filter (6.4.16, 9.3.2).
    fn read_interp_filter(&mut self, block: &mut Block) {
        block.info.modes.interp_filter = self.frame.header.interpolation_filter.or_else(|| {
            let of = |modes: &Option<Modes>| modes.and_then(|modes| modes.interp_filter);
            let beside = match (of(&block.left), of(&block.above)) {
                (left, above) if left == above => left,
                (None, above) => above,
                (left, None) => left,
                _ => None,
            };
            let ctx = beside.map_or(3, |filter| filter as usize);
            let filter = self.bools.unary_tree(&self.frame.probabilities.interp_filter[ctx]).min(2);
            self.counts.interp_filter[ctx][filter] += 1;
            self.charge(Class::Mode);
            Some(SWITCHABLE[filter])
        });
    }

    /// The vectors of a block that is 8x8 or larger: assign_mv( ) (6.4.18).
    fn read_mvs(&mut self, block: &Block, mode: Mode) -> Result<[Mv; 2]> {
        if mode == Mode::Zero {
            return Ok([Mv::default(); 2]);
        }
        let near = usize::from(mode == Mode::Near);
        let predicted = self.best_mvs(block, near);
        if mode != Mode::New {
            return Ok(predicted);
        }
        let mvs = self.assign_new_mvs(block, predicted);
        self.charge(Class::Motion);
        mvs
    }

    /// NearestMv or, where `near` is 1, NearMv of both lists, by find_best_ref_mvs( ) (6.5.12).
    fn best_mvs(&self, block: &Block, near: usize) -> [Mv; 2] {
        let allow = self.frame.header.allow_high_precision_mv;
        let mut mvs = [Mv::default(); 2];
        for (mv, ref_frame) in mvs.iter_mut().zip(block.info.modes.ref_frame) {
            if ref_frame.is_inter() {
                *mv = self.find_mv_refs(&block.place, ref_frame, None, near + 1)[near & 1].lowered(allow);
            }
        }
        mvs
    }

    /// The modes and vectors of blocks smaller than 8x8 (6.4.16).
    fn read_sub8x8(&mut self, block: &mut Block, ctx: usize) -> Result<()> {
        let (wide, high) = match block.place.size {
            BlockSize::B4x8 => (1, 2),
            BlockSize::B8x4 => (2, 1),
            _ => (1, 1),
        };
        // BestMv, once a block has a new vector.
        let mut best = None;
        for row in (0..2).step_by(high) {
            for col in (0..2).step_by(wide) {
                let at = row * 2 + col;
                let mode = self.read_inter_mode(ctx);
                let mvs = match mode {
                    Mode::Zero => [Mv::default(); 2],
                    Mode::New => {
                        let best = *best.get_or_insert_with(|| self.best_mvs(block, 0));
                        self.assign_new_mvs(block, best)?
                    }
                    _ => self.sub8x8_mvs(block, at, mode),
                };
                for to in [at, at + wide - 1, at + 2 * (high - 1)] {
                    block.info.modes.sub_modes[to] = mode;
                    block.info.mvs[to] = mvs;
                }
            }
        }
        Ok(())
    }

    /// append_sub8x8_mvs( ) (6.5.14), of both lists.
    fn sub8x8_mvs(&self, block: &Block, at: usize, mode: Mode) -> [Mv; 2] {
        let mut mvs = [Mv::default(); 2];
        for (list, mv) in mvs.iter_mut().enumerate() {
            let ref_frame = block.info.modes.ref_frame[list];
            if ref_frame.is_inter() {
                *mv = self.append_sub8x8_mv(&block.place, ref_frame, list, at, mode, &block.info.mvs);
            }
        }
        mvs
    }
}
