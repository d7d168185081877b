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

Pair = tuple[float, float]
"""Of what is across, and of what is down."""

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
    displayed, as maps have it: AV1's superres is undone; that model crops it to its square. A block of which a part is
    displayed, but not its centre, stands at the picture's edge.

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
    visible = pictures.filter(pc.and_(pictures["frame"].is_valid(), pictures["error"].is_null()))
    if any(pc.count_distinct(visible[side]).as_py() > 1 for side in ("crop_width", "crop_height")):
        raise ValueError("pictures of several sizes are not placed")
    index = maps.frame_index(pictures, frames)
    size = width, height = intrinsics.size or maps.displayed_size(pictures)
    out = np.full((len(index), 2, height, width), empty, np.float32)
    for order, at, is_hidden, scale, _, origin in maps.place(intrinsics.codec, pictures, index, size=size):
        if not is_hidden:
            vectors = motion.filter(pc.equal(motion["coded_order"], order))
            for reference in ("0", "1"):
                _put(out[at], vectors, reference, origin, scale)
    return out


def _put(picture: Array, rows: pa.Table, reference: str, origin: Pair, scale: Pair) -> None:
    """Put the vectors to one of the references into a picture [2, H, W]; not those of blocks that are not displayed."""
    rows = rows.filter(pc.not_equal(rows[f"dt{reference}"], 0))  # that one is the same picture
    sign: np.ndarray[Any, Any] = np.where(rows[f"dt{reference}"].to_numpy() > 0, -1.0, 1.0)
    shown: np.ndarray[Any, Any] = np.ones(rows.num_rows, np.bool_)
    places, moves = [], []
    for name, length, size, begin, factor in zip("xy", "wh", picture.shape[:0:-1], origin, scale, strict=True):
        at, side = (rows[column].to_numpy().astype(np.int64) for column in (name, length))
        shown &= ((at - begin) * factor < size) & (at + side > begin)
        places.append(np.clip((at + side // 2 - begin) * factor, 0, size - 1).astype(np.int64))
        moves.append(sign * factor * rows[f"mv{reference}_{name}"].to_numpy())
    column, line = places
    for axis, move in enumerate(moves):
        picture[axis, line[shown], column[shown]] = move[shown]
