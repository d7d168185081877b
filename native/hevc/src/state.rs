//! What a slice segment carries while it is read: what its picture's segments share, and the state that lasts for it.

use std::cell::Cell;

use codecorpus_bitstream::cabac::Cabac;
use codecorpus_bitstream::nal::Rbsp;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::tally::{Class, Tally};
use codecorpus_bitstream::{ParseError, Result, Wanted};

use crate::coding_unit::CodingUnit;
use crate::entropy::{Entropy, EntropyState};
use crate::headers::pps::Pps;
use crate::headers::slice::{SliceHeader, SliceSegmentHeader};
use crate::headers::sps::Sps;
use crate::headers::tiles::TileScan;
use crate::inverse::{Inverse, RdpcmBuffer};
use crate::motion::{MotionField, MotionGrid, SliceMotion};
use crate::neighbours::{CodingCell, CtbNeighbours, LeftCells, PictureState};
use crate::qp::QuantGroup;
use crate::refs::RefPicLists;

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
pub(crate) struct SliceDecoder<'a> {
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

impl<'a> SliceDecoder<'a> {
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
