"""What ITU-T P.1204.3 measures of a bitstream (mode 3): features for models of quality, not the model.

The Recommendation (01/2020) predicts quality from bitstream data: QP, motion, frame types and sizes
(github.com/Telecommunication-Telemedia-Assessment/bitstream_mode3_p1204_3). Every one of them is a statistic of
**frames**, **blocks** and **motion**.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from codecorpus import maps
from codecorpus.intrinsics import Intrinsics

Values = np.ndarray[Any, np.dtype[np.float64]]

STATISTICS: Final = ("mean", "std", "min", "max")

UNITS: Final = {
    "bitrate": "kb/s",
    "framerate": "frames a second",
    "width": "luma samples",
    "height": "luma samples",
    "bits_per_sample": "bits",
    "i_share": "share of the pictures",
    "p_share": "share of the pictures",
    "b_share": "share of the pictures",
    "i_size_ratio": "mean size of I pictures over that of the others",
    "gop_length": "pictures, mean from key to key",
    **{f"frame_size_{name}": "bytes" for name in STATISTICS},
    **{f"qp_{name}": "the codec's own QP, of pictures" for name in STATISTICS},
    **{f"qp_inter_{name}": "the codec's own QP, of pictures that are not I" for name in STATISTICS},
    **{f"qp_spread_{name}": "standard deviation of the blocks' QP in a picture" for name in STATISTICS},
    **{f"qstep_{name}": "8-bit luma samples, of pictures" for name in STATISTICS},
    **{f"motion_{name}": "samples per frame interval: mean length of a picture's vectors" for name in STATISTICS},
    **{f"motion_spread_{name}": "samples per frame interval: their standard deviation" for name in STATISTICS},
    "skip_share": "share of the inter pictures' area",
    "intra_share": "share of the inter pictures' area",
    "residual_share": "share of all bits",
    "motion_share": "share of all bits",
}
"""Every feature, and its unit."""


def features(intrinsics: Intrinsics, fps: float) -> Mapping[str, float]:
    """The features of a stream, by name, as `UNITS` has them; NaN where there is nothing to measure.

    Means and deviations in a picture weigh by area; deviations are of the population.

    Args:
        intrinsics: with **frames**, **blocks** and **motion**.
        fps: frames a second.
    """
    pictures = intrinsics.frames.filter(intrinsics.frames["error"].is_null()).sort_by("coded_order")
    sizes = pictures["bytes"].to_numpy().astype(np.float64)
    types = np.array(pictures["type"].cast("string").to_pylist(), object)
    inter = types != "I"
    order = pictures["coded_order"].to_numpy()
    width, height = maps.displayed_size(pictures)
    shown = max(len(pictures["frame"].drop_null()), 1)
    keys = np.flatnonzero(pictures["key"].to_pylist())
    bits = {
        name: float(np.nansum(pictures[f"bits_{name}"].to_numpy())) for name in ("header", "mode", "motion", "residual")
    }
    found = {
        "bitrate": float(sizes.sum()) * 8 / shown * fps / 1000,
        "framerate": fps,
        "width": float(width),
        "height": float(height),
        "bits_per_sample": float(sizes.sum()) * 8 / (shown * width * height),
        **{f"{kind.lower()}_share": float((types == kind).mean()) for kind in ("I", "P", "B")},
        "i_size_ratio": _ratio(sizes[~inter], sizes[inter]),
        "gop_length": float(np.diff(keys).mean()) if len(keys) > 1 else float(len(types)),
        "residual_share": bits["residual"] / max(sum(bits.values()), 1e-9),
        "motion_share": bits["motion"] / max(sum(bits.values()), 1e-9),
    }
    qp = pictures["qp"].to_numpy().astype(np.float64)
    found |= _statistics("frame_size", sizes) | _statistics("qp", qp) | _statistics("qp_inter", qp[inter])
    found |= _statistics("qstep", pictures["qstep"].to_numpy().astype(np.float64))
    blocks = intrinsics.blocks
    area = blocks["w"].to_numpy().astype(np.float64) * blocks["h"].to_numpy()
    of = np.searchsorted(order, blocks["coded_order"].to_numpy())
    own = blocks["qp"].cast("float64").to_numpy(zero_copy_only=False)
    found |= _statistics("qp_spread", _spread(of, own, area, len(order))[1])
    is_inter = inter[np.minimum(of, len(order) - 1)]
    skip = np.asarray(blocks["skip"].to_pylist(), np.float64)
    intra = np.array([kind != "inter" for kind in blocks["prediction"].cast("string").to_pylist()], np.float64)
    found["skip_share"] = _weighted(skip[is_inter], area[is_inter])
    found["intra_share"] = _weighted(intra[is_inter], area[is_inter])
    motion = intrinsics.motion.filter(intrinsics.motion["dt0"].is_valid())
    dt = np.abs(motion["dt0"].to_numpy().astype(np.float64))
    length = np.hypot(motion["mv0_x"].to_numpy(), motion["mv0_y"].to_numpy()) / np.where(dt > 0, dt, np.nan)
    area = motion["w"].to_numpy().astype(np.float64) * motion["h"].to_numpy()
    means, spreads = _spread(np.searchsorted(order, motion["coded_order"].to_numpy()), length, area, len(order))
    return found | _statistics("motion", means) | _statistics("motion_spread", spreads)


def _statistics(name: str, values: Values) -> dict[str, float]:
    there = values[np.isfinite(values)]
    if not len(there):
        return {f"{name}_{one}": float("nan") for one in STATISTICS}
    return {f"{name}_{one}": float(getattr(there, one)()) for one in STATISTICS}


def _spread(of: Any, values: Values, weights: Values, count: int) -> tuple[Values, Values]:
    """Weighted mean and standard deviation of each picture's values; NaN of none."""
    there = np.isfinite(values)
    of, values, weights = of[there], values[there], weights[there]
    total = np.bincount(of, weights, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(of, weights * values, count) / total
        away = np.bincount(of, weights * (values - mean[of]) ** 2, count) / total
    return mean, np.sqrt(away)


def _weighted(values: Values, weights: Values) -> float:
    return float((values * weights).sum() / weights.sum()) if weights.sum() else float("nan")


def _ratio(own: Values, others: Values) -> float:
    return float(own.mean() / others.mean()) if len(own) and len(others) else float("nan")
