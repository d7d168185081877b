//! Luma motion vector prediction (8.5.3.2.6) from spatial candidates (8.5.3.2.7) and the temporal one.

use codecorpus_bitstream::Poc;

use super::temporal::temporal_candidate;
use super::{MotionInputs, Mv, PredictionBlock, PuMotion};

/// The reference that a vector is predicted for.
#[derive(Clone, Copy)]
struct Target {
    list: usize,
    poc: Poc,
    long_term: bool,
}

/// mvpLX of the prediction block (8.5.3.2.6), as mvp_lX_flag selects it.
pub(crate) fn mv_predictor(inputs: &MotionInputs<'_>, block: &PredictionBlock, list: usize, ref_idx: i8, mvp_flag: bool) -> Mv {
    let Some(picture) = inputs.lists.get(list, ref_idx) else { return Mv::default() };
    let target = Target { list, poc: picture.poc, long_term: picture.long_term };
    let (a, b) = spatial_candidates(inputs, block, target);
    let mut candidates = [Mv::default(); 2];
    let mut count = 0;
    for mv in [a, b.filter(|_| a != b)].into_iter().flatten() {
        candidates[count] = mv;
        count += 1;
    }
    if count < 2
        && usize::from(mvp_flag) >= count
        && inputs.slice.slice_temporal_mvp_enabled_flag
        && let Some(mv) = temporal_candidate(inputs, block, list, ref_idx)
    {
        candidates[count] = mv;
    }
    candidates[usize::from(mvp_flag)]
}

/// mvLXA and mvLXB (8.5.3.2.7).
fn spatial_candidates(inputs: &MotionInputs<'_>, block: &PredictionBlock, target: Target) -> (Option<Mv>, Option<Mv>) {
    let &PredictionBlock { x, y, w, h, .. } = block;
    let grid = inputs.grid;
    let left = [grid.motion_at(x - 1, y + h), grid.motion_at(x - 1, y + h - 1)];
    let above = [grid.motion_at(x + w, y - 1), grid.motion_at(x + w - 1, y - 1), grid.motion_at(x - 1, y - 1)];
    let same = |motion: &PuMotion| same_reference(inputs, motion, target);
    let scaled = |motion: &PuMotion| scaled_reference(inputs, motion, target);
    let is_scaled = left.iter().any(PuMotion::is_available);
    let mut a = left.iter().find_map(same).or_else(|| left.iter().find_map(scaled));
    let mut b = above.iter().find_map(same);
    if !is_scaled {
        if b.is_some() {
            a = b;
        }
        b = above.iter().find_map(scaled);
    }
    (a, b)
}

/// A neighbour's vector to the very reference, of list X or else of list Y (8.5.3.2.7).
#[inline]
fn same_reference(inputs: &MotionInputs<'_>, motion: &PuMotion, target: Target) -> Option<Mv> {
    [target.list, 1 - target.list].into_iter().find_map(|list| {
        let picture = inputs.lists.get(list, motion.ref_idx[list])?;
        (picture.poc == target.poc).then_some(motion.mv[list])
    })
}

/// A neighbour's vector to another reference, scaled where both are short-term ones (8.5.3.2.7).
fn scaled_reference(inputs: &MotionInputs<'_>, motion: &PuMotion, target: Target) -> Option<Mv> {
    [target.list, 1 - target.list].into_iter().find_map(|list| {
        let picture = inputs.lists.get(list, motion.ref_idx[list])?;
        if picture.long_term != target.long_term {
            return None;
        }
        let mv = motion.mv[list];
        if picture.long_term {
            return Some(mv);
        }
        let (tb, td) = (inputs.slice.poc - target.poc, inputs.slice.poc - picture.poc);
        Some(mv.scaled(tb, td))
    })
}
