//! How a block is predicted.

/// ref_frame (7.4.12): what a block is predicted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i8)]
pub(crate) enum RefFrame {
    /// Of ref_frame[ 1 ]: there is one prediction alone.
    None = -1,
    /// INTRA_FRAME: the block's own frame.
    #[default]
    Intra,
    /// LAST_FRAME.
    Last,
    /// GOLDEN_FRAME.
    Golden,
    /// ALTREF_FRAME.
    Altref,
}

impl RefFrame {
    /// By the specification's number.
    #[must_use]
    pub(crate) const fn from_code(code: u8) -> Self {
        match code & 3 {
            0 => Self::Intra,
            1 => Self::Last,
            2 => Self::Golden,
            _ => Self::Altref,
        }
    }

    /// Another frame, not the block's own.
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_inter(self) -> bool {
        self as i8 > Self::Intra as i8
    }

    /// Where lists by ref_frame, INTRA_FRAME to ALTREF_FRAME, have it.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn index(self) -> usize {
        (self as u8 & 3) as usize
    }
}

/// y_mode (7.4.6): intra modes, then inter modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum Mode {
    #[default]
    Dc,
    V,
    H,
    D45,
    D135,
    D117,
    D153,
    D207,
    D63,
    Tm,
    Nearest,
    Near,
    Zero,
    New,
}

pub(crate) const INTRA_MODES: [Mode; 10] =
    [Mode::Dc, Mode::V, Mode::H, Mode::D45, Mode::D135, Mode::D117, Mode::D153, Mode::D207, Mode::D63, Mode::Tm];
