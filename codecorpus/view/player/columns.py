"""Tables as compact columns, exactly, for scripts to read without a library.

A column is an array of the narrowest type that holds it, byte plane by byte plane, its null one value more than there
is. Floats are whole numbers of a fraction where they all are (bits are 64ths, vectors 8ths), else indices into the few
values that there are, else float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

Values = np.ndarray[Any, np.dtype[Any]]

INTEGERS: Final = tuple(np.dtype(kind) for kind in ("u1", "i1", "<u2", "<i2", "<u4", "<i4"))
FRACTIONS: Final = (1, 2, 4, 8, 16, 64)
FEW: Final = 1024
"""Values that a column may have to be sent as indices."""

RISING: Final = ("x", "y", "block")
"""Columns whose steps are smaller than they are."""


def pack(table: pa.Table) -> tuple[list[dict[str, Any]], bytes]:
    """What each column is, and all of them one after the other; columns that say nothing are left out."""
    described, parts = [], []
    for name in table.column_names:
        column = table[name].combine_chunks()
        if column.null_count < len(column):
            told, values = _column(column)
            if steps := name in RISING:
                values = np.diff(values, prepend=values.dtype.type(0))
            described.append({"name": name, "type": _typed(values.dtype), "steps": steps, **told})
            parts.append(b"".join(_planes(values)))
    return described, b"".join(parts)


def _typed(dtype: np.dtype[Any]) -> str:
    return {"u": "Uint", "i": "Int", "f": "Float"}[dtype.kind] + f"{8 * dtype.itemsize}Array"


def _planes(values: Values) -> Iterator[bytes]:
    """The lowest bytes of all numbers, then the next: they are alike."""
    for plane in values.view(np.uint8).reshape(-1, values.itemsize).T:
        yield plane.tobytes()


def _column(column: pa.Array) -> tuple[dict[str, Any], Values]:
    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        words = column.dictionary.to_pylist()
        return {"words": [*words, None]}, _narrow(column.indices.fill_null(len(words)).to_numpy())
    if pa.types.is_boolean(column.type):
        return {"words": [False, True, None]}, column.cast(pa.uint8()).fill_null(2).to_numpy()
    if pa.types.is_integer(column.type):
        return _integers(column.cast(pa.int64()))
    return _floats(column)


def _integers(column: pa.Array) -> tuple[dict[str, Any], Values]:
    nothing = int(column.drop_null().to_numpy().max()) + 1
    told = {"nothing": nothing} if column.null_count else {}
    return told, _narrow(column.fill_null(nothing).to_numpy(zero_copy_only=False))


def _floats(column: pa.Array) -> tuple[dict[str, Any], Values]:
    values = column.fill_null(float("nan")).to_numpy(zero_copy_only=False).astype(np.float32)
    there = values[~np.isnan(values)].astype(np.float64)
    if np.isfinite(there).all() and np.abs(there).max(initial=0) < 1 << 20:
        for fraction in FRACTIONS:
            if (there * fraction == np.rint(there * fraction)).all():
                whole = pa.array(np.rint(np.nan_to_num(values.astype(np.float64) * fraction)).astype(np.int64))
                told, narrow = _integers(pa.array(whole.to_numpy(), mask=np.isnan(values)))
                return {"fraction": fraction, **told}, narrow
    few, at = np.unique(values, return_inverse=True)  # NaN is one value, the last
    if len(few) <= FEW:
        return {"words": [None if np.isnan(value) else float(str(value)) for value in few]}, _narrow(at)
    return {}, values.astype("<f4")


def _narrow(values: Values) -> Values:
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for dtype in INTEGERS:
        if np.iinfo(dtype).min <= least and most <= np.iinfo(dtype).max:
            return values.astype(dtype)
    raise OverflowError(f"{least} to {most} in one column")
