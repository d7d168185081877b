"""Binding: the streams of a chunk through one encode, clip after clip, into its parts, each row written once."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from codecorpus.corpus import layout, manifest, rows
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import File, Marker
from codecorpus.corpus.rows import StreamRow
from codecorpus.corpus.store import Store
from codecorpus.corpus.writer import PartWriter
from codecorpus.errors import CodecorpusError, CorpusError, reason
from codecorpus.run import ledger
from codecorpus.run.hold import commits
from codecorpus.run.ledger import ChangedError, Need, OvertakenError, Standing
from codecorpus.run.work import Event, Tell

if TYPE_CHECKING:
    from codecorpus.corpus.map_rows import MapRows
    from codecorpus.intrinsics import Intrinsics

Value = TypeVar("Value")

OVERTAKEN: Final = 20
"""How often others may be first."""


def until_unchanged(attempt: Callable[[Collection[str]], Value], what: str) -> Value:
    """What an attempt gives, which is told the encodes to make anew: what was made again of them is not what it was.

    Where another attempt was first, it is made as far as that has left something to be made.

    Raises:
        CorpusError: so it is of one that was made anew, or others are first all the while; `what` names what is made.
    """
    anew: set[str] = set()
    overtaken = 0
    while True:
        try:
            return attempt(anew)
        except ChangedError as error:
            if anew.issuperset(error.of):
                raise CorpusError(f"{what}: what is made again is not what was made before: {error}") from None
            anew |= {*error.of}
        except OvertakenError as error:
            overtaken += 1
            if overtaken == OVERTAKEN:
                raise CorpusError(f"{what}: others change it all the while: {error}") from None


class Ready(Protocol):
    """A stream that can be read."""

    @property
    def clip(self) -> str: ...

    @property
    def error(self) -> str | None:
        """Why there is nothing to read; None where there is."""

    def read(self, tables: Sequence[str]) -> Iterator[Intrinsics]:
        """Its tables, part by part.

        Raises:
            CodecorpusError: it cannot be read, or is not what it should be.
        """

    def maps(self, codec: str) -> Sequence[MapRows]:
        """What makes the rows of **maps** of it, for each size of cells."""

    def row(self, codec: str | None, error: str | None) -> StreamRow:
        """Its row of **streams**, once it was read; where it could not be, the error says why."""


@dataclass(frozen=True)
class Bound:
    """Files that wait for their names, and rows of **streams**."""

    files: dict[str, tuple[Path, File]]
    rows: list[StreamRow]


@dataclass
class Binding:
    """The parts of one encode and chunk while they grow, in a folder."""

    chunk: Chunk
    need: Need
    folder: Path
    tell: Tell
    tables: tuple[str, ...]
    """Of all that was asked for, also before."""
    _streams: list[Ready] = field(default_factory=list)
    _failed: dict[str, str] = field(default_factory=dict)
    """Why streams cannot be read, by clip."""
    _rows: list[StreamRow] = field(default_factory=list)
    _writers: dict[tuple[str, str], PartWriter] = field(default_factory=dict)
    _is_begun: bool = False
    """Rows of the stream that is being read may stand in parts."""

    def add(self, stream: Ready) -> None:
        """Write the rows of a stream whose clip's name is after those before.

        Where it turns out to be unreadable after some of its rows were written, all begins again without it; one of
        which nothing can be read is passed over.

        Raises:
            OSError: this machine fails, not a stream.
        """
        self._streams.append(stream)
        left = deque([stream])
        while left:
            if not self._is_added(left.popleft()):
                shutil.rmtree(self.folder, ignore_errors=True)
                self._writers, self._rows = {}, []
                left = deque(self._streams)

    def finish(self) -> Bound:
        """Make the parts whole."""
        return Bound(self._close(), [replace(row, tables=self._read(row)) for row in self._rows])

    def _read(self, row: StreamRow) -> tuple[str, ...]:
        return () if row.status == "failed" else self.tables

    def _is_added(self, stream: Ready) -> bool:
        """Whether the parts hold a stream whole, or nothing of it."""
        error = self._failed.get(stream.clip, stream.error)
        if error is None:
            self._is_begun = False
            try:
                self._rows.append(self._written(stream))
                return True
            except (CodecorpusError, MemoryError) as failure:
                error = self._failed[stream.clip] = reason(failure)
                self.tell(Event("read", stream.clip, self.need.encode))
                if self._is_begun:
                    return False
        self._rows.append(stream.row(None, error))
        return True

    def _written(self, stream: Ready) -> StreamRow:
        """The row of a stream whose tables are written."""
        codec: str | None = None
        grids: Sequence[MapRows] = ()
        pictures = 0
        self.tell(Event("begun", stream.clip, self.need.encode))
        for part in stream.read(self.need.tables):
            if codec is None:
                codec = part.codec
                self._is_begun = True
                grids = stream.maps(codec)
                for table in (*self.need.tables, *(("maps",) if grids else ())):
                    self._writer(table, codec).begin(stream.clip)
            for table in self.need.tables:
                self._writer(table, codec).write(part.tables[table])
            for of_cell in grids:
                self._writer("maps", codec).write(of_cell.add(part))
            pictures += part.tables["frames"].num_rows
            self.tell(Event("alive", stream.clip, self.need.encode, pictures))
        if codec is not None:
            for of_cell in grids:
                self._writer("maps", codec).write(of_cell.finish())
        for writer in self._writers.values():
            writer.end()
        self.tell(Event("read", stream.clip, self.need.encode, pictures))
        return stream.row(codec, None)

    def _writer(self, table: str, codec: str) -> PartWriter:
        if (table, codec) not in self._writers:
            path = self.folder / f"{table}-{codec}.parquet"
            self._writers[table, codec] = PartWriter(path, table, codec, self.need.encode)
        return self._writers[table, codec]

    def _close(self) -> dict[str, tuple[Path, File]]:
        made = {}
        for (table, codec), writer in self._writers.items():
            name = layout.part(table, codec, self.need.encode, self.chunk, self.need.number)
            made[name] = writer.path, writer.close()
        return made


def commit(store: Store, chunk: Chunk, need: Need, bound: Bound, work: Path, standing: Standing) -> None:
    """Give files their names, those of **streams** first, and put the marker that makes them count, last.

    `standing` is what stood when the need was found.

    Raises:
        ChangedError: what was to come out as before did not.
        OvertakenError: something else stands by now.
        OSError: the store fails.
    """
    data = rows.to_bytes(StreamRow, bound.rows)
    told = layout.streams(need.encode, chunk, need.number)
    path = work / "streams.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    files = {told: (path, rows.file_of(data, len(bound.rows))), **bound.files}
    if need.expected:
        wrong = [name for name, file in need.expected.items() if name not in files or files[name][1] != file]
        if wrong:
            raise ChangedError(wrong[0], need.encode)
        files = {name: one for name, one in files.items() if name in need.expected}
    with commits(store, chunk):
        _commit(store, chunk, need, bound, files, standing)


def _commit(
    store: Store, chunk: Chunk, need: Need, bound: Bound, files: dict[str, tuple[Path, File]], standing: Standing
) -> None:
    counts = {status: sum(row.status == status for row in bound.rows) for status in ("done", "damaged", "failed")}
    marker = Marker(
        chunk,
        need.encode,
        need.products,
        {name: file for name, (_, file) in files.items()},
        {status: count for status, count in counts.items() if count},
        need.replaces,
        need.number,
    )
    if ledger.is_done(store, marker, need, standing):
        return
    ledger.begin_anew(store, need, files)
    if need.expected:
        for name, (path, _) in files.items():
            store.publish(path, name)
        return
    if not _is_put(store, marker, files):
        _withdraw(store, marker)
        raise OvertakenError(marker.name)
    ledger.settle(store, need)
    for name in need.replaces:
        store.remove(name)


def _is_put(store: Store, marker: Marker, files: Mapping[str, tuple[Path, File]]) -> bool:
    """Give files their names, and put their marker; whether it counts.

    Where no lock reaches, another attempt may put one meanwhile, that tells of files of the same names: they stay.
    """
    for name, (path, _) in files.items():
        if store.size(marker.name) is not None:
            return False
        store.publish(path, name)
    return ledger.put(store, marker)


def _withdraw(store: Store, marker: Marker) -> None:
    """Remove the files of a marker that is not put, but for those that others name.

    The one that has its name is read itself, since a folder's list may be from before it: where it cannot be, all stay.
    """
    with suppress(FileNotFoundError, CorpusError):
        other = Marker.parse(store.read(marker.name), marker.name)
        named = {*other.files, *manifest.made(store, marker.chunk, marker.encode).files}
        for name in reversed([*marker.files]):
            if name not in named:
                store.remove(name)


def done_rows(store: Store) -> Iterator[StreamRow]:
    """Rows of **streams** whose bitstreams are known, in a whole corpus; without those that are lost or damaged.

    Raises:
        OSError: the store fails.
    """
    for _, encode, made in manifest.everything(store):
        if encode == layout.CLIPS:
            continue
        for row in ledger.known_rows(store, made).values():
            if row.status == "done" and row.sha256:
                yield row
