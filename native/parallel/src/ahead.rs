//! What runs ahead: it finds the cuts, shares out the parts, and gives what comes of them in the order of the stream.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use codecorpus_bitstream::division::{Divisible, Scout};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Names;
use codecorpus_bitstream::{Options, ParseError, Result};
use codecorpus_columns::{Batch, Times};

use crate::limits::Limits;
use crate::piece::Piece;
use crate::state::{Awaited, InOrder, Shared};
use crate::worker::{Settings, work};

/// What [`TakesParts::take`] gives.
#[derive(Debug)]
pub enum Taken {
    Batch(Box<Batch>),
    /// Not yet.
    Nothing,
    /// Nothing follows.
    End,
}

/// A [`ParallelReader`] of whatever codec.
pub trait TakesParts: Send + Sync {
    /// So many may read at once from now on; who reads already reads to the end of its parts.
    fn allow(&mut self, threads: usize);

    /// Adds a packet or chunk.
    fn push(&mut self, piece: Piece);

    /// Says that none follows; `broken`: one would have, but could not be had.
    fn finish(&mut self, broken: bool);

    /// Waits while enough is read ahead, so long at most. Says whether there is room for more.
    fn wait_for_room(&self, time: Duration) -> bool;

    /// The next batch in coded order; waits for one so long at most.
    ///
    /// # Errors
    /// Why the stream cannot be read on, behind all that was read before it.
    fn take(&mut self, time: Duration) -> Result<Taken>;

    /// The damage that was met in and before the batches that were taken.
    fn take_damage(&mut self) -> Vec<ParseError>;

    /// Ends the workers: they are gone when it returns.
    fn stop(&mut self);

    /// Leaves the workers to themselves: this process is a fork, and has none of them.
    fn forget(&mut self);
}

/// Reads a stream with several readers at once.
#[derive(Debug)]
pub struct ParallelReader<R: Divisible> {
    scout: R::Scout,
    shared: Arc<Shared<R::Start>>,
    settings: Settings,
    limits: Limits,
    /// The reader of the first part, until a worker has it.
    first: Arc<Mutex<Option<R>>>,
    workers: Vec<JoinHandle<()>>,
    /// Pieces before which a cut may yet be found, and the bytes of the stream before them.
    pending: VecDeque<Piece>,
    shared_out: u64,
    /// Batches that come next in the order of the stream.
    times: Times,
    damage: Vec<ParseError>,
    ended: bool,
}

impl<R: Divisible> ParallelReader<R> {
    /// # Errors
    /// As the reader's own, of the container's extradata.
    pub fn new(
        make: impl FnOnce(Framing, Options) -> Result<R>,
        framing: Framing,
        options: Options,
        names: &'static Names,
        time_base: (i64, i64),
        limits: Limits,
    ) -> Result<Self> {
        let is_byte_stream = framing == Framing::ByteStream;
        let scout = R::scout(&framing, options, limits.least);
        Ok(Self {
            scout,
            shared: Arc::new(Shared::new(limits)),
            settings: Settings { options, names, time_base, is_byte_stream },
            limits,
            first: Arc::new(Mutex::new(Some(make(framing, options)?))),
            workers: Vec::new(),
            pending: VecDeque::new(),
            shared_out: 0,
            times: Times::default(),
            damage: Vec::new(),
            ended: false,
        })
    }

    /// Gives the parts what lies before byte `to`.
    fn share_out(&mut self, to: u64) {
        while let Some(piece) = self.pending.pop_front() {
            let left = usize::try_from(to.saturating_sub(self.shared_out)).unwrap_or(usize::MAX);
            if left == 0 {
                return self.pending.push_front(piece);
            }
            let piece = if piece.bytes() > left {
                let (piece, rest) = piece.split_at(left);
                self.pending.push_front(rest);
                piece
            } else {
                piece
            };
            self.shared_out += piece.bytes() as u64;
            self.shared.change(|state| state.add(piece));
        }
    }

