"""What is in a corpus, by its markers alone: which clips, encodes and streams there are, and in which files.

Everything is read when it is first needed, once: of a clip's window no more than its chunk's bookkeeping, and which
clip is in which chunk.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

import pyarrow as pa

from codecorpus import schema
from codecorpus.corpus import layout, manifest
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import AGAIN, File, Json, Made
from codecorpus.corpus.recent import Recent
from codecorpus.corpus.rows import table_of_rows
from codecorpus.corpus.store import LocalStore, OwnStore, Store
from codecorpus.errors import CorpusError

CHUNKS_AT_HAND: Final = 1024
"""Chunks, and chunks of an encode, whose rows are kept: some 100 MB where they are full of short clips."""

AT_ONCE: Final = 16
"""Files that are asked for at once of a far store."""

FEW: Final = 12
"""Names that are told all where one is not known."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Clip(NamedTuple):
    """What is known of a clip."""

    width: int | None
    height: int | None
    frames: int | None
    fps: float | None
    source: str
    status: str
    error: str | None
    track: int | None
    tracks: int | None
    rotation: int | None
    mirrored: bool | None
    sample_aspect_num: int | None
    sample_aspect_den: int | None


class Stream(NamedTuple):
    """What is known of a stream. `error` is why it failed, if it did, or what is damaged first."""

    codec: str | None
    status: str
    error: str | None
    frames: int | None


class Stored(NamedTuple):
    """A file that counts, and what its marker says of it."""

    name: str
    file: File


