//! Waits until presentation order is known, then turns whole pictures into record batches.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use codecorpus_bitstream::reader::MAX_WAITING_ROWS;
use codecorpus_bitstream::records::{NO_REF, Names, Picture};
use codecorpus_bitstream::{Event, ParseError, Reader, Result, Wanted};

use crate::build::{Columns, Shared};

/// The rows of a run of whole pictures in coded order; tables that were not asked for are absent.
#[derive(Debug)]
pub struct Batch {
    pub frames: RecordBatch,
    pub blocks: Option<RecordBatch>,
    pub motion: Option<RecordBatch>,
    pub transforms: Option<RecordBatch>,
}

/// The place of a picture that is never presented.
pub(crate) const HIDDEN: i32 = -1;
/// The place of a picture of which it is not told yet.
const UNKNOWN: i32 = -2;

/// What the pictures of a batch are written with.
#[derive(Debug)]
pub(crate) struct Context {
    pub names: &'static Names,
    pub wanted: Wanted,
    /// The fraction of a second that is one unit of pts.
    pub time_base: (i64, i64),
    /// Presentation index by coded order, over the whole stream; or [`HIDDEN`], or [`UNKNOWN`]. Behind that of [`NO_REF`].
    places: Vec<i32>,
    /// By coded order, from `pts_base`: only of the pictures that still wait.
    pub pts: VecDeque<Option<i64>>,
    pub pts_base: usize,
}

/// Where the place of a picture stands: behind that of [`NO_REF`].
#[inline]
fn place_index(coded_order: i32) -> usize {
    (coded_order - NO_REF) as usize
}

impl Context {
    /// Presentation index; [`HIDDEN`] where there is none, or no such picture.
    #[inline]
    pub fn frame(&self, coded_order: i32) -> i32 {
        self.places.get(place_index(coded_order)).map_or(HIDDEN, |&place| place.max(HIDDEN))
    }

    fn is_unknown(&self, coded_order: u32) -> bool {
        self.places.get(place_index(coded_order as i32)).is_none_or(|&place| place == UNKNOWN)
    }

    /// As [`Context::frame`], of a picture of the batch.
    pub fn shown(&self, coded_order: u32) -> Option<i32> {
        Some(self.frame(coded_order as i32)).filter(|&frame| frame != HIDDEN)
    }

    pub fn seconds(&self, pts: i64) -> f64 {
        pts as f64 * self.time_base.0 as f64 / self.time_base.1 as f64
    }

    /// Lets go of the pts of the oldest pictures.
    fn forget_pts(&mut self, pictures: usize) {
        self.pts.drain(..pictures.min(self.pts.len()));
        self.pts_base += pictures;
    }

    pub fn pts(&self, coded_order: u32) -> Option<i64> {
        let index = (coded_order as usize).checked_sub(self.pts_base)?;
        self.pts.get(index).copied().flatten()
    }

    fn place(&mut self, coded_order: u32) -> &mut i32 {
        let index = place_index(coded_order as i32);
        if self.places.len() <= index {
            self.places.resize(index + 1, UNKNOWN);
        }
        &mut self.places[index]
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
    /// Batches that have enough rows, oldest first.
    closed: VecDeque<Pending>,
    open: Pending,
    shared: Shared,
    damage: Vec<ParseError>,
}

/// The rows of a batch, and those of its pictures whose place in presentation order was not known at last look. What they
/// refer to is coded before them: it is in this batch, or in one that is given before it.
#[derive(Debug)]
struct Pending {
    columns: Columns,
    unknown: Vec<u32>,
}

/// Rows and pictures that make a batch.
const BATCH_ROWS: usize = 1 << 17;
const BATCH_PICTURES: usize = 4096;

impl Assembler {
    /// `time_base` is the fraction of a second that is one unit of pts.
    #[must_use]
    pub fn new(names: &'static Names, wanted: Wanted, time_base: (i64, i64)) -> Self {
        let context = Context { names, wanted, time_base, places: vec![HIDDEN], pts: VecDeque::new(), pts_base: 0 };
        Self { context, closed: VecDeque::new(), open: Pending::new(wanted), shared: Shared::default(), damage: Vec::new() }
    }

