"""The encoders, one file each, and the only rooms that know FFmpeg's command line."""

from codecorpus.encode import libaom_av1, libkvazaar, librav1e, libsvtav1, libvpx_vp9, libx264, libx265
from codecorpus.encode.model import Encode, Encoder, Gop, Rate

ENCODERS: dict[str, Encoder] = {
    room.ENCODER.name: room.ENCODER
    for room in (libx264, libx265, libsvtav1, libaom_av1, librav1e, libkvazaar, libvpx_vp9)
}
"""Every encoder that a recipe may name."""

__all__ = ["ENCODERS", "Encode", "Encoder", "Gop", "Rate"]
