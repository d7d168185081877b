"""Parquet parts: row groups of whole pictures, the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus.files import replacing

GROUP_ROWS = 1_000_000
"""A row group ends with the picture that brings it to so many rows: about 70 MB in memory."""

MAP_GROUP_ROWS = 64
"""Of **maps**: 13 MB of all channels at 1280x720 in cells of 16, 200 MB in cells of 4."""

SETTINGS: dict[str, Any] = {"compression": "zstd", "compression_level": 6, "version": "2.6"}

COUNTERS = ("frame", "coded_order", "block")
"""Columns that count: their differences are small, where a dictionary of them is as large as they are."""


def encodings(own: pa.Schema) -> dict[str, Any]:
    """How a table's columns are written: counters as differences, the rest by dictionary where that is smaller."""
    counters = [name for name in COUNTERS if name in own.names]
    return {
        "use_dictionary": [name for name in own.names if name not in counters],
        "column_encoding": dict.fromkeys(counters, "DELTA_BINARY_PACKED"),
    }


def file_schema(table: str) -> pa.Schema:
    """The schema of a part's file: with the clip, without the encode, which its folder names."""
    own = schema.PARTS[table]
    return pa.schema([schema.CLIP, *own], own.metadata)


def write_part(path: Path, own: pa.Schema, tables: Iterable[pa.Table]) -> int:
    """Write a part from tables of whole pictures in the part's order, and publish it whole.

    How the rows are spread over `tables` does not show in the file. Returns the number of rows; where there
    is none, no file is left at `path`.
    """
    rows = 0
    with replacing(path) as temporary:
        # Not in a `with` of its own: closing a writer publishes what it holds, so only success may close.
        writer = pq.ParquetWriter(temporary, own, **SETTINGS, **encodings(own))
        for group in _groups(tables, MAP_GROUP_ROWS if "data" in own.names else GROUP_ROWS):
            writer.write_table(_canonical(group, own), row_group_size=max(1, group.num_rows))
            rows += group.num_rows
        writer.close()
    if not rows:
        path.unlink()
    return rows


def write_rows(path: Path, own: pa.Schema, rows: Iterable[dict[str, Any]]) -> None:
    """Write a bookkeeping part from rows, in their order."""
    table = pa.Table.from_pylist(list(rows), schema=own)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, **SETTINGS)


def _groups(tables: Iterable[pa.Table], group_rows: int) -> Iterable[pa.Table]:
    """Row groups: cut after the picture that reaches `group_rows`, wherever the tables are cut."""
    pending: list[pa.Table] = []
    rows = 0
    for table in tables:
        ends = picture_ends(table)
        begin = 0
        while begin < table.num_rows:
            position = int(np.searchsorted(ends, begin + group_rows - rows))
            full = position < len(ends)
            end = int(ends[position]) if full else table.num_rows
            pending.append(table.slice(begin, end - begin))
            rows += end - begin
            begin = end
            if full:
                yield pa.concat_tables(pending)
                pending, rows = [], 0
    if rows:
        yield pa.concat_tables(pending)


def picture_ends(table: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The row after each picture's last, for rows sorted by clip and coded order."""
    if not table.num_rows:
        return np.zeros(0, np.int64)
    if "block" not in table.column_names:  # **frames** and **maps**: a row is a picture
        return np.arange(1, table.num_rows + 1)
    changes = np.zeros(table.num_rows - 1, bool)
    for name in ("clip", "coded_order"):
        column = table.column(name).combine_chunks()
        values = (column.dictionary_encode().indices if pa.types.is_string(column.type) else column).to_numpy()
        changes |= values[1:] != values[:-1]
    return np.append(np.flatnonzero(changes) + 1, table.num_rows)


def _canonical(table: pa.Table, own: pa.Schema) -> pa.Table:
    """The rows as one chunk, dictionaries in order of first appearance: nothing of how they came here."""
    columns = []
    for field in own:
        column = table.column(field.name)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type).combine_chunks().dictionary_encode().cast(field.type)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=own).combine_chunks()
