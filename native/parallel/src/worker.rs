//! A worker: readers, one after the other, each over the parts of its run.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use codecorpus_bitstream::division::{Divisible, Numbers};
use codecorpus_bitstream::records::Names;
use codecorpus_bitstream::{Options, ParseError, Result};
use codecorpus_columns::Assembler;

use crate::piece::Piece;
use crate::state::{Next, Output, RunId, Shared, State};

/// How readers are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) options: Options,
    pub(crate) names: &'static Names,
    pub(crate) time_base: (i64, i64),
    pub(crate) is_byte_stream: bool,
}

/// Reads parts until there are none left. `first` reads from where the stream begins.
pub(crate) fn work<R: Divisible>(shared: &Arc<Shared<R::Start>>, first: &Mutex<Option<R>>, settings: Settings) {
    while let Some((id, part)) = shared.wait_until(|state| match state.take_part() {
        None => Some(None),
        Some(None) => None,
        Some(some) => Some(some),
    }) {
        let (cut, cancelled) = {
            let state = shared.lock();
            (state.cut(part), state.cancelled(id))
        };
        let expected = cut.as_ref().map_or(Numbers::default(), |cut| cut.expected);
        let reader = match cut {
            Some(cut) => R::begin_at(&cut, settings.options),
            None => match first.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(reader) => reader,
                None => unreachable!("the first part is taken once: it is never given up"),
            },
        };
        let assembler = Assembler::of_part(settings.names, settings.options.wanted, settings.time_base, expected);
        Run { shared, settings, id, reader, assembler, cancelled, begun: false, largest: 0 }.read(part);
        shared.change(State::rest);
    }
}

struct Run<'a, R: Divisible> {
    shared: &'a Arc<Shared<R::Start>>,
    settings: Settings,
    id: RunId,
    reader: R,
    assembler: Assembler,
    cancelled: Arc<AtomicBool>,
    /// Whether it has told how it began.
    begun: bool,
    /// Bytes of the largest picture that it has told of.
    largest: usize,
}

impl<R: Divisible> Run<'_, R> {
    fn read(mut self, mut part: usize) {
        self.tell_beginning();
        loop {
            if let Err(error) = self.read_part(part) {
                return self.fail(error);
            }
            match self.go_on(part) {
                Ok(ControlFlow::Continue(next)) => part = next,
                Ok(ControlFlow::Break(())) => return,
                Err(error) => return self.fail(error),
            }
        }
    }

    /// What comes behind the end of a part: the next one to read, or the end of the run.
    fn go_on(&mut self, part: usize) -> Result<ControlFlow<(), usize>> {
        let id = self.id;
        if !self.shared.wait_until(|state| state.is_last(id, part)) {
            self.reader.reach_cut()?;
            self.drain()?;
        }
        match self.shared.wait_until(|state| state.next(id, part)) {
            Next::Cancelled => Ok(ControlFlow::Break(())),
            Next::ReadOn => Ok(ControlFlow::Continue(part + 1)),
            Next::End => {
                let result = self.reader.finish().and_then(|()| self.assembler.drain_last(&mut self.reader));
                if result.is_err() && self.shared.lock().broken {
                    self.give_up();
                } else {
                    result?;
                }
                self.put_rest();
                self.tell_beginning();
                self.shared.change(|state| state.finish(id, None));
                Ok(ControlFlow::Break(()))
            }
            Next::HandOver(other) => {
                let cut = self.shared.lock().cut(part + 1);
                let Some(numbers) = cut.and_then(|cut| self.reader.hand_over(&cut.start)) else {
                    return Ok(self.take_over(part, other));
                };
                self.assembler.drain_last(&mut self.reader)?;
                self.put_rest();
                self.tell_beginning();
                self.shared.change(|state| state.follow(id, other, numbers));
                Ok(ControlFlow::Break(()))
            }
            Next::TakeOver(other) => Ok(self.take_over(part, other)),
        }
    }

    /// Reads on where another run has begun in vain, if this one counts itself; until that is known it waits.
    fn take_over(&mut self, part: usize, other: RunId) -> ControlFlow<(), usize> {
        let id = self.id;
        // Who waits to know how this run began, and why it should count, is not to wait for what follows it.
        self.shared.change(|state| state.begins(id, false));
        match self.shared.wait_until(|state| state.take_over(id, other)) {
            true => ControlFlow::Continue(part + 1),
            false => ControlFlow::Break(()),
        }
    }

    fn read_part(&mut self, part: usize) -> Result<()> {
        let mut read = 0;
        while let Some(pieces) = self.shared.pieces(self.id, part, read) {
            for piece in &pieces {
                self.read_piece(piece)?;
                read += 1;
            }
        }
        Ok(())
    }

    fn read_piece(&mut self, piece: &Piece) -> Result<()> {
        if let Some(extradata) = &piece.extradata {
            self.reader.configure(extradata)?;
        }
        let mut read = 0;
        while read < piece.bytes() && !self.cancelled.load(Ordering::Relaxed) {
            let step = if self.settings.is_byte_stream { self.assembler.step() } else { piece.bytes() };
            let end = piece.bytes().min(read + step);
            self.reader.push(piece.packet(read, end))?;
            self.drain()?;
            read = end;
        }
        Ok(())
    }

    /// Takes what the reader has, and puts down the batches that it makes.
    fn drain(&mut self) -> Result<()> {
        self.assembler.drain(&mut self.reader)?;
        self.tell_beginning();
        self.tell_size();
        while let Some(batch) = self.assembler.take(false) {
            self.put(Some(batch));
            self.shared.wait_for_room(self.id);
        }
        Ok(())
    }

    fn tell_size(&mut self) {
        let bytes = self.assembler.picture_bytes();
        if bytes > self.largest {
            self.largest = bytes;
            self.shared.change(|state| state.has_picture(bytes));
        }
    }

    fn tell_beginning(&mut self) {
        if !self.begun
            && let Some(alike) = self.reader.begins_alike()
        {
            self.begun = true;
            self.shared.change(|state| state.begins(self.id, alike));
        }
    }

    fn put(&mut self, batch: Option<codecorpus_columns::Batch>) {
        let bytes = batch.as_ref().map_or(0, codecorpus_columns::Batch::bytes);
        let damage = self.assembler.take_damage();
        self.shared.change(|state| state.put(self.id, Output { batch, damage, bytes }));
    }

    /// Nothing follows in this run.
    fn put_rest(&mut self) {
        while let Some(batch) = self.assembler.take(true) {
            self.put(Some(batch));
        }
        self.put(None);
    }

    /// Gives up the picture that is being read, for an error.
    fn give_up(&mut self) {
        self.reader.abandon();
        // The first error is the one to tell; the order of the pictures before it is settled either way.
        let _ = self.assembler.drain(&mut self.reader);
    }

    /// What was read before an error stays.
    fn fail(mut self, error: ParseError) {
        self.give_up();
        self.put_rest();
        self.shared.change(|state| {
            if !self.begun {
                state.begins(self.id, false);
            }
            state.finish(self.id, Some(error));
        });
    }
}
