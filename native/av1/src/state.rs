//! What a tile carries while it is read: the frame that no tile changes, and the state that lasts for the tile.

use std::sync::Arc;

use codecorpus_bitstream::error::ParseError;
use codecorpus_bitstream::reader::Wanted;
use codecorpus_bitstream::records::{NO_REF, Picture};
use codecorpus_bitstream::tally::{Class, Tally};

use crate::block::color_map::ColorMap;
use crate::block::leaves::{MAX_LEAVES, TxLeaf};
use crate::entropy::SymbolDecoder;
use crate::entropy::cdfs::Cdfs;
use crate::headers::{FrameHeader, QIndex, SequenceHeader, TOTAL_REFS_PER_FRAME};
use crate::motion::field::MotionField;
use crate::neighbours::{BlockInfo, BlockMap, EdgeContexts};
use crate::refs::{SavedMv, SegmentIds};
use crate::residual::inverse::Inverse;
use crate::residual::levels::Levels;
use crate::residual::quantizer::Quantizer;
use crate::residual::scan::Scans;
use crate::residual::transform::TxType;
use crate::sizes::BlockSize;
use crate::tables::modes::{SGRPROJ_XQD_MID, WIENER_TAPS_MID};

/// What a frame's tiles need to know of one reference, by RefFrame value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    /// Of the picture that it is; [`NO_REF`] where that is missing.
    pub(crate) coded_order: i32,
    /// is_scaled( ) (5.11.27).
    pub(crate) is_scaled: bool,
    /// Whether it precedes the frame in output order, so that vectors to it are saved (7.19).
    pub(crate) is_before: bool,
    /// get_relative_dist( OrderHint, OrderHints[ ref ] ).
    pub(crate) distance: i32,
    /// warpValid (7.11.3.6) of its global motion.
    pub(crate) is_warp_valid: bool,
}

impl Default for Reference {
    fn default() -> Self {
        Self { coded_order: NO_REF, is_scaled: false, is_before: false, distance: 0, is_warp_valid: false }
    }
}

/// What all tiles of a frame read and none changes.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) sequence: Arc<SequenceHeader>,
    pub(crate) header: Arc<FrameHeader>,
    pub(crate) coded_order: u32,
    pub(crate) wanted: Wanted,
    pub(crate) mi_rows: usize,
    pub(crate) mi_cols: usize,
    pub(crate) num_planes: usize,
    pub(crate) bit_depth: u8,
    pub(crate) subsampling_x: usize,
    pub(crate) subsampling_y: usize,
    pub(crate) refs: [Reference; TOTAL_REFS_PER_FRAME],
    pub(crate) motion_field: MotionField,
    /// PrevSegmentIds; `None` where all are 0.
    pub(crate) prev_segment_ids: Option<Arc<SegmentIds>>,
}

impl Frame {
    #[must_use]
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self {
            sequence: Arc::default(),
            header: Arc::default(),
            coded_order: 0,
            wanted,
            mi_rows: 0,
            mi_cols: 0,
            num_planes: 1,
            bit_depth: 8,
            subsampling_x: 0,
            subsampling_y: 0,
            refs: [Reference::default(); TOTAL_REFS_PER_FRAME],
            motion_field: MotionField::default(),
            prev_segment_ids: None,
        }
    }
}

/// Where a tile begins and ends, in 4x4 units: MiRowStart to MiColEnd.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TileBounds {
    pub(crate) mi_row_start: usize,
    pub(crate) mi_row_end: usize,
    pub(crate) mi_col_start: usize,
    pub(crate) mi_col_end: usize,
}

/// What blocks of a superblock share, and leave to the next one.
#[derive(Debug, Default)]
pub(crate) struct Superblock {
    /// CurrentQIndex.
    pub(crate) current_q_index: QIndex,
    /// ReadDeltas.
    pub(crate) read_deltas: bool,
    /// DeltaLF.
    pub(crate) delta_lf: [i8; 4],
    /// Whether cdef_idx of each 64x64 luma block was read.
    pub(crate) cdef_read: [[bool; 2]; 2],
}

