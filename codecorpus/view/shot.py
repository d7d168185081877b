"""One frame of one encode: its pixels and its rows."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

import av
import av.error
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from av.codec.context import Flags

from codecorpus import maps
from codecorpus.demux import OPTIONS, TAGS, name_of
from codecorpus.errors import MalformedError
from codecorpus.orientation import Orientation
from codecorpus.track import chosen, lacking
from codecorpus.view.colour import Pixels

Rectangles = np.ndarray[Any, np.dtype[np.float64]]

UNTURNED: Final = Orientation()
GREY: Final = 128


@dataclass(frozen=True)
class Shot:
    """One frame of one encode.

    Attributes:
        codec: as in `codecorpus.extract`.
        label: what the encode is called.
        pixels: the decoded frame, RGB.
        row: its row of **frames**; None where the frame has no coded picture.
        tables: its rows of the other tables, and that one row of **frames**.
        orientation: how it is turned once it is drawn; `pixels` and `tables` are as it is coded.
    """

    codec: str
    label: str
    pixels: Pixels
    row: Mapping[str, Any] | None
    tables: Mapping[str, pa.Table]
    orientation: Orientation = UNTURNED

    @property
    def size(self) -> maps.Size:
        height, width = self.pixels.shape[:2]
        return width, height

    @property
    def shown_size(self) -> maps.Size:
        """Its size as it is turned."""
        width, height = self.size
        return (height, width) if self.orientation.rotation % 180 else (width, height)

    def map(self, channel: str, cell: int = 4) -> maps.Array:
        """One channel as [rows, columns], on the grid of the pixels."""
        frame = [self._frame]
        whole = maps.compute(self.codec, self.tables, (channel,), cell=cell, frames=frame, size=self.size)
        grid: maps.Array = whole[0, 0]
        return grid

    @property
    def _frame(self) -> int:
        return self.row["frame"] if self.row else 0

    def rectangles(self, table: str) -> Rectangles:
        """Left, top, right, bottom of every row in pixels, [n, 4]."""
        rows = self.tables[table]
        if not rows.num_rows:
            return np.zeros((0, 4))
        if table == "transforms":
            rows = with_fields(rows, self.tables["blocks"])
        x, y, w, h = (rows[name].to_numpy().astype(np.float64) for name in ("x", "y", "w", "h"))
        placed = maps.place(self.codec, self.tables["frames"], [self._frame], size=self.size)
        _, _, _, (sx, sy), field_picture, (left, above) = placed[0]
        if (field := rows["field"].to_numpy()).any():
            inside, pair = y % 16, y // 32 * 32
            top = 2 * y if field_picture else pair + 2 * inside
            y, h = np.where(field == 0, y, top), np.where(field == 0, h, 2 * h)
        x, y = x - left, y - above
        return np.stack([x * sx, y * sy, (x + w) * sx, (y + h) * sy], axis=1)


def decode(
    source: str | bytes, frames: Sequence[int], track: int | None = None, times: Sequence[int | None] = ()
) -> Iterator[tuple[int, Pixels]]:
    """The frames with these presentation indices, in ascending order, as RGB; arguments and errors as of `decoded`."""
    for index, frame in decoded(source, frames, track, times):
        yield index, cast(Pixels, frame.to_ndarray(format="rgb24"))


def decoded(
    source: str | bytes, frames: Sequence[int], track: int | None = None, times: Sequence[int | None] = ()
) -> Iterator[tuple[int, av.VideoFrame]]:
    """The frames with these presentation indices, in ascending order, of a video track: FFmpeg's choice unless given.

    `times` are when each frame of the stream is shown, as its container tells it, where that is known: a frame that a
    decoder leaves out is seen by them, and is grey.

    Raises:
        MalformedError: none of them can be decoded.
    """
    ahead, frame = iter(frames), None
    for index, frame in _found(source, frames, track, times):
        for missing in itertools.takewhile(index.__ne__, ahead):
            yield missing, _grey(frame.width, frame.height)
        yield index, frame
    if frame is None:
        raise MalformedError(f"its frame {frames[0]} cannot be decoded", path=name_of(source))
    for missing in ahead:
        yield missing, _grey(frame.width, frame.height)


def _grey(width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "gray")
    frame.planes[0].update(bytes([GREY]) * frame.planes[0].buffer_size)
    return frame


def _found(
    source: str | bytes, frames: Sequence[int], track: int | None, times: Sequence[int | None]
) -> Iterator[tuple[int, av.VideoFrame]]:
    wanted, last = set(frames), max(frames)
    try:
        with av.open(
            io.BytesIO(source) if isinstance(source, bytes) else source,
            "r",
            options=OPTIONS,
            **TAGS,
        ) as container:
            if (stream := chosen(container, track)) is None:
                raise MalformedError(lacking(container, track), path=name_of(source))
            stream.thread_type = "AUTO"
            stream.codec_context.flags |= Flags.unaligned  # else what is cropped at the left may be less than told
            for index, frame in _numbered(container.decode(stream), times):
                if index in wanted:
                    yield index, frame
                if index >= last:
                    return
    except av.error.FFmpegError as error:
        raise MalformedError(f"it cannot be decoded ({error.strerror})", path=name_of(source)) from error


def _numbered(frames: Iterable[av.VideoFrame], times: Sequence[int | None]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames with their presentation indices: each the next, or the next that is shown at its time."""
    known, index = {*times}, 0
    for frame in frames:
        if frame.pts is not None and frame.pts in known:
            with suppress(ValueError):
                index = times.index(frame.pts, index)
        yield index, frame
        index += 1


def rows_of(tables: Mapping[str, pa.Table], frame: int) -> dict[str, pa.Table]:
    """The rows of the coded picture that is shown at a frame."""
    pictures = tables["frames"].filter(pc.equal(tables["frames"]["frame"], frame))
    coded_order = pictures["coded_order"][-1].as_py() if pictures.num_rows else None
    out = {"frames": pictures.slice(max(pictures.num_rows - 1, 0))}
    for name, table in tables.items():
        if name != "frames":
            orders = table["coded_order"].to_numpy()
            first, end = (0, 0) if coded_order is None else np.searchsorted(orders, [coded_order, coded_order + 1])
            out[name] = table.slice(int(first), int(end - first))
    return out


def with_fields(transforms: pa.Table, blocks: pa.Table) -> pa.Table:
    """Transform blocks with the field of their coding block, whose lines they count."""
    first = np.searchsorted(blocks["coded_order"].to_numpy(), transforms["coded_order"].to_numpy())
    return transforms.append_column("field", blocks["field"].take(pa.array(first + transforms["block"].to_numpy())))


def shot(
    codec: str,
    label: str,
    tables: Mapping[str, pa.Table],
    frame: int,
    pixels: Pixels,
    orientation: Orientation = UNTURNED,
) -> Shot:
    """A frame's pixels with its rows."""
    rows = rows_of(tables, frame)
    row = rows["frames"].to_pylist()[0] if rows["frames"].num_rows else None
    return Shot(codec, label, pixels, row, rows, orientation)
