//! Entropy coding: the symbol decoder (8.2) and its cumulative distributions (8.3).

pub(crate) mod cdfs;
mod short_cdf;
pub(crate) mod symbol;

pub(crate) use short_cdf::ShortCdf;
pub(crate) use symbol::SymbolDecoder;
