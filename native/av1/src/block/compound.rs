//! How predictions are blended: read_interintra_mode( ), read_motion_mode( ), read_compound_type( ) (5.11.27 to 5.11.29).

use crate::block::Block;
use crate::headers::{GmType, RefFrame};
use crate::modes::{CompoundType, MotionMode};
use crate::neighbours::BlockInfo;
use crate::sizes::BlockSize;
use crate::state::Tile;

impl Tile<'_> {
    /// read_interintra_mode( ) (5.11.28).
    pub(super) fn read_interintra_mode(&mut self, block: &mut Block, is_compound: bool) {
        let size = block.info.mi_size;
        if block.info.skip_mode
            || !self.frame.sequence.enable_interintra_compound
            || is_compound
            || !(BlockSize::B8x8..=BlockSize::B32x32).contains(&size)
        {
            return;
        }
        let cdfs = &mut self.cdfs.mode;
        let ctx = size.size_group().max(1) - 1;
        block.inter.interintra = self.symbols.boolean(&mut cdfs.interintra[ctx]);
        if !block.inter.interintra {
            return;
        }
        self.symbols.short_symbol(&mut cdfs.interintra_mode[ctx], 4);
        block.info.ref_frame[1] = RefFrame::Intra;
        if self.symbols.boolean(&mut cdfs.wedge_interintra[size as usize]) {
            self.symbols.symbol(&mut cdfs.wedge_index[size as usize], 16);
        }
    }

    /// read_motion_mode( ) (5.11.27).
    pub(super) fn read_motion_mode(&mut self, block: &mut Block, is_compound: bool) {
        let header = &self.frame.header;
        if block.info.skip_mode || !header.is_motion_mode_switchable || block.bw4.min(block.bh4) < 2 {
            return;
        }
        let ref_frame = block.info.ref_frame[0].index();
        if !header.force_integer_mv && block.info.is_global() && header.gm_type[ref_frame] > GmType::Translation {
            return;
        }
        if is_compound || block.info.ref_frame[1] == RefFrame::Intra || !self.has_overlappable_candidates(block) {
            return;
        }
        let size = block.info.mi_size as usize;
        let no_warp = header.force_integer_mv
            || !header.allow_warped_motion
            || self.frame.refs[ref_frame].is_scaled
            || !self.has_warp_samples(block);
        let cdfs = &mut self.cdfs.mode;
        block.inter.motion_mode = if !no_warp {
            self.symbols.short_value(&mut cdfs.motion_mode[size], &MotionMode::ALL)
        } else if self.symbols.boolean(&mut cdfs.use_obmc[size]) {
            MotionMode::Obmc
        } else {
            MotionMode::Simple
        };
    }

    /// read_compound_type( ) (5.11.29).
    pub(super) fn read_compound_type(&mut self, block: &mut Block, is_compound: bool) {
        if block.info.skip_mode {
            return;
        }
        if !is_compound {
            if block.inter.interintra {
                block.inter.compound_type = CompoundType::Intra;
            }
            return;
        }
        let sequence = &self.frame.sequence;
        let size = block.info.mi_size;
        if sequence.enable_masked_compound {
            let ctx = comp_group_idx_ctx(block);
            block.info.comp_group_idx = u8::from(self.symbols.boolean(&mut self.cdfs.mode.comp_group_idx[ctx]));
        }
        if block.info.comp_group_idx == 0 {
            if sequence.enable_jnt_comp {
                let ctx = self.compound_idx_ctx(block);
                block.info.compound_idx = u8::from(self.symbols.boolean(&mut self.cdfs.mode.compound_idx[ctx]));
            }
            block.inter.compound_type = if block.info.compound_idx == 1 { CompoundType::Average } else { CompoundType::Distance };
            return;
        }
        let cdfs = &mut self.cdfs.mode;
        let wedge = size.has_wedge() && !self.symbols.boolean(&mut cdfs.compound_type[size as usize]);
        if wedge {
            self.symbols.symbol(&mut cdfs.wedge_index[size as usize], 16);
            block.inter.compound_type = CompoundType::Wedge;
        } else {
            block.inter.compound_type = CompoundType::DiffWtd;
        }
        // wedge_sign or mask_type
        self.symbols.bit();
    }

    /// The context of compound_idx (8.3.2).
    fn compound_idx_ctx(&self, block: &Block) -> usize {
        let distance = |list: usize| self.frame.refs[block.info.ref_frame[list].index()].distance.abs();
        let ctx = if distance(0) == distance(1) { 3 } else { 0 };
        ctx + of_neighbours(block, |info| usize::from(info.compound_idx), 1)
    }
}

/// The context of comp_group_idx (8.3.2).
fn comp_group_idx_ctx(block: &Block) -> usize {
    of_neighbours(block, |info| usize::from(info.comp_group_idx), 3).min(5)
}

/// Sums what compound neighbours say, and `altref` for each neighbour that is predicted from ALTREF_FRAME alone.
fn of_neighbours(block: &Block, said: impl Fn(&BlockInfo) -> usize, altref: usize) -> usize {
    let of = |available: bool, info: &BlockInfo| {
        if !available {
            0
        } else if !info.is_single() {
            said(info)
        } else if info.ref_frame[0] == RefFrame::Altref {
            altref
        } else {
            0
        }
    };
    of(block.avail_u, &block.above) + of(block.avail_l, &block.left)
}
