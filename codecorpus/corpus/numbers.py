"""Columns as NumPy's numbers."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass
class Rate:
    """Bytes of some streams, and how long they last; of those that do not tell how long, neither."""

    bytes: int = 0
    seconds: float = 0.0

    def add(self, size: int, frames: int, fps: float | None) -> None:
        """Add a stream of so many bytes and frames."""
        if fps:
            self.bytes += size
            self.seconds += frames / fps

    @property
    def kbps(self) -> float | None:
        """None where no stream tells how long it lasts."""
        return kbps(self.bytes, self.seconds)
