//! What a slice segment carries while it is read: what its picture's segments share, and the state that lasts for it.

use std::cell::Cell;

use codecorpus_bitstream::cabac::Cabac;
use codecorpus_bitstream::nal::Rbsp;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::tally::{Class, Tally};
use codecorpus_bitstream::{ParseError, Result, Wanted};

use crate::block::coding_unit::CodingUnit;
use crate::entropy::{Entropy, EntropyState};
use crate::headers::pps::Pps;
use crate::headers::slice::{SliceHeader, SliceSegmentHeader};
use crate::headers::sps::Sps;
use crate::headers::tiles::TileScan;
use crate::motion::{MotionField, MotionGrid, PuMotion, SliceMotion};
use crate::neighbours::{CodingCell, CtbNeighbours, LeftCells};
use crate::qp::QuantGroup;
use crate::refs::RefPicLists;
use crate::residual::inverse::{Inverse, RdpcmBuffer};

/// State of one picture that its slice segments leave to later ones.
#[derive(Debug, Default)]
pub(crate) struct PictureState {
    /// SliceAddrRs of every CTB that is decoded, by raster scan address; [`NOT_DECODED`] for others.
    pub(crate) slice_addr: Vec<u32>,
    pub(crate) ctbs_decoded: usize,
    /// The coding blocks above, every 8 samples.
    pub(crate) above: Vec<CodingCell>,
    /// Of the prediction blocks at the bottom of the CTBs above, every 4 samples.
    pub(crate) above_motion: Vec<PuMotion>,
    /// Where the last slice segment ended, where one may depend on it.
    pub(crate) dependent: Option<Box<SegmentEnd>>,
    /// After the second CTB of the CTB row above (TableStateIdxWpp).
    pub(crate) wavefront: Option<EntropyState>,
    /// QpY of the last coding unit in decoding order.
    pub(crate) last_qp: i32,
    /// CuQpOffsetCb, CuQpOffsetCr.
    pub(crate) cu_qp_offset: [i32; 2],
}

/// What a slice segment leaves to one that depends on it and may begin in the middle of a CTB row.
#[derive(Debug)]
pub(crate) struct SegmentEnd {
    /// TableStateIdxDs.
    pub(crate) state: EntropyState,
    pub(crate) left: LeftCells,
    pub(crate) grid: MotionGrid,
}

pub(crate) const NOT_DECODED: u32 = u32::MAX;

impl PictureState {
    /// Begins a picture of `ctbs` CTBs that is `width` luma samples wide.
    pub(crate) fn reset(&mut self, ctbs: usize, width: usize) {
        self.slice_addr.clear();
        self.slice_addr.resize(ctbs, NOT_DECODED);
        self.ctbs_decoded = 0;
        // Whole CTBs of 64 samples, and a cell beyond, so that no CTB at the right edge needs care.
        let padded = width.next_multiple_of(64);
        self.above.clear();
        self.above.resize(padded / 8, CodingCell::UNAVAILABLE);
        self.above_motion.clear();
        self.above_motion.resize(padded / 4 + 1, PuMotion::UNAVAILABLE);
        self.dependent = None;
        self.wavefront = None;
    }
}

/// Everything that the slice segments of a picture share and do not change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SliceInputs<'a> {
    pub(crate) sps: &'a Sps,
    pub(crate) pps: &'a Pps,
    pub(crate) scan: &'a TileScan,
    pub(crate) slice: &'a SliceHeader,
    pub(crate) segment: &'a SliceSegmentHeader,
    pub(crate) lists: &'a RefPicLists,
    pub(crate) motion: SliceMotion,
    pub(crate) collocated: Option<&'a MotionField>,
    pub(crate) wanted: Wanted,
    /// Whether residual_coding( ) knows no tool of the range extensions, and no scaling lists.
    pub(crate) plain_residual: bool,
}

/// Reads one slice segment.
#[derive(Debug)]
pub(crate) struct SliceSegmentReader<'a> {
    pub(crate) inputs: SliceInputs<'a>,
    pub(crate) entropy: Entropy<'a>,
    pub(crate) picture_state: &'a mut PictureState,
    pub(crate) field: &'a mut MotionField,
    pub(crate) picture: &'a mut Picture,
    pub(crate) left: LeftCells,
    pub(crate) grid: MotionGrid,
    pub(crate) ctb: Ctb,
    pub(crate) qp: QuantGroup,
    pub(crate) cu: CodingUnit,
    pub(crate) tally: Tally,
    pub(crate) rdpcm: Box<RdpcmBuffer>,
    /// Where residual samples are asked for.
    pub(crate) inverse: Option<Inverse>,
    /// Whether the collocated picture was asked for and is not there.
    pub(crate) lacks_collocated: Cell<bool>,
    pub(crate) rbsp: &'a Rbsp,
}

/// The current coding tree block.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ctb {
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// CtbAddrInRs.
    pub(crate) rs: usize,
    pub(crate) around: CtbNeighbours,
}

impl<'a> SliceSegmentReader<'a> {
    /// `cabac` stands where the segment's data begin.
    pub(crate) fn new(
        inputs: SliceInputs<'a>,
        cabac: Cabac<'a>,
        rbsp: &'a Rbsp,
        picture_state: &'a mut PictureState,
        field: &'a mut MotionField,
        picture: &'a mut Picture,
    ) -> Result<Self> {
        let slice = inputs.slice;
        let state = EntropyState::new(slice, initial_predictor_palette_size(inputs.sps, inputs.pps));
        let inverse = inputs.wanted.residual.then(|| Inverse::new(inputs.sps)).transpose()?;
        Ok(Self {
            inputs,
            tally: Tally::default(),
            entropy: Entropy { cabac, state },
            picture_state,
            field,
            picture,
            left: [CodingCell::UNAVAILABLE; 8],
            grid: MotionGrid::new(),
            ctb: Ctb::default(),
            qp: QuantGroup::new(inputs.sps, inputs.pps, slice),
            cu: CodingUnit::default(),
            rdpcm: Box::default(),
            inverse,
            lacks_collocated: Cell::new(false),
            rbsp,
        })
    }

    /// Counts the bits since the last call to a class.
    pub(crate) fn charge(&mut self, class: Class) {
        self.tally.charge(class, self.entropy.cabac.information());
    }

    /// The error, with where the arithmetic decoder stands.
    #[cold]
    pub(crate) fn error(&self, error: ParseError) -> ParseError {
        error.at_bit(self.entropy.cabac.position().max(0) as u64)
    }
}

/// PredictorPaletteSize where context variables are initialised (9.3.2.3): of the initialisers of the PPS, else of the SPS.
pub(crate) fn initial_predictor_palette_size(sps: &Sps, pps: &Pps) -> u8 {
    let Some(limits) = sps.scc.palette else { return 0 };
    let count = pps.scc.num_palette_predictor_initializers.unwrap_or(limits.num_predictor_initializers);
    count.min(limits.max_predictor_size) as u8
}
