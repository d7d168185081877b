//! decode_block( ) (5.11.5): one block, from its mode info to its rows.

pub(crate) mod color_map;
mod compound;
mod deltas;
mod inter;
mod intra;
pub(crate) mod leaves;
mod mv;
mod palette;
mod ref_frames;
mod segment;
mod tx_size;

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use crate::headers::QIndex;
use crate::modes::{CompoundType, IntraMode, MotionMode, UvMode};
use crate::motion::field::REFMVS_LIMIT;
use crate::neighbours::{BlockInfo, fill};
use crate::refs::SavedMv;
use crate::sizes::{BlockSize, TxSize};
use crate::state::{Frame, Tile};

/// What the residual of a block adds up to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ResidualSums {
    pub(crate) coefs: u32,
    pub(crate) coefs_chroma: u32,
    pub(crate) energy: f32,
    pub(crate) energy_chroma: f32,
    /// log2 of the longest side of a luma transform that has coefficients; 0 where none has.
    pub(crate) largest_transform: u8,
}

/// What no later block asks of how an intra block is predicted.
#[derive(Debug)]
pub(crate) struct IntraInfo {
    pub(crate) uv_mode: UvMode,
    /// The mode that the transform type's distribution depends on (8.3.2).
    pub(crate) intra_dir: IntraMode,
}

/// What no later block asks of how the predictions of an inter block are made and blended.
#[derive(Debug, Default)]
pub(crate) struct InterInfo {
    pub(crate) interintra: bool,
    pub(crate) motion_mode: MotionMode,
    pub(crate) compound_type: CompoundType,
}

/// The block that is being read.
#[derive(Debug)]
pub(crate) struct Block {
    /// MiRow and MiCol.
    pub(crate) mi_row: usize,
    pub(crate) mi_col: usize,
    pub(crate) bw4: usize,
    pub(crate) bh4: usize,
    /// get_plane_residual_size( MiSize, 1 ).
    pub(crate) chroma_size: BlockSize,
    pub(crate) has_chroma: bool,
    pub(crate) avail_u: bool,
    pub(crate) avail_l: bool,
    pub(crate) above: BlockInfo,
    pub(crate) left: BlockInfo,
    /// What stays of it.
    pub(crate) info: BlockInfo,
    pub(crate) lossless: bool,
    pub(crate) use_intrabc: bool,
    pub(crate) intra: IntraInfo,
    pub(crate) inter: InterInfo,
    /// TxSize; None where a transform size tree was read. For inter blocks the leaves count.
    pub(crate) tx_size: Option<TxSize>,
    pub(crate) leaf_count: usize,
    /// get_qindex( 0, segment_id ).
    pub(crate) qindex: QIndex,
    pub(crate) residual: ResidualSums,
}

impl Block {
    /// Columns inside the frame (5.11.5).
    #[inline]
    #[must_use]
    pub(crate) fn cols(&self, frame: &Frame) -> usize {
        self.bw4.min(frame.mi_cols - self.mi_col)
    }

    /// Rows inside the frame (5.11.5).
    #[inline]
    #[must_use]
    pub(crate) fn rows(&self, frame: &Frame) -> usize {
        self.bh4.min(frame.mi_rows - self.mi_row)
    }
}

