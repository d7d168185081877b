//! The two reference pictures, and the order of presentation that follows from them: ISO/IEC 13818-2 clause 6.1.1.11,
//! 14496-2 clause 6.1.3.8.
//!
//! A picture that others refer to is presented when the next one of its kind comes, any other one at once.

use std::collections::VecDeque;

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::pool::PicturePool;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Errors, Event, ParseError, Result, Times};

use crate::division::Preceding;

/// A picture on its way to be presented.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    pub coded_order: u32,
    pub times: Times,
    /// Whether a decoder shows it at all.
    pub shown: bool,
}

/// The order of presentation.
#[derive(Debug, Clone, Copy, Default)]
struct Order {
    next_frame: u32,
    /// The last picture that others refer to.
    waiting: Option<Presented>,
    /// Numbers of the one before it; None where it is not shown.
    before: Option<Numbers>,
}

impl Order {
    fn present(&mut self, Presented { coded_order, times, shown }: Presented) -> Event {
        if !shown || times.is_discarded {
            return Event::Hidden { coded_order };
        }
        let frame = self.next_frame;
        self.next_frame += 1;
        Event::Shown { coded_order, frame, pts: times.pts }
    }

    fn present_waiting(&mut self) -> Option<Event> {
        let event = self.waiting.take().map(|waiting| self.present(waiting))?;
        self.before = match event {
            Event::Shown { coded_order, frame, .. } => Some(Numbers { coded_order, frame }),
            _ => None,
        };
        Some(event)
    }
}

/// Whole pictures and their order, for who takes a reader's events.
#[derive(Debug, Default)]
pub struct Output {
    errors: Errors,
    pub events: VecDeque<Event>,
    pool: PicturePool,
    next_coded_order: u32,
    order: Order,
}

impl Output {
    #[must_use]
    pub fn new(errors: Errors) -> Self {
        Self { errors, ..Self::default() }
    }

    /// That of a reader that begins at a cut; its numbers are counted from the past reference's.
    #[must_use]
    pub fn begin_behind(preceding: Preceding, errors: Errors) -> Self {
        let shown = preceding.references().map(|Numbers { coded_order, frame }| Event::Shown { coded_order, frame, pts: None });
        Self {
            errors,
            events: shown.into(),
            next_coded_order: preceding.pictures,
            order: Order { next_frame: preceding.frames(), ..Order::default() },
            ..Self::default()
        }
    }

    /// Where the numbers of a reader begin that began at a cut, once `last` is added and no other picture comes before it.
    /// None where its references have other numbers than they have here.
    #[must_use]
    pub fn numbers_behind(&self, preceding: Preceding, last: Presented, is_reference: bool) -> Option<Numbers> {
        let mut order = self.order;
        if is_reference {
            order.present_waiting();
            order.waiting = Some(last);
        } else {
            order.present(last);
        }
        let past = order.before?;
        order.present_waiting()?;
        let here = [past, order.before?];
        let is_next = past.coded_order + preceding.pictures == self.next_coded_order;
        (is_next && preceding.references().map(|there| past.then(there)) == here).then_some(past)
    }

    /// Passes over damage, where that is wanted: it is told.
    ///
    /// # Errors
    /// The same one, where it is not.
    pub fn pass_over(&mut self, error: &ParseError) -> Result<()> {
        if self.errors == Errors::Strict {
            return Err(error.clone());
        }
        self.events.push_back(Event::Damage(error.clone()));
        Ok(())
    }

    /// Tells of what cannot be known of a picture in which nothing is damaged, where damage is passed over.
    pub fn tell(&mut self, error: &ParseError) {
        if self.errors == Errors::Skip {
            self.events.push_back(Event::Damage(error.clone()));
        }
    }

    /// An empty picture with the next number in coded order.
    ///
    /// # Errors
    /// There are too many pictures.
    pub fn begin_picture(&mut self) -> Result<Box<Picture>> {
        let next = self.next_coded_order + 1;
        if next >= i32::MAX as u32 {
            return Err(ParseError::limit("picture_start_code", "too many pictures"));
        }
        let mut picture = self.pool.take();
        picture.frame.coded_order = std::mem::replace(&mut self.next_coded_order, next);
        Ok(picture)
    }

