"""Maps as control videos: one grey picture a frame, at the video's size."""

from __future__ import annotations

from typing import Any

import numpy as np

from codecorpus.maps import Array, Size


def control_video(
    channel: Array, cell: int, size: Size, low: float = 0.0, high: float = 1.0
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A channel as cosmos-transfer's controls are: uint8 [3, T, H, W] (github.com/nvidia-cosmos/cosmos-transfer2.5).

    `low` and what is below it is 0, `high` and what is above it 255, linear between; the three colours are alike. Every
    sample has its cell's value; what the bitstream does not say is 0, and looks like `low`: ask for the channel's mask
    where that matters.

    Args:
        channel: [T, h, w], such as `corpus.maps(..., channels=("bits_importance",))[:, 0]`, which is from 0 to 1.
        cell: side of its cells, samples.
        size: width and height of the video.
        low: value of black.
        high: value of white.

    Raises:
        ValueError: the channel's cells are not those of such a video, or white is not above black.
    """
    width, height = size
    wanted = -(-height // cell), -(-width // cell)
    if channel.shape[1:] != wanted:
        raise ValueError(
            f"a channel of {width}x{height} in cells of {cell} is {list(wanted)} a frame; not {list(channel.shape[1:])}"
        )
    if not low < high:
        raise ValueError(f"black is below white; not {low:g} and {high:g}")
    shares = (np.nan_to_num(channel, nan=low) - low) / (high - low)
    grey = np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8)
    grey = np.repeat(np.repeat(grey, cell, axis=1), cell, axis=2)[:, :height, :width]
    return np.ascontiguousarray(np.broadcast_to(grey, (3, *grey.shape)))
