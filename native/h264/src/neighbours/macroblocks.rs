//! What is kept of macroblocks for those after them.

use crate::motion::Mv;

/// Flags of a macroblock.
pub(crate) mod flag {
    pub(crate) const INTRA: u16 = 1;
    pub(crate) const I_NXN: u16 = 1 << 1;
    pub(crate) const I_16X16: u16 = 1 << 2;
    pub(crate) const PCM: u16 = 1 << 3;
    pub(crate) const SKIP: u16 = 1 << 4;
    /// B_Skip or B_Direct_16x16.
    pub(crate) const DIRECT: u16 = 1 << 5;
    pub(crate) const TRANSFORM_8X8: u16 = 1 << 6;
    pub(crate) const FIELD: u16 = 1 << 7;
    /// The vectors of its blocks are not all the same.
    pub(crate) const VARIED: u16 = 1 << 8;
}

/// What macroblocks of the same slice read of a decoded one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Macroblock {
    pub(crate) flags: u16,
    /// CodedBlockPatternLuma | CodedBlockPatternChroma << 4.
    pub(crate) coded_block_pattern: u8,
    /// coded_block_flag of the DC blocks of Y, Cb, Cr.
    pub(crate) dc: u8,
    /// Which 8x8 quarters are predicted in direct mode.
    pub(crate) direct: u8,
    pub(crate) intra_chroma_pred_mode: u8,
}

const _: () = assert!(size_of::<Macroblock>() == 6);

/// What they read of its blocks. An edge is the bottom row of 4x4 blocks, then the right column.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(crate) struct Details {
    /// Vectors of the edge by list, zero where a block does not use it; list 1 in B slices alone.
    pub(crate) mv: [[Mv; 8]; 2],
    /// Absolute mvd, at most 255, of the edge by list.
    pub(crate) mvd: [[[u8; 2]; 8]; 2],
    /// total_coeff of the edge of each colour component.
    pub(crate) total_coeff: [[u8; 8]; 3],
    /// With I_NXN: Intra4x4PredMode (or 8x8) of the edge.
    pub(crate) intra_modes: [i8; 8],
}

const _: () = assert!(size_of::<Details>() == 128);

/// The macroblocks of a picture.
#[derive(Debug, Default)]
pub(crate) struct Macroblocks {
    /// The number of each one's slice, which no slice of an earlier picture has.
    pub(crate) slices: Vec<u32>,
    pub(crate) states: Vec<Macroblock>,
    pub(crate) details: Vec<Details>,
}

impl Macroblocks {
    /// Makes room for a picture of `size` macroblocks.
    pub(crate) fn resize(&mut self, size: usize) {
        if self.slices.len() != size {
            self.slices = vec![0; size];
            self.states = vec![Macroblock::default(); size];
            self.details = vec![Details::default(); size];
        }
    }
}

impl Macroblock {
    #[inline]
    #[must_use]
    pub(crate) fn is(self, flags: u16) -> bool {
        self.flags & flags != 0
    }
}
