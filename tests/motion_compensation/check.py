"""The motion compensation check.

A block without residual is a pure function of its vectors and of the decoded samples of its references. So in a stream
that was encoded without in-loop filters, interpolating the references at the reported vectors must give the decoded
block bit for bit: any wrong vector, reference, geometry or residual flag shows, and no reference decoder's tables are
needed. Each codec's own interpolation is a module beside this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

import codecorpus
from motion_compensation.pictures import Samples, decode_luma, field_lines, window
from motion_compensation.weights import Weighting

TEXTURED = 6.0
"""Standard deviation, in 8-bit samples, from which a displaced block is expected to look different."""


class Codec(Protocol):
    """A module with a codec's interpolation."""

    FRACTIONS: int
    """Vectors' fractions of a sample."""

    def interpolate(self, window: Samples, phase: tuple[int, int], depth: int) -> Samples:
        """The block inside a window (see `pictures.window`), displaced by a fraction of a sample."""

    def blend(self, predictions: list[Samples], depth: int, weighting: Weighting | None) -> Samples:
        """The final samples from one or two predictions."""


class Vector(NamedTuple):
    """A prediction from one list."""

    side: int
    reference: int
    mv: tuple[float, float]


class Prediction(NamedTuple):
    """A row of motion, with what its block says of it. `y` and `vectors` are in lines of the field, if it has one."""

    coded_order: int
    frame: int
    block: int
    part: int
    x: int
    y: int
    w: int
    h: int
    field: int
    mode: str
    compound: str
    partition: str
    vectors: tuple[Vector, ...]
    reference_frames: tuple[int, ...]

    @property
    def kinds(self) -> Iterator[str]:
        """The kinds of motion that it is an example of."""
        yield self.mode
        yield f"{self.w}x{self.h}"
        yield ("uni", "bi")[len(self.vectors) - 1]
        yield self.partition
        if self.compound == "weighted":
            yield "weighted"
        if self.field:
            yield "field"


@dataclass
class Comparison:
    """How many blocks of each kind are exactly what their vectors say, and which are not."""

    exact: Counter[str] = field(default_factory=Counter)
    wrong: list[Prediction] = field(default_factory=list)

    @property
    def compared(self) -> int:
        return self.exact["all"] + len(self.wrong)

    def assert_exact(self, **at_least: int) -> None:
        """No block may differ, and so many of each kind must have been compared."""
        assert not self.wrong, f"{len(self.wrong)} of {self.compared} blocks differ, first {self.wrong[0]}"
        missing = {kind: self.exact[kind] for kind, least in at_least.items() if self.exact[kind] < least}
        assert not missing, f"too few blocks of a kind were compared: {missing} of {dict(self.exact)}"


WeightsOf = Callable[[Prediction], list[Weighting | None]]


def unweighted(prediction: Prediction) -> list[Weighting | None]:
    """The default weighting."""
    return [None]


def compare(
    stream: Path,
    codec: Codec,
    *,
    weights: Callable[[pa.Table], WeightsOf] = lambda frames: unweighted,
    displaced: tuple[float, float] | None = None,
) -> Comparison:
    """Compares every prediction block without residual with what its vectors say that it is.

    `weights` makes, of the table of frames, what tells the weightings that may apply to a prediction.
    With `displaced`, textured blocks are compared with what lies so far from there: the control.
    """
    intrinsics = codecorpus.extract(stream)
    decoded = Decoded(stream, codec, intrinsics.frames)
    weightings = weights(intrinsics.frames)
    result = Comparison()
    for prediction in predictions_without_residual(intrinsics):
        if displaced is not None and decoded.block(prediction).std() < TEXTURED * 2 ** (decoded.depth - 8):
            continue
        if decoded.is_exact(prediction, weightings(prediction), displaced or (0.0, 0.0)):
            result.exact.update(["all", *prediction.kinds])
        else:
            result.wrong.append(prediction)
    return result


