"""The parts of a corpus, and their rows by picture: as much at a time as a row group holds."""

from __future__ import annotations

import bisect
import hashlib
import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus.contents import Stored
from codecorpus.corpus.manifest import AGAIN, File
from codecorpus.corpus.numbers import Bools, Floats, Ints, floats, integers
from codecorpus.corpus.store import LocalStore, Store
from codecorpus.corpus.writer import MAGIC, picture_ends
from codecorpus.errors import CorpusError

ROWS_AT_ONCE: Final = 100_000
"""Rows that are worked on at a time."""

FOOTER_AHEAD: Final = 1 << 16
"""Bytes at the end of a part that are read before it is known how many of them are its footer."""


class Keys(NamedTuple):
    """What the rows of a row group are of: several clips where they are small, in the order of their names."""

    first: str
    last: str
    encode: str
    codec: str

    @property
    def is_shared(self) -> bool:
        """Whether it holds several clips."""
        return self.first != self.last


class Part:
    """A part of intrinsics, open to read: its footer is parsed once, its row groups are found by clip and picture.

    Threads may share it.

    Raises:
        CorpusError: the file is not there, or not the one that was written; reading raises it too.
    """

    def __init__(self, store: Store, stored: Stored, table: str) -> None:
        self._where = f"{store.path}/{stored.name}"
        self._lock = threading.Lock()
        with self._told():
            source = store.open(stored.name)
            self.footer = _footer(source, stored.file)
            self._file = pq.ParquetFile(
                source,
                metadata=self.footer,
                pre_buffer=not isinstance(store, LocalStore),
                page_checksum_verification=True,
            )
        self._schema = schema.PARTS[table]
        self._keys: dict[int, Keys] = {}
        leaves = self.footer.schema  # of a list of numbers one, as of a column
        self._columns = {leaves.column(at).path.partition(".")[0]: at for at in range(len(leaves))}

    @property
    def groups(self) -> range:
        """All row groups."""
        return range(self.footer.num_row_groups)

    def of_clip(self, clip: str) -> range:
        """The row groups that hold rows of a clip."""
        first = bisect.bisect_left(self.groups, clip, key=lambda group: self.keys(group).last)
        return range(first, bisect.bisect_right(self.groups, clip, first, key=lambda group: self.keys(group).first))

    def keys(self, group: int) -> Keys:
        """Clips, encode and codec of a row group."""
        if group not in self._keys:
            columns = self.footer.row_group(group)
            clip, *others = (columns.column(self._columns[key]).statistics for key in schema.KEYS)
            with self._told():
                if clip is None or any(bounds is None or bounds.min != bounds.max for bounds in others):
                    raise pa.ArrowInvalid(f"row group {group} is of several encodes or codecs")
            self._keys[group] = Keys(str(clip.min), str(clip.max), *(str(bounds.min) for bounds in others))
        return self._keys[group]

    def within(self, groups: Iterable[int], column: str, least: int, most: int) -> list[int]:
        """Those of some row groups that may have a value of an integer column from `least` to `most`."""
        at = self._columns[column]
        found = []
        for group in groups:
            known = self.footer.row_group(group).column(at).statistics
            if known is None or (known.has_min_max and known.min <= most and known.max >= least):
                found.append(group)
        return found

    def read(self, groups: Sequence[int], columns: Sequence[str], clips: Sequence[str] | None = None) -> pa.Table:
        """Columns of some row groups, in the order that is asked for; null in columns that it was written without.

        Where the row groups of some `clips` are read, others' rows that stand in them are left out.
        """
        if not len(groups):
            return self.schema(columns).empty_table()
        names = [name for name in columns if name in self._columns and name not in schema.KEYS]
        if (clips is None and "clip" not in columns) or not any(self.keys(group).is_shared for group in groups):
            return self._whole(self._read(groups, names), groups, columns)
        rows = self._read(groups, [*names, "clip"])
        if clips is None:
            return self._whole(rows, groups, columns)
        rows = kept(rows, np.asarray(pc.is_in(rows["clip"], pa.array(clips, pa.string()))))
        return self._whole(rows, groups, columns, rows.num_rows)

    def shown(
        self,
        groups: Sequence[int],
        columns: Sequence[str],
        least: int,
        most: int,
        clips: Sequence[str] | None = None,
    ) -> pa.Table:
        """As `read`, the rows alone that are of a range of frames."""
        among = list(dict.fromkeys([*(name for name in columns if name not in schema.KEYS), "frame"]))
        pieces = []
        for keys, alike in itertools.groupby(groups, self.keys):
            run = list(alike)
            rows = self.read(run, [*among, "clip"] if keys.is_shared else among, clips)
            frame = integers(rows["frame"])
            rows = kept(rows, (frame >= least) & (frame <= most))
            pieces.append(self._whole(rows, run, columns, rows.num_rows))
        return pa.concat_tables(pieces) if pieces else self.schema(columns).empty_table()

    def schema(self, columns: Sequence[str]) -> pa.Schema:
        """Of these columns."""
        return pa.schema([self._schema.field(name) for name in columns], self._schema.metadata)

    def _whole(
        self, rows: pa.Table, groups: Sequence[int], columns: Sequence[str], count: int | None = None
    ) -> pa.Table:
        """Rows of some row groups, all or `count` of them, with the columns that need not be read."""
        declared = self.schema(columns)
        arrays = dict(zip(rows.column_names, rows.columns, strict=True))
        if count is None:
            counts = [self.footer.row_group(group).num_rows for group in groups]
        else:
            groups, counts = groups[:1], [count]
        if lacking := [key for key in columns if key in schema.KEYS and key not in arrays]:  # the footer tells them
            told = [keyed(self.keys(group), count) for group, count in zip(groups, counts, strict=True)]
            arrays |= {key: pa.chunked_array([keys[key] for keys in told]) for key in lacking}
        for name in columns:
            if name not in arrays:
                arrays[name] = pa.chunked_array([pa.nulls(sum(counts), declared.field(name).type)])
        return pa.Table.from_arrays([arrays[name] for name in columns], schema=declared)

    def _read(self, groups: Sequence[int], names: list[str]) -> pa.Table:
        if not names:
            return pa.table({})
        columns = [self._columns[name] for name in names]
        with self._lock, self._told():
            rows = self._file.reader.read_row_groups(list(groups), column_indices=columns, use_threads=False)
            for column in rows.columns:  # checksums are of pages, not of what stands before them
                if pa.types.is_dictionary(column.type):
                    column.validate(full=True)
        return rows

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise CorpusError(f"{self._where}: the file is not there; {AGAIN}") from None
        except (OSError, pa.ArrowException) as error:
            raise CorpusError(f"{self._where}: the file is damaged ({error}); {AGAIN}") from error


