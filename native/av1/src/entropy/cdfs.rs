//! The cumulative distributions of a frame (8.3.2): init_non_coeff_cdfs( ), init_coeff_cdfs( ) and load_cdfs( ) (6.8.2).

use super::short_cdf::ShortCdf;
use crate::headers::QIndex;
use crate::tables::cdfs as table;
use crate::tables::coefficient_cdfs as coefficient_table;

/// A distribution, or an array of them, made from the standard's table.
trait Load<T> {
    fn load(&mut self, table: &T);
}

impl<const L: usize, const M: usize> Load<[u16; M]> for [u16; L] {
    fn load(&mut self, table: &[u16; M]) {
        *self = [0; L];
        for (to, from) in self.iter_mut().zip(table.iter().take(M - 2)) {
            *to = 32768 - from;
        }
    }
}

impl<const M: usize> Load<[u16; M]> for ShortCdf {
    fn load(&mut self, table: &[u16; M]) {
        *self = Self::new(std::array::from_fn(|i| if i < M - 2 { 32768 - table[i] } else { 0 }));
    }
}

impl<T, U: Load<T>, const K: usize> Load<[T; K]> for [U; K] {
    fn load(&mut self, table: &[T; K]) {
        for (to, from) in self.iter_mut().zip(table) {
            to.load(from);
        }
    }
}

/// A distribution, or an array of them, whose counts of symbols can be set to 0.
trait ClearCounts {
    fn clear_counts(&mut self);
}

impl<const L: usize> ClearCounts for [u16; L] {
    #[inline]
    fn clear_counts(&mut self) {
        self[L - 1] = 0;
    }
}

impl ClearCounts for ShortCdf {
    #[inline]
    fn clear_counts(&mut self) {
        self.clear_count();
    }
}

impl<U: ClearCounts, const K: usize> ClearCounts for [U; K] {
    #[inline]
    fn clear_counts(&mut self) {
        self.iter_mut().for_each(ClearCounts::clear_counts);
    }
}

