"""Vectors as single points in a picture: what models take that were trained on the output of mv-extractor."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codecorpus import maps
from codecorpus.intrinsics import Intrinsics
from codecorpus.layouts.resized import bicubic
from codecorpus.maps import Array

NOWHERE: Final = -10000.0
BLOCK: Final = 16
LAVIT_SIZE: Final = (36, 20)
LAVIT_STD: Final = (0.0993703 / 10, 0.1130276 / 10)
"""Standard deviations of vectors over width and height, as Video-LaVIT's motion tokenizer has them."""
LAVIT_KEY: Final = 12
"""The frame among its 24 that is a key frame too, and takes the mean of its neighbours."""


def videocomposer(intrinsics: Intrinsics, frames: maps.Frames = None) -> Array:
    """Motion as VideoComposer takes it, float32 [T, 2, H, W] (Wang et al., 2023; github.com/ali-vilab/videocomposer).

    All is 0 but one sample a prediction block, its centre, which has the motion of its content in samples since the
    past reference, rightwards and downwards: minus the vector; of a future reference, the vector. Of two references the
    second's stands, as it does there; a copy from the same picture is no motion. The picture is the one that is
    displayed; that model crops it to its square.

    Raises:
        ValueError: the stream has fields, or pictures of several sizes are shown.
    """
    return _points(intrinsics, frames, 0.0)


def video_lavit(intrinsics: Intrinsics, frames: maps.Frames = None) -> Array:
    """Motion as Video-LaVIT's tokenizer takes it, float32 [2, T, 20, 36] (Jin et al., 2024; github.com/jy0205/LaVIT).

    Points as in `videocomposer`, over the picture's width and height and over `LAVIT_STD`; the largest of each 16x16
    samples, 0 where there is none; the 13th frame, a key frame there, is the mean of its neighbours; bicubic to 36x20.
    That model is fed 24 frames at 6 a second, key frames every 12.

    Raises:
        ValueError: the stream has fields, or pictures of several sizes are shown.
    """
    points = _points(intrinsics, frames, NOWHERE)
    count, _, height, width = points.shape
    there = points > NOWHERE
    scaled = points / np.array([width * LAVIT_STD[0], height * LAVIT_STD[1]], np.float32)[None, :, None, None]
    scaled = np.where(there, scaled, NOWHERE)
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    padded = np.full((count, 2, rows * BLOCK, columns * BLOCK), NOWHERE, np.float32)
    padded[:, :, :height, :width] = scaled
    grid = padded.reshape(count, 2, rows, BLOCK, columns, BLOCK).max(axis=(3, 5))
    grid[grid <= NOWHERE / 10] = 0.0
    if count > LAVIT_KEY + 1:
        grid[LAVIT_KEY] = (grid[LAVIT_KEY - 1] + grid[LAVIT_KEY + 1]) / 2
    return np.moveaxis(bicubic(grid, LAVIT_SIZE), 0, 1)


def _points(intrinsics: Intrinsics, frames: maps.Frames, empty: float) -> Array:
    pictures, motion = intrinsics.frames, intrinsics.motion
    if pc.any(pc.not_equal(motion["field"], 0)).as_py():
        raise ValueError("fields of interlaced pictures have no place in a frame; deinterlace the source first")
    index = maps.frame_index(pictures, frames)
    width, height = maps.displayed_size(pictures)
    visible = pictures.filter(pictures["frame"].is_valid())
    sides = {"crop_width": width, "crop_height": height}
    if any(pc.any(pc.not_equal(visible[name], side)).as_py() for name, side in sides.items()):
        raise ValueError("pictures of several sizes are not placed")
    out = np.full((len(index), 2, height, width), empty, np.float32)
    places = {frame: at for at, frame in enumerate(index)}
    shown = pictures.filter(pc.is_in(pictures["frame"], pa.array(index, pa.int32())))
    for row in shown.select(["coded_order", "frame", "crop_x", "crop_y"]).to_pylist():
        vectors = motion.filter(pc.equal(motion["coded_order"], row["coded_order"]))
        for reference in ("0", "1"):
            _put(out[places[row["frame"]]], vectors, reference, (row["crop_x"], row["crop_y"]))
    return out


def _put(picture: Array, rows: pa.Table, reference: str, crop: tuple[int, int]) -> None:
    """Put the vectors to one of the references into a picture [2, H, W]."""
    rows = rows.filter(pc.not_equal(rows[f"dt{reference}"], 0))  # that one is the same picture
    x, y, w, h, dt = (rows[n].to_numpy().astype(np.int64) for n in ("x", "y", "w", "h", f"dt{reference}"))
    column = np.clip(x + w // 2 - crop[0], 0, picture.shape[2] - 1)
    line = np.clip(y + h // 2 - crop[1], 0, picture.shape[1] - 1)
    sign: np.ndarray[Any, Any] = np.where(dt > 0, -1.0, 1.0)
    for axis, name in enumerate("xy"):
        picture[axis, line, column] = sign * rows[f"mv{reference}_{name}"].to_numpy()