    fn end_workers(&mut self) {
        if self.workers.is_empty() {
            return;
        }
        self.shared.change(|state| state.cancel());
        for worker in self.workers.drain(..) {
            // A panic was caught, and is told by `take`.
            let _ = worker.join();
        }
    }

    /// A worker more, as long as there are fewer than parts.
    fn staff(&mut self) {
        let parts = self.shared.lock().parts();
        while self.workers.len() < self.limits.threads.min(parts) {
            let (shared, settings, first) = (Arc::clone(&self.shared), self.settings, Arc::clone(&self.first));
            self.workers.push(std::thread::spawn(move || {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&shared, &first, settings))) {
                    shared.change(|state| state.panic = Some(panic));
                }
            }));
        }
    }
}

impl<R: Divisible + Send + Sync> TakesParts for ParallelReader<R>
where
    R::Scout: Sync,
{
    fn allow(&mut self, threads: usize) {
        if threads != self.limits.threads {
            self.limits.threads = threads;
            self.shared.change(|state| state.limits.threads = threads);
        }
    }

    fn push(&mut self, piece: Piece) {
        if let Some(extradata) = &piece.extradata {
            self.scout.configure(extradata);
        }
        self.scout.look(piece.packet(0, piece.bytes()));
        self.pending.push_back(piece);
        while let Some(cut) = self.scout.cuts().pop() {
            // What was shared out already cannot be cut any more.
            if cut.at >= self.shared_out {
                self.share_out(cut.at);
                self.shared.change(|state| state.open_part(Some(Arc::new(cut))));
            }
        }
        let settled = self.scout.cuts().settled();
        self.share_out(settled);
        self.staff();
    }

    fn finish(&mut self, broken: bool) {
        if !std::mem::replace(&mut self.ended, true) {
            self.share_out(u64::MAX);
            self.shared.change(|state| state.end(broken));
            self.staff();
        }
    }

    fn wait_for_room(&self, time: Duration) -> bool {
        let mut state = self.shared.lock();
        if state.is_full() {
            state = self.shared.wait_for(Awaited::Room, state, time);
        }
        !state.is_full()
    }

    fn take(&mut self, time: Duration) -> Result<Taken> {
        let mut state = self.shared.lock();
        let mut waited = false;
        loop {
            if let Some(panic) = state.panic.take() {
                drop(state);
                resume_unwind(panic);
            }
            if let Some(batch) = self.times.take() {
                return Ok(Taken::Batch(Box::new(batch)));
            }
            match state.in_order() {
                InOrder::Output(output, numbers) => {
                    drop(state);
                    self.shared.change(|_| ());
                    self.damage.extend(output.damage.into_iter().map(|error| counted_from(error, numbers.coded_order)));
                    if let Some(batch) = output.batch {
                        self.times.push(batch.counted_from(numbers));
                    }
                    state = self.shared.lock();
                }
                InOrder::End(error, numbers) => {
                    drop(state);
                    self.shared.change(|_| ());
                    self.times.close();
                    if let Some(batch) = self.times.take() {
                        return Ok(Taken::Batch(Box::new(batch)));
                    }
                    return error.map_or(Ok(Taken::End), |error| Err(counted_from(error, numbers.coded_order)));
                }
                InOrder::Waiting if waited || time.is_zero() => return Ok(Taken::Nothing),
                InOrder::Waiting => {
                    waited = true;
                    state = self.shared.wait_for(Awaited::Next, state, time);
                }
            }
        }
    }

    fn take_damage(&mut self) -> Vec<ParseError> {
        std::mem::take(&mut self.damage)
    }

    fn stop(&mut self) {
        self.end_workers();
    }

    fn forget(&mut self) {
        self.workers.drain(..).for_each(std::mem::forget);
    }
}

impl<R: Divisible> Drop for ParallelReader<R> {
    fn drop(&mut self) {
        self.end_workers();
    }
}

fn counted_from(mut error: ParseError, coded_order: u32) -> ParseError {
    error.picture = error.picture.map(|picture| picture + coded_order);
    error
}
