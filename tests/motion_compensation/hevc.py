"""HEVC: luma sample interpolation (8.5.3.3.3.1) and weighted sample prediction (8.5.3.3.4)."""

from __future__ import annotations

import numpy as np

from motion_compensation.pictures import AFTER, BEFORE, Samples, filtered, quarter_samples, window
from motion_compensation.prediction import Prediction
from motion_compensation.weights import Weighting

TAPS = {1: (-1, 4, -10, 58, 17, -5, 1, 0), 2: (-1, 4, -11, 40, 40, -11, 4, -1), 3: (0, 1, -5, 17, 58, -10, 4, -1)}
"""By fraction; the fourth is that of the sample itself."""

PRECISION = 14
"""Bits of predictions before they are weighted."""


def predict(reference: Samples, prediction: Prediction, mv: tuple[float, float], depth: int) -> Samples:
    """A block of a reference, displaced by a vector."""
    (dx, x), (dy, y) = map(quarter_samples, mv)
    around = window(reference, prediction.x + dx, prediction.y + dy, prediction.w, prediction.h)
    return _interpolate(around, x, y, depth)


def _interpolate(around: Samples, x: int, y: int, depth: int) -> Samples:
    """A block displaced by a fraction in quarter samples, before rounding to the bit depth."""
    if not x and not y:
        return around[BEFORE:-AFTER, BEFORE:-AFTER] << (PRECISION - depth)
    if not y:
        return filtered(around[BEFORE:-AFTER], TAPS[x]) >> (depth - 8)
    if not x:
        return filtered(around[:, BEFORE:-AFTER].T, TAPS[y]).T >> (depth - 8)
    return filtered((filtered(around, TAPS[x]) >> (depth - 8)).T, TAPS[y]).T >> 6


def blend(predictions: list[Samples], depth: int, weighting: Weighting | None) -> Samples:
    """The final samples from one or two predictions."""
    shift = PRECISION - depth
    total = sum(predictions)
    if weighting is not None:
        shift += weighting.denominator
        total = sum(weight * prediction for weight, prediction in zip(weighting.weights, predictions, strict=True))
    offsets = [0] * len(predictions) if weighting is None else [o << (depth - 8) for o in weighting.offsets]
    if len(predictions) == 2:
        samples = (total + ((sum(offsets) + 1) << shift)) >> (shift + 1)
    else:
        samples = ((total + (1 << shift >> 1)) >> shift) + offsets[0]
    return np.clip(samples, 0, (1 << depth) - 1)
