//! The picture that is being read, and what is kept of it for those that refer to it.

use std::sync::Arc;

use codecorpus_bitstream::records::NO_REF;

use crate::headers::{PictureHeader, PictureType, Sequence, Structure};
use crate::residual::weights::Weights;

/// A picture that others refer to.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    pub coded_order: i32,
    /// It could not be read.
    pub damaged: bool,
}

/// A frame, or a field of one, as its macroblocks need it.
#[derive(Debug)]
pub struct PictureInputs {
    pub sequence: Arc<Sequence>,
    pub header: PictureHeader,
    pub weights: Weights,
    /// Width and height in macroblocks.
    pub size: [u32; 2],
    /// coded_order of what is referred to forwards and backwards.
    pub references: [i32; 2],
    /// coded_order of the frame itself, in the second field of it.
    pub first_field_frame: Option<i32>,
}

impl PictureInputs {
    /// The frame that holds the reference of a direction, and of a parity where a field is referred to (7.6.2.1).
    #[must_use]
    pub fn reference(&self, direction: usize, bottom: bool) -> i32 {
        match self.first_field_frame {
            Some(frame) if self.is_p() && bottom != (self.header.structure == Structure::Bottom) => frame,
            _ => self.references.get(direction).copied().unwrap_or(NO_REF),
        }
    }

    fn is_p(&self) -> bool {
        self.header.picture_type == PictureType::P
    }
}
