"""Tasks in worker processes on this machine: few, used again, watched.

A worker may die by what it reads, hang, or be ended for it. The streams that it was at are then tried one at a time;
what ends a worker again by itself is quarantined: it fails with that reason, and the rest of its task is done.
"""

from __future__ import annotations

import contextlib
import multiprocessing.connection
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from codecorpus import cache
from codecorpus.encode.process import ending
from codecorpus.run.executors import spawn
from codecorpus.run.work import Ended, Event, Task, Tell

if TYPE_CHECKING:
    from codecorpus.sources.find import Video

STALL_SECONDS: Final = 600.0
"""A worker that tells nothing for so long is ended."""

START_SECONDS: Final = 60.0
"""What a worker has to begin at least; modules may come from a slow disk."""

LOOK_SECONDS: Final = 1.0
MEMORY: Final = 2_000_000_000
"""Bytes of its own data that a worker may have, unless told otherwise."""

DEATHS: Final = 3
"""How often a task may end its worker with nothing at hand that could be to blame."""

FFMPEG_SHARE: Final = 0.8
"""Of what a worker may be silent, what an FFmpeg may get no further: so that its worker tells of it, and lives."""


@dataclass
class Local:
    """Does tasks in workers, `jobs` streams at a time over all of them.

    `memory` is what a worker may have, in bytes; `stall` how many seconds it may be silent.
    """

    jobs: int = 1
    memory: int = MEMORY
    stall: float = STALL_SECONDS
    follows: bool = True
    """Whether the tasks that follow from one are done too."""
    _workers: list[_Worker] = field(default_factory=list)

    def start(self) -> Self:
        """Have a worker load what tasks need while it is still found out what they are."""
        self._workers.append(self._worker())
        return self

    def hint(self, video: Video) -> None:
        """Have the worker that was started look at a source meanwhile."""
        for worker in self._workers:
            worker.hint(video)

    def run(self, tasks: Iterable[Task], tell: Tell) -> Iterator[Ended]:
        """Do tasks, those that follow from one before those that come later."""
        coming = iter(tasks)
        waiting: deque[_Attempt] = deque()
        is_over = False
        try:
            while True:
                while not is_over and len(waiting) < 2 * self._most(waiting):
                    task = next(coming, None)
                    is_over = task is None
                    if task is not None:
                        waiting.append(_Attempt(task))
                self._hand_out(waiting)
                if is_over and not waiting and not any(worker.attempt for worker in self._workers):
                    return
                for worker in self._heard():
                    yield from self._hear(worker, waiting, tell)
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def _most(self, waiting: deque[_Attempt]) -> int:
        """How many workers there may be: a few that make several streams each, or one for each file that is read."""
        first = next((attempt for attempt in (*waiting, *(w.attempt for w in self._workers)) if attempt), None)
        if first is not None and first.task.is_parallel:
            return min(self.jobs, 1 + self.jobs // 4)
        return self.jobs

    def _hand_out(self, waiting: deque[_Attempt]) -> None:
        most = self._most(waiting)
        while waiting:
            idle = next((worker for worker in self._workers if worker.attempt is None), None)
            if idle is None:
                if len(self._workers) >= most:
                    break
                idle = self._worker()
                self._workers.append(idle)
            idle.begin(waiting.popleft())
        busy = [worker for worker in self._workers if worker.attempt]
        for number, worker in enumerate(busy):
            share = self.jobs // len(busy) + (number < self.jobs % len(busy))
            worker.slots(1 if worker.attempt and worker.attempt.is_alone else max(1, share))

    def _worker(self) -> _Worker:
        return _Worker(self.memory, FFMPEG_SHARE * self.stall)

    def _heard(self) -> list[_Worker]:
        """Workers that have something to tell, that died, or that were silent too long while they were listened to."""
        began = time.monotonic()
        ready = set(multiprocessing.connection.wait([w.connection for w in self._workers], LOOK_SECONDS))
        listened = min(time.monotonic() - began, LOOK_SECONDS)  # it is more where we were stopped meanwhile
        for worker in self._workers:
            worker.silent += listened
        return [w for w in self._workers if w.connection in ready or (w.attempt and w.is_silent(self.stall))]

    def _hear(self, worker: _Worker, waiting: deque[_Attempt], tell: Tell) -> Iterator[Ended]:
        attempt = worker.attempt
        if worker.is_silent(self.stall) and not worker.connection.poll():
            yield from self._died(worker, waiting, tell, f"no progress for {self.stall:g} s")
            return
        try:
            kind, *rest = worker.receive()
        except (EOFError, OSError):
            yield from self._died(worker, waiting, tell, worker.cause())
            return
        if kind == "event":
            worker.note(rest[0])
            if rest[0].kind != "alive":
                tell(rest[0])
        elif kind == "dying":
            worker.last_words = rest[0]
        elif kind in ("done", "failed") and attempt is not None:
            worker.finish()
            outcome = rest[0] if kind == "done" else None
            if outcome is not None and self.follows:
                waiting.extendleft(_Attempt(task) for task in reversed(outcome.tasks))
            yield Ended(attempt.task, outcome, None if outcome is not None else rest[0])

    def _died(self, worker: _Worker, waiting: deque[_Attempt], tell: Tell, cause: str) -> Iterator[Ended]:
        """Try a task again whose worker died: its streams one at a time, without those that end workers."""
        worker.end()
        self._workers.remove(worker)
        attempt = worker.attempt
        if attempt is None:
            return
        attempt.deaths += 1
        if attempt.is_alone and worker.at_hand:
            attempt.quarantine[next(reversed(worker.at_hand))] = cause  # those before wait for it
            attempt.deaths = 0
        attempt.is_alone = True
        if attempt.deaths >= DEATHS:
            yield Ended(attempt.task, None, cause)
        else:
            waiting.appendleft(attempt)


@dataclass
class _Attempt:
    """A task that is tried."""

    task: Task
    quarantine: dict[str, str] = field(default_factory=dict)
    is_alone: bool = False
    """Its streams are made one at a time, so that it is known which one ends the worker."""
    deaths: int = 0


class _Worker:
    """A worker process, and what it is at."""

    def __init__(self, memory: int, stall: float) -> None:
        self._process, ours = spawn.worker()
        self.connection = multiprocessing.connection.Connection(ours.detach())
        self._send("limits", memory, stall, cache.told())
        self.attempt: _Attempt | None = None
        self.at_hand: dict[str, None] = {}
        """In the order in which it began."""
        self.last_words: str | None = None
        self._slots = 1
        self._is_ready = False
        self.silent = 0.0
        """For how many seconds it was listened to in vain."""

    def is_silent(self, stall: float) -> bool:
        """Whether it told nothing for so many seconds, since it is ready."""
        return self.silent > (stall if self._is_ready else max(stall, START_SECONDS))

    def begin(self, attempt: _Attempt) -> None:
        self.attempt, self.at_hand, self.silent = attempt, {}, 0.0
        self._send("task", attempt.task, dict(attempt.quarantine), attempt.is_alone)

    def hint(self, video: Video) -> None:
        self._send("hint", video)

    def slots(self, number: int) -> None:
        if number != self._slots:
            self._slots = number
            self._send("slots", number)

    def receive(self) -> Any:
        self.silent, self._is_ready = 0.0, True
        return self.connection.recv()

    def note(self, event: Event) -> None:
        """Keep in mind what it is at."""
        key = f"{event.clip} {event.encode}".strip()
        if event.kind == "begun":
            self.at_hand[key] = None
        elif event.kind in ("encoded", "read", "done", "damaged", "failed"):
            self.at_hand.pop(key, None)

    def finish(self) -> None:
        self.attempt, self.at_hand = None, {}

    def cause(self) -> str:
        """Why it died."""
        if self.last_words is not None:
            return self.last_words
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "the process that read it ended the connection"
        return f"the process that read it {ending(status)}"

    def end(self) -> None:
        """End it, and what it started, at once."""
        self.connection.close()
        if self._process.poll() is None:
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def _send(self, *message: Any) -> None:
        with contextlib.suppress(OSError):  # its death is heard of next
            self.connection.send(message)
