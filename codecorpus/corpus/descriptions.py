"""An encode as numbers that a model can be conditioned on: what it was told to do, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from codecorpus.codecs import CODECS
from codecorpus.encode import ENCODERS, Encoder
from codecorpus.encode.model import OWN_DEPTH, bits_per_second

Vector = np.ndarray[Any, np.dtype[np.float32]]
Row = Mapping[str, Any]

TUNES: Final = tuple(sorted({tune.lower() for encoder in ENCODERS.values() for tune in encoder.tunes}))
"""What encoders can be tuned for."""


class Entry(NamedTuple):
    """A number of a description."""

    name: str
    unit: str
    meaning: str


ENTRIES: Final = (
    *(Entry(f"codec_{codec}", "0 or 1", "the codec") for codec in CODECS),
    Entry("is_source", "0 or 1", "the source's own stream: of its settings nothing is known, they are 0"),
    Entry("effort", "0 to 1", "the preset's place among the encoder's, from the fastest to the slowest"),
    *(Entry(f"tune_{tune}", "0 or 1", "tuned for it") for tune in TUNES),
    *(Entry(f"rate_{kind}", "0 or 1", "how bits are spent") for kind in ("crf", "qp", "bitrate")),
    Entry("quality", "0 to 1", "crf or qp in the encoder's own range, 0 the finest; 0 where a bitrate is asked for"),
    Entry("target_bitrate", "log2 kb/s", "the bitrate that is asked for; 0 where none is"),
    Entry("capped", "0 or 1", "a buffer model limits the rate"),
    Entry("two_passes", "0 or 1", "a first pass told the second where bits are needed"),
    Entry("film_grain", "0 to 1", "strength of synthesised grain, over 50"),
    Entry("bit_depth", "bits", "of the samples that are coded; 0 where it is not known"),
    Entry("closed_gop", "0 or 1", "no picture refers across a key frame"),
    Entry("bitrate", "log2 kb/s", "what this clip came to: all of its bytes over what is shown"),
    Entry("bits_per_sample", "log2 bits", "of luma, what this clip came to, likewise"),
    Entry("qstep", "log2 8-bit luma samples", "mean quantiser step of this clip, on the common scale"),
)
"""What a description holds, in its order."""

NAMES: Final = tuple(entry.name for entry in ENTRIES)


def describe(encode: Row, stream: Row, clip: Row, qstep: float) -> Vector:
    """A stream's description, float32 [len(ENTRIES)].

    Args:
        encode: its row of **encodes**.
        stream: its row of **streams**.
        clip: its row of **clips**.
        qstep: mean quantiser step of its pictures; NaN where nothing is quantised.
    """
    found = {f"codec_{stream['codec']}": 1.0, **_asked(encode, clip), **_came_to(stream, clip)}
    if qstep > 0:
        found["qstep"] = math.log2(qstep)
    return np.array([found.get(name, 0.0) for name in NAMES], np.float32)


def _asked(encode: Row, clip: Row) -> dict[str, float]:
    encoder = ENCODERS.get(encode["encoder"])
    if encoder is None:
        return {"is_source": 1.0}
    found = {f"tune_{tune.lower()}": 1.0 for tune in (encode["tune"] or "").split(",") if tune}
    found["effort"] = _effort(encoder, encode["preset"])
    found |= _rate(encoder, encode["rate_control"], encode["rate"])
    found["capped"] = float(encode["maxrate"] is not None)
    found["two_passes"] = float(encode["passes"] == 2)
    found["film_grain"] = (encode["film_grain"] or 0) / 50
    found["closed_gop"] = float(bool(encode["gop_closed"]))
    found["bit_depth"] = _bit_depth(encoder, encode["pixel_format"], clip["pixel_format"])
    return found


def _bit_depth(encoder: Encoder, pixel_format: str | None, of_clip: str | None) -> float:
    """Of the samples that are coded, in the clip's own depth where that was asked for."""
    from codecorpus.pixel_formats import depth_of  # PyAV is not loaded before anything is described

    if pixel_format == OWN_DEPTH:
        if of_clip is None:
            return 0.0
        pixel_format = encoder.pixel_format_of_depth(depth_of(of_clip))
    return float(depth_of(pixel_format or encoder.pixel_formats[0]))


def _effort(encoder: Encoder, preset: str | None) -> float:
    if preset not in encoder.presets or len(encoder.presets) < 2:
        return 0.0
    place = encoder.presets.index(preset) / (len(encoder.presets) - 1)
    return 1 - place if encoder.fastest_last else place


def _rate(encoder: Encoder, kind: str | None, value: str | None) -> dict[str, float]:
    if kind is None or value is None:
        return {}
    if kind == "bitrate":
        return {"rate_bitrate": 1.0, "target_bitrate": math.log2(max(float(bits_per_second(value)) / 1000, 1))}
    span = encoder.rates[kind]
    return {f"rate_{kind}": 1.0, "quality": (float(value) - span.low) / (span.high - span.low)}


def _came_to(stream: Row, clip: Row) -> dict[str, float]:
    frames, bits = stream["frames"] or 0, (stream["bytes"] or 0) * 8
    if not frames or not bits:
        return {}
    found = {}
    if clip["fps"]:
        found["bitrate"] = math.log2(bits / frames * clip["fps"] / 1000)
    if clip["width"] and clip["height"]:
        found["bits_per_sample"] = math.log2(bits / (frames * clip["width"] * clip["height"]))
    return found
