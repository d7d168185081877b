//! Presentation order of AV1 and VP9, and the bytes that count to each picture.
//!
//! Pictures wait until they are shown, or until no slot holds them any more: what a show_existing_frame header takes counts to the
//! picture that it shows.

use std::collections::VecDeque;

use crate::error::{ParseError, Result};
use crate::reader::{Event, MAX_WAITING_ROWS, Times};
use crate::records::Picture;

/// What a row takes, more or less: residual samples that wait count as so many rows.
const ROW_BYTES: usize = 128;

#[derive(Debug)]
struct Held {
    picture: Box<Picture>,
    /// Its place in presentation order is told.
    settled: bool,
}

/// The output process of AV1 (7.18.1) and VP9 (8.9), without the output.
#[derive(Debug, Default)]
pub struct Presentation {
    held: VecDeque<Held>,
    /// coded_order of the first held picture.
    first: u32,
    next_frame: u32,
    events: VecDeque<Event>,
    /// Bytes that count to the next picture.
    pending: u64,
    /// What is output unless another picture of its temporal unit is.
    candidate: Option<(u32, Times)>,
}

impl Presentation {
    /// Bytes that count to the picture that comes next.
    pub fn count_ahead(&mut self, bytes: usize) {
        self.pending += bytes as u64;
    }

    /// Bytes of headers that count to a picture that has come, or else to the next.
    pub fn count(&mut self, coded_order: u32, bytes: usize) {
        match self.held_mut(coded_order) {
            Some(held) => held.picture.count_header_bytes(bytes as u64),
            None => self.count_ahead(bytes),
        }
    }

    /// The bytes before a picture that begins.
    pub fn take_pending(&mut self) -> u64 {
        std::mem::take(&mut self.pending)
    }

    /// Whether bytes wait for the picture that they count to.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.pending > 0
    }

    /// How many pictures were output.
    #[must_use]
    pub fn shown(&self) -> u32 {
        self.next_frame
    }

    /// A coded picture, in coded order.
    pub fn push(&mut self, picture: Box<Picture>) {
        if self.held.is_empty() {
            self.first = picture.frame.coded_order;
        }
        self.held.push_back(Held { picture, settled: false });
    }

    /// The picture is output, in place of what was offered.
    pub fn show(&mut self, coded_order: u32, times: Times) {
        self.candidate = None;
        self.present(coded_order, times);
    }

    /// The picture is output if none of a higher spatial layer follows in its temporal unit.
    pub fn offer(&mut self, coded_order: u32, times: Times) {
        self.candidate = Some((coded_order, times));
    }

    /// Whether a picture is offered: what follows says whether it is output.
    #[must_use]
    pub fn has_offered(&self) -> bool {
        self.candidate.is_some()
    }

    /// A temporal unit is over: what was offered is output.
    pub fn end_temporal_unit(&mut self) {
        if let Some((coded_order, times)) = self.candidate.take() {
            self.present(coded_order, times);
        }
    }

    fn present(&mut self, coded_order: u32, times: Times) {
        if times.is_discarded {
            return; // it may be shown again, by a packet that is not
        }
        let frame = self.next_frame;
        self.next_frame += 1;
        // A picture that is shown again keeps its first place.
        if let Some(held) = self.held_mut(coded_order).filter(|held| !held.settled) {
            held.settled = true;
            self.events.push_back(Event::Shown { coded_order, frame, pts: times.pts });
        }
    }

    /// The picture will not be output.
    pub fn hide(&mut self, coded_order: u32) {
        if let Some(held) = self.held_mut(coded_order).filter(|held| !held.settled) {
            held.settled = true;
            self.events.push_back(Event::Hidden { coded_order });
        }
    }

    fn held_mut(&mut self, coded_order: u32) -> Option<&mut Held> {
        let index = coded_order.checked_sub(self.first)?;
        self.held.get_mut(index as usize)
    }

    /// Hides what can no longer be shown, as no slot holds it, and gives the pictures whose place is known.
    ///
    /// # Errors
    /// Too many rows wait.
    pub fn settle(&mut self, is_held: impl Fn(u32) -> bool) -> Result<()> {
        let candidate = self.candidate.map(|(coded_order, _)| coded_order);
        let gone = |coded_order: u32| !is_held(coded_order) && candidate != Some(coded_order);
        for held in self.held.iter_mut().filter(|held| !held.settled) {
            let coded_order = held.picture.frame.coded_order;
            if gone(coded_order) {
                held.settled = true;
                self.events.push_back(Event::Hidden { coded_order });
            }
        }
        self.give(1);
        let rows: usize = self
            .held
            .iter()
            .map(|held| held.picture.rows() + held.picture.residual.as_ref().map_or(0, |plane| plane.bytes() / ROW_BYTES))
            .sum();
        if rows > MAX_WAITING_ROWS {
            return Err(ParseError::limit("show_existing_frame", "a picture is neither shown nor overwritten for too long")
                .in_picture(self.first));
        }
        Ok(())
    }

    /// Gives the settled pictures in front, but for the last `keep`: bytes may still count to them.
    fn give(&mut self, keep: usize) {
        while self.held.len() > keep && self.held[0].settled {
            if let Some(held) = self.held.pop_front() {
                self.first += 1;
                self.events.push_back(Event::Picture(held.picture));
            }
        }
    }

    /// Says what was passed over.
    pub fn tell(&mut self, error: ParseError) {
        self.events.push_back(Event::Damage(error));
    }

    /// Hides the pictures that wait for too long.
    pub fn hide_first(&mut self) {
        self.hide(self.first);
        self.give(1);
    }

    /// Nothing follows: what was not shown never is, and what is left of the bytes counts to the last picture.
    pub fn finish(&mut self) {
        self.end_temporal_unit();
        let pending = self.take_pending();
        if let Some(last) = self.held.back_mut() {
            last.picture.count_header_bytes(pending);
        }
        for coded_order in self.first..self.first + self.held.len() as u32 {
            self.hide(coded_order);
        }
        self.give(0);
    }

    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
