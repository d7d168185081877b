//! Presentation order of H.264 (C.4) and HEVC (C.5.2): by picture order count inside each coded video sequence.

use crate::reader::Event;

/// Ranks pictures by picture order count, as far behind the newest one as any conforming stream may reorder.
///
/// Both standards let at most 16 frames wait in the decoded picture buffer, so that a picture's rank is final once
/// 17 later ones of its sequence have come, whatever the stream says of its own depth.
#[derive(Debug, Default)]
pub struct PresentationOrder {
    waiting: Vec<Waiting>,
    next_frame: u32,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    poc: i64,
    coded_order: u32,
    pts: Option<i64>,
}

const MAX_WAITING: usize = 17;

impl PresentationOrder {
    /// A coded video sequence begins: everything before it is presented before it.
    pub fn begin_sequence(&mut self, events: &mut impl Extend<Event>) {
        while !self.waiting.is_empty() {
            self.show_first(events);
        }
    }

    /// A picture of the current sequence that will be presented.
    pub fn add(&mut self, coded_order: u32, poc: i64, pts: Option<i64>, events: &mut impl Extend<Event>) {
        self.waiting.push(Waiting { poc, coded_order, pts });
        if self.waiting.len() > MAX_WAITING {
            self.show_first(events);
        }
    }

    fn show_first(&mut self, events: &mut impl Extend<Event>) {
        let Some(first) = (0..self.waiting.len()).min_by_key(|&i| (self.waiting[i].poc, self.waiting[i].coded_order)) else {
            return;
        };
        let Waiting { coded_order, pts, .. } = self.waiting.swap_remove(first);
        events.extend([Event::Shown { coded_order, frame: self.next_frame, pts }]);
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
            order.add(coded_order, poc, None, &mut events);
        }
        order.begin_sequence(&mut events);
        order.add(4, 0, None, &mut events);
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
}
