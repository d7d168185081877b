//! What a slice carries from macroblock to macroblock: data here, verbs in the rooms of their own.

use std::sync::Arc;

use codecorpus_bitstream::records::NO_REF;
use codecorpus_bitstream::tally::{Class, Tally};
use codecorpus_bitstream::{BitReader, Information};

use crate::emit::Emitter;
use crate::headers::{ChromaFormat, PictureHeader, PictureType, Sequence, Structure};
use crate::neighbours::Predictors;
use crate::residual::weights::Weights;
use crate::tables::NON_LINEAR_SCALES;

/// A frame, or a field of one, as its macroblocks need it.
#[derive(Debug)]
pub(crate) struct PictureInputs {
    pub(crate) sequence: Arc<Sequence>,
    pub(crate) header: PictureHeader,
    pub(crate) weights: Weights,
    /// Width and height in macroblocks.
    pub(crate) size: [u32; 2],
    /// coded_order of what is referred to forwards and backwards.
    pub(crate) references: [i32; 2],
    /// coded_order of the frame itself, in the second field of it.
    pub(crate) first_field_frame: Option<i32>,
}

impl PictureInputs {
    /// The frame that holds the reference of a direction, and of a parity where a field is referred to (7.6.2.1).
    #[must_use]
    pub(crate) fn reference(&self, direction: usize, bottom: bool) -> i32 {
        match self.first_field_frame {
            Some(frame) if self.is_p() && bottom != (self.header.structure == Structure::Bottom) => frame,
            _ => self.references.get(direction).copied().unwrap_or(NO_REF),
        }
    }

    fn is_p(&self) -> bool {
        self.header.picture_type == PictureType::P
    }
}

/// Reads the macroblocks of a slice.
#[derive(Debug)]
pub(crate) struct SliceReader<'a> {
    pub(crate) bits: BitReader<'a>,
    pub(crate) picture: &'a PictureInputs,
    pub(crate) out: Emitter<'a>,
    pub(crate) predictors: Predictors,
    pub(crate) quantiser_scale: u32,
    /// In macroblocks.
    pub(crate) column: u32,
    pub(crate) row: u32,
    pub(crate) tally: Tally,
}

impl<'a> SliceReader<'a> {
    /// `bits` stand behind the slice's header.
    #[must_use]
    pub(crate) fn new(bits: BitReader<'a>, picture: &'a PictureInputs, out: Emitter<'a>, quantiser_scale_code: u32) -> Self {
        let tally = Tally::beginning_at(Information::from_bits(bits.position() as u64));
        let mut reader =
            Self { bits, picture, out, predictors: Predictors::default(), quantiser_scale: 0, column: 0, row: 0, tally };
        reader.set_quantiser_scale(quantiser_scale_code);
        reader
    }

    #[must_use]
    pub(crate) fn header(&self) -> &PictureHeader {
        &self.picture.header
    }

    #[must_use]
    pub(crate) fn chroma_format(&self) -> ChromaFormat {
        self.picture.sequence.chroma_format
    }

    #[must_use]
    pub(crate) fn is_d(&self) -> bool {
        self.header().picture_type == PictureType::D
    }

    #[must_use]
    pub(crate) fn position(&self) -> u64 {
        self.bits.position() as u64
    }

    /// quantiser_scale: table 7-6; in MPEG-1 it is the code.
    pub(crate) fn set_quantiser_scale(&mut self, code: u32) {
        self.quantiser_scale = match (self.picture.sequence.mpeg1, self.header().q_scale_type) {
            (true, _) => code,
            (false, false) => 2 * code,
            (false, true) => u32::from(NON_LINEAR_SCALES[(code & 31) as usize]),
        };
    }

    /// Counts the bits since the last call to a class.
    #[inline(always)]
    pub(crate) fn charge(&mut self, class: Class) {
        self.tally.charge(class, Information::from_bits(self.bits.position() as u64));
    }
}
