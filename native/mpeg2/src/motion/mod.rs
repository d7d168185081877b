//! Motion vectors: 7.6.3.

mod dual_prime;
mod vectors;

pub(crate) use dual_prime::derive_dual_prime;

use codecorpus_mpeg::motion::Mv;

/// How a macroblock is predicted: tables 6-17 and 6-18.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MotionType {
    /// One prediction of the frame.
    Frame,
    /// One prediction for each field of a frame's macroblock, or one in a field picture.
    Field,
    /// One prediction for each half in a field picture.
    Halves,
    DualPrime,
}

/// The vectors of a macroblock, in half samples; vertical ones in lines of the field where a field is predicted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Vectors {
    /// vector'[r][s].
    pub(crate) mv: [[Mv; 2]; 2],
    /// motion_vertical_field_select[r][s]: whether the bottom field is referred to.
    pub(crate) bottom: [[bool; 2]; 2],
    /// vector'[2] and vector'[3]: to the other parity.
    pub(crate) opposite: [Mv; 2],
}
