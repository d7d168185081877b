"""One scale for every codec: residual energy against pixels, quantiser steps against distortion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import codecorpus

Plane = np.ndarray[Any, np.dtype[np.float64]]

UNFILTERED = {
    "h264": ("libx264", "-crf", "24", "-x264-params", "no-deblock=1:weightp=0:bframes=0:ref=1:scenecut=0"),
    "hevc": (
        *("libx265", "-crf", "26", "-x265-params"),
        "no-deblock=1:sao=0:weightp=0:bframes=0:ref=1:scenecut=0:log-level=error",
    ),
    "av1": (
        *("libaom-av1", "-cpu-used", "8", "-crf", "30", "-lag-in-frames", "0"),
        *("-aom-params", "enable-cdef=0:enable-restoration=0:loopfilter-control=0"),
    ),
    # libvpx filters as much as it needs to: nothing of so fine a picture.
    "vp9": ("libvpx-vp9", "-cpu-used", "5", "-b:v", "0", "-crf", "4", "-qmax", "6", "-lag-in-frames", "0"),
}
"""No filter after the residual: what is decoded is the prediction and the residual."""


def luma(video: Path) -> list[Plane]:
    with av.open(str(video)) as container:
        frames = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
    return [frame[: len(frame) * 2 // 3].astype(np.float64) for frame in frames]


@pytest.mark.parametrize("codec", UNFILTERED)
def test_energy_is_what_decoding_adds_to_the_prediction(codec: str, bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    video = ffmpeg("-ss", 7.6, "-i", bikes, "-frames:v", 8, "-c:v", *UNFILTERED[codec], name=f"energy-{codec}.mp4")
    intrinsics, decoded = codecorpus.extract(video), luma(video)
    motion: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in intrinsics.motion.to_pylist():
        motion.setdefault((row["coded_order"], row["block"]), []).append(row)
    said, seen = [], []
    for block in intrinsics.blocks.to_pylist():
        parts = motion.get((block["coded_order"], block["block"]), [])
        if block["energy"] and len(parts) == 1 and (found := difference(parts[0], decoded)) is not None:
            said.append(block["energy"])
            seen.append(found)
    assert len(said) > 30
    # Decoded samples are rounded, so that small residuals differ; their sum does not by much.
    assert np.sum(said) == pytest.approx(np.sum(seen), rel=0.06)


def difference(part: dict[str, Any], decoded: list[Plane]) -> float | None:
    """Squared difference of a block to its prediction, where that is a block of one reference as it is."""
    x, y, w, h, dx, dy = (part[name] for name in ("x", "y", "w", "h", "mv0_x", "mv0_y"))
    plain = part["warp"] == part["compound"] == "none" and part["ref1"] is None and part["dt0"] is not None
    height, width = decoded[0].shape
    if not plain or dx % 1 or dy % 1 or min(x + dx, y + dy) < 0:
        return None
    left, top = x + int(dx), y + int(dy)
    if max(x, left) + w > width or max(y, top) + h > height:
        return None
    own = decoded[part["frame"]][y : y + h, x : x + w]
    reference = decoded[part["frame"] - part["dt0"]][top : top + h, left : left + w]
    return float(((own - reference) ** 2).sum())


FLAT = {
    "h264": (
        *("libx264", "-qp", "28", "-g", "1"),
        *("-x264-params", "aq-mode=0:mbtree=0:psy=0:trellis=0:ipratio=1"),
    ),
    "hevc": (
        *("libx265", "-x265-params"),
        "qp=28:keyint=1:aq-mode=0:cutree=0:psy-rd=0:psy-rdoq=0:rdoq-level=0:ipratio=1:log-level=error",
    ),
    "av1": (
        *("libaom-av1", "-cpu-used", "8", "-g", "1", "-crf", "30", "-qmin", "30", "-qmax", "30"),
        *("-aom-params", "deltaq-mode=0:aq-mode=0"),
    ),
    "vp9": (
        *("libvpx-vp9", "-cpu-used", "2", "-g", "1", "-b:v", "0", "-crf", "34", "-qmin", "34", "-qmax", "34"),
        *("-aq-mode", "0", "-lag-in-frames", "0"),
    ),
}
"""Key frames with one quantiser: H.264 and HEVC with a step of 16."""


def test_equal_steps_are_equal_distortion(bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    clip = ffmpeg("-i", bikes, "-frames:v", 3, "-c:v", "ffv1", "-pix_fmt", "yuv420p", name="flat.mkv")
    found = {}
    for codec, options in FLAT.items():
        video = ffmpeg("-i", clip, "-c:v", *options, name=f"flat-{codec}.mp4")
        error = np.mean((np.stack(luma(video)) - np.stack(luma(clip))) ** 2)
        steps = codecorpus.extract(video).blocks["qstep"].to_numpy()
        assert steps.min() == steps.max()
        found[codec] = (float(steps[0]), float(np.sqrt(error)))
    assert found["h264"][0] == found["hevc"][0] == 16
    # The error grows a little slower than the step: brought to the step of 16, all are alike.
    errors = [error * (16 / step) ** 0.7 for step, error in found.values()]
    assert max(errors) / min(errors) < 1.15


OVERHANGING = {
    **{codec: (name, "-crf", "45") for codec, name in (("h264", "libx264"), ("hevc", "libx265"))},
    "av1": ("libaom-av1", "-cpu-used", "8", "-crf", "50", "-aq-mode", "1"),
    "vp9": ("libvpx-vp9", "-cpu-used", "5", "-b:v", "0", "-crf", "50", "-aq-mode", "1"),
}


@pytest.mark.parametrize("codec", OVERHANGING)
def test_means_are_over_what_is_in_the_picture(codec: str, bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    """Blocks of AV1 and VP9 reach over its edges."""
    scaled = ("-vf", "scale=70:66", "-frames:v", 6)
    video = ffmpeg("-ss", 2, "-i", bikes, *scaled, "-c:v", *OVERHANGING[codec], name=f"over-{codec}.mp4")
    found = codecorpus.extract(video)
    reaching = 0
    for frame in found.frames.to_pylist():
        blocks = [row for row in found.blocks.to_pylist() if row["coded_order"] == frame["coded_order"]]
        sizes = [
            (min(row["x"] + row["w"], frame["width"]) - row["x"], min(row["y"] + row["h"], frame["height"]) - row["y"])
            for row in blocks
        ]
        reaching += sum((w, h) != (row["w"], row["h"]) for (w, h), row in zip(sizes, blocks, strict=True))
        areas = [w * h for w, h in sizes]
        assert sum(areas) == frame["width"] * frame["height"]
        for column in ("qp", "qstep"):
            mean = np.average([row[column] for row in blocks], weights=areas)
            assert frame[column] == pytest.approx(mean, rel=1e-6), column
    assert (reaching > 0) == (codec in ("av1", "vp9"))
