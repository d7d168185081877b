//! Streams in parts that are read at once.
//!
//! A [`Scout`] runs ahead and finds cuts: places from which a reader can begin without what is before. A reader that has come
//! to a cut then says whether one that began there reads on just as itself would. Where it does not, it reads on itself: what
//! a stream is read as never depends on its cuts.

use std::collections::VecDeque;

use crate::reader::{Framing, Options, Packet, Reader};
use crate::{Event, Result};

/// A place between two packets, or in a byte stream before an access unit.
#[derive(Debug)]
pub struct Cut<S> {
    /// Bytes of the stream before it: of all packets or chunks.
    pub at: u64,
    /// Where the numbers of a reader that begins here begin, as far as they can be counted without reading pictures.
    pub expected: Numbers,
    /// What a reader begins with.
    pub start: S,
}

/// Finds cuts; it reads headers alone.
pub trait Scout: Send {
    type Start: Send + Sync;

    /// Looks through one packet or chunk; what it cannot make out is left to the readers.
    fn look(&mut self, packet: Packet<'_>);

    /// Extradata that replace the container's from the next packet on.
    fn configure(&mut self, extradata: &[u8]);

    /// The cuts that were found.
    fn cuts(&mut self) -> &mut Cuts<Self::Start>;
}

/// What is between two cuts at least: less is not worth a reader.
#[derive(Debug, Clone, Copy)]
pub struct Least {
    pub bytes: u64,
    pub pictures: u32,
}

/// The cuts of a stream, as a scout finds them.
#[derive(Debug)]
pub struct Cuts<S> {
    least: Least,
    found: VecDeque<Cut<S>>,
    /// Bytes of the stream before which no other cut can be found.
    settled: u64,
    /// What has come: pictures that have begun, and frames.
    come: Numbers,
    /// The last cut, and the pictures that had begun before it.
    last: u64,
    pictures: u32,
}

impl<S> Cuts<S> {
    #[must_use]
    pub fn new(least: Least) -> Self {
        Self { least, found: VecDeque::new(), settled: 0, come: Numbers::default(), last: 0, pictures: 0 }
    }

    /// A picture begins, which is shown as one frame.
    pub fn count_picture(&mut self) {
        self.count(1, 1);
    }

    /// So many pictures begin, and so many frames are shown.
    pub fn count(&mut self, pictures: u32, frames: u32) {
        self.come = self.come.then(Numbers { coded_order: pictures, frame: frames });
    }

    /// The stream can be cut here; that counts where enough of it came since the last cut.
    pub fn offer(&mut self, at: u64, start: impl FnOnce() -> S) {
        self.offer_behind(at, Numbers::default(), start);
    }

    /// As [`Cuts::offer`], where a reader counts so many of the pictures and frames before the cut as its own.
    pub fn offer_behind(&mut self, at: u64, own: Numbers, start: impl FnOnce() -> S) {
        let Numbers { coded_order, frame } = self.come;
        if at >= self.last + self.least.bytes && coded_order - self.pictures >= self.least.pictures {
            let expected =
                Numbers { coded_order: coded_order.saturating_sub(own.coded_order), frame: frame.saturating_sub(own.frame) };
            self.found.push_back(Cut { at, expected, start: start() });
            (self.last, self.pictures) = (at, coded_order);
        }
    }

    /// No cut is before this any more, but for those that were found.
    pub fn settle(&mut self, at: u64) {
        self.settled = at;
    }

    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// Takes the next cut.
    pub fn pop(&mut self) -> Option<Cut<S>> {
        self.found.pop_front()
    }
}

/// Where the numbers of a reader that began at a cut begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    pub coded_order: u32,
    pub frame: u32,
}

impl Numbers {
    /// Those of a reader that began at a later cut, counted from this one's.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self { coded_order: self.coded_order + later.coded_order, frame: self.frame + later.frame }
    }
}

/// A reader of streams that can be cut.
pub trait Divisible: Reader + Sized + 'static {
    type Start: Send + Sync + 'static;
    type Scout: Scout<Start = Self::Start>;

    fn scout(framing: &Framing, options: Options, least: Least) -> Self::Scout;

    /// A reader of what follows a cut. Its numbers begin at 0, or where the start says.
    fn begin_at(cut: &Cut<Self::Start>, options: Options) -> Self;

    /// Whether a reader that began at a cut has read on as one that had read all before. None: it is not known yet.
    /// What it says once holds.
    fn begins_alike(&self) -> Option<bool>;

    /// The stream is cut behind what was pushed: what waits for more bytes is read.
    ///
    /// # Errors
    /// As [`Reader::push`].
    fn reach_cut(&mut self) -> Result<()>;

    /// Ends a reader that has reached a cut, where one that began there with `start`, and begins alike, reads on as this one
    /// would. Says where that one's numbers begin, or None where this reader is to read on itself.
    fn hand_over(&mut self, start: &Self::Start) -> Option<Numbers>;
}

/// How the first pictures of a reader that began at a cut must come: whole, and with no damage before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beginning {
    /// The reader began where the stream does.
    #[default]
    OfStream,
    Unknown,
    Clean,
    Damaged,
}

impl Beginning {
    /// Looks at an event that is given.
    pub fn look(&mut self, event: Option<&Event>) {
        if *self == Self::Unknown {
            *self = match event {
                Some(Event::Picture(picture)) if picture.frame.error.is_none() => Self::Clean,
                Some(Event::Picture(_) | Event::Damage(_)) => Self::Damaged,
                Some(Event::Shown { .. } | Event::Hidden { .. }) | None => Self::Unknown,
            };
        }
    }

    /// [`Divisible::begins_alike`].
    #[must_use]
    pub fn is_alike(self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::OfStream | Self::Clean => Some(true),
            Self::Damaged => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_tell_what_has_come_before_them() {
        let mut cuts = Cuts::new(Least { bytes: 10, pictures: 2 });
        cuts.count_picture();
        cuts.offer(20, || "of too few pictures");
        cuts.count(2, 1);
        cuts.offer(30, || "counted");
        cuts.count_picture();
        cuts.count(0, 1);
        cuts.offer(50, || "of too few pictures");
        cuts.count_picture();
        cuts.offer_behind(60, Numbers { coded_order: 3, frame: 1 }, || "counted behind");
        let mut next = || cuts.pop().map(|cut| (cut.start, cut.expected.coded_order, cut.expected.frame));
        assert_eq!([next(), next(), next()], [Some(("counted", 3, 2)), Some(("counted behind", 2, 4)), None]);
    }
}
