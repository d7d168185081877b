//! What a macroblock's syntax is read with from the macroblock before it: 7.6.3.4 and 7.6.6.

use codecorpus_mpeg::motion::Mv;

/// Predictors PMV[r][s], and what skipped macroblocks of B pictures repeat.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Predictors {
    pub(crate) pmv: [[Mv; 2]; 2],
    /// Whether the last macroblock was predicted, by direction.
    pub(crate) directions: [bool; 2],
}

impl Predictors {
    /// Resetting motion vector predictors (7.6.3.4).
    pub(crate) const fn reset_vectors(&mut self) {
        self.pmv = [[[0; 2]; 2]; 2];
    }
}
