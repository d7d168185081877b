"""The residual check: prediction and residual are the decoded picture.

In a stream without in-loop filters, a block is what it is predicted from and the residual samples added, clipped. So
the interpolated prediction of every inter block, and that of the intra blocks whose prediction is simple, must give
the decoded samples with the reported residual, bit for bit, whatever the transform.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

import codecorpus
from motion_compensation.check import Codec, Comparison, Decoded, WeightsOf, unweighted
from motion_compensation.pictures import Samples
from motion_compensation.prediction import Prediction, predictions

TABLES = ("frames", "blocks", "motion", "transforms")


class Transform(NamedTuple):
    """A row of transforms, of an intra block with its mode."""

    coded_order: int
    x: int
    y: int
    w: int
    h: int
    type: str
    mode: str | None
    partition: str

    @property
    def kinds(self) -> list[str]:
        """What it is an example of: its type and size, its size alone."""
        size = f"{self.w}x{self.h}"
        return [f"{self.type} {size}", size]


def compare_inter(
    stream: Path,
    codec: Codec,
    *,
    weights: Callable[[pa.Table], WeightsOf] = lambda frames: unweighted,
    comparable: Callable[[Prediction], bool] = lambda prediction: True,
) -> Comparison:
    """Compares every inter prediction block with its prediction and residual; kinds are those of its transforms."""
    intrinsics = codecorpus.extract(stream, tables=TABLES, residual=True)
    decoded = Decoded(stream, codec, intrinsics.frames, 0, intrinsics.planes)
    weightings = weights(intrinsics.frames)
    transforms = _transforms(intrinsics)
    result = Comparison()
    for prediction in filter(comparable, predictions(intrinsics, residual=True)):
        of_block = transforms.pop((prediction.coded_order, prediction.block), [])
        if decoded.is_exact(prediction, weightings(prediction), (0.0, 0.0)):
            result.exact.update(["all", *(kind for transform in of_block for kind in transform.kinds)])
        else:
            result.wrong.append(prediction)
    return result


Predict = Callable[[Samples, Transform, int], Samples | None]
"""A block's intra prediction from the decoded picture around it, at a bit depth; None where it is not known."""


def compare_intra(stream: Path, codec: Codec, predict: Predict) -> Comparison:
    """Compares the intra blocks that `predict` knows; kinds are those of their transforms."""
    intrinsics = codecorpus.extract(stream, tables=TABLES, residual=True)
    decoded = Decoded(stream, codec, intrinsics.frames, 0, intrinsics.planes)
    result = Comparison()
    for of_block in _transforms(intrinsics).values():
        for transform in of_block:
            picture = decoded.picture(transform.coded_order)
            if transform.mode is None or picture is None:
                continue
            x, y, w, h = transform[1:5]
            if not (0 < x <= picture.shape[1] - w and 0 < y <= picture.shape[0] - h):
                continue
            predicted = predict(picture, transform, decoded.depth)
            if predicted is None:
                continue
            residual = decoded.residual(transform.coded_order)[y : y + h, x : x + w]
            samples = np.clip(predicted + residual, 0, (1 << decoded.depth) - 1)
            if np.array_equal(samples, picture[y : y + h, x : x + w]):
                result.exact.update(["all", *transform.kinds])
            else:
                result.wrong.append(transform)
    return result


def _transforms(intrinsics: codecorpus.Intrinsics) -> dict[tuple[int, int], list[Transform]]:
    """Luma's transform blocks, by coded order and block."""
    keys = ["coded_order", "block"]
    blocks = intrinsics.blocks.select([*keys, "intra_mode", "partition"])
    luma = intrinsics.transforms.filter(pa.compute.equal(intrinsics.transforms["plane"], 0))
    rows = luma.join(blocks, keys).sort_by([("coded_order", "ascending"), ("block", "ascending")])
    found: dict[tuple[int, int], list[Transform]] = defaultdict(list)
    for row in rows.to_pylist():
        found[row["coded_order"], row["block"]].append(_transform(row))
    return found


def transforms_of(intrinsics: codecorpus.Intrinsics, coded_order: int) -> list[Transform]:
    """A picture's."""
    return [row for (order, _), rows in _transforms(intrinsics).items() if order == coded_order for row in rows]


def _transform(row: dict[str, Any]) -> Transform:
    x, y, w, h = (row[name] for name in "xywh")
    return Transform(row["coded_order"], x, y, w, h, row["type"], row["intra_mode"], row["partition"])
