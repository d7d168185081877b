//! Entropy coding: the symbol decoder (8.2) and its cumulative distributions (8.3).

pub mod cdfs;
pub mod symbol;

pub use symbol::SymbolDecoder;
