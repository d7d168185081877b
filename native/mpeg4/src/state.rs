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
pub(crate) struct VopReader<'a> {
    pub(crate) bits: BitReader<'a>,
    pub(crate) vol: &'a Vol,
    pub(crate) vop: &'a VopHeader,
    /// None with H.263 quantisation.
    pub(crate) weights: Option<&'a Weights>,
    pub(crate) out: Emitter<'a>,
    /// Of this VOP.
    pub(crate) motion: &'a mut Motion,
    /// Of the future reference, in B-VOPs.
    pub(crate) colocated: Option<&'a Motion>,
    /// None where the past reference was never there.
    pub(crate) distances: Option<Distances>,
    pub(crate) edges: &'a mut Edges,
    /// The last vectors of a B-VOP, by field and direction; vertically in lines of the frame.
    pub(crate) last_vectors: [[Mv; 2]; 2],
    pub(crate) quantiser_scale: u32,
    /// The first macroblock of the video packet, or of the group of blocks with a header: what is before is not referred to.
    pub(crate) first: u32,
    /// A macroblock of the video packet is coded.
    pub(crate) has_coded: bool,
    pub(crate) address: u32,
    pub(crate) column: u32,
    pub(crate) row: u32,
    pub(crate) tally: Tally,
}

impl VopReader<'_> {
    #[inline(always)]
    #[must_use]
    pub(crate) const fn columns(&self) -> u32 {
        self.vol.size()[0]
    }

    #[must_use]
    pub(crate) const fn macroblocks(&self) -> u32 {
        let [columns, rows] = self.vol.size();
        columns * rows
    }

    #[inline(always)]
    #[must_use]
    pub(crate) const fn has_left(&self) -> bool {
        self.column > 0 && self.address > self.first
    }

    #[inline(always)]
    #[must_use]
    pub(crate) const fn has_above(&self) -> bool {
        self.address >= self.first + self.columns()
    }

    #[inline(always)]
    #[must_use]
    pub(crate) const fn has_above_left(&self) -> bool {
        self.column > 0 && self.address > self.first + self.columns()
    }

    #[must_use]
    pub(crate) fn position(&self) -> u64 {
        self.bits.position() as u64
    }

    /// Takes a difference to the running quantiser: 7.4.4; it stays in its range.
    pub(crate) fn add_to_quantiser(&mut self, difference: i32) {
        let highest = (1 << self.vol.quant_precision) - 1;
        self.quantiser_scale = (self.quantiser_scale as i32 + difference).clamp(1, highest) as u32;
    }

    /// Counts the bits since the last call to a class.
    #[inline(always)]
    pub(crate) fn charge(&mut self, class: Class) {
        self.tally.charge(class, Information::from_bits(self.bits.position() as u64));
    }

    #[inline(always)]
    pub(crate) fn move_to(&mut self, address: u32) {
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
