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
    /// Of all its pieces, and of those that its reader has taken.
    bytes: usize,
    read: usize,
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

impl Run {
    /// Whether a worker is at it.
    fn is_reading(&self) -> bool {
        matches!(self.progress, Progress::Reading) && !self.cancelled.load(Ordering::Relaxed)
    }
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
    /// What a picture takes in memory, where it is most. None before there is one.
    picture_bytes: Option<usize>,
    /// Workers that read, and those of them that wait for pieces.
    busy: usize,
    starving: usize,
    /// Runs that did not come to count.
    rejected: usize,
    pub(crate) panic: Option<Box<dyn std::any::Any + Send>>,
    awaited: Option<Awaited>,
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
            picture_bytes: None,
            queued: 0,
            made: 0,
            read: 0,
            busy: 0,
            starving: 0,
            rejected: 0,
            panic: None,
            awaited: None,
        };
        state.open_part(None);
        state
    }

    /// A part begins, and ends the one before.
    pub(crate) fn open_part(&mut self, cut: Option<Arc<Cut<S>>>) {
        if let Some(last) = self.parts.last_mut() {
            last.closed = true;
        }
        self.parts.push(Part { cut, pieces: VecDeque::new(), bytes: 0, read: 0, dropped: 0, closed: false, reader: None });
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
        let enough = untaken > RUN_PARTS * self.limits.threads || self.queued + self.held > self.limits.memory;
        let is_reading =
            self.runs.get(self.current).is_none_or(|run| run.outputs.is_empty() && matches!(run.progress, Progress::Reading));
        enough && is_reading && self.starving == 0 && !self.cancelled && self.panic.is_none()
    }

    /// Whether what is waited for by whoever takes batches has come.
    fn has_come(&self) -> bool {
        match self.awaited {
            None => false,
            Some(Awaited::Room) => !self.is_full(),
            Some(Awaited::Next) => self.has_next() || self.panic.is_some(),
        }
    }

    fn has_next(&self) -> bool {
        let run = self.runs.get(self.current).filter(|run| run.numbers.is_some());
        run.is_some_and(|run| !run.outputs.is_empty() || !matches!(run.progress, Progress::Reading))
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

    /// The first part that nobody reads, or one behind it, where parts are small: whoever reads up to the first then reads on,
    /// so that readers are made and compared once for several parts, and hand over to one that has begun long ago. Once the
    /// stream's end is known, so many are left that all are done as soon as can be.
    fn beginning(&self) -> Option<usize> {
        let first = self.parts.iter().position(|part| part.reader.is_none())?;
        if first == 0 || !self.is_small(first) {
            return Some(first);
        }
        let unread = self.parts[first..].iter().take_while(|part| part.reader.is_none()).count();
        let most = (unread - 1).min(RUN_PARTS - 1);
        let left = if self.ended { (0..=most).rev().min_by_key(|&left| self.end_with(first, left))? } else { most.min(1) };
        Some(first + left)
    }

    /// After how many bytes of any reader all is read, if whoever reads up to a part that nobody reads reads on over `left`
    /// parts, a new reader begins behind them, and whoever is done then takes the next part.
    fn end_with(&self, first: usize, left: usize) -> usize {
        let (on, behind) = self.parts[first..].split_at(left);
        let readers = self.runs.iter().filter(|run| run.is_reading()).map(|run| {
            let last = run.parts.end - 1;
            let rest = self.parts[last].bytes.saturating_sub(self.parts[last].read);
            if last + 1 == first { rest + on.iter().map(|part| part.bytes).sum::<usize>() } else { rest }
        });
        let mut ends: Vec<usize> = readers.chain([0]).collect();
        for part in behind.iter().filter(|part| part.reader.is_none()) {
            if let Some(soonest) = ends.iter_mut().min() {
                *soonest += part.bytes;
            }
        }
        ends.into_iter().max().unwrap_or(0)
    }

    /// Whether the batches of some parts like one may wait for each reader, as far as those that were read tell.
    fn is_small(&self, part: usize) -> bool {
        let batches = self.made as u128 * self.parts[part].bytes as u128;
        batches > 0 && batches * (RUN_PARTS * self.limits.threads) as u128 <= self.limits.memory as u128 * self.read as u128
    }

    /// As many as may read, and no more beside the first than have their pictures in the memory that reading ahead may take;
    /// where it is not known how large a picture is, none.
    fn most_readers(&self) -> usize {
        let picture_bytes = self.picture_bytes.unwrap_or(self.limits.picture_bytes);
        let others = self.limits.memory.checked_div(READER_PICTURES * picture_bytes).unwrap_or(0);
        self.limits.threads.min(1 + others)
    }

    /// A reader has a picture that takes so much.
    pub(crate) fn has_picture(&mut self, bytes: usize) {
        self.picture_bytes = self.picture_bytes.max(Some(bytes));
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
        let bytes = pieces.iter().map(Piece::bytes).sum::<usize>();
        part.read += bytes;
        self.read += bytes;
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
        for part in &mut self.parts[parts.clone()] {
            (part.reader, part.read) = (None, 0);
        }
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
const PIECES_BYTES: usize = 1 << 15;

/// The state, and whom its changes concern: workers, and who takes batches, who is not woken for what it does not wait for.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    state: Mutex<State<S>>,
    changed: Condvar,
    come: Condvar,
}

/// What whoever takes batches waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Awaited {
    /// Room to push.
    Room,
    /// What comes next in the order of the stream.
    Next,
}

