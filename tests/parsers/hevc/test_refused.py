"""Which pictures of a damaged stream are shown: those that a decoder shows, by number."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from helpers.decoding import decoded

import codecorpus

Ffmpeg = Callable[..., Path]

PACKET = 188
"""Bytes of a transport stream's packet."""

STRUCTURES = {"open": "keyint=25:log-level=none:pools=1", "closed": "keyint=25:open-gop=0:log-level=none:pools=1"}


@pytest.fixture(scope="module", params=STRUCTURES)
def stream(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Path:
    made = ["-c:v", "libx265", "-preset", "fast", "-x265-params", STRUCTURES[request.param]]
    return ffmpeg(
        "-i", bikes, "-an", "-vf", "scale=160:96", "-frames:v", 75, *made, name=f"refused-{request.param}.mp4"
    )


def shown(path: Path) -> list[int | None]:
    """The times of the pictures that a decoder shows."""
    with av.open(str(path)) as container:
        return [frame.pts for frame in decoded(container)]


def read(path: Path) -> list[int | None]:
    """The times of the pictures that have a number, by that."""
    rows = codecorpus.extract(path, tables=("frames",), errors="skip").frames
    numbered = [row for row in rows.select(["frame", "pts"]).to_pylist() if row["frame"] is not None]
    return [row["pts"] for row in sorted(numbered, key=lambda row: row["frame"])]


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_that_cannot_be_read_keeps_no_other_from_being_shown(
    stream: Path, ffmpeg: Ffmpeg, tmp_path: Path, seed: int
) -> None:
    data = ffmpeg("-i", stream, "-c", "copy", name=f"{stream.stem}.ts").read_bytes()
    chance = random.Random(seed)
    at, count = chance.randrange(40, len(data) // PACKET - 40), chance.choice([1, 2, 5, 20])
    path = tmp_path / "lossy.ts"
    path.write_bytes(data[: at * PACKET] + data[(at + count) * PACKET :])
    assert read(path) == shown(path)


@pytest.mark.parametrize("seed", range(6))
def test_a_packet_whose_lengths_do_not_add_up_is_lost_to_those_after_it(
    stream: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    path = tmp_path / "cut.mkv"
    with av.open(str(stream)) as source, av.open(str(path), "w") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        cut = chance.randrange(3, 60)
        for number, packet in enumerate(source.demux(video=0)):
            if not packet.size:
                continue
            data = bytes(packet)
            own = av.Packet(data[: chance.randrange(8, len(data))] if number == cut else data)
            own.pts, own.dts, own.is_keyframe = packet.pts, packet.dts, packet.is_keyframe
            own.time_base, own.stream = packet.time_base, track
            target.mux(own)
    assert read(path) == shown(path)
