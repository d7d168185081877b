//! Luma motion vectors for merge mode (8.5.3.2.2 to 8.5.3.2.5).
//!
//! ```text
//!   B2 |            B1 | B0
//!   ---+---------------+---
//!      |               |
//!   A1 |               |
//!   ---+---------------+
//!   A0 |
//! ```

use super::temporal::temporal_candidate;
use super::{MotionInputs, Mv, PredictionBlock, PuMotion};
use crate::block::coding_unit::PartMode;

/// Most entries of mergeCandList.
const MAX_CANDIDATES: usize = 6;

/// mergeCandList, as far as the wanted entry.
struct Candidates {
    list: [PuMotion; MAX_CANDIDATES],
    count: usize,
    wanted: usize,
}

impl Candidates {
    /// Adds a candidate; tells whether it is the wanted one.
    #[inline(always)]
    fn push(&mut self, candidate: PuMotion) -> bool {
        if let Some(slot) = self.list.get_mut(self.count) {
            *slot = candidate;
            self.count += 1;
        }
        self.count > self.wanted
    }

    fn found(&self) -> Option<PuMotion> {
        if self.count > self.wanted { self.list.get(self.wanted).copied() } else { None }
    }
}

/// The motion that merge_idx selects (8.5.3.2.2). `block` is the prediction block, `cu` its coding block's position and size.
pub(crate) fn merge_candidate(
    inputs: &MotionInputs<'_>,
    cu: (i32, i32, i32),
    part_mode: PartMode,
    block: &PredictionBlock,
    merge_idx: u8,
) -> PuMotion {
    let (x, y, size) = cu;
    let restrict_to_uni = block.w + block.h == 12;
    // singleMCLFlag: all prediction blocks of the coding block share one list.
    let mut motion = if inputs.slice.log2_par_mrg_level > 2 && size == 8 {
        let whole = PredictionBlock { x, y, w: size, h: size, part: 0 };
        select(inputs, PartMode::Part2Nx2N, &whole, merge_idx)
    } else {
        select(inputs, part_mode, block, merge_idx)
    };
    if inputs.slice.screen_content {
        motion = inputs.rounded(motion);
    }
    if restrict_to_uni && motion.is_bi() {
        motion.ref_idx[1] = -1;
        motion.mv[1] = Mv::default();
    }
    motion
}

/// The entry of mergeCandList (8.5.3.2.2) that merge_idx selects, of which no more are derived.
fn select(inputs: &MotionInputs<'_>, part_mode: PartMode, block: &PredictionBlock, merge_idx: u8) -> PuMotion {
    let wanted = usize::from(merge_idx);
    let mut candidates = Candidates { list: [PuMotion::ZERO; MAX_CANDIDATES], count: 0, wanted };
    derive_spatial_merging_candidates(inputs, part_mode, block, &mut candidates);
    if let Some(candidate) = candidates.found() {
        return candidate;
    }
    let max = usize::from(inputs.slice.max_num_merge_cand);
    if candidates.count < max {
        derive_temporal_merging_candidate(inputs, block, &mut candidates);
    }
    if wanted >= candidates.count && inputs.slice.b_slice {
        derive_combined_bi_predictive_candidates(inputs, max, &mut candidates);
    }
    candidates.found().unwrap_or_else(|| zero_candidate(inputs, wanted - candidates.count))
}

/// 8.5.3.2.3; ends at the wanted candidate.
#[inline(always)]
fn derive_spatial_merging_candidates(
    inputs: &MotionInputs<'_>,
    part_mode: PartMode,
    block: &PredictionBlock,
    candidates: &mut Candidates,
) {
    let level = inputs.slice.log2_par_mrg_level;
    let &PredictionBlock { x, y, w, h, part } = block;
    let at = |nb_x: i32, nb_y: i32| -> Option<PuMotion> {
        if x >> level == nb_x >> level && y >> level == nb_y >> level {
            return None;
        }
        Some(inputs.grid.motion_at(nb_x, nb_y)).filter(PuMotion::is_available)
    };
    let a1 = if part == 1 && part_mode.is_split_vertically() { None } else { at(x - 1, y + h - 1) };
    if a1.is_some_and(|a1| candidates.push(a1)) {
        return;
    }
    let b1 = if part == 1 && part_mode.is_split_horizontally() { None } else { at(x + w - 1, y - 1) };
    if b1.is_some_and(|b1| Some(b1) != a1 && candidates.push(b1)) {
        return;
    }
    let b0 = at(x + w, y - 1);
    if b0.is_some_and(|b0| Some(b0) != b1 && candidates.push(b0)) {
        return;
    }
    let a0 = at(x - 1, y + h);
    if a0.is_some_and(|a0| Some(a0) != a1 && candidates.push(a0)) {
        return;
    }
    if candidates.count < 4
        && let Some(b2) = at(x - 1, y - 1).filter(|&b2| Some(b2) != a1 && Some(b2) != b1)
    {
        candidates.push(b2);
    }
}

/// The temporal candidate (8.5.3.2.2, 8.5.3.2.8): refIdxLXCol is 0.
fn derive_temporal_merging_candidate(inputs: &MotionInputs<'_>, block: &PredictionBlock, candidates: &mut Candidates) {
    if !inputs.slice.slice_temporal_mvp_enabled_flag {
        return;
    }
    let mut candidate = PuMotion::UNAVAILABLE;
    for list in 0..if inputs.slice.b_slice { 2 } else { 1 } {
        if let Some(mv) = temporal_candidate(inputs, block, list, 0) {
            candidate.mv[list] = mv;
            candidate.ref_idx[list] = 0;
        }
    }
    if candidate.is_available() {
        candidates.push(candidate);
    }
}

/// 8.5.3.2.4: table 8-7 pairs list 0 of one candidate with list 1 of another.
fn derive_combined_bi_predictive_candidates(inputs: &MotionInputs<'_>, max: usize, candidates: &mut Candidates) {
    const PAIRS: [(usize, usize); 12] =
        [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0), (1, 3), (3, 1), (2, 3), (3, 2)];
    let original = candidates.count;
    if original < 2 {
        return;
    }
    for &(l0, l1) in PAIRS.iter().take(original * (original - 1)) {
        if candidates.count >= max {
            return;
        }
        let (l0, l1) = (candidates.list[l0], candidates.list[l1]);
        let pictures = (inputs.lists.get(0, l0.ref_idx[0]), inputs.lists.get(1, l1.ref_idx[1]));
        if let (Some(picture0), Some(picture1)) = pictures
            && (picture0.poc != picture1.poc || l0.mv[0] != l1.mv[1])
        {
            candidates.push(PuMotion { mv: [l0.mv[0], l1.mv[1]], ref_idx: [l0.ref_idx[0], l1.ref_idx[1]] });
        }
    }
}

/// 8.5.3.2.5.
fn zero_candidate(inputs: &MotionInputs<'_>, zero_idx: usize) -> PuMotion {
    let [num0, num1] = inputs.slice.num_ref_idx_active;
    let num_ref_idx = if inputs.slice.b_slice { num0.min(num1) } else { num0 };
    let ref_idx = if zero_idx < usize::from(num_ref_idx) { zero_idx as i8 } else { 0 };
    let ref_idx1 = if inputs.slice.b_slice { ref_idx } else { -1 };
    PuMotion { mv: [Mv::default(); 2], ref_idx: [ref_idx, ref_idx1] }
}
