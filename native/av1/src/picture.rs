//! One frame: what its tiles share, and what it leaves to later frames (5.11.1, 7.4, 7.20).

use std::sync::Arc;

use codecorpus_bitstream::Plane;
use codecorpus_bitstream::error::{ParseError, Result};
use codecorpus_bitstream::pool::PicturePool;
use codecorpus_bitstream::reader::Wanted;
use codecorpus_bitstream::records::{FrameRecord, NO_REF, Picture};
use codecorpus_bitstream::tally::Tally;

use crate::block::color_map::ColorMap;
use crate::block::leaves::{MAX_LEAVES, TxLeaf};
use crate::entropy::SymbolDecoder;
use crate::entropy::cdfs::Cdfs;
use crate::headers::{FrameHeader, FrameSize, PRIMARY_REF_NONE, QIndex, RefFrame, SequenceHeader, TOTAL_REFS_PER_FRAME};
use crate::motion::warp::warp_valid;
use crate::neighbours::{BlockMap, EdgeContexts};
use crate::refs::{SavedMotion, SavedMv, SavedTiles, SegmentIds, Slots};
use crate::residual::inverse::Inverse;
use crate::state::{Frame, Reference, Restoration, Superblock, Tile, TileBounds, TransformState};

/// Decodes the tiles of one frame after another.
#[derive(Debug)]
pub(crate) struct FrameDecoder {
    frame: Frame,
    picture: Box<Picture>,
    pictures: PicturePool,
    /// The frame's distributions before its first tile.
    cdfs: Arc<Cdfs>,
    /// The distributions of the tile that is being read.
    tile_cdfs: Box<Cdfs>,
    /// Saved CDFs: those of the tile context_update_tile_id.
    saved_cdfs: Option<Arc<Cdfs>>,
    saved_motion: Arc<SavedMotion>,
    segment_ids: Option<Arc<SegmentIds>>,
    /// Motion of earlier frames, for its allocations.
    pool: Vec<Arc<SavedMotion>>,
    map: BlockMap,
    above: EdgeContexts,
    left: EdgeContexts,
    transform_state: TransformState,
    color_map: ColorMap,
    leaves: Box<[TxLeaf; MAX_LEAVES]>,
}

/// More frames than the slots and the current one never hold motion at a time.
const POOL: usize = 10;

impl FrameDecoder {
    #[must_use]
    pub(crate) fn new(wanted: Wanted) -> Self {
        let cdfs = Arc::new(Cdfs::new(QIndex::default()));
        let mut left = EdgeContexts::default();
        left.resize(32);
        Self {
            frame: Frame::new(wanted),
            picture: Box::default(),
            pictures: PicturePool::default(),
            tile_cdfs: Box::new((*cdfs).clone()),
            cdfs,
            saved_cdfs: None,
            saved_motion: Arc::default(),
            segment_ids: None,
            pool: Vec::new(),
            map: BlockMap::default(),
            above: EdgeContexts::default(),
            left,
            transform_state: TransformState::default(),
            color_map: ColorMap::default(),
            leaves: Box::new([TxLeaf::default(); MAX_LEAVES]),
        }
    }

    /// load_cdfs( ), init_coeff_cdfs( ), init_non_coeff_cdfs( ) and load_previous_segment_ids( ) (6.8.2).
    fn load_cdfs_and_segment_ids(&mut self, slots: &Slots) -> Result<()> {
        let header = &self.frame.header;
        self.saved_cdfs = None;
        self.frame.prev_segment_ids = None;
        if header.primary_ref_frame == PRIMARY_REF_NONE {
            self.cdfs = Arc::new(Cdfs::new(header.quantization_params.base_q_idx));
        } else {
            let slot = header.ref_frame_idx.get(usize::from(header.primary_ref_frame));
            let Some(previous) = slot.and_then(|&slot| slots.get(slot)) else {
                return Err(ParseError::malformed("primary_ref_frame", "the frame that it names is missing"));
            };
            self.cdfs = Arc::clone(&previous.tiles.cdfs);
            if previous.header.size.mi_rows == header.size.mi_rows && previous.header.size.mi_cols == header.size.mi_cols {
                self.frame.prev_segment_ids = previous.tiles.segment_ids.clone();
            }
        }
        let enabled = header.segmentation_params.segmentation_enabled;
        self.segment_ids = enabled.then(|| Arc::new(vec![0; self.frame.mi_rows * self.frame.mi_cols]));
        Ok(())
    }

