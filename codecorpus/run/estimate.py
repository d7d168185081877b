"""What a plan will cost, roughly: from measured milliseconds per frame, and bytes per picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codecorpus.encode import ENCODERS, Encode
from codecorpus.run.stream import Job

AREA = 1280 * 720
"""The picture that encoders' costs are given for."""

CUT_MS = 12.0
"""Decoding and keeping a picture of that area."""

MEASURE_MS = {
    **{"psnr": 7.3, "ssim": 7.5, "ms_ssim": 150.0, "psnr_hvs": 24.0, "ciede2000": 530.0, "cambi": 20.0},
    **{"vmaf": 39.0, "xpsnr": 11.0, "siti": 43.0, "sse": 12.5},
}
"""Decoding a picture of that area and its clip's, and measuring."""

TABLE_BYTES = 45_000
"""Parquet of a picture of that area at an encoder's usual quality."""


@dataclass(frozen=True)
class Estimate:
    """Seconds of one core, and bytes on disk."""

    core_seconds: float
    bytes: float


def estimate(jobs: list[Job], quality: Sequence[str]) -> Estimate:
    """What making these streams costs. Half or double of it is no surprise."""
    seconds = size = 0.0
    cut: set[str] = set()
    for job in jobs:
        pictures = job.clip.frames * job.clip.width * job.clip.height / AREA
        if job.clip.name not in cut:
            cut.add(job.clip.name)
            seconds += pictures * CUT_MS / 1000
        if job.encode:
            seconds += pictures * cost(job.encode) * job.encode.passes / 1000
        seconds += pictures * sum(MEASURE_MS[name] for name in quality) / 1000
        size += pictures * TABLE_BYTES
    return Estimate(seconds, size)


def cost(encode: Encode) -> float:
    """Milliseconds of one core for a picture of AREA; between measured presets, by their geometric mean."""
    encoder = ENCODERS[encode.encoder]
    order = {preset: position for position, preset in enumerate(encoder.presets)}
    known = sorted((order[preset], ms) for preset, ms in encoder.cost.items())
    position = order[encode.preset]
    below = [pair for pair in known if pair[0] <= position]
    above = [pair for pair in known if pair[0] >= position]
    if not below or not above:
        return (below or above)[-1 if below else 0][1]
    (left, low), (right, high) = below[-1], above[0]
    share = (position - left) / (right - left) if right > left else 0.0
    return math.exp(math.log(low) * (1 - share) + math.log(high) * share)
