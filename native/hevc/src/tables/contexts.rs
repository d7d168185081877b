//! Context variables: where each syntax element's begin (table 9-4) and their initValues (tables 9-5 to 9-37).

/// The contexts of one syntax element.
struct Element {
    first: u8,
    /// initValue by initType; I slices use the first row only.
    init: [&'static [u8]; 3],
}

pub(crate) const SAO_MERGE_FLAG: u8 = 0;
pub(crate) const SAO_TYPE_IDX: u8 = 1;
pub(crate) const SPLIT_CU_FLAG: u8 = 2;
pub(crate) const CU_TRANSQUANT_BYPASS_FLAG: u8 = 5;
pub(crate) const CU_SKIP_FLAG: u8 = 6;
pub(crate) const PRED_MODE_FLAG: u8 = 9;
pub(crate) const PART_MODE: u8 = 10;
pub(crate) const PREV_INTRA_LUMA_PRED_FLAG: u8 = 14;
pub(crate) const INTRA_CHROMA_PRED_MODE: u8 = 15;
pub(crate) const RQT_ROOT_CBF: u8 = 16;
pub(crate) const MERGE_FLAG: u8 = 17;
pub(crate) const MERGE_IDX: u8 = 18;
pub(crate) const INTER_PRED_IDC: u8 = 19;
pub(crate) const REF_IDX: u8 = 24;
pub(crate) const MVP_LX_FLAG: u8 = 26;
pub(crate) const SPLIT_TRANSFORM_FLAG: u8 = 27;
pub(crate) const CBF_LUMA: u8 = 30;
pub(crate) const CBF_CHROMA: u8 = 32;
pub(crate) const ABS_MVD_GREATER0_FLAG: u8 = 37;
pub(crate) const ABS_MVD_GREATER1_FLAG: u8 = 38;
pub(crate) const CU_QP_DELTA_ABS: u8 = 39;
pub(crate) const TRANSFORM_SKIP_FLAG: u8 = 41;
pub(crate) const LAST_SIG_COEFF_X_PREFIX: u8 = 43;
pub(crate) const LAST_SIG_COEFF_Y_PREFIX: u8 = 61;
pub(crate) const CODED_SUB_BLOCK_FLAG: u8 = 79;
/// 42 by position, then one for luma and one for chroma where transform_skip_context_enabled_flag applies.
pub(crate) const SIG_COEFF_FLAG: u8 = 83;
pub(crate) const COEFF_ABS_LEVEL_GREATER1_FLAG: u8 = 127;
pub(crate) const COEFF_ABS_LEVEL_GREATER2_FLAG: u8 = 151;
pub(crate) const EXPLICIT_RDPCM_FLAG: u8 = 157;
pub(crate) const EXPLICIT_RDPCM_DIR_FLAG: u8 = 159;
pub(crate) const CU_CHROMA_QP_OFFSET_FLAG: u8 = 161;
pub(crate) const CU_CHROMA_QP_OFFSET_IDX: u8 = 162;
pub(crate) const LOG2_RES_SCALE_ABS_PLUS1: u8 = 163;
pub(crate) const RES_SCALE_SIGN_FLAG: u8 = 171;
pub(crate) const PALETTE_MODE_FLAG: u8 = 173;
pub(crate) const TU_RESIDUAL_ACT_FLAG: u8 = 174;
pub(crate) const PALETTE_RUN_PREFIX: u8 = 175;
/// Of copy_above_indices_for_final_run_flag too.
pub(crate) const COPY_ABOVE_PALETTE_INDICES_FLAG: u8 = 183;
pub(crate) const PALETTE_TRANSPOSE_FLAG: u8 = 184;

/// An element whose contexts are initialised alike for every initType.
const fn same(first: u8, init: &'static [u8]) -> Element {
    Element { first, init: [init, init, init] }
}

/// An element of P and B slices alone.
const fn inter(first: u8, p: &'static [u8], b: &'static [u8]) -> Element {
    Element { first, init: [&[], p, b] }
}

const fn all(first: u8, i: &'static [u8], p: &'static [u8], b: &'static [u8]) -> Element {
    Element { first, init: [i, p, b] }
}

#[rustfmt::skip]
const LAST_SIG_COEFF_PREFIX_INIT: [&[u8]; 3] = [
    &[110, 110, 124, 125, 140, 153, 125, 127, 140, 109, 111, 143, 127, 111, 79, 108, 123, 63],
    &[125, 110, 94, 110, 95, 79, 125, 111, 110, 78, 110, 111, 111, 95, 94, 108, 123, 108],
    &[125, 110, 124, 110, 95, 94, 125, 111, 111, 79, 125, 126, 111, 111, 79, 108, 123, 93],
];

#[rustfmt::skip]
const ELEMENTS: [Element; 39] = [
    same(SAO_MERGE_FLAG, &[153]),
    all(SAO_TYPE_IDX, &[200], &[185], &[160]),
    all(SPLIT_CU_FLAG, &[139, 141, 157], &[107, 139, 126], &[107, 139, 126]),
    same(CU_TRANSQUANT_BYPASS_FLAG, &[154]),
    inter(CU_SKIP_FLAG, &[197, 185, 201], &[197, 185, 201]),
    inter(PRED_MODE_FLAG, &[149], &[134]),
    all(PART_MODE, &[184], &[154, 139, 154, 154], &[154, 139, 154, 154]),
    all(PREV_INTRA_LUMA_PRED_FLAG, &[184], &[154], &[183]),
    all(INTRA_CHROMA_PRED_MODE, &[63], &[152], &[152]),
    inter(RQT_ROOT_CBF, &[79], &[79]),
    inter(MERGE_FLAG, &[110], &[154]),
    inter(MERGE_IDX, &[122], &[137]),
    inter(INTER_PRED_IDC, &[95, 79, 63, 31, 31], &[95, 79, 63, 31, 31]),
    inter(REF_IDX, &[153, 153], &[153, 153]),
    inter(MVP_LX_FLAG, &[168], &[168]),
    all(SPLIT_TRANSFORM_FLAG, &[153, 138, 138], &[124, 138, 94], &[224, 167, 122]),
    all(CBF_LUMA, &[111, 141], &[153, 111], &[153, 111]),
    all(CBF_CHROMA, &[94, 138, 182, 154, 154], &[149, 107, 167, 154, 154], &[149, 92, 167, 154, 154]),
    inter(ABS_MVD_GREATER0_FLAG, &[140], &[169]),
    inter(ABS_MVD_GREATER1_FLAG, &[198], &[198]),
    same(CU_QP_DELTA_ABS, &[154, 154]),
    same(TRANSFORM_SKIP_FLAG, &[139, 139]),
    Element { first: LAST_SIG_COEFF_X_PREFIX, init: LAST_SIG_COEFF_PREFIX_INIT },
    Element { first: LAST_SIG_COEFF_Y_PREFIX, init: LAST_SIG_COEFF_PREFIX_INIT },
    all(CODED_SUB_BLOCK_FLAG, &[91, 171, 134, 141], &[121, 140, 61, 154], &[121, 140, 61, 154]),
    all(
        SIG_COEFF_FLAG,
        &[
            111, 111, 125, 110, 110, 94, 124, 108, 124, 107, 125, 141, 179, 153, 125, 107, 125, 141, 179, 153, 125, 107,
            125, 141, 179, 153, 125, 140, 139, 182, 182, 152, 136, 152, 136, 153, 136, 139, 111, 136, 139, 111, 141, 111,
        ],
        &[
            155, 154, 139, 153, 139, 123, 123, 63, 153, 166, 183, 140, 136, 153, 154, 166, 183, 140, 136, 153, 154, 166,
            183, 140, 136, 153, 154, 170, 153, 123, 123, 107, 121, 107, 121, 167, 151, 183, 140, 151, 183, 140, 140, 140,
        ],
        &[
            170, 154, 139, 153, 139, 123, 123, 63, 124, 166, 183, 140, 136, 153, 154, 166, 183, 140, 136, 153, 154, 166,
            183, 140, 136, 153, 154, 170, 153, 138, 138, 122, 121, 122, 121, 167, 151, 183, 140, 151, 183, 140, 140, 140,
        ],
    ),
    all(
        COEFF_ABS_LEVEL_GREATER1_FLAG,
        &[140, 92, 137, 138, 140, 152, 138, 139, 153, 74, 149, 92, 139, 107, 122, 152, 140, 179, 166, 182, 140, 227, 122, 197],
        &[154, 196, 196, 167, 154, 152, 167, 182, 182, 134, 149, 136, 153, 121, 136, 137, 169, 194, 166, 167, 154, 167, 137, 182],
        &[154, 196, 167, 167, 154, 152, 167, 182, 182, 134, 149, 136, 153, 121, 136, 122, 169, 208, 166, 167, 154, 152, 167, 182],
    ),
    all(
        COEFF_ABS_LEVEL_GREATER2_FLAG,
        &[138, 153, 136, 167, 152, 152],
        &[107, 167, 91, 122, 107, 167],
        &[107, 167, 91, 107, 107, 167],
    ),
    inter(EXPLICIT_RDPCM_FLAG, &[139, 139], &[139, 139]),
    inter(EXPLICIT_RDPCM_DIR_FLAG, &[139, 139], &[139, 139]),
    same(CU_CHROMA_QP_OFFSET_FLAG, &[154]),
    same(CU_CHROMA_QP_OFFSET_IDX, &[154]),
    same(LOG2_RES_SCALE_ABS_PLUS1, &[154, 154, 154, 154, 154, 154, 154, 154]),
    same(RES_SCALE_SIGN_FLAG, &[154, 154]),
    same(PALETTE_MODE_FLAG, &[154]),
    same(TU_RESIDUAL_ACT_FLAG, &[154]),
    same(PALETTE_RUN_PREFIX, &[154, 154, 154, 154, 154, 154, 154, 154]),
    same(COPY_ABOVE_PALETTE_INDICES_FLAG, &[154]),
    same(PALETTE_TRANSPOSE_FLAG, &[154]),
];

/// Context variables, of which the last ones are never used: every `u8` indexes one.
pub(crate) const COUNT: usize = 256;

/// initValue of every context variable, by initType.
pub(crate) static INIT_VALUES: [[u8; COUNT]; 3] = {
    let mut table = [[154; COUNT]; 3];
    let mut i = 0;
    while i < ELEMENTS.len() {
        let mut init_type = 0;
        while init_type < 3 {
            let values = ELEMENTS[i].init[init_type];
            let mut k = 0;
            while k < values.len() {
                table[init_type][ELEMENTS[i].first as usize + k] = values[k];
                k += 1;
            }
            init_type += 1;
        }
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_of_elements_follow_each_other() {
        for pair in ELEMENTS.windows(2) {
            assert_eq!(pair[0].first + pair[0].init[2].len() as u8, pair[1].first);
        }
    }
}
