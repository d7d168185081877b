//! Intra mode info (5.11.7, 5.11.22, 5.11.24, 5.11.42 to 5.11.45).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use crate::block::{Block, UV_CFL_PRED};
use crate::headers::BILINEAR;
use crate::state::Tile;
use crate::tables::modes::{FILTER_INTRA_MODE_TO_INTRA_DIR, INTRA_MODE_CONTEXT};
use crate::tables::sizes::{BLOCK_4X4, BLOCK_8X8, SIZE_GROUP, SUBSAMPLED_SIZE};

const DC_PRED: u8 = 0;
const V_PRED: u8 = 1;
const D67_PRED: u8 = 8;

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
        self.read_deltas = false;
        if frame.header.allow_intrabc {
            block.use_intrabc = self.symbols.boolean(&mut self.cdfs.mode.intrabc);
        }
        if block.use_intrabc {
            return self.intrabc_mode_info(block);
        }
        let context = |info: &crate::neighbours::BlockInfo| usize::from(INTRA_MODE_CONTEXT[usize::from(info.y_mode.min(12))]);
        let cdf = &mut self.cdfs.mode.intra_frame_y_mode[context(&block.above)][context(&block.left)];
        block.info.y_mode = self.symbols.symbol(cdf, 13) as u8;
        self.intra_modes(block);
        Ok(())
    }

    /// The branch of use_intrabc (5.11.7).
    fn intrabc_mode_info(&mut self, block: &mut Block) -> Result<()> {
        block.info.is_inter = true;
        block.info.interp_filter = [BILINEAR; 2];
        self.charge(Class::Mode);
        let stack = self.find_mv_stack(block);
        self.assign_intrabc_mv(block, &stack)?;
        self.charge(Class::Motion);
        Ok(())
    }

    /// intra_block_mode_info( ) (5.11.22).
    pub(super) fn intra_block_mode_info(&mut self, block: &mut Block) {
        let group = usize::from(SIZE_GROUP[usize::from(block.info.mi_size)]);
        block.info.y_mode = self.symbols.symbol(&mut self.cdfs.mode.y_mode[group], 13) as u8;
        self.intra_modes(block);
    }

    /// What follows y_mode or intra_frame_y_mode.
    fn intra_modes(&mut self, block: &mut Block) {
        let y_mode = block.info.y_mode;
        self.angle_delta(block, y_mode);
        if block.has_chroma {
            let uv_mode = self.uv_mode(block);
            block.uv_mode = uv_mode;
            if uv_mode == UV_CFL_PRED {
                self.read_cfl_alphas();
            }
            self.angle_delta(block, uv_mode);
        }
        if block.info.mi_size >= BLOCK_8X8 && block.bw4 <= 16 && block.bh4 <= 16 && self.frame.header.allow_screen_content_tools {
            self.palette_mode_info(block);
        }
        block.intra_dir = y_mode;
        self.filter_intra_mode_info(block);
    }

    /// intra_angle_info_y( ), intra_angle_info_uv( ) (5.11.42, 5.11.43).
    fn angle_delta(&mut self, block: &Block, mode: u8) {
        if block.info.mi_size >= BLOCK_8X8 && (V_PRED..=D67_PRED).contains(&mode) {
            self.symbols.symbol(&mut self.cdfs.mode.angle_delta[usize::from(mode - V_PRED)], 7);
        }
    }

    /// uv_mode (8.3.2).
    fn uv_mode(&mut self, block: &Block) -> u8 {
        let y_mode = usize::from(block.info.y_mode.min(12));
        let chroma_size = SUBSAMPLED_SIZE[usize::from(block.info.mi_size)][self.frame.subsampling_x][self.frame.subsampling_y];
        let cfl_allowed = if block.lossless { chroma_size == BLOCK_4X4 } else { block.bw4.max(block.bh4) <= 8 };
        if cfl_allowed {
            self.symbols.symbol(&mut self.cdfs.mode.uv_mode_cfl_allowed[y_mode], 14) as u8
        } else {
            self.symbols.symbol(&mut self.cdfs.mode.uv_mode_cfl_not_allowed[y_mode], 13) as u8
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
            && block.info.y_mode == DC_PRED
            && block.info.palette_size[0] == 0
            && block.bw4.max(block.bh4) <= 8;
        if !allowed {
            return;
        }
        if self.symbols.boolean(&mut self.cdfs.mode.filter_intra[usize::from(block.info.mi_size)]) {
            let filter_intra_mode = self.symbols.symbol(&mut self.cdfs.mode.filter_intra_mode, 5) as usize;
            block.intra_dir = FILTER_INTRA_MODE_TO_INTRA_DIR[filter_intra_mode.min(4)];
        }
    }
}
