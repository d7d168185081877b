"""What streams may do to the process that reads them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from codecorpus.errors import CodecorpusError
from codecorpus.run.work import Context, Event, Failure, Outcome


def dies(name: str) -> None:
    os.kill(os.getpid(), signal.SIGABRT)


def hangs(name: str) -> None:
    time.sleep(1000)


def naps(name: str) -> None:
    time.sleep(4.3)


def raises(name: str) -> None:
    raise IndexError(f"{name} is strange")


def hoards(name: str) -> None:
    try:
        held = bytearray(600_000_000)
    except MemoryError:
        raise CodecorpusError("Cannot allocate memory") from None
    held[-1] = 1


def kills_who_asked(name: str) -> None:
    """End the process that this worker works for; how often is told by the file of that name."""
    with Path(name).open("a") as file:
        file.write("once\n")
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(1000)


def stops_who_asked(name: str) -> None:
    """Stop the process that this worker works for, the first time; how often is told by the file of that name."""
    with Path(name).open("a+") as file:
        file.write("once\n")
        file.seek(0)
        if file.read().count("once") == 1:
            os.kill(os.getppid(), signal.SIGSTOP)
            time.sleep(1000)


def writes(name: str) -> None:
    Path(name).touch()


def works(name: str) -> None:
    pass


@dataclass(frozen=True)
class Streams:
    """A task of several streams, each of which does something to the process that it is in."""

    acts: tuple[tuple[str, Callable[[str], None]], ...]
    streams: int = 1
    is_parallel: bool = False
    is_relative: bool = False

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
