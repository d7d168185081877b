//! The coding unit that is being read (7.4.9.5), and a transform block of it.

use codecorpus_bitstream::records::Prediction;

/// PartMode (table 7-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum PartMode {
    #[default]
    Part2Nx2N,
    Part2NxN,
    PartNx2N,
    PartNxN,
    Part2NxnU,
    Part2NxnD,
    PartnLx2N,
    PartnRx2N,
}

impl PartMode {
    pub(crate) const NAMES: &[&str] =
        &["PART_2Nx2N", "PART_2NxN", "PART_Nx2N", "PART_NxN", "PART_2NxnU", "PART_2NxnD", "PART_nLx2N", "PART_nRx2N"];

    /// Two parts beside each other.
    pub(crate) const fn is_split_vertically(self) -> bool {
        matches!(self, Self::PartNx2N | Self::PartnLx2N | Self::PartnRx2N)
    }

    /// Two parts above each other.
    pub(crate) const fn is_split_horizontally(self) -> bool {
        matches!(self, Self::Part2NxN | Self::Part2NxnU | Self::Part2NxnD)
    }

    /// Position and size of every part, in quarters of the coding block.
    pub(crate) fn parts(self) -> &'static [[i32; 4]] {
        match self {
            Self::Part2Nx2N => &[[0, 0, 4, 4]],
            Self::Part2NxN => &[[0, 0, 4, 2], [0, 2, 4, 2]],
            Self::PartNx2N => &[[0, 0, 2, 4], [2, 0, 2, 4]],
            Self::PartNxN => &[[0, 0, 2, 2], [2, 0, 2, 2], [0, 2, 2, 2], [2, 2, 2, 2]],
            Self::Part2NxnU => &[[0, 0, 4, 1], [0, 1, 4, 3]],
            Self::Part2NxnD => &[[0, 0, 4, 3], [0, 3, 4, 1]],
            Self::PartnLx2N => &[[0, 0, 1, 4], [1, 0, 3, 4]],
            Self::PartnRx2N => &[[0, 0, 3, 4], [3, 0, 1, 4]],
        }
    }
}

/// The current coding unit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CodingUnit {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) log2_cb_size: u32,
    pub(crate) ct_depth: u8,
    pub(crate) intra: bool,
    pub(crate) cu_transquant_bypass_flag: bool,
    pub(crate) part_mode: PartMode,
    /// IntraPredModeY of every part; one for all where there are no parts.
    pub(crate) intra_pred_mode: [u8; 4],
    /// IntraPredModeC, likewise.
    pub(crate) intra_pred_mode_c: [u8; 4],
    /// intra_chroma_pred_mode, likewise.
    pub(crate) intra_chroma_pred_mode: [u8; 4],
    /// How the first prediction unit is coded, where there is one.
    pub(crate) merge_flag: bool,
    pub(crate) cu_skip_flag: bool,
    /// How it is predicted, as its row says it.
    pub(crate) prediction: Prediction,
    pub(crate) residual: CodedResidual,
}

/// What the transform blocks of a coding unit come to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CodedResidual {
    /// Of luma and of chroma.
    pub(crate) coefs: [u16; 2],
    pub(crate) energy: [f32; 2],
    /// log2 of the largest luma block's side; 0 where there is none.
    pub(crate) largest_log2: u8,
}

impl CodingUnit {
    /// IntraSplitFlag.
    pub(crate) fn intra_split(&self) -> bool {
        self.intra && self.part_mode == PartMode::PartNxN
    }
}

/// A transform block whose cbf is 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    /// Luma location.
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// log2 of its side in samples of its own component.
    pub(crate) log2_size: u32,
    pub(crate) c_idx: u8,
    /// IntraPredModeY or IntraPredModeC, where the coding unit is intra.
    pub(crate) mode: u8,
}
