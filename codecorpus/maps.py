"""Blocks and motion as dense grids, on one scale for all codecs.

A map is float32 [frames, channels, rows, columns]. What the bitstream does not say is NaN, never zero.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from codecorpus import _native
from codecorpus.channels import CHANNELS as CHANNELS
from codecorpus.channels import DECLARED as DECLARED
from codecorpus.codecs import CODECS
from codecorpus.orientation import Orientation

Array = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Frames = slice | Sequence[int] | None
Size = tuple[int, int]
Hidden = Literal["count", "leave"]


VECTORS: Final = {
    name.removesuffix("_x"): (name, f"{name.removesuffix('_x')}_y") for name in CHANNELS if name.endswith("_x")
}
"""Channels that are the components of one vector, rightwards and downwards."""

IMPORTANCE: Final = "_importance"
"""Ends the name of a channel whose values are ranks among all of its encode: only a corpus knows them."""

MASK: Final = "_mask"
"""Ends the name of a channel that is 1 where another one has a value, else 0."""

FAR: Final = 1 << 31
"""Later than every frame."""

CELLS: Final = (4, 8, 16)
"""Sides of a cell, luma samples. Others work too; 4 is the smallest block of all codecs."""

COLUMNS: Final = _native.map_columns()
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
    orientation: Orientation | None = None,
) -> Array:
    """Maps of one stream from its tables: float32 [frames, channels, rows, columns].

    Args:
        codec: of `codecorpus.codecs.CODECS`.
        tables: `frames`, and `blocks` or `motion` as the channels need them, as `codecorpus.extract` returns them.
        channels: of `CHANNELS`.
        cell: side of a cell in luma samples: 4, 8 or 16.
        frames: which ones, by presentation index; all by default.
        size: width and height of the map in luma samples: the clip's. By default what is displayed of the largest
            picture.
        hidden: `count`: what is coded ahead and shown later counts to the frame that first shows it, and bits and
            energy of what is never shown itself to the next frame that is coded and shown, or the last of all. `leave`:
            left out.
        orientation: how maps are turned in the end; by default they stay as pictures are coded.

    Raises:
        ValueError: there is no such channel, or a table that it needs is missing.
    """
    if orientation is not None:
        check_channels(channels)
        both = with_partners(channels)
        values = compute(codec, tables, both, cell=cell, frames=frames, size=size, hidden=hidden)
        return turned(values, both, orientation)[:, [both.index(channel) for channel in channels]]
    needed = check_channels(channels)
    missing = [table for table in ("frames", *needed) if table not in tables]
    if missing:
        raise ValueError(f"these channels need the table {missing[0]!r}")
    index = frame_index(tables["frames"], frames)
    size = size or displayed_size(tables["frames"])
    placed = place(codec, tables["frames"], index, size=size, hidden=hidden)
    streams = {table: tables[table].select(COLUMNS[table]) for table in needed}
    values = _native.maps(
        placed,
        streams.get("blocks"),
        streams.get("motion"),
        channels=list(channels),
        frames=len(index),
        size=size,
        cell=operator.index(cell),
    )
    blank(values, channels, doubtful(codec, tables["frames"], index, hidden))
    return values


def with_partners(channels: Sequence[str]) -> tuple[str, ...]:
    """Channels, and of each component of a vector the other one: none can be turned alone."""
    partners = [name for channel in channels for name in VECTORS if channel in VECTORS[name]]
    return tuple(dict.fromkeys([*channels, *(part for name in partners for part in VECTORS[name])]))


def turned(values: Array, channels: Sequence[str], orientation: Orientation) -> Array:
    """Maps, [frames, channels, rows, columns], as players turn the pictures; no component of a vector is alone.

    Cells that an edge cuts are where that edge is then.
    """
    values = orientation.turned(values)
    for x, y in VECTORS.values():
        if x in channels:
            at = [list(channels).index(x), list(channels).index(y)]
            values[:, at] = np.stack(orientation.turned_vectors(*np.moveaxis(values[:, at], 1, 0)), axis=1)
    return values


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


def unranked(channels: Sequence[str]) -> tuple[str, ...]:
    """The channels that these are, or are ranks of; each once."""
    return tuple(dict.fromkeys(channel.removesuffix(IMPORTANCE) for channel in channels))


def areas(size: Size, cell: int) -> Array:
    """Samples in each cell, [rows, columns]: those at the right and bottom edge may be cut.

    `bits` and `energy` are per sample: times this they sum to those of the blocks.
    """
    width, height = (np.diff(np.append(np.arange(0, side, cell), side)) for side in size)
    return np.outer(height, width).astype(np.float32)


def largest(sizes: Iterable[Size | None]) -> Size | None:
    """The most width and the most height; None where there is no size."""
    known = [size for size in sizes if size is not None]
    return (max(width for width, _ in known), max(height for _, height in known)) if known else None


def displayed_size(frames: pa.Table) -> Size:
    """Width and height of what is displayed of the largest picture; of a damaged one where none is whole."""
    size = told_size(frames.filter(frames["error"].is_null())) or told_size(frames)
    if size is None:
        raise ValueError("there is no picture")
    return size


def told_size(frames: pa.Table) -> Size | None:
    """Width and height of what is displayed of the largest picture, damaged or not; None where none tells it."""
    width, height = (_most(frames[name]) for name in ("crop_width", "crop_height"))
    return None if width is None or height is None else (width, height)


def _most(column: pa.ChunkedArray) -> int | None:
    """The largest number of a column; None where there is none."""
    values = column.to_numpy()  # not by pyarrow.compute, which takes longer to be loaded than a short stream to be read
    values = values[np.isfinite(values)]
    return int(values.max()) if len(values) else None


def frame_index(frames: pa.Table, wanted: Frames) -> list[int]:
    """The presentation indices that are asked for.

    Raises:
        ValueError: they are no slice and no sequence of indices, each once.
    """
    if wanted is not None and not isinstance(wanted, slice):
        return indices(wanted)
    most = _most(frames["frame"])
    count = 0 if most is None else most + 1
    return list(range(*(wanted or slice(None)).indices(count)))


def indices(wanted: Sequence[int]) -> list[int]:
    """A sequence of indices as a list.

    Raises:
        ValueError: it is none, or one is twice in it.
    """
    if not isinstance(wanted, Iterable):
        raise ValueError(f"frames is a slice or a sequence of indices, as in [{wanted}]; not {wanted!r}")
    index = [operator.index(frame) for frame in wanted]
    if len(set(index)) < len(index) or min(index, default=0) < 0:
        raise ValueError(f"frames are indices from 0, each once; not {wanted!r}")
    return index


def place(
    codec: str,
    frames: pa.Table,
    index: Sequence[int],
    *,
    size: Size,
    hidden: Hidden = "count",
) -> list[Placed]:
    """Where each coded picture's rows go, for the pictures that have a place: not those that could not be read."""
    rows = frames.select(PLACING).sort_by("coded_order")
    shown, never = _counts_to(codec, rows, hidden)
    position = _positions(shown, index)
    usable = np.flatnonzero((position >= 0) & ~_damaged(rows))
    field_lines = CODECS[codec].counts_field_lines
    placed: list[Placed] = []
    for row, at, is_never in zip(
        rows.take(usable).to_pylist(), position[usable].tolist(), never[usable].tolist(), strict=True
    ):
        scale = size[0] / row["crop_width"], size[1] / row["crop_height"]
        origin = row["crop_x"], row["crop_y"]
        placed.append((row["coded_order"], at, is_never, scale, field_lines or row["structure"] == "field", origin))
    return placed


