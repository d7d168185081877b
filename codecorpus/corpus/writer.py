"""Parquet parts: row groups of whole pictures, small clips together, the same bytes for the same rows."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus.manifest import File

GROUP_ROWS: Final = 131_072
"""Most rows of a row group, so that a window of frames costs one or two: 10 MB in memory. A picture is never cut."""

SHARED_ROWS: Final = 16_384
"""Most rows of a row group of several clips: those of one are read with the others. A row group of a few rows costs as
much to write and to open as one of some thousands."""

MAP_GROUP_ROWS: Final = 32
"""Of **maps**: 7 MB of all channels at 1280x720 in cells of 16, 100 MB in cells of 4."""

SETTINGS: Final[dict[str, Any]] = {
    # Level 3 would take 1 % off a part, and level 6 another 3 %, each a tenth longer or more.
    **{"compression": "zstd", "compression_level": 1, "version": "2.6", "write_batch_size": 1 << 16},
    "write_page_checksum": True,  # a reader of a few row groups sees damage without the whole file's SHA-256
}

MAGIC: Final = b"PAR1"
"""Begins and ends a Parquet file. Before the last one is the length of the footer, in four bytes."""

ENCODINGS: Final = {
    **dict.fromkeys(("frame", "block"), "DELTA_BINARY_PACKED"),
    **dict.fromkeys(("coded_order", "field", "part", "energy", "energy_chroma"), "PLAIN"),
    **dict.fromkeys(("bits_mode", "bits_residual"), "BYTE_STREAM_SPLIT"),
}
"""Of columns for which a dictionary is no smaller, and takes longer to make: what counts has small differences, what
rarely changes compresses as it is, and charged bits are seldom the same twice."""

PRUNED: Final = (*schema.KEYS, "frame", "coded_order", "block")
"""Columns whose least and greatest value a footer tells: those that readers choose row groups by."""

Ends = np.ndarray[Any, np.dtype[np.int64]]


class _Piece(NamedTuple):
    """Rows of a clip that wait for their row group."""

    clip: str
    rows: pa.Table


class PartWriter:
    """One part while it grows, clip by clip in rising order; how its rows are cut into tables does not show in it.

    `close` makes the file whole; one that is not closed is to be thrown away.
    """

    def __init__(self, path: Path, table: str, codec: str, encode: str) -> None:
        self.path = path
        self.table = table
        declared = schema.PARTS[table]
        self._stored = _stored(declared)
        self._keys = {"codec": codec, "encode": encode}
        self._clip = ""
        self._most = MAP_GROUP_ROWS if table == "maps" else GROUP_ROWS
        self._most_shared = min(SHARED_ROWS, self._most)
        self._pending: list[_Piece] = []
        self._others = 0
        """How many of those are of clips before."""
        self._is_cut = False
        """Rows of this clip stand in a row group already."""
        self._rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never in a `with`: closing a writer ends the file, so only success may close.
        self._writer = pq.ParquetWriter(path, self._stored, store_schema=False, **SETTINGS, **_encodings(declared))
        self._writer.add_key_value_metadata(_told(declared))

    def begin(self, clip: str) -> None:
        """Say that the rows that follow are of another clip, whose name is after those before."""
        self.end()
        self._clip, self._is_cut, self._others = clip, False, len(self._pending)

    def write(self, rows: pa.Table) -> None:
        """Append rows of whole pictures in coded order, without the keys."""
        if _count(self._pending[self._others :]) + rows.num_rows <= self._most:
            self._add(rows)
            return
        ends = picture_ends(rows)
        begin = 0
        while begin < rows.num_rows:
            own = _count(self._pending[self._others :])
            fits = int(np.searchsorted(ends, begin + self._most - own, side="right"))
            end = int(ends[fits - 1]) if fits else 0
            if end <= begin and own:  # the next picture does not fit
                self._flush(self._others)
                self._flush(len(self._pending))
                self._is_cut = True
                continue
            if end <= begin:
                end = int(ends[np.searchsorted(ends, begin, side="right")])
            self._add(rows.slice(begin, end - begin))
            begin = end

    def end(self) -> None:
        """Say that no more rows of the clip follow: they are written, unless it is small and may share a row group."""
        if self._is_cut or _count(self._pending) > self._most_shared:
            self._flush(len(self._pending))

    def close(self) -> File:
        """Make the file whole, and tell what it is."""
        self._flush(len(self._pending))
        self._writer.close()
        return part_file(self.path, self._rows)

    def _add(self, rows: pa.Table) -> None:
        """Clips that come to too many rows with this one have a row group without it."""
        if not rows.num_rows:
            return
        if self._others and _count(self._pending) + rows.num_rows > self._most_shared:
            self._flush(self._others)
        self._pending.append(_Piece(self._clip, rows))

    def _flush(self, pieces: int) -> None:
        """Make a row group of the first pieces that wait."""
        own, self._pending = self._pending[:pieces], self._pending[pieces:]
        self._others = max(0, self._others - pieces)
        if not own:
            return
        count = _count(own)
        self._writer.write_table(self._whole(own), row_group_size=max(1, count))
        self._rows += count

    def _whole(self, pieces: list[_Piece]) -> pa.Table:
        """With the keys, as one chunk, dictionaries in order of first appearance: nothing of how the rows came here."""
        rows = pa.concat_tables([piece.rows for piece in pieces])
        keys = {name: [(value, rows.num_rows)] for name, value in self._keys.items()}
        keys["clip"] = [(piece.clip, piece.rows.num_rows) for piece in pieces]
        columns = []
        for field in self._stored:
            if field.name in keys:
                columns.append(_repeated(keys[field.name]))
                continue
            column = rows.column(field.name)
            if pa.types.is_dictionary(field.type):
                column = _by_first_appearance(column, field.type)
            columns.append(column)
        return pa.Table.from_arrays(columns, schema=self._stored).combine_chunks()


def _count(pieces: list[_Piece]) -> int:
    return sum(piece.rows.num_rows for piece in pieces)


def _stored(declared: pa.Schema) -> pa.Schema:
    """A table's schema as Arrow is given it to write: keys by their numbers, so that their text is not hashed a row."""
    for name in schema.KEYS:
        at = declared.get_field_index(name)
        field = declared.field(at)
        declared = declared.set(at, field.with_type(pa.dictionary(pa.int32(), field.type)))
    return declared


