//! The Boolean decoder (9.2), trees (9.3), probabilities, and how they adapt (8.4).

pub(crate) mod adaptation;
pub(crate) mod bools;
pub(crate) mod counts;
pub(crate) mod probabilities;
pub(crate) mod trees;

pub(crate) use bools::BoolDecoder;
