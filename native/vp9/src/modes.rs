//! How a block is predicted.

/// y_mode (7.4.6): intra modes, then inter modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Mode {
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

pub const INTRA_MODES: [Mode; 10] =
    [Mode::Dc, Mode::V, Mode::H, Mode::D45, Mode::D135, Mode::D117, Mode::D153, Mode::D207, Mode::D63, Mode::Tm];
