"""Progress on the standard error: bars on a terminal, plain lines elsewhere; events as JSON lines if asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from codecorpus.cli import say

if TYPE_CHECKING:
    from codecorpus.cli.bars import Bars
    from codecorpus.run.work import Event

Result = TypeVar("Result")


class Teller:
    """Tells each event of a build as it comes."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._bars = _bars()
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
            frames, seconds = event.frames or 0, event.seconds
            took = f", {seconds:.1f} s, {frames / max(seconds, 0.01):.0f} fps" if seconds is not None else ""
            self._line(f"{count}{event.clip} {event.encode}: {frames} frames, {say.size(event.bytes or 0)}{took}")

    def _note(self, event: Event) -> None:
        if self._as_json:
            say.out_json(event="note", clip=event.clip, note=event.note)
        self._line(f"note: {event.clip}: {event.note}")

    def _line(self, text: str) -> None:
        if self._bars:
            self._bars.line(text)
        else:
            say.err(text)


def watched(work: Callable[[Callable[[str], None]], Result]) -> Result:
    """What a piece of work gives; on a terminal, what it is at is shown meanwhile."""
    if not _is_terminal():
        return work(lambda what: None)
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        return work(lambda what: status.update(what))


def _bars() -> Bars | None:
    if not _is_terminal():
        return None
    from codecorpus.cli.bars import Bars

    return Bars()


def _is_terminal() -> bool:
    """As Rich sees it, which is loaded only then."""
    return bool(os.environ.get("FORCE_COLOR")) or sys.stderr.isatty()
