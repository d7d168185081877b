"""Blocks and motion as dense grids, on one scale for all codecs.

A map is float32 [frames, channels, rows, columns]. What the bitstream does not say is NaN, never zero.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codecorpus import _native

Array = np.ndarray[Any, np.dtype[np.float32]]
Frames = slice | Sequence[int] | None
Size = tuple[int, int]
Hidden = Literal["count", "leave"]


@dataclass(frozen=True)
class Channel:
    """What a channel holds; lengths are in luma samples of the map's size."""

    name: str
    unit: str
    meaning: str
    tables: tuple[str, ...]


def _channel(name: str, unit: str, meaning: str) -> Channel:
    blocks, motion = _native.map_tables(name)
    return Channel(name, unit, meaning, ("blocks",) * blocks + ("motion",) * motion)


DECLARED: Final = {name: _channel(name, unit, meaning) for name, unit, meaning in _native.map_channels()}
"""Every channel by name, in the order of a map that has all."""

CHANNELS: Final = tuple(DECLARED)
"""The names of all channels."""

IMPORTANCE: Final = "_importance"
"""Ends the name of a channel whose values are ranks among all of its encode: only a corpus knows them."""

CELLS: Final = (4, 8, 16)
"""Sides of a cell, luma samples. Others work too; 4 is the smallest block of all codecs."""

COLUMNS: Final = {
    "blocks": (
        *("coded_order", "x", "y", "w", "h", "field", "prediction", "skip", "qstep", "energy"),
        *("bits_mode", "bits_motion", "bits_residual"),
    ),
    "motion": (
        *("coded_order", "block", "x", "y", "w", "h", "field", "dt0", "dt1"),
        *("mv0_x", "mv0_y", "mv1_x", "mv1_y"),
    ),
}
"""The columns that maps are made of."""

PLACING: Final = [
    *("coded_order", "frame", "crop_x", "crop_y", "crop_width", "crop_height", "structure", "error"),
]
"""The columns of **frames** that tell where a picture's rows go."""

Placed = tuple[int, int, bool, tuple[float, float], bool, tuple[float, float]]
"""coded_order, index of the frame in the map, whether it only adds bits and energy, scale, field picture, and where
what is displayed begins in the coded picture."""


def compute(
    codec: str,
    tables: Mapping[str, pa.Table],
    channels: Sequence[str] = CHANNELS,
    *,
    cell: int = 16,
    frames: Frames = None,
    size: Size | None = None,
    hidden: Hidden = "count",
) -> Array:
    """Maps of one stream from its tables: float32 [frames, channels, rows, columns].

    Args:
        codec: `h264`, `hevc` or `av1`.
        tables: `frames`, and `blocks` or `motion` as the channels need them, as `codecorpus.extract` returns them.
        channels: of `CHANNELS`.
        cell: side of a cell in luma samples: 4, 8 or 16.
        frames: which ones, by presentation index; all by default.
        size: width and height of the map in luma samples: the clip's. By default what is displayed of the largest
            picture.
        hidden: `count`: what is coded ahead and shown later counts to the frame that first shows it, and bits and
            energy of what is never shown itself to the next frame that is coded and shown. `leave`: left out.

    Raises:
        ValueError: there is no such channel, or a table that it needs is missing.
    """
    needed = check_channels(channels)
    missing = [table for table in ("frames", *needed) if table not in tables]
    if missing:
        raise ValueError(f"these channels need the table {missing[0]!r}")
    index = frame_index(tables["frames"], frames)
    size = size or displayed_size(tables["frames"])
    placed = place(codec, tables["frames"], index, size=size, hidden=hidden)
    streams = {table: tables[table].select(COLUMNS[table]) for table in needed}
    return _native.maps(
        placed,
        streams.get("blocks"),
        streams.get("motion"),
        channels=list(channels),
        frames=len(index),
        size=size,
        cell=operator.index(cell),
    )


def check_channels(channels: Sequence[str]) -> tuple[str, ...]:
    """The tables that channels are made of, beside **frames**.

    Raises:
        ValueError: there is no such channel, or one is asked for twice.
    """
    unknown = [channel for channel in channels if channel not in DECLARED]
    if ranked := [channel for channel in unknown if channel.removesuffix(IMPORTANCE) in DECLARED]:
        raise ValueError(f"{ranked[0]} is a rank among all that an encode spends: only Corpus.maps has it")
    if unknown or isinstance(channels, str) or len(set(channels)) < len(channels):
        raise ValueError(f"channels are a sequence of {', '.join(CHANNELS)}, each once; not {channels!r}")
    return tuple(table for table in COLUMNS if any(table in DECLARED[channel].tables for channel in channels))


def areas(size: Size, cell: int) -> Array:
    """Samples in each cell, [rows, columns]: those at the right and bottom edge may be cut.

    `bits` and `energy` are per sample: times this they sum to those of the blocks.
    """
    width, height = (np.diff(np.append(np.arange(0, side, cell), side)) for side in size)
    return np.outer(height, width).astype(np.float32)


def displayed_size(frames: pa.Table) -> Size:
    """Width and height of what is displayed of the largest picture."""
    width, height = (pc.max(frames[name]).as_py() for name in ("crop_width", "crop_height"))
    if width is None or height is None:
        raise ValueError("there is no picture")
    return width, height


def frame_index(frames: pa.Table, wanted: Frames) -> list[int]:
    """The presentation indices that are asked for."""
    if wanted is not None and not isinstance(wanted, slice):
        return [operator.index(frame) for frame in wanted]
    shown = [frame for frame in frames["frame"].to_pylist() if frame is not None]
    count = max(shown, default=-1) + 1
    return list(range(*(wanted or slice(None)).indices(count)))


def place(
    codec: str,
    frames: pa.Table,
    index: Sequence[int],
    *,
    size: Size,
    hidden: Hidden = "count",
) -> list[Placed]:
    """Where each coded picture's rows go, for the pictures that have a place: not those that could not be read."""
    if hidden not in ("count", "leave"):
        raise ValueError(f"hidden is 'count' or 'leave'; not {hidden!r}")
    rows = frames.select(PLACING).sort_by("coded_order").to_pylist()
    position = {frame: at for at, frame in enumerate(index)}
    placed: list[Placed] = []
    next_shown: int | None = None  # the frame of the next picture in coded order that has one
    earliest: int | None = None  # presentation index, of the pictures coded later
    for row in reversed(rows):
        coded_order, frame = row["coded_order"], row["frame"]
        is_ahead = codec == "av1" and earliest is not None and frame is not None and earliest < frame
        if frame is not None:
            next_shown = frame
            earliest = frame if earliest is None else min(earliest, frame)
        if hidden == "leave" and (frame is None or is_ahead):
            continue
        shown = frame if frame is not None else next_shown
        at = None if shown is None else position.get(shown)
        if at is not None and row["error"] is None:
            scale = size[0] / row["crop_width"], size[1] / row["crop_height"]
            origin = row["crop_x"], row["crop_y"]
            placed.append((coded_order, at, frame is None, scale, row["structure"] == "field", origin))
    return placed[::-1]
