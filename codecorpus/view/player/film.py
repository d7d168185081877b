"""An encode's frames as a film that every browser decodes: VP9, at a quality that shows what the encode did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av

from codecorpus import maps

KEY_EVERY: Final = 12
"""Frames between keys: what a jump decodes at most."""

CODEC: Final = "vp09.00.41.08"
"""Profile 0, level 4.1, 8 bit, as RFC 6381 writes it."""

OPTIONS: Final = {
    # One packet a frame, each shown: a frame is found by its index.
    **{"lag-in-frames": "0", "auto-alt-ref": "0"},
    **{"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "threads": "4"},
    **{"crf": "30", "b": "0", "g": str(KEY_EVERY), "keyint_min": str(KEY_EVERY)},
}

BT709: Final = 1
BT470BG: Final = 5
"""What swscale takes for granted where a stream does not say."""

UNSAID: Final = (0, 2)


@dataclass(frozen=True)
class Film:
    """Packets one after the other.

    Attributes:
        size: width and height of the frames.
        packets: how many bytes each has; every `KEY_EVERY`th is a key.
        data: all of them.
    """

    size: maps.Size
    packets: list[int]
    data: bytes


def shoot(frames: Iterable[av.VideoFrame]) -> Film:
    """Encode frames, all in the first one's size."""
    coder = None
    packets: list[bytes] = []
    for at, frame in enumerate(frames):
        if coder is None:
            coder = _coder(frame)
        plain = frame.reformat(coder.width, coder.height, "yuv420p", dst_color_range="MPEG")
        plain.pts, plain.time_base = at, coder.time_base
        packets.extend(bytes(packet) for packet in coder.encode(plain))
    if coder is None:
        return Film((0, 0), [], b"")
    packets.extend(bytes(packet) for packet in coder.encode(None))
    return Film((coder.width, coder.height), [len(packet) for packet in packets], b"".join(packets))


def _coder(first: av.VideoFrame) -> av.VideoCodecContext:
    coder = av.CodecContext.create("libvpx-vp9", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt = first.width, first.height, "yuv420p"
    coder.framerate, coder.time_base, coder.options = Fraction(25), Fraction(1, 25), OPTIONS
    coder.colorspace = BT470BG if first.colorspace in UNSAID else int(first.colorspace)
    return coder
