"""Which clips, encodes and frames are asked for, as arguments say it."""

from __future__ import annotations

from collections.abc import Sequence

from codecorpus import maps as grids
from codecorpus.corpus.numbers import NOTHING

Names = str | Sequence[str] | None
"""One name, several, or all where it is None."""


def several(names: Names) -> list[str]:
    """The names that are asked for; none where it is all."""
    return [names] if isinstance(names, str) else list(names or ())


def span(frames: slice | None) -> tuple[int, int]:
    """The first and last index of a slice, which has neither steps nor negative ends."""
    if frames is None:
        return 0, 0
    if not isinstance(frames, slice):
        raise ValueError(f"frames is a slice, as in slice(0, 16); not {frames!r}")
    if frames.step not in (None, 1) or any(end is not None and end < 0 for end in (frames.start, frames.stop)):
        raise ValueError(f"frames is a slice of indices from 0 without steps, not {frames}")
    return frames.start or 0, (-NOTHING if frames.stop is None else frames.stop) - 1


def _said(frames: slice) -> str:
    """A slice as people write it."""
    return f"{'' if frames.start is None else frames.start}:{'' if frames.stop is None else frames.stop}"


def index(clip: str, frames: grids.Frames, count: int) -> list[int]:
    """The presentation indices that are asked for, of the so many of a clip."""
    if frames is None:
        return list(range(count))
    if isinstance(frames, slice):
        if max(frames.start or 0, (frames.stop or 0) - 1) >= count:
            raise IndexError(f"frames {_said(frames)}: {clip} has {count}, from 0")
        return list(range(*frames.indices(count)))
    places = grids.indices(frames)
    if max(places, default=-1) >= count:
        raise IndexError(f"frame {max(places)}: {clip} has {count}, from 0")
    return places
