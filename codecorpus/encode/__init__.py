"""The encoders, one file each, and the only rooms that know FFmpeg's command line."""

from codecorpus.encode import (
    libaom_av1,
    libkvazaar,
    librav1e,
    libsvtav1,
    libx264,
    libx265,
    libxvid,
    mpeg2video,
    mpeg4,
)
from codecorpus.encode.model import Encode, Encoder, Gop, Rate

ENCODERS: dict[str, Encoder] = {
    room.ENCODER.name: room.ENCODER
    for room in (libx264, libx265, libsvtav1, libaom_av1, librav1e, libkvazaar, mpeg4, libxvid, mpeg2video)
}
"""Every encoder that a recipe may name."""

__all__ = ["ENCODERS", "Encode", "Encoder", "Gop", "Rate"]
