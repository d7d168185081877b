//! Waits until presentation order is known, then turns whole pictures into record batches.

use std::collections::VecDeque;

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::reader::MAX_WAITING_ROWS;
use codecorpus_bitstream::records::{BlockRecord, MotionRecord, Names, Picture, TransformRecord};
use codecorpus_bitstream::{Event, ParseError, Plane, Reader, Result, Wanted};

use crate::build::{Batch, Columns, Shared};
use crate::size::{BATCH_ROWS, Size};
use crate::timeline::{HIDDEN, Timeline};

/// Takes a parser's events and gives batches of whole pictures whose presentation order is settled.
#[derive(Debug)]
pub struct Assembler {
    names: &'static Names,
    wanted: Wanted,
    timeline: Timeline,
    /// Who takes the batches judges their times.
    leaves_times: bool,
    /// What the pictures of batches are counted from.
    numbers: Numbers,
    /// Batches that have enough rows, oldest first.
    closed: VecDeque<Pending>,
    open: Pending,
    shared: Shared,
    damage: Vec<ParseError>,
    /// What the last picture took in memory.
    picture_bytes: usize,
}

/// The rows of a batch, and those of its pictures whose place in presentation order was not known at last look. What they
/// refer to is coded before them: it is in this batch, or in one that is given before it.
#[derive(Debug)]
struct Pending {
    columns: Columns,
    unknown: Vec<u32>,
    residual: Vec<(u32, Plane)>,
    size: Size,
    shown_size: [u32; 2],
    /// Of each picture.
    sizes: Vec<Size>,
}

impl Assembler {
    /// `time_base` is the fraction of a second that is one unit of pts.
    #[must_use]
    pub fn new(names: &'static Names, wanted: Wanted, time_base: (i64, i64)) -> Self {
        let timeline = Timeline::new(time_base);
        Self {
            names,
            wanted,
            timeline,
            leaves_times: false,
            numbers: Numbers::default(),
            closed: VecDeque::new(),
            open: Pending::new(wanted, BATCH_ROWS),
            shared: Shared::default(),
            damage: Vec::new(),
            picture_bytes: 0,
        }
    }

    /// As [`Assembler::new`], for a part of a stream, whose pictures are counted from `numbers` on: [`Times`](crate::Times)
    /// judges the times of all parts.
    #[must_use]
    pub fn of_part(names: &'static Names, wanted: Wanted, time_base: (i64, i64), numbers: Numbers) -> Self {
        Self { leaves_times: true, numbers, ..Self::new(names, wanted, time_base) }
    }

    /// How many bytes of a byte stream to read before the next `drain`: few pictures are then in memory, however small they
    /// are and however many rows they have.
    #[must_use]
    pub fn step(&self) -> usize {
        match self.picture_bytes {
            0 => STEPS[0],
            bytes => (SMALLEST_PICTURE * STEP_MEMORY / bytes).clamp(STEPS[0], STEPS[1]),
        }
    }

    /// What the last picture took in memory; 0 before there is one.
    #[must_use]
    pub const fn picture_bytes(&self) -> usize {
        self.picture_bytes
    }

    /// Takes every event that the reader has.
    ///
    /// # Errors
    /// A limit, where a picture waits too long for its place in presentation order; bits that do not sum to a picture's bytes.
    pub fn drain(&mut self, reader: &mut dyn Reader) -> Result<()> {
        while let Some(event) = reader.next_event() {
            match event {
                Event::Picture(mut picture) => {
                    self.push(&mut picture)?;
                    reader.recycle(picture);
                }
                Event::Shown { coded_order, frame, pts } => {
                    *self.timeline.place(coded_order) = frame as i32;
                    self.timeline.set_pts(coded_order, pts);
                }
                Event::Hidden { coded_order } => *self.timeline.place(coded_order) = HIDDEN,
                Event::Damage(error) => self.damage.push(error),
            }
        }
        Ok(())
    }

    /// The damage that was told since the last call.
    pub fn take_damage(&mut self) -> Vec<ParseError> {
        std::mem::take(&mut self.damage)
    }

    fn push(&mut self, picture: &mut Picture) -> Result<()> {
        check_bits(picture)?;
        self.timeline.place(picture.frame.coded_order);
        self.picture_bytes = bytes_of(picture);
        self.open.push(picture);
        if self.open.size.is_full() {
            self.close(BATCH_ROWS);
        }
        if self.closed.len() * BATCH_ROWS > MAX_WAITING_ROWS && !self.has_batch() {
            let error = ParseError::limit("presentation order", "a picture is not shown for too long");
            return Err(error.in_picture(picture.frame.coded_order));
        }
        Ok(())
    }

