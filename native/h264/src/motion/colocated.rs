//! Derivation process for the co-located 4x4 sub-macroblock partitions: 8.4.1.2.1.

use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::neighbours::macroblocks::flag;
use crate::refs::resolved::Colocated;
use crate::refs::saved_motion::{Coding, Motion, MotionMb, RefId};
use crate::state::MacroblockReader;

/// vertMvScale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VertMvScale {
    OneToOne,
    FrameToField,
    FieldToFrame,
}

/// What the co-located block says: mvCol, refIdxCol, refPicCol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColocatedBlock {
    pub(crate) mv: Mv,
    /// -1 where the co-located macroblock is intra.
    pub(crate) ref_idx: i8,
    /// refPicCol: the frame, or the field, that refIdxCol refers to.
    pub(crate) reference: RefId,
    pub(crate) scale: VertMvScale,
}

const INTRA: ColocatedBlock = ColocatedBlock { mv: [0; 2], ref_idx: -1, reference: RefId::NONE, scale: VertMvScale::OneToOne };

/// A macroblock of the co-located picture, and a row of 4x4 blocks in it.
struct ColocatedPlace<'a> {
    motion: Option<&'a Motion>,
    mb: u32,
    row: usize,
    scale: VertMvScale,
}

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// The block that is co-located with the 4x4 block at (x, y) (8.4.1.2.1): with direct_8x8_inference_flag, a corner of the
    /// macroblock.
    #[inline]
    pub(crate) fn colocated(&self, x: usize, y: usize, with_reference: bool) -> ColocatedBlock {
        let Some(colocated) = &self.slice.colocated else { return INTRA };
        let place = if self.slice.is_field_picture() {
            self.place_in_field(colocated, y)
        } else if MBAFF {
            self.place_in_mbaff(colocated, y)
        } else {
            self.place_in_frame(colocated, y)
        };
        place.read(x, colocated.coding, with_reference)
    }

    /// Whether all blocks of the macroblock have one and the same co-located motion.
    #[inline]
    pub(crate) fn colocated_is_uniform(&self) -> bool {
        let Some(colocated) = &self.slice.colocated else { return true };
        if MBAFF || self.slice.is_field_picture() || colocated.coding != Coding::Frame {
            return false;
        }
        let mb = colocated.motion[0].and_then(|motion| motion.mbs.get(self.address as usize));
        mb.is_none_or(|mb| mb.flags & flag::VARIED == 0)
    }

    /// mbAddrCol, yM and vertMvScale (8.4.1.2.1) where the current picture is a field.
    fn place_in_field<'c>(&self, colocated: &Colocated<'c>, y: usize) -> ColocatedPlace<'c> {
        let (width, address, half) = (self.slice.width(), self.address, (y >> 1) as u32);
        match colocated.coding {
            Coding::Fields => {
                ColocatedPlace { motion: colocated.motion[colocated.parity], mb: address, row: y, scale: VertMvScale::OneToOne }
            }
            Coding::Frame => {
                let mb = 2 * width * (address / width) + address % width + width * half;
                ColocatedPlace { motion: colocated.motion[0], mb, row: (2 * y) & 3, scale: VertMvScale::FrameToField }
            }
            Coding::Mbaff => {
                let motion = colocated.motion[0];
                if is_field(motion, 2 * address) {
                    let mb = 2 * address + u32::from(self.slice.picture_field() == 2);
                    ColocatedPlace { motion, mb, row: y, scale: VertMvScale::OneToOne }
                } else {
                    ColocatedPlace { motion, mb: 2 * address + half, row: (2 * y) & 3, scale: VertMvScale::FrameToField }
                }
            }
        }
    }

    /// The same where the current picture is a frame without MBAFF.
    fn place_in_frame<'c>(&self, colocated: &Colocated<'c>, y: usize) -> ColocatedPlace<'c> {
        let (width, address) = (self.slice.width(), self.address);
        if colocated.coding != Coding::Fields {
            return ColocatedPlace { motion: colocated.motion[0], mb: address, row: y, scale: VertMvScale::OneToOne };
        }
        ColocatedPlace {
            motion: colocated.motion[self.nearer_field(colocated)],
            mb: width * (address / (2 * width)) + address % width,
            row: 2 * (address / width % 2) as usize + (y >> 1),
            scale: VertMvScale::FieldToFrame,
        }
    }

    /// The same where the current picture is an MBAFF frame.
    fn place_in_mbaff<'c>(&self, colocated: &Colocated<'c>, y: usize) -> ColocatedPlace<'c> {
        let address = self.address;
        let bottom = (address & 1) as usize;
        let nearer = self.nearer_field(colocated);
        let row_of_field = 2 * bottom + (y >> 1);
        if colocated.coding == Coding::Fields {
            return if self.is_field() {
                ColocatedPlace { motion: colocated.motion[bottom], mb: address / 2, row: y, scale: VertMvScale::OneToOne }
            } else {
                ColocatedPlace {
                    motion: colocated.motion[nearer],
                    mb: address / 2,
                    row: row_of_field,
                    scale: VertMvScale::FieldToFrame,
                }
            };
        }
        let motion = colocated.motion[0];
        match (self.is_field(), is_field(motion, address)) {
            (false, true) => {
                ColocatedPlace { motion, mb: (address & !1) + nearer as u32, row: row_of_field, scale: VertMvScale::FieldToFrame }
            }
            (true, false) => ColocatedPlace {
                motion,
                mb: (address & !1) + (y >> 1) as u32,
                row: (2 * y) & 3,
                scale: VertMvScale::FrameToField,
            },
            _ => ColocatedPlace { motion, mb: address, row: y, scale: VertMvScale::OneToOne },
        }
    }

    /// Which field of RefPicList1[0] is nearer to the current picture: the top one by topAbsDiffPOC < bottomAbsDiffPOC.
    fn nearer_field(&self, colocated: &Colocated<'_>) -> usize {
        let distance = colocated.poc.map(|poc| (poc - self.slice.poc.picture).0.unsigned_abs());
        usize::from(distance[0] >= distance[1])
    }
}