    /// A motion field of `units` with no vector, from the pool where one is free.
    fn empty_motion(&mut self, units: usize) -> Arc<SavedMotion> {
        let free = self.pool.iter().position(|motion| Arc::strong_count(motion) == 1);
        let mut motion = free.map_or_else(Arc::default, |at| self.pool.swap_remove(at));
        if let Some(motion) = Arc::get_mut(&mut motion) {
            motion.units.clear();
            motion.units.resize(units, SavedMv::default());
        }
        motion
    }

    /// Prepares for a frame's tiles: what uncompressed_header( ) (5.9.2) loads or estimates for them.
    ///
    /// # Errors
    /// Where the slot that the frame's distributions come from is empty.
    pub(crate) fn begin(
        &mut self,
        sequence: &Arc<SequenceHeader>,
        header: &Arc<FrameHeader>,
        slots: &Slots,
        picture: Box<Picture>,
    ) -> Result<()> {
        let size = &header.size;
        let color = &sequence.color_config;
        let frame = &mut self.frame;
        frame.sequence = Arc::clone(sequence);
        frame.header = Arc::clone(header);
        frame.coded_order = picture.frame.coded_order;
        frame.mi_rows = size.mi_rows as usize;
        frame.mi_cols = size.mi_cols as usize;
        frame.num_planes = if color.mono_chrome { 1 } else { 3 };
        frame.bit_depth = color.bit_depth.clamp(8, 12);
        frame.subsampling_x = usize::from(color.subsampling_x);
        frame.subsampling_y = usize::from(color.subsampling_y);
        frame.refs = references(sequence, header, slots);
        if header.use_ref_frame_mvs {
            frame.motion_field.estimate(sequence, header, slots);
        }
        self.picture = picture;
        let FrameRecord { width, height, .. } = self.picture.frame;
        self.picture.residual = self.frame.wanted.residual.then(|| Plane::new(width, height));
        self.load_cdfs_and_segment_ids(slots)?;
        let units = (self.frame.mi_rows >> 1) * (self.frame.mi_cols >> 1);
        self.saved_motion = self.empty_motion(units);
        self.map.reset(self.frame.mi_rows, self.frame.mi_cols);
        self.above.resize(self.frame.mi_cols);
        self.transform_state.quantizer.reset();
        Ok(())
    }

    /// One tile of tile_group_obu( ) (5.11.1).
    ///
    /// # Errors
    /// Anything in it that breaks the standard; bit offsets count from the start of `data`.
    pub(crate) fn tile(&mut self, tile_num: u32, data: &[u8]) -> Result<()> {
        let header = Arc::clone(&self.frame.header);
        let info = &header.tile_info;
        let (row, col) = (tile_num / info.tile_cols.max(1), tile_num % info.tile_cols.max(1));
        let bound = |starts: &[u32], at: u32, end: usize| starts.get(at as usize).map_or(end, |&start| (start as usize).min(end));
        let (mi_rows, mi_cols) = (self.frame.mi_rows, self.frame.mi_cols);
        (*self.tile_cdfs).clone_from(&self.cdfs);
        let (Some(motion), segment_ids) =
            (Arc::get_mut(&mut self.saved_motion), self.segment_ids.as_mut().and_then(Arc::get_mut))
        else {
            return Err(ParseError::malformed("tile", "the frame has ended"));
        };
        self.transform_state.inverse = self.frame.wanted.residual.then(|| Inverse::new(self.frame.bit_depth));
        let mut tile = Tile {
            frame: &self.frame,
            bounds: TileBounds {
                mi_row_start: bound(&info.mi_row_starts, row, mi_rows),
                mi_row_end: bound(&info.mi_row_starts, row + 1, mi_rows),
                mi_col_start: bound(&info.mi_col_starts, col, mi_cols),
                mi_col_end: bound(&info.mi_col_starts, col + 1, mi_cols),
            },
            picture: &mut self.picture,
            tally: Tally::default(),
            cdfs: &mut self.tile_cdfs,
            symbols: SymbolDecoder::new(data, header.disable_cdf_update),
            map: &mut self.map,
            above: &mut self.above,
            left: &mut self.left,
            superblock: Superblock::default(),
            restoration: Restoration::default(),
            transform_state: &mut self.transform_state,
            color_map: &mut self.color_map,
            leaves: &mut self.leaves,
            saved_motion: &mut motion.units,
            segment_ids: segment_ids.map(Vec::as_mut_slice).unwrap_or_default(),
        };
        tile.decode()?;
        if !header.disable_frame_end_update_cdf && tile_num == info.context_update_tile_id {
            let mut cdfs = (*self.tile_cdfs).clone();
            cdfs.clear_counts();
            self.saved_cdfs = Some(Arc::new(cdfs));
        }
        Ok(())
    }

