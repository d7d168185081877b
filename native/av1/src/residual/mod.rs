//! The residual (5.11.34 to 5.11.39): which transform blocks there are, their types, and what their coefficients add up to.

pub mod coefficients;
pub mod inverse;
pub mod levels;
pub mod quantizer;
pub mod scan;

use codecorpus_bitstream::Spot;
use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::information::Information;

use crate::block::{Block, UV_CFL_PRED};
use crate::headers::MAX_SEGMENTS;
use crate::neighbours::fill;
use crate::state::Tile;
use crate::tables::sizes::{
    BLOCK_64X64, MAX_TX_SIZE_RECT, NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE, SUBSAMPLED_SIZE, TX_4X4, TX_16X16, TX_16X32,
    TX_32X16, TX_32X32, TX_HEIGHT, TX_SIZE_SQR, TX_SIZE_SQR_UP, TX_WIDTH,
};
use crate::tables::transforms::{
    MODE_TO_TXFM, TX_TYPE_IN_SET_INTER, TX_TYPE_IN_SET_INTRA, TX_TYPE_INTER_INV_SET1, TX_TYPE_INTER_INV_SET2,
    TX_TYPE_INTER_INV_SET3, TX_TYPE_INTRA_INV_SET1, TX_TYPE_INTRA_INV_SET2,
};

pub const DCT_DCT: u8 = 0;
pub const IDTX: u8 = 9;
/// A name of our own, for rows: the Walsh-Hadamard transform of lossless blocks.
pub const WHT_WHT: u8 = 16;

/// One transform block of one plane.
#[derive(Debug, Clone, Copy)]
pub struct TransformBlock {
    pub plane: usize,
    /// In 4x4 units of the plane.
    pub x4: usize,
    pub y4: usize,
    pub tx_size: u8,
    /// get_plane_residual_size( MiSize, plane ).
    pub plane_size: u8,
}

/// What coeffs( ) found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Coded {
    pub coefs: u32,
    pub energy: f32,
    /// Of a cosine transform, Dequant[ 0 ][ 0 ] on the scale of an orthonormal one; else NaN.
    pub dc: f32,
    pub cul_level: u8,
    /// dcCategory.
    pub dc_category: u8,
}

