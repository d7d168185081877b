//! Motion vectors: 7.6.3, 7.6.5, 7.6.9.5 and 7.7.2.

mod direct;
mod predict;
mod vectors;

use codecorpus_mpeg::motion::Mv;

/// The vectors of a macroblock of a B-VOP, by direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prediction {
    Whole([Mv; 2]),
    Quarters([[Mv; 2]; 4]),
    Fields([[Mv; 2]; 2]),
}
