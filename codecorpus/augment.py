"""Crops, resizes and flips of a window, for its maps as for its pixels: vectors turn and shrink with the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from codecorpus.maps import IMPORTANCE, MASK, Array, Size

Weights = np.ndarray[Any, np.dtype[np.float32]]

ALONG: Final = {"velocity_past_x": 0, "velocity_future_x": 0, "velocity_past_y": 1, "velocity_future_y": 1}
"""Channels that are lengths, and the axis that they lie along: 0 across, 1 down."""


@dataclass(frozen=True)
class Augment:
    """What becomes of a window at random.

    Attributes:
        size: width and height that come out, multiples of the maps' cell; the clip's own, cut to them, unless given.
        scale: least and most that a picture is scaled by; 0.5 halves its sides. What does not fit into the clip is not
            drawn.
        flip: the chance that left and right are exchanged.

    Raises:
        ValueError: one of them is none of that.
    """

    size: Size | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    flip: float = 0.0

    def __post_init__(self) -> None:
        if self.size is not None and not _is_pair(self.size):
            raise ValueError(f"a size is width and height, as in (256, 256); not {self.size!r}")
        if not _is_pair(self.scale) or not 0 < self.scale[0] <= self.scale[1] < math.inf:
            raise ValueError(f"a scale is the least and the most, above 0, as in (0.5, 1.0); not {self.scale!r}")
        if not 0 <= self.flip <= 1:
            raise ValueError(f"flip is a chance, 0 to 1; not {self.flip!r}")

    def draw(self, rng: np.random.Generator, clip: Size, cell: int) -> View:
        """A view of clips of that size.

        Raises:
            ValueError: the size that comes out is no multiple of `cell`, or larger than the clip can fill.
        """
        width, height = self.size or (clip[0] // cell * cell, clip[1] // cell * cell)
        if width % cell or height % cell or not width or not height:
            raise ValueError(f"a size is in multiples of the cell, {cell}; not {width}x{height}")
        least = max(width / clip[0], height / clip[1])
        low, high = max(self.scale[0], least), self.scale[1]
        if low > high:
            raise ValueError(f"{width}x{height} cannot be cut out of {clip[0]}x{clip[1]} at {high:g} of its size")
        scale = math.exp(rng.uniform(math.log(low), math.log(high)))
        across, down = min(clip[0], round(width / scale)), min(clip[1], round(height / scale))
        # What is not scaled keeps to the grid, so that its maps are those of the clip.
        step = cell if (across, down) == (width, height) else 1
        x = step * int(rng.integers((clip[0] - across) // step + 1))
        y = step * int(rng.integers((clip[1] - down) // step + 1))
        return View(x, y, across, down, (width, height), bool(rng.random() < self.flip))


def _is_pair(value: object) -> bool:
    return isinstance(value, Sequence) and len(value) == 2


@dataclass(frozen=True)
class View:
    """A rectangle of a clip in samples, the size that it is brought to, and whether left and right are exchanged."""

    x: int
    y: int
    width: int
    height: int
    size: Size
    flip: bool = False

    def maps(self, values: Array, channels: Sequence[str], cell: int, clip: Size) -> Array:
        """Maps of the clip, [..., channels, rows, columns], as those of the view.

        A cell takes the mean of what it covers, by area, of what has a value. Velocities are in samples of the view, as
        are block sides; bits are those of a cell's samples, which are more or fewer than before.
        """
        fx, fy = self.size[0] / self.width, self.size[1] / self.height
        if (fx, fy) == (1.0, 1.0) and not (self.x % cell or self.y % cell):
            rows, columns = self.y // cell, self.x // cell
            out = values[..., rows : rows + self.size[1] // cell, columns : columns + self.size[0] // cell].copy()
        else:
            down = cover(self.y, self.height, self.size[1], cell, clip[1])
            across = cover(self.x, self.width, self.size[0], cell, clip[0])
            out = _resampled(values, channels, down, across)
            _rescale(out, channels, fx, fy)
        return _mirrored(out, channels) if self.flip else out


def cover(begin: int, length: int, size: int, cell: int, clip: int) -> Weights:
    """How many samples of each cell of the clip each cell of the view covers, [cells of view, cells of clip]."""
    edges = begin + np.arange(0, size + cell, cell) * (length / size)
    grid = np.minimum(np.arange(0, clip + cell, cell), clip)
    low = np.maximum(edges[:-1, None], grid[None, :-1])
    high = np.minimum(edges[1:, None], grid[None, 1:])
    return np.asarray(np.maximum(high - low, 0), np.float32)


def _resampled(values: Array, channels: Sequence[str], down: Weights, across: Weights) -> Array:
    out = np.empty((*values.shape[:-2], down.shape[0], across.shape[0]), np.float32)
    for at, channel in enumerate(channels):
        grid = values[..., at, :, :]
        weights = (~np.isnan(grid)).astype(np.float32)
        mask = _mask_of(channel)
        if mask in channels:  # a cell has a velocity in a share of it alone
            weights *= values[..., channels.index(mask), :, :]
        total = down @ (np.nan_to_num(grid) * weights) @ across.T
        weight = down @ weights @ across.T
        out[..., at, :, :] = np.where(weight > 0, total / np.where(weight > 0, weight, 1), np.nan)
    return out


def _mask_of(channel: str) -> str:
    plain = channel.removesuffix(IMPORTANCE)
    return f"{plain.rpartition('_')[0]}{MASK}" if plain in ALONG else ""


def _rescale(values: Array, channels: Sequence[str], fx: float, fy: float) -> None:
    for at, channel in enumerate(channels):
        grid = values[..., at, :, :]
        if channel in ALONG:
            grid *= (fx, fy)[ALONG[channel]]
        elif channel == "bits":
            grid /= fx * fy
        elif channel == "edges":
            grid /= math.sqrt(fx * fy)
        elif channel == "depth":
            grid += math.log2(fx * fy) / 2


def _mirrored(values: Array, channels: Sequence[str]) -> Array:
    out = np.ascontiguousarray(values[..., ::-1])
    for at, channel in enumerate(channels):
        if ALONG.get(channel.removesuffix(IMPORTANCE)) == 0:
            grid = out[..., at, :, :]
            grid[:] = 1 - grid if channel.endswith(IMPORTANCE) else -grid
    return out
