//! Transform types and coefficient contexts: AV1 specification, 5.11.40 (Compute transform type function), 5.11.47 (Transform type syntax), 7.13.3 (2D inverse transform process), 8.3.2 (Cdf selection process), 9.3 (Conversion tables).
//!
//! Written by scripts/extract_av1_tables.py from AOMediaCodec/av1-spec.

/// A transform type (6.10.19): TxType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum TxType {
    #[default]
    DctDct,
    AdstDct,
    DctAdst,
    AdstAdst,
    FlipadstDct,
    DctFlipadst,
    FlipadstFlipadst,
    AdstFlipadst,
    FlipadstAdst,
    Idtx,
    VDct,
    HDct,
    VAdst,
    HAdst,
    VFlipadst,
    HFlipadst,
}

impl TxType {
    /// By the standard's numbers.
    #[cfg(test)]
    #[rustfmt::skip]
    pub(crate) const ALL: [Self; 16] = [Self::DctDct, Self::AdstDct, Self::DctAdst, Self::AdstAdst, Self::FlipadstDct, Self::DctFlipadst, Self::FlipadstFlipadst, Self::AdstFlipadst, Self::FlipadstAdst, Self::Idtx, Self::VDct, Self::HDct, Self::VAdst, Self::HAdst, Self::VFlipadst, Self::HFlipadst];
}

/// Tx_Type_In_Set_Intra.
#[rustfmt::skip]
pub(crate) static TX_TYPE_IN_SET_INTRA: [[u8; 16]; 3] = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0],
    [1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
];

/// Tx_Type_In_Set_Inter.
#[rustfmt::skip]
pub(crate) static TX_TYPE_IN_SET_INTER: [[u8; 16]; 4] = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
];

/// Tx_Type_Intra_Inv_Set1.
#[rustfmt::skip]
pub(crate) static TX_TYPE_INTRA_INV_SET1: [TxType; 7] = [TxType::Idtx, TxType::DctDct, TxType::VDct, TxType::HDct, TxType::AdstAdst, TxType::AdstDct, TxType::DctAdst];

/// Tx_Type_Intra_Inv_Set2.
#[rustfmt::skip]
pub(crate) static TX_TYPE_INTRA_INV_SET2: [TxType; 5] = [TxType::Idtx, TxType::DctDct, TxType::AdstAdst, TxType::AdstDct, TxType::DctAdst];

/// Tx_Type_Inter_Inv_Set1.
#[rustfmt::skip]
pub(crate) static TX_TYPE_INTER_INV_SET1: [TxType; 16] = [TxType::Idtx, TxType::VDct, TxType::HDct, TxType::VAdst, TxType::HAdst, TxType::VFlipadst, TxType::HFlipadst, TxType::DctDct, TxType::AdstDct, TxType::DctAdst, TxType::FlipadstDct, TxType::DctFlipadst, TxType::AdstAdst, TxType::FlipadstFlipadst, TxType::AdstFlipadst, TxType::FlipadstAdst];

/// Tx_Type_Inter_Inv_Set2.
#[rustfmt::skip]
pub(crate) static TX_TYPE_INTER_INV_SET2: [TxType; 12] = [TxType::Idtx, TxType::VDct, TxType::HDct, TxType::DctDct, TxType::AdstDct, TxType::DctAdst, TxType::FlipadstDct, TxType::DctFlipadst, TxType::AdstAdst, TxType::FlipadstFlipadst, TxType::AdstFlipadst, TxType::FlipadstAdst];

/// Tx_Type_Inter_Inv_Set3.
#[rustfmt::skip]
pub(crate) static TX_TYPE_INTER_INV_SET3: [TxType; 2] = [TxType::Idtx, TxType::DctDct];

/// Transform_Row_Shift.
#[rustfmt::skip]
pub(crate) static TRANSFORM_ROW_SHIFT: [u8; 19] = [0, 1, 2, 2, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2];

/// Coeff_Base_Ctx_Offset.
#[rustfmt::skip]
pub(crate) static COEFF_BASE_CTX_OFFSET: [[[u8; 5]; 5]; 19] = [
    [
        [0, 1, 6, 6, 0],
        [1, 6, 6, 21, 0],
        [6, 6, 21, 21, 0],
        [6, 21, 21, 21, 0],
        [0, 0, 0, 0, 0],
    ],
    [
        [0, 1, 6, 6, 21],
        [1, 6, 6, 21, 21],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 1, 6, 6, 21],
        [1, 6, 6, 21, 21],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 1, 6, 6, 21],
        [1, 6, 6, 21, 21],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 1, 6, 6, 21],
        [1, 6, 6, 21, 21],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 11, 11, 11, 0],
        [11, 11, 11, 11, 0],
        [6, 6, 21, 21, 0],
        [6, 21, 21, 21, 0],
        [21, 21, 21, 21, 0],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [0, 0, 0, 0, 0],
    ],
    [
        [0, 11, 11, 11, 11],
        [11, 11, 11, 11, 11],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
    ],
    [
        [0, 11, 11, 11, 11],
        [11, 11, 11, 11, 11],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
    ],
    [
        [0, 11, 11, 11, 11],
        [11, 11, 11, 11, 11],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
    ],
    [
        [0, 11, 11, 11, 0],
        [11, 11, 11, 11, 0],
        [6, 6, 21, 21, 0],
        [6, 21, 21, 21, 0],
        [21, 21, 21, 21, 0],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [0, 0, 0, 0, 0],
    ],
    [
        [0, 11, 11, 11, 11],
        [11, 11, 11, 11, 11],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
    ],
    [
        [0, 11, 11, 11, 11],
        [11, 11, 11, 11, 11],
        [6, 6, 21, 21, 21],
        [6, 21, 21, 21, 21],
        [21, 21, 21, 21, 21],
    ],
    [
        [0, 16, 6, 6, 21],
        [16, 16, 6, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
        [16, 16, 21, 21, 21],
    ],
];

/// Coeff_Base_Pos_Ctx_Offset.
#[rustfmt::skip]
pub(crate) static COEFF_BASE_POS_CTX_OFFSET: [u8; 3] = [26, 31, 36];

/// Mag_Ref_Offset_With_Tx_Class.
#[cfg(test)]
#[rustfmt::skip]
pub(crate) static MAG_REF_OFFSET_WITH_TX_CLASS: [[[u8; 2]; 3]; 3] = [
    [
        [0, 1],
        [1, 0],
        [1, 1],
    ],
    [
        [0, 1],
        [1, 0],
        [0, 2],
    ],
    [
        [0, 1],
        [1, 0],
        [2, 0],
    ],
];

/// Mode_To_Txfm.
#[rustfmt::skip]
pub(crate) static MODE_TO_TXFM: [TxType; 14] = [TxType::DctDct, TxType::AdstDct, TxType::DctAdst, TxType::DctDct, TxType::AdstAdst, TxType::AdstDct, TxType::DctAdst, TxType::DctAdst, TxType::AdstDct, TxType::AdstAdst, TxType::AdstDct, TxType::DctAdst, TxType::AdstAdst, TxType::DctDct];

/// Sig_Ref_Diff_Offset.
#[cfg(test)]
#[rustfmt::skip]
pub(crate) static SIG_REF_DIFF_OFFSET: [[[u8; 2]; 5]; 3] = [
    [
        [0, 1],
        [1, 0],
        [1, 1],
        [0, 2],
        [2, 0],
    ],
    [
        [0, 1],
        [1, 0],
        [0, 2],
        [0, 3],
        [0, 4],
    ],
    [
        [0, 1],
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
    ],
];
