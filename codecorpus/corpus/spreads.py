"""Statistics on disk: how the maps of each encode are spread, and of which parts that is true.

statistics/cell-16.parquet    a row per encode, codec and channel
statistics/manifest.json      the files' SHA-256, and by cell and encode a digest of the parts that were read
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus import layout, manifest
from codecorpus.corpus.contents import Contents
from codecorpus.corpus.manifest import File
from codecorpus.corpus.ranks import Spread
from codecorpus.corpus.store import Store
from codecorpus.corpus.writer import SETTINGS
from codecorpus.errors import CorpusError
from codecorpus.parquet import table_of

OfEncode = dict[str, dict[str, Spread]]
"""By codec and channel."""

TABLES: Final = ("frames", "blocks", "motion")
"""What statistics are made from."""


def source(contents: Contents, encode: str, tables: Sequence[str] = TABLES) -> str:
    """A digest of an encode's parts of some tables; of those that its statistics are made from unless given."""
    made = contents.each(lambda chunk: contents.made(chunk, encode), contents.chunks)
    return manifest.digest_of(
        (name, product.files[name]) for product in made for table in tables for name in product.parts(table)
    )


def read(where: Store, contents: Contents, cell: int, encode: str) -> OfEncode:
    """How the channels of an encode are spread over its cells.

    Raises:
        CorpusError: nothing tells of it, or not of the corpus as it is.
    """
    again = f"codecorpus stats {contents.path} --cell {cell}"
    name = layout.statistics(cell)
    try:
        data = where.read(name)
    except FileNotFoundError:
        raise CorpusError(f"{contents.path}: no statistics of cells of {cell} are in it: {again}") from None
    files, sources = told(where)
    if name not in files or hashlib.sha256(data).hexdigest() != files[name].sha256:
        raise CorpusError(f"{where.path}/{name}: the file is damaged: {again}")
    if sources[str(cell)].get(encode) != source(contents, encode):
        raise CorpusError(f"{contents.path}: its statistics are of what it was before: {again}")
    found: OfEncode = {}
    rows = table_of(data)
    for row in rows.filter(pc.equal(rows["encode"], encode)).to_pylist():
        spread = Spread.of_pairs(np.array(row["values"], np.float32), np.array(row["counts"]), row["empty"])
        found.setdefault(row["codec"], {})[row["channel"]] = spread
    return found


def told(where: Store) -> tuple[dict[str, File], dict[str, dict[str, str]]]:
    """The files of all statistics, and by cell and encode what they are made from; nothing where there are none.

    Raises:
        CorpusError: the marker is damaged.
    """
    body = manifest.read(where, layout.STATISTICS_MARKER)
    if body is None:
        return {}, {}
    return {name: File(**file) for name, file in body["files"].items()}, body["sources"]


def write(where: Store, cell: int, rows: Iterable[Mapping[str, Any]], sources: Mapping[str, str]) -> str:
    """Write the statistics of one size of cells, made from `sources` by encode. Returns the file's name."""
    table = pa.Table.from_pylist(list(rows), schema=schema.STATISTICS)
    out = io.BytesIO()
    pq.write_table(table, out, **SETTINGS)
    name, data = layout.statistics(cell), out.getvalue()
    try:
        files, known = told(where)
    except CorpusError:
        files, known = {}, {}
    files[name] = File(len(data), hashlib.sha256(data).hexdigest(), table.num_rows)
    body = {
        "files": {part: {"bytes": f.bytes, "sha256": f.sha256, "rows": f.rows} for part, f in sorted(files.items())},
        "sources": dict(sorted((known | {str(cell): dict(sorted(sources.items()))}).items())),
    }
    where.put(name, data)
    where.put(layout.STATISTICS_MARKER, manifest.seal(body, layout.STATISTICS_MARKER))
    return name
