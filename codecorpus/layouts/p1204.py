"""What ITU-T P.1204.3 measures of a bitstream (mode 3): features for models of quality, not the model.

The Recommendation (01/2020) predicts quality from bitstream data: QP, motion, frame types and sizes
(github.com/Telecommunication-Telemedia-Assessment/bitstream_mode3_p1204_3). Every one of them is a statistic of
**frames**, **blocks** and **motion**.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from codecorpus import maps
from codecorpus._native import picture_sums
from codecorpus.intrinsics import Intrinsics
from codecorpus.schema import P1204, P1204_STATISTICS

Values = np.ndarray[Any, np.dtype[np.float64]]

UNITS: Final = P1204
"""Every feature, and its unit."""

TABLES: Final = ("frames", "blocks", "motion")
"""What they are of."""

AREAS: Final = ("inter_area", "skip_area", "intra_area")
BITS: Final = ("bits_header", "bits_mode", "bits_motion", "bits_residual")


def features(intrinsics: Intrinsics, fps: float) -> Mapping[str, float]:
    """The features of a stream, by name, as `UNITS` has them; NaN where there is nothing to measure.

    Means and deviations in a picture weigh by area; deviations are of the population.

    Args:
        intrinsics: with **frames**, **blocks** and **motion**.
        fps: frames a second.
    """
    gathered = Features()
    gathered.add(intrinsics)
    return gathered.tell(fps)


class Features:
    """The features of a stream that comes in parts of whole pictures: the same, to the bit, wherever those end."""

    def __init__(self) -> None:
        self._pictures: dict[str, array[float]] = {}
        """A column each, of a number a picture: films are long, and parts are small."""
        self._size = 0, 0

    def add(self, part: Intrinsics) -> None:
        """The next pictures, as `extract_batches` gives them; damaged ones do not count."""
        frames = part.frames
        if frames["error"].null_count < frames.num_rows:
            frames = frames.filter(frames["error"].is_null())
        if not frames.num_rows:
            return
        order = frames["coded_order"].to_numpy()
        if (order[1:] < order[:-1]).any():
            frames = frames.sort_by("coded_order")
            order = frames["coded_order"].to_numpy()
        width, height = maps.displayed_size(frames)
        self._size = max(self._size[0], width), max(self._size[1], height)
        found = {name: _numbers(frames[name]) for name in ("bytes", "qp", "qstep", "key", *BITS)}
        found["shown"] = np.isfinite(_numbers(frames["frame"])).astype(np.float64)
        found |= _named(frames["type"], "IPB")
        found |= picture_sums(order.astype(np.int32), part.blocks, part.motion)
        for name, values in found.items():
            self._pictures.setdefault(name, array("d")).frombytes(values.tobytes())

    def tell(self, fps: float) -> dict[str, float]:
        """What the pictures so far come to; `fps` is NaN where it is not known."""
        if not self._pictures:
            return dict.fromkeys(UNITS, float("nan"))
        all_of = {name: np.array(column) for name, column in self._pictures.items()}
        size, inter = all_of["bytes"], all_of["I"] == 0
        shown = max(float(all_of["shown"].sum()), 1.0)
        keys = np.flatnonzero(all_of["key"])
        bits = {name: float(np.nansum(all_of[name])) for name in BITS}
        areas = {name: float(all_of[name][inter].sum()) for name in AREAS}
        width, height = self._size
        total = float(size.sum()) * 8
        return {
            "bitrate": total / shown * fps / 1000,
            "framerate": fps,
            "width": float(width),
            "height": float(height),
            "bits_per_sample": total / (shown * width * height),
            **{f"{kind.lower()}_share": float(all_of[kind].mean()) for kind in "IPB"},
            "i_size_ratio": _ratio(_mean(size[~inter]), _mean(size[inter])),
            "gop_length": float(np.diff(keys).mean()) if len(keys) > 1 else float(len(size)),
            **_statistics("frame_size", size),
            **_statistics("qp", all_of["qp"]),
            **_statistics("qp_inter", all_of["qp"][inter]),
            **_statistics("qp_spread", all_of["qp_spread"]),
            **_statistics("qstep", all_of["qstep"]),
            **_statistics("motion", all_of["motion"]),
            **_statistics("motion_spread", all_of["motion_spread"]),
            "skip_share": _ratio(areas["skip_area"], areas["inter_area"]),
            "intra_share": _ratio(areas["intra_area"], areas["inter_area"]),
            "residual_share": _ratio(bits["bits_residual"], sum(bits.values())),
            "motion_share": _ratio(bits["bits_motion"], sum(bits.values())),
        }


def _numbers(column: pa.ChunkedArray) -> Values:
    """A column as float64, NaN for null."""
    return np.asarray(column.to_numpy(), np.float64)


def _named(column: pa.ChunkedArray, names: Iterable[str]) -> dict[str, Values]:
    """1 where a column of names, a dictionary, has one, 0 elsewhere."""
    found: dict[str, list[Values]] = {name: [np.zeros(0)] for name in names}
    for chunk in column.chunks:
        known = [*chunk.dictionary.to_pylist(), None]
        codes = np.asarray(chunk.indices.fill_null(len(known) - 1) if chunk.null_count else chunk.indices)
        for name, pieces in found.items():
            pieces.append(np.array([value == name for value in known], np.float64)[codes])
    return {name: np.concatenate(pieces) for name, pieces in found.items()}


def _statistics(name: str, values: Values) -> dict[str, float]:
    there = values[np.isfinite(values)]
    if not len(there):
        return {f"{name}_{statistic}": float("nan") for statistic in P1204_STATISTICS}
    # What NumPy's methods do for each: they take longer to find out what to do than to do it, on what a clip has.
    mean = np.add.reduce(there) / len(there)
    away = there - mean
    std = math.sqrt(np.add.reduce(away * away) / len(there))
    told = {"mean": mean, "std": std, "min": np.minimum.reduce(there), "max": np.maximum.reduce(there)}
    return {f"{name}_{statistic}": float(told[statistic]) for statistic in P1204_STATISTICS}


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _ratio(value: float, other: float) -> float:
    return value / other if other else float("nan")
