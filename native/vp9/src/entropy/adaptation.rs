//! Backward adaptation of probabilities (8.4).

use super::counts::{Counts, MvComponentCounts};
use super::probabilities::{CoefProbs, MvComponentProbs, Probabilities};
use super::trees::{
    INTER_MODE_TREE, INTERP_FILTER_TREE, INTRA_MODE_TREE, MV_CLASS_TREE, MV_FR_TREE, MV_JOINT_TREE, PARTITION_TREE, Tree,
};
use crate::residual::models::{ModelSet, TokenCounts, TokenModels};
use crate::tables::sizes::TxSize;

/// How fast probabilities follow the counts.
#[derive(Debug, Clone, Copy)]
struct Rate {
    count_sat: u32,
    max_update_factor: u32,
}

/// COUNT_SAT and MAX_UPDATE_FACTOR of everything but coefficients (8.4.2).
const MODES: Rate = Rate { count_sat: 20, max_update_factor: 128 };

/// merge_prob( ) (8.4.2): what `before` becomes by so many zeros and ones.
fn merge_prob(before: u8, zeros: u32, ones: u32, rate: Rate) -> u8 {
    let total = zeros + ones;
    if total == 0 {
        return before;
    }
    let counted = ((u64::from(zeros) * 256 + u64::from(total >> 1)) / u64::from(total)).clamp(1, 255) as u32;
    let factor = rate.max_update_factor * total.min(rate.count_sat) / rate.count_sat;
    ((u32::from(before) * (256 - factor) + counted * factor + 128) >> 8) as u8
}

fn merge(before: u8, [zeros, ones]: [u32; 2]) -> u8 {
    merge_prob(before, zeros, ones, MODES)
}

/// merge_probs( ) (8.4.2): from node `i` of a tree on; gives how often the node was reached.
fn merge_node(tree: &Tree, i: usize, before: &[u8], counts: &[u32], after: &mut [u8]) -> u32 {
    let [zeros, ones] = [i, i + 1].map(|at| match tree.get(at).copied().unwrap_or(0) {
        next if next <= 0 => counts.get(usize::from(next.unsigned_abs())).copied().unwrap_or(0),
        next => merge_node(tree, next as usize, before, counts, after),
    });
    if let (Some(to), Some(&from)) = (after.get_mut(i >> 1), before.get(i >> 1)) {
        *to = merge(from, [zeros, ones]);
    }
    zeros + ones
}

fn merge_tree<const N: usize, const M: usize>(tree: &Tree, before: &[u8; N], counts: &[u32; M]) -> [u8; N] {
    let mut after = *before;
    merge_node(tree, 0, before, counts, &mut after);
    after
}

/// Coefficient probability adaptation process (8.4.3): `before` are the probabilities that the frame loaded.
pub(crate) fn adapt_coef_probs(
    after: &mut Probabilities,
    before: &Probabilities,
    models: &TokenModels,
    frame_is_intra: bool,
    last_frame_was_key: bool,
) {
    let max_update_factor = if !frame_is_intra && last_frame_was_key { 128 } else { 112 };
    let rate = Rate { count_sat: 24, max_update_factor };
    for (i, (after, before)) in after.coef.iter_mut().zip(&before.coef).enumerate() {
        adapt_size(after, before, models, TxSize::from_log2(i as u8), rate);
    }
}

fn adapt_size(after: &mut CoefProbs, before: &CoefProbs, models: &TokenModels, tx_size: TxSize, rate: Rate) {
    for plane_type in 0..2 {
        for is_inter in 0..2 {
            let model_set = ModelSet::new(tx_size, plane_type, is_inter == 1);
            for band in 0..6 {
                for ctx in 0..if band == 0 { 3 } else { 6 } {
                    let TokenCounts { zero, one, more, asked, no_more } = models.counts(model_set, band, ctx);
                    let before = &before[plane_type][is_inter][band][ctx];
                    after[plane_type][is_inter][band][ctx] = [
                        merge_prob(before[0], no_more, asked.saturating_sub(no_more), rate),
                        merge_prob(before[1], zero, one + more, rate),
                        merge_prob(before[2], one, more, rate),
                    ];
                }
            }
        }
    }
}

/// What of the frame decides which probabilities adapt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adapting {
    /// interpolation_filter is SWITCHABLE.
    pub(crate) interp_filter: bool,
    /// tx_mode is TX_MODE_SELECT.
    pub(crate) tx: bool,
    /// allow_high_precision_mv.
    pub(crate) high_precision: bool,
}

