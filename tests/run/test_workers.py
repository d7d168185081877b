"""Workers: what ends one costs the stream at hand, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from codecorpus.errors import CodecorpusError
from codecorpus.run.executors.local import Local
from codecorpus.run.request import Context, Event, Failure, Outcome, Task
from codecorpus.run.run import Ended


def dies(name: str) -> None:
    os.kill(os.getpid(), signal.SIGABRT)


def hangs(name: str) -> None:
    time.sleep(1000)


def raises(name: str) -> None:
    raise IndexError(f"{name} is strange")


def hoards(name: str) -> None:
    try:
        held = bytearray(600_000_000)
    except MemoryError:
        raise CodecorpusError("Cannot allocate memory") from None
    held[-1] = 1


def works(name: str) -> None:
    pass


@dataclass(frozen=True)
class Streams:
    """A task of several streams, each of which does something to the process that it is in."""

    acts: tuple[tuple[str, Callable[[str], None]], ...]
    streams: int = 1
    is_parallel: bool = False

    @property
    def name(self) -> str:
        return "streams"

    def run(self, context: Context) -> Outcome:
        made, failures = 0, []
        for name, act in self.acts:
            reason = context.quarantine.get(f"{name} source")
            context.tell(Event("begun", name, "source"))
            try:
                if reason is not None:
                    raise CodecorpusError(reason)
                act(name)
                made += 1
            except CodecorpusError as error:
                failures.append(Failure(name, "source", str(error)))
            context.tell(Event("read", name, "source"))
        return Outcome(len(self.acts), made, failures=tuple(failures))


def run(*tasks: Task, jobs: int = 1, **options: float) -> list[Ended]:
    return list(Local(jobs, **options).run(tasks, lambda event: None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (dies, "the process that read it was ended by SIGABRT"),
        (raises, "IndexError: bad is strange"),
        (hangs, "no progress for 2 s"),
        (hoards, "Cannot allocate memory"),
    ],
)
def test_what_ends_a_worker_is_quarantined_and_the_rest_is_done(act: Callable[[str], None], told: str) -> None:
    task = Streams((("good", works), ("bad", act), ("better", works)))
    [ended] = run(task, stall=2, memory=500_000_000)
    assert ended.outcome is not None and ended.outcome.made == 2
    [failure] = ended.outcome.failures
    assert failure.clip == "bad" and told in failure.error


def test_several_that_end_workers_are_all_found() -> None:
    task = Streams(tuple((f"{number}", dies if number % 2 else works) for number in range(6)))
    ended = run(task, Streams((("other", works),)), jobs=2)
    assert sorted(len(one.outcome.failures) for one in ended if one.outcome) == [0, 3]


def test_nothing_is_left_when_the_consumer_ends_early(tmp_path: Path) -> None:
    before = children()
    tasks = [Streams((("good", works),)), Streams((("slow", hangs),))]
    running = Local(2).run(tasks, lambda event: None)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert children() == before


def children() -> set[str]:
    return {
        path.name
        for path in Path("/proc").glob("[0-9]*")
        if (path / "stat").exists() and (path / "stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    }
