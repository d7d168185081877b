"""Rows of **blocks**, made up."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from codecorpus import schema
from codecorpus.corpus.writer import file_schema


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
        values = columns.get(field.name, [None] * len(rows))
        if pa.types.is_dictionary(field.type):
            arrays.append(pa.array(values, pa.string()).dictionary_encode().cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=own)


def bare(table: pa.Table) -> pa.Table:
    """The rows as `extract` gives them, without the clip."""
    return table.select(schema.SCHEMAS["blocks"].names)
