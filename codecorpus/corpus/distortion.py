"""Rate and distortion: what each stream costs, how near it comes to its clip, and encodes against encodes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from codecorpus.corpus.contrast import RATES
from codecorpus.corpus.numbers import integers, kbps
from codecorpus.corpus.reader import Corpus
from codecorpus.errors import CorpusError

MEASURES: Final = {
    "psnr_y": "PSNR of luma, dB",
    "psnr_u": "PSNR of Cb, dB",
    "psnr_v": "PSNR of Cr, dB",
    "ssim": "SSIM of luma",
    "ms_ssim": "MS-SSIM of luma",
    "psnr_hvs_y": "PSNR-HVS of luma, dB",
    "psnr_hvs_u": "PSNR-HVS of Cb, dB",
    "psnr_hvs_v": "PSNR-HVS of Cr, dB",
    "ciede2000": "CIEDE2000 of all planes, dB",
    "cambi": "CAMBI: banding of luma",
    "vmaf": "VMAF of luma",
    "xpsnr": "XPSNR of luma, dB",
    "si": "SI of the clip's luma",
    "ti": "TI of the clip's luma",
}
"""Columns of **frames** that were measured, and of which plane."""

CONTENT: Final = ("si", "ti")
"""Those that are of the clip, whatever the encode: no distortion."""

DECIBELS: Final = {
    **dict.fromkeys(("psnr_y", "psnr_u", "psnr_v", "psnr_hvs_y", "psnr_hvs_u", "psnr_hvs_v"), 10.0),
    **dict.fromkeys(("xpsnr", "ciede2000"), 20.0),
}
"""Measures that are logarithms of an error, and what the logarithm is multiplied by.

