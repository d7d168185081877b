"""Whether a corpus' bitstreams are those that its recipe gave elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codecorpus.corpus import layout
from codecorpus.corpus.rows import StreamRow
from codecorpus.corpus.store import Store
from codecorpus.recipe.shelf import Digests
from codecorpus.run.bind import done_rows


@dataclass(frozen=True)
class Sameness:
    """How many bitstreams are those that are kept, and which are others."""

    same: int
    others: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.others


def gather(store: Store) -> Digests:
    """The digests of a corpus' bitstreams."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in _encoded(store):
        found.setdefault(row.ffmpeg_version or "", {}).setdefault(row.encode, {})[row.clip] = row.sha256 or ""
    return Digests(found)


def compare(store: Store, kept: Digests) -> Sameness | None:
    """Compare a corpus' bitstreams with those that are kept of the same FFmpeg's; None where none are."""
    same, others, known = 0, [], False
    for row in _encoded(store):
        if (told := kept.streams.get(row.ffmpeg_version or "")) is None:
            continue
        known = True
        if told.get(row.encode, {}).get(row.clip) == row.sha256:
            same += 1
        else:
            others.append(f"{row.clip} {row.encode}")
    return Sameness(same, tuple(sorted(others))) if known else None


def _encoded(store: Store) -> Iterator[StreamRow]:
    """Rows of **streams** that were encoded."""
    return (row for row in done_rows(store) if row.encode != layout.SOURCE)
