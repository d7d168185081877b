//! Binarisations and context increments of syntax elements outside residual_coding( ) (9.3.3, 9.3.4.2).

use codecorpus_bitstream::cabac::Cabac;

use super::contexts::EntropyState;
use crate::block::coding_unit::PartMode;
use crate::tables::contexts as ctx;

/// The arithmetic decoder of a substream, with its context variables.
#[derive(Debug)]
pub(crate) struct Entropy<'a> {
    pub(crate) cabac: Cabac<'a>,
    pub(crate) state: EntropyState,
}

impl Entropy<'_> {
    /// A bin of the context variable `first + increment`.
    #[inline]
    pub(crate) fn bin(&mut self, first: u8, increment: u8) -> bool {
        self.cabac.decision(&mut self.state.contexts[usize::from(first.wrapping_add(increment))])
    }

    /// Truncated unary: bins of 1 up to `max`, whose contexts `context` gives by binIdx.
    #[inline]
    pub(super) fn unary(&mut self, max: u32, mut bin: impl FnMut(&mut Self, u32) -> bool) -> u32 {
        let mut value = 0;
        while value < max && bin(self, value) {
            value += 1;
        }
        value
    }

    /// k-th order Exp-Golomb (9.3.3.3) in bypass bins.
    pub(super) fn exp_golomb(&mut self, k: u32) -> u32 {
        let prefix = self.unary(31 - k, |s, _| s.cabac.bypass());
        let suffix = self.cabac.bypass_bits(prefix + k);
        ((((1u64 << prefix) - 1) << k) as u32).wrapping_add(suffix)
    }

    pub(crate) fn sao_merge_flag(&mut self) -> bool {
        self.bin(ctx::SAO_MERGE_FLAG, 0)
    }

    /// 0 not applied, 1 band offset, 2 edge offset.
    pub(crate) fn sao_type_idx(&mut self) -> u32 {
        if self.bin(ctx::SAO_TYPE_IDX, 0) { 1 + u32::from(self.cabac.bypass()) } else { 0 }
    }

    pub(crate) fn sao_offset_abs(&mut self, max: u32) -> u32 {
        self.unary(max, |s, _| s.cabac.bypass())
    }

    #[inline]
    pub(crate) fn split_cu_flag(&mut self, increment: u8) -> bool {
        self.bin(ctx::SPLIT_CU_FLAG, increment)
    }

    pub(crate) fn cu_transquant_bypass_flag(&mut self) -> bool {
        self.bin(ctx::CU_TRANSQUANT_BYPASS_FLAG, 0)
    }

    #[inline]
    pub(crate) fn cu_skip_flag(&mut self, increment: u8) -> bool {
        self.bin(ctx::CU_SKIP_FLAG, increment)
    }

    /// Whether CuPredMode is MODE_INTRA.
    pub(crate) fn pred_mode_flag(&mut self) -> bool {
        self.bin(ctx::PRED_MODE_FLAG, 0)
    }

    /// part_mode of an intra coding unit.
    pub(crate) fn part_mode_intra(&mut self) -> PartMode {
        if self.bin(ctx::PART_MODE, 0) { PartMode::Part2Nx2N } else { PartMode::PartNxN }
    }

    /// part_mode of an inter coding unit (9.3.3.7).
    pub(crate) fn part_mode_inter(&mut self, log2_cb_size: u32, min_cb_log2_size: u32, amp_enabled_flag: bool) -> PartMode {
        if self.bin(ctx::PART_MODE, 0) {
            return PartMode::Part2Nx2N;
        }
        let horizontal = self.bin(ctx::PART_MODE, 1);
        if log2_cb_size == min_cb_log2_size {
            return match horizontal {
                true => PartMode::Part2NxN,
                false if log2_cb_size == 3 || self.bin(ctx::PART_MODE, 2) => PartMode::PartNx2N,
                false => PartMode::PartNxN,
            };
        }
        if !amp_enabled_flag || self.bin(ctx::PART_MODE, 3) {
            return if horizontal { PartMode::Part2NxN } else { PartMode::PartNx2N };
        }
        match (horizontal, self.cabac.bypass()) {
            (true, false) => PartMode::Part2NxnU,
            (true, true) => PartMode::Part2NxnD,
            (false, false) => PartMode::PartnLx2N,
            (false, true) => PartMode::PartnRx2N,
        }
    }

    pub(crate) fn prev_intra_luma_pred_flag(&mut self) -> bool {
        self.bin(ctx::PREV_INTRA_LUMA_PRED_FLAG, 0)
    }

    pub(crate) fn mpm_idx(&mut self) -> u8 {
        self.unary(2, |s, _| s.cabac.bypass()) as u8
    }

    pub(crate) fn rem_intra_luma_pred_mode(&mut self) -> u8 {
        self.cabac.bypass_bits(5) as u8
    }

    pub(crate) fn intra_chroma_pred_mode(&mut self) -> u8 {
        if self.bin(ctx::INTRA_CHROMA_PRED_MODE, 0) { self.cabac.bypass_bits(2) as u8 } else { 4 }
    }

    pub(crate) fn rqt_root_cbf(&mut self) -> bool {
        self.bin(ctx::RQT_ROOT_CBF, 0)
    }

    pub(crate) fn merge_flag(&mut self) -> bool {
        self.bin(ctx::MERGE_FLAG, 0)
    }

    pub(crate) fn merge_idx(&mut self, max_num_merge_cand: u8) -> u8 {
        if max_num_merge_cand <= 1 || !self.bin(ctx::MERGE_IDX, 0) {
            return 0;
        }
        1 + self.unary(u32::from(max_num_merge_cand) - 2, |s, _| s.cabac.bypass()) as u8
    }

    /// inter_pred_idc: which lists are used (table 9-43).
    pub(crate) fn inter_pred_idc(&mut self, width: u32, height: u32, ct_depth: u8) -> [bool; 2] {
        if width + height != 12 && self.bin(ctx::INTER_PRED_IDC, ct_depth) {
            return [true, true];
        }
        let list1 = self.bin(ctx::INTER_PRED_IDC, 4);
        [!list1, list1]
    }

    pub(crate) fn ref_idx(&mut self, num_ref_idx_active: u8) -> u8 {
        let max = u32::from(num_ref_idx_active).saturating_sub(1);
        self.unary(max, |s, bin| if bin < 2 { s.bin(ctx::REF_IDX, bin as u8) } else { s.cabac.bypass() }) as u8
    }

    /// mvd_coding( ) (7.3.8.9): MvdLX.
    pub(crate) fn mvd(&mut self) -> [i32; 2] {
        let greater0 = [self.bin(ctx::ABS_MVD_GREATER0_FLAG, 0), self.bin(ctx::ABS_MVD_GREATER0_FLAG, 0)];
        let greater1 = greater0.map(|greater0| greater0 && self.bin(ctx::ABS_MVD_GREATER1_FLAG, 0));
        let mut mvd = [0; 2];
        for (value, (greater0, greater1)) in mvd.iter_mut().zip(greater0.into_iter().zip(greater1)) {
            if greater0 {
                let abs = if greater1 { (self.exp_golomb(1) & 0xffff) as i32 + 2 } else { 1 };
                *value = if self.cabac.bypass() { -abs } else { abs };
            }
        }
        mvd
    }

    pub(crate) fn mvp_flag(&mut self) -> bool {
        self.bin(ctx::MVP_LX_FLAG, 0)
    }

    #[inline]
    pub(crate) fn split_transform_flag(&mut self, log2_trafo_size: u32) -> bool {
        self.bin(ctx::SPLIT_TRANSFORM_FLAG, 5u8.wrapping_sub(log2_trafo_size as u8))
    }

    #[inline]
    pub(crate) fn cbf_luma(&mut self, trafo_depth: u32) -> bool {
        self.bin(ctx::CBF_LUMA, u8::from(trafo_depth == 0))
    }

    #[inline]
    pub(crate) fn cbf_chroma(&mut self, trafo_depth: u32) -> bool {
        self.bin(ctx::CBF_CHROMA, trafo_depth.min(4) as u8)
    }

    /// CuQpDeltaVal (9.3.3.10).
    pub(crate) fn cu_qp_delta(&mut self) -> i32 {
        let prefix = self.unary(5, |s, bin| s.bin(ctx::CU_QP_DELTA_ABS, u8::from(bin > 0)));
        let abs = if prefix == 5 { 5 + (self.exp_golomb(0) & 0xffff) as i32 } else { prefix as i32 };
        if abs > 0 && self.cabac.bypass() { -abs } else { abs }
    }

    pub(crate) fn tu_residual_act_flag(&mut self) -> bool {
        self.bin(ctx::TU_RESIDUAL_ACT_FLAG, 0)
    }

    pub(crate) fn cu_chroma_qp_offset_flag(&mut self) -> bool {
        self.bin(ctx::CU_CHROMA_QP_OFFSET_FLAG, 0)
    }

    pub(crate) fn cu_chroma_qp_offset_idx(&mut self, max: u32) -> u32 {
        self.unary(max, |s, _| s.bin(ctx::CU_CHROMA_QP_OFFSET_IDX, 0))
    }

    /// cross_comp_pred( ) (7.3.8.12) of chroma component `c` (0 Cb, 1 Cr).
    pub(crate) fn cross_comp_pred(&mut self, c: u8) {
        if self.unary(4, |s, bin| s.bin(ctx::LOG2_RES_SCALE_ABS_PLUS1, 4 * c + bin as u8)) > 0 {
            self.bin(ctx::RES_SCALE_SIGN_FLAG, c);
        }
    }
}
