"""The motion compensation check.

A block without residual is a pure function of its vectors and of the decoded samples of its references. So in a stream
that was encoded without in-loop filters, interpolating the references at the reported vectors must give the decoded
block bit for bit: any wrong vector, reference, geometry or residual flag shows, and no reference decoder's tables are
needed. Each codec's own interpolation is a module beside this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

import codecorpus
from codecorpus.residual import Planes, Residual
from motion_compensation.pictures import Samples, decode_luma, field_lines
from motion_compensation.prediction import Prediction, Vector, predictions
from motion_compensation.weights import Weighting

TEXTURED = 6.0
"""Standard deviation, in 8-bit samples, from which a displaced block is expected to look different."""


class Codec(Protocol):
    """A module with a codec's interpolation."""

    def predict(self, reference: Samples, prediction: Prediction, mv: tuple[float, float], depth: int) -> Samples:
        """A block of a reference, displaced by a vector: as precise as it is before blending."""

    def blend(self, predictions: list[Samples], depth: int, weighting: Weighting | None) -> Samples:
        """The final samples from one or two predictions."""


@dataclass
class Comparison:
    """How many blocks of each kind are exactly what their vectors say, and which are not."""

    exact: Counter[str] = field(default_factory=Counter)
    wrong: list[Any] = field(default_factory=list)

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
    comparable: Callable[[Prediction], bool] = lambda prediction: True,
    displaced: tuple[float, float] | None = None,
    margin: int = 0,
) -> Comparison:
    """Compares every prediction block without residual with what its vectors say that it is.

    `comparable` says which blocks are what `codec` knows; `weights` makes, of the table of frames, what tells the
    weightings that may apply to a prediction. `margin` is what in-loop filters may change of a block along its edges:
    that is not compared, nor are blocks that have nothing else. With `displaced`, textured blocks are compared with
    what lies so far from there: the control.
    """
    intrinsics = codecorpus.extract(stream)
    decoded = Decoded(stream, codec, intrinsics.frames, margin)
    weightings = weights(intrinsics.frames)
    result = Comparison()
    for prediction in filter(comparable, predictions(intrinsics, residual=False)):
        if not decoded.block(prediction).size:
            continue
        if displaced is not None and decoded.block(prediction).std() < TEXTURED * 2 ** (decoded.depth - 8):
            continue
        if decoded.is_exact(prediction, weightings(prediction), displaced or (0.0, 0.0)):
            result.exact.update(["all", *prediction.kinds])
        else:
            result.wrong.append(prediction)
    return result


class Decoded:
    """The decoded pictures of a stream, by coded order."""

    def __init__(self, stream: Path, codec: Codec, frames: pa.Table, margin: int, planes: Planes | None = None) -> None:
        """With `planes`, blocks have the residual that is added to their prediction."""
        pictures, self.depth = decode_luma(stream)
        shown = dict(zip(frames["coded_order"].to_pylist(), frames["frame"].to_pylist(), strict=True))
        assert sorted(frame for frame in shown.values() if frame is not None) == list(range(len(pictures)))
        self._codec, self._margin, self._planes = codec, margin, planes
        self._pictures = {order: pictures[frame] for order, frame in shown.items() if frame is not None}
        sizes = zip(frames["coded_order"].to_pylist(), frames["height"].to_pylist(), strict=True)
        assert all(self._pictures[order].shape[0] == height for order, height in sizes if order in self._pictures)

    def picture(self, coded_order: int) -> Samples | None:
        return self._pictures.get(coded_order)

    def residual(self, coded_order: int) -> Residual:
        assert self._planes is not None
        return self._planes[coded_order]

    def block(self, prediction: Prediction) -> Samples:
        """The decoded samples of a block, as far as it lies in the picture and inside its margin."""
        lines = field_lines(self._pictures[prediction.coded_order], prediction.field)
        x, y, w, h = prediction.x, prediction.y, prediction.w, prediction.h
        return self._inside(lines[y : y + h, x : x + w], prediction)

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
                samples = self._with_residual(self._codec.blend(parts, self.depth, weighting), prediction)
                if np.array_equal(samples[: target.shape[0], : target.shape[1]], target):
                    return True
        return False

    def _with_residual(self, samples: Samples, prediction: Prediction) -> Samples:
        if self._planes is None:
            return self._inside(samples, prediction)
        x, y, w, h = prediction.x, prediction.y, prediction.w, prediction.h
        whole = self.residual(prediction.coded_order).astype(np.int32)
        residual = field_lines(whole, prediction.field)[y : y + h, x : x + w]
        samples = samples[: residual.shape[0], : residual.shape[1]] + residual
        return np.clip(samples, 0, (1 << self.depth) - 1)

    def _inside(self, block: Samples, prediction: Prediction) -> Samples:
        margin = self._margin
        return block[margin : prediction.h - margin, margin : prediction.w - margin] if margin else block

    def _predict(self, prediction: Prediction, vector: Vector, field: int, displaced: tuple[float, float]) -> Samples:
        reference = field_lines(self._pictures[vector.reference], field)
        mv = (vector.mv[0] + displaced[0], vector.mv[1] + displaced[1])
        return self._codec.predict(reference, prediction, mv, self.depth)
