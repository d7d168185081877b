"""Flow and grids at other sizes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from codecorpus.augment import cover
from codecorpus.flow import Mask
from codecorpus.maps import Array, Size

CUBIC: Final = -0.5
"""Keys' parameter of bicubic interpolation, as Pillow and antialiasing PyTorch have it."""


def resize_flow(flow: Array, size: Size) -> tuple[Array, Mask]:
    """Flow [T, 2, H, W] at another size, as float32 [T, 2, h, w], and its mask [T, h, w].

    Each sample takes the mean, by area, of the vectors that it covers, NaN left out; vectors grow and shrink with the
    picture, so that they are in samples of the new size. Where nothing is covered that has a vector, there is none.

    Raises:
        ValueError: the flow is of another shape, or the size is none.
    """
    if flow.ndim != 4 or flow.shape[1] != 2 or min(size) < 1:
        raise ValueError(f"flow is [T, 2, H, W], and sizes are 1x1 or more; not {list(flow.shape)} and {size}")
    _, _, height, width = flow.shape
    down, across = cover(0, height, size[1], 1, height), cover(0, width, size[0], 1, width)
    weight = down @ (~np.isnan(flow)).astype(np.float32) @ across.T
    total = down @ np.nan_to_num(flow) @ across.T
    out = np.where(weight > 0, total / np.where(weight > 0, weight, 1), np.nan).astype(np.float32)
    out[:, 0] *= size[0] / width
    out[:, 1] *= size[1] / height
    return out, ~np.isnan(out[:, 0])


def bicubic(values: Array, size: Size) -> Array:
    """[..., h, w] at another size, bicubic, antialiased where it shrinks."""
    down, across = _cubic(values.shape[-2], size[1]), _cubic(values.shape[-1], size[0])
    return np.asarray(down @ values @ across.T, np.float32)


def _cubic(length: int, size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Weights of each sample for each of another size, [size, length]."""
    scale = max(length / size, 1.0)
    centre = (np.arange(size)[:, None] + 0.5) * (length / size)
    begin = np.floor(centre - 2 * scale + 0.5)
    end = np.floor(centre + 2 * scale + 0.5)
    place = np.arange(length)[None, :]
    t = np.abs((place + 0.5 - centre) / scale)
    near = ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1
    far = CUBIC * (((t - 5) * t + 8) * t - 4)
    weights = np.where(t < 1, near, np.where(t < 2, far, 0.0)) * ((place >= begin) & (place < end))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
