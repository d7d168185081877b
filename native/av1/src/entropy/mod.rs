//! Entropy coding: the symbol decoder (8.2) and its cumulative distributions (8.3).

pub mod cdfs;
mod four;
pub mod symbol;

pub use four::Four;
pub use symbol::SymbolDecoder;
