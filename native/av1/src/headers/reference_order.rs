//! References chosen by order hints: the set frame refs process (7.8) and skip_mode_params( ) (5.9.22).

use codecorpus_bitstream::ParseError;

use super::frame::Stop;
use super::{FrameHeader, NUM_REF_FRAMES, OrderHint, REFS_PER_FRAME, RefFrame, SequenceHeader, TOTAL_REFS_PER_FRAME};
use crate::refs::SlotsView;

/// Ref_Frame_List (7.8).
const REF_FRAME_LIST: [RefFrame; REFS_PER_FRAME - 2] =
    [RefFrame::Last2, RefFrame::Last3, RefFrame::Bwdref, RefFrame::Altref2, RefFrame::Altref];

/// The slots that are still to be given out, by their distance from the current frame.
struct Candidates {
    /// shiftedOrderHints less curFrameHint.
    distance: [i32; NUM_REF_FRAMES],
    used: [bool; NUM_REF_FRAMES],
}

impl Candidates {
    /// find_latest_backward( ) (7.8): the last of those furthest in the future.
    fn latest_backward(&self) -> Option<usize> {
        self.unused(|distance| distance >= 0).max_by_key(|&i| self.distance[i])
    }

    /// find_earliest_backward( ) (7.8): the first of those nearest in the future.
    fn earliest_backward(&self) -> Option<usize> {
        self.unused(|distance| distance >= 0).min_by_key(|&i| self.distance[i])
    }

    /// find_latest_forward( ) (7.8): the last of those nearest in the past.
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
    order_hint: OrderHint,
    last_frame_idx: u8,
    gold_frame_idx: u8,
) -> Result<[u8; REFS_PER_FRAME], Stop> {
    let mut candidates = Candidates { distance: [0; NUM_REF_FRAMES], used: [false; NUM_REF_FRAMES] };
    for (distance, hint) in candidates.distance.iter_mut().zip(slots.order_hints) {
        *distance = hint.ok_or(Stop::Missing)?.relative_dist(order_hint, sequence);
    }
    let mut chosen = [None; TOTAL_REFS_PER_FRAME];
    for (ref_frame, slot) in [(RefFrame::Last, last_frame_idx), (RefFrame::Golden, gold_frame_idx)] {
        if candidates.distance[usize::from(slot & 7)] >= 0 {
            return Err(ParseError::malformed("last_frame_idx", "the frame is not before this one").into());
        }
        candidates.used[usize::from(slot & 7)] = true;
        chosen[ref_frame.index()] = Some(usize::from(slot));
    }
    let mut give = |ref_frame: RefFrame, candidate: Option<usize>, candidates: &mut Candidates| {
        if let Some(slot) = candidate {
            candidates.used[slot] = true;
            chosen[ref_frame.index()] = Some(slot);
        }
    };
    give(RefFrame::Altref, candidates.latest_backward(), &mut candidates);
    give(RefFrame::Bwdref, candidates.earliest_backward(), &mut candidates);
    give(RefFrame::Altref2, candidates.earliest_backward(), &mut candidates);
    for ref_frame in REF_FRAME_LIST {
        if chosen[ref_frame.index()].is_none()
            && let Some(slot) = candidates.latest_forward()
        {
            candidates.used[slot] = true;
            chosen[ref_frame.index()] = Some(slot);
        }
    }
    let earliest = (0..NUM_REF_FRAMES).min_by_key(|&i| candidates.distance[i]).unwrap_or(0);
    Ok(RefFrame::INTER.map(|ref_frame| chosen[ref_frame.index()].unwrap_or(earliest) as u8))
}

