//! What pictures refer to: picture order count (8.3.1), reference picture sets (8.3.2) and lists (8.3.4).

mod dpb;
mod lists;

pub(crate) use dpb::{Dpb, Flaws, PrevTid0Pic, picture_order_count};
pub(crate) use lists::{RefPicLists, RefPicSet, RefPicture};
