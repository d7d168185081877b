//! The Boolean decoder (9.2), trees (9.3), probabilities, and how they adapt (8.4).

pub mod adaptation;
pub mod bools;
pub mod counts;
pub mod probabilities;
pub mod trees;

pub use bools::BoolDecoder;
