"""What a raw AV1 stream is read as behind damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.av1_obus import FRAME, FRAME_HEADER, TEMPORAL_DELIMITER, Obu, split
from helpers.av1_streams import SMALL, Ffmpeg

import codecorpus


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