macro_rules! cdfs {
    ($(#[$meta:meta])* $structure:ident($index:ident) { $($name:ident: $kind:ty = $default:expr,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub(crate) struct $structure { $(pub(crate) $name: $kind,)* }

        impl $structure {
            /// The default distributions.
            #[must_use]
            pub(crate) fn new($index: usize) -> Self {
                let _ = $index;
                Self { $($name: { let mut cdf: $kind = zeroed(); cdf.load(&$default); cdf },)* }
            }

            /// What load_cdfs( ) does to the count of every distribution (6.8.2).
            pub(crate) fn clear_counts(&mut self) {
                $(self.$name.clear_counts();)*
            }
        }
    };
}

trait Zeroed {
    const ZEROED: Self;
}
impl Zeroed for u16 {
    const ZEROED: Self = 0;
}
impl Zeroed for ShortCdf {
    const ZEROED: Self = Self::ZERO;
}
impl<T: Zeroed, const K: usize> Zeroed for [T; K] {
    const ZEROED: Self = [T::ZEROED; K];
}
const fn zeroed<T: Zeroed>() -> T {
    T::ZEROED
}

type Bool = [u16; 2];
type Eight = [u16; 8];
type Sixteen = [u16; 16];

cdfs! {
    /// Distributions of all syntax elements but coefficients.
    ModeCdfs(_index) {
        intra_frame_y_mode: [[Sixteen; 5]; 5] = table::DEFAULT_INTRA_FRAME_Y_MODE_CDF,
        y_mode: [Sixteen; 4] = table::DEFAULT_Y_MODE_CDF,
        uv_mode_cfl_not_allowed: [Sixteen; 13] = table::DEFAULT_UV_MODE_CFL_NOT_ALLOWED_CDF,
        uv_mode_cfl_allowed: [Sixteen; 13] = table::DEFAULT_UV_MODE_CFL_ALLOWED_CDF,
        angle_delta: [Eight; 8] = table::DEFAULT_ANGLE_DELTA_CDF,
        intrabc: Bool = table::DEFAULT_INTRABC_CDF,
        partition_w8: [ShortCdf; 4] = table::DEFAULT_PARTITION_W8_CDF,
        partition_w16_to_w64: [[Sixteen; 4]; 3] =
            [table::DEFAULT_PARTITION_W16_CDF, table::DEFAULT_PARTITION_W32_CDF, table::DEFAULT_PARTITION_W64_CDF],
        partition_w128: [Eight; 4] = table::DEFAULT_PARTITION_W128_CDF,
        tx_8x8: [Bool; 3] = table::DEFAULT_TX_8X8_CDF,
        tx_16x16_to_64x64: [[ShortCdf; 3]; 3] = [table::DEFAULT_TX_16X16_CDF, table::DEFAULT_TX_32X32_CDF, table::DEFAULT_TX_64X64_CDF],
        txfm_split: [Bool; 21] = table::DEFAULT_TXFM_SPLIT_CDF,
        filter_intra_mode: Eight = table::DEFAULT_FILTER_INTRA_MODE_CDF,
        filter_intra: [Bool; 22] = table::DEFAULT_FILTER_INTRA_CDF,
        segment_id: [Eight; 3] = table::DEFAULT_SEGMENT_ID_CDF,
        segment_id_predicted: [Bool; 3] = table::DEFAULT_SEGMENT_ID_PREDICTED_CDF,
        new_mv: [Bool; 6] = table::DEFAULT_NEW_MV_CDF,
        zero_mv: [Bool; 2] = table::DEFAULT_ZERO_MV_CDF,
        ref_mv: [Bool; 6] = table::DEFAULT_REF_MV_CDF,
        drl_mode: [Bool; 3] = table::DEFAULT_DRL_MODE_CDF,
        is_inter: [Bool; 4] = table::DEFAULT_IS_INTER_CDF,
        comp_mode: [Bool; 5] = table::DEFAULT_COMP_MODE_CDF,
        skip_mode: [Bool; 3] = table::DEFAULT_SKIP_MODE_CDF,
        skip: [Bool; 3] = table::DEFAULT_SKIP_CDF,
        comp_ref: [[Bool; 3]; 3] = table::DEFAULT_COMP_REF_CDF,
        comp_bwd_ref: [[Bool; 2]; 3] = table::DEFAULT_COMP_BWD_REF_CDF,
        single_ref: [[Bool; 6]; 3] = table::DEFAULT_SINGLE_REF_CDF,
        compound_mode: [Eight; 8] = table::DEFAULT_COMPOUND_MODE_CDF,
        interp_filter: [ShortCdf; 16] = table::DEFAULT_INTERP_FILTER_CDF,
        motion_mode: [ShortCdf; 22] = table::DEFAULT_MOTION_MODE_CDF,
        mv_joint: [ShortCdf; 2] = [table::DEFAULT_MV_JOINT_CDF; 2],
        mv_class: [[Sixteen; 2]; 2] = [table::DEFAULT_MV_CLASS_CDF; 2],
        mv_class0_bit: [[Bool; 2]; 2] = [[table::DEFAULT_MV_CLASS0_BIT_CDF; 2]; 2],
        mv_fr: [[ShortCdf; 2]; 2] = [table::DEFAULT_MV_FR_CDF; 2],
        mv_class0_fr: [[[ShortCdf; 2]; 2]; 2] = [table::DEFAULT_MV_CLASS0_FR_CDF; 2],
        mv_class0_hp: [[Bool; 2]; 2] = [[table::DEFAULT_MV_CLASS0_HP_CDF; 2]; 2],
        mv_sign: [[Bool; 2]; 2] = [[table::DEFAULT_MV_SIGN_CDF; 2]; 2],
        mv_bit: [[[Bool; 10]; 2]; 2] = [[table::DEFAULT_MV_BIT_CDF; 2]; 2],
        mv_hp: [[Bool; 2]; 2] = [[table::DEFAULT_MV_HP_CDF; 2]; 2],
        palette_y_mode: [[Bool; 3]; 7] = table::DEFAULT_PALETTE_Y_MODE_CDF,
        palette_uv_mode: [Bool; 2] = table::DEFAULT_PALETTE_UV_MODE_CDF,
        palette_y_size: [Eight; 7] = table::DEFAULT_PALETTE_Y_SIZE_CDF,
        palette_uv_size: [Eight; 7] = table::DEFAULT_PALETTE_UV_SIZE_CDF,
        palette_size_2_color: [[Bool; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_2_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_2_UV_COLOR_CDF],
        palette_size_3_color: [[ShortCdf; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_3_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_3_UV_COLOR_CDF],
        palette_size_4_color: [[ShortCdf; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_4_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_4_UV_COLOR_CDF],
        palette_size_5_color: [[Eight; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_5_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_5_UV_COLOR_CDF],
        palette_size_6_color: [[Eight; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_6_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_6_UV_COLOR_CDF],
        palette_size_7_color: [[Eight; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_7_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_7_UV_COLOR_CDF],
        palette_size_8_color: [[Eight; 5]; 2] = [table::DEFAULT_PALETTE_SIZE_8_Y_COLOR_CDF, table::DEFAULT_PALETTE_SIZE_8_UV_COLOR_CDF],
        delta_q: ShortCdf = table::DEFAULT_DELTA_Q_CDF,
        delta_lf: ShortCdf = table::DEFAULT_DELTA_LF_CDF,
        delta_lf_multi: [ShortCdf; 4] = [table::DEFAULT_DELTA_LF_CDF; 4],
        intra_tx_type_set1: [[Eight; 13]; 2] = table::DEFAULT_INTRA_TX_TYPE_SET1_CDF,
        intra_tx_type_set2: [[Eight; 13]; 3] = table::DEFAULT_INTRA_TX_TYPE_SET2_CDF,
        inter_tx_type_set1: [Sixteen; 2] = table::DEFAULT_INTER_TX_TYPE_SET1_CDF,
        inter_tx_type_set2: Sixteen = table::DEFAULT_INTER_TX_TYPE_SET2_CDF,
        inter_tx_type_set3: [Bool; 4] = table::DEFAULT_INTER_TX_TYPE_SET3_CDF,
        use_obmc: [Bool; 22] = table::DEFAULT_USE_OBMC_CDF,
        interintra: [Bool; 3] = table::DEFAULT_INTER_INTRA_CDF,
        comp_ref_type: [Bool; 5] = table::DEFAULT_COMP_REF_TYPE_CDF,
        cfl_sign: Eight = table::DEFAULT_CFL_SIGN_CDF,
        uni_comp_ref: [[Bool; 3]; 3] = table::DEFAULT_UNI_COMP_REF_CDF,
        wedge_interintra: [Bool; 22] = table::DEFAULT_WEDGE_INTER_INTRA_CDF,
        comp_group_idx: [Bool; 6] = table::DEFAULT_COMP_GROUP_IDX_CDF,
        compound_idx: [Bool; 6] = table::DEFAULT_COMPOUND_IDX_CDF,
        compound_type: [Bool; 22] = table::DEFAULT_COMPOUND_TYPE_CDF,
        interintra_mode: [ShortCdf; 3] = table::DEFAULT_INTER_INTRA_MODE_CDF,
        wedge_index: [Sixteen; 22] = table::DEFAULT_WEDGE_INDEX_CDF,
        cfl_alpha: [Sixteen; 6] = table::DEFAULT_CFL_ALPHA_CDF,
        use_wiener: Bool = table::DEFAULT_USE_WIENER_CDF,
        use_sgrproj: Bool = table::DEFAULT_USE_SGRPROJ_CDF,
        restoration_type: ShortCdf = table::DEFAULT_RESTORATION_TYPE_CDF,
    }
}

cdfs! {
    /// Distributions of coefficients.
    CoefficientCdfs(index) {
        txb_skip: [[Bool; 13]; 5] = coefficient_table::DEFAULT_TXB_SKIP_CDF[index],
        eob_pt_16: [[Eight; 2]; 2] = coefficient_table::DEFAULT_EOB_PT_16_CDF[index],
        eob_pt_32: [[Eight; 2]; 2] = coefficient_table::DEFAULT_EOB_PT_32_CDF[index],
        eob_pt_64: [[Eight; 2]; 2] = coefficient_table::DEFAULT_EOB_PT_64_CDF[index],
        eob_pt_128: [[Eight; 2]; 2] = coefficient_table::DEFAULT_EOB_PT_128_CDF[index],
        eob_pt_256: [[Sixteen; 2]; 2] = coefficient_table::DEFAULT_EOB_PT_256_CDF[index],
        eob_pt_512: [Sixteen; 2] = coefficient_table::DEFAULT_EOB_PT_512_CDF[index],
        eob_pt_1024: [Sixteen; 2] = coefficient_table::DEFAULT_EOB_PT_1024_CDF[index],
        eob_extra: [[[Bool; 9]; 2]; 5] = coefficient_table::DEFAULT_EOB_EXTRA_CDF[index],
        dc_sign: [[Bool; 3]; 2] = coefficient_table::DEFAULT_DC_SIGN_CDF[index],
        coeff_base_eob: [[[ShortCdf; 4]; 2]; 5] = coefficient_table::DEFAULT_COEFF_BASE_EOB_CDF[index],
        coeff_base: [[[ShortCdf; 42]; 2]; 5] = coefficient_table::DEFAULT_COEFF_BASE_CDF[index],
        coeff_br: [[[ShortCdf; 21]; 2]; 5] = coefficient_table::DEFAULT_COEFF_BR_CDF[index],
    }
}

/// All distributions that a frame saves.
#[derive(Debug, Clone)]
pub(crate) struct Cdfs {
    pub(crate) mode: ModeCdfs,
    pub(crate) coefficient: CoefficientCdfs,
}

impl Cdfs {
    /// init_non_coeff_cdfs( ) and init_coeff_cdfs( ) (6.8.2).
    #[must_use]
    pub(crate) fn new(base_q_idx: QIndex) -> Self {
        let index = match base_q_idx.0 {
            0..=20 => 0,
            21..=60 => 1,
            61..=120 => 2,
            _ => 3,
        };
        Self { mode: ModeCdfs::new(0), coefficient: CoefficientCdfs::new(index) }
    }

    /// What load_cdfs( ) does to the counts (6.8.2).
    pub(crate) fn clear_counts(&mut self) {
        self.mode.clear_counts();
        self.coefficient.clear_counts();
    }
}
