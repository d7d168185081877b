"""Bars on a terminal."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from codecorpus.run.work import Event


class Bars:
    """A bar for all streams, and one for each that is made or read just now."""

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
        self._under_way: dict[tuple[str, str], tuple[TaskID, float]] = {}
        self._counted: set[tuple[str, str]] = set()
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
            self._end(key)
            task = self._progress.add_task(" ".join(key), total=frames, rate="")
            self._under_way[key] = task, time.monotonic()
        elif event.kind in ("frames", "alive") and key in self._under_way:
            task, began = self._under_way[key]
            self._progress.update(task, completed=event.frames, rate=_rate(event.frames or 0, began))
        elif event.kind in ("encoded", "read", "failed"):
            self._end(key)
            if event.encode and key not in self._counted:
                self._count(key, event.frames or 0)

    def _end(self, key: tuple[str, str]) -> None:
        if key in self._under_way:
            self._progress.remove_task(self._under_way.pop(key)[0])

    def _count(self, key: tuple[str, str], frames: int) -> None:
        """Count a stream once: one that is made is read afterwards, maybe twice."""
        self._counted.add(key)
        self._frames += frames
        if self._all is not None:
            self._progress.update(self._all, advance=1, rate=_rate(self._frames, self._began))


def _rate(frames: int, since: float) -> str:
    return f"{frames / max(time.monotonic() - since, 0.01):.0f} fps"
