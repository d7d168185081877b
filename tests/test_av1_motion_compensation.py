"""AV1 vectors, references and filters against decoded samples.

Without in-loop filters, a block that has no residual is its prediction: interpolating the decoded reference at the
reported vector must give the decoded samples, every one.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from av1_streams import Ffmpeg
from motion_compensation.av1 import Plane, blend, predict

import codecorpus

# No loop filter, CDEF or restoration, and nothing that blends other than by averaging.
STREAMS: dict[str, list[object]] = {
    "svt": [
        *["-an", "-frames:v", 20, "-c:v", "libsvtav1", "-preset", 6, "-crf", 45],
        *["-svtav1-params", "enable-dlf=0:enable-cdef=0:enable-restoration=0:enable-tf=0"],
    ],
    "svt_10bit": [
        *["-an", "-frames:v", 9, "-pix_fmt", "yuv420p10le", "-c:v", "libsvtav1", "-preset", 8, "-crf", 50],
        *["-svtav1-params", "enable-dlf=0:enable-cdef=0:enable-restoration=0:enable-tf=0"],
    ],
    "aom": [
        *["-an", "-frames:v", 10, "-c:v", "libaom-av1", "-cpu-used", 6, "-crf", 50, "-lag-in-frames", 10],
        *["-aom-params", "loopfilter-control=0:enable-cdef=0:enable-restoration=0"],
    ],
}


@dataclass
class Decoded:
    frames: npt.NDArray[np.int64]
    bit_depth: int


def decode(stream: Path, width: int, height: int, bit_depth: int) -> Decoded:
    """The luma of every presented picture."""
    pixels = "gray" if bit_depth == 8 else "gray10le"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", stream, "-fps_mode", "passthrough"]
    command += ["-vf", "extractplanes=y", "-f", "rawvideo", "-pix_fmt", pixels, "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    samples = np.frombuffer(raw, np.uint8 if bit_depth == 8 else np.uint16)
    return Decoded(samples.reshape(-1, height, width).astype(np.int64), bit_depth)


def plain_blocks(stream: Path) -> list[dict[str, Any]]:
    """Motion rows whose samples are a translated prediction, or the average of two, and nothing else."""
    tables = codecorpus.extract(str(stream))
    bare = {(b["coded_order"], b["block"]) for b in tables.blocks.to_pylist() if not b["coefs"]}
    rows = []
    for row in tables.motion.to_pylist():
        shown = row["frame"] is not None and row["ref0_frame"] is not None
        shown &= row["ref1"] is None or row["ref1_frame"] is not None
        plain = row["warp"] == "none" and row["compound"] in {"none", "average"}
        if shown and plain and row["mode"] != "INTRABC" and (row["coded_order"], row["block"]) in bare:
            rows.append(row)
    return rows


def matches(decoded: Decoded, row: dict[str, Any], nudge: float = 0.0) -> bool:
    block = (row["x"], row["y"], row["w"], row["h"])
    lists = [n for n in "01" if row[f"ref{n}"] is not None]
    predictions: list[Plane] = [
        predict(
            decoded.frames[row[f"ref{n}_frame"]],
            block,
            (row[f"mv{n}_x"] + nudge, row[f"mv{n}_y"]),
            row["filter"],
            compound=len(lists) > 1,
        )
        for n in lists
    ]
    actual = decoded.frames[row["frame"]][block[1] : block[1] + block[3], block[0] : block[0] + block[2]]
    expected = blend(predictions, decoded.bit_depth)[: actual.shape[0], : actual.shape[1]]
    return bool(np.array_equal(actual, expected))


@pytest.mark.parametrize("name", STREAMS)
def test_interpolating_the_reference_gives_the_decoded_samples(ffmpeg: Ffmpeg, bikes: Path, name: str) -> None:
    stream = ffmpeg("-i", bikes, *STREAMS[name], name=f"mc-{name}.ivf")
    rows = plain_blocks(stream)
    decoded = decode(stream, 640, 272, 10 if "10bit" in name else 8)
    wrong = [row for row in rows if not matches(decoded, row)]
    assert not wrong, f"{len(wrong)} of {len(rows)}, first {wrong[0]}"
    assert len(rows) > 150
    # An eighth of a sample more must show, or the check would see nothing.
    moved = sum(not matches(decoded, row, 0.125) for row in rows)
    assert moved > len(rows) / 2
