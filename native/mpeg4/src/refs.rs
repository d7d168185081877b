//! What is kept of a VOP for those that refer to it: its motion, which direct mode reads, and when it is.

use codecorpus_mpeg::motion::Mv;

/// How a macroblock of a P- or S-VOP was predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MotionKind {
    #[default]
    Intra,
    /// not_coded in a P-VOP: B-VOPs code nothing for the macroblocks there.
    NotCoded,
    /// One vector; that of a global motion is its mean.
    Whole,
    /// Four vectors.
    Quarters,
    /// A vector for each field.
    Fields,
}

/// Vectors of a macroblock's four blocks, for those that are predicted from it. Of fields they are all the mean.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MotionMb {
    pub(crate) mv: [[i16; 2]; 4],
    pub(crate) kind: MotionKind,
}

/// The vectors of a macroblock's fields, and whether they refer to the bottom field.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FieldMotion {
    pub(crate) mv: [[i16; 2]; 2],
    pub(crate) bottom: [bool; 2],
}

/// The motion of a VOP, by macroblock address.
#[derive(Debug, Default)]
pub(crate) struct Motion {
    pub(crate) mbs: Vec<MotionMb>,
    /// Only where the layer is interlaced.
    pub(crate) fields: Vec<FieldMotion>,
}

impl Motion {
    /// Makes room for a VOP of `size` macroblocks, with vectors of fields if it may have them. All count as intra at first.
    pub(crate) fn begin(&mut self, size: usize, interlaced: bool) {
        self.mbs.clear();
        self.mbs.resize(size, MotionMb::default());
        self.fields.resize(if interlaced { size } else { 0 }, FieldMotion::default());
    }

    /// Keeps one vector for the whole macroblock.
    #[inline(always)]
    pub(crate) fn set_whole(&mut self, address: usize, kind: MotionKind, mv: Mv) {
        self.mbs[address] = MotionMb { mv: [narrow(mv); 4], kind };
    }
}

/// Vectors lie within what f_code 7 reaches: 12 bits.
#[inline(always)]
#[must_use]
pub(crate) const fn narrow(mv: Mv) -> [i16; 2] {
    [mv[0] as i16, mv[1] as i16]
}

#[inline(always)]
#[must_use]
pub(crate) fn wide(mv: [i16; 2]) -> Mv {
    mv.map(i32::from)
}

/// A VOP that others refer to.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) coded_order: i32,
    /// It could not be read: nothing is known of its motion.
    pub(crate) damaged: bool,
    pub(crate) motion: Motion,
}

/// Distances in time that direct mode scales vectors by: 7.6.9.5.2 and 7.7.2.2.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Distances {
    /// TRB and TRD.
    pub(crate) frame: [i32; 2],
    /// The same between fields, before the parity is counted.
    pub(crate) field: [i32; 2],
}
