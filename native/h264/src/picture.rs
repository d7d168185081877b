//! What is kept of pictures: the macroblocks' state for those after them, and the motion that temporal prediction reads.

use crate::headers::slice::Structure;

/// A motion vector, in quarter samples.
pub type Mv = [i16; 2];

/// Flags of a macroblock.
pub mod flag {
    pub const INTRA: u16 = 1;
    pub const I_NXN: u16 = 1 << 1;
    pub const I_16X16: u16 = 1 << 2;
    pub const PCM: u16 = 1 << 3;
    pub const SKIP: u16 = 1 << 4;
    /// B_Skip or B_Direct_16x16.
    pub const DIRECT: u16 = 1 << 5;
    pub const TRANSFORM_8X8: u16 = 1 << 6;
    pub const FIELD: u16 = 1 << 7;
    /// The vectors of its blocks are not all the same.
    pub const VARIED: u16 = 1 << 8;
}

/// What macroblocks of the same slice read of a decoded one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Macroblock {
    pub flags: u16,
    /// CodedBlockPatternLuma | CodedBlockPatternChroma << 4.
    pub coded_block_pattern: u8,
    /// coded_block_flag of the DC blocks of Y, Cb, Cr.
    pub dc: u8,
    /// Which 8x8 quarters are predicted in direct mode.
    pub direct: u8,
    pub intra_chroma_pred_mode: u8,
}

const _: () = assert!(size_of::<Macroblock>() == 6);

/// What they read of its blocks. An edge is the bottom row of 4x4 blocks, then the right column.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub struct Details {
    /// Vectors of the edge by list, zero where a block does not use it; list 1 in B slices alone.
    pub mv: [[Mv; 8]; 2],
    /// Absolute mvd, at most 255, of the edge by list.
    pub mvd: [[[u8; 2]; 8]; 2],
    /// total_coeff of the edge of each colour component.
    pub total_coeff: [[u8; 8]; 3],
    /// With I_NXN: Intra4x4PredMode (or 8x8) of the edge.
    pub intra_modes: [i8; 8],
}

const _: () = assert!(size_of::<Details>() == 128);

/// The macroblocks of a picture.
#[derive(Debug, Default)]
pub struct Macroblocks {
    /// The number of each one's slice, which no slice of an earlier picture has.
    pub slices: Vec<u32>,
    pub states: Vec<Macroblock>,
    pub details: Vec<Details>,
}

impl Macroblocks {
    /// Makes room for a picture of `size` macroblocks.
    pub fn resize(&mut self, size: usize) {
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
    pub fn is(self, flags: u16) -> bool {
        self.flags & flags != 0
    }
}

/// Motion of a macroblock, as neighbours and co-located blocks of later pictures read it.
#[derive(Debug, Clone, Copy)]
pub struct MotionMb {
    /// By list: the one vector of the macroblock, unless its flags say VARIED. Means nothing where the list is not used.
    pub mv: [Mv; 2],
    /// By list and 8x8 quarter; -1 where the list is not used.
    pub ref_idx: [[i8; 4]; 2],
    pub slice: u16,
    pub flags: u16,
}

const _: () = assert!(size_of::<MotionMb>() == 20);

impl Default for MotionMb {
    fn default() -> Self {
        Self { mv: [[0; 2]; 2], ref_idx: [[-1; 4]; 2], slice: 0, flags: flag::INTRA }
    }
}

/// A frame of the decoded picture buffer by its number, and which field of it (0: the frame).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefId {
    pub frame: u32,
    pub parity: u8,
}

impl RefId {
    pub const NONE: Self = Self { frame: u32::MAX, parity: 0 };
}

/// Reference lists of a slice, as later pictures need them to find what a co-located block refers to.
pub type SliceRefs = [[RefId; 32]; 2];

/// The motion of a decoded frame or field.
#[derive(Debug, Clone, Default)]
pub struct Motion {
    pub mbs: Vec<MotionMb>,
    /// Of VARIED macroblocks, by list: vectors of the 4x4 blocks in raster order.
    pub vectors: Vec<[[Mv; 16]; 2]>,
    pub slices: Vec<SliceRefs>,
}

impl Motion {
    /// Makes room for a picture of `size` macroblocks.
    pub fn reset(&mut self, size: usize) {
        if self.mbs.len() != size {
            self.mbs = vec![MotionMb::default(); size];
            self.vectors = vec![[[[0; 2]; 16]; 2]; size];
        }
        self.slices.clear();
    }

    /// The vector of a 4x4 block of a macroblock.
    #[inline]
    #[must_use]
    pub fn vector(&self, address: usize, mb: &MotionMb, list: usize, block: usize) -> Mv {
        if mb.flags & flag::VARIED == 0 {
            return mb.mv[list];
        }
        self.vectors.get(address).map_or([0; 2], |vectors| vectors[list][block & 15])
    }
}

/// How a frame was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coding {
    #[default]
    Frame,
    /// Macroblock-adaptive frame/field.
    Mbaff,
    Fields,
}

/// Index of a structure's parity: 0 for frames and top fields, 1 for bottom fields.
#[must_use]
pub fn parity_index(structure: Structure) -> usize {
    usize::from(structure == Structure::Bottom)
}
