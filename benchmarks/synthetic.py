"""Clips whose motion is known: a texture that pans, zooms or turns, and the flow that is true of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]

WIDTH, HEIGHT, FRAMES = 352, 288, 13
MARGIN = 160
"""The texture reaches so far beyond the frame."""


@dataclass(frozen=True)
class Motion:
    """What happens from one frame to the next, about the centre of the frame."""

    name: str
    pan: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    turn: float = 0.0
    """Radians, clockwise."""

    def step(self, frames: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Matrix and offset that lead from a place in one frame to it so many frames later."""
        angle, scale = self.turn * frames, self.zoom**frames
        matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return matrix, np.array(self.pan) * frames

    def flow(self, frames: float) -> Array:
        """Displacement of each sample to where it is so many frames later, [2, H, W]."""
        matrix, offset = self.step(frames)
        places = _places()
        moved = np.einsum("ij,jyx->iyx", matrix, places) + offset[:, None, None]
        return (moved - places).astype(np.float32)

    def frames(self) -> Iterator[np.ndarray[Any, np.dtype[np.uint8]]]:
        """Luma frames, the texture sampled at the places that are in view."""
        for frame in range(FRAMES):
            matrix, offset = self.step(-(frame - FRAMES // 2))
            places = np.einsum("ij,jyx->iyx", matrix, _places()) + offset[:, None, None]
            yield np.rint(_sample(*places)).astype(np.uint8)


MOTIONS = (
    Motion("pan", pan=(3.25, -1.5)),
    Motion("zoom", zoom=1.012),
    Motion("rotation", turn=0.012),
)


def _places() -> Array:
    """x and y of each sample, from the centre of the frame."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return np.stack([x - (WIDTH - 1) / 2, y - (HEIGHT - 1) / 2])


@cache
def texture() -> Array:
    """Noise whose spectrum falls as that of natural pictures does."""
    height, width = HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN
    noise = np.fft.rfft2(np.random.default_rng(1).standard_normal((height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    # Nothing above a third of the sampling rate: sub-sample motion must not alias.
    picture = np.fft.irfft2(noise * (frequency < 0.3) / np.maximum(frequency, 0.01) ** 1.2, (height, width))
    return np.clip(126 + 44 * picture / picture.std(), 16, 235).astype(np.float32)


def _sample(x: Array, y: Array) -> Array:
    """The texture between its samples: Catmull-Rom, along each axis."""
    x, y = x + MARGIN + (WIDTH - 1) / 2, y + MARGIN + (HEIGHT - 1) / 2
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = _weights(x - column), _weights(y - row)
    picture = texture()
    out = sum(down[j] * across[i] * picture[row + j - 1, column + i - 1] for j in range(4) for i in range(4))
    return np.clip(out, 0, 255).astype(np.float32)


def _weights(t: Array) -> list[Array]:
    return [
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    ]


def encode(motion: Motion, path: Path, *options: str) -> Path:
    """The clip through one of FFmpeg's encoders."""
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "-video_size", f"{WIDTH}x{HEIGHT}", "-framerate", "25", "-i", "-"),
        *(*options, "-pix_fmt", "yuv420p", str(path)),
    ]
    frames = b"".join(frame.tobytes() for frame in motion.frames())
    subprocess.run(command, check=True, input=frames, stderr=subprocess.PIPE)
    return path


def end_point_error(flow: Array, mask: np.ndarray[Any, Any], truth: Array) -> Array:
    """Distance in samples between flow [T, 2, H, W] and truth [2, H, W], for the samples that have flow."""
    distance: Array = np.hypot(*np.moveaxis(flow - truth, 1, 0))[mask]
    return distance