/// Non coefficient adaptation process (8.4.4).
pub(crate) fn adapt_noncoef_probs(after: &mut Probabilities, before: &Probabilities, counts: &Counts, adapting: Adapting) {
    for i in 0..4 {
        after.is_inter[i] = merge(before.is_inter[i], counts.is_inter[i]);
        after.y_mode[i] = merge_tree(&INTRA_MODE_TREE, &before.y_mode[i], &counts.y_mode[i]);
    }
    for i in 0..5 {
        after.comp_mode[i] = merge(before.comp_mode[i], counts.comp_mode[i]);
        after.comp_ref[i] = merge(before.comp_ref[i], counts.comp_ref[i]);
        for j in 0..2 {
            after.single_ref[i][j] = merge(before.single_ref[i][j], counts.single_ref[i][j]);
        }
    }
    for i in 0..7 {
        after.inter_mode[i] = merge_tree(&INTER_MODE_TREE, &before.inter_mode[i], &counts.inter_mode[i]);
    }
    for i in 0..10 {
        after.uv_mode[i] = merge_tree(&INTRA_MODE_TREE, &before.uv_mode[i], &counts.uv_mode[i]);
    }
    for i in 0..16 {
        after.partition[i] = merge_tree(&PARTITION_TREE, &before.partition[i], &counts.partition[i]);
    }
    for i in 0..3 {
        after.skip[i] = merge(before.skip[i], counts.skip[i]);
    }
    if adapting.interp_filter {
        for i in 0..4 {
            after.interp_filter[i] = merge_tree(&INTERP_FILTER_TREE, &before.interp_filter[i], &counts.interp_filter[i]);
        }
    }
    if adapting.tx {
        adapt_tx(after, before, counts);
    }
    after.mv_joint = merge_tree(&MV_JOINT_TREE, &before.mv_joint, &counts.mv_joint);
    for i in 0..2 {
        adapt_mv(&mut after.mv[i], &before.mv[i], &counts.mv[i], adapting.high_precision);
    }
}

fn adapt_tx(after: &mut Probabilities, before: &Probabilities, counts: &Counts) {
    for i in 0..2 {
        after.tx_8x8[i] = [merge(before.tx_8x8[i][0], counts.tx_8x8[i])];
        let [c4, c8, c16] = counts.tx_16x16[i];
        after.tx_16x16[i] = [merge(before.tx_16x16[i][0], [c4, c8 + c16]), merge(before.tx_16x16[i][1], [c8, c16])];
        let [c4, c8, c16, c32] = counts.tx_32x32[i];
        after.tx_32x32[i] = [
            merge(before.tx_32x32[i][0], [c4, c8 + c16 + c32]),
            merge(before.tx_32x32[i][1], [c8, c16 + c32]),
            merge(before.tx_32x32[i][2], [c16, c32]),
        ];
    }
}

fn adapt_mv(after: &mut MvComponentProbs, before: &MvComponentProbs, counts: &MvComponentCounts, high_precision: bool) {
    after.sign = merge(before.sign, counts.sign);
    after.classes = merge_tree(&MV_CLASS_TREE, &before.classes, &counts.classes);
    after.class0_bit = merge(before.class0_bit, counts.class0_bit);
    for i in 0..10 {
        after.bits[i] = merge(before.bits[i], counts.bits[i]);
    }
    for i in 0..2 {
        after.class0_fr[i] = merge_tree(&MV_FR_TREE, &before.class0_fr[i], &counts.class0_fr[i]);
    }
    after.fr = merge_tree(&MV_FR_TREE, &before.fr, &counts.fr);
    if high_precision {
        after.class0_hp = merge(before.class0_hp, counts.class0_hp);
        after.hp = merge(before.hp, counts.hp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_move_towards_the_counts_and_no_further() {
        assert_eq!(merge(100, [0, 0]), 100);
        assert_eq!(merge(100, [1000, 0]), 178);
        assert_eq!(merge(128, [0, 20]), 65);
        let coefficients = Rate { count_sat: 24, max_update_factor: 112 };
        assert_eq!(merge_prob(200, 12, 12, coefficients), 169);
    }

    #[test]
    fn a_tree_counts_what_reaches_each_node() {
        // 8 values of 1, 4 of 2: the first node sees no 0, the second 8 of 12, the third 4 of 4.
        let after = merge_tree(&PARTITION_TREE, &[128, 128, 128], &[0, 8, 4, 0]);
        assert_eq!(after, [merge(128, [0, 12]), merge(128, [8, 4]), merge(128, [4, 0])]);
    }
}
