//! Temporal luma motion vector prediction (8.5.3.2.8) and collocated motion vectors (8.5.3.2.9).

use super::field::SavedMotion;
use super::{MotionInputs, Mv, PredictionBlock};

/// mvLXCol of the prediction block for list `list` (8.5.3.2.8), where availableFlagLXCol is 1.
pub(crate) fn temporal_candidate(inputs: &MotionInputs<'_>, block: &PredictionBlock, list: usize, ref_idx: i8) -> Option<Mv> {
    let slice = inputs.slice;
    let (x, y) = (block.x + block.w, block.y + block.h);
    let same_ctb_row = block.y >> slice.ctb_log2_size == y >> slice.ctb_log2_size;
    if same_ctb_row && y < slice.height && x < slice.width {
        let bottom_right = collocated_vector(inputs, x, y, list, ref_idx);
        if bottom_right.is_some() {
            return bottom_right;
        }
    }
    collocated_vector(inputs, block.x + (block.w >> 1), block.y + (block.h >> 1), list, ref_idx)
}

/// mvLXCol of the prediction block that covers a location in ColPic (8.5.3.2.9).
fn collocated_vector(inputs: &MotionInputs<'_>, x: i32, y: i32, list: usize, ref_idx: i8) -> Option<Mv> {
    let Some(field) = inputs.collocated else {
        inputs.lacks_collocated.set(true);
        return None;
    };
    let col = field.saved_at(x, y)?;
    let from = collocated_list(inputs, col, list)?;
    let target = inputs.lists.get(list, ref_idx)?;
    if target.long_term != col.long_term[from] {
        return None;
    }
    let col_poc_diff = field.poc - col.poc[from];
    let curr_poc_diff = inputs.slice.poc - target.poc;
    let mv = col.mv[from];
    Some(if target.long_term { mv } else { mv.scaled(curr_poc_diff, col_poc_diff) })
}

/// listCol (8.5.3.2.9): which vector of colPb is taken; none where it is intra.
fn collocated_list(inputs: &MotionInputs<'_>, col: &SavedMotion, list: usize) -> Option<usize> {
    match col.used {
        [false, false] => None,
        [false, true] => Some(1),
        [true, false] => Some(0),
        [true, true] if inputs.slice.no_backward_pred => Some(list),
        [true, true] => Some(usize::from(inputs.slice.collocated_from_l0_flag)),
    }
}