    /// The number of the picture that comes next.
    #[must_use]
    pub const fn next_coded_order(&self) -> u32 {
        self.next_coded_order
    }

    /// Takes a picture whose rows have been read.
    pub fn recycle(&mut self, picture: Box<Picture>) {
        self.pool.give_back(picture);
    }

    /// A whole picture that others refer to.
    pub fn push_reference(&mut self, picture: Box<Picture>, presented: Presented) {
        self.events.push_back(Event::Picture(picture));
        self.present_waiting();
        self.order.waiting = Some(presented);
    }

    /// A whole picture that none refers to.
    pub fn push_other(&mut self, picture: Box<Picture>, presented: Presented) {
        self.events.push_back(Event::Picture(picture));
        self.events.push_back(self.order.present(presented));
    }

    /// Presents the last picture that others refer to: none follows.
    pub fn present_waiting(&mut self) {
        self.events.extend(self.order.present_waiting());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_waits_for_the_next_one() {
        let mut output = Output::default();
        for kind in ["I", "P", "B", "B", "P", "hidden"] {
            let picture = output.begin_picture().unwrap();
            let presented =
                Presented { coded_order: picture.frame.coded_order, times: Times::default(), shown: kind != "hidden" };
            if matches!(kind, "I" | "P") {
                output.push_reference(picture, presented)
            } else {
                output.push_other(picture, presented)
            }
        }
        output.present_waiting();
        let mut frames = [None; 6];
        for event in &output.events {
            if let Event::Shown { coded_order, frame, .. } = event {
                frames[*coded_order as usize] = Some(*frame);
            }
        }
        assert_eq!(frames, [Some(0), Some(3), Some(1), Some(2), Some(4), None]);
    }

    /// Adds a picture of a kind.
    fn add(output: &mut Output, kind: &str) {
        let picture = output.begin_picture().unwrap();
        let coded_order = picture.frame.coded_order;
        let presented = Presented { coded_order, times: Times::default(), shown: kind != "hidden" };
        match kind {
            "B" => output.push_other(picture, presented),
            _ => output.push_reference(picture, presented),
        }
    }

    #[test]
    fn numbers_behind_a_cut_are_counted_from_the_past_reference() {
        let preceding = |future, pictures| Preceding { future, pictures };
        for (kinds, expected) in [
            (["I", "P", "B", "P", "B"], preceding(2, 4)),
            (["I", "P", "B", "B", "P"], preceding(3, 4)),
            (["I", "P", "P", "B", "B"], preceding(1, 4)),
        ] {
            let mut output = Output::default();
            for kind in &kinds[..4] {
                add(&mut output, kind);
            }
            // The last one is not added yet.
            let picture = output.begin_picture().unwrap();
            let presented = Presented { coded_order: picture.frame.coded_order, times: Times::default(), shown: true };
            let numbers = |preceding| output.numbers_behind(preceding, presented, kinds[4] != "B");
            let found = numbers(expected);
            assert_eq!(found.map(|found| found.coded_order), Some(1));
            assert_eq!(numbers(preceding(expected.future + 1, expected.pictures + 1)), None);
            assert_eq!(numbers(preceding(expected.future - 1, expected.pictures)), None);

            let mut behind = Output::begin_behind(expected, Errors::Strict);
            behind.begin_picture().map(|picture| assert_eq!(picture.frame.coded_order, expected.pictures)).unwrap();
            assert_eq!(behind.order.next_frame, expected.frames());
        }
    }

    #[test]
    fn nothing_is_known_behind_a_reference_that_is_not_shown() {
        let mut output = Output::default();
        for kind in ["I", "hidden"] {
            add(&mut output, kind);
        }
        let presented = Presented { coded_order: 2, times: Times::default(), shown: true };
        output.begin_picture().unwrap();
        assert_eq!(output.numbers_behind(Preceding { future: 1, pictures: 2 }, presented, true), None);
    }
}