impl<S> Shared<S> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { state: Mutex::new(State::new(limits)), changed: Condvar::new(), come: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and tells of it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State<S>) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        self.tell(state);
        result
    }

    /// Tells of a change.
    fn tell(&self, state: MutexGuard<'_, State<S>>) {
        let has_come = state.has_come();
        drop(state);
        self.changed.notify_all();
        if has_come {
            self.come.notify_one();
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<S>>) -> MutexGuard<'a, State<S>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever takes batches waits for something, so long at most.
    pub(crate) fn wait_for<'a>(
        &self,
        what: Awaited,
        mut state: MutexGuard<'a, State<S>>,
        time: Duration,
    ) -> MutexGuard<'a, State<S>> {
        state.awaited = Some(what);
        state = self.come.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0;
        state.awaited = None;
        state
    }

    /// Waits until `ready` gives something.
    pub(crate) fn wait_until<T>(&self, mut ready: impl FnMut(&mut State<S>) -> Option<T>) -> T {
        let mut state = self.lock();
        loop {
            if let Some(result) = ready(&mut state) {
                self.tell(state);
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
                if starves && state.has_come() {
                    self.come.notify_one();
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

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::Times;
    use codecorpus_bitstream::division::Least;

    /// Parts of so many bytes, of which so many are read.
    fn state(parts: &[usize], reads: &[(usize, usize)], ended: bool) -> State<()> {
        let limits = Limits { threads: 2, memory: 1 << 20, picture_bytes: 0, least: Least { bytes: 0, pictures: 0 } };
        let mut state = State::new(limits);
        for (number, &bytes) in parts.iter().enumerate() {
            if number > 0 {
                state.open_part(None);
            }
            state.add(Piece::new(Arc::new(vec![0; bytes]), Times::default(), 0, None));
        }
        for (number, &(part, read)) in reads.iter().enumerate() {
            state.runs.push(Run {
                parts: part..part + 1,
                outputs: VecDeque::new(),
                begins_alike: Some(true),
                numbers: None,
                progress: Progress::Reading,
                cancelled: Arc::new(AtomicBool::new(false)),
            });
            state.parts[part].reader = Some(number);
            state.parts[part].read = read;
        }
        (state.made, state.read) = (1, 1);
        if ended {
            state.end(false);
        }
        state
    }

    #[test]
    fn a_reader_leaves_a_small_part_to_the_one_before() {
        assert_eq!(state(&[9, 9, 9, 9], &[(0, 0)], false).beginning(), Some(2));
        assert_eq!(state(&[9, 9], &[(0, 0)], false).beginning(), Some(1));
    }

    #[test]
    fn readers_are_done_at_once_at_the_end_of_a_stream() {
        // The one before the end is nearly done: it takes one of the two that are left either way.
        assert_eq!(state(&[20, 10, 10], &[(0, 19)], true).beginning(), Some(2));
        // It has much to read yet: the new one takes both.
        assert_eq!(state(&[20, 10, 10], &[(0, 0)], true).beginning(), Some(1));
        // It is done sooner than the new one would be with two of three.
        assert_eq!(state(&[20, 8, 8, 16], &[(0, 18)], true).beginning(), Some(3));
    }

    #[test]
    fn readers_have_their_pictures_in_the_memory_that_they_may_take() {
        let mut state = state(&[9, 9], &[], false);
        assert_eq!(state.most_readers(), 1, "nothing is known of pictures");
        state.limits.picture_bytes = 1 << 10;
        assert_eq!(state.most_readers(), 2);
        state.has_picture(1 << 20);
        assert_eq!(state.most_readers(), 1, "they are larger than was thought");
    }

    #[test]
    fn a_large_part_is_left_to_nobody() {
        let mut state = state(&[9, 9, 9], &[(0, 0)], false);
        state.made = 1 << 20;
        assert_eq!(state.beginning(), Some(1));
    }
}
