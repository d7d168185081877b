"""The parts of a corpus, and their rows by picture: as much at a time as a row group holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus.writer import picture_ends

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

NOTHING: Final = -1 << 31
"""Stands for null: no picture, and no distance between two, is so far back."""

ROWS_AT_ONCE: Final = 100_000
"""Rows that are worked on at a time."""

PART: Final = re.compile(r"[^/]+/codec=([^/]+)/encode=([^/]+)/(part-\d+\.parquet)")


@dataclass(frozen=True)
class Parts:
    """The parts of one encode in one shard: their files' name, and by table the paths of those that stand there."""

    codec: str
    encode: str
    name: str
    tables: dict[str, str]

    @contextmanager
    def open(
        self, files: pyarrow.fs.FileSystem, root: str, among: Collection[str]
    ) -> Iterator[dict[str, pq.ParquetFile]]:
        """Those of some tables that stand there, by table."""
        with ExitStack() as stack:
            yield {
                table: stack.enter_context(pq.ParquetFile(stack.enter_context(files.open_input_file(f"{root}/{path}"))))
                for table, path in self.tables.items()
                if table in among
            }


def find(files: pyarrow.fs.FileSystem, root: str) -> list[Parts]:
    """Every part that holds streams, and those of **streams**, by codec, encode and shard; paths begin at `root`."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for table in (*schema.PARTS, "streams"):
        selector = pyarrow.fs.FileSelector(f"{root}/{table}", recursive=True, allow_not_found=True)
        for info in files.get_file_info(selector):
            path = info.path.removeprefix(f"{root}/")
            if match := PART.fullmatch(path):
                found.setdefault((match[1], match[2], match[3]), {})[table] = path
    return [Parts(*key, tables) for key, tables in sorted(found.items())]


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


def integers(column: pa.ChunkedArray | pa.Array, null: int = NOTHING) -> Ints:
    """A column as int64, with `null` where there is nothing."""
    return np.asarray(pc.fill_null(column.cast(pa.int64()), null))


def floats(column: pa.ChunkedArray) -> Floats:
    """A column as float64, with NaN where there is nothing."""
    return np.asarray(pc.fill_null(column.cast(pa.float64()), np.nan))


def groups(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.Table]:
    """The rows of a part, some pictures at a time; a picture is cut only where row groups cut it."""
    for index in range(file.num_row_groups):
        rows = file.read_row_group(index, columns)
        ends = picture_ends(rows)
        begin = 0
        while begin < rows.num_rows:
            end = int(ends[min(int(np.searchsorted(ends, begin + ROWS_AT_ONCE)), len(ends) - 1)])
            yield rows.slice(begin, end - begin)
            begin = end


class Ahead:
    """Rows of a part, taken picture by picture in step with another table's."""

    def __init__(self, file: pq.ParquetFile, columns: list[str], pictures: Pictures) -> None:
        self._groups = groups(file, columns)
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
