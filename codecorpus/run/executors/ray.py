"""Tasks on a Ray cluster: Ray Core places them and repeats those whose machine dies; commits are the tasks' own.

On its node, a task is done by a worker of its own, as `local` does it: what a stream does to it stays there.
"""

from __future__ import annotations

import os
import platform
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
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

ONE_TRY: Final = {"RAY_NUM_REDIS_GET_RETRIES": "1"}
"""Environment of Ray: a cluster that does not answer is tried for some 40 s, not twenty times as long."""

LOOK_SECONDS: Final = (5.0, 60.0)
"""How long nothing has ended when it is first looked whether any node is large enough, and how long until the next."""

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

        Files mean what they mean to who asks, on every node. Where no node is large enough, that is told now and then:
        a cluster may grow.

        Raises:
            CodecorpusError: Ray is not installed, or no cluster can be joined.
        """
        ray, folder = _ray(), str(Path.cwd())
        self._join(ray)
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
                    running[remote.remote(task, self.jobs, self.memory, self.stall, folder, cache.told())] = task
                if not running:
                    return
                ready = self._next(ray, list(running), tell)
                ended, events = _ended(ray, ready, running.pop(ready))
                for event in events:
                    tell(event)
                if ended.outcome is not None:
                    waiting.extendleft(reversed(ended.outcome.tasks))
                yield ended
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def _join(self, ray: Any) -> None:
        if ray.is_initialized():
            return
        try:
            ray.init(address=self.address, log_to_driver=False, logging_level="error")
        except Exception as error:
            where = self.address or os.environ.get("RAY_ADDRESS") or "auto"
            raise CodecorpusError(f"no Ray cluster can be joined at {where}: {_cause(error)}") from error

    def _next(self, ray: Any, running: list[Any], tell: Tell) -> Any:
        """The next that ends; meanwhile it is told where none can begin."""
        seconds, later = LOOK_SECONDS
        while True:
            ready, _ = ray.wait(running, num_returns=1, timeout=seconds)
            if ready:
                return ready[0]
            if (why := self._lack(ray.nodes())) is not None:
                tell(Event("note", "ray", note=why))
            seconds = later

    def _lack(self, nodes: Iterable[Mapping[str, Any]]) -> str | None:
        """Why no node that there is can do a task, however long it waits; None where one can."""
        there = [(one["Resources"].get("CPU", 0), one["Resources"].get("memory", 0)) for one in nodes if one["Alive"]]
        if any(cpus >= self.jobs and memory >= self.memory for cpus, memory in there):
            return None
        known = ", ".join(sorted({_size(cpus, memory) for cpus, memory in there})) or "none"
        return f"waiting for a node of {_size(self.jobs, self.memory)}, --jobs and --memory; there are: {known}"


def _size(cpus: float, memory: float) -> str:
    return f"{cpus:g} CPUs and {memory / 1e9:.3g} GB"


def _cause(error: BaseException) -> str:
    """Ray's reason, without the traceback that it may have in its text."""
    told = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
    return told[-1].removeprefix("ray.exceptions.")


def _do(task: Task, jobs: int, memory: int, stall: float, folder: str, environment: Mapping[str, str]) -> Done:
    """Do a task on the node where this runs, in the folder that its files are named from."""
    os.environ.update(environment)
    try:
        os.chdir(folder)
    except OSError as error:
        if task.is_relative:
            why = f"{folder}: {error.strerror} on {platform.node()}; name files from the root on, or by URIs"
            return None, f"{task.name}: {why}", []
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
        cause = getattr(failure, "cause", None)  # of what was raised there, whose traceback is the failure's text
        told = str(failure).splitlines()[0] if cause is None else f"{type(cause).__name__}: {cause}"
        return Ended(task, None, f"{task.name}: {told}"), []
    return Ended(task, outcome, error), events


def _ray() -> Any:
    for name, value in ({"RAY_USAGE_STATS_ENABLED": "0"} | ONE_TRY).items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise CodecorpusError("ray is missing: pip install 'codecorpus[ray]'") from None
    return ray
