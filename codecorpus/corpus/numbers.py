"""Columns as NumPy's numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

NOTHING: Final = -1 << 31
"""Stands for null: no picture, and no distance between two, is so far back."""


def integers(column: pa.ChunkedArray | pa.Array, null: int = NOTHING) -> Ints:
    """A column as int64, with `null` where there is nothing."""
    return np.asarray(column.cast(pa.int64()).fill_null(null))


def floats(column: pa.ChunkedArray) -> Floats:
    """A column as float64, with NaN where there is nothing."""
    return np.asarray(column.cast(pa.float64()).fill_null(np.nan))


def kbps(size: float, seconds: float) -> float | None:
    """So many bytes over so many seconds, in kb/s; None where it is not known how long they last."""
    return size / seconds / 125 if seconds else None
