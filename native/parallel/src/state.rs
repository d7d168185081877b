//! What workers share: the parts of the stream, and who reads them.
//!
//! A run is one reader with what it has read: it begins at a cut, or where the stream does, and goes over one part or more.
//! It counts once a run that counts has handed over to it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codecorpus_bitstream::ParseError;
use codecorpus_bitstream::division::{Cut, Numbers};
use codecorpus_columns::Batch;

use crate::limits::Limits;
use crate::piece::Piece;

/// The index of a run, in the order in which they begin to be read.
pub(crate) type RunId = usize;

/// What is between two cuts.
#[derive(Debug)]
pub(crate) struct Part<S> {
    /// None where the stream begins.
    pub(crate) cut: Option<Arc<Cut<S>>>,
    pieces: VecDeque<Piece>,
    /// Of all its pieces.
    bytes: usize,
    /// Pieces before those, which nobody needs any more.
    dropped: usize,
    /// No piece follows.
    closed: bool,
    reader: Option<RunId>,
}

/// A batch of a run, and the damage that was met since the one before.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) batch: Option<Batch>,
    pub(crate) damage: Vec<ParseError>,
    pub(crate) bytes: usize,
}

#[derive(Debug)]
enum Progress {
    Reading,
    /// It has handed over.
    Followed(RunId, Numbers),
    /// It has read the stream to its end, or to an error.
    Ended(Option<ParseError>),
}

#[derive(Debug)]
struct Run {
    /// The parts that it reads.
    parts: std::ops::Range<usize>,
    outputs: VecDeque<Output>,
    begins_alike: Option<bool>,
    /// Where its numbers begin, once it counts.
    numbers: Option<Numbers>,
    progress: Progress,
    cancelled: Arc<AtomicBool>,
}

#[derive(Debug)]
pub(crate) struct State<S> {
    pub(crate) limits: Limits,
    parts: Vec<Part<S>>,
    runs: Vec<Run>,
    /// The run whose batches are taken.
    current: RunId,
    /// No piece follows the last part's.
    ended: bool,
    /// The stream breaks off there: that its last picture is not whole need not be told.
    pub(crate) broken: bool,
    /// Nobody wants more.
    cancelled: bool,
    /// Bytes of batches that wait, and of pieces.
    held: usize,
    queued: usize,
    /// Bytes of all batches that were put down, and of the pieces that were read for them.
    made: usize,
    read: usize,
    /// What a picture takes in memory, where it is most; 0 before there is one.
    picture_bytes: usize,
    /// Workers that read, and those of them that wait for pieces.
    busy: usize,
    starving: usize,
    /// Runs that did not come to count.
    rejected: usize,
    pub(crate) panic: Option<Box<dyn std::any::Any + Send>>,
}

/// After so many runs in vain, no other begins: the stream is not what its cuts promise.
const MAX_REJECTED: usize = 4;

/// What a worker is to do at the end of a part.
pub(crate) enum Next {
    /// Read on into the next part.
    ReadOn,
    /// The reader of the next part may take over.
    HandOver(RunId),
    /// It cannot: this run is to read on in its place.
    TakeOver(RunId),
    /// Nothing follows.
    End,
    /// Nobody wants this run any more.
    Cancelled,
}

/// What comes of a run in the order of the stream.
pub(crate) enum InOrder {
    Output(Box<Output>, Numbers),
    /// Nothing yet.
    Waiting,
    End(Option<ParseError>, Numbers),
}

impl<S> State<S> {
    pub(crate) fn new(limits: Limits) -> Self {
        let mut state = Self {
            limits,
            parts: Vec::new(),
            runs: Vec::new(),
            current: 0,
            ended: false,
            broken: false,
            cancelled: false,
            held: 0,
            picture_bytes: 0,
            queued: 0,
            made: 0,
            read: 0,
            busy: 0,
            starving: 0,
            rejected: 0,
            panic: None,
        };
        state.open_part(None);
        state
    }

