"""The codecs that are read, as the native module declares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from codecorpus import _native


@dataclass(frozen=True)
class Codec:
    """What a codec is called, and what its tables need to be understood.

    Attributes:
        name: as in tables and recipes.
        title: as people write it.
        aliases: FFmpeg's names of it and of its decoders, where they are others: baseline H.263 is MPEG-4's short
            header.
        unpacker: FFmpeg's bitstream filter that makes packets of a picture each, where some hold two. It is for what
            FFmpeg calls by the codec's own name.
        completes_times: containers need not tell when every picture is presented, and FFmpeg's demuxers reckon the
            others right where they have its decoder.
        qp: what its standard calls its native QP.
        smallest_block: side of the smallest coding block, luma samples.
        covered_multiple: blocks cover the coded size up to the next multiple of this, luma samples.
        counts_field_lines: rows of a field count its lines from its top in frame pictures too, not macroblocks of the
            frame as H.264's MBAFF does.
        shows_later: a picture may be coded hidden, to be shown later.
        stretches: pictures may be coded narrower than they are shown, by half at most.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    unpacker: str | None
    completes_times: bool
    qp: str
    smallest_block: int
    covered_multiple: int
    counts_field_lines: bool
    shows_later: bool
    stretches: bool


CODECS: Final = {
    codec.name: codec
    for codec in (Codec(**declared | {"aliases": tuple(declared["aliases"])}) for declared in _native.codecs())
}
"""Every codec by name."""

_ALIASES: Final = {alias: codec.name for codec in CODECS.values() for alias in codec.aliases}


def named(ffmpeg_name: str) -> str:
    """The name of a codec that FFmpeg calls so; its own name of a codec that is not read."""
    return _ALIASES.get(ffmpeg_name, ffmpeg_name)


def of_raw_stream(head: bytes, told: str | None = None) -> str | None:
    """The codec of a raw stream that begins so, by name; None where it is none.

    `told` is what it is said to be: that is taken wherever the stream may be raw at all.
    """
    return _native.of_raw_stream(head, told)


def layers(codec: str, head: bytes) -> int:
    """How many layers a stream has, by its extradata or its first bytes; of several the base layer is read."""
    return _native.layers(codec, head)
