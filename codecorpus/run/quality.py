"""Quality measures into the tables of a stream: columns of **frames**, and `sse` of **blocks**."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from codecorpus.corpus.parts import Ints, integers
from codecorpus.corpus.stage import Stage
from codecorpus.encode.quality import CELL, Cells, Pair, Values, measure, scale, squared_errors
from codecorpus.errors import EncodeError


def fill(stage: Stage, pair: Pair, names: tuple[str, ...], size: tuple[int, int], frames: int) -> None:
    """Measure a stream against its clip, whose size and number of frames are told, and fill in what is found.

    Raises:
        EncodeError: FFmpeg failed, or showed another number of frames.
    """
    if found := measure(pair, names, frames):
        stage.amend("frames", lambda rows: _with_frames(rows, found))
    if "sse" in names:
        with squared_errors(pair, *size) as pictures:
            errors = Errors(pictures, scale(pair.pixel_format))
            stage.amend("blocks", errors.fill)
            shown = errors.finish()
        if shown != frames:
            raise EncodeError(f"{pair.what}: {shown} frames are decoded of {frames}")


def _with_frames(rows: pa.Table, found: dict[str, Values]) -> pa.Table:
    frames = rows.column("frame").to_pylist()
    for column, values in found.items():
        own = [None if frame is None else values[frame] for frame in frames]
        rows = _replaced(rows, column, pa.array(own, pa.float32()))
    return rows


def _replaced(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), values)


class Errors:
    """Squared errors of blocks, whose rows come in coded order, from pictures that come as they are shown."""

    def __init__(self, pictures: Iterator[Cells], scale: float) -> None:
        self._pictures = enumerate(pictures)
        self._scale = scale
        self._sums: dict[int, Ints] = {}
        """Of frames ahead of their turn: sums of the cells above and to the left."""
        self._shown = 0

    def fill(self, rows: pa.Table) -> pa.Table:
        """Rows of **blocks**, those of whole pictures, with `sse`; null where the picture is never shown."""
        frame, order = (integers(rows[name]) for name in ("frame", "coded_order"))
        sse = np.full(rows.num_rows, np.nan)
        changes = np.flatnonzero(np.diff(order)) + 1
        for begin, end in itertools.pairwise([0, *changes.tolist(), len(order)]):
            if begin < end and frame[begin] >= 0:
                sse[begin:end] = self._of(int(frame[begin]), rows.slice(begin, end - begin)) * self._scale
        return _replaced(rows, "sse", pa.array(sse, pa.float32(), from_pandas=True))

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