    /// A part begins, and ends the one before.
    pub(crate) fn open_part(&mut self, cut: Option<Arc<Cut<S>>>) {
        if let Some(last) = self.parts.last_mut() {
            last.closed = true;
        }
        self.parts.push(Part { cut, pieces: VecDeque::new(), bytes: 0, dropped: 0, closed: false, reader: None });
    }

    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    pub(crate) fn add(&mut self, piece: Piece) {
        self.queued += piece.bytes();
        if let Some(last) = self.parts.last_mut() {
            last.bytes += piece.bytes();
            last.pieces.push_back(piece);
        }
    }

    /// Nothing follows; `broken`: what would have, could not be had.
    pub(crate) fn end(&mut self, broken: bool) {
        self.ended = true;
        self.broken = broken;
        if let Some(last) = self.parts.last_mut() {
            last.closed = true;
        }
    }

    /// Nobody wants more.
    pub(crate) fn cancel(&mut self) {
        self.cancelled = true;
        self.runs.iter().for_each(|run| run.cancelled.store(true, Ordering::Relaxed));
    }

    /// Whether whoever pushes should wait: enough is there to be read, readers are at it, and nothing is there to be taken.
    pub(crate) fn is_full(&self) -> bool {
        let untaken = self.parts.iter().rev().take_while(|part| part.reader.is_none()).count();
        let enough = untaken > self.limits.threads + 1 || self.queued + self.held > self.limits.memory;
        let is_reading =
            self.runs.get(self.current).is_none_or(|run| run.outputs.is_empty() && matches!(run.progress, Progress::Reading));
        enough && is_reading && self.starving == 0 && !self.cancelled && self.panic.is_none()
    }

    /// The part at which a new run begins. The outer None: nothing will come.
    pub(crate) fn take_part(&mut self) -> Option<Option<(RunId, usize)>> {
        if self.cancelled || self.ended && self.parts.iter().all(|part| part.reader.is_some()) {
            return None;
        }
        let first = self.beginning();
        let may_begin = |&first: &usize| self.busy < self.most_readers() && (first == 0 || self.rejected < MAX_REJECTED);
        let Some(first) = first.filter(may_begin) else { return Some(None) };
        self.busy += 1;
        let run = self.runs.len();
        self.runs.push(Run {
            parts: first..first + 1,
            outputs: VecDeque::new(),
            begins_alike: None,
            numbers: (first == 0).then(Numbers::default),
            progress: Progress::Reading,
            cancelled: Arc::new(AtomicBool::new(false)),
        });
        self.parts[first].reader = Some(run);
        Some(Some((run, first)))
    }

    /// The first part that nobody reads; the one behind it, if there is one, where parts are small: whoever reads up to the
    /// first then reads on into it, so that readers are made and compared once for several parts, and hand over to one that
    /// has begun long ago.
    fn beginning(&self) -> Option<usize> {
        let first = self.parts.iter().position(|part| part.reader.is_none())?;
        let is_left = first > 0 && self.is_small(first) && self.parts.get(first + 1).is_some_and(|next| next.reader.is_none());
        Some(first + usize::from(is_left))
    }

    /// Whether the batches of some parts like one may wait for each reader, as far as those that were read tell.
    fn is_small(&self, part: usize) -> bool {
        let batches = self.made as u128 * self.parts[part].bytes as u128;
        batches > 0 && batches * (RUN_PARTS * self.limits.threads) as u128 <= self.limits.memory as u128 * self.read as u128
    }

    /// As many as may read, and no more beside the first than have their pictures in the memory that reading ahead may take;
    /// before it is known how large a picture is, none.
    fn most_readers(&self) -> usize {
        let others = self.limits.memory.checked_div(READER_PICTURES * self.picture_bytes).unwrap_or(0);
        self.limits.threads.min(1 + others)
    }

    /// A reader has a picture that takes so much.
    pub(crate) fn has_picture(&mut self, bytes: usize) {
        self.picture_bytes = self.picture_bytes.max(bytes);
    }