def _told(declared: pa.Schema) -> dict[bytes, bytes]:
    """What a part's footer tells besides: the schema that its rows are read by, as Arrow keeps it."""
    return {**(declared.metadata or {}), b"ARROW:schema": base64.b64encode(declared.serialize().to_pybytes())}


def _repeated(values: Iterable[tuple[str, int]]) -> pa.DictionaryArray:
    """Each value so many times."""
    names: dict[str, int] = {}
    numbers, counts = [], []
    for name, count in values:
        numbers.append(names.setdefault(name, len(names)))
        counts.append(count)
    return pa.DictionaryArray.from_arrays(
        np.repeat(np.array(numbers, np.int32), counts), pa.array(list(names), pa.string())
    )


def _by_first_appearance(column: pa.ChunkedArray, kind: pa.DictionaryType) -> pa.DictionaryArray:
    """The same values, of which the dictionary holds those that there are, in the order in which they come.

    Done on the numbers of values, a byte each: as text they would be most of what writing costs.
    """
    if not column.num_chunks:
        return pa.array([], kind)
    whole = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
    known = whole.dictionary.to_pylist()
    null = len(known)
    codes = np.asarray(whole.indices.fill_null(null) if whole.null_count else whole.indices).astype(np.uint8).tobytes()
    places = sorted((first, code) for code in range(null) if (first := codes.find(code)) >= 0)
    numbers = bytearray(256)
    for number, (_, code) in enumerate(places):
        numbers[code] = number
    indices = np.frombuffer(codes.translate(numbers), np.uint8).astype(kind.index_type.to_pandas_dtype())
    numbered = pa.array(indices, mask=np.frombuffer(codes, np.uint8) == null if whole.null_count else None)
    return pa.DictionaryArray.from_arrays(numbered, pa.array([known[code] for _, code in places], kind.value_type))


def part_file(path: Path, rows: int) -> File:
    """What a whole part is, by its bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.seek(-8, os.SEEK_END) + 8
        file.seek(size - 8 - int.from_bytes(file.read(4), "little"))
        footer = hashlib.sha256(file.read()).hexdigest()
    return File(size, digest, rows, footer)


def picture_ends(rows: pa.Table) -> Ends:
    """The row after each picture's last, for rows of one clip by coded order."""
    if not rows.num_rows:
        return np.zeros(0, np.int64)
    if "block" not in rows.column_names:  # **frames** and **maps**: a row is a picture
        return np.arange(1, rows.num_rows + 1)
    order = rows.column("coded_order").to_numpy()
    return np.append(np.flatnonzero(order[1:] != order[:-1]) + 1, rows.num_rows)


def _encodings(declared: pa.Schema) -> dict[str, Any]:
    """How a table's columns are written: by dictionary, unless another encoding suits them better."""
    encodings = {name: encoding for name, encoding in ENCODINGS.items() if name in declared.names}
    return {
        "use_dictionary": [name for name in declared.names if name not in encodings],
        "column_encoding": encodings,
        "write_statistics": [name for name in PRUNED if name in declared.names],
    }
