"""Access units that a stream has twice, one behind the other: they change nothing of what others refer to."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from helpers.decoding import decoded
from helpers.muxing import SMALL
from helpers.rewriting import split

import codecorpus
from codecorpus.errors import MalformedError

Ffmpeg = Callable[..., Path]

X265 = "log-level=none:frame-threads=1:keyint=8:min-keyint=8:ref=3:scenecut=0"

STREAMS = {
    "h264": ["-c:v", "libx264", "-x264-params", "keyint=8:min-keyint=8:bframes=0:ref=3:scenecut=0"],
    "h264-b": ["-c:v", "libx264", "-x264-params", "keyint=8:min-keyint=8:bframes=2:ref=3:scenecut=0:b-pyramid=none"],
    "hevc": ["-c:v", "libx265", "-x265-params", f"{X265}:open-gop=0:bframes=0"],
    "hevc-b": ["-c:v", "libx265", "-x265-params", f"{X265}:open-gop=1:bframes=2"],
}


@pytest.fixture(scope="module", params=STREAMS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def packets(name: str, ffmpeg: Ffmpeg, bikes: Path) -> list[bytes]:
    suffix = "264" if name.startswith("h264") else "hevc"
    path = ffmpeg("-i", bikes, *SMALL, *STREAMS[name], name=f"repeated-{name}.{suffix}")
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def shown_by_ffmpeg(stream: bytes, codec: str) -> int:
    with av.open(io.BytesIO(stream), "r", format=codec) as container:
        return len(list(decoded(container)))


def of_others(found: codecorpus.Intrinsics, repeated: int | None) -> list[dict[str, Any]]:
    """What is said of all pictures but one, whose place nothing refers to, as if it were not there."""

    def place(order: int | None) -> int | None:
        assert order is None or order != repeated
        return order if repeated is None or order is None or order < repeated else order - 1

    rows = []
    for table in (found.blocks, found.motion):
        names = [name for name in table.column_names if name not in ("frame", "dt0", "dt1")]
        for row in table.select(names).to_pylist():
            if row["coded_order"] != repeated:
                rows.append({name: place(value) if name in PLACES else value for name, value in row.items()})
    return rows


PLACES = ("coded_order", "ref0", "ref1")


def test_a_picture_that_is_there_twice_changes_no_other(name: str, packets: list[bytes]) -> None:
    codec = name.partition("-")[0]
    whole = codecorpus.extract(b"".join(packets), codec=codec)
    others = of_others(whole, None)
    told = 0
    for at, (packet, row) in enumerate(zip(packets, whole.frames.to_pylist(), strict=True)):
        stream = b"".join([*packets[: at + 1], packet, *packets[at + 1 :]])
        found = codecorpus.extract(stream, codec=codec, errors="skip")
        frames = found.frames.to_pylist()
        assert len(frames) == len(packets) + 1
        numbers = sorted(frame["frame"] for frame in frames if frame["frame"] is not None)
        assert numbers == list(range(len(numbers)))
        begins_sequence = row["key"] and row["poc"] == 0
        is_reference = any(unit[0] & 31 == 1 and unit[0] >> 5 & 3 for unit in split(packet))
        if codec == "hevc" or not is_reference or begins_sequence or name == "h264":
            assert len(numbers) == shown_by_ffmpeg(stream, codec), at
        if begins_sequence:
            assert not found.errors and frames[at + 1]["frame"] == frames[at]["frame"] + 1
            continue
        assert of_others(found, at + 1) == others, at
        if codec == "hevc" or is_reference:
            told += 1
            assert frames[at + 1]["error"] and len(found.errors) == 1
            with pytest.raises(MalformedError, match="picture before it"):
                codecorpus.extract(stream, codec=codec)
        else:
            assert not found.errors
    assert told > 3
