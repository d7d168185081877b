"""What a raw AV1 stream is read as behind damage."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from helpers.av1_obus import FRAME, FRAME_HEADER, TEMPORAL_DELIMITER, Obu, split
from helpers.av1_streams import SMALL, Ffmpeg

import codecorpus
from codecorpus._native import StreamReader


@pytest.fixture(scope="module")
def obus(ffmpeg: Ffmpeg, bikes: Path) -> list[Obu]:
    args = [*SMALL, "-frames:v", 24, "-c:v", "libsvtav1", "-preset", 10, "-crf", 40]
    return list(split(ffmpeg("-i", bikes, *args, name="again.obu").read_bytes()))


def test_a_frame_shown_again_behind_a_damaged_one_keeps_its_place(obus: list[Obu]) -> None:
    raw = b"".join(map(bytes, obus))
    # Such a unit has five bytes; SVT-AV1 writes one for every second picture.
    whole = codecorpus.extract(raw, codec="av1").frames
    kinds = [obu.kind for obu in obus]
    again = [TEMPORAL_DELIMITER, FRAME_HEADER, TEMPORAL_DELIMITER]
    places = [i for i, kind in enumerate(kinds) if kind == FRAME and kinds[i + 1 : i + 4] == again]
    assert places
    for i in places:
        broken = bytearray(raw)
        size = sum(len(bytes(obu)) for obu in obus[:i]) + 1
        broken[size] -= 2  # its header is whole, its tile is not
        for threads in (1, 2):
            frames = codecorpus.extract(bytes(broken), codec="av1", errors="skip", threads=threads).frames
            assert frames["frame"].equals(whole["frame"])


def rows(raw: bytes, size: int) -> tuple[list[Any], list[str]]:
    """Of **frames**, and what is told of damage, where so many bytes come at once."""
    reader = StreamReader("av1", tables=["frames"], skip=True)
    found: list[Any] = []
    for begin in range(0, len(raw), size):
        chunk, start = raw[begin : begin + size], 0
        while start < len(chunk):
            start = reader.push(chunk, start=start)
            found += [row for part in iter(reader.take, None) for row in part["frames"].to_pylist()]
    reader.finish()
    found += [row for part in iter(reader.take, None) for row in part["frames"].to_pylist()]
    return found, [str(error) for error in reader.take_errors()]


def test_what_is_read_of_damage_is_the_same_however_its_bytes_are_cut(obus: list[Obu]) -> None:
    raw = b"".join(map(bytes, obus))
    for seed in range(60):
        chance = random.Random(seed)
        broken = bytearray(raw)
        for _ in range(3):
            broken[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        wanted = rows(bytes(broken), len(raw))
        assert wanted[0]
        for size in (61, 997, 4096):
            assert rows(bytes(broken), size) == wanted, f"seed {seed}, {size} bytes at once"