def doubtful(codec: str, frames: pa.Table, index: Sequence[int], hidden: Hidden = "count") -> list[int]:
    """Positions in `index` of the frames that a damaged picture counts to: of them nothing is known."""
    rows = frames.select(PLACING).sort_by("coded_order")
    damaged = _damaged(rows)
    if not damaged.any():
        return []
    position = _positions(_counts_to(codec, rows, hidden)[0], index)
    found: list[int] = np.unique(position[damaged & (position >= 0)]).tolist()
    return found


def _counts_to(codec: str, rows: pa.Table, hidden: Hidden) -> tuple[Ints, Bools]:
    """The frame that each picture counts to, -1 for none, and whether it is never shown itself; by coded order."""
    if hidden not in ("count", "leave"):
        raise ValueError(f"hidden is 'count' or 'leave'; not {hidden!r}")
    frame: Ints = np.nan_to_num(rows["frame"].to_numpy(), nan=-1).astype(np.int64)
    never = frame < 0
    count = len(frame)
    # From each picture on, the first that is shown, or the last of all; and after it, the earliest that is.
    last = int(np.flatnonzero(~never).max(initial=-1))
    following = np.minimum.accumulate(np.where(never, last, np.arange(count))[::-1])[::-1]
    earliest = np.minimum.accumulate(np.append(np.where(never, FAR, frame), FAR)[::-1])[::-1][1:]
    shown = np.append(frame, -1)[following]
    if hidden == "leave":
        shown[never | ((earliest < frame) & CODECS[codec].shows_later)] = -1
    return shown, never


def _positions(shown: Ints, index: Sequence[int]) -> Ints:
    """Where in `index` each picture's frame is, -1 where it is not."""
    places = np.full(max([*index, *shown.tolist()], default=-1) + 2, -1)
    places[list(index)] = np.arange(len(index))
    return places[shown]  # -1 is the last, which is of no frame


def _damaged(rows: pa.Table) -> Bools:
    return np.asarray(rows["error"].is_valid())


def blank(values: Array, channels: Sequence[str], positions: Sequence[int]) -> None:
    """Say of some frames of [frames, channels, rows, columns] that nothing is known."""
    values[list(positions)] = np.nan
    for at, channel in enumerate(channels):
        if channel.endswith(MASK):
            values[list(positions), at] = 0
