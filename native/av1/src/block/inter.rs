//! Inter frame mode info (5.11.18, 5.11.20, 5.11.23), skip and skip_mode (5.11.10, 5.11.11).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use crate::block::Block;
use crate::headers::{Feature, GmType, InterpFilter};
use crate::modes::{InterMode, MotionMode};
use crate::motion::stack::MvStack;
use crate::state::Tile;
use crate::tables::modes::COMPOUND_MODE_CTX_MAP;

impl Tile<'_> {
    /// seg_feature_active( ) (5.11.14).
    #[inline]
    pub(super) fn seg_feature_active(&self, block: &Block, feature: Feature) -> bool {
        self.frame.header.segmentation_params.is_active(block.info.segment_id, feature)
    }

    /// inter_frame_mode_info( ) (5.11.18).
    pub(super) fn inter_frame_mode_info(&mut self, block: &mut Block) -> Result<()> {
        let frame = self.frame;
        self.inter_segment_id(block, true)?;
        self.read_skip_mode(block);
        if block.info.skip_mode {
            block.info.skip = true;
        } else {
            self.read_skip(block);
        }
        if !frame.header.segmentation_params.seg_id_pre_skip {
            self.inter_segment_id(block, false)?;
        }
        block.lossless = frame.header.lossless_array[usize::from(block.info.segment_id & 7)];
        self.read_cdef(block);
        self.read_delta_qindex_and_lf(block);
        self.superblock.read_deltas = false;
        self.read_is_inter(block);
        if block.info.is_inter {
            self.inter_block_mode_info(block)
        } else {
            self.intra_block_mode_info(block);
            Ok(())
        }
    }

    /// read_skip_mode( ) (5.11.10).
    fn read_skip_mode(&mut self, block: &mut Block) {
        if !self.frame.header.skip_mode_present
            || self.seg_feature_active(block, Feature::Skip)
            || self.seg_feature_active(block, Feature::RefFrame)
            || self.seg_feature_active(block, Feature::GlobalMv)
            || block.bw4 < 2
            || block.bh4 < 2
        {
            return;
        }
        let ctx = usize::from(block.above.skip_mode) + usize::from(block.left.skip_mode);
        block.info.skip_mode = self.symbols.boolean(&mut self.cdfs.mode.skip_mode[ctx]);
    }

    /// read_skip( ) (5.11.11).
    pub(super) fn read_skip(&mut self, block: &mut Block) {
        if self.frame.header.segmentation_params.seg_id_pre_skip && self.seg_feature_active(block, Feature::Skip) {
            block.info.skip = true;
            return;
        }
        let ctx = usize::from(block.above.skip) + usize::from(block.left.skip);
        block.info.skip = self.symbols.boolean(&mut self.cdfs.mode.skip[ctx]);
    }

    /// read_is_inter( ) (5.11.20).
    fn read_is_inter(&mut self, block: &mut Block) {
        let params = &self.frame.header.segmentation_params;
        block.info.is_inter = if block.info.skip_mode {
            true
        } else if let Some(ref_frame) = params.feature(block.info.segment_id, Feature::RefFrame) {
            ref_frame != 0
        } else if self.seg_feature_active(block, Feature::GlobalMv) {
            true
        } else {
            let (above, left) = (block.above.is_intra(), block.left.is_intra());
            let ctx = match (block.avail_u, block.avail_l) {
                (true, true) if above && left => 3,
                (true, true) => usize::from(above || left),
                (true, false) => 2 * usize::from(above),
                (false, true) => 2 * usize::from(left),
                (false, false) => 0,
            };
            self.symbols.boolean(&mut self.cdfs.mode.is_inter[ctx])
        };
    }

    /// inter_block_mode_info( ) (5.11.23).
    fn inter_block_mode_info(&mut self, block: &mut Block) -> Result<()> {
        self.charge(Class::Mode);
        self.read_ref_frames(block);
        let is_compound = block.info.ref_frame[1].is_inter();
        let stack = self.find_mv_stack(block);
        let mode = self.read_inter_mode(block, &stack, is_compound);
        block.info.inter_mode = Some(mode);
        let ref_mv_idx = self.read_drl_mode(mode, &stack);
        self.assign_mv(block, mode, &stack, ref_mv_idx)?;
        self.charge(Class::Motion);
        self.read_interintra_mode(block, is_compound);
        self.read_motion_mode(block, is_compound);
        self.read_compound_type(block, is_compound);
        self.read_interp_filter(block);
        Ok(())
    }

    /// compound_mode, or new_mv, zero_mv and ref_mv (5.11.23): YMode.
    fn read_inter_mode(&mut self, block: &Block, stack: &MvStack, is_compound: bool) -> InterMode {
        if block.info.skip_mode {
            return InterMode::NearestNearest;
        }
        if self.seg_feature_active(block, Feature::Skip) || self.seg_feature_active(block, Feature::GlobalMv) {
            return InterMode::Global;
        }
        let cdfs = &mut self.cdfs.mode;
        if is_compound {
            let ctx =
                COMPOUND_MODE_CTX_MAP[usize::from(stack.ref_mv_context >> 1).min(2)][usize::from(stack.new_mv_context.min(4))];
            return self.symbols.value(&mut cdfs.compound_mode[usize::from(ctx & 7)], &InterMode::COMPOUND);
        }
        if !self.symbols.boolean(&mut cdfs.new_mv[usize::from(stack.new_mv_context.min(5))]) {
            return InterMode::New;
        }
        if !self.symbols.boolean(&mut cdfs.zero_mv[usize::from(stack.zero_mv_context & 1)]) {
            return InterMode::Global;
        }
        if self.symbols.boolean(&mut cdfs.ref_mv[usize::from(stack.ref_mv_context.min(5))]) {
            InterMode::Near
        } else {
            InterMode::Nearest
        }
    }

    /// drl_mode (5.11.23): RefMvIdx.
    fn read_drl_mode(&mut self, mode: InterMode, stack: &MvStack) -> usize {
        let first = match mode {
            InterMode::New | InterMode::NewNew => 0,
            _ if mode.has_near() => 1,
            _ => return 0,
        };
        let mut ref_mv_idx = first;
        for idx in first..first + 2 {
            if stack.num_mv_found > idx + 1 {
                let ctx = usize::from(stack.drl_ctx_stack[idx & 7].min(2));
                if !self.symbols.boolean(&mut self.cdfs.mode.drl_mode[ctx]) {
                    return idx;
                }
                ref_mv_idx = idx + 1;
            }
        }
        ref_mv_idx
    }

    /// interp_filter (5.11.23).
    fn read_interp_filter(&mut self, block: &mut Block) {
        if let Some(interpolation_filter) = self.frame.header.interpolation_filter {
            block.info.interp_filter = [interpolation_filter; 2];
            return;
        }
        if !self.needs_interp_filter(block) {
            block.info.interp_filter = [InterpFilter::EightTap; 2];
            return;
        }
        let dual = self.frame.sequence.enable_dual_filter;
        for dir in 0..if dual { 2 } else { 1 } {
            let ctx = interp_filter_ctx(block, dir);
            block.info.interp_filter[dir] =
                self.symbols.short_value(&mut self.cdfs.mode.interp_filter[ctx], &InterpFilter::OF_BLOCKS);
        }
        if !dual {
            block.info.interp_filter[1] = block.info.interp_filter[0];
        }
    }

    /// needs_interp_filter( ) (5.11.23).
    fn needs_interp_filter(&self, block: &Block) -> bool {
        let large = block.bw4.min(block.bh4) >= 2;
        let translates = |list: usize| self.frame.header.gm_type[block.info.ref_frame[list].index()] == GmType::Translation;
        if block.info.skip_mode || block.inter.motion_mode == MotionMode::LocalWarp {
            return false;
        }
        match block.info.inter_mode {
            Some(InterMode::Global) if large => translates(0),
            Some(InterMode::GlobalGlobal) if large => translates(0) || translates(1),
            _ => true,
        }
    }
}

/// The context of interp_filter (8.3.2).
fn interp_filter_ctx(block: &Block, dir: usize) -> usize {
    let ref_frame = block.info.ref_frame[0];
    let kind = |available: bool, info: &crate::neighbours::BlockInfo| {
        if available && info.ref_frame.contains(&ref_frame) { info.interp_filter[dir] as usize } else { 3 }
    };
    let (left, above) = (kind(block.avail_l, &block.left), kind(block.avail_u, &block.above));
    let ctx = (dir * 2 + usize::from(block.info.ref_frame[1].is_inter())) * 4;
    ctx + if left == above || above == 3 {
        left
    } else if left == 3 {
        above
    } else {
        3
    }
}