class Contents:
    """What the markers of a corpus name."""

    def __init__(self, store: Store) -> None:
        self._own = OwnStore(store)
        self._made: Recent[tuple[Chunk, str], Made] = Recent(CHUNKS_AT_HAND)
        self._clips: Recent[Chunk, dict[str, Clip]] = Recent(CHUNKS_AT_HAND)
        self._streams: Recent[tuple[Chunk, str], dict[str, Stream]] = Recent(CHUNKS_AT_HAND)

    @property
    def store(self) -> Store:
        """Where it lies."""
        return self._own()

    @property
    def path(self) -> str:
        """As the user names it."""
        return self.store.path

    @cached_property
    def chunks(self) -> list[Chunk]:
        """Every chunk that something was made of."""
        return manifest.chunks(self.store)

    @cached_property
    def encodes(self) -> list[str]:
        """The names of all encodes."""
        return manifest.encodes(self.store)

    @cached_property
    def chunk_of(self) -> dict[str, Chunk]:
        """The chunk of every clip."""
        names = self.each(lambda chunk: self._clip_rows(chunk, ["clip"])["clip"].to_pylist(), self.chunks)
        return {name: chunk for chunk, clips in zip(self.chunks, names, strict=True) for name in clips}

    def made(self, chunk: Chunk, what: str) -> Made:
        """What was made of a chunk's streams through an encode, or of its clips."""
        return self._made.get((chunk, what), lambda: manifest.made(self.store, chunk, what))

    def clips(self, chunk: Chunk) -> dict[str, Clip]:
        """What is known of a chunk's clips, by name."""

        def read() -> dict[str, Clip]:
            rows = self._clip_rows(chunk, ["clip", *Clip._fields])
            return {row.pop("clip"): Clip(**row) for row in rows.to_pylist()}

        return self._clips.get(chunk, read)

    def streams(self, chunk: Chunk, encode: str) -> dict[str, Stream]:
        """What is known of a chunk's streams through an encode, by clip; none where they are still to be made."""

        def read() -> dict[str, Stream]:
            rows = self._stream_rows(chunk, encode, ["clip", *Stream._fields])
            return {row.pop("clip"): Stream(**row) for row in rows.to_pylist()}

        return self._streams.get((chunk, encode), read)

    def own_stream(self, chunk: Chunk, clip: str) -> Stream | None:
        """What is known of the stream that a clip's source has itself; None where that was not read."""
        return self.streams(chunk, layout.SOURCE).get(clip) if layout.SOURCE in self.encodes else None

    def rows_about(self, chunk: Chunk, encode: str, clip: str) -> tuple[Json, Json, Json]:
        """The rows of **encodes**, **streams** and **clips** of a stream."""
        encodes = self.rows("encodes", self._encode_part(encode)).to_pylist()
        streams = self._stream_rows(chunk, encode, schema.STREAMS.names).to_pylist()
        clips = self._clip_rows(chunk, schema.CLIPS.names).to_pylist()
        (stream,), (row,) = (
            [candidate for candidate in rows if candidate["clip"] == clip] for rows in (streams, clips)
        )
        return encodes[0], stream, row

    def part(self, table: str, chunk: Chunk, encode: str, codec: str) -> Stored | None:
        """The part of a table that holds a chunk's streams through an encode; None where it was not asked for."""
        made = self.made(chunk, encode)
        name = next((name for name in made.parts(table) if name.startswith(f"{table}/{codec}/")), None)
        return None if name is None else Stored(name, made.files[name])

    def map_parts(self, chunk: Chunk, encode: str, codec: str) -> dict[int, Stored]:
        """The parts of **maps**, by the side of their cells."""
        made = self.made(chunk, encode)
        return {cell: Stored(name, made.files[name]) for cell, name in made.maps(codec).items()}

    def parts(self, table: str) -> Iterator[Stored]:
        """Every part of a table, bookkeeping or not, by chunk and encode."""
        if table == "encodes":
            yield from (self._encode_part(encode) for encode in self.encodes)
            return
        whats = [layout.CLIPS] if table == "clips" else self.encodes
        asked = [(chunk, what) for chunk in self.chunks for what in whats]
        for made in self.each(lambda key: self.made(*key), asked):
            yield from (Stored(name, made.files[name]) for name in made.parts(table))

    def bookkeeping(self, table: str) -> pa.Table:
        """All rows of **clips**, **encodes** or **streams**."""
        declared = schema.BOOKKEEPING[table]
        return pa.concat_tables(
            [declared.empty_table(), *self.each(lambda part: self.rows(table, part), self.parts(table))]
        )

    def rows(self, table: str, part: Stored, columns: list[str] | None = None) -> pa.Table:
        """A part of a bookkeeping table: small, and read whole."""
        return table_of_rows(table, self.read(part), columns)

    def read(self, stored: Stored) -> bytes:
        """A whole file that counts.

        Raises:
            CorpusError: it is not there, or not what was written.
        """
        where = f"{self.path}/{stored.name}"
        try:
            data = self.store.read(stored.name)
        except FileNotFoundError:
            raise CorpusError(f"{where}: the file is not there; {AGAIN}") from None
        except OSError as error:
            raise CorpusError(f"{where}: {error}") from error
        if hashlib.sha256(data).hexdigest() != stored.file.sha256:
            raise CorpusError(f"{where}: the file is damaged; {AGAIN}")
        return data

    def each(self, ask: Callable[[Asked], Answer], asked: Iterable[Asked]) -> list[Answer]:
        """An answer to each; some at once where the store is far."""
        if isinstance(self.store, LocalStore):
            return [ask(what) for what in asked]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(ask, asked))

    def unknown(self, key: str, name: str, known: Iterable[str]) -> CorpusError:
        """The error of a name that is not known."""
        names = sorted(known)
        if len(names) > FEW:
            near = difflib.get_close_matches(name, names, 3, 0)
            return CorpusError(f"{self.path}: no {key} {name!r} among {len(names)}; the nearest are {', '.join(near)}")
        return CorpusError(f"{self.path}: no {key} {name!r}; known are {', '.join(names) or 'none'}")

    def _clip_rows(self, chunk: Chunk, columns: list[str]) -> pa.Table:
        return self._rows_of("clips", chunk, layout.CLIPS, columns)

    def _stream_rows(self, chunk: Chunk, encode: str, columns: list[str]) -> pa.Table:
        return self._rows_of("streams", chunk, encode, columns)

    def _rows_of(self, table: str, chunk: Chunk, what: str, columns: list[str]) -> pa.Table:
        made = self.made(chunk, what)
        parts = [self.rows(table, Stored(name, made.files[name]), columns) for name in made.parts(table)]
        none = pa.schema([schema.BOOKKEEPING[table].field(name) for name in columns]).empty_table()
        return pa.concat_tables([none, *(part.cast(none.schema) for part in parts)])

    def _encode_part(self, encode: str) -> Stored:
        name = layout.encode_marker(encode)
        body = manifest.read(self.store, name)
        if body is None:
            raise CorpusError(f"{self.path}/{name}: the file is not there; {AGAIN}")
        return Stored(*manifest.of_single(body, name))
