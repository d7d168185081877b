//! CABAC parsing of slice segment data (9.3): context variables, and a function for each syntax element.

mod contexts;
mod palette;
mod syntax;

pub(crate) use contexts::EntropyState;
pub(crate) use syntax::Entropy;
