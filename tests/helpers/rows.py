"""Rows of **blocks** alone, made up."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from codecorpus import schema

NOTHING = {(True, False): "", (False, True): False, (False, False): 0}
"""What stands in a column that may not be null, by whether it is of names, and of truths."""


def blocks(counts: Sequence[int], first: int = 0) -> pa.Table:
    """Pictures of so many blocks each, in coded order from `first`, as `extract` gives them."""
    rows = [(first + order, block) for order, count in enumerate(counts) for block in range(count)]
    columns = {
        "frame": [order for order, _ in rows],
        "coded_order": [order for order, _ in rows],
        "block": [block for _, block in rows],
        "partition": [f"P_{(order * 7 + block) % 5}" for order, block in rows],
        "energy": [order + block / 4 for order, block in rows],
    }
    own = schema.SCHEMAS["blocks"]
    arrays = []
    for field in own:
        is_name = pa.types.is_dictionary(field.type)
        absent = None if field.nullable else NOTHING[is_name, pa.types.is_boolean(field.type)]
        values = columns.get(field.name, [absent] * len(rows))
        if is_name:
            arrays.append(pa.array(values, pa.string()).dictionary_encode().cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=own)