    /// frame_end_update_cdf( ) and decode_frame_wrapup( ) (7.4, 7.7), after the last tile.
    ///
    /// # Errors
    /// Where the tile whose distributions the frame keeps was not read, or blocks do not cover the frame.
    pub(crate) fn end(&mut self) -> Result<(Box<Picture>, SavedTiles)> {
        if !self.map.is_covered() {
            return Err(ParseError::malformed("tile_group_obu", "its blocks do not cover the frame"));
        }
        let header = &self.frame.header;
        if !header.disable_frame_end_update_cdf {
            let Some(cdfs) = self.saved_cdfs.take() else {
                return Err(ParseError::malformed("context_update_tile_id", "the tile that it names is missing"));
            };
            self.cdfs = cdfs;
        }
        let params = &header.segmentation_params;
        let segment_ids = if params.segmentation_enabled && !params.segmentation_update_map {
            self.frame.prev_segment_ids.clone()
        } else {
            self.segment_ids.take()
        };
        if self.pool.len() < POOL {
            self.pool.push(Arc::clone(&self.saved_motion));
        }
        let tiles = SavedTiles { cdfs: Arc::clone(&self.cdfs), motion: Arc::clone(&self.saved_motion), segment_ids };
        Ok((std::mem::take(&mut self.picture), tiles))
    }

    /// The picture of a frame that is given up between `begin` and `end`.
    pub(crate) fn give_up(&mut self) -> Box<Picture> {
        std::mem::take(&mut self.picture)
    }

    /// An empty picture, with the allocations of an old one where there is one.
    pub(crate) fn recycled(&mut self) -> Box<Picture> {
        self.pictures.take()
    }

    /// Takes a picture whose rows have been read.
    pub(crate) fn recycle(&mut self, picture: Box<Picture>) {
        self.pictures.give_back(picture);
    }
}

/// What the header and the slots say of each reference (7.9.2, 7.11.3.3, 7.19).
fn references(sequence: &SequenceHeader, header: &FrameHeader, slots: &Slots) -> [Reference; TOTAL_REFS_PER_FRAME] {
    let mut references = [Reference::default(); TOTAL_REFS_PER_FRAME];
    if header.frame_is_intra {
        return references;
    }
    for (ref_frame, &slot) in RefFrame::INTER.into_iter().zip(&header.ref_frame_idx) {
        let hint = header.order_hints[ref_frame.index()];
        references[ref_frame.index()] = Reference {
            coded_order: slots.coded_order(slot).map_or(NO_REF, |coded_order| coded_order as i32),
            is_scaled: slots.header(slot).is_some_and(|reference| is_scaled(&reference.size, &header.size)),
            is_before: hint.is_before(header.order_hint, sequence),
            distance: header.order_hint.relative_dist(hint, sequence),
            is_warp_valid: warp_valid(&header.gm_params[ref_frame.index()]),
        };
    }
    references
}

/// is_scaled( ) (5.11.27). A frame whose size is lost counts as of the same size.
fn is_scaled(reference: &FrameSize, current: &FrameSize) -> bool {
    const REF_SCALE_SHIFT: u32 = 14;
    let scale = |reference: u32, current: u32| {
        let current = u64::from(current.max(1));
        ((u64::from(reference) << REF_SCALE_SHIFT) + current / 2) / current
    };
    let none = 1 << REF_SCALE_SHIFT;
    reference.mi_cols > 0
        && (scale(reference.upscaled_width, current.frame_width) != none
            || scale(reference.frame_height, current.frame_height) != none)
}
