"""The residual signal itself: what a stream adds to its prediction, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from codecorpus.maps import Frames, frame_index

Residual = np.ndarray[Any, np.dtype[np.int16]]
Planes = Mapping[int, Residual]
"""By coded order, the residual of a coded picture's luma, [height, width]."""

WINDOW = ("crop_x", "crop_y", "crop_width", "crop_height")


def compute(frames_table: pa.Table, planes: Planes, *, frames: Frames = None, cropped: bool = True) -> Residual:
    """Luma's residual of one stream: int16 [T, H, W], in the stream's own sample units.

    What the inverse transform makes of the coefficients, exactly as the codec's standard rounds it, before it is added
    to the prediction and clipped: with prediction and no in-loop filter it is the decoded picture. It is 0 where
    nothing is coded, and in pcm and palette blocks, whose samples are no residual. A sample of a stream of 8 bits is in
    8-bit units; divide by 2 ** (bit depth - 8) to have those of a deeper one.

    Args:
        frames_table: `frames`, as `codecorpus.extract` returns it.
        planes: of the coded pictures.
        frames: which ones, by presentation index; all that are shown by default. A picture that is coded ahead and
            shown later is that of the frame that first shows it.
        cropped: what is displayed, at the size that it is coded at; else the coded pictures, whose samples are where
            the tables' `x` and `y` are.

    Raises:
        ValueError: a frame has no picture of its own, or a damaged one; or they differ in size.
    """
    rows = frames_table.select(["frame", "coded_order", "error", *WINDOW]).to_pylist()
    shown = {row["frame"]: row for row in rows if row["frame"] is not None}
    index = sorted(shown) if frames is None else frame_index(frames_table, frames)
    pictures = [_picture(frame, shown.get(frame), planes, cropped) for frame in index]
    sizes = sorted({picture.shape for picture in pictures})
    if len(sizes) > 1:
        several = ", ".join(f"{width}x{height}" for height, width in sizes)
        raise ValueError(f"the frames are not of one size: {several}; ask for those of one size")
    return np.stack(pictures) if pictures else np.empty((0, 0, 0), np.int16)


def _picture(frame: int, row: dict[str, Any] | None, planes: Planes, cropped: bool) -> Residual:
    if row is None:
        raise ValueError(f"frame {frame} has no coded picture of its own")
    if row["coded_order"] not in planes:
        raise ValueError(f"frame {frame} could not be read: {row['error']}")
    plane = planes[row["coded_order"]]
    if not cropped:
        return plane
    x, y, width, height = (row[name] for name in WINDOW)
    return plane[y : y + height, x : x + width]
