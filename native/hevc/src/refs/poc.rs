//! Picture order count (8.3.1).

use codecorpus_bitstream::Poc;

use crate::headers::nal::NalHeader;
use crate::headers::sps::Sps;

/// What picture order counts are counted from: prevTid0Pic's slice_pic_order_cnt_lsb and PicOrderCntMsb.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PrevTid0Pic {
    lsb: u32,
    msb: i32,
}

/// PicOrderCntVal (8.3.1). `no_rasl_output_flag` is of the current picture where it is an IRAP picture.
pub(crate) fn derive_poc(prev: &mut PrevTid0Pic, nal: NalHeader, lsb: u32, sps: &Sps, no_rasl_output_flag: bool) -> Poc {
    let max_lsb = 1i32 << sps.log2_max_pic_order_cnt_lsb;
    let (lsb, prev_lsb) = (lsb as i32, prev.lsb as i32);
    let msb = if nal.unit_type.is_irap() && no_rasl_output_flag {
        0
    } else if lsb < prev_lsb && prev_lsb - lsb >= max_lsb / 2 {
        prev.msb.wrapping_add(max_lsb)
    } else if lsb > prev_lsb && lsb - prev_lsb > max_lsb / 2 {
        prev.msb.wrapping_sub(max_lsb)
    } else {
        prev.msb
    };
    let kind = nal.unit_type;
    if nal.temporal_id == 0 && !kind.is_rasl() && !kind.is_radl() && !kind.is_sub_layer_non_reference() {
        *prev = PrevTid0Pic { lsb: lsb as u32, msb };
    }
    Poc(msb.wrapping_add(lsb))
}