/// skip_mode_params( ) (5.9.22): SkipModeFrame where skipModeAllowed.
pub(super) fn skip_mode_frames(sequence: &SequenceHeader, header: &FrameHeader) -> Option<[RefFrame; 2]> {
    if header.frame_is_intra || !header.reference_select || !sequence.enable_order_hint {
        return None;
    }
    let hint = |i: usize| header.order_hints[RefFrame::INTER[i].index()];
    let before = |a: OrderHint, b: OrderHint| a.is_before(b, sequence);
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
    Some([forward.min(second), forward.max(second)].map(|i| RefFrame::INTER[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sequence() -> SequenceHeader {
        SequenceHeader { enable_order_hint: true, order_hint_bits: 5, ..SequenceHeader::default() }
    }

    /// The process as 7.8 words it: by loops that keep the best slot so far.
    fn by_the_letter(distance: [i32; 8], last_frame_idx: usize, gold_frame_idx: usize) -> [i32; 7] {
        let mut ref_frame_idx = [-1; 7];
        let mut used_frame = [false; 8];
        (ref_frame_idx[0], ref_frame_idx[3]) = (last_frame_idx as i32, gold_frame_idx as i32);
        (used_frame[last_frame_idx], used_frame[gold_frame_idx]) = (true, true);
        let find = |used_frame: &[bool; 8], backward: bool, better: fn(i32, i32) -> bool| {
            let mut found = -1;
            for i in 0..8 {
                let side = (distance[i] >= 0) == backward;
                if !used_frame[i] && side && (found < 0 || better(distance[i], distance[found as usize])) {
                    found = i as i32;
                }
            }
            found
        };
        let later_or_same = |a, b| a >= b;
        for (i, better) in [(6, later_or_same as fn(i32, i32) -> bool), (4, |a, b| a < b), (5, |a, b| a < b)] {
            let found = find(&used_frame, true, better);
            if found >= 0 {
                ref_frame_idx[i] = found;
                used_frame[found as usize] = true;
            }
        }
        for i in [1, 2, 4, 5, 6] {
            let found = if ref_frame_idx[i] < 0 { find(&used_frame, false, later_or_same) } else { -1 };
            if found >= 0 {
                ref_frame_idx[i] = found;
                used_frame[found as usize] = true;
            }
        }
        let mut earliest = 0;
        for i in 1..8 {
            if distance[i] < distance[earliest] {
                earliest = i;
            }
        }
        ref_frame_idx.map(|i| if i < 0 { earliest as i32 } else { i })
    }

    proptest! {
        #[test]
        fn frame_refs_are_those_of_the_standard(hints in prop::array::uniform8(0u32..32), order_hint in 0u32..32, last in 0u8..8, gold in 0u8..8) {
            let sequence = sequence();
            let slots = SlotsView { frames: [None; 8], unread: [None; 8], order_hints: hints.map(|hint| Some(OrderHint(hint))) };
            let distance = hints.map(|hint| OrderHint(hint).relative_dist(OrderHint(order_hint), &sequence));
            let valid = distance[usize::from(last)] < 0 && distance[usize::from(gold)] < 0;
            match set_frame_refs(&sequence, &slots, OrderHint(order_hint), last, gold) {
                Ok(refs) => prop_assert_eq!(refs.map(i32::from), by_the_letter(distance, last.into(), gold.into())),
                Err(_) => prop_assert!(!valid),
            }
        }

        #[test]
        fn skip_mode_takes_the_nearest_on_either_side(distance in prop::array::uniform7(-7i32..8), order_hint in 0u32..32) {
            let sequence = sequence();
            let mut header = FrameHeader { order_hint: OrderHint(order_hint), reference_select: true, ..FrameHeader::default() };
            header.order_hints[1..].copy_from_slice(&distance.map(|d| OrderHint(order_hint.wrapping_add_signed(d) & 31)));
            let before = distance.iter().copied().filter(|&d| d < 0).max();
            let after = distance.iter().copied().filter(|&d| d > 0).min();
            let second = before.and_then(|nearest| distance.iter().copied().filter(|&d| d < nearest).max());
            match skip_mode_frames(&sequence, &header) {
                None => prop_assert!(before.is_none() || after.is_none() && second.is_none()),
                Some(frames) => {
                    prop_assert!(frames[0] < frames[1]);
                    let mut chosen = frames.map(|frame| distance[frame.index() - 1]);
                    chosen.sort_unstable();
                    let expected = after.map_or_else(|| [second, before], |after| [before, Some(after)]);
                    prop_assert_eq!(chosen.map(Some), expected);
                }
            }
        }
    }

    #[test]
    fn distances_wrap() {
        let sequence = sequence();
        let distance = |a: u32, b: u32| OrderHint(a).relative_dist(OrderHint(b), &sequence);
        assert_eq!((distance(1, 31), distance(31, 1), distance(16, 0)), (2, -2, -16));
    }
}
