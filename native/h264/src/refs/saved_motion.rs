//! The motion of decoded pictures, which neighbours and temporal prediction read.

use crate::headers::slice::Structure;
use crate::motion::Mv;
use crate::neighbours::macroblocks::flag;

/// Motion of a macroblock, as neighbours and co-located blocks of later pictures read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MotionMb {
    /// By list: the one vector of the macroblock, unless its flags say VARIED. Means nothing where the list is not used.
    pub(crate) mv: [Mv; 2],
    /// By list and 8x8 quarter; -1 where the list is not used.
    pub(crate) ref_idx: [[i8; 4]; 2],
    pub(crate) slice: u16,
    pub(crate) flags: u16,
}

const _: () = assert!(size_of::<MotionMb>() == 20);

impl Default for MotionMb {
    fn default() -> Self {
        Self { mv: [[0; 2]; 2], ref_idx: [[-1; 4]; 2], slice: 0, flags: flag::INTRA }
    }
}

/// A frame of the decoded picture buffer by its number, and which field of it (0: the frame).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefId {
    pub(crate) frame: u32,
    pub(crate) parity: u8,
}

impl RefId {
    pub(crate) const NONE: Self = Self { frame: u32::MAX, parity: 0 };
}

/// Reference lists of a slice, as later pictures need them to find what a co-located block refers to.
pub(crate) type SliceRefs = [[RefId; 32]; 2];

/// The motion of a decoded frame or field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Motion {
    pub(crate) mbs: Vec<MotionMb>,
    /// Of VARIED macroblocks, by list: vectors of the 4x4 blocks in raster order.
    pub(crate) vectors: Vec<[[Mv; 16]; 2]>,
    pub(crate) slices: Vec<SliceRefs>,
}

impl Motion {
    /// Makes room for a picture of `size` macroblocks.
    pub(crate) fn reset(&mut self, size: usize) {
        if self.mbs.len() != size {
            self.mbs = vec![MotionMb::default(); size];
            self.vectors = vec![[[[0; 2]; 16]; 2]; size];
        }
        self.slices.clear();
    }

    /// The vector of a 4x4 block of a macroblock.
    #[inline]
    #[must_use]
    pub(crate) fn vector(&self, address: usize, mb: &MotionMb, list: usize, block: usize) -> Mv {
        if mb.flags & flag::VARIED == 0 {
            return mb.mv[list];
        }
        self.vectors.get(address).map_or([0; 2], |vectors| vectors[list][block & 15])
    }
}

/// How a frame was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Coding {
    #[default]
    Frame,
    /// Macroblock-adaptive frame/field.
    Mbaff,
    Fields,
}

/// Index of a structure's parity: 0 for frames and top fields, 1 for bottom fields.
#[must_use]
pub(crate) fn parity_index(structure: Structure) -> usize {
    usize::from(structure == Structure::Bottom)
}