    /// The worker of a run is free again.
    pub(crate) fn rest(&mut self) {
        self.busy -= 1;
    }

    pub(crate) fn cut(&self, part: usize) -> Option<Arc<Cut<S>>> {
        self.parts[part].cut.clone()
    }

    pub(crate) fn cancelled(&self, run: RunId) -> Arc<AtomicBool> {
        Arc::clone(&self.runs[run].cancelled)
    }

    /// The next pieces of a part, from the one numbered `from` on, or None at its end. None too where nobody wants the run.
    fn pieces(&mut self, run: RunId, part: usize, from: usize) -> Option<Vec<Piece>> {
        let counts = self.runs[run].numbers.is_some();
        let part = &mut self.parts[part];
        if counts {
            // Nobody else will read them.
            while part.dropped < from && !part.pieces.is_empty() {
                self.queued -= part.pieces.pop_front().map_or(0, |piece| piece.bytes());
                part.dropped += 1;
            }
        }
        let mut bytes = 0;
        let few = |piece: &&Piece| {
            bytes += piece.bytes();
            bytes <= PIECES_BYTES || bytes == piece.bytes()
        };
        let pieces: Vec<Piece> = part.pieces.iter().skip(from - part.dropped).take_while(few).cloned().collect();
        self.read += pieces.iter().map(Piece::bytes).sum::<usize>();
        (!pieces.is_empty() || !part.closed).then_some(pieces)
    }

    /// What a run that has read a part to its end is to do. None: it is to wait.
    pub(crate) fn next(&mut self, run: RunId, part: usize) -> Option<Next> {
        if self.runs[run].cancelled.load(Ordering::Relaxed) {
            return Some(Next::Cancelled);
        }
        let Some(next) = self.parts.get(part + 1) else { return self.ended.then_some(Next::End) };
        let Some(reader) = next.reader else {
            self.read_on(run, part + 1);
            return Some(Next::ReadOn);
        };
        Some(if self.runs[reader].begins_alike? { Next::HandOver(reader) } else { Next::TakeOver(reader) })
    }

    fn read_on(&mut self, run: RunId, part: usize) {
        self.parts[part].reader = Some(run);
        self.runs[run].parts.end = part + 1;
    }

    /// A run reads on where another one has begun in vain, once it counts itself. Some(false): nobody wants it any more.
    pub(crate) fn take_over(&mut self, run: RunId, other: RunId) -> Option<bool> {
        if self.runs[run].cancelled.load(Ordering::Relaxed) {
            return Some(false);
        }
        self.runs[run].numbers?;
        self.rejected += 1;
        let parts = self.runs[other].parts.clone();
        parts.clone().for_each(|part| self.parts[part].reader = None);
        self.runs[other].cancelled.store(true, Ordering::Relaxed);
        let outputs = std::mem::take(&mut self.runs[other].outputs);
        self.held -= outputs.iter().map(|output| output.bytes).sum::<usize>();
        self.read_on(run, parts.start);
        Some(true)
    }

    /// Whether a part that a run has read is the stream's last, or nobody wants the run. None: it is not known yet.
    pub(crate) fn is_last(&self, run: RunId, part: usize) -> Option<bool> {
        let is_last = part + 1 == self.parts.len();
        let is_cancelled = self.runs[run].cancelled.load(Ordering::Relaxed);
        (!is_last || self.ended || is_cancelled).then_some(is_last || is_cancelled)
    }

    /// How a run has begun, where that is not known yet.
    pub(crate) fn begins(&mut self, run: RunId, alike: bool) {
        self.runs[run].begins_alike.get_or_insert(alike);
    }

    pub(crate) fn put(&mut self, run: RunId, output: Output) {
        if self.runs[run].cancelled.load(Ordering::Relaxed) {
            return;
        }
        self.held += output.bytes;
        self.made += output.bytes;
        self.runs[run].outputs.push_back(output);
    }

