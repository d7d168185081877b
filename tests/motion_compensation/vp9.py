"""VP9 block inter prediction (8.5.2.4) of luma, by whole numbers."""

from __future__ import annotations

import numpy as np

from motion_compensation.pictures import Samples, filtered, window
from motion_compensation.prediction import Prediction
from motion_compensation.weights import Weighting

# The first half of subpel_filters (8.5.2.4), to 8/16 of a sample; the other half is the same, mirrored.
# fmt: off
SUBPEL_FILTERS = {
    "EIGHTTAP": [
        [0, 0, 0, 128, 0, 0, 0, 0], [0, 1, -5, 126, 8, -3, 1, 0], [-1, 3, -10, 122, 18, -6, 2, 0],
        [-1, 4, -13, 118, 27, -9, 3, -1], [-1, 4, -16, 112, 37, -11, 4, -1], [-1, 5, -18, 105, 48, -14, 4, -1],
        [-1, 5, -19, 97, 58, -16, 5, -1], [-1, 6, -19, 88, 68, -18, 5, -1], [-1, 6, -19, 78, 78, -19, 6, -1],
    ],
    "EIGHTTAP_SMOOTH": [
        [0, 0, 0, 128, 0, 0, 0, 0], [-3, -1, 32, 64, 38, 1, -3, 0], [-2, -2, 29, 63, 41, 2, -3, 0],
        [-2, -2, 26, 63, 43, 4, -4, 0], [-2, -3, 24, 62, 46, 5, -4, 0], [-2, -3, 21, 60, 49, 7, -4, 0],
        [-1, -4, 18, 59, 51, 9, -4, 0], [-1, -4, 16, 57, 53, 12, -4, -1], [-1, -4, 14, 55, 55, 14, -4, -1],
    ],
    "EIGHTTAP_SHARP": [
        [0, 0, 0, 128, 0, 0, 0, 0], [-1, 3, -7, 127, 8, -3, 1, 0], [-2, 5, -13, 125, 17, -6, 3, -1],
        [-3, 7, -17, 121, 27, -10, 5, -2], [-4, 9, -20, 115, 37, -13, 6, -2], [-4, 10, -23, 108, 48, -16, 8, -3],
        [-4, 10, -24, 100, 59, -19, 9, -3], [-4, 11, -24, 90, 70, -21, 10, -4], [-4, 11, -23, 80, 80, -23, 11, -4],
    ],
}
# fmt: on


def taps(name: str, fraction: int) -> list[int]:
    """The filter for a displacement in sixteenths of a sample."""
    if name == "BILINEAR":
        return [0, 0, 0, 128 - 8 * fraction, 8 * fraction, 0, 0, 0]
    filters = SUBPEL_FILTERS[name]
    return filters[fraction] if fraction <= 8 else filters[16 - fraction][::-1]


def predict(reference: Samples, prediction: Prediction, mv: tuple[float, float], depth: int) -> Samples:
    """A block of a reference, displaced by a vector."""
    (column, fx), (row, fy) = (divmod(round(16 * component), 16) for component in mv)
    samples = window(reference, prediction.x + column, prediction.y + row, prediction.w, prediction.h)
    assert prediction.filter is not None
    lines = _rounded(filtered(samples, taps(prediction.filter, fx)), depth)
    return _rounded(filtered(lines.T, taps(prediction.filter, fy)).T, depth)


def blend(predictions: list[Samples], depth: int, weighting: Weighting | None) -> Samples:
    """The block's samples: one prediction as it is, or the average of two."""
    return predictions[0] if len(predictions) == 1 else (predictions[0] + predictions[1] + 1) >> 1


def _rounded(sums: Samples, depth: int) -> Samples:
    return np.clip((sums + 64) >> 7, 0, (1 << depth) - 1)