    /// Takes every event that the reader has.
    ///
    /// # Errors
    /// A limit, where a picture waits too long for its place in presentation order; bits that do not sum to a picture's bytes.
    pub fn drain(&mut self, reader: &mut dyn Reader) -> Result<()> {
        while let Some(event) = reader.next_event() {
            match event {
                Event::Picture(picture) => {
                    self.push(&picture)?;
                    reader.recycle(picture);
                }
                Event::Shown { coded_order, frame, pts } => {
                    *self.context.place(coded_order) = frame as i32;
                    self.context.set_pts(coded_order, pts);
                }
                Event::Hidden { coded_order } => *self.context.place(coded_order) = HIDDEN,
                Event::Damage(error) => self.damage.push(error),
            }
        }
        Ok(())
    }

    /// The damage that was told since the last call.
    pub fn take_damage(&mut self) -> Vec<ParseError> {
        std::mem::take(&mut self.damage)
    }

    fn push(&mut self, picture: &Picture) -> Result<()> {
        check_bits(picture)?;
        self.context.place(picture.frame.coded_order);
        self.open.push(picture);
        if self.open.is_full() {
            self.close();
        }
        if self.closed.len() * BATCH_ROWS > MAX_WAITING_ROWS && !self.has_batch() {
            let error = ParseError::limit("presentation order", "a picture is not shown for too long");
            return Err(error.in_picture(picture.frame.coded_order));
        }
        Ok(())
    }

    fn close(&mut self) {
        self.closed.push_back(std::mem::replace(&mut self.open, Pending::new(self.context.wanted)));
    }

    /// Takes the reader's last events.
    ///
    /// # Errors
    /// As [`Assembler::drain`], and where a picture's place in presentation order was never told.
    pub fn drain_last(&mut self, reader: &mut dyn Reader) -> Result<()> {
        self.drain(reader)?;
        for pending in self.closed.iter_mut().chain([&mut self.open]) {
            if let Some(&first) = pending.unsettled(&self.context).first() {
                let error = ParseError::malformed("presentation order", "the picture has no place in it");
                return Err(error.in_picture(first));
            }
        }
        Ok(())
    }

    /// Whether a batch is whole and settled.
    pub fn has_batch(&mut self) -> bool {
        self.closed.front_mut().is_some_and(|pending| pending.unsettled(&self.context).is_empty())
    }

    /// The next batch that is whole and settled; with `rest`, the last one too, whole or not.
    pub fn take(&mut self, rest: bool) -> Option<Batch> {
        if rest && self.closed.is_empty() && self.open.columns.pictures() > 0 {
            self.close();
        }
        if !self.has_batch() {
            return None;
        }
        let pending = self.closed.pop_front()?;
        let pictures = pending.columns.pictures();
        let batch = pending.columns.finish(&self.context, &mut self.shared);
        self.context.forget_pts(pictures);
        Some(batch)
    }
}

/// Rows hold bits in single precision: what a picture's sums may be rounded by.
const ROUNDING: f64 = 1.0;

/// Accounting: every bit of a picture that was read is charged to a class, once.
fn check_bits(picture: &Picture) -> Result<()> {
    let (charged, bits) = (picture.bits(), 8.0 * f64::from(picture.frame.bytes));
    if picture.frame.error.is_none() && (charged - bits).abs() > ROUNDING {
        let reason = format!("{charged} bits are charged of the picture's {bits}");
        return Err(ParseError::malformed("bits", reason).in_picture(picture.frame.coded_order));
    }
    Ok(())
}

impl Pending {
    fn new(wanted: Wanted) -> Self {
        Self { columns: Columns::with_capacity(wanted, BATCH_ROWS), unknown: Vec::new() }
    }

    fn push(&mut self, picture: &Picture) {
        self.columns.push(picture);
        self.unknown.push(picture.frame.coded_order);
    }

    fn is_full(&self) -> bool {
        self.columns.rows() >= BATCH_ROWS || self.columns.pictures() >= BATCH_PICTURES
    }

    /// The pictures whose place is still unknown.
    fn unsettled(&mut self, context: &Context) -> &[u32] {
        self.unknown.retain(|&coded_order| context.is_unknown(coded_order));
        &self.unknown
    }
}
