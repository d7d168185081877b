//! Waits until presentation order is known, then turns whole pictures into record batches.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use codecorpus_bitstream::records::{Names, Picture};
use codecorpus_bitstream::{Event, ParseError, Reader, Result, Wanted};

use crate::build;

/// The rows of a run of whole pictures in coded order; tables that were not asked for are absent.
#[derive(Debug)]
pub struct Batch {
    pub frames: RecordBatch,
    pub blocks: Option<RecordBatch>,
    pub motion: Option<RecordBatch>,
    pub transforms: Option<RecordBatch>,
}

/// Presentation index of a coded picture, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presentation {
    Unknown,
    Hidden,
    Shown(i32),
}

/// What the pictures of a batch are written with.
#[derive(Debug)]
pub(crate) struct Context {
    pub names: &'static Names,
    pub wanted: Wanted,
    /// Seconds in a unit of pts.
    pub time_base: f64,
    /// By coded order, over the whole stream.
    pub presentation: Vec<Presentation>,
    /// By coded order, from `pts_base`: only of the pictures that still wait.
    pub pts: VecDeque<Option<i64>>,
    pub pts_base: usize,
}

impl Context {
    pub fn presentation(&self, coded_order: i32) -> Presentation {
        usize::try_from(coded_order).ok().and_then(|i| self.presentation.get(i).copied()).unwrap_or(Presentation::Unknown)
    }

    /// Presentation index; none if hidden (or not a picture).
    pub fn frame(&self, coded_order: i32) -> Option<i32> {
        match self.presentation(coded_order) {
            Presentation::Shown(frame) => Some(frame),
            Presentation::Hidden | Presentation::Unknown => None,
        }
    }

    pub fn pts(&self, coded_order: u32) -> Option<i64> {
        let index = (coded_order as usize).checked_sub(self.pts_base)?;
        self.pts.get(index).copied().flatten()
    }

    fn slot(&mut self, coded_order: u32) -> &mut Presentation {
        let index = coded_order as usize;
        if self.presentation.len() <= index {
            self.presentation.resize(index + 1, Presentation::Unknown);
        }
        &mut self.presentation[index]
    }

    fn set_pts(&mut self, coded_order: u32, pts: Option<i64>) {
        if let Some(index) = (coded_order as usize).checked_sub(self.pts_base) {
            if self.pts.len() <= index {
                self.pts.resize(index + 1, None);
            }
            self.pts[index] = pts;
        }
    }
}

/// Takes a parser's events and gives batches of whole pictures whose presentation order is settled.
#[derive(Debug)]
pub struct Assembler {
    context: Context,
    waiting: VecDeque<Waiting>,
    /// Of `waiting`, the first pictures, whose order is settled.
    ready: usize,
    ready_rows: usize,
}

/// A picture and the references that its rows name.
#[derive(Debug)]
struct Waiting {
    picture: Box<Picture>,
    references: Vec<i32>,
}

/// Rows and pictures that make a batch.
const BATCH_ROWS: usize = 1 << 18;
const BATCH_PICTURES: usize = 4096;
/// A picture that is not shown for so long holds up all behind it.
const MAX_WAITING_ROWS: usize = 1 << 26;

impl Assembler {
    #[must_use]
    pub fn new(names: &'static Names, wanted: Wanted, time_base: f64) -> Self {
        let context = Context { names, wanted, time_base, presentation: Vec::new(), pts: VecDeque::new(), pts_base: 0 };
        Self { context, waiting: VecDeque::new(), ready: 0, ready_rows: 0 }
    }

    /// Takes every event that the reader has.
    ///
    /// # Errors
    /// A limit, where a picture waits too long for its place in presentation order.
    pub fn drain(&mut self, reader: &mut dyn Reader) -> Result<()> {
        while let Some(event) = reader.next_event() {
            match event {
                Event::Picture(picture) => {
                    let references = references(&picture);
                    self.context.slot(picture.frame.coded_order);
                    self.waiting.push_back(Waiting { picture, references });
                }
                Event::Shown { coded_order, frame, pts } => {
                    *self.context.slot(coded_order) = Presentation::Shown(frame as i32);
                    self.context.set_pts(coded_order, pts);
                }
                Event::Hidden { coded_order } => *self.context.slot(coded_order) = Presentation::Hidden,
            }
        }
        self.settle();
        let held: usize = self.waiting.iter().skip(self.ready).map(|w| rows(&w.picture)).sum();
        if held > MAX_WAITING_ROWS {
            let first = self.waiting[self.ready].picture.frame.coded_order;
            return Err(ParseError::limit("presentation order", "a picture is not shown for too long").in_picture(first));
        }
        Ok(())
    }

    /// Takes the reader's last events.
    ///
    /// # Errors
    /// As [`Assembler::drain`], and where a picture's place in presentation order was never told.
    pub fn drain_last(&mut self, reader: &mut dyn Reader) -> Result<()> {
        self.drain(reader)?;
        match self.waiting.get(self.ready) {
            None => Ok(()),
            Some(unsettled) => {
                let error = ParseError::malformed("presentation order", "a picture, or a reference of it, has no place in it");
                Err(error.in_picture(unsettled.picture.frame.coded_order))
            }
        }
    }

    fn settle(&mut self) {
        while let Some(next) = self.waiting.get(self.ready) {
            let known = |coded_order: i32| self.context.presentation(coded_order) != Presentation::Unknown;
            if !known(next.picture.frame.coded_order as i32) || !next.references.iter().all(|&r| known(r)) {
                break;
            }
            self.ready_rows += rows(&next.picture);
            self.ready += 1;
        }
    }

    /// Whether enough rows are settled to make a batch.
    #[must_use]
    pub fn has_batch(&self) -> bool {
        self.ready_rows >= BATCH_ROWS || self.ready >= BATCH_PICTURES
    }

    /// A batch, once enough rows are settled; with `rest`, whatever is settled.
    pub fn take(&mut self, rest: bool, reader: &mut dyn Reader) -> Option<Batch> {
        if self.ready == 0 || !rest && !self.has_batch() {
            return None;
        }
        let pictures: Vec<Box<Picture>> = self.waiting.drain(..self.ready).map(|waiting| waiting.picture).collect();
        let batch = build::batch(&self.context, &pictures);
        let keep_from = self.waiting.front().map_or(self.context.presentation.len(), |w| w.picture.frame.coded_order as usize);
        self.context.pts.drain(..(keep_from - self.context.pts_base).min(self.context.pts.len()));
        self.context.pts_base = keep_from;
        (self.ready, self.ready_rows) = (0, 0);
        pictures.into_iter().for_each(|picture| reader.recycle(picture));
        Some(batch)
    }
}

fn rows(picture: &Picture) -> usize {
    picture.blocks.len() + picture.motion.len() + picture.transforms.len()
}

/// Every picture that the rows refer to, each once.
fn references(picture: &Picture) -> Vec<i32> {
    let mut references: Vec<i32> = Vec::new();
    let mut last = [-1; 2];
    for motion in &picture.motion {
        for (list, last) in last.iter_mut().enumerate() {
            let reference = motion.refs[list];
            if reference != *last && reference >= 0 {
                *last = reference;
                if !references.contains(&reference) {
                    references.push(reference);
                }
            }
        }
    }
    references
}
