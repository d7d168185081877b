//! Decoding process for picture order count: 8.2.1.

use codecorpus_bitstream::Poc;

use crate::headers::slice::{SliceHeader, Structure};
use crate::headers::sps::{PicOrderCntType, Sps};

/// TopFieldOrderCnt and BottomFieldOrderCnt; only the decoded fields' entries mean something.
pub(crate) type FieldOrderCnts = [Poc; 2];

/// PicOrderCnt( picX ) (8-1) of the fields that there are: bit 0 top, bit 1 bottom.
#[must_use]
pub(crate) fn pic_order_cnt(fields: u8, [top, bottom]: FieldOrderCnts) -> Poc {
    match fields {
        1 => top,
        2 => bottom,
        _ => top.min(bottom),
    }
}

/// Order counts of a picture, and of the fields of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OrderCnts {
    /// Of the frame or field that it is.
    pub(crate) picture: Poc,
    pub(crate) fields: FieldOrderCnts,
}

impl OrderCnts {
    pub(crate) const ZERO: Self = Self { picture: Poc(0), fields: [Poc(0); 2] };
}

/// What picture order count is derived from: the picture before, or the last reference picture.
#[derive(Debug, Clone, Default)]
pub(crate) struct PocState {
    prev_msb: i32,
    prev_lsb: i32,
    prev_frame_num: u32,
    prev_frame_num_offset: i32,
}

impl PocState {
    /// Derives the order counts of the picture that begins with `header` (8.2.1).
    pub(crate) fn derive(&mut self, sps: &Sps, header: &SliceHeader) -> FieldOrderCnts {
        match &sps.pic_order_cnt {
            PicOrderCntType::Lsb { log2_max_pic_order_cnt_lsb } => self.derive_lsb(1 << log2_max_pic_order_cnt_lsb, header),
            PicOrderCntType::Cycle { offset_for_non_ref_pic, offset_for_top_to_bottom_field, offset_for_ref_frame, .. } => {
                let offset = self.frame_num_offset(sps, header);
                let expected = expected_pic_order_cnt(offset, header, *offset_for_non_ref_pic, offset_for_ref_frame);
                self.keep_frame_num(header, offset);
                let [delta0, delta1] = header.delta_pic_order_cnt;
                let top = expected.wrapping_add(delta0);
                let bottom = top.wrapping_add(*offset_for_top_to_bottom_field);
                match header.structure {
                    Structure::Frame => [top, bottom.wrapping_add(delta1)],
                    Structure::Top => [top; 2],
                    Structure::Bottom => [bottom; 2],
                }
                .map(Poc)
            }
            PicOrderCntType::DecodingOrder => {
                let offset = self.frame_num_offset(sps, header);
                self.keep_frame_num(header, offset);
                let twice = 2 * (offset.wrapping_add(header.frame_num as i32));
                [Poc(if header.idr { 0 } else { twice - i32::from(!header.is_reference()) }); 2]
            }
        }
    }

    /// pic_order_cnt_type 0: 8.2.1.1.
    fn derive_lsb(&mut self, max_lsb: i32, header: &SliceHeader) -> FieldOrderCnts {
        if header.idr {
            (self.prev_msb, self.prev_lsb) = (0, 0);
        }
        let lsb = header.pic_order_cnt_lsb as i32;
        let msb = if lsb < self.prev_lsb && self.prev_lsb - lsb >= max_lsb / 2 {
            self.prev_msb.wrapping_add(max_lsb)
        } else if lsb > self.prev_lsb && lsb - self.prev_lsb > max_lsb / 2 {
            self.prev_msb.wrapping_sub(max_lsb)
        } else {
            self.prev_msb
        };
        if header.is_reference() {
            (self.prev_msb, self.prev_lsb) = (msb, lsb);
        }
        let first = msb.wrapping_add(lsb);
        let bottom_delta = if header.structure == Structure::Frame { header.delta_pic_order_cnt_bottom } else { 0 };
        [first, first.wrapping_add(bottom_delta)].map(Poc)
    }

    /// FrameNumOffset of 8.2.1.2 and 8.2.1.3.
    fn frame_num_offset(&self, sps: &Sps, header: &SliceHeader) -> i32 {
        if header.idr {
            0
        } else if self.prev_frame_num > header.frame_num {
            self.prev_frame_num_offset.wrapping_add(1 << sps.log2_max_frame_num)
        } else {
            self.prev_frame_num_offset
        }
    }

    fn keep_frame_num(&mut self, header: &SliceHeader, offset: i32) {
        (self.prev_frame_num, self.prev_frame_num_offset) = (header.frame_num, offset);
    }

    /// The order counts of a frame that is inferred where frame_num leaves a gap (8.2.5.2), where they can be known.
    pub(crate) fn derive_inferred(&mut self, sps: &Sps, frame_num: u32, like: &SliceHeader) -> Option<FieldOrderCnts> {
        if matches!(sps.pic_order_cnt, PicOrderCntType::Lsb { .. }) {
            return None;
        }
        let mut header = like.clone();
        header.frame_num = frame_num;
        header.idr = false;
        header.nal_ref_idc = 1;
        header.structure = Structure::Frame;
        header.delta_pic_order_cnt = [0; 2];
        Some(self.derive(sps, &header))
    }

    /// What memory_management_control_operation 5 leaves for the next picture (8.2.1.1, 8.2.1.2); `top` is TopFieldOrderCnt after
    /// it.
    pub(crate) fn after_unmark_all(&mut self, structure: Structure, top: Poc) {
        (self.prev_msb, self.prev_lsb) = (0, if structure == Structure::Bottom { 0 } else { top.0 });
        (self.prev_frame_num, self.prev_frame_num_offset) = (0, 0);
    }
}

/// expectedPicOrderCnt of 8.2.1.2.
fn expected_pic_order_cnt(
    frame_num_offset: i32,
    header: &SliceHeader,
    offset_for_non_ref_pic: i32,
    offset_for_ref_frame: &[i32],
) -> i32 {
    let count = offset_for_ref_frame.len() as i32;
    let mut abs_frame_num = if count != 0 { frame_num_offset.wrapping_add(header.frame_num as i32) } else { 0 };
    if !header.is_reference() && abs_frame_num > 0 {
        abs_frame_num -= 1;
    }
    let mut expected = 0i32;
    if abs_frame_num > 0 {
        let cycles = (abs_frame_num - 1) / count;
        let in_cycle = (abs_frame_num - 1) % count;
        let per_cycle = offset_for_ref_frame.iter().fold(0i32, |sum, &offset| sum.wrapping_add(offset));
        expected = cycles.wrapping_mul(per_cycle);
        expected = offset_for_ref_frame[..=in_cycle as usize].iter().fold(expected, |sum, &offset| sum.wrapping_add(offset));
    }
    if header.is_reference() { expected } else { expected.wrapping_add(offset_for_non_ref_pic) }
}
