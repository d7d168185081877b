"""H.264: luma sample interpolation (8.4.2.2.1) and weighted sample prediction (8.4.2.3)."""

from __future__ import annotations

import numpy as np

from motion_compensation.pictures import Samples, filtered, quarter_samples, window
from motion_compensation.prediction import Prediction
from motion_compensation.weights import Weighting

TAPS = (1, -5, 20, 20, -5, 1)


def predict(reference: Samples, prediction: Prediction, mv: tuple[float, float], depth: int) -> Samples:
    """A block of a reference, displaced by a vector."""
    (dx, x), (dy, y) = map(quarter_samples, mv)
    around = window(reference, prediction.x + dx, prediction.y + dy, prediction.w, prediction.h)
    return _interpolate(around, x, y, depth)


def _interpolate(around: Samples, x: int, y: int, depth: int) -> Samples:
    """A block displaced by a fraction in quarter samples.

    Samples at even quarters are whole, `b`, `h`, `j`, `m` and `s` of the standard; all others are means of their two
    nearest: diagonal ones of the nearest `b` or `s` and the nearest `h` or `m`.
    """
    if x % 2 and y % 2:
        first, second = (2, y // 2 * 4), (x // 2 * 4, 2)
    else:
        first, second = (x - x % 2, y - y % 2), (x + x % 2, y + y % 2)
    one = _half_sample(around, *first, depth)
    return one if first == second else (one + _half_sample(around, *second, depth) + 1) >> 1


def _half_sample(around: Samples, x: int, y: int, depth: int) -> Samples:
    """The block displaced by 0, 2 or 4 quarter samples either way."""
    left, top = x // 4 + 1, y // 4 + 1
    samples = around[top : around.shape[0] - 1 + y // 4, left : around.shape[1] - 1 + x // 4]
    match x % 4, y % 4:
        case 0, 0:
            return samples[2:-3, 2:-3]
        case 2, 0:
            return _rounded(filtered(samples[2:-3], TAPS), 5, depth)
        case 0, 2:
            return _rounded(filtered(samples[:, 2:-3].T, TAPS).T, 5, depth)
        case _:
            return _rounded(filtered(filtered(samples, TAPS).T, TAPS).T, 10, depth)


def _rounded(sums: Samples, shift: int, depth: int) -> Samples:
    return np.clip((sums + (1 << (shift - 1))) >> shift, 0, (1 << depth) - 1)


def blend(predictions: list[Samples], depth: int, weighting: Weighting | None) -> Samples:
    """The final samples from one or two predictions."""
    if weighting is None:
        return predictions[0] if len(predictions) == 1 else (predictions[0] + predictions[1] + 1) >> 1
    log2_wd = weighting.denominator
    offsets = [offset << (depth - 8) for offset in weighting.offsets]
    total = sum(weight * prediction for weight, prediction in zip(weighting.weights, predictions, strict=True))
    if len(predictions) == 2:
        samples = ((total + (1 << log2_wd)) >> (log2_wd + 1)) + ((sum(offsets) + 1) >> 1)
    elif log2_wd:
        samples = ((total + (1 << (log2_wd - 1))) >> log2_wd) + offsets[0]
    else:
        samples = total + offsets[0]
    return np.clip(samples, 0, (1 << depth) - 1)