PSNR's error is the mean square; XPSNR's, as FFmpeg averages it, its square root; CIEDE2000's the difference itself.
"""

TYPES: Final = ("I", "P", "B")

OVERLAP: Final = 0.5
"""Least share of their distortions that two curves must have in common to be compared."""


Curve = tuple[list[float], list[float]]
"""Rates and distortions."""


@dataclass(frozen=True)
class Quality:
    """Means over some frames of a stream, as `mean` has them.

    `measures` are of the frames that have them, so many as `measured` tells; infinite where all of these are lossless.
    """

    frames: int
    bytes: int
    measures: Mapping[str, float]
    measured: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Point:
    """A stream: how long it lasts, and its quality over all frames and by the type of picture."""

    clip: str
    encode: str
    codec: str
    seconds: float
    whole: Quality
    by_type: Mapping[str, Quality] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """In kb/s."""
        return rate([self])


@dataclass(frozen=True)
class Family:
    """Encodes that differ in their rates alone: what a rate-distortion curve is drawn of."""

    name: str
    encodes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """BD-rate of a family against another one, in percent: how many more bits it takes for the same distortion.

    `clips` have it each; None where the curves of a clip cannot be compared, and then `reasons` has why. `kind` is the
    type of picture that it is of, None where it is of all.
    """

    family: str
    anchor: str
    measure: str
    clips: Mapping[str, float | None]
    kind: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def mean(self) -> float | None:
        """Over the clips that can be compared."""
        known = [value for value in self.clips.values() if value is not None]
        return float(np.mean(known)) if known else None


def mean(name: str, values: Any, weights: Any = None) -> float | None:
    """Of a measure, over the values that are no NaN; None of nothing.

    One in dB is taken of the errors, and is in dB again: a lossless frame counts, its error is 0. So is FFmpeg's own
    average. Others are added up as they are.
    """
    numbers = np.asarray(values, np.float64)
    known = ~np.isnan(numbers)
    if not known.any():
        return None
    counts = None if weights is None else np.asarray(weights, np.float64)[known]
    scale = DECIBELS.get(name)
    if scale is None:
        return float(np.average(numbers[known], weights=counts))
    error = float(np.average(10 ** (-numbers[known] / scale), weights=counts))
    return -scale * math.log10(error) if error else math.inf


def rate(found: Iterable[Point]) -> float:
    """Of some streams, in kb/s: all bits over all seconds."""
    sizes, seconds = zip(*((point.whole.bytes, point.seconds) for point in found), strict=True)
    told = kbps(sum(sizes), sum(seconds))
    return math.nan if told is None else told


def points(corpus: Corpus) -> list[Point]:
    """Every stream that was measured, by encode and clip.

    Raises:
        CorpusError: a file is missing or damaged.
    """
    found = []
    there = set(corpus.streams.filter(pc.not_equal(corpus.streams["status"], "failed"))["encode"].to_pylist())
    for encode in filter(there.__contains__, corpus.contents.encodes):
        rows = corpus.frames(encode=encode, columns=["clip", "codec", "frame", "type", "bytes", *MEASURES])
        for clip in rows["clip"].unique().to_pylist():
            pictures = rows.filter(np.asarray(rows["clip"]) == clip)
            try:
                fps = corpus.fps(clip)
            except CorpusError:
                continue
            values = {
                name: pictures[name].to_numpy() for name in MEASURES if pictures[name].null_count < pictures.num_rows
            }
            if not values:
                continue
            sizes = integers(pictures["bytes"])
            shown = np.asarray(pictures["frame"].is_valid())
            types = np.array(pictures["type"].cast("string").to_pylist(), object)
            whole = _quality(shown, sizes, values, np.ones(len(sizes), np.bool_))
            by_type = {name: _quality(shown, sizes, values, types == name) for name in TYPES if (types == name).any()}
            seconds = max(whole.frames, 1) / fps
            found.append(Point(clip, encode, pictures["codec"][0].as_py(), seconds, whole, by_type))
    return found


def families(encodes: Iterable[Mapping[str, Any]]) -> list[Family]:
    """Rows of **encodes** whose settings are the same but for their rates, named by what their names share."""
    among: dict[tuple[Any, ...], list[str]] = {}
    for row in encodes:
        settings = tuple(value for name, value in row.items() if name not in {"encode", *RATES})
        kind = row["rate"] if row["rate_control"] == "bitrate" else f"{row['rate_control']}{row['rate']}"
        among.setdefault((*settings, _stem(row["encode"], str(kind))), []).append(row["encode"])
    return [Family(key[-1], tuple(names)) for key, names in among.items()]


def bd_rates(
    found: Sequence[Point], among: Sequence[Family], anchor: Family, measure: str, kind: str | None = None
) -> list[Comparison]:
    """BD-rate (Bjontegaard, VCEG-M33) of every other family, clip by clip, by PyPI's bjontegaard.

    Curves are interpolated piecewise cubically (PCHIP), over the distortions that both have; those of a `kind` of
    picture are of its pictures alone.

    Raises:
        ImportError: bjontegaard is not installed.
    """
    clips = sorted({point.clip for point in found})
    compared = []
    for family in among:
        if family != anchor:
            by_clip, reasons = dict[str, float | None](), dict[str, str]()
            for clip in clips:
                own = {side: curve(found, side, clip, measure, kind) for side in (anchor, family)}
                reason = _incomparable({side.name: points for side, points in own.items()}, measure)
                by_clip[clip] = None if reason else _bd_rate(own[anchor], own[family])
                if reason:
                    reasons[clip] = reason
            compared.append(Comparison(family.name, anchor.name, measure, by_clip, kind, reasons))
    return compared


def _incomparable(curves: Mapping[str, Curve], measure: str) -> str | None:
    """Why two curves cannot be compared, by their families' names; None where they can."""
    for name, (rates, values) in curves.items():
        if len(rates) < 2:
            return f"{name} has fewer than two points with loss"
        if any(after <= before for before, after in itertools.pairwise(values)):
            return f"{measure} of {name} does not rise with its rate"
    lows, highs = zip(*((values[0], values[-1]) for _, values in curves.values()), strict=True)
    shared = max(min(highs) - max(lows), 0.0) / (max(highs) - min(lows))
    if shared < OVERLAP:
        return f"{shared:.0%} of their {measure} is in common, less than {OVERLAP:.0%}"
    return None


def _bd_rate(anchor: Curve, other: Curve) -> float:
    """Percent, of curves that can be compared."""
    import bjontegaard

    return float(
        bjontegaard.bd_rate(*anchor, *other, method="pchip", require_matching_points=False, min_overlap=OVERLAP)
    )


def curve(found: Iterable[Point], family: Family, clip: str, measure: str, kind: str | None = None) -> Curve:
    """Rates, rising, and the distortion at each, of a clip through a family's encodes.

    Rates are in kb/s; of a kind of picture, in bits a picture. What is lossless is on no curve.
    """
    pairs = []
    for point in found:
        quality = point.whole if kind is None else point.by_type.get(kind)
        if point.clip != clip or point.encode not in family.encodes or quality is None:
            continue
        value = quality.measures.get(measure, math.nan)
        if math.isfinite(value):
            pairs.append((point.rate if kind is None else quality.bytes * 8 / max(quality.frames, 1), value))
    pairs.sort()
    return [rate for rate, _ in pairs], [value for _, value in pairs]


def _quality(shown: Any, sizes: Any, values: Mapping[str, Any], which: Any) -> Quality:
    means = {name: found for name, column in values.items() if (found := mean(name, column[which])) is not None}
    measured = {name: int((~np.isnan(values[name][which])).sum()) for name in means}
    return Quality(int((shown & which).sum()), int(sizes[which].sum()), means, measured)


def _stem(name: str, rate: str) -> str:
    """An encode's name without its rate."""
    head, mark, tail = name.rpartition(f"-{rate}")
    return f"{head}{tail}" if mark else name
