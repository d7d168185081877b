//! Reference pictures: picture order count, the decoded picture buffer and its marking, the reference picture lists.

pub mod dpb;
pub mod lists;
pub mod marking;
pub mod poc;
pub mod resolved;
pub mod saved_motion;

pub use dpb::{Dpb, Frame};
pub use poc::{OrderCnts, PocState};