/// What loop restoration units are coded against, by plane.
#[derive(Debug)]
pub(crate) struct Restoration {
    /// RefLrWiener.
    pub(crate) ref_lr_wiener: [[[i8; 3]; 2]; 3],
    /// RefSgrXqd.
    pub(crate) ref_sgr_xqd: [[i8; 2]; 3],
}

impl Default for Restoration {
    /// As a tile begins (5.11.2).
    fn default() -> Self {
        Self { ref_lr_wiener: [[WIENER_TAPS_MID; 2]; 3], ref_sgr_xqd: [SGRPROJ_XQD_MID; 3] }
    }
}

/// What transform blocks are read with.
#[derive(Debug)]
pub(crate) struct TransformState {
    pub(crate) levels: Levels,
    /// Where residual samples are asked for.
    pub(crate) inverse: Option<Inverse>,
    pub(crate) quantizer: Quantizer,
    pub(crate) scans: &'static Scans,
    /// TxTypes of the superblock's 4x4 units, row by row.
    pub(crate) tx_types: Box<[TxType; 1024]>,
}

impl Default for TransformState {
    fn default() -> Self {
        Self {
            levels: Levels::default(),
            inverse: None,
            quantizer: Quantizer::default(),
            scans: Scans::all(),
            tx_types: Box::new([TxType::DctDct; 1024]),
        }
    }
}

/// The state that lasts while a tile is read.
#[derive(Debug)]
pub(crate) struct Tile<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) bounds: TileBounds,
    pub(crate) picture: &'a mut Picture,
    pub(crate) tally: Tally,
    pub(crate) cdfs: &'a mut Cdfs,
    pub(crate) symbols: SymbolDecoder<'a>,
    pub(crate) map: &'a mut BlockMap,
    pub(crate) above: &'a mut EdgeContexts,
    /// Indexed by row modulo 32, chroma by its own.
    pub(crate) left: &'a mut EdgeContexts,
    pub(crate) superblock: Superblock,
    pub(crate) restoration: Restoration,
    pub(crate) transform_state: &'a mut TransformState,
    pub(crate) color_map: &'a mut ColorMap,
    /// The transform size tree of the block that is being read.
    pub(crate) leaves: &'a mut [TxLeaf; MAX_LEAVES],
    /// MfRefFrames and MfMvs of the whole frame.
    pub(crate) saved_motion: &'a mut [SavedMv],
    /// SegmentIds of the whole frame; empty where segmentation is off.
    pub(crate) segment_ids: &'a mut [u8],
}

impl Frame {
    /// sbSize (5.11.2).
    #[inline]
    #[must_use]
    pub(crate) fn superblock_size(&self) -> BlockSize {
        if self.sequence.use_128x128_superblock { BlockSize::B128x128 } else { BlockSize::B64x64 }
    }
}

impl Tile<'_> {
    /// Counts the bits since the last call to a class.
    ///
    /// *mode*: partition, skip, skip_mode, segment ids, is_inter, intra modes, palettes with their colour maps, intra block copy's flag, filter intra,
    /// chroma from luma, interpolation filters, motion_mode, interintra and compound types, delta_lf, CDEF and loop restoration.
    /// *motion*: reference frames, the modes of vectors, drl_mode, vectors. *residual*: delta_q, transform sizes and types, coefficients.
    #[inline(always)]
    pub(crate) fn charge(&mut self, class: Class) {
        self.tally.charge(class, self.symbols.information());
    }

    /// is_inside( ) (5.11.51).
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_inside(&self, row: i32, col: i32) -> bool {
        row >= self.bounds.mi_row_start as i32
            && row < self.bounds.mi_row_end as i32
            && col >= self.bounds.mi_col_start as i32
            && col < self.bounds.mi_col_end as i32
    }

    /// The block at a position inside the tile, if it has been read.
    #[inline(always)]
    #[must_use]
    pub(crate) fn inside(&self, row: i32, col: i32) -> Option<&BlockInfo> {
        if self.is_inside(row, col) { self.map.get(row as usize, col as usize) } else { None }
    }

    /// An error of this tile.
    #[cold]
    #[must_use]
    pub(crate) fn malformed(&self, element: &'static str, reason: &'static str) -> ParseError {
        ParseError::malformed(element, reason).at_bit(self.symbols.bit_offset())
    }
}
