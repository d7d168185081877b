"""Bars on a terminal."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from codecorpus.run.work import Event


class Bars:
    """A bar for all streams, and one for each that is under way."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._all: TaskID | None = None
        self._began = time.monotonic()
        self._frames = 0
        self._tasks: dict[tuple[str, str], tuple[TaskID, float]] = {}
        self.start = self._progress.start
        self.stop = self._progress.stop

    def line(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def expect(self, streams: int) -> None:
        if self._all is None:
            self._all = self._progress.add_task("streams", total=streams, rate="")
        self._progress.update(self._all, total=streams)

    def tell(self, event: Event, frames: int | None) -> None:
        key = event.clip, event.encode
        if event.kind == "begun":
            task = self._progress.add_task(f"{event.clip} {event.encode}", total=frames, rate="")
            self._tasks[key] = task, time.monotonic()
        elif event.kind == "frames" and key in self._tasks:
            task, began = self._tasks[key]
            self._progress.update(task, completed=event.frames, rate=_rate(event.frames, began))
        elif event.kind in ("encoded", "read", "failed") and key in self._tasks:
            self._progress.remove_task(self._tasks.pop(key)[0])
            self._frames += event.frames
            if self._all is not None:
                self._progress.update(self._all, advance=1, rate=_rate(self._frames, self._began))


def _rate(frames: int, since: float) -> str:
    return f"{frames / max(time.monotonic() - since, 0.01):.0f} fps"
