//! References chosen by order hints: the set frame refs process (7.8) and skip_mode_params( ) (5.9.22).

use codecorpus_bitstream::ParseError;

use super::frame::Stop;
use super::{
    ALTREF_FRAME, ALTREF2_FRAME, BWDREF_FRAME, FrameHeader, GOLDEN_FRAME, LAST_FRAME, LAST2_FRAME, LAST3_FRAME, NUM_REF_FRAMES,
    REFS_PER_FRAME, SequenceHeader,
};
use crate::refs::SlotsView;

/// Ref_Frame_List (7.8).
const REF_FRAME_LIST: [u8; REFS_PER_FRAME - 2] = [LAST2_FRAME, LAST3_FRAME, BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME];

/// The slots that are still to be given out, by their distance from the current frame.
struct Candidates {
    /// shiftedOrderHints less curFrameHint.
    distance: [i32; NUM_REF_FRAMES],
    used: [bool; NUM_REF_FRAMES],
}

impl Candidates {
    /// find_latest_backward( ): the last of those furthest in the future.
    fn latest_backward(&self) -> Option<usize> {
        self.unused(|distance| distance >= 0).max_by_key(|&i| self.distance[i])
    }

    /// find_earliest_backward( ): the first of those nearest in the future.
    fn earliest_backward(&self) -> Option<usize> {
        self.unused(|distance| distance >= 0).min_by_key(|&i| self.distance[i])
    }

    /// find_latest_forward( ): the last of those nearest in the past.
    fn latest_forward(&self) -> Option<usize> {
        self.unused(|distance| distance < 0).max_by_key(|&i| self.distance[i])
    }

    fn unused(&self, side: impl Fn(i32) -> bool) -> impl Iterator<Item = usize> {
        (0..NUM_REF_FRAMES).filter(move |&i| !self.used[i] && side(self.distance[i]))
    }
}

/// The set frame refs process (7.8).
pub(super) fn set_frame_refs(
    sequence: &SequenceHeader,
    slots: &SlotsView<'_>,
    order_hint: u32,
    last_frame_idx: u8,
    gold_frame_idx: u8,
) -> Result<[u8; REFS_PER_FRAME], Stop> {
    let mut candidates = Candidates { distance: [0; NUM_REF_FRAMES], used: [false; NUM_REF_FRAMES] };
    for (distance, hint) in candidates.distance.iter_mut().zip(slots.order_hints) {
        *distance = sequence.get_relative_dist(hint.ok_or(Stop::Missing)?, order_hint);
    }
    let mut chosen = [None; REFS_PER_FRAME];
    for (ref_frame, slot) in [(LAST_FRAME, last_frame_idx), (GOLDEN_FRAME, gold_frame_idx)] {
        if candidates.distance[usize::from(slot & 7)] >= 0 {
            return Err(ParseError::malformed("last_frame_idx", "the frame is not before this one").into());
        }
        candidates.used[usize::from(slot & 7)] = true;
        chosen[usize::from(ref_frame - LAST_FRAME)] = Some(usize::from(slot));
    }
    let mut give = |ref_frame: u8, candidate: Option<usize>, candidates: &mut Candidates| {
        if let Some(slot) = candidate {
            candidates.used[slot] = true;
            chosen[usize::from(ref_frame - LAST_FRAME)] = Some(slot);
        }
    };
    give(ALTREF_FRAME, candidates.latest_backward(), &mut candidates);
    give(BWDREF_FRAME, candidates.earliest_backward(), &mut candidates);
    give(ALTREF2_FRAME, candidates.earliest_backward(), &mut candidates);
    for ref_frame in REF_FRAME_LIST {
        if chosen[usize::from(ref_frame - LAST_FRAME)].is_none()
            && let Some(slot) = candidates.latest_forward()
        {
            candidates.used[slot] = true;
            chosen[usize::from(ref_frame - LAST_FRAME)] = Some(slot);
        }
    }
    let earliest = (0..NUM_REF_FRAMES).min_by_key(|&i| candidates.distance[i]).unwrap_or(0);
    Ok(chosen.map(|slot| slot.unwrap_or(earliest) as u8))
}

/// skip_mode_params( ) (5.9.22): SkipModeFrame where skipModeAllowed.
pub(super) fn skip_mode_frames(sequence: &SequenceHeader, header: &FrameHeader) -> Option<[u8; 2]> {
    if header.frame_is_intra || !header.reference_select || !sequence.enable_order_hint {
        return None;
    }
    let hint = |i: usize| header.order_hints[usize::from(LAST_FRAME) + i];
    let before = |a: u32, b: u32| sequence.get_relative_dist(a, b) < 0;
    let mut forward: Option<usize> = None;
    let mut backward: Option<usize> = None;
    for i in 0..REFS_PER_FRAME {
        if before(hint(i), header.order_hint) {
            if forward.is_none_or(|f| before(hint(f), hint(i))) {
                forward = Some(i);
            }
        } else if before(header.order_hint, hint(i)) && backward.is_none_or(|b| before(hint(i), hint(b))) {
            backward = Some(i);
        }
    }
    let forward = forward?;
    let second = backward.or_else(|| {
        let mut second: Option<usize> = None;
        for i in (0..REFS_PER_FRAME).filter(|&i| before(hint(i), hint(forward))) {
            if second.is_none_or(|s| before(hint(s), hint(i))) {
                second = Some(i);
            }
        }
        second
    })?;
    Some([forward.min(second), forward.max(second)].map(|i| LAST_FRAME + i as u8))
}
