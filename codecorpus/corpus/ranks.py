"""How values are spread over the cells of an encode, and what rank a value has among them.

A value is counted by its sign, exponent and first 7 bits of mantissa (the upper half of a float32): values that are
not told apart differ by less than 1/128. Counts are whole numbers, so that they sum to the same whatever the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

BINS: Final = 1 << 16
SIGN: Final = 1 << 15

UPPER_OF: Final = np.concatenate([np.arange(BINS - 1, SIGN - 1, -1), np.arange(SIGN)])
"""The upper half of the values in each bin; bins rise as values do."""

BIN_OF: Final = np.argsort(UPPER_OF)
"""The bin of each upper half. -0, and what is as near to 0 from below, is in that of 0."""
BIN_OF[SIGN] = BIN_OF[0]


def _upper(values: Array) -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.ascontiguousarray(values, "<f4").view("<u2")[..., 1::2]


@dataclass
class Spread:
    """How often each value is there; `empty` cells have none (NaN)."""

    counts: Ints = field(default_factory=lambda: np.zeros(BINS, np.int64))
    empty: int = 0

    def add(self, values: Array) -> None:
        """Count values."""
        there = values[~np.isnan(values)]
        counts = np.bincount(_upper(there), minlength=BINS)
        counts[0], counts[SIGN] = counts[0] + counts[SIGN], 0
        self.counts += counts[UPPER_OF]
        self.empty += values.size - there.size

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.counts + other.counts, self.empty + other.empty)

    @property
    def total(self) -> int:
        """Cells that have a value."""
        return int(self.counts.sum())

    def pairs(self) -> tuple[Array, Ints]:
        """The values that are there, rising, and how often each is."""
        bins = np.flatnonzero(self.counts)
        return (UPPER_OF[bins].astype(np.uint32) << np.uint32(16)).view(np.float32), self.counts[bins]

    @classmethod
    def of_pairs(cls, values: Array, counts: Ints, empty: int) -> Spread:
        """From `pairs`."""
        spread = cls(empty=empty)
        spread.counts[BIN_OF[_upper(values)]] = counts
        return spread

    def rank(self, values: Array) -> Array:
        """The share of cells below each value, and half of those that have it too, 0 to 1; NaN stays NaN."""
        below = np.cumsum(self.counts) - self.counts / 2
        shares = below[BIN_OF[_upper(np.nan_to_num(values))]] / max(self.total, 1)
        return np.where(np.isnan(values), np.nan, shares).astype(np.float32)

    def quantiles(self, shares: Array) -> Array:
        """The values below which such shares of the cells are."""
        values, counts = self.pairs()
        if not len(values):
            return np.full(len(shares), np.nan, np.float32)
        at = np.searchsorted(np.cumsum(counts), np.asarray(shares) * counts.sum())
        found: Array = values[np.minimum(at, len(values) - 1)]
        return found
