"""What chunks are made of, as it was planned and is kept in the corpus: clips that are cut, files that are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import msgspec

from codecorpus.corpus import layout, manifest
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.rows import ClipRow
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError
from codecorpus.sources.clips import Clip
from codecorpus.sources.find import Video


@dataclass(frozen=True)
class Lost:
    """A source that gives no clip, and why. `clip` is the name that its first would have."""

    clip: str
    source: str
    error: str


@dataclass(frozen=True)
class File:
    """A file that is read as it is, and the name of the clip that it is."""

    clip: str
    video: Video


@dataclass(frozen=True)
class Planned:
    """What a chunk is made of: clips that are cut, or files that are read; by name."""

    clips: tuple[Clip, ...] = ()
    files: tuple[File, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of its clips, in their order in parts."""
        return tuple(sorted([clip.name for clip in self.clips] + [file.clip for file in self.files]))

    def gave(self, told: Iterable[ClipRow]) -> bool:
        """Whether rows of **clips** are of what it is made of."""
        known = {row.clip: row.source_sha256 for row in told}
        own = {clip.name: clip.sha256 for clip in self.clips} | {lost.clip: None for lost in self.lost}
        return known == own | {file.clip: known.get(file.clip) for file in self.files}


def plain(chunks: tuple[Planned, ...]) -> Any:
    """The chunks of a group as their marker has them."""
    return msgspec.to_builtins(chunks, enc_hook=_text)


def _text(value: object) -> str:
    """What JSON has no form for: a fraction."""
    if not isinstance(value, Fraction):
        raise NotImplementedError(type(value))
    return str(value)


def _fraction(kind: type, value: object) -> object:
    """What `_text` was made of."""
    if kind is not Fraction or not isinstance(value, str):
        raise NotImplementedError(kind)
    return Fraction(value)


def read(store: Store, group: int) -> tuple[Planned, ...] | None:
    """The chunks of a group as they were planned; None where that is still to be done.

    Raises:
        CorpusError: the marker is damaged.
    """
    body = manifest.read(store, layout.plan_marker(group))
    if body is None:
        return None
    try:
        return msgspec.convert(body["chunks"], tuple[Planned, ...], dec_hook=_fraction)
    except (msgspec.ValidationError, KeyError):
        raise CorpusError(f"{store.path}/{layout.plan_marker(group)}: the marker is damaged") from None


def of_chunk(store: Store, chunk: Chunk) -> Planned:
    """What a chunk is made of.

    Raises:
        CorpusError: its group is not planned, or the marker is damaged.
    """
    chunks = read(store, chunk.group)
    if chunks is None or chunk.number >= len(chunks):
        raise CorpusError(f"{store.path}: the chunk {chunk} is not planned; {manifest.AGAIN}")
    return chunks[chunk.number]
