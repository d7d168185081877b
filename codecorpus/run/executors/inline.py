"""Tasks one after the other in this process: for tests, and for looking into what happens."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codecorpus.errors import CodecorpusError
from codecorpus.run.work import Context, Ended, Event, Task, Tell, ended_by

if TYPE_CHECKING:
    from codecorpus.sources.find import Video


@dataclass(frozen=True)
class Inline:
    """Does tasks in this process, `jobs` streams of a chunk at a time."""

    jobs: int = 1

    def hint(self, video: Video) -> None:
        """Nothing: there is one thing at a time."""

    def run(self, tasks: Iterable[Task], tell: Tell) -> Iterator[Ended]:
        """Do tasks, those that follow from one right after it."""
        lock = threading.Lock()

        def one_at_a_time(event: Event) -> None:
            with lock:
                tell(event)

        context = Context(one_at_a_time, lambda: self.jobs)
        for first in tasks:
            left: deque[Task] = deque([first])
            while left:
                task = left.popleft()
                try:
                    outcome = task.run(context)
                except (CodecorpusError, OSError, MemoryError) as error:
                    yield ended_by(task, error)
                    continue
                left.extend(outcome.tasks)
                yield Ended(task, outcome)
