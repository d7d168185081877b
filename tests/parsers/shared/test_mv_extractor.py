"""mv-extractor's own reference vectors, of its own two videos, out of our rows.

The videos are its repository's, and too large to be kept here: they are read where `MV_EXTRACTOR` names a checkout of
it. What is to come out, `scripts/mv_extractor` made of its `tests/reference`.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers.digests import DATA

import codecorpus

CHECKOUT = os.environ.get("MV_EXTRACTOR")
EXPECTED = json.loads((DATA / "mv_extractor.json").read_text())

VIDEOS = {"h264": 4, "mpeg4_part2": 2}
"""Parts of a sample that its vectors count: H.264's are quarters, MPEG-4's halves without quarter_sample."""


def rows(motion: pa.Table, scale: int) -> np.ndarray[Any, Any]:
    """The rows of a P picture as FFmpeg exports them, which mv-extractor hands on: int32 [rows, 10].

    These are source (-1: the past), w, h, src_x, src_y, dst_x, dst_y, motion_x, motion_y, motion_scale. A place is a
    block's middle; the source's is that moved by the vector's whole samples, rounded towards zero. Of the parts of an
    8x8 block FFmpeg knows the first alone, and takes it for the whole.
    """
    x, y, w, h = (motion[name].to_numpy().astype(np.int32) for name in "xywh")
    vector = [np.rint(motion[f"mv0_{axis}"].to_numpy() * scale).astype(np.int32) for axis in "xy"]
    is_small = (w < 8) | (h < 8)
    is_told = ~is_small | ((x % 8 == 0) & (y % 8 == 0))
    w, h = np.where(is_small, 8, w), np.where(is_small, 8, h)
    middle = [x + w // 2, y + h // 2]
    origin = [at + np.fix(component / scale).astype(np.int32) for at, component in zip(middle, vector, strict=True)]
    same = np.ones_like(x)
    columns = [-same, w, h, *origin, *middle, *vector, scale * same]
    return np.stack(columns, axis=1)[is_told]


@pytest.mark.skipif(CHECKOUT is None, reason="MV_EXTRACTOR names no checkout of github.com/LukasBommes/mv-extractor")
@pytest.mark.parametrize("name", VIDEOS)
def test_reference_vectors_are_reproduced(name: str) -> None:
    assert CHECKOUT is not None
    intrinsics = codecorpus.extract(Path(CHECKOUT) / f"vid_{name}.mp4", tables=("frames", "motion"))
    frames = intrinsics.frames.num_rows
    assert frames == len(EXPECTED[name]) == 337
    for frame in range(frames):
        found = rows(intrinsics.motion.filter(pc.equal(intrinsics.motion["frame"], frame)), VIDEOS[name])
        digest = hashlib.sha256(found.astype("<i4").tobytes()).hexdigest()[:8]
        assert digest == EXPECTED[name][frame], f"frame {frame}: {len(found)} rows"


def test_rows_are_those_of_the_first_references() -> None:
    """The conversion by itself: rows of frame 5 of `vid_h264.mp4`, and a block in parts."""
    blocks = [
        {"x": 0, "y": 0, "w": 16, "h": 8, "mv0_x": -0.25, "mv0_y": -1.0},
        {"x": 16, "y": 8, "w": 8, "h": 4, "mv0_x": 2.5, "mv0_y": 0.0},
        {"x": 16, "y": 12, "w": 8, "h": 4, "mv0_x": 9.0, "mv0_y": 9.0},
    ]
    assert rows(pa.Table.from_pylist(blocks), 4).tolist() == [
        [-1, 16, 8, 8, 3, 8, 4, -1, -4, 4],
        [-1, 8, 8, 22, 12, 20, 12, 10, 0, 4],
    ]