    /// Begins the next batch, with room for so many rows.
    fn close(&mut self, rows: usize) {
        self.closed.push_back(std::mem::replace(&mut self.open, Pending::new(self.wanted, rows)));
    }

    /// Takes the reader's last events.
    ///
    /// # Errors
    /// As [`Assembler::drain`], and where a picture's place in presentation order was never told.
    pub fn drain_last(&mut self, reader: &mut dyn Reader) -> Result<()> {
        self.drain(reader)?;
        for pending in self.closed.iter_mut().chain([&mut self.open]) {
            if let Some(&first) = pending.unsettled(&self.timeline).first() {
                let error = ParseError::malformed("presentation order", "the picture has no place in it");
                return Err(error.in_picture(first));
            }
        }
        Ok(())
    }

    /// Whether a batch is whole and settled.
    pub fn has_batch(&mut self) -> bool {
        self.closed.front_mut().is_some_and(|pending| pending.unsettled(&self.timeline).is_empty())
    }

    /// The next batch that is whole and settled; with `rest`, the last one too, whole or not.
    pub fn take(&mut self, rest: bool) -> Option<Batch> {
        if rest && self.closed.is_empty() && self.open.columns.pictures() > 0 {
            self.close(0);
        }
        if !self.has_batch() {
            return None;
        }
        let pending = self.closed.pop_front()?;
        let pictures = pending.columns.pictures();
        if !self.leaves_times {
            self.timeline.check_times(pictures);
        }
        let batch = pending.columns.finish(self.names, &self.timeline, self.numbers, &mut self.shared);
        self.timeline.forget_pts(pictures);
        let first = self.numbers.coded_order;
        let residual = pending.residual.into_iter().map(|(coded_order, plane)| (coded_order + first, plane)).collect();
        Some(Batch { residual, shown_size: pending.shown_size, sizes: pending.sizes, ..batch })
    }
}

/// The least and the most bytes of a step; before a picture is known it is the least.
const STEPS: [usize; 2] = [16, 512];
/// Bytes of the smallest pictures that encoders write: all is skipped.
const SMALLEST_PICTURE: usize = 14;
/// What the pictures of a step may take in memory, even where all of them are as small as can be.
const STEP_MEMORY: usize = 1 << 25;

/// What a picture of so many luma samples takes at most, the tables that are wanted: blocks of 4x4 samples each.
#[must_use]
pub const fn most_bytes_of(samples: usize, wanted: Wanted) -> usize {
    let transforms = if wanted.transforms { size_of::<TransformRecord>() } else { 0 };
    let residual = if wanted.residual { size_of::<i16>() * samples } else { 0 };
    size_of::<Picture>() + samples / 16 * (size_of::<BlockRecord>() + size_of::<MotionRecord>() + transforms) + residual
}

/// What a picture takes, taken to have motion in every block, as those that follow may.
fn bytes_of(picture: &Picture) -> usize {
    let (blocks, motion) = (size_of_val(&*picture.blocks), size_of_val(&*picture.motion));
    let rows = blocks + motion.max(blocks) + size_of_val(&*picture.transforms);
    size_of::<Picture>() + rows + picture.residual.as_ref().map_or(0, Plane::bytes)
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
    fn new(wanted: Wanted, rows: usize) -> Self {
        let columns = Columns::with_capacity(wanted, rows);
        Self { columns, unknown: Vec::new(), residual: Vec::new(), size: Size::default(), shown_size: [0; 2], sizes: Vec::new() }
    }

    fn push(&mut self, picture: &mut Picture) {
        self.columns.push(picture);
        self.unknown.push(picture.frame.coded_order);
        let rows = self.columns.rows() - self.size.rows;
        let size = Size { pictures: 1, rows, residual_bytes: picture.residual.as_ref().map_or(0, Plane::bytes) };
        self.size.add(size);
        self.sizes.push(size);
        if picture.frame.error.is_none() {
            for (most, side) in self.shown_size.iter_mut().zip(picture.frame.shown_size()) {
                *most = side.max(*most);
            }
        }
        if let Some(plane) = picture.residual.take() {
            self.residual.push((picture.frame.coded_order, plane));
        }
    }

    /// The pictures whose place is still unknown.
    fn unsettled(&mut self, timeline: &Timeline) -> &[u32] {
        self.unknown.retain(|&coded_order| timeline.is_unknown(coded_order));
        &self.unknown
    }
}
