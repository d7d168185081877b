//! What tokens are read by, beside how often each was read: all that one place needs of its context stands together.

use crate::entropy::probabilities::CoefProbs;
use crate::tables::coefficients::PARETO_FULL;
use crate::tables::sizes::TxSize;

/// How often each value of token was read (8.4.3).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TokenCounts {
    pub(crate) zero: u32,
    pub(crate) one: u32,
    /// Two or more.
    pub(crate) more: u32,
    /// more_coefs: read, and read as 0.
    pub(crate) asked: u32,
    pub(crate) no_more: u32,
}

/// The tokens of one band and context.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TokenModel {
    /// Probabilities of more_coefs, of a token beyond zero, and of one beyond one.
    pub(crate) more_coefs: u8,
    pub(crate) token: u8,
    pub(crate) one: u8,
    /// Those of the rest of the tree (9.3.3), which follow from that of one.
    pub(crate) pareto: [u8; 8],
    pub(crate) counts: TokenCounts,
}

/// Models by band and context: eight places a band, so that a place is found without multiplying.
pub(crate) type PlaneModels = [TokenModel; 64];

/// The models of a transform size, plane type and is_inter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelSet(usize);

impl ModelSet {
    #[inline(always)]
    #[must_use]
    pub(crate) const fn new(tx_size: TxSize, plane_type: usize, is_inter: bool) -> Self {
        Self(tx_size as usize * 4 + (plane_type & 1) * 2 + is_inter as usize)
    }

    #[inline(always)]
    #[must_use]
    pub(crate) const fn tx_size(self) -> usize {
        self.0 >> 2
    }

    #[inline(always)]
    #[must_use]
    pub(crate) const fn is_luma(self) -> bool {
        self.0 & 2 == 0
    }
}

/// All models of a frame.
#[derive(Debug)]
pub(crate) struct TokenModels([PlaneModels; 16]);

impl Default for TokenModels {
    fn default() -> Self {
        Self([[TokenModel::default(); 64]; 16])
    }
}

impl TokenModels {
    #[inline(always)]
    #[must_use]
    pub(crate) fn of(&mut self, model_set: ModelSet) -> &mut PlaneModels {
        &mut self.0[model_set.0 & 15]
    }

    /// Takes a frame's probabilities; nothing is counted then.
    pub(crate) fn load(&mut self, probabilities: &[CoefProbs; 4]) {
        for (models, bands) in self.0.iter_mut().zip(probabilities.as_flattened().as_flattened()) {
            for (models, contexts) in models.chunks_exact_mut(8).zip(bands) {
                for (model, &[more_coefs, token, one]) in models.iter_mut().zip(contexts) {
                    let pareto = PARETO_FULL[usize::from(one.max(1)) - 1];
                    *model = TokenModel { more_coefs, token, one, pareto, counts: TokenCounts::default() };
                }
            }
        }
    }

    /// What was counted of each, by transform size, plane type, is_inter, band and context.
    pub(crate) fn counts(&self, model_set: ModelSet, band: usize, ctx: usize) -> TokenCounts {
        self.0[model_set.0 & 15][(band * 8 + ctx) & 63].counts
    }
}
