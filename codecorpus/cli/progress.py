"""Progress on the standard error: bars on a terminal, plain lines elsewhere; events as JSON lines if asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from codecorpus.cli import say
from codecorpus.run.request import Event

Result = TypeVar("Result")


class Teller:
    """Tells each event of a build as it comes."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=True)
        self._bars = Bars(self._console) if self._console.is_terminal else None
        self._total = 0
        self._ended = 0
        self._frames: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def expect(self, streams: int, frames: Mapping[str, int]) -> None:
        """So many more streams are planned; `frames` is how many the clips have."""
        self._total += streams
        self._frames |= frames
        if self._as_json:
            say.out_json(event="plan", clips=len(frames), streams=streams)
        if self._bars:
            self._bars.expect(self._total)

    def tell(self, event: Event) -> None:
        """Tell one event."""
        if self._bars:
            self._bars.tell(event, self._frames.get(event.clip))
        if event.kind == "note":
            self._note(event)
        if event.kind not in ("done", "damaged", "failed"):
            return
        self._ended += 1
        if self._as_json:
            fields = {k: v for k, v in vars(event).items() if k != "kind" and v is not None}
            say.out_json(event=event.kind, **fields)
        count = f"[{self._ended}/{self._total}] " if self._total else ""
        if event.kind == "failed":
            self._line(f"{count}{event.clip} {event.encode}: failed: {event.error}")
        elif not self._bars:
            fps = f"{event.frames / event.seconds:.0f} fps" if event.seconds else ""
            told = f"{event.frames} frames, {say.size(event.bytes)}, {event.seconds:.1f} s, {fps}"
            self._line(f"{count}{event.clip} {event.encode}: {told}")

    def _note(self, event: Event) -> None:
        if self._as_json:
            say.out_json(event="note", clip=event.clip, note=event.note)
        self._line(f"note: {event.clip}: {event.note}")

    def _line(self, text: str) -> None:
        if self._bars:
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)
        else:
            say.err(text)


def watched(work: Callable[[Callable[[str], None]], Result]) -> Result:
    """What a piece of work gives; on a terminal, what it is at is shown meanwhile."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return work(lambda what: None)
    with console.status("") as status:
        return work(lambda what: status.update(what))


class Bars:
    """A bar for all streams, and one for each that is under way."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._all: TaskID | None = None
        self._began = time.monotonic()
        self._frames = 0
        self._tasks: dict[tuple[str, str], tuple[TaskID, float]] = {}
        self.start = self._progress.start
        self.stop = self._progress.stop

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