    /// Whether a run is to wait until batches are taken. One that may not have begun well goes on until that is known; the
    /// one whose turn it is waits where it has a batch to take, and others for the memory alone.
    fn is_to_wait(&self, run: RunId) -> bool {
        let it = &self.runs[run];
        let has_turn = run == self.current;
        self.held > self.limits.memory
            && !it.cancelled.load(Ordering::Relaxed)
            && (it.begins_alike == Some(true) && !has_turn || has_turn && !it.outputs.is_empty())
    }

    /// A run has handed over to another.
    pub(crate) fn follow(&mut self, run: RunId, other: RunId, numbers: Numbers) {
        self.runs[run].progress = Progress::Followed(other, numbers);
        self.settle(run);
    }

    /// What follows on a run that counts, counts.
    fn settle(&mut self, mut run: RunId) {
        while let (Some(numbers), &Progress::Followed(other, later)) = (self.runs[run].numbers, &self.runs[run].progress) {
            self.runs[other].numbers = Some(numbers.then(later));
            run = other;
        }
    }

    /// A run has read to the end of the stream, or to an error.
    pub(crate) fn finish(&mut self, run: RunId, error: Option<ParseError>) {
        self.runs[run].progress = Progress::Ended(error);
    }

    /// What comes next in the order of the stream.
    pub(crate) fn in_order(&mut self) -> InOrder {
        loop {
            let Some(run) = self.runs.get_mut(self.current) else { return InOrder::Waiting };
            let Some(numbers) = run.numbers else { return InOrder::Waiting };
            if let Some(output) = run.outputs.pop_front() {
                self.held -= output.bytes;
                return InOrder::Output(Box::new(output), numbers);
            }
            match &run.progress {
                Progress::Reading => return InOrder::Waiting,
                &Progress::Followed(other, _) => self.current = other,
                Progress::Ended(error) => {
                    let error = error.clone();
                    self.cancel();
                    return InOrder::End(error, numbers);
                }
            }
        }
    }
}

/// Pictures that a reader has under way: references, those that wait for their place in presentation order, and a batch.
const READER_PICTURES: usize = 7;

/// Parts that a run goes over, where it leaves one to the run before.
const RUN_PARTS: usize = 3;

/// Pieces that are taken at once.
const PIECES_BYTES: usize = 1 << 17;

/// The state, and whom its changes concern.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    state: Mutex<State<S>>,
    changed: Condvar,
}

impl<S> Shared<S> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { state: Mutex::new(State::new(limits)), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and tells of it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State<S>) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<S>>) -> MutexGuard<'a, State<S>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, so long at most.
    pub(crate) fn wait_for<'a>(&self, state: MutexGuard<'a, State<S>>, time: Duration) -> MutexGuard<'a, State<S>> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until `ready` gives something.
    pub(crate) fn wait_until<T>(&self, mut ready: impl FnMut(&mut State<S>) -> Option<T>) -> T {
        let mut state = self.lock();
        loop {
            if let Some(result) = ready(&mut state) {
                drop(state);
                self.changed.notify_all();
                return result;
            }
            state = self.wait(state);
        }
    }

    /// As [`State::pieces`]; waits for pieces to come, which whoever pushes is told.
    pub(crate) fn pieces(&self, run: RunId, part: usize, from: usize) -> Option<Vec<Piece>> {
        let mut starves = false;
        self.wait_until(|state| {
            let pieces = if state.runs[run].cancelled.load(Ordering::Relaxed) { None } else { state.pieces(run, part, from) };
            let is_there = pieces.as_ref().is_none_or(|pieces| !pieces.is_empty());
            if is_there == starves {
                starves = !is_there;
                state.starving = if starves { state.starving + 1 } else { state.starving - 1 };
                if starves {
                    self.changed.notify_all();
                }
            }
            is_there.then_some(pieces)
        })
    }

    /// Waits until there is room for more batches of a run.
    pub(crate) fn wait_for_room(&self, run: RunId) {
        let mut state = self.lock();
        while state.is_to_wait(run) {
            state = self.wait(state);
        }
    }
}
