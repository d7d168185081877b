//! Entropy coding: the symbol decoder (8.2) and its cumulative distributions (8.3).

pub mod cdfs;
mod short_cdf;
pub mod symbol;

pub use short_cdf::ShortCdf;
pub use symbol::SymbolDecoder;
