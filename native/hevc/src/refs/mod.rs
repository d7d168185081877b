//! What pictures refer to: picture order count (8.3.1), reference picture sets (8.3.2) and lists (8.3.4).

mod dpb;
mod lists;
mod poc;

pub(crate) use dpb::{Dpb, Earlier, Flaws};
pub(crate) use lists::{RefPicLists, RefPicSet, RefPicture};
pub(crate) use poc::{PrevTid0Pic, derive_poc};
