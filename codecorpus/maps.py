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

CROP: Final = {"h264": 16, "hevc": 64}
"""A decoder crops less than this on each axis: a macroblock, the largest coding block. AV1 crops nothing."""

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

Placed = tuple[int, int, bool, tuple[float, float], bool]
"""coded_order, index of the frame in the map, whether it only adds bits and energy, scale, field picture."""


def compute(
    codec: str,
    tables: Mapping[str, pa.Table],
    channels: Sequence[str] = CHANNELS,
    *,
    cell: int = 16,
    frames: Frames = None,
    size: Size | None = None,
    picture: Size | None = None,
    hidden: Hidden = "count",
) -> Array:
    """Maps of one stream from its tables: float32 [frames, channels, rows, columns].

    Args:
        codec: `h264`, `hevc` or `av1`.
        tables: `frames`, and `blocks` or `motion` as the channels need them, as `codecorpus.extract` returns them.
        channels: of `CHANNELS`.
        cell: side of a cell in luma samples: 4, 8 or 16.
        frames: which ones, by presentation index; all by default.
        size: width and height of the map in luma samples: the clip's. By default the largest coded picture's.
        picture: the encode's own size without what decoders crop; by default inferred from the coded size.
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
    size = size or coded_size(tables["frames"])
    placed = place(codec, tables, index, size=size, picture=picture, hidden=hidden)
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


def coded_size(frames: pa.Table) -> Size:
    """Width and height of the largest coded picture."""
    if not frames.num_rows:
        raise ValueError("there is no picture")
    return max(frames["width"].to_pylist()), max(frames["height"].to_pylist())


def frame_index(frames: pa.Table, wanted: Frames) -> list[int]:
    """The presentation indices that are asked for."""
    if wanted is not None and not isinstance(wanted, slice):
        return [operator.index(frame) for frame in wanted]
    shown = [frame for frame in frames["frame"].to_pylist() if frame is not None]
    count = max(shown, default=-1) + 1
    return list(range(*(wanted or slice(None)).indices(count)))


def place(
    codec: str,
    tables: Mapping[str, pa.Table],
    index: Sequence[int],
    *,
    size: Size,
    picture: Size | None = None,
    hidden: Hidden = "count",
) -> list[Placed]:
    """Where each coded picture's rows go, for the pictures that have a place."""
    if hidden not in ("count", "leave"):
        raise ValueError(f"hidden is 'count' or 'leave'; not {hidden!r}")
    frames = tables["frames"].select(["coded_order", "frame", "width", "height"]).sort_by("coded_order").to_pylist()
    position = {frame: at for at, frame in enumerate(index)}
    fields = _field_pictures(tables) if codec == "h264" else set()
    placed: list[Placed] = []
    next_shown: int | None = None  # the frame of the next picture in coded order that has one
    earliest: int | None = None  # presentation index, of the pictures coded later
    for row in reversed(frames):
        coded_order, frame = row["coded_order"], row["frame"]
        is_ahead = codec == "av1" and earliest is not None and frame is not None and earliest < frame
        if frame is not None:
            next_shown = frame
            earliest = frame if earliest is None else min(earliest, frame)
        if hidden == "leave" and (frame is None or is_ahead):
            continue
        shown = frame if frame is not None else next_shown
        at = None if shown is None else position.get(shown)
        if at is not None:
            scale = _scale(codec, (row["width"], row["height"]), size, picture)
            placed.append((coded_order, at, frame is None, scale, coded_order in fields))
    return placed[::-1]


def _scale(codec: str, coded: Size, size: Size, picture: Size | None) -> tuple[float, float]:
    """Samples of the map per sample of a coded picture, whose right and bottom may be cropped."""
    if picture is not None:
        return size[0] / picture[0], size[1] / picture[1]
    crop = CROP.get(codec, 1)
    if all(0 <= own - wanted < crop for own, wanted in zip(coded, size, strict=True)):
        return 1.0, 1.0
    each = size[0] / coded[0], size[1] / coded[1]
    # Scaled alike on both axes, then padded to whole blocks: the axis with less padding tells the scale.
    both = max(each)
    if all(own - wanted / both < min(crop, 16) for own, wanted in zip(coded, size, strict=True)):
        return both, both
    return each


def _field_pictures(tables: Mapping[str, pa.Table]) -> set[int]:
    """Coded order of the pictures whose fields are coded one after the other (H.264 7.3.3, field_pic_flag).

    A field macroblock of a frame lies in the upper half of its pair when it is the top field's, in the lower half
    when it is the bottom field's. In a field picture all macroblocks of either field begin at line 0.
    """
    rows = tables.get("blocks", tables.get("motion"))
    if rows is None:
        return set()
    field = rows["field"].to_numpy()
    if not field.any():
        return set()
    lower = rows["y"].to_numpy() % 32 >= 16
    elsewhere = ((field == 1) & lower) | ((field == 2) & ~lower)
    return set(np.unique(rows["coded_order"].to_numpy()[elsewhere]).tolist())