fn is_field(motion: Option<&Motion>, mb: u32) -> bool {
    motion.and_then(|motion| motion.mbs.get(mb as usize)).is_some_and(|mb| mb.flags & flag::FIELD != 0)
}

impl ColocatedPlace<'_> {
    #[inline]
    fn read(&self, x: usize, coding: Coding, with_reference: bool) -> ColocatedBlock {
        let Some(motion) = self.motion else { return INTRA };
        let Some(mb) = motion.mbs.get(self.mb as usize) else { return INTRA };
        let quarter = (self.row & 2) + (x >> 1 & 1);
        let list = usize::from(mb.ref_idx[0][quarter] < 0);
        let ref_idx = mb.ref_idx[list][quarter];
        if mb.flags & flag::INTRA != 0 || ref_idx < 0 {
            return ColocatedBlock { scale: self.scale, ..INTRA };
        }
        let reference = if with_reference { reference(motion, mb, self.mb, coding, list, ref_idx) } else { RefId::NONE };
        ColocatedBlock { mv: motion.vector(self.mb as usize, mb, list, self.row * 4 + x), ref_idx, reference, scale: self.scale }
    }
}

/// refPicCol (8.4.1.2.1, 8.4.1.2.3) of a reference index of a macroblock.
fn reference(motion: &Motion, mb: &MotionMb, address: u32, coding: Coding, list: usize, ref_idx: i8) -> RefId {
    let slice = usize::from(mb.slice).checked_sub(1).and_then(|slice| motion.slices.get(slice));
    let entry = |index: i8| slice.and_then(|refs| refs[list].get(index as usize)).copied().unwrap_or(RefId::NONE);
    if coding == Coding::Mbaff && mb.flags & flag::FIELD != 0 {
        return RefId { parity: 1 + ((ref_idx as u8 ^ address as u8) & 1), ..entry(ref_idx >> 1) };
    }
    entry(ref_idx)
}