impl Tile<'_> {
    /// residual( ) (5.11.34).
    pub(crate) fn residual(&mut self, block: &mut Block) -> Result<()> {
        let (width_chunks, height_chunks) = ((block.bw4 >> 4).max(1), (block.bh4 >> 4).max(1));
        let chunk_size = if width_chunks > 1 || height_chunks > 1 { BLOCK_64X64 } else { block.info.mi_size };
        let mut leaf = 0;
        for chunk_y in 0..height_chunks {
            for chunk_x in 0..width_chunks {
                let (row, col) = (block.mi_row + (chunk_y << 4), block.mi_col + (chunk_x << 4));
                if block.info.is_inter && !block.lossless {
                    self.luma_leaves(block, &mut leaf, row + 16, col + 16)?;
                } else {
                    let tx_size = if block.lossless { TX_4X4 } else { block.tx_size };
                    self.plane_chunk(block, 0, chunk_size, tx_size, row, col)?;
                }
                if block.has_chroma {
                    let tx_size = if block.lossless { TX_4X4 } else { self.uv_tx_size(block) };
                    self.plane_chunk(block, 1, chunk_size, tx_size, row, col)?;
                    self.plane_chunk(block, 2, chunk_size, tx_size, row, col)?;
                }
            }
        }
        Ok(())
    }

    /// transform_tree( ) (5.11.36): the leaves of one chunk, in the order in which their sizes were read.
    fn luma_leaves(&mut self, block: &mut Block, next: &mut usize, row_end: usize, col_end: usize) -> Result<()> {
        while *next < block.leaf_count {
            let Some(leaf) = self.leaves.get(*next).copied() else { break };
            let (row, col) = (leaf.row as usize, leaf.col as usize);
            if row >= row_end || col >= col_end {
                break;
            }
            *next += 1;
            if row < self.frame.mi_rows && col < self.frame.mi_cols {
                let at = TransformBlock { plane: 0, x4: col, y4: row, tx_size: leaf.tx_size, plane_size: block.info.mi_size };
                self.transform_block(block, at)?;
            }
        }
        Ok(())
    }

    /// The transform blocks of one plane in one chunk, in raster order.
    fn plane_chunk(
        &mut self,
        block: &mut Block,
        plane: usize,
        chunk_size: u8,
        tx_size: u8,
        row: usize,
        col: usize,
    ) -> Result<()> {
        let (sub_x, sub_y) = if plane > 0 { (self.frame.subsampling_x, self.frame.subsampling_y) } else { (0, 0) };
        let chunk = usize::from(SUBSAMPLED_SIZE[usize::from(chunk_size)][sub_x][sub_y]).min(21);
        let plane_size = SUBSAMPLED_SIZE[usize::from(block.info.mi_size)][sub_x][sub_y].min(21);
        let (step_x, step_y) =
            (usize::from(TX_WIDTH[usize::from(tx_size)] >> 2), usize::from(TX_HEIGHT[usize::from(tx_size)] >> 2));
        let (base_x, base_y) = (col >> sub_x, row >> sub_y);
        let end_x = (base_x + usize::from(NUM_4X4_BLOCKS_WIDE[chunk])).min(self.frame.mi_cols >> sub_x);
        let end_y = (base_y + usize::from(NUM_4X4_BLOCKS_HIGH[chunk])).min(self.frame.mi_rows >> sub_y);
        for y4 in (base_y..end_y).step_by(step_y) {
            for x4 in (base_x..end_x).step_by(step_x) {
                self.transform_block(block, TransformBlock { plane, x4, y4, tx_size, plane_size })?;
            }
        }
        Ok(())
    }

    /// get_tx_size( ) (5.11.37) of chroma.
    fn uv_tx_size(&self, block: &Block) -> u8 {
        let size = SUBSAMPLED_SIZE[usize::from(block.info.mi_size)][self.frame.subsampling_x][self.frame.subsampling_y];
        let uv_tx = MAX_TX_SIZE_RECT[usize::from(size.min(21))];
        match (TX_WIDTH[usize::from(uv_tx)], TX_HEIGHT[usize::from(uv_tx)]) {
            (16, 64) => TX_16X32,
            (64, 16) => TX_32X16,
            (64, _) | (_, 64) => TX_32X32,
            _ => uv_tx,
        }
    }

    /// transform_block( ) (5.11.35), as far as coeffs( ) goes.
    fn transform_block(&mut self, block: &mut Block, at: TransformBlock) -> Result<()> {
        let before = if self.frame.wanted.transforms { self.symbols.information() } else { Information::default() };
        let (coded, tx_type) = self.coeffs(block, at)?;
        self.set_coefficient_contexts(at, coded.cul_level | coded.dc_category << 6);
        if coded.coefs == 0 {
            return Ok(());
        }
        let sums = &mut block.residual;
        if at.plane == 0 {
            sums.coefs += coded.coefs;
            sums.energy += coded.energy;
            let size = usize::from(at.tx_size);
            let longer = TX_WIDTH[size].max(TX_HEIGHT[size]).trailing_zeros() as u8;
            sums.largest_transform = sums.largest_transform.max(longer);
        } else {
            sums.coefs_chroma += coded.coefs;
            sums.energy_chroma += coded.energy;
        }
        if let (Some(inverse), Some(plane), 0) = (&mut self.inverse, &mut self.picture.residual, at.plane) {
            let samples = inverse.samples(at.tx_size, (!block.lossless).then_some(tx_type));
            let width = usize::from(TX_WIDTH[usize::from(at.tx_size)]);
            plane.put(Spot { x: at.x4 * 4, y: at.y4 * 4, step: 1 }, width, samples);
            inverse.clear(at.tx_size);
        }
        if self.frame.wanted.transforms {
            let kind = if block.lossless { WHT_WHT } else { tx_type };
            self.emit_transform(at, kind, &coded, self.symbols.information() - before);
        }
        Ok(())
    }

    /// The contexts that coeffs( ) leaves (5.11.39); units outside the frame stay 0.
    #[inline]
    fn set_coefficient_contexts(&mut self, at: TransformBlock, context: u8) {
        let (sub_x, sub_y) = if at.plane > 0 { (self.frame.subsampling_x, self.frame.subsampling_y) } else { (0, 0) };
        let size = usize::from(at.tx_size);
        let w4 = usize::from(TX_WIDTH[size] >> 2).min((self.frame.mi_cols >> sub_x) - at.x4);
        let h4 = usize::from(TX_HEIGHT[size] >> 2).min((self.frame.mi_rows >> sub_y) - at.y4);
        fill(&mut self.above.coefficients[at.plane], at.x4, w4, context);
        fill(&mut self.left.coefficients[at.plane], at.y4 & left_mask(sub_y), h4, context);
    }

    /// transform_type( ) (5.11.47): reads TxType of a luma transform block.
    pub(super) fn transform_type(&mut self, block: &Block, tx_size: u8) -> u8 {
        let set = self.tx_set(block, tx_size);
        let segment_id = usize::from(block.info.segment_id) & (MAX_SEGMENTS - 1);
        let header = &self.frame.header;
        let qindex = if header.segmentation_params.segmentation_enabled {
            header.qindex[segment_id]
        } else {
            header.quantization_params.base_q_idx
        };
        if set == 0 || qindex == 0 {
            return DCT_DCT;
        }
        let size = usize::from(TX_SIZE_SQR[usize::from(tx_size)]);
        let cdfs = &mut self.cdfs.mode;
        let intra_dir = usize::from(block.intra_dir.min(12));
        match (block.info.is_inter, set) {
            (true, 1) => TX_TYPE_INTER_INV_SET1[self.symbols.symbol(&mut cdfs.inter_tx_type_set1[size & 1], 16) as usize & 15],
            (true, 2) => TX_TYPE_INTER_INV_SET2[(self.symbols.symbol(&mut cdfs.inter_tx_type_set2, 12) as usize).min(11)],
            (true, _) => TX_TYPE_INTER_INV_SET3[usize::from(self.symbols.boolean(&mut cdfs.inter_tx_type_set3[size & 3]))],
            (false, 1) => {
                TX_TYPE_INTRA_INV_SET1
                    [(self.symbols.symbol(&mut cdfs.intra_tx_type_set1[size & 1][intra_dir], 7) as usize).min(6)]
            }
            (false, _) => {
                TX_TYPE_INTRA_INV_SET2
                    [(self.symbols.symbol(&mut cdfs.intra_tx_type_set2[size.min(2)][intra_dir], 5) as usize).min(4)]
            }
        }
    }

    /// get_tx_set( ) (5.11.48).
    fn tx_set(&self, block: &Block, tx_size: u8) -> usize {
        let sqr = TX_SIZE_SQR[usize::from(tx_size)];
        let sqr_up = TX_SIZE_SQR_UP[usize::from(tx_size)];
        let reduced = self.frame.header.reduced_tx_set;
        if sqr_up > TX_32X32 {
            0
        } else if block.info.is_inter {
            if reduced || sqr_up == TX_32X32 {
                3
            } else if sqr == TX_16X16 {
                2
            } else {
                1
            }
        } else if sqr_up == TX_32X32 {
            0
        } else if reduced || sqr == TX_16X16 {
            2
        } else {
            1
        }
    }

    /// compute_tx_type( ) (5.11.40) of chroma.
    pub(super) fn chroma_tx_type(&self, block: &Block, at: TransformBlock) -> u8 {
        if block.lossless || TX_SIZE_SQR_UP[usize::from(at.tx_size)] > TX_32X32 {
            return DCT_DCT;
        }
        let set = self.tx_set(block, at.tx_size);
        let (tx_type, in_set) = if block.info.is_inter {
            let x4 = block.mi_col.max(at.x4 << self.frame.subsampling_x);
            let y4 = block.mi_row.max(at.y4 << self.frame.subsampling_y);
            let tx_type = self.tx_types[(y4 & 31) << 5 | x4 & 31];
            (tx_type, TX_TYPE_IN_SET_INTER[set][usize::from(tx_type & 15)])
        } else {
            let tx_type = MODE_TO_TXFM[usize::from(block.uv_mode.min(UV_CFL_PRED))];
            (tx_type, TX_TYPE_IN_SET_INTRA[set.min(2)][usize::from(tx_type & 15)])
        };
        if in_set == 1 { tx_type } else { DCT_DCT }
    }

    /// Keeps TxTypes of a luma transform block of an inter block, for its chroma.
    pub(super) fn set_tx_types(&mut self, at: TransformBlock, tx_type: u8) {
        let size = usize::from(at.tx_size);
        let (w4, h4) = (usize::from(TX_WIDTH[size] >> 2), usize::from(TX_HEIGHT[size] >> 2));
        for line in self.tx_types.chunks_exact_mut(32).skip(at.y4 & 31).take(h4) {
            fill(line, at.x4 & 31, w4, tx_type);
        }
    }
}

/// Where a row of 4x4 units stands in the contexts to the left.
#[inline(always)]
pub(super) const fn left_mask(subsampling_y: usize) -> usize {
    31 >> subsampling_y
}
