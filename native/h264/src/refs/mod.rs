//! Reference pictures: picture order count, the decoded picture buffer and its marking, the reference picture lists.

pub(crate) mod dpb;
pub(crate) mod lists;
pub(crate) mod marking;
pub(crate) mod poc;
pub(crate) mod resolved;
pub(crate) mod saved_motion;

pub(crate) use dpb::{Dpb, Frame};
pub(crate) use poc::{OrderCnts, PocState};
