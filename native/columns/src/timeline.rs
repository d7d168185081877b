//! What the stream tells of its pictures by and by: their places in presentation order, and their time stamps.

use std::collections::VecDeque;

use codecorpus_bitstream::records::NO_REF;

/// The place of a picture that is never presented.
pub(crate) const HIDDEN: i32 = -1;
/// The place of a picture of which it is not told yet.
const UNKNOWN: i32 = -2;

/// Presentation order, as far as it is told.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// The fraction of a second that is one unit of pts.
    time_base: (i64, i64),
    /// Presentation index by coded order, over the whole stream; or [`HIDDEN`], or [`UNKNOWN`]. Behind that of [`NO_REF`].
    places: Vec<i32>,
    /// By coded order, from `pts_base`: only of the pictures that still wait.
    pts: VecDeque<Option<i64>>,
    pts_base: usize,
    /// The container has no presentation times, and what stands for them means nothing.
    has_no_times: bool,
}

/// Where the place of a picture stands: behind that of [`NO_REF`].
#[inline]
fn place_index(coded_order: i32) -> usize {
    (coded_order - NO_REF) as usize
}

impl Timeline {
    pub fn new(time_base: (i64, i64)) -> Self {
        Self { time_base, places: vec![HIDDEN], pts: VecDeque::new(), pts_base: 0, has_no_times: false }
    }

    /// Presentation index; [`HIDDEN`] where there is none, or no such picture.
    #[inline]
    pub fn frame(&self, coded_order: i32) -> i32 {
        self.places.get(place_index(coded_order)).map_or(HIDDEN, |&place| place.max(HIDDEN))
    }

    pub fn is_unknown(&self, coded_order: u32) -> bool {
        self.places.get(place_index(coded_order as i32)).is_none_or(|&place| place == UNKNOWN)
    }

    /// As [`Timeline::frame`], of a picture of the batch.
    pub fn shown(&self, coded_order: u32) -> Option<i32> {
        Some(self.frame(coded_order as i32)).filter(|&frame| frame != HIDDEN)
    }

    /// When a picture is presented.
    pub fn seconds(&self, coded_order: u32) -> Option<f64> {
        let (numerator, denominator) = self.time_base;
        Some(self.pts(coded_order)? as f64 * numerator as f64 / denominator as f64)
    }

    /// Lets go of the pts of the oldest pictures.
    pub fn forget_pts(&mut self, pictures: usize) {
        self.pts.drain(..pictures.min(self.pts.len()));
        self.pts_base += pictures;
    }

    pub fn pts(&self, coded_order: u32) -> Option<i64> {
        let index = (coded_order as usize).checked_sub(self.pts_base)?;
        self.pts.get(index).copied().flatten().filter(|_| !self.has_no_times)
    }

    /// Judges the times of the pictures that come next, which are all there.
    pub fn check_times(&mut self, pictures: usize) {
        let mut stretch = Stretch::default();
        let next = self.pts_base as u32..(self.pts_base + pictures) as u32;
        for (frame, pts) in next.filter_map(|picture| self.shown(picture).zip(self.pts(picture))) {
            stretch.add(frame, pts);
        }
        self.has_no_times |= stretch.has_no_times();
    }

    pub fn place(&mut self, coded_order: u32) -> &mut i32 {
        let index = place_index(coded_order as i32);
        if self.places.len() <= index {
            self.places.resize(index + 1, UNKNOWN);
        }
        &mut self.places[index]
    }

    pub fn set_pts(&mut self, coded_order: u32, pts: Option<i64>) {
        if let Some(index) = (coded_order as usize).checked_sub(self.pts_base) {
            if self.pts.len() <= index {
                self.pts.resize(index + 1, None);
            }
            self.pts[index] = pts;
        }
    }
}

/// Pictures in coded order that are judged by each other.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    /// Place in presentation order, and time.
    last: Option<(i32, i64)>,
    reordered: bool,
    /// Some time does not rise with coded order.
    pub(crate) falls: bool,
}

impl Stretch {
    pub(crate) fn add(&mut self, frame: i32, pts: i64) {
        if let Some((last_frame, last_pts)) = self.last.replace((frame, pts)) {
            self.reordered |= frame < last_frame;
            self.falls |= pts <= last_pts;
        }
    }

    pub(crate) const fn has_no_times(&self) -> bool {
        self.reordered && !self.falls
    }
}
