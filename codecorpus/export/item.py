"""A window as it is exported: its key, arrays, and what is to be said of it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

import av
import numpy as np

from codecorpus.corpus.descriptions import NAMES
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.windows import Window
from codecorpus.errors import CorpusError
from codecorpus.sources.frames import Pixels

Form = Literal["mp4", "npy", "none"]

MP4: Final = {"crf": "14", "preset": "fast", "threads": "2", "x264-params": "lookahead-threads=1:cpu-independent=1"}
"""Pixels of an `mp4`: H.264 that looks as the clip does, in the YCbCr of BT.601."""


@dataclass(frozen=True)
class Item:
    """A window.

    Attributes:
        key: unique in the corpus, letters, digits, `-` and `_`: readers of tars cut names at the first dot.
        maps: float16 [encodes, T, C, h, w]; NaN where the bitstream does not say.
        description: float32 [encodes, numbers].
        pixels: uint8 [T, H, W, 3]; None where none are asked for.
        told: what is said of it, as JSON has it.
    """

    key: str
    maps: np.ndarray[Any, np.dtype[np.float16]]
    description: np.ndarray[Any, np.dtype[np.float32]]
    pixels: Pixels | None
    told: dict[str, Any]


def item(corpus: Corpus, window: Window, channels: Sequence[str], cell: int, form: Form) -> Item:
    """A window of a corpus.

    Raises:
        CorpusError, SourceError: its maps or pixels cannot be read, or are none that can be written so.
    """
    contrast = corpus.contrast(window.clip, window.frames, window.encodes, channels=channels, cell=cell)
    told = {
        "clip": window.clip,
        "encodes": list(window.encodes),
        "first": window.first,
        "end": window.end,
        "fps": corpus.fps(window.clip),
        "channels": list(channels),
        "cell": cell,
        "description": contrast.description.tolist(),
        "description_names": list(NAMES),
    }
    width, height = corpus.size(window.clip)
    if form == "mp4" and (width % 2 or height % 2):
        raise CorpusError(f"{window.clip} is {width}x{height}, and an mp4 has even sides; --pixels npy takes any")
    pixels = None if form == "none" else corpus.pixels(window.clip, window.frames)
    with np.errstate(over="ignore"):  # beyond 65504 it is infinite, and larger than all others still
        return Item(key(window), contrast.maps.astype(np.float16), contrast.description, pixels, told)


def key(window: Window) -> str:
    """Of a window: its clip and first frame; a clip whose name has dots is told from its namesakes by a digest."""
    name = window.clip
    if "." in name:
        name = f"{name.replace('.', '_')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{name}-{window.first:06}"


def npy(array: np.ndarray[Any, Any]) -> bytes:
    """An array as NumPy's file."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def mp4(pixels: Pixels, fps: float) -> bytes:
    """Pixels [T, H, W, 3] as a video of so many frames a second."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=MP4)
        stream.height, stream.width = pixels.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return out.getvalue()
