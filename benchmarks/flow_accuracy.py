"""How true block-filled flow is, for every codec and preset: `python -m benchmarks.flow_accuracy`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import codecorpus
from benchmarks.synthetic import MOTIONS, Motion, encode, end_point_error

ENCODES: dict[str, tuple[str, ...]] = {
    f"{codec} {encoder} {preset}": (
        *("-c:v", encoder, "-cpu-used" if encoder == "libaom-av1" else "-preset", preset, "-crf", crf),
        *(("-x265-params", "log-level=error") if encoder == "libx265" else ()),
    )
    for codec, encoder, crf, presets in (
        ("H.264", "libx264", "23", ("ultrafast", "veryfast", "medium", "veryslow")),
        ("HEVC", "libx265", "25", ("ultrafast", "veryfast", "medium", "veryslow")),
        ("AV1", "libsvtav1", "32", ("12", "8", "4")),
        ("AV1", "libaom-av1", "30", ("8", "4")),
    )
    for preset in presets
}


def measure(motion: Motion, options: tuple[str, ...], folder: Path) -> tuple[float, float, float]:
    """Mean and median end-point error in samples, and the share of the frame that has flow, after the key frame."""
    intrinsics = codecorpus.extract(encode(motion, folder / "clip.mp4", *options), tables=("frames", "motion"))
    truth = motion.flow(-1)
    flow, mask = intrinsics.flow(frames=slice(1, None), size=(truth.shape[2], truth.shape[1]))
    errors = end_point_error(flow, mask, truth)
    return float(errors.mean()), float(np.median(errors)), float(mask.mean())


def main() -> None:
    heads = [f"{motion.name}: mean, median px, covered" for motion in MOTIONS]
    print(f"| encode | {' | '.join(heads)} |")
    print("| --- |" + " --- |" * len(heads))
    with tempfile.TemporaryDirectory() as folder:
        for name, options in ENCODES.items():
            cells = [measure(motion, options, Path(folder)) for motion in MOTIONS]
            told = " | ".join(f"{mean:.2f}, {median:.2f}, {covered:.0%}" for mean, median, covered in cells)
            print(f"| {name} | {told} |", flush=True)


if __name__ == "__main__":
    main()
