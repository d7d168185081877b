"""The camera's motion apart from what moves in front of it, and how much moves in a clip.

A frame's vectors are fitted by one affine motion, robustly, as global motion estimation in video coding does (Dufaux
and Konrad, "Efficient, robust, and fast global motion estimation for video coding", IEEE TIP 9(3), 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from codecorpus.maps import Array

ROUNDS: Final = 30
LEAST: Final = 8
"""Cells with a vector that a frame needs to be fitted."""

INLIER: Final = 1.0
"""Samples per frame by which a vector may depart from the camera's and still belong to it."""

FLOOR: Final = 0.05
"""Least scale of the residuals, samples per frame: vectors are in quarters and eighths of a sample."""


@dataclass(frozen=True)
class Camera:
    """Affine motion of each frame, and what it leaves.

    Attributes:
        parameters: float32 [T, 6]: (a, b, c, d, e, f) of u = a + b x + c y, v = d + e x + f y, with x and y in samples
            from the picture's centre, u and v in samples per frame interval; NaN where too few cells have a vector.
        inliers: float32 [T]: share of the cells with a vector that are within `INLIER` of it.
        residual: float32 [T, 2, h, w]: the vectors less the camera's.
    """

    parameters: Array
    inliers: Array
    residual: Array

    def channels(self) -> Array:
        """Parameters and share of inliers, the same in every cell: float32 [T, 7, h, w]."""
        told = np.concatenate([self.parameters, self.inliers[:, None]], axis=1)
        shape = (*told.shape, *self.residual.shape[-2:])
        return np.ascontiguousarray(np.broadcast_to(told[:, :, None, None], shape))


@dataclass(frozen=True)
class MotionScore:
    """How much moves in a clip, on the average over frames and cells that have a vector.

    Attributes:
        mean: samples per frame interval: the mean magnitude of flow, as Data-Juicer's video_motion_score has it
            (github.com/datajuicer/data-juicer), of codecs' vectors in place of Farneback's.
        relative: `mean` over the picture's diagonal.
        compensated: the same as `mean`, of what the camera's motion leaves.
        inliers: share of cells that the camera's motion tells.
    """

    mean: float
    relative: float
    compensated: float
    inliers: float


def compensate(velocity: Array, cell: int, size: tuple[int, int] | None = None) -> Camera:
    """Fit the camera's motion to velocities [T, 2, h, w], NaN where there is none, in cells of `cell` samples.

    `size` is the picture's, width and height, which cells at its right and bottom edge overhang; that of whole cells
    unless it is given. Cauchy weights, reweighted by the median residual until they stand.

    Raises:
        ValueError: they are of another shape.
    """
    if velocity.ndim != 4 or velocity.shape[1] != 2:
        raise ValueError(f"velocities are [T, 2, h, w]; not {list(velocity.shape)}")
    frames, _, rows, columns = velocity.shape
    width, height = _size(velocity, cell, size)
    x, y = np.meshgrid(_centres(columns, cell, width), _centres(rows, cell, height))
    basis = np.stack([np.ones_like(x), x, y], axis=-1)
    parameters = np.full((frames, 6), np.nan, np.float32)
    inliers = np.full(frames, np.nan, np.float32)
    residual = np.full(velocity.shape, np.nan, np.float32)
    for at in range(frames):
        there = ~np.isnan(velocity[at]).any(axis=0)
        if there.sum() < LEAST:
            continue
        fitted = _fit(basis[there], velocity[at][:, there].T.astype(np.float64))
        parameters[at] = fitted.T.ravel()
        residual[at] = velocity[at] - np.moveaxis(basis @ fitted, -1, 0)
        inliers[at] = np.mean(np.hypot(*residual[at][:, there]) <= INLIER)
    return Camera(parameters, inliers, residual)


def motion_score(velocity: Array, cell: int, size: tuple[int, int] | None = None) -> MotionScore:
    """Of a clip's velocities [T, 2, h, w], as `velocity_past_x` and `velocity_past_y` of its maps; `size` as there.

    Raises:
        ValueError: they are of another shape.
    """
    camera = compensate(velocity, cell, size)
    mean = _magnitude(velocity)
    return MotionScore(
        mean,
        mean / float(np.hypot(*_size(velocity, cell, size))),
        _magnitude(camera.residual),
        _mean(camera.inliers.astype(np.float64)),
    )


def _size(velocity: Array, cell: int, size: tuple[int, int] | None) -> tuple[int, int]:
    """The picture's width and height.

    Raises:
        ValueError: it has other cells.
    """
    rows, columns = velocity.shape[-2:]
    if size is None:
        return columns * cell, rows * cell
    if (-(-size[0] // cell), -(-size[1] // cell)) != (columns, rows):
        raise ValueError(f"{size[0]}x{size[1]} are not {columns}x{rows} cells of {cell}")
    return size


def _centres(cells: int, cell: int, side: int) -> np.ndarray[Any, Any]:
    """Where cells are along a side, from its centre; the last one may be cut."""
    edges = np.minimum(np.arange(cells + 1) * cell, side)
    return (edges[:-1] + edges[1:]) / 2 - side / 2


def _fit(basis: np.ndarray[Any, Any], velocity: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The affine motion, [3, 2], of vectors [n, 2] at places whose basis is [n, 3]."""
    fitted = np.zeros((3, 2))
    fitted[0] = np.median(velocity, axis=0)
    for _ in range(ROUNDS):
        away = np.hypot(*(velocity - basis @ fitted).T)
        scale = max(1.4826 * float(np.median(away)), FLOOR)
        weights = 1 / (1 + (away / (2.385 * scale)) ** 2)
        before = fitted
        fitted = np.linalg.lstsq(basis * weights[:, None] ** 0.5, velocity * weights[:, None] ** 0.5, rcond=None)[0]
        if np.allclose(fitted, before, rtol=0, atol=1e-7):
            break
    return fitted


def _magnitude(velocity: Array) -> float:
    """Mean length of the vectors, frame by frame, over the frames that have any."""
    length = np.hypot(velocity[:, 0], velocity[:, 1]).astype(np.float64)
    there = ~np.isnan(length)
    counts = there.sum(axis=(1, 2))
    sums = np.where(there, length, 0).sum(axis=(1, 2))
    return _mean(sums[counts > 0] / counts[counts > 0])


def _mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else float("nan")
