//! Intra modes, palettes, loop restoration and compound contexts: AV1 specification, 5.11.2 (Decode tile syntax), 5.11.58 (Read loop restoration unit syntax), 7.17.3 (Box filter process), 8.3.2 (Cdf selection process), 9.3 (Conversion tables).
//!
//! Written by scripts/extract_av1_tables.py from AOMediaCodec/av1-spec.

/// A mode of intra prediction (6.10.6): YMode of intra blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum IntraMode {
    #[default]
    Dc,
    V,
    H,
    D45,
    D135,
    D113,
    D157,
    D203,
    D67,
    Smooth,
    SmoothV,
    SmoothH,
    Paeth,
}

impl IntraMode {
    /// By the standard's numbers.
    #[rustfmt::skip]
    pub(crate) const ALL: [Self; 13] = [Self::Dc, Self::V, Self::H, Self::D45, Self::D135, Self::D113, Self::D157, Self::D203, Self::D67, Self::Smooth, Self::SmoothV, Self::SmoothH, Self::Paeth];
}

/// Wiener_Taps_Mid.
#[rustfmt::skip]
pub(crate) static WIENER_TAPS_MID: [i8; 3] = [3, -7, 15];

/// Sgrproj_Xqd_Mid.
#[rustfmt::skip]
pub(crate) static SGRPROJ_XQD_MID: [i8; 2] = [-32, 31];

/// Wiener_Taps_Min.
#[rustfmt::skip]
pub(crate) static WIENER_TAPS_MIN: [i8; 3] = [-5, -23, -17];

/// Wiener_Taps_Max.
#[rustfmt::skip]
pub(crate) static WIENER_TAPS_MAX: [i8; 3] = [10, 8, 46];

/// Wiener_Taps_K.
#[rustfmt::skip]
pub(crate) static WIENER_TAPS_K: [i8; 3] = [1, 2, 3];

/// Sgrproj_Xqd_Min.
#[rustfmt::skip]
pub(crate) static SGRPROJ_XQD_MIN: [i8; 2] = [-96, -32];

/// Sgrproj_Xqd_Max.
#[rustfmt::skip]
pub(crate) static SGRPROJ_XQD_MAX: [i8; 2] = [31, 95];

/// Sgr_Params.
#[rustfmt::skip]
pub(crate) static SGR_PARAMS: [[u8; 4]; 16] = [
    [2, 12, 1, 4],
    [2, 15, 1, 6],
    [2, 18, 1, 8],
    [2, 21, 1, 9],
    [2, 24, 1, 10],
    [2, 29, 1, 11],
    [2, 36, 1, 12],
    [2, 45, 1, 13],
    [2, 56, 1, 14],
    [2, 68, 1, 15],
    [0, 0, 1, 5],
    [0, 0, 1, 8],
    [0, 0, 1, 11],
    [0, 0, 1, 14],
    [2, 30, 0, 0],
    [2, 75, 0, 0],
];

/// Intra_Mode_Context.
#[rustfmt::skip]
pub(crate) static INTRA_MODE_CONTEXT: [u8; 13] = [0, 1, 2, 3, 4, 4, 4, 4, 3, 0, 1, 2, 0];

/// Compound_Mode_Ctx_Map.
#[rustfmt::skip]
pub(crate) static COMPOUND_MODE_CTX_MAP: [[u8; 5]; 3] = [
    [0, 1, 1, 1, 1],
    [1, 2, 3, 4, 4],
    [4, 4, 5, 6, 7],
];

/// Filter_Intra_Mode_To_Intra_Dir.
#[rustfmt::skip]
pub(crate) static FILTER_INTRA_MODE_TO_INTRA_DIR: [IntraMode; 5] = [IntraMode::Dc, IntraMode::V, IntraMode::H, IntraMode::D157, IntraMode::Dc];

/// Palette_Color_Context.
#[rustfmt::skip]
pub(crate) static PALETTE_COLOR_CONTEXT: [i8; 9] = [-1, -1, 0, -1, -1, 4, 3, 2, 1];