def _footer(source: pa.NativeFile, told: File) -> pq.FileMetaData:
    """What a part says of its row groups, if it is what was written.

    Raises:
        pyarrow.ArrowInvalid: it is not.
    """
    size = source.size()
    if size != told.bytes:
        raise pa.ArrowInvalid(f"it is {size} bytes long, its marker tells of {told.bytes}")
    length = min(size, FOOTER_AHEAD)
    data = source.read_at(length, size - length)
    needed = int.from_bytes(data[-8:-4], "little") + 8
    if length < needed <= size:
        data = source.read_at(needed, size - needed)
    footer = data[-needed:]
    if hashlib.sha256(footer).hexdigest() != told.footer:
        raise pa.ArrowInvalid("its end is not what was written")
    return pq.read_metadata(pa.BufferReader(MAGIC + footer))


@dataclass(frozen=True)
class Pictures:
    """The coded pictures of a part of **frames**, in the order of its rows: by clip, then coded order.

    `clip` is the index of each one's clip in `clips`; `integers` and `floats` hold the other columns.
    """

    clips: list[str]
    clip: Ints
    integers: dict[str, Ints]
    floats: dict[str, Floats]

    @classmethod
    def of(cls, frames: pa.Table) -> Pictures:
        """From rows of **frames**."""
        clips = list(dict.fromkeys(frames["clip"].to_pylist()))
        others = [name for name in frames.column_names if name != "clip"]
        fractions = {name for name in others if pa.types.is_floating(frames.schema.field(name).type)}
        return cls(
            clips,
            integers(pc.index_in(frames["clip"].cast(pa.string()), pa.array(clips, pa.string()))),
            {name: integers(frames[name]) for name in others if name not in fractions},
            {name: floats(frames[name]) for name in fractions},
        )

    def __len__(self) -> int:
        return len(self.clip)

    @cached_property
    def keys(self) -> Ints:
        """One number for clip and coded order; they rise where the rows are in order."""
        return self.clip << 32 | self.integers["coded_order"]

    def find(self, clip: Ints, coded_order: Ints) -> Ints:
        """The indices of pictures by clip and coded order, -1 where there is none."""
        if not len(self):
            return np.full(len(clip), -1)
        wanted = clip << 32 | coded_order
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self) - 1)
        return np.where((self.keys[at] == wanted) & (clip >= 0), at, -1)

    def of_rows(self, rows: pa.Table) -> Ints:
        """The picture of each row of another table, -1 where there is none."""
        clip = pc.index_in(rows["clip"].cast(pa.string()), pa.array(self.clips, pa.string()))
        return self.find(integers(clip), integers(rows["coded_order"]))

    def by_clip(self) -> Iterator[tuple[str, Ints]]:
        """Each clip's pictures."""
        order = np.argsort(self.clip, kind="stable")
        ends = np.searchsorted(self.clip[order], np.arange(len(self.clips)), side="right")
        for name, begin, end in zip(self.clips, [0, *ends], ends, strict=False):
            yield name, order[begin:end]

    def name(self, picture: int) -> tuple[str, int]:
        """Clip and coded order of a picture."""
        return self.clips[self.clip[picture]], int(self.integers["coded_order"][picture])


