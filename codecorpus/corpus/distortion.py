"""Rate and distortion: what each stream costs, how near it comes to its clip, and encodes against encodes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from codecorpus.corpus.contrast import RATES
from codecorpus.corpus.numbers import integers
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

TYPES: Final = ("I", "P", "B")

OVERLAP: Final = 0.5
"""Least share of their distortions that two curves must have in common to be compared."""


Curve = tuple[list[float], list[float]]
"""Rates and distortions."""


@dataclass(frozen=True)
class Quality:
    """Means over some frames of a stream.

    `measures` are of the frames that have them; of a lossless frame, whose PSNR is infinite, there is none.
    """

    frames: int
    bytes: int
    measures: Mapping[str, float]


@dataclass(frozen=True)
class Point:
    """A stream: its rate in kb/s, and its quality over all frames and by the type of picture."""

    clip: str
    encode: str
    codec: str
    rate: float
    whole: Quality
    by_type: Mapping[str, Quality] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """Encodes that differ in their rates alone: what a rate-distortion curve is drawn of."""

    name: str
    encodes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """BD-rate of a family against another one, in percent: how many more bits it takes for the same distortion.

    `clips` have it each; None where the curves of a clip do not overlap enough, or have fewer than two points. `kind`
    is the type of picture that it is of, None where it is of all.
    """

    family: str
    anchor: str
    measure: str
    clips: Mapping[str, float | None]
    kind: str | None = None

    @property
    def mean(self) -> float | None:
        """Over the clips that can be compared."""
        known = [value for value in self.clips.values() if value is not None]
        return float(np.mean(known)) if known else None


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
            rate = whole.bytes * 8 / max(whole.frames, 1) * fps / 1000
            found.append(Point(clip, encode, pictures["codec"][0].as_py(), rate, whole, by_type))
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
            by_clip = {
                clip: _bd_rate(*(curve(found, side, clip, measure, kind) for side in (anchor, family)))
                for clip in clips
            }
            compared.append(Comparison(family.name, anchor.name, measure, by_clip, kind))
    return compared


def _bd_rate(anchor: Curve, other: Curve) -> float | None:
    """Percent; None of curves that cannot be compared."""
    import bjontegaard

    if len(anchor[0]) < 2 or len(other[0]) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = bjontegaard.bd_rate(
                *anchor, *other, method="pchip", require_matching_points=False, min_overlap=OVERLAP
            )
        except (ValueError, AssertionError):  # they do not overlap, or do not rise
            return None
    return float(found) if np.isfinite(found) else None


def curve(found: Iterable[Point], family: Family, clip: str, measure: str, kind: str | None = None) -> Curve:
    """Rates, rising, and the distortion at each, of a clip through a family's encodes.

    Rates are in kb/s; of a kind of picture, in bits a picture.
    """
    pairs = []
    for point in found:
        quality = point.whole if kind is None else point.by_type.get(kind)
        if point.clip == clip and point.encode in family.encodes and quality and measure in quality.measures:
            rate = point.rate if kind is None else quality.bytes * 8 / max(quality.frames, 1)
            pairs.append((rate, quality.measures[measure]))
    pairs.sort()
    return [rate for rate, _ in pairs], [value for _, value in pairs]


def _quality(shown: Any, sizes: Any, values: Mapping[str, Any], which: Any) -> Quality:
    means = {}
    for name, column in values.items():
        known = column[which]
        known = known[np.isfinite(known)]
        if len(known):
            means[name] = float(known.mean(dtype=np.float64))
    return Quality(int((shown & which).sum()), int(sizes[which].sum()), means)


def _stem(name: str, rate: str) -> str:
    """An encode's name without its rate."""
    head, mark, tail = name.rpartition(f"-{rate}")
    return f"{head}{tail}" if mark else name
