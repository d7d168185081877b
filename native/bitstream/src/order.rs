//! Presentation order of H.264 (C.4) and HEVC (C.5.2): by picture order count inside each coded video sequence.

use crate::poc::Poc;
use crate::reader::{Event, Times};

/// Ranks pictures by picture order count, as far behind the newest one as any conforming stream may reorder.
///
/// Both standards let at most 16 frames wait in the decoded picture buffer, fewer of large ones, so that a picture's rank is
/// final once that many later ones of its sequence and one more have come, whatever the stream says of its own depth.
#[derive(Debug, Default)]
pub struct PresentationOrder {
    waiting: Vec<Waiting>,
    next_frame: u32,
    /// With [`PresentationOrder::begin_behind`].
    behind: Option<PictureBefore>,
}

/// The picture behind which all others are presented, and whether they are. None: it is not known yet.
#[derive(Debug)]
struct PictureBefore {
    poc: Poc,
    added: usize,
    holds: Option<bool>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    poc: Poc,
    coded_order: u32,
    times: Times,
    /// Decoders have output it: whatever follows, it is presented.
    is_output: bool,
}

/// Frames that the decoded picture buffer holds at most.
pub const MAX_DPB_FRAMES: usize = 16;

impl PresentationOrder {
    /// The order of what follows a picture that was presented, at that place, and before which everything before it was.
    #[must_use]
    pub fn begin_behind(poc: Poc, frame: u32) -> Self {
        let behind = Some(PictureBefore { poc, added: 0, holds: None });
        Self { waiting: Vec::new(), next_frame: frame + 1, behind }
    }

    /// Whether pictures are presented as if those before that picture had been added too. None: it is not known yet.
    ///
    /// Those are waited for as long as any picture is; if the next ones are behind them, nothing differs.
    #[must_use]
    pub fn follows(&self) -> Option<bool> {
        self.behind.as_ref().map_or(Some(true), |behind| behind.holds)
    }

    /// Whether a picture waits, and will be presented behind all others that do, not discarded.
    #[must_use]
    pub fn is_last(&self, coded_order: u32) -> bool {
        self.waiting
            .iter()
            .max_by_key(|waiting| (waiting.poc, waiting.coded_order))
            .is_some_and(|last| last.coded_order == coded_order && !last.times.is_discarded)
    }

    /// Whether every picture that waits will be presented before one with this order count.
    #[must_use]
    pub fn is_before(&self, poc: Poc) -> bool {
        self.waiting.iter().all(|waiting| waiting.poc < poc)
    }

    /// A coded video sequence begins: everything before it is presented before it.
    pub fn begin_sequence(&mut self, events: &mut impl Extend<Event>) {
        if let Some(behind) = &mut self.behind {
            behind.holds.get_or_insert(true);
        }
        while !self.waiting.is_empty() {
            self.show_first(events);
        }
    }

    /// As [`PresentationOrder::begin_sequence`], with NoOutputOfPriorPicsFlag 1: what has not been output by now never is.
    pub fn begin_sequence_without_prior(&mut self, events: &mut impl Extend<Event>) {
        if let Some(behind) = &mut self.behind {
            // That picture, too, may not have been output yet.
            behind.holds.get_or_insert(false);
        }
        let gone = self.waiting.extract_if(.., |waiting| !waiting.is_output);
        events.extend(gone.map(|Waiting { coded_order, .. }| Event::Hidden { coded_order }));
        self.begin_sequence(events);
    }

    /// coded_order of the pictures that decoders hold back (C.5.2.2).
    pub fn needed_for_output(&self) -> impl Iterator<Item = u32> {
        self.waiting.iter().filter(|waiting| !waiting.is_output).map(|waiting| waiting.coded_order)
    }

    /// "Bumping" (C.5.2.4): the first one of them is output. When it is presented does not depend on it.
    pub fn bump(&mut self) {
        let needed = self.waiting.iter_mut().filter(|waiting| !waiting.is_output);
        if let Some(first) = needed.min_by_key(|waiting| (waiting.poc, waiting.coded_order)) {
            first.is_output = true;
        }
    }

