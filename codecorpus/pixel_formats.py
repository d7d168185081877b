"""Pixel formats by FFmpeg's names: which of them hold another one's samples."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from av import VideoFormat

LOSSLESS: Final = re.compile(r"(yuva?4(20|22|44|40)p|gray|gbra?p)(9|10|12|14|16)?(le)?|bgr0|bgra")
"""Those that a cut clip keeps as they are."""

UNTRUE: Final = re.compile(r"(rgb|bgr)(444|555|565)be")
"""Those whose bytes FFmpeg's libraries exchange where they convert them."""

SUBSAMPLINGS: Final = {
    **{(8, 8): "420", (8, 16): "422", (16, 16): "444", (16, 8): "440"},
    **{(4, 16): "411", (4, 4): "410"},
}
"""What chroma is called that has so many samples, each way, for 16 of luma."""


def has_rgb(pixel_format: str) -> bool:
    """Whether samples are of red, green and blue, a palette's too."""
    return VideoFormat(pixel_format).is_rgb or pixel_format == "pal8"


def is_gray(pixel_format: str) -> bool:
    """Whether samples are of luma alone, with alpha or without."""
    return len(VideoFormat(pixel_format).components) < 3


def has_whole_chroma(pixel_format: str, width: int, height: int) -> bool:
    """Whether sides are multiples of those that a sample of chroma has in luma."""
    form = VideoFormat(pixel_format)
    return width * form.chroma_width(16) % 16 == 0 and height * form.chroma_height(16) % 16 == 0


def lossless(pixel_format: str) -> str:
    """What a cut clip has of such a source: the same where it can be kept, else more samples or bits."""
    if LOSSLESS.fullmatch(pixel_format):
        return pixel_format
    return _rgb(pixel_format) if has_rgb(pixel_format) else "yuv444p16le"


def planar(known: Collection[str], pixel_format: str) -> str:
    """Which of some holds the same samples, each kind in a plane of its own.

    Raises:
        ValueError: none does.
    """
    name = pixel_format.replace("yuvj", "yuv")
    if name in known:
        return name
    if UNTRUE.fullmatch(name):
        raise ValueError(f"its pixel format, {pixel_format}, cannot be cut")
    form = VideoFormat(name)
    if has_rgb(name):
        found = _rgb(name)
    elif is_gray(name):
        found = f"gray{suffix(name)}"
    else:
        found = f"yuv{SUBSAMPLINGS.get((form.chroma_width(16), form.chroma_height(16)))}p{suffix(name)}"
    if found not in known:
        raise ValueError(f"its pixel format, {pixel_format}, cannot be cut")
    return found


def depth_of(pixel_format: str) -> int:
    """Bits of a luma sample."""
    return VideoFormat(pixel_format).components[0].bits


def suffix(pixel_format: str) -> str:
    """How names of planar pixel formats tell of as many bits."""
    return f"{bits}le" if (bits := _bits(pixel_format)) > 8 else ""


def _rgb(pixel_format: str) -> str:
    return "bgr0" if _bits(pixel_format) <= 8 else "gbrp16le"


def _bits(pixel_format: str) -> int:
    """Of the deepest sample."""
    return max((component.bits for component in VideoFormat(pixel_format).components), default=8)
