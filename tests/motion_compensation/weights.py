"""Weights of prediction, which no table holds: from FFmpeg's trace of the headers, or from distances."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import pyarrow as pa

from motion_compensation.prediction import Prediction

SYNTAX_ELEMENT = re.compile(r"\] \d+ +(\w+)(?:\[(\d+)\])? +[01]* = (-?\d+)$")


class Weighting(NamedTuple):
    """Explicit weights of a block's one or two predictions; offsets in 8-bit samples."""

    denominator: int
    weights: tuple[int, ...]
    offsets: tuple[int, ...]


@dataclass
class _Picture:
    """What the first slice's pred_weight_table says."""

    denominator: int | None = None
    weights: dict[tuple[int, int], int] = field(default_factory=dict)
    offsets: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))


class ExplicitWeights:
    """Weights as the slice headers state them, by list and reference index.

    A list may hold a picture several times, with different weights: then there are several candidates.
    """

    def __init__(self, stream: Path, frames: pa.Table) -> None:
        self._pictures = _read_weights(stream)
        self._lists = list(zip(frames["refs0"].to_pylist(), frames["refs1"].to_pylist(), strict=True))

    def __call__(self, prediction: Prediction) -> list[Weighting | None]:
        """The weightings that may apply to a row of motion; None stands for the default."""
        picture = self._pictures[prediction.coded_order]
        if picture.denominator is None:
            return [None]
        lists = self._lists[prediction.coded_order]
        entries = [
            [(side, index) for index, other in enumerate(lists[side]) if other == reference]
            for side, reference, _ in prediction.vectors
        ]
        default = 1 << picture.denominator
        return [
            Weighting(
                picture.denominator,
                tuple(picture.weights.get(entry, default) for entry in chosen),
                tuple(picture.offsets[entry] for entry in chosen),
            )
            for chosen in product(*entries)
        ]


def _read_weights(stream: Path) -> list[_Picture]:
    """The pictures of a stream of one slice each, in coded order."""
    pictures: list[_Picture] = []
    for name, index, value in trace_headers(stream):
        if name == "slice_type":
            pictures.append(_Picture())
        elif name == "luma_log2_weight_denom":
            pictures[-1].denominator = value
        elif matched := re.fullmatch(r"(delta_)?luma_(weight|offset)_l([01])", name):
            picture, entry = pictures[-1], (int(matched[3]), index)
            if matched[2] == "offset":
                picture.offsets[entry] = value
            else:
                assert picture.denominator is not None
                picture.weights[entry] = value + ((1 << picture.denominator) if matched[1] else 0)
    return pictures


def trace_headers(stream: Path) -> list[tuple[str, int, int]]:
    """All syntax elements of parameter sets and slice headers as FFmpeg reads them: name, first index, value."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-i", stream]
    trace = ["-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"]
    log = subprocess.run([*command, *trace], check=True, capture_output=True, text=True).stderr
    found = filter(None, map(SYNTAX_ELEMENT.search, log.splitlines()))
    return [(match[1], int(match[2] or 0), int(match[3])) for match in found]


def implicit_weights(prediction: Prediction) -> list[Weighting | None]:
    """H.264's implicit weights (8.4.2.3.1) of a frame's block, in a stream whose picture order counts are 2 * frame."""
    if len(prediction.vectors) < 2:
        return [None]
    this, first, second = (2 * frame for frame in (prediction.frame, *prediction.reference_frames))
    tb, td = _clip(-128, this - first, 127), _clip(-128, second - first, 127)
    if td == 0:
        return [None]
    tx = int((16384 + abs(int(td / 2))) / td)
    scale = _clip(-1024, (tb * tx + 32) >> 6, 1023)
    if not -64 <= scale >> 2 <= 128:
        return [None]
    return [Weighting(5, (64 - (scale >> 2), scale >> 2), (0, 0))]


def _clip(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
