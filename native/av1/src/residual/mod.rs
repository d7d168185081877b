//! The residual (5.11.34 to 5.11.39): which transform blocks there are, their types, and what their coefficients add up to.

pub(crate) mod coefficients;
pub(crate) mod inverse;
pub(crate) mod levels;
pub(crate) mod quantizer;
pub(crate) mod scan;
pub(crate) mod transform;

use codecorpus_bitstream::PlanePosition;
use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::information::Information;

use self::transform::{TransformBlock, TxSet, TxType};
use crate::block::Block;
use crate::headers::QIndex;
use crate::neighbours::fill;
use crate::sizes::{BlockSize, TxSize};
use crate::state::Tile;
use crate::tables::transforms::{
    TX_TYPE_INTER_INV_SET1, TX_TYPE_INTER_INV_SET2, TX_TYPE_INTER_INV_SET3, TX_TYPE_INTRA_INV_SET1, TX_TYPE_INTRA_INV_SET2,
};

impl Tile<'_> {
    /// residual( ) (5.11.34).
    pub(crate) fn residual(&mut self, block: &mut Block) -> Result<()> {
        let (width_chunks, height_chunks) = ((block.bw4 >> 4).max(1), (block.bh4 >> 4).max(1));
        let chunk_size = if width_chunks > 1 || height_chunks > 1 { BlockSize::B64x64 } else { block.info.mi_size };
        let mut leaf = 0;
        for chunk_y in 0..height_chunks {
            for chunk_x in 0..width_chunks {
                let (row, col) = (block.mi_row + (chunk_y << 4), block.mi_col + (chunk_x << 4));
                if block.info.is_inter && !block.lossless {
                    self.luma_leaves(block, &mut leaf, row + 16, col + 16)?;
                } else {
                    let tx_size = block.tx_size.filter(|_| !block.lossless).unwrap_or(TxSize::T4x4);
                    self.plane_chunk(block, 0, chunk_size, tx_size, row, col)?;
                }
                if block.has_chroma {
                    let tx_size = if block.lossless { TxSize::T4x4 } else { uv_tx_size(block) };
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
                let transform =
                    TransformBlock { plane: 0, x4: col, y4: row, tx_size: leaf.tx_size, plane_size: block.info.mi_size };
                self.transform_block(block, transform)?;
            }
        }
        Ok(())
    }

    /// The transform blocks of one plane in one chunk, in raster order (5.11.34).
    fn plane_chunk(
        &mut self,
        block: &mut Block,
        plane: usize,
        chunk_size: BlockSize,
        tx_size: TxSize,
        row: usize,
        col: usize,
    ) -> Result<()> {
        let (sub_x, sub_y) = if plane > 0 { (self.frame.subsampling_x, self.frame.subsampling_y) } else { (0, 0) };
        let chunk = chunk_size.subsampled(sub_x, sub_y).unwrap_or(chunk_size);
        let plane_size = if plane > 0 { block.chroma_size } else { block.info.mi_size };
        let (base_x, base_y) = (col >> sub_x, row >> sub_y);
        let end_x = (base_x + chunk.width4()).min(self.frame.mi_cols >> sub_x);
        let end_y = (base_y + chunk.height4()).min(self.frame.mi_rows >> sub_y);
        for y4 in (base_y..end_y).step_by(tx_size.height4()) {
            for x4 in (base_x..end_x).step_by(tx_size.width4()) {
                self.transform_block(block, TransformBlock { plane, x4, y4, tx_size, plane_size })?;
            }
        }
        Ok(())
    }

    /// transform_block( ) (5.11.35), as far as coeffs( ) goes.
    fn transform_block(&mut self, block: &mut Block, transform: TransformBlock) -> Result<()> {
        let before = if self.frame.wanted.transforms { self.symbols.information() } else { Information::default() };
        let (coded, tx_type) = self.coeffs(block, transform)?;
        self.set_coefficient_contexts(transform, coded.cul_level | coded.dc_category << 6);
        if coded.coefs == 0 {
            return Ok(());
        }
        let sums = &mut block.residual;
        if transform.plane == 0 {
            sums.coefs += coded.coefs;
            sums.energy += coded.energy;
            let longer = transform.tx_size.width_log2().max(transform.tx_size.height_log2());
            sums.largest_transform = sums.largest_transform.max(longer);
        } else {
            sums.coefs_chroma += coded.coefs;
            sums.energy_chroma += coded.energy;
        }
        if let (Some(inverse), Some(plane), 0) = (&mut self.transform_state.inverse, &mut self.picture.residual, transform.plane)
        {
            let samples = inverse.samples(transform.tx_size, (!block.lossless).then_some(tx_type));
            let width = usize::from(transform.tx_size.width());
            plane.put(PlanePosition { x: transform.x4 * 4, y: transform.y4 * 4, step: 1 }, width, samples);
            inverse.clear(transform.tx_size);
        }
        if self.frame.wanted.transforms {
            let tx_type = (!block.lossless).then_some(tx_type);
            self.emit_transform(transform, tx_type, &coded, self.symbols.information() - before);
        }
        Ok(())
    }

    /// The contexts that coeffs( ) leaves (5.11.39); units outside the frame stay 0.
    #[inline]
    fn set_coefficient_contexts(&mut self, transform: TransformBlock, context: u8) {
        let (sub_x, sub_y) = if transform.plane > 0 { (self.frame.subsampling_x, self.frame.subsampling_y) } else { (0, 0) };
        let w4 = transform.tx_size.width4().min((self.frame.mi_cols >> sub_x) - transform.x4);
        let h4 = transform.tx_size.height4().min((self.frame.mi_rows >> sub_y) - transform.y4);
        fill(&mut self.above.coefficients[transform.plane], transform.x4, w4, context);
        fill(&mut self.left.coefficients[transform.plane], transform.y4 & left_mask(sub_y), h4, context);
    }

    /// transform_type( ) (5.11.47): reads TxType of a luma transform block.
    pub(super) fn transform_type(&mut self, block: &Block, tx_size: TxSize) -> TxType {
        let header = &self.frame.header;
        let set = TxSet::new(tx_size, block.info.is_inter, header.reduced_tx_set);
        let qindex = if header.segmentation_params.segmentation_enabled {
            header.qindex[usize::from(block.info.segment_id & 7)]
        } else {
            header.quantization_params.base_q_idx
        };
        if qindex == QIndex(0) {
            return TxType::DctDct;
        }
        let size = tx_size.square() as usize;
        let intra_dir = block.intra.intra_dir as usize;
        let (symbols, cdfs) = (&mut self.symbols, &mut self.cdfs.mode);
        match set {
            TxSet::DctOnly => TxType::DctDct,
            TxSet::Inter1 => symbols.value(&mut cdfs.inter_tx_type_set1[size & 1], &TX_TYPE_INTER_INV_SET1),
            TxSet::Inter2 => symbols.value(&mut cdfs.inter_tx_type_set2, &TX_TYPE_INTER_INV_SET2),
            TxSet::Inter3 => TX_TYPE_INTER_INV_SET3[usize::from(symbols.boolean(&mut cdfs.inter_tx_type_set3[size & 3]))],
            TxSet::Intra1 => symbols.value(&mut cdfs.intra_tx_type_set1[size & 1][intra_dir], &TX_TYPE_INTRA_INV_SET1),
            TxSet::Intra2 => symbols.value(&mut cdfs.intra_tx_type_set2[size.min(2)][intra_dir], &TX_TYPE_INTRA_INV_SET2),
        }
    }

    /// compute_tx_type( ) (5.11.40) of chroma.
    pub(super) fn chroma_tx_type(&self, block: &Block, transform: TransformBlock) -> TxType {
        if block.lossless {
            return TxType::DctDct;
        }
        let set = TxSet::new(transform.tx_size, block.info.is_inter, self.frame.header.reduced_tx_set);
        let tx_type = if block.info.is_inter {
            let x4 = block.mi_col.max(transform.x4 << self.frame.subsampling_x);
            let y4 = block.mi_row.max(transform.y4 << self.frame.subsampling_y);
            self.transform_state.tx_types[(y4 & 31) << 5 | x4 & 31]
        } else {
            TxType::of_mode(block.intra.uv_mode)
        };
        if set.contains(tx_type) { tx_type } else { TxType::DctDct }
    }

    /// Keeps TxTypes of a luma transform block of an inter block, for its chroma (5.11.47).
    pub(super) fn set_tx_types(&mut self, transform: TransformBlock, tx_type: TxType) {
        for line in self.transform_state.tx_types.chunks_exact_mut(32).skip(transform.y4 & 31).take(transform.tx_size.height4()) {
            fill(line, transform.x4 & 31, transform.tx_size.width4(), tx_type);
        }
    }
}

/// get_tx_size( ) (5.11.37) of chroma: transforms of 64 samples are cut to 32.
fn uv_tx_size(block: &Block) -> TxSize {
    match block.chroma_size.max_tx_size() {
        TxSize::T16x64 => TxSize::T16x32,
        TxSize::T64x16 => TxSize::T32x16,
        TxSize::T64x64 | TxSize::T64x32 | TxSize::T32x64 => TxSize::T32x32,
        uv_tx => uv_tx,
    }
}

/// Where a row of 4x4 units stands in the contexts to the left.
#[inline(always)]
pub(super) const fn left_mask(subsampling_y: usize) -> usize {
    31 >> subsampling_y
}