impl Tile<'_> {
    /// decode_block( ) (5.11.5).
    pub(crate) fn decode_block(&mut self, r: usize, c: usize, sub_size: BlockSize) -> Result<()> {
        let mut block = self.start_block(r, c, sub_size);
        if self.frame.header.frame_is_intra {
            self.intra_frame_mode_info(&mut block)?;
        } else {
            self.inter_frame_mode_info(&mut block)?;
        }
        if block.info.palette_size != [0; 2] {
            self.palette_tokens(&block);
        }
        self.charge(Class::Mode);
        self.read_block_tx_size(&mut block);
        if block.info.skip {
            self.reset_block_context(&block);
        }
        self.set_tx_contexts(&block);
        self.store_block(&block);
        block.qindex = self.block_qindex(&block);
        if !block.info.skip {
            self.residual(&mut block)?;
        }
        self.charge(Class::Residual);
        if self.symbols.overrun() {
            return Err(codecorpus_bitstream::error::ParseError::end_of_data("tile").at_bit(self.symbols.bit_offset()));
        }
        self.emit_block(&block);
        Ok(())
    }

    /// The head of decode_block( ) (5.11.5): geometry, availability, neighbours.
    fn start_block(&self, r: usize, c: usize, sub_size: BlockSize) -> Block {
        let (bw4, bh4) = (sub_size.width4(), sub_size.height4());
        let frame = self.frame;
        let has_chroma = frame.num_planes > 1
            && !(bh4 == 1 && frame.subsampling_y == 1 && r & 1 == 0)
            && !(bw4 == 1 && frame.subsampling_x == 1 && c & 1 == 0);
        let above = self.inside(r as i32 - 1, c as i32).copied();
        let left = self.inside(r as i32, c as i32 - 1).copied();
        Block {
            mi_row: r,
            mi_col: c,
            bw4,
            bh4,
            // Others were refused with the partition.
            chroma_size: sub_size.subsampled(frame.subsampling_x, frame.subsampling_y).unwrap_or(sub_size),
            has_chroma,
            avail_u: above.is_some(),
            avail_l: left.is_some(),
            above: above.unwrap_or_default(),
            left: left.unwrap_or_default(),
            info: BlockInfo { mi_size: sub_size, compound_idx: 1, ..BlockInfo::default() },
            lossless: false,
            use_intrabc: false,
            intra: IntraInfo { uv_mode: UvMode::Intra(IntraMode::Dc), intra_dir: IntraMode::Dc },
            inter: InterInfo::default(),
            tx_size: None,
            leaf_count: 0,
            qindex: QIndex::default(),
            residual: ResidualSums::default(),
        }
    }

    /// get_qindex( 0, segment_id ) (7.12.2).
    fn block_qindex(&self, block: &Block) -> QIndex {
        let header = &self.frame.header;
        let segment_id = block.info.segment_id;
        if header.delta_q_params.delta_q_present {
            header.segmentation_params.qindex(segment_id, self.superblock.current_q_index)
        } else {
            header.qindex[usize::from(segment_id & 7)]
        }
    }

    /// reset_block_context( ) (5.11.5).
    fn reset_block_context(&mut self, block: &Block) {
        let planes = if block.has_chroma { 3 } else { 1 };
        for plane in 0..planes {
            let (sub_x, sub_y) = if plane > 0 { (self.frame.subsampling_x, self.frame.subsampling_y) } else { (0, 0) };
            let (col, row) = (block.mi_col >> sub_x, (block.mi_row & 31) >> sub_y);
            fill(&mut self.above.coefficients[plane], col, ((block.mi_col + block.bw4) >> sub_x) - col, 0);
            fill(&mut self.left.coefficients[plane], row, (((block.mi_row & 31) + block.bh4) >> sub_y) - row, 0);
        }
    }

    /// What get_above_tx_width( ) and get_left_tx_height( ) (8.3.2) will find of this block, where no transform size tree was read.
    fn set_tx_contexts(&mut self, block: &Block) {
        let (width, height) = if block.info.skip && block.info.is_inter {
            (block.bw4 as u8 * 4, block.bh4 as u8 * 4)
        } else if let Some(tx_size) = block.tx_size {
            (tx_size.width(), tx_size.height())
        } else {
            return;
        };
        fill(&mut self.above.tx_size, block.mi_col, block.bw4, width);
        fill(&mut self.left.tx_size, block.mi_row & 31, block.bh4, height);
    }

    /// Keeps what later blocks and later frames ask for (5.11.5, 7.20).
    fn store_block(&mut self, block: &Block) {
        let (rows, cols) = (block.rows(self.frame), block.cols(self.frame));
        self.map.put(block.info, block.mi_row, block.mi_col, rows, cols);
        if block.info.ref_frame[0].is_inter() {
            self.save_motion(block, rows, cols);
        }
        if !self.segment_ids.is_empty() {
            for line in self.segment_ids.chunks_exact_mut(self.frame.mi_cols).skip(block.mi_row).take(rows) {
                fill(line, block.mi_col, cols, block.info.segment_id);
            }
        }
    }

    /// Motion field motion vector storage process (7.19), of the odd rows and columns of a block.
    fn save_motion(&mut self, block: &Block, rows: usize, cols: usize) {
        let mut saved = SavedMv::default();
        for list in 0..2 {
            let (ref_frame, mv) = (block.info.ref_frame[list], block.info.mv[list]);
            let short = mv.row.abs() <= REFMVS_LIMIT && mv.col.abs() <= REFMVS_LIMIT;
            if ref_frame.is_inter() && self.frame.refs[ref_frame.index()].is_before && short {
                saved = SavedMv { mv, ref_frame: ref_frame as u32 };
            }
        }
        if saved.ref_frame == 0 {
            return;
        }
        let stride = self.frame.mi_cols >> 1;
        let (from, to) = (block.mi_col >> 1, (block.mi_col + cols) >> 1);
        for y8 in block.mi_row >> 1..(block.mi_row + rows) >> 1 {
            if let Some(units) = self.saved_motion.get_mut(y8 * stride + from..y8 * stride + to) {
                units.fill(saved);
            }
        }
    }
}
