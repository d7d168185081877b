"""Tasks on a Ray cluster: Ray Core places them and repeats those whose machine dies; commits are the tasks' own.

On its node, a task is done by a worker of its own, as `local` does it: what a stream does to it stays there.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from codecorpus import cache
from codecorpus.errors import CodecorpusError
from codecorpus.run.executors.local import MEMORY, STALL_SECONDS, Local
from codecorpus.run.executors.watchdog import watched
from codecorpus.run.work import Ended, Event, Outcome, Task, Tell

if TYPE_CHECKING:
    from codecorpus.sources.find import Video

RETRIES: Final = 3
"""How often a task is begun again whose node or process died."""

AHEAD: Final = 2
"""Tasks in flight for each that runs: few enough that a long list costs the cluster's head nothing."""

Done = tuple[Outcome | None, str | None, list[Event]]


@dataclass
class Ray:
    """Does tasks on the cluster at `address` (one that is joined already, or one on this machine, unless given).

    Each takes `jobs` CPUs, and so many streams are made at a time; `memory` and `stall` as for `Local`.
    """

    address: str | None = None
    jobs: int = 1
    memory: int = MEMORY
    stall: float = STALL_SECONDS

    def hint(self, video: Video) -> None:
        """Nothing: who will look at it is not known yet."""

    def run(self, tasks: Iterable[Task], tell: Tell) -> Iterator[Ended]:
        """Do tasks, those that follow from one before those that come later.

        Raises:
            CodecorpusError: Ray is not installed.
        """
        ray = _ray()
        if not ray.is_initialized():
            ray.init(address=self.address, log_to_driver=False, logging_level="error")
        remote = ray.remote(_do).options(
            num_cpus=self.jobs,
            memory=self.memory,
            max_retries=RETRIES,
            retry_exceptions=False,
            scheduling_strategy="SPREAD",
        )
        coming = iter(tasks)
        waiting: deque[Task] = deque()
        running: dict[Any, Task] = {}
        try:
            while True:
                window = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)) // self.jobs)
                while len(running) < window:
                    task = waiting.popleft() if waiting else next(coming, None)
                    if task is None:
                        break
                    running[remote.remote(task, self.jobs, self.memory, self.stall, cache.told())] = task
                if not running:
                    return
                [ready], _ = ray.wait(list(running), num_returns=1)
                ended, events = _ended(ray, ready, running.pop(ready))
                for event in events:
                    tell(event)
                if ended.outcome is not None:
                    waiting.extendleft(reversed(ended.outcome.tasks))
                yield ended
        finally:
            for reference in running:
                ray.cancel(reference, force=True)


def _do(task: Task, jobs: int, memory: int, stall: float, environment: Mapping[str, str]) -> Done:
    """Do a task on the node where this runs."""
    os.environ.update(environment)
    events: list[Event] = []
    told = ("done", "damaged", "failed")
    with watched(stall):  # Ray waits for ever for a process that is stopped; for one that dies it begins another
        # Without those that follow from it: they are placed anew.
        for ended in Local(jobs, memory, stall, follows=False).run(
            [task], lambda event: events.append(event) if event.kind in told else None
        ):
            return ended.outcome, ended.error, events
    return None, "it did not end", events


def _ended(ray: Any, reference: Any, task: Task) -> tuple[Ended, list[Event]]:
    try:
        outcome, error, events = ray.get(reference)
    except ray.exceptions.RayError as failure:  # the machine's fault, more often than it is repeated
        return Ended(task, None, f"{task.name}: {str(failure).splitlines()[0]}"), []
    return Ended(task, outcome, error), events


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise CodecorpusError("ray is missing: pip install 'codecorpus[ray]'") from None
    return ray
