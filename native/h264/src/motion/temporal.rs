//! Derivation process for temporal direct luma motion vector and reference index prediction mode: 8.4.1.2.3.

use codecorpus_bitstream::records::NO_REF;
use codecorpus_bitstream::{Poc, PocDiff};

use super::colocated::VertMvScale;
use super::direct::{DirectLack, DirectMotion};
use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::refs::OrderCnts;
use crate::refs::resolved::{REFERENCES, Reference};
use crate::refs::saved_motion::RefId;
use crate::state::MacroblockReader;

/// A reference index that no list has, but a place in the tables by refIdx + 1: what the co-located block refers to is not in
/// RefPicList0.
const NOT_THERE: i8 = REFERENCES as i8 - 2;

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// The motion of the 4x4 block at (x, y) in temporal direct mode (8.4.1.2.3).
    pub(crate) fn temporal(&self, x: usize, y: usize) -> DirectMotion {
        let block = self.colocated(x, y, true);
        let ref_idx = if block.ref_idx < 0 { 0 } else { self.map_col_to_list0(block.reference, block.scale) };
        if self.slice.colocated.is_none() {
            self.lack.set(Some(DirectLack::Colocated));
        } else if block.ref_idx >= 0 && !self.is_received(ref_idx) {
            self.lack.set(Some(DirectLack::ColocatedReference));
        }
        let mut mv = block.mv;
        match block.scale {
            VertMvScale::FrameToField => mv[1] /= 2,
            VertMvScale::FieldToFrame => mv[1] = mv[1].wrapping_mul(2),
            VertMvScale::OneToOne => {}
        }
        let mv = self.scale_temporal(ref_idx, mv);
        DirectMotion { refs: [ref_idx, 0], mv }
    }

    /// MapColToList0 (8.4.1.2.3): the lowest index of RefPicList0 that refers to refPicCol, or to its frame, or to its field of
    /// the current parity.
    fn map_col_to_list0(&self, mut reference: RefId, scale: VertMvScale) -> i8 {
        match scale {
            VertMvScale::FieldToFrame => reference.parity = 0,
            VertMvScale::FrameToField => reference.parity = self.field_code(),
            VertMvScale::OneToOne => {}
        }
        let list = &self.slice.references[0];
        let active = self.slice.header.num_ref_idx_active[0] as usize;
        if self.is_field() {
            let frame = list.iter().take(active).position(|entry| entry.id.frame == reference.frame);
            frame.map_or(NOT_THERE, |i| 2 * i as i8 + i8::from(reference.parity != self.field_code()))
        } else {
            list.iter().take(active).position(|entry| entry.id == reference).map_or(NOT_THERE, |i| i as i8)
        }
    }

    /// Whether a reference index of RefPicList0 is one of a picture that was received: of others neither the place in the list
    /// nor the order count is known.
    fn is_received(&self, ref_idx: i8) -> bool {
        ref_idx != NOT_THERE && self.poc_of_reference(0, ref_idx).1.coded_order != NO_REF
    }

    /// Order counts of the current picture or field, and of what a reference index means.
    pub(crate) fn poc_of_reference(&self, list: usize, ref_idx: i8) -> (Poc, Reference) {
        let references = &self.slice.references[list];
        if !self.is_field() {
            let reference = references.get(ref_idx as usize).copied().unwrap_or(Reference::MISSING);
            return (reference.poc.picture, reference);
        }
        let reference = references.get((ref_idx >> 1) as usize).copied().unwrap_or(Reference::MISSING);
        let parity = (self.address as usize ^ ref_idx as usize) & 1;
        (reference.poc.fields[parity], reference)
    }

    /// PicOrderCnt of the current picture, or of its field that the macroblock is of.
    #[must_use]
    pub(crate) fn current_poc(&self) -> Poc {
        let OrderCnts { picture, fields } = self.slice.poc;
        if self.is_field() { fields[(self.address & 1) as usize] } else { picture }
    }

    /// mvL0 and mvL1 from mvCol (8.4.1.2.3), by distances in order count.
    fn scale_temporal(&self, ref_idx: i8, mv_col: Mv) -> [Mv; 2] {
        let (poc0, reference) = self.poc_of_reference(0, ref_idx);
        let (poc1, _) = self.poc_of_reference(1, 0);
        match dist_scale_factor(self.current_poc(), poc0, poc1) {
            Some(factor) if !reference.long_term => {
                let mv0 = mv_col.map(|component| ((factor * i32::from(component) + 128) >> 8) as i16);
                [mv0, [mv0[0].wrapping_sub(mv_col[0]), mv0[1].wrapping_sub(mv_col[1])]]
            }
            _ => [mv_col, [0; 2]],
        }
    }
}

/// DistScaleFactor (8-197 to 8-202): none where both references have one order count.
#[must_use]
pub(crate) fn dist_scale_factor(current: Poc, poc0: Poc, poc1: Poc) -> Option<i32> {
    PocDiff::dist_scale_factor(current - poc0, poc1 - poc0, 1024)
}
