//! What a VOP carries from macroblock to macroblock: data here, verbs in the rooms of their own.

use codecorpus_bitstream::tally::{Class, Tally};
use codecorpus_bitstream::{BitReader, Information};
use codecorpus_mpeg::motion::Mv;

use crate::emit::Emitter;
use crate::headers::{Vol, VopHeader};
use crate::neighbours::Edges;
use crate::refs::{Distances, Motion};
use crate::residual::dequantise::Weights;

/// Reads the macroblocks of a VOP.
#[derive(Debug)]
pub struct VopReader<'a> {
    pub bits: BitReader<'a>,
    pub vol: &'a Vol,
    pub vop: &'a VopHeader,
    /// None with H.263 quantisation.
    pub weights: Option<&'a Weights>,
    pub out: Emitter<'a>,
    /// Of this VOP.
    pub motion: &'a mut Motion,
    /// Of the future reference, in B-VOPs.
    pub colocated: Option<&'a Motion>,
    pub distances: Distances,
    pub edges: &'a mut Edges,
    /// The last vectors of a B-VOP, by field and direction; vertically in lines of the frame.
    pub last_vectors: [[Mv; 2]; 2],
    pub quantiser_scale: u32,
    /// The first macroblock of the video packet, or of the group of blocks with a header: what is before is not referred to.
    pub first: u32,
    pub address: u32,
    pub column: u32,
    pub row: u32,
    pub tally: Tally,
}

impl VopReader<'_> {
    #[inline(always)]
    #[must_use]
    pub const fn columns(&self) -> u32 {
        self.vol.size()[0]
    }

    #[must_use]
    pub const fn macroblocks(&self) -> u32 {
        let [columns, rows] = self.vol.size();
        columns * rows
    }

    #[inline(always)]
    #[must_use]
    pub const fn has_left(&self) -> bool {
        self.column > 0 && self.address > self.first
    }

    #[inline(always)]
    #[must_use]
    pub const fn has_above(&self) -> bool {
        self.address >= self.first + self.columns()
    }

    #[inline(always)]
    #[must_use]
    pub const fn has_above_left(&self) -> bool {
        self.column > 0 && self.address > self.first + self.columns()
    }

    #[must_use]
    pub fn position(&self) -> u64 {
        self.bits.position() as u64
    }

    /// Takes a difference to the running quantiser: 7.4.4; it stays in its range.
    pub fn add_to_quantiser(&mut self, difference: i32) {
        let highest = (1 << self.vol.quant_precision) - 1;
        self.quantiser_scale = (self.quantiser_scale as i32 + difference).clamp(1, highest) as u32;
    }

    /// Counts the bits since the last call to a class.
    #[inline(always)]
    pub fn charge(&mut self, class: Class) {
        self.tally.charge(class, Information::from_bits(self.bits.position() as u64));
    }

    #[inline(always)]
    pub fn move_to(&mut self, address: u32) {
        if address == self.address + 1 {
            self.column += 1;
        } else {
            self.column = address % self.columns();
            self.row = address / self.columns();
        }
        if self.column == self.columns() {
            self.column = 0;
            self.row += 1;
        }
        self.address = address;
        if self.column == 0 {
            self.edges.begin_row();
            // Prediction of B-VOPs begins anew in every row (7.6.9.2).
            self.last_vectors = [[[0; 2]; 2]; 2];
        }
    }
}
