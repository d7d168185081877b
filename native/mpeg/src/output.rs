//! The two reference pictures, and the order of presentation that follows from them: ISO/IEC 13818-2 clause 6.1.1.11,
//! 14496-2 clause 6.1.3.8.
//!
//! A picture that others refer to is presented when the next one of its kind comes, any other one at once.

use std::collections::VecDeque;

use codecorpus_bitstream::pool::PicturePool;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Errors, Event, ParseError, Result, Times};

/// The pictures that others refer to, of which no more than two are kept.
#[derive(Debug)]
pub struct References<T> {
    past: Option<T>,
    future: Option<T>,
}

impl<T> Default for References<T> {
    fn default() -> Self {
        Self { past: None, future: None }
    }
}

impl<T> References<T> {
    /// What B pictures refer to.
    #[must_use]
    pub const fn both(&self) -> [Option<&T>; 2] {
        [self.past.as_ref(), self.future.as_ref()]
    }

    /// What P pictures refer to: the last one.
    #[must_use]
    pub const fn last(&self) -> Option<&T> {
        self.future.as_ref()
    }

    /// Adds one, and gives back the one that is no longer kept.
    pub const fn push(&mut self, reference: T) -> Option<T> {
        let last = self.future.replace(reference);
        std::mem::replace(&mut self.past, last)
    }
}

/// A picture on its way to be presented.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    pub coded_order: u32,
    pub times: Times,
    /// Whether a decoder shows it at all.
    pub shown: bool,
}

/// Whole pictures and their order, for who takes a reader's events.
#[derive(Debug, Default)]
pub struct Output {
    errors: Errors,
    pub events: VecDeque<Event>,
    pool: PicturePool,
    next_coded_order: u32,
    next_frame: u32,
    /// The last picture that others refer to.
    waiting: Option<Presented>,
}

impl Output {
    #[must_use]
    pub fn new(errors: Errors) -> Self {
        Self { errors, ..Self::default() }
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
        self.waiting = Some(presented);
    }

    /// A whole picture that none refers to.
    pub fn push_other(&mut self, picture: Box<Picture>, presented: Presented) {
        self.events.push_back(Event::Picture(picture));
        self.present(presented);
    }

    /// Presents the last picture that others refer to: none follows.
    pub fn present_waiting(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.present(waiting);
        }
    }

    fn present(&mut self, Presented { coded_order, times, shown }: Presented) {
        if !shown || times.is_discarded {
            self.events.push_back(Event::Hidden { coded_order });
            return;
        }
        self.events.push_back(Event::Shown { coded_order, frame: self.next_frame, pts: times.pts });
        self.next_frame += 1;
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

    #[test]
    fn no_more_than_two_are_kept() {
        let mut references = References::default();
        assert_eq!([1, 2, 3, 4].map(|n| references.push(n)), [None, None, Some(1), Some(2)]);
        assert_eq!((references.both(), references.last()), ([Some(&3), Some(&4)], Some(&4)));
    }
}
