"""AV1 streams of real footage, each with the command that makes it. They are short: AV1 encoders are slow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Ffmpeg = Callable[..., Path]

SMALL = ["-an", "-vf", "crop=320:176:160:64"]

STREAMS: dict[str, list[object]] = {
    "svt": [*SMALL, "-frames:v", 18, "-c:v", "libsvtav1", "-preset", 6, "-crf", 40],
    "svt_grain": [
        *[*SMALL, "-frames:v", 10, "-pix_fmt", "yuv420p10le", "-c:v", "libsvtav1", "-preset", 10],
        *["-svtav1-params", "film-grain=8:film-grain-denoise=0:superres-mode=1:superres-denom=12:superres-kf-denom=10"],
    ],
    "aom": [*SMALL, "-frames:v", 12, "-c:v", "libaom-av1", "-cpu-used", 4, "-crf", 40, "-lag-in-frames", 12],
    "aom_tools": [
        *[*SMALL, "-frames:v", 6, "-pix_fmt", "yuv444p", "-c:v", "libaom-av1", "-cpu-used", 6, "-crf", 30],
        *["-aq-mode", 1, "-tiles", "2x2", "-lag-in-frames", 0, "-error-resilience", "default"],
        *["-aom-params", "sb-size=64:enable-qm=1:qm-min=4:qm-max=12:reduced-tx-type-set=1:cdf-update-mode=2"],
    ],
    "aom_realtime": [
        *[*SMALL, "-frames:v", 12, "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", 8, "-b:v", "200k"],
        *["-aq-mode", 3, "-lag-in-frames", 0, "-g", 8],
    ],
    "aom_lossless": [*SMALL, "-frames:v", 3, "-c:v", "libaom-av1", "-cpu-used", 6, "-aom-params", "lossless=1"],
    "rav1e": [*SMALL, "-frames:v", 6, "-c:v", "librav1e", "-speed", 10, "-qp", 100],
}


def make(ffmpeg: Ffmpeg, clip: Path, name: str, suffix: str = "ivf") -> Path:
    """Encodes one of `STREAMS`."""
    return ffmpeg("-i", clip, *STREAMS[name], name=f"{name}.{suffix}")