def keyed(keys: Keys, count: int) -> dict[str, pa.Array]:
    """The columns of keys of so many rows of one clip."""
    values = {"clip": keys.first, "encode": keys.encode, "codec": keys.codec}
    return {name: pa.repeat(pa.scalar(value, pa.string()), count) for name, value in values.items()}


def kept(rows: pa.Table, keep: Bools) -> pa.Table:
    """Some rows, in a copy that holds nothing of the others."""
    there = np.flatnonzero(keep)
    if not len(there):
        return rows.slice(0, 0)
    first, end = int(there[0]), int(there[-1]) + 1
    return rows.slice(first, end - first).filter(pa.array(keep[first:end]))


def groups(part: Part, columns: list[str]) -> Iterator[pa.Table]:
    """The rows of a part, some pictures at a time; a picture is cut only where row groups cut it."""
    for index in part.groups:
        rows = part.read([index], columns)
        ends = picture_ends(rows)
        begin = 0
        while begin < rows.num_rows:
            end = int(ends[min(int(np.searchsorted(ends, begin + ROWS_AT_ONCE)), len(ends) - 1)])
            yield rows.slice(begin, end - begin)
            begin = end


class Ahead:
    """Rows of a part, taken picture by picture in step with another table's."""

    def __init__(self, part: Part, columns: list[str], pictures: Pictures) -> None:
        self._groups = groups(part, columns)
        self._pictures = pictures
        self._rows: pa.Table | None = None
        self._at: Ints = np.zeros(0, np.int64)

    def upto(self, picture: int) -> Iterator[tuple[pa.Table, Ints]]:
        """The rows of all pictures up to one, not taken before, with the index of each row's picture."""
        while True:
            if self._rows is None:
                self._rows = next(self._groups, None)
                if self._rows is None:
                    return
                self._at = self._pictures.of_rows(self._rows)
            # Rows out of order, and of no picture, come with those before them.
            highest = np.maximum.accumulate(self._at)
            end = int(np.searchsorted(highest, picture, side="right"))
            if end:
                yield self._rows.slice(0, end), self._at[:end]
            if end < len(self._at):
                self._rows, self._at = self._rows.slice(end), self._at[end:]
                return
            self._rows = None
