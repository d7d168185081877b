//! What a tile carries while it is read: the frame that no tile changes, and the state that lasts for the tile.

use std::ops::Range;

use codecorpus_bitstream::Wanted;
use codecorpus_bitstream::error::{ParseError, Result};
use codecorpus_bitstream::records::{NO_REF, Picture};
use codecorpus_bitstream::tally::{Class, Tally};

use crate::entropy::BoolDecoder;
use crate::entropy::counts::Counts;
use crate::entropy::probabilities::Probabilities;
use crate::headers::compressed::CompressedHeader;
use crate::headers::{FrameHeader, MAX_SEGMENTS};
use crate::neighbours::{BlockInfo, BlockMap, Contexts, Modes};
use crate::residual::inverse::Inverse;
use crate::residual::models::TokenModels;
use crate::residual::quantizer::Quantizer;
use crate::residual::scan::TokenCache;

/// One reference of a frame, by ref_frame.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// Of the picture that it is; [`NO_REF`] where that is missing.
    pub coded_order: i32,
    /// Whether its size is one that can be scaled (8.5.2.3).
    pub is_scalable: bool,
}

impl Default for Reference {
    fn default() -> Self {
        Self { coded_order: NO_REF, is_scalable: true }
    }
}

/// What all tiles of a frame read and none changes.
#[derive(Debug)]
pub struct Frame {
    pub header: FrameHeader,
    pub compressed: CompressedHeader,
    pub probabilities: Probabilities,
    pub wanted: Wanted,
    pub mi_rows: usize,
    pub mi_cols: usize,
    /// FrameIsIntra and Lossless.
    pub is_intra: bool,
    pub lossless: bool,
    /// By plane: luma, chroma.
    pub subsampling: [(u8, u8); 2],
    pub refs: [Reference; 4],
    pub quantizers: [Quantizer; MAX_SEGMENTS],
    /// Whether values are counted: error_resilient_mode and frame_parallel_decoding_mode are 0.
    pub counts: bool,
}

/// The state that lasts while a tile is read.
#[derive(Debug)]
pub struct Tile<'a> {
    pub frame: &'a Frame,
    pub picture: &'a mut Picture,
    pub counts: &'a mut Counts,
    pub bools: BoolDecoder<'a>,
    pub map: &'a mut BlockMap,
    /// PrevMvs and PrevRefFrames, where UsePrevFrameMvs is 1.
    pub previous: Option<&'a BlockMap>,
    /// PrevSegmentIds.
    pub previous_segment_ids: &'a [u8],
    /// SegmentIds, where this frame has them.
    pub segment_ids: &'a mut [u8],
    pub above: &'a mut Contexts,
    /// Indexed by row inside the superblock.
    pub left: &'a mut Contexts,
    pub models: &'a mut TokenModels,
    pub cache: &'a mut TokenCache,
    /// Where residual samples are asked for.
    pub inverse: Option<Inverse>,
    /// MiRowStart to MiRowEnd, MiColStart to MiColEnd.
    pub rows: Range<usize>,
    pub cols: Range<usize>,
    pub tally: Tally,
}

impl Tile<'_> {
    /// Counts the bits since the last call to a class.
    ///
    /// *mode*: partition, segment ids, skip, is_inter, intra modes, interpolation filters. *motion*: reference frames, the modes of
    /// vectors, vectors. *residual*: transform sizes, coefficients. *header*: both headers, the sizes of tiles, the marker bits
    /// and the padding of Boolean decoders.
    #[inline(always)]
    pub fn charge(&mut self, class: Class) {
        self.tally.charge(class, self.bools.information());
    }

    /// An error of this tile.
    #[cold]
    #[must_use]
    pub fn malformed(&self, element: &'static str, reason: &'static str) -> ParseError {
        ParseError::malformed(element, reason).at_bit(self.bools.bit_offset())
    }

    /// Whether the data still has what was read of it.
    #[inline]
    pub fn check_end(&self) -> Result<()> {
        if self.bools.overrun() {
            return Err(ParseError::end_of_data("tile").at_bit(self.bools.bit_offset()));
        }
        Ok(())
    }

    /// The block above a position, AvailU (6.4.3): it may be in the tile above.
    #[inline(always)]
    #[must_use]
    pub fn modes_above(&self, row: usize, col: usize) -> Option<Modes> {
        self.map.get(row.checked_sub(1)?, col).map(|info: &BlockInfo| info.modes)
    }

    /// The block to the left of a position, AvailL (6.4.3): it is in the same tile.
    #[inline(always)]
    #[must_use]
    pub fn modes_left(&self, row: usize, col: usize) -> Option<Modes> {
        if col <= self.cols.start {
            return None;
        }
        self.map.get(row, col - 1).map(|info: &BlockInfo| info.modes)
    }
}
