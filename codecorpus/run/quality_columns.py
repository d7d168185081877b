"""Quality measures of a stream: columns of **frames**, and `sse` of **blocks**, found before its rows are written."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from codecorpus.corpus.numbers import Ints, integers
from codecorpus.encode.quality import CELL, Cells, Pair, Values, scale, squared_errors
from codecorpus.errors import EncodeError
from codecorpus.extracting import extract_batches
from codecorpus.run.stream import replaced

Floats = np.ndarray[Any, np.dtype[np.float32]]


def errors_of_blocks(pair: Pair, frames: int, to: Path, check: Callable[[pa.Table], None]) -> None:
    """Squared errors of a stream's blocks, in the order of their rows, into a file of float32; NaN for none.

    `check` is given the rows of **frames** before those of their blocks are looked at.

    Raises:
        EncodeError: FFmpeg failed, showed another number of frames, or the blocks are of fields.
        StreamError: the stream cannot be read.
    """
    with squared_errors(pair) as pictures, to.open("wb") as file:
        errors = Errors(pictures, scale(pair.pixel_format))
        for part in extract_batches(pair.stream, tables=("frames", "blocks"), track=pair.track, threads=1):
            check(part.frames)
            errors.of(part.blocks).tofile(file)
        shown = errors.finish()
    if shown != frames:
        raise EncodeError(f"{pair.what}: {shown} frames are decoded of {frames}")


def with_frames(rows: pa.Table, found: Mapping[str, Values]) -> pa.Table:
    """Rows of **frames** with their measures.

    Raises:
        EncodeError: a frame was not measured, since decoders do not show it.
    """
    frames = rows.column("frame").to_pylist()
    last = max((frame for frame in frames if frame is not None), default=-1)
    for column, values in found.items():
        if last >= len(values):
            raise EncodeError(f"frame {last} is shown, but {len(values)} are decoded")
        own = [None if frame is None else values[frame] for frame in frames]
        rows = replaced(rows, column, pa.array(own, pa.float32()))
    return rows


class Blocks:
    """Fills in the squared errors of blocks that `errors_of_blocks` found, as their rows go by."""

    def __init__(self, path: Path) -> None:
        self._values: Floats = np.fromfile(path, np.float32)
        self._at = 0

    def fill(self, rows: pa.Table) -> pa.Table:
        """The next rows of **blocks**, with `sse`.

        Raises:
            EncodeError: squared errors were found of fewer.
        """
        own = self._values[self._at : self._at + rows.num_rows]
        if len(own) < rows.num_rows:
            raise EncodeError(f"squared errors are of {len(self._values)} blocks, but there are more")
        self._at += rows.num_rows
        return replaced(rows, "sse", pa.array(own, pa.float32(), from_pandas=True))


class Errors:
    """Squared errors of blocks, whose rows come in coded order, from pictures that come as they are shown."""

    def __init__(self, pictures: Iterable[Cells], scale: float) -> None:
        self._pictures: Iterator[tuple[int, Cells]] = enumerate(pictures)
        self._scale = scale
        self._sums: dict[int, Ints] = {}
        """Of frames ahead of their turn: sums of the cells above and to the left."""
        self._shown = 0

    def of(self, rows: pa.Table) -> Floats:
        """Of rows of **blocks**, those of whole pictures; NaN where the picture is never shown."""
        frame, order = (integers(rows[name]) for name in ("frame", "coded_order"))
        sse = np.full(rows.num_rows, np.nan)
        changes = np.flatnonzero(np.diff(order)) + 1
        for begin, end in itertools.pairwise([0, *changes.tolist(), len(order)]):
            if begin < end and frame[begin] >= 0:
                sse[begin:end] = self._of(int(frame[begin]), rows.slice(begin, end - begin)) * self._scale
        return sse.astype(np.float32)

    def finish(self) -> int:
        """Reads what is left; how many frames there were."""
        for _ in self._pictures:
            self._shown += 1
        return self._shown

    def _of(self, frame: int, blocks: pa.Table) -> Ints:
        sums = self._sums_of(frame)
        x, y, w, h, field = (integers(blocks[name]) for name in ("x", "y", "w", "h", "field"))
        if field.any():
            raise EncodeError("squared errors of fields are not measured; leave sse out")
        rows, columns = (side - 1 for side in sums.shape)
        left, top = np.minimum(x // CELL, columns), np.minimum(y // CELL, rows)
        right, bottom = np.minimum((x + w) // CELL, columns), np.minimum((y + h) // CELL, rows)
        own: Ints = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return own

    def _sums_of(self, frame: int) -> Ints:
        """Those of a frame, which may be asked for once; frames before it are kept for later."""
        while frame not in self._sums:
            found = next(self._pictures, None)
            if found is None:
                raise EncodeError(f"frame {frame} is not decoded")
            self._shown += 1
            sums = np.zeros([side + 1 for side in found[1].shape], np.int64)
            found[1].cumsum(axis=0, dtype=np.int64).cumsum(axis=1, out=sums[1:, 1:])
            self._sums[found[0]] = sums
        return self._sums.pop(frame)
