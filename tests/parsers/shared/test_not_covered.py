"""A picture that loses a part between its first and its last block is damaged, in every codec, when it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import av1_obus
from helpers.rewriting import joined, split

import codecorpus
from codecorpus.errors import StreamError

Ffmpeg = Callable[..., Path]

DATA = Path(__file__).parents[2] / "data"

SMALL = ["-an", "-ss", 2, "-vf", "crop=176:144:240:64", "-frames:v", 6]

STREAMS = {
    "h264": ["264", "-c:v", "libx264", "-x264-params", "slices=3:bframes=0:keyint=6"],
    "hevc": ["hevc", "-c:v", "libx265", "-x265-params", "log-level=none:slices=3:bframes=0:keyint=6:ctu=16"],
    "mpeg2": ["m2v", "-c:v", "mpeg2video", "-bf", 0, "-g", 6],
    "mpeg4": ["m4v", "-c:v", "mpeg4", "-bf", 0, "-g", 6, "-ps", 300, "-f", "m4v"],
}

LOST = 3
"""The picture, in coded order."""


def nal_units(data: bytes, is_slice: Callable[[bytes], bool], of_a_picture: int) -> bytes:
    """Without the second slice of the picture LOST, each of which has so many."""
    units = split(data)
    slices = [at for at, unit in enumerate(units) if is_slice(unit)]
    del units[slices[LOST * of_a_picture + 1]]
    return joined(units)


def mpeg2_slices(data: bytes) -> bytes:
    """Without the fifth slice of the picture LOST; one holds a row."""
    parts = data.split(b"\x00\x00\x01")
    slices = [at for at, part in enumerate(parts) if part and 1 <= part[0] <= 0xAF]
    del parts[slices[LOST * 9 + 4]]
    return b"\x00\x00\x01".join(parts)


def mpeg4_packets(data: bytes) -> bytes:
    """Without the second video packet of the picture LOST; each begins with a resync marker of 17 bits or more."""
    pictures = data.split(b"\x00\x00\x01\xb6")
    begin, end, *_ = (found.start() for found in re.finditer(rb"\x00\x00[\x20-\xff]", pictures[1 + LOST]))
    pictures[1 + LOST] = pictures[1 + LOST][:begin] + pictures[1 + LOST][end:]
    return b"\x00\x00\x01\xb6".join(pictures)


WITHOUT_A_PART = {
    "h264": lambda data: nal_units(data, lambda unit: unit[0] & 31 in (1, 5), 3),
    "hevc": lambda data: nal_units(data, lambda unit: unit[0] >> 1 & 63 < 32, 3),
    "mpeg2": mpeg2_slices,
    "mpeg4": mpeg4_packets,
}


def check(whole: bytes, damaged: bytes, codec: str, lost: int) -> None:
    assert codecorpus.extract(whole, codec=codec).frames.num_rows > lost
    with pytest.raises(StreamError) as caught:
        codecorpus.extract(damaged, codec=codec)
    assert caught.value.picture == lost
    found = codecorpus.extract(damaged, codec=codec, errors="skip")
    assert found.frames["error"][lost].as_py()
    for table in (found.blocks, found.motion):
        assert lost not in table["coded_order"].to_pylist()
    assert lost - 1 in found.blocks["coded_order"].to_pylist()


@pytest.mark.parametrize("codec", STREAMS)
def test_slices_that_do_not_cover_it(codec: str, ffmpeg: Ffmpeg, bikes: Path) -> None:
    suffix, *options = STREAMS[codec]
    whole = ffmpeg("-i", bikes, *SMALL, *options, name=f"covered.{suffix}").read_bytes()
    check(whole, WITHOUT_A_PART[codec](whole), codec, LOST)


def test_a_tile_group_that_is_lost() -> None:
    """VP9 has no such parts: its tiles follow one another in a frame's bytes, which end too early then."""
    whole = (DATA / "error_resilient_tile_groups.obu").read_bytes()
    obus = list(av1_obus.split(whole))
    groups = [at for at, obu in enumerate(obus) if obu.kind == av1_obus.TILE_GROUP]
    del obus[groups[1]]
    check(whole, av1_obus.join([obus]), "av1", 1)
