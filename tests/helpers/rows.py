"""Corpora of **blocks** alone, made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from codecorpus.corpus.publish import publish
from codecorpus.corpus.stage import Stage, staged_in

from codecorpus import schema
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.writer import file_schema

NOTHING = {(True, False): "", (False, True): False, (False, False): 0}
"""What stands in a column that may not be null, by whether it is of names, and of truths."""


def blocks(clip: str, counts: Sequence[int], first: int = 0) -> pa.Table:
    """Pictures of so many blocks each, in coded order from `first`."""
    own = file_schema("blocks")
    rows = [(first + order, block) for order, count in enumerate(counts) for block in range(count)]
    columns = {
        "clip": [clip] * len(rows),
        "frame": [order for order, _ in rows],
        "coded_order": [order for order, _ in rows],
        "block": [block for _, block in rows],
        "partition": [f"P_{(order * 7 + block) % 5}" for order, block in rows],
        "energy": [order + block / 4 for order, block in rows],
    }
    arrays = []
    for field in own:
        absent = (
            None if field.nullable else NOTHING[pa.types.is_dictionary(field.type), pa.types.is_boolean(field.type)]
        )
        values = columns.get(field.name, [absent] * len(rows))
        if pa.types.is_dictionary(field.type):
            arrays.append(pa.array(values, pa.string()).dictionary_encode().cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=own)


def bare(table: pa.Table) -> pa.Table:
    """The rows as `extract` gives them, without the clip."""
    return table.select(schema.SCHEMAS["blocks"].names)


ENCODES = {name: {"encode": name, "encoder": "libx264"} for name in ("x264-a", "x264-b")}


def row(clip: str, encode: str = "x264-a", **more: Any) -> dict[str, Any]:
    """A stream's row of **streams**."""
    return {"clip": clip, "encode": encode, "codec": "h264", "status": "done", "tables": ["blocks"]} | more


def stage(layout: Layout, clip: str, counts: list[int], encode: str = "x264-a") -> None:
    """Stage a stream of pictures with so many blocks each."""
    with Stage(layout.work(0) / "streams" / encode / clip, clip) as staged:
        for order, count in enumerate(counts):
            staged.write("blocks", bare(blocks(clip, [count], order)))
        staged.commit(row(clip, encode))


def release(layout: Layout, *failed: dict[str, Any]) -> None:
    """Publish what is staged."""
    staged = staged_in(layout.work(0) / "streams")
    clips = [{"clip": stream.row["clip"], "status": "done"} for stream in staged]
    publish(layout, 0, staged=staged, failed=failed, clips=clips, encodes=ENCODES)
