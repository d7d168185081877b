"""Decoded luma, whole or by field, as motion compensation sees it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int32]

BEFORE, AFTER = 3, 4
"""Samples that filters read on either side of a block."""


def decode_luma(stream: Path) -> tuple[list[Samples], int]:
    """The luma of all pictures in presentation order, at coded size (nothing cropped), and its bit depth."""
    with av.open(stream) as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        video.codec_context.options = {"apply_cropping": "0"}
        frames = [(_luma(frame), frame.format.components[0].bits) for frame in container.decode(video)]
    return [luma for luma, _ in frames], frames[0][1]


def _luma(frame: av.VideoFrame) -> Samples:
    plane = frame.planes[0]
    sample = "u1" if frame.format.components[0].bits == 8 else "u2"
    lines = np.frombuffer(memoryview(plane), sample).reshape(plane.height, -1)
    return lines[:, : plane.width].astype(np.int32)


def field_lines(picture: Samples, field: int) -> Samples:
    """A whole picture (field 0), its top field (1) or its bottom field (2)."""
    return picture if field == 0 else picture[field - 1 :: 2]


def window(picture: Samples, x: int, y: int, w: int, h: int) -> Samples:
    """A block with what filters read around it. A picture's edge samples go on for ever."""
    rows = np.arange(y - BEFORE, y + h + AFTER).clip(0, picture.shape[0] - 1)
    columns = np.arange(x - BEFORE, x + w + AFTER).clip(0, picture.shape[1] - 1)
    return picture[rows[:, None], columns]


def quarter_samples(mv: float) -> tuple[int, int]:
    """A vector's whole samples and its fraction."""
    assert 4 * mv == int(4 * mv), "a vector is finer than a quarter sample"
    return divmod(int(4 * mv), 4)


def filtered(samples: Samples, taps: Sequence[int]) -> Samples:
    """Every row through a filter: as many samples fewer as it has taps but one."""
    width = samples.shape[1] - len(taps) + 1
    return np.sum([tap * samples[:, start : start + width] for start, tap in enumerate(taps)], axis=0)
