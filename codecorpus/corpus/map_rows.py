"""Maps on disk: one row a frame, the grid as bytes with its shape and type beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from codecorpus import maps, schema
from codecorpus.corpus.parts import kept
from codecorpus.intrinsics import Intrinsics

DTYPE: Final = "<f4"
"""NumPy's name of float32, lowest byte first: what `data` holds on every machine."""


class MapRows:
    """Rows of **maps**, from a stream's tables part by part, in presentation order.

    It holds back what is coded ahead of its turn, and pictures that are never shown until the next that is: they
    count to that one's frame. The last that is shown is held too, to which what follows may count.
    """

    def __init__(self, codec: str, size: maps.Size, cell: int, channels: Sequence[str]) -> None:
        self._codec = codec
        self._size = size
        self._cell = cell
        self._channels = tuple(channels)
        self._waiting: dict[int, bytes] = {}
        self._next = 0
        self._shape: tuple[int, ...] = ()
        self._held: dict[str, pa.Table] | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that a part must have."""
        return ("frames", *maps.check_channels(self._channels))

    def add(self, part: Intrinsics) -> pa.Table:
        """The rows whose turn has come."""
        tables = {name: part.tables[name] for name in self.tables}
        if self._held is not None:
            tables = {name: pa.concat_tables([self._held[name], table]) for name, table in tables.items()}
        shown = tables["frames"]["frame"].fill_null(-1).to_numpy()
        ends = np.flatnonzero(shown >= 0)
        count = int(ends[-2]) + 1 if ends.size > 1 else 0
        self._held = _from_picture(tables, count)
        if count:
            self._compute(_before_picture(tables, count))
        return self._rows(self._turns())

    def finish(self) -> pa.Table:
        """The rows that are left."""
        if self._held is not None:
            self._compute(self._held)
        return self._rows(sorted(self._waiting))

    def _compute(self, tables: dict[str, pa.Table]) -> None:
        frames = sorted({frame for frame in tables["frames"]["frame"].to_pylist() if frame is not None})
        grids = maps.compute(
            self._codec, tables, self._channels, cell=self._cell, frames=frames, size=self._size
        ).astype(DTYPE, copy=False)
        self._shape = grids.shape[1:]
        self._waiting |= {frame: grid.tobytes() for frame, grid in zip(frames, grids, strict=True)}

    def _turns(self) -> Iterator[int]:
        while self._next in self._waiting:
            yield self._next
            self._next += 1

    def _rows(self, frames: Iterator[int] | Sequence[int]) -> pa.Table:
        turns = list(frames)
        count, (width, height) = len(turns), self._size
        columns = {
            "frame": turns,
            "data": [self._waiting.pop(frame) for frame in turns],
            "shape": [self._shape] * count,
            "dtype": [DTYPE] * count,
            "channels": [self._channels] * count,
            "cell": [self._cell] * count,
            "width": [width] * count,
            "height": [height] * count,
        }
        return pa.table(columns, schema=schema.MAPS)


def _before_picture(tables: dict[str, pa.Table], count: int) -> dict[str, pa.Table]:
    return {name: table.slice(0, _rows_before(tables, name, count)) for name, table in tables.items()}


def _from_picture(tables: dict[str, pa.Table], count: int) -> dict[str, pa.Table] | None:
    if count == tables["frames"].num_rows:
        return None
    return {name: table.slice(_rows_before(tables, name, count)) for name, table in tables.items()}


def _rows_before(tables: dict[str, pa.Table], name: str, count: int) -> int:
    """Rows of a table before the picture at a place in coded order."""
    if name == "frames" or count == tables["frames"].num_rows:
        return count if name == "frames" else len(tables[name])
    coded_order = tables["frames"]["coded_order"][count].as_py()
    return int(np.count_nonzero(tables[name]["coded_order"].to_numpy() < coded_order))


def stacked(rows: pa.Table, frames: Sequence[int], channels: Sequence[str], cell: int) -> maps.Array | None:
    """Rows of one stream as [frames, channels, rows, columns]; None where none is of such cells, or lacks a channel.

    A frame without a row, which no coded picture shows, is NaN and its masks are zero.
    """
    rows = kept(rows, rows["cell"].to_numpy() == cell)
    if not rows.num_rows:
        return None
    known = rows["channels"][0].as_py()
    if any(channel not in known for channel in channels):
        return None
    _, height, width = shape = tuple(rows["shape"][0].as_py())
    out = np.full((len(frames), len(channels), height, width), np.nan, np.float32)
    for at, channel in enumerate(channels):
        if channel.endswith(maps.MASK):
            out[:, at] = 0
    wanted = [known.index(channel) for channel in channels]
    places = {frame: at for at, frame in enumerate(frames)}
    for frame, data, dtype in zip(rows["frame"].to_pylist(), rows["data"], rows["dtype"].to_pylist(), strict=True):
        if frame in places:
            out[places[frame]] = np.frombuffer(data.as_buffer(), dtype).reshape(shape)[wanted]
    return out
