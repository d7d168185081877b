//! Intra mode info (5.11.7, 5.11.22, 5.11.24, 5.11.42 to 5.11.45).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use crate::block::Block;
use crate::headers::InterpFilter;
use crate::modes::{FilterIntraMode, IntraMode, UvMode};
use crate::sizes::BlockSize;
use crate::state::Tile;

impl Tile<'_> {
    /// intra_frame_mode_info( ) (5.11.7).
    pub(super) fn intra_frame_mode_info(&mut self, block: &mut Block) -> Result<()> {
        let frame = self.frame;
        if frame.header.segmentation_params.seg_id_pre_skip {
            self.intra_segment_id(block)?;
        }
        self.read_skip(block);
        if !frame.header.segmentation_params.seg_id_pre_skip {
            self.intra_segment_id(block)?;
        }
        block.lossless = frame.header.lossless_array[usize::from(block.info.segment_id & 7)];
        self.read_cdef(block);
        self.read_delta_qindex_and_lf(block);
        self.superblock.read_deltas = false;
        if frame.header.allow_intrabc {
            block.use_intrabc = self.symbols.boolean(&mut self.cdfs.mode.intrabc);
        }
        if block.use_intrabc {
            return self.intrabc_mode_info(block);
        }
        let (above, left) = (block.above.intra_mode.context(), block.left.intra_mode.context());
        block.info.intra_mode = self.symbols.value(&mut self.cdfs.mode.intra_frame_y_mode[above][left], &IntraMode::ALL);
        self.intra_modes(block);
        Ok(())
    }

    /// The branch of use_intrabc (5.11.7).
    fn intrabc_mode_info(&mut self, block: &mut Block) -> Result<()> {
        block.info.is_inter = true;
        block.info.interp_filter = [InterpFilter::Bilinear; 2];
        self.charge(Class::Mode);
        let stack = self.find_mv_stack(block);
        self.assign_intrabc_mv(block, &stack)?;
        self.charge(Class::Motion);
        Ok(())
    }

    /// intra_block_mode_info( ) (5.11.22).
    pub(super) fn intra_block_mode_info(&mut self, block: &mut Block) {
        let group = block.info.mi_size.size_group();
        block.info.intra_mode = self.symbols.value(&mut self.cdfs.mode.y_mode[group], &IntraMode::ALL);
        self.intra_modes(block);
    }

    /// What follows y_mode or intra_frame_y_mode (5.11.7, 5.11.22).
    fn intra_modes(&mut self, block: &mut Block) {
        let y_mode = block.info.intra_mode;
        self.read_angle_delta(block, y_mode);
        if block.has_chroma {
            block.intra.uv_mode = self.read_uv_mode(block);
            match block.intra.uv_mode {
                UvMode::Intra(mode) => self.read_angle_delta(block, mode),
                UvMode::Cfl => self.read_cfl_alphas(),
            }
        }
        if block.info.mi_size >= BlockSize::B8x8
            && block.bw4 <= 16
            && block.bh4 <= 16
            && self.frame.header.allow_screen_content_tools
        {
            self.palette_mode_info(block);
        }
        block.intra.intra_dir = y_mode;
        self.filter_intra_mode_info(block);
    }

    /// intra_angle_info_y( ), intra_angle_info_uv( ) (5.11.42, 5.11.43).
    fn read_angle_delta(&mut self, block: &Block, mode: IntraMode) {
        if let Some(direction) = mode.direction().filter(|_| block.info.mi_size >= BlockSize::B8x8) {
            self.symbols.symbol(&mut self.cdfs.mode.angle_delta[direction & 7], 7);
        }
    }

    /// uv_mode (8.3.2).
    fn read_uv_mode(&mut self, block: &Block) -> UvMode {
        let y_mode = block.info.intra_mode as usize;
        let cfl_allowed = if block.lossless { block.chroma_size == BlockSize::B4x4 } else { block.bw4.max(block.bh4) <= 8 };
        if cfl_allowed {
            self.symbols.value(&mut self.cdfs.mode.uv_mode_cfl_allowed[y_mode], &UvMode::ALL)
        } else {
            UvMode::Intra(self.symbols.value(&mut self.cdfs.mode.uv_mode_cfl_not_allowed[y_mode], &IntraMode::ALL))
        }
    }

    /// read_cfl_alphas( ) (5.11.45).
    fn read_cfl_alphas(&mut self) {
        let cdfs = &mut self.cdfs.mode;
        let cfl_alpha_signs = self.symbols.symbol(&mut cdfs.cfl_sign, 8) as usize;
        let (sign_u, sign_v) = ((cfl_alpha_signs + 1) / 3, (cfl_alpha_signs + 1) % 3);
        if sign_u != 0 {
            self.symbols.symbol(&mut cdfs.cfl_alpha[(sign_u - 1) * 3 + sign_v], 16);
        }
        if sign_v != 0 {
            self.symbols.symbol(&mut cdfs.cfl_alpha[(sign_v - 1) * 3 + sign_u], 16);
        }
    }

    /// filter_intra_mode_info( ) (5.11.24).
    fn filter_intra_mode_info(&mut self, block: &mut Block) {
        let allowed = self.frame.sequence.enable_filter_intra
            && block.info.intra_mode == IntraMode::Dc
            && block.info.palette_size[0] == 0
            && block.bw4.max(block.bh4) <= 8;
        if !allowed {
            return;
        }
        if self.symbols.boolean(&mut self.cdfs.mode.filter_intra[block.info.mi_size as usize]) {
            let filter_intra_mode = self.symbols.value(&mut self.cdfs.mode.filter_intra_mode, &FilterIntraMode::ALL);
            block.intra.intra_dir = filter_intra_mode.intra_dir();
        }
    }
}