    /// A picture of the current sequence that is presented unless the container discards it, behind which `most` may wait.
    pub fn add(&mut self, coded_order: u32, poc: Poc, times: Times, most: usize, events: &mut impl Extend<Event>) {
        if let Some(behind) = self.behind.as_mut().filter(|behind| behind.holds.is_none()) {
            behind.added += 1;
            behind.holds = if poc <= behind.poc { Some(false) } else { (behind.added > MAX_DPB_FRAMES).then_some(true) };
        }
        self.waiting.push(Waiting { poc, coded_order, times, is_output: false });
        while self.waiting.len() > most + 1 {
            self.show_first(events);
        }
    }

    /// The pictures that were shown.
    #[must_use]
    pub fn shown(&self) -> u32 {
        self.next_frame
    }

    fn show_first(&mut self, events: &mut impl Extend<Event>) {
        let Some(first) = (0..self.waiting.len()).min_by_key(|&i| (self.waiting[i].poc, self.waiting[i].coded_order)) else {
            return;
        };
        let Waiting { coded_order, times, .. } = self.waiting.swap_remove(first);
        if times.is_discarded {
            events.extend([Event::Hidden { coded_order }]);
            return;
        }
        events.extend([Event::Shown { coded_order, frame: self.next_frame, pts: times.pts }]);
        self.next_frame += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_poc_inside_each_sequence() {
        let mut order = PresentationOrder::default();
        let mut events = Vec::new();
        for (coded_order, poc) in [(0, 0), (1, 8), (2, 4), (3, 2)] {
            order.add(coded_order, Poc(poc), Times::default(), MAX_DPB_FRAMES, &mut events);
        }
        order.begin_sequence(&mut events);
        order.add(4, Poc(0), Times::default(), MAX_DPB_FRAMES, &mut events);
        order.begin_sequence(&mut events);
        let frames: Vec<_> = events
            .iter()
            .map(|event| match event {
                Event::Shown { coded_order, frame, .. } => (*coded_order, *frame),
                _ => (0, 99),
            })
            .collect();
        assert_eq!(frames, [(0, 0), (3, 1), (2, 2), (1, 3), (4, 4)]);
    }

    #[test]
    fn waits_for_as_many_as_the_buffer_holds() {
        let mut order = PresentationOrder::default();
        let mut events = Vec::new();
        (0..8).for_each(|i| order.add(i, Poc(i as i32), Times::default(), 5, &mut events));
        assert!(matches!(events[..], [Event::Shown { coded_order: 0, .. }, Event::Shown { coded_order: 1, .. }]));
    }

    #[test]
    fn what_is_not_output_when_a_sequence_begins_may_be_never_presented() {
        let mut order = PresentationOrder::default();
        let mut events = Vec::new();
        for (coded_order, poc) in [(0, 0), (1, 8), (2, 4), (3, 2)] {
            order.add(coded_order, Poc(poc), Times::default(), MAX_DPB_FRAMES, &mut events);
            while order.needed_for_output().count() > 2 {
                order.bump();
            }
        }
        assert_eq!(order.needed_for_output().collect::<Vec<_>>(), [1, 2]);
        order.begin_sequence_without_prior(&mut events);
        let frames: Vec<_> = events
            .iter()
            .map(|event| match event {
                Event::Shown { coded_order, frame, .. } => (*coded_order, Some(*frame)),
                Event::Hidden { coded_order } => (*coded_order, None),
                _ => (99, None),
            })
            .collect();
        assert_eq!(frames, [(1, None), (2, None), (0, Some(0)), (3, Some(1))]);
        assert_eq!(order.shown(), 2);
    }

    #[test]
    fn what_was_before_may_not_have_been_output() {
        for (added, follows) in [(16, false), (17, true)] {
            let mut order = PresentationOrder::begin_behind(Poc(0), 0);
            let mut events = Vec::new();
            (1..=added).for_each(|i| order.add(i, Poc(i as i32), Times::default(), MAX_DPB_FRAMES, &mut events));
            order.begin_sequence_without_prior(&mut events);
            assert_eq!(order.follows(), Some(follows));
        }
    }

    #[test]
    fn discarded_pictures_have_no_rank() {
        let mut order = PresentationOrder::default();
        let mut events = Vec::new();
        for (coded_order, is_discarded) in [(0, true), (1, false), (2, true), (3, false)] {
            order.add(coded_order, Poc(0), Times { is_discarded, ..Times::default() }, MAX_DPB_FRAMES, &mut events);
        }
        order.begin_sequence(&mut events);
        let frames: Vec<_> = events.iter().map(|event| matches!(event, Event::Shown { frame, .. } if *frame < 2)).collect();
        assert_eq!(frames, [false, true, false, true]);
    }
}
