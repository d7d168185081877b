"""Tasks, who does them, and what becomes of them: the words that the rooms of `run` share.

Light to load: whoever hands out tasks begins with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from codecorpus.errors import reason

if TYPE_CHECKING:
    from codecorpus.sources.find import Video


@dataclass(frozen=True)
class Event:
    """Something that happened to a stream.

    `kind` is begun, frames (the encoder got on: `frames` so far), encoded, alive (it is being read: `frames` so far),
    read, done (of `bytes`, after `seconds`), damaged (so too, with `error`), failed, or note, with what else is to be
    known. `encode` is empty where a source is looked at, or a clip is cut or kept. What there is not to tell is None.
    """

    kind: str
    clip: str
    encode: str = ""
    frames: int | None = None
    bytes: int | None = None
    seconds: float | None = None
    error: str | None = None
    note: str | None = None


Tell = Callable[[Event], None]


@dataclass(frozen=True)
class Failure:
    """A source that gives no clips, or a clip or stream that could not be made."""

    clip: str
    encode: str | None
    error: str


@dataclass(frozen=True)
class Outcome:
    """What became of a task: `tasks` that follow from it, and streams by what they are."""

    streams: int = 0
    made: int = 0
    damaged: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()
    tasks: tuple[Task, ...] = ()
    frames: Mapping[str, int] = field(default_factory=dict)
    """Of clips, by name."""

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.streams + other.streams,
            self.made + other.made,
            self.damaged + other.damaged,
            self.failures + other.failures,
        )


@dataclass(frozen=True)
class Context:
    """Where a task runs: whom it tells, how many streams it may make at a time, and what it leaves alone.

    `quarantine` holds the reasons of sources and clips, and of streams as `clip encode`, that ended a worker before.
    `is_alone` asks for one stream at hand at a time, and nothing beside it: so it is known which one ends a worker.
    """

    tell: Tell
    slots: Callable[[], int] = lambda: 1
    quarantine: Mapping[str, str] = field(default_factory=dict)
    is_alone: bool = False


class Task(Protocol):
    """A piece of work that any machine can do; it can be pickled, and done twice without harm."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def streams(self) -> int:
        """How many it makes, where all is to be made."""

    @property
    def is_parallel(self) -> bool:
        """Whether it makes several streams at a time."""

    @property
    def is_relative(self) -> bool:
        """Whether it names files from the working folder on, so that it means others elsewhere."""

    def run(self, context: Context) -> Outcome:
        """Do it.

        Raises:
            CodecorpusError, OSError: of the whole task; what fails of a stream is in the outcome.
        """


@dataclass(frozen=True)
class Ended:
    """A task, and its outcome, or the error that ended it."""

    task: Task
    outcome: Outcome | None
    error: str | None = None


class Executor(Protocol):
    """Does tasks, on this machine or many."""

    def hint(self, video: Video) -> None:
        """Told of a source that a task is going to look at: who can, begins."""

    def run(self, tasks: Iterable[Task], tell: Tell) -> Iterator[Ended]:
        """Do tasks, and those that follow from them, in no order. Ending early ends what runs."""


def ended_by(task: Task, error: BaseException) -> Ended:
    """The end of a task that raised."""
    return Ended(task, None, reason(error))
