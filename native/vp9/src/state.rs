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
pub(crate) struct Reference {
    /// Of the picture that it is; [`NO_REF`] where that is missing.
    pub(crate) coded_order: i32,
    /// Whether its size is one that can be scaled (8.5.2.3).
    pub(crate) is_scalable: bool,
}

impl Default for Reference {
    fn default() -> Self {
        Self { coded_order: NO_REF, is_scalable: true }
    }
}

/// What all tiles of a frame read and none changes.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) header: FrameHeader,
    pub(crate) compressed: CompressedHeader,
    pub(crate) probabilities: Probabilities,
    pub(crate) wanted: Wanted,
    pub(crate) mi_rows: usize,
    pub(crate) mi_cols: usize,
    /// FrameIsIntra and Lossless.
    pub(crate) is_intra: bool,
    pub(crate) lossless: bool,
    /// By plane: luma, chroma.
    pub(crate) subsampling: [(u8, u8); 2],
    pub(crate) refs: [Reference; 4],
    pub(crate) quantizers: [Quantizer; MAX_SEGMENTS],
    /// Whether values are counted: error_resilient_mode and frame_parallel_decoding_mode are 0.
    pub(crate) counts: bool,
}

/// The state that lasts while a tile is read.
#[derive(Debug)]
pub(crate) struct Tile<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) picture: &'a mut Picture,
    pub(crate) counts: &'a mut Counts,
    pub(crate) bools: BoolDecoder<'a>,
    pub(crate) map: &'a mut BlockMap,
    /// PrevMvs and PrevRefFrames, where UsePrevFrameMvs is 1.
    pub(crate) previous: Option<&'a BlockMap>,
    /// PrevSegmentIds.
    pub(crate) previous_segment_ids: &'a [u8],
    /// SegmentIds, where this frame has them.
    pub(crate) segment_ids: &'a mut [u8],
    pub(crate) above: &'a mut Contexts,
    /// Indexed by row inside the superblock.
    pub(crate) left: &'a mut Contexts,
    pub(crate) models: &'a mut TokenModels,
    pub(crate) cache: &'a mut TokenCache,
    /// Where residual samples are asked for.
    pub(crate) inverse: Option<Inverse>,
    /// MiRowStart to MiRowEnd, MiColStart to MiColEnd.
    pub(crate) rows: Range<usize>,
    pub(crate) cols: Range<usize>,
    pub(crate) tally: Tally,
}

impl Tile<'_> {
    /// Counts the bits since the last call to a class.
    ///
    /// *mode*: partition, segment ids, skip, is_inter, intra modes, interpolation filters. *motion*: reference frames, the modes of
    /// vectors, vectors. *residual*: transform sizes, coefficients. *header*: both headers, the sizes of tiles, the marker bits
    /// and the padding of Boolean decoders.
    #[inline(always)]
    pub(crate) fn charge(&mut self, class: Class) {
        self.tally.charge(class, self.bools.information());
    }

    /// An error of this tile.
    #[cold]
    #[must_use]
    pub(crate) fn malformed(&self, element: &'static str, reason: &'static str) -> ParseError {
        ParseError::malformed(element, reason).at_bit(self.bools.bit_offset())
    }

    /// Whether the data still has what was read of it.
    #[inline]
    pub(crate) fn check_end(&self) -> Result<()> {
        if self.bools.overrun() {
            return Err(ParseError::end_of_data("tile").at_bit(self.bools.bit_offset()));
        }
        Ok(())
    }

    /// The block above a position, AvailU (6.4.3): it may be in the tile above.
    #[inline(always)]
    #[must_use]
    pub(crate) fn modes_above(&self, row: usize, col: usize) -> Option<Modes> {
        self.map.get(row.checked_sub(1)?, col).map(|info: &BlockInfo| info.modes)
    }

    /// The block to the left of a position, AvailL (6.4.3): it is in the same tile.
    #[inline(always)]
    #[must_use]
    pub(crate) fn modes_left(&self, row: usize, col: usize) -> Option<Modes> {
        if col <= self.cols.start {
            return None;
        }
        self.map.get(row, col - 1).map(|info: &BlockInfo| info.modes)
    }
}
