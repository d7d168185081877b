"""How players turn pictures, on grids and vectors: a file's pictures are read and mapped as they are coded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

Grid = TypeVar("Grid", bound=np.ndarray[Any, Any])


@dataclass(frozen=True)
class Orientation:
    """Players mirror the pictures left to right if `is_mirrored`, then turn them clockwise by `rotation` degrees."""

    rotation: int = 0
    is_mirrored: bool = False

    @classmethod
    def of_matrix(cls, matrix: Sequence[int]) -> Orientation:
        """What a display matrix does: a, b, u, c, d, v, … of ISO/IEC 14496-12, 6.2.2. Its scales are left aside."""
        a, b, _, c, d = matrix[:5]
        is_mirrored = a * d - b * c < 0
        angle = math.degrees(math.atan2(-b, -a) if is_mirrored else math.atan2(b, a))
        return cls(round(angle) % 360, is_mirrored)

    @property
    def _quarters(self) -> int:
        """Quarter turns clockwise.

        Raises:
            ValueError: it is another angle.
        """
        if self.rotation % 90:
            raise ValueError(f"players turn these pictures by {self.rotation} degrees; grids turn by multiples of 90")
        return self.rotation // 90

    def turned(self, grid: Grid) -> Grid:
        """A grid, [..., rows, columns], as players show it."""
        mirrored = grid[..., ::-1] if self.is_mirrored else grid
        return np.ascontiguousarray(np.rot90(mirrored, -self._quarters, axes=(-2, -1)))  # type: ignore[return-value]

    def turned_vectors(self, x: Grid, y: Grid) -> tuple[Grid, Grid]:
        """Displacements rightwards and downwards, as players show them."""
        if self.is_mirrored:
            x = -x
        for _ in range(self._quarters):
            x, y = -y, x
        return x, y