class Decoded:
    """The decoded pictures of a stream, by coded order."""

    def __init__(self, stream: Path, codec: Codec, frames: pa.Table) -> None:
        pictures, self.depth = decode_luma(stream)
        shown = dict(zip(frames["coded_order"].to_pylist(), frames["frame"].to_pylist(), strict=True))
        assert sorted(frame for frame in shown.values() if frame is not None) == list(range(len(pictures)))
        self._codec = codec
        self._pictures = {order: pictures[frame] for order, frame in shown.items() if frame is not None}
        sizes = zip(frames["coded_order"].to_pylist(), frames["height"].to_pylist(), strict=True)
        assert all(self._pictures[order].shape[0] == height for order, height in sizes if order in self._pictures)

    def block(self, prediction: Prediction) -> Samples:
        """The decoded samples of a block."""
        lines = field_lines(self._pictures[prediction.coded_order], prediction.field)
        x, y, w, h = prediction.x, prediction.y, prediction.w, prediction.h
        return lines[y : y + h, x : x + w]

    def is_exact(
        self, prediction: Prediction, weightings: list[Weighting | None], displaced: tuple[float, float]
    ) -> bool:
        """Whether one of the weightings gives the decoded block. A field's reference may be of either parity."""
        target = self.block(prediction)
        parities = [0] if not prediction.field else [1, 2]
        for fields in product(parities, repeat=len(prediction.vectors)):
            parts = [
                self._predict(prediction, vector, field, displaced)
                for vector, field in zip(prediction.vectors, fields, strict=True)
            ]
            for weighting in weightings:
                if np.array_equal(self._codec.blend(parts, self.depth, weighting), target):
                    return True
        return False

    def _predict(self, prediction: Prediction, vector: Vector, field: int, displaced: tuple[float, float]) -> Samples:
        (dx, x), (dy, y) = (self._split(mv + by) for mv, by in zip(vector.mv, displaced, strict=True))
        reference = field_lines(self._pictures[vector.reference], field)
        around = window(reference, prediction.x + dx, prediction.y + dy, prediction.w, prediction.h)
        return self._codec.interpolate(around, (x, y), self.depth)

    def _split(self, mv: float) -> tuple[int, int]:
        """A vector's whole samples and its fraction."""
        units = mv * self._codec.FRACTIONS
        assert units == int(units), "a vector is finer than the codec's vectors are"
        return divmod(int(units), self._codec.FRACTIONS)


def predictions_without_residual(intrinsics: codecorpus.Intrinsics) -> Iterator[Prediction]:
    """The prediction blocks whose coding block has no luma residual, in shown pictures."""
    partitions = {
        (block["coded_order"], block["block"]): block["partition"]
        for block in _rows(intrinsics.blocks)
        if block["coefs"] == 0 and block["energy"] == 0
    }
    field_pictures = _field_pictures(intrinsics.blocks)
    for row in _rows(intrinsics.motion):
        partition = partitions.get((row["coded_order"], row["block"]))
        if partition is not None and row["frame"] is not None:
            yield _prediction(row, partition, row["coded_order"] in field_pictures)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return (dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True))


def _field_pictures(blocks: pa.Table) -> set[int]:
    """The pictures that are pairs of fields. In a frame, top field macroblocks are upper ones of their pairs alone."""
    order, y, field = (blocks[name].to_numpy() for name in ("coded_order", "y", "field"))
    return set(order[(field == 1) & (y % 32 == 16)].tolist())


def _prediction(row: dict[str, Any], partition: str, in_field_picture: bool) -> Prediction:
    y = row["y"] if not row["field"] or in_field_picture else row["y"] // 32 * 16 + row["y"] % 16
    sides = [side for side in (0, 1) if row[f"mv{side}_x"] is not None]
    return Prediction(
        *(row[name] for name in ("coded_order", "frame", "block", "part", "x")),
        y,
        *(row[name] for name in ("w", "h", "field", "mode", "compound")),
        partition,
        tuple(Vector(side, row[f"ref{side}"], (row[f"mv{side}_x"], row[f"mv{side}_y"])) for side in sides),
        tuple(row[f"ref{side}_frame"] for side in sides),
    )
