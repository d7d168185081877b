//! Transform blocks: their types (6.10.19), and what is coded of them.

use crate::modes::UvMode;
use crate::sizes::{BlockSize, TxSize};
pub(crate) use crate::tables::transforms::TxType;
use crate::tables::transforms::{MODE_TO_TXFM, TX_TYPE_IN_SET_INTER, TX_TYPE_IN_SET_INTRA};

/// get_tx_class( ) (8.3.2): along which directions a type transforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TxClass {
    TwoD,
    Horizontal,
    Vertical,
}

impl TxClass {
    pub(crate) const ALL: [Self; 3] = [Self::TwoD, Self::Horizontal, Self::Vertical];
}

impl TxType {
    /// get_tx_class( ) (8.3.2).
    #[inline(always)]
    #[must_use]
    pub(crate) const fn class(self) -> TxClass {
        match self {
            Self::VDct | Self::VAdst | Self::VFlipadst => TxClass::Vertical,
            Self::HDct | Self::HAdst | Self::HFlipadst => TxClass::Horizontal,
            _ => TxClass::TwoD,
        }
    }

    /// Mode_To_Txfm: what the chroma of an intra block has.
    #[inline(always)]
    #[must_use]
    pub(crate) fn of_mode(uv_mode: UvMode) -> Self {
        match uv_mode {
            UvMode::Intra(mode) => MODE_TO_TXFM[mode as usize],
            UvMode::Cfl => Self::DctDct,
        }
    }
}

/// The types that a transform block may have (6.10.19): get_tx_set( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TxSet {
    DctOnly,
    Intra1,
    Intra2,
    Inter1,
    Inter2,
    Inter3,
}

impl TxSet {
    /// get_tx_set( ) (5.11.48).
    #[inline]
    #[must_use]
    pub(crate) fn new(tx_size: TxSize, is_inter: bool, reduced_tx_set: bool) -> Self {
        let (square, square_up) = (tx_size.square(), tx_size.square_up());
        match (is_inter, square_up) {
            (_, TxSize::T64x64) | (false, TxSize::T32x32) => Self::DctOnly,
            (true, TxSize::T32x32) => Self::Inter3,
            (true, _) if reduced_tx_set => Self::Inter3,
            (true, _) if square == TxSize::T16x16 => Self::Inter2,
            (true, _) => Self::Inter1,
            (false, _) if reduced_tx_set || square == TxSize::T16x16 => Self::Intra2,
            (false, _) => Self::Intra1,
        }
    }

    /// is_tx_type_in_set( ) (5.11.40): Tx_Type_In_Set_Intra, Tx_Type_In_Set_Inter.
    #[inline(always)]
    #[must_use]
    pub(crate) fn contains(self, tx_type: TxType) -> bool {
        let set = match self {
            Self::DctOnly => &TX_TYPE_IN_SET_INTRA[0],
            Self::Intra1 => &TX_TYPE_IN_SET_INTRA[1],
            Self::Intra2 => &TX_TYPE_IN_SET_INTRA[2],
            Self::Inter1 => &TX_TYPE_IN_SET_INTER[1],
            Self::Inter2 => &TX_TYPE_IN_SET_INTER[2],
            Self::Inter3 => &TX_TYPE_IN_SET_INTER[3],
        };
        set[tx_type as usize] == 1
    }
}

/// One transform block of one plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    pub(crate) plane: usize,
    /// In 4x4 units of the plane.
    pub(crate) x4: usize,
    pub(crate) y4: usize,
    pub(crate) tx_size: TxSize,
    /// get_plane_residual_size( MiSize, plane ).
    pub(crate) plane_size: BlockSize,
}

/// What coeffs( ) found.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Coded {
    pub(crate) coefs: u32,
    pub(crate) energy: f32,
    /// Of a cosine transform, Dequant[ 0 ][ 0 ] on the scale of an orthonormal one; else NaN.
    pub(crate) dc: f32,
    pub(crate) cul_level: u8,
    /// dcCategory.
    pub(crate) dc_category: u8,
}
