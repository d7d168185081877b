"""Optical flow at the size of the picture, from any codec's motion: what flow-conditioned video models are fed."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from codecorpus import _native
from codecorpus.maps import COLUMNS, Array, Frames, Size, displayed_size, doubtful, frame_index, place
from codecorpus.orientation import Orientation

Direction = Literal["backward", "forward"]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

FLO_MAGIC: Final = b"PIEH"
FLO_UNKNOWN: Final = 1e10
"""What a `.flo` file holds where there is no flow."""


def compute(
    codec: str,
    tables: Mapping[str, pa.Table],
    *,
    direction: Direction = "backward",
    frames: Frames = None,
    size: Size | None = None,
    orientation: Orientation | None = None,
) -> tuple[Array, Mask]:
    """Flow of one stream: float32 [T, 2, H, W] in samples per frame interval, and where there is any, [T, H, W].

    Every sample has its prediction block's vector, over the vector's distance in time. `backward` leads from a frame
    to the one before it, `forward` to the one after it; a block that refers to the other side alone is taken to move
    on steadily. Where there is no vector the flow is NaN and the mask False.

    Args:
        codec: of `codecorpus.codecs.CODECS`.
        tables: `frames` and `motion`, as `codecorpus.extract` returns them.
        direction: which neighbour the flow leads to.
        frames: which ones, by presentation index; all by default.
        size: width and height of the flow: the clip's. By default what is displayed of the largest picture.
        orientation: how the flow is turned in the end; by default it stays as pictures are coded.
    """
    if direction not in ("backward", "forward"):
        raise ValueError(f"direction is 'backward' or 'forward'; not {direction!r}")
    index = frame_index(tables["frames"], frames)
    size = size or displayed_size(tables["frames"])
    placed = place(codec, tables["frames"], index, size=size)
    motion = tables["motion"].select(COLUMNS["motion"])
    flow = _native.flow(placed, motion, frames=len(index), size=size, forward=direction == "forward")
    flow[doubtful(codec, tables["frames"], index)] = np.nan
    if orientation is not None:
        flow = orientation.turned(flow)
        flow = np.stack(orientation.turned_vectors(flow[:, 0], flow[:, 1]), axis=1)
    return flow, ~np.isnan(flow[:, 0])


def write_flo(path: str | os.PathLike[str], flow: Array) -> None:
    """Writes one frame's flow, [2, H, W], as a Middlebury `.flo` file; NaN becomes the format's "unknown"."""
    _, height, width = flow.shape
    interleaved = np.nan_to_num(np.moveaxis(flow, 0, -1), nan=FLO_UNKNOWN).astype("<f4")
    Path(path).write_bytes(FLO_MAGIC + struct.pack("<ii", width, height) + interleaved.tobytes())


def read_flo(path: str | os.PathLike[str]) -> Array:
    """Reads a Middlebury `.flo` file as [2, H, W]; "unknown" becomes NaN."""
    data = Path(path).read_bytes()
    if len(data) < 12 or data[:4] != FLO_MAGIC:
        raise ValueError(f"{os.fspath(path)}: not a .flo file")
    width, height = struct.unpack("<ii", data[4:12])
    flow = np.frombuffer(data, "<f4", width * height * 2, 12).reshape(height, width, 2)
    return np.moveaxis(np.where(np.abs(flow) > 1e9, np.float32(np.nan), flow), -1, 0).astype(np.float32)
