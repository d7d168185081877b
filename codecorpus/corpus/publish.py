"""From staged streams to a shard's parts: what stands there already, and what is new, in one order."""

from __future__ import annotations

import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus import manifest
from codecorpus.corpus.files import sync
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.stage import STREAM, Staged
from codecorpus.corpus.writer import file_schema, write_part, write_rows

Row = dict[str, Any]


def publish(
    layout: Layout,
    shard: int,
    *,
    staged: Iterable[Staged],
    failed: Iterable[Row],
    clips: Iterable[Row],
    encodes: Mapping[str, Row],
) -> None:
    """Merge staged streams into the shard's parts, then say so in **clips**, **encodes**, **streams**.

    A stream that stood there before is replaced, by its new tables or, where it failed, by none. Publishing
    the same streams again changes nothing, so that a build that is cut short here loses nothing.
    """
    groups: dict[tuple[str, str], list[Staged]] = defaultdict(list)
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for stream in staged:
        groups[stream.row["codec"], stream.row["encode"]].append(stream)
        rows[stream.row["codec"], stream.row["encode"]].append(stream.row)
    for row in failed:
        rows[row["codec"], row["encode"]].append(row)
    changed = []
    for (codec, encode), new in sorted(rows.items()):
        gone = {row["clip"] for row in new}
        for table in schema.PARTS:
            path = layout.part(table, shard, codec, encode)
            changed += _merge(path, table, groups[codec, encode], gone)
        changed += _keep_bitstreams(layout, groups[codec, encode])
        changed += _add(
            layout.part("encodes", shard, codec, encode), "encodes", "encode", [{**encodes[encode], "codec": codec}]
        )
    changed += _add(layout.part("clips", shard), "clips", "clip", clips)
    for (codec, encode), new in sorted(rows.items()):
        changed += _add(layout.part("streams", shard, codec, encode), "streams", "clip", new)
    manifest.write(layout, shard, changed)
    for group in groups.values():
        for stream in group:
            stream.remove()


def read_rows(path: Path) -> list[Row]:
    """The rows of a bookkeeping part; none where it does not stand yet."""
    return list(pq.read_table(path, partitioning=None).to_pylist()) if path.exists() else []


def _merge(path: Path, table: str, staged: list[Staged], gone: set[str]) -> list[Path]:
    """Write a part anew: its old streams but those that are `gone`, and the staged ones, by clip."""
    staged = [stream for stream in staged if table in stream.row["tables"]]
    if not staged and not path.exists():
        return []
    old = (piece for piece in _by_clip(path) if piece[0] not in gone) if path.exists() else iter(())
    new = ((s.row["clip"], rows) for s in sorted(staged, key=lambda s: str(s.row["clip"])) for rows in s.read(table))
    merged = heapq.merge(old, new, key=lambda piece: piece[0])
    write_part(path, file_schema(table), (rows for _, rows in merged))
    return [path]


def _by_clip(path: Path) -> Iterator[tuple[str, pa.Table]]:
    """A part's rows, in runs of one clip."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            clips = rows.column("clip").combine_chunks()
            codes = clips.dictionary_encode().indices.to_numpy()
            starts = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(codes)]
            for begin, end in itertools.pairwise(starts):
                yield clips[begin].as_py(), rows.slice(begin, end - begin)


def _add(path: Path, table: str, key: str, new: Iterable[Row]) -> list[Path]:
    """Put rows into a bookkeeping part, in place of those with the same key."""
    known = {row[key]: row for row in read_rows(path)}
    before = json.dumps(known)
    for row in new:
        known[row[key]] = row
    if not known or (path.exists() and json.dumps(known) == before):
        return []
    own = schema.BOOKKEEPING[table]
    write_rows(path, own, [{name: known[k].get(name) for name in own.names} for k in sorted(known)])
    return [path]


def _keep_bitstreams(layout: Layout, staged: list[Staged]) -> list[Path]:
    kept = []
    for stream in staged:
        if (stream.folder / STREAM).exists():
            path = layout.bitstream(stream.row["encode"], stream.row["clip"])
            path.parent.mkdir(parents=True, exist_ok=True)
            (stream.folder / STREAM).replace(path)
            sync(path.parent)
            kept.append(path)
    return kept
