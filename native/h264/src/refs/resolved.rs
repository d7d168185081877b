//! Entries of reference picture lists, as macroblocks need them.

use codecorpus_bitstream::records::NO_REF;

use super::dpb::Dpb;
use super::lists::{self, Entry};
use super::poc::{FieldOrderCnts, OrderCnts};
use super::saved_motion::{Coding, Motion, RefId};

/// An entry of a reference picture list, resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    /// NO_REF where there is no reference picture, or where it was not received.
    pub(crate) coded_order: i32,
    pub(crate) id: RefId,
    /// It was received, and could be read.
    pub(crate) is_whole: bool,
    pub(crate) poc: OrderCnts,
    pub(crate) long_term: bool,
}

impl Reference {
    pub(crate) const MISSING: Self =
        Self { coded_order: NO_REF, id: RefId::NONE, is_whole: false, poc: OrderCnts::ZERO, long_term: false };
}

/// Both lists of a slice; entries beyond the active ones are missing.
pub(crate) type References = [[Reference; 32]; 2];

/// RefPicList1[0], where direct prediction takes motion from (8.4.1.2.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colocated<'a> {
    /// It was received, and could be read.
    pub(crate) is_whole: bool,
    pub(crate) coding: Coding,
    /// Of the frame, or of either field.
    pub(crate) motion: [Option<&'a Motion>; 2],
    /// Of its fields.
    pub(crate) poc: FieldOrderCnts,
    /// For a field picture: the parity (0 top, 1 bottom) of the field that RefPicList1[0] is.
    pub(crate) parity: usize,
    pub(crate) long_term: bool,
}

/// Length of tables by refIdx + 1, which is 32 at most: a power of two.
pub(crate) const REFERENCES: usize = 64;

/// The lists' entries as macroblocks need them.
#[must_use]
pub(crate) fn resolve(dpb: &Dpb, entries: &[lists::List; 2]) -> References {
    let mut references = [[Reference::MISSING; 32]; 2];
    for (references, entries) in references.iter_mut().zip(entries) {
        for (reference, entry) in references.iter_mut().zip(entries) {
            let Some(Entry { frame, parity }) = *entry else { continue };
            let frame = &dpb.frames[frame];
            *reference = Reference {
                coded_order: if frame.coded_order < 0 { NO_REF } else { frame.coded_order },
                id: RefId { frame: frame.id, parity },
                is_whole: frame.missing.is_none() && !frame.is_damaged,
                poc: frame.order_cnts(parity),
                long_term: frame.long_term & if parity == 0 { 3 } else { parity } != 0,
            };
        }
    }
    references
}

/// RefPicList1[0], where it was received.
#[must_use]
pub(crate) fn colocated<'a>(dpb: &'a Dpb, entries: &[lists::List; 2], plane: usize) -> Option<Colocated<'a>> {
    let Entry { frame, parity } = (*entries[1].first()?)?;
    let frame = &dpb.frames[frame];
    let motion = |parity: usize| frame.motion[2 * plane + parity].as_deref();
    Some(Colocated {
        is_whole: frame.missing.is_none() && !frame.is_damaged,
        coding: frame.coding,
        motion: [motion(0), motion(1)],
        poc: frame.poc,
        parity: usize::from(parity == 2),
        long_term: frame.long_term & if parity == 0 { 3 } else { parity } != 0,
    })
}
