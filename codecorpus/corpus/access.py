"""Which streams of a corpus can be read, and their parts, opened."""

from __future__ import annotations

from typing import Final, NamedTuple

from codecorpus import maps as grids
from codecorpus.corpus.contents import Contents, Stored
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import AGAIN
from codecorpus.corpus.parts import Part
from codecorpus.corpus.recent import Recent
from codecorpus.corpus.selection import Names, several
from codecorpus.errors import CorpusError

PARTS_AT_HAND: Final = 256
"""Parts that are kept open."""


class Readable(NamedTuple):
    """A stream that can be read, and what is known of its clip."""

    clip: str
    encode: str
    chunk: Chunk
    codec: str
    size: grids.Size | None
    frames: int | None


class Access:
    """Clips, streams and parts by name: what failed, or is not there, is an error that says so."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._parts: Recent[Stored, Part] = Recent(PARTS_AT_HAND)

    @property
    def path(self) -> str:
        """The corpus, as the user names it."""
        return self.contents.path

    def chunk(self, clip: str) -> Chunk:
        """The chunk of a clip that did not fail."""
        chunk = self.contents.chunk_of.get(clip)
        if chunk is None:
            raise self.contents.unknown("clip", clip, self.contents.chunk_of)
        known = self.contents.clips(chunk)[clip]
        if known.status == "failed":
            raise CorpusError(f"{self.path}: the clip {clip} failed: {known.error}")
        return chunk

    def stream(self, clip: str, encode: str) -> Readable:
        """A stream that can be read.

        Raises:
            CorpusError: there is no such clip or encode; the stream failed, or is not made yet.
        """
        if encode not in self.contents.encodes:
            raise self.contents.unknown("encode", encode, self.contents.encodes)
        chunk = self.chunk(clip)
        stream = self.contents.streams(chunk, encode).get(clip)
        if stream is None:
            raise CorpusError(f"{self.path}: {clip} through {encode} is not made yet; {AGAIN}")
        if stream.status == "failed" or stream.codec is None:
            raise CorpusError(f"{self.path}: {clip} through {encode} failed: {stream.error}")
        known = self.contents.clips(chunk)[clip]
        size = (known.width, known.height) if known.width and known.height else None
        most = max((count for count in (known.frames, stream.frames) if count is not None), default=None)
        return Readable(clip, encode, chunk, stream.codec, size, most)

    def part(self, table: str, chunk: Chunk, encode: str, codec: str) -> Part | None:
        """The part of a table that holds a chunk's streams through an encode; None where there is none."""
        stored = self.contents.part(table, chunk, encode, codec)
        return None if stored is None else self.opened(stored, table)

    def opened(self, stored: Stored, table: str) -> Part:
        """A part of a table, opened."""
        return self._parts.get(stored, lambda: Part(self.contents.store, stored, table))

    def needed(self, of: Readable, table: str) -> tuple[Part, range]:
        """The part and the row groups of a stream."""
        part = self.part(table, of.chunk, of.encode, of.codec)
        if part is None:
            raise self.no_table(table, of.encode)
        return part, part.of_clip(of.clip)

    def no_table(self, table: str, encode: Names = None) -> CorpusError:
        """The error of a table that is not there."""
        of = "" if encode is None else f" of {', '.join(several(encode))}"
        return CorpusError(f"{self.path}: no table {table}{of} in it: it was not asked for, or is not made yet")
