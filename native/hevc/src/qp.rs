//! Quantisation parameters (8.6.1) of quantisation groups.

use codecorpus_bitstream::QpPrime;
use codecorpus_bitstream::qp::qp_bd_offset;

use crate::headers::pps::Pps;
use crate::headers::slice::SliceHeader;
use crate::headers::sps::{BitDepth, Sps};
use crate::neighbours::CodingCell;
use crate::tables::qp::qp_c;

/// The current quantisation group, and the current chroma quantisation group.
#[derive(Debug)]
pub(crate) struct QuantGroup {
    /// qPY_PRED of the group.
    predicted: i32,
    /// Luma position of a group whose prediction is not derived yet.
    pending: Option<(u32, u32)>,
    pub(crate) is_cu_qp_delta_coded: bool,
    pub(crate) is_cu_chroma_qp_offset_coded: bool,
    /// QpY of the current coding unit.
    pub(crate) qp_y: i32,
    pub(crate) log2_min_cu_qp_delta_size: u32,
    pub(crate) log2_min_cu_chroma_qp_offset_size: u32,
    bit_depth: BitDepth,
    /// pps_cb_qp_offset + slice_cb_qp_offset, and of Cr.
    chroma_offset: [i32; 2],
    /// PpsActQpOffsetY + slice_act_y_qp_offset, and of Cb and Cr.
    act_offset: [i32; 3],
    /// Of the current transform unit.
    pub(crate) tu_residual_act_flag: bool,
    chroma_array_type: u8,
}

impl QuantGroup {
    pub(crate) fn new(sps: &Sps, pps: &Pps, slice: &SliceHeader) -> Self {
        Self {
            predicted: slice.qp.luma,
            pending: None,
            is_cu_qp_delta_coded: false,
            is_cu_chroma_qp_offset_coded: false,
            qp_y: slice.qp.luma,
            log2_min_cu_qp_delta_size: sps.sizes.ctb_log2.saturating_sub(pps.qp.diff_cu_qp_delta_depth).max(3),
            log2_min_cu_chroma_qp_offset_size: sps.sizes.ctb_log2.saturating_sub(pps.range.diff_cu_chroma_qp_offset_depth).max(3),
            bit_depth: sps.bit_depth,
            chroma_offset: [pps.qp.offset[0] + slice.qp.offset[0], pps.qp.offset[1] + slice.qp.offset[1]],
            act_offset: {
                let pps_offset = pps.scc.colour_transform.map_or([0; 3], |act| act.qp_offset);
                std::array::from_fn(|c_idx| pps_offset[c_idx] + slice.qp.act_offset[c_idx])
            },
            tu_residual_act_flag: false,
            chroma_array_type: sps.chroma_array_type,
        }
    }

    /// A quantisation group begins.
    pub(crate) fn begin(&mut self, x: u32, y: u32) {
        self.is_cu_qp_delta_coded = false;
        self.pending = Some((x, y));
    }

    /// A coding unit begins: its QpY, as long as no cu_qp_delta_abs changes it, is qPY_PRED (8.6.1). `last_qp` is that of the
    /// coding unit before.
    #[inline]
    pub(crate) fn begin_coding_unit(&mut self, ctb_log2_size: u32, left: CodingCell, above: CodingCell, last_qp: i32) {
        if let Some((x, y)) = self.pending.take() {
            // qPY_PREV; qPY_A and qPY_B are those of the left and above blocks in the same CTB, else qPY_PREV too.
            let mask = (1 << ctb_log2_size) - 1;
            let a = if x & mask > 0 { i32::from(left.qp_y) } else { last_qp };
            let b = if y & mask > 0 { i32::from(above.qp_y) } else { last_qp };
            self.predicted = (a + b + 1) >> 1;
            self.qp_y = self.predicted;
        }
    }

    /// CuQpDeltaVal is known: QpY (8.6.1).
    pub(crate) fn set_delta(&mut self, cu_qp_delta: i32) {
        let offset = qp_bd_offset(self.bit_depth.luma);
        self.is_cu_qp_delta_coded = true;
        self.qp_y = (self.predicted + cu_qp_delta + 52 + 2 * offset).rem_euclid(52 + offset) - offset;
    }

    /// Qp'Y, Qp'Cb or Qp'Cr (8.6.1).
    #[inline]
    pub(crate) fn prime(&self, c_idx: usize, cu_qp_offset: [i32; 2]) -> QpPrime {
        let BitDepth { luma, chroma } = self.bit_depth;
        let Some(c) = c_idx.checked_sub(1) else { return QpPrime::new(self.qp_y, luma) };
        let qp_i = (self.qp_y + self.chroma_offset[c & 1] + cu_qp_offset[c & 1]).clamp(-qp_bd_offset(chroma), 57);
        QpPrime::new(if self.chroma_array_type == 1 { qp_c(qp_i) } else { qp_i.min(51) }, chroma)
    }

    /// The same, of a transform unit whose residual is colour transformed (8.6.1, 8.6.2); its chroma is 4:4:4.
    #[cold]
    pub(crate) fn prime_of_colour_transform(&self, c_idx: usize, cu_qp_offset: [i32; 2]) -> QpPrime {
        let BitDepth { luma, chroma } = self.bit_depth;
        let qp = self.qp_y + self.act_offset[c_idx.min(2)];
        let Some(c) = c_idx.checked_sub(1) else { return QpPrime::new(qp, luma) };
        QpPrime::new((qp + cu_qp_offset[c & 1]).clamp(-qp_bd_offset(chroma), 51), chroma)
    }
}
