"""H.264 that begins between key frames: frames are those that FFmpeg shows, from where decoding can start."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import av
import pytest
from helpers.muxing import SMALL, STEP, muxed
from helpers.rewriting import joined, split

import codecorpus

DATA = Path(__file__).parents[2] / "data"

STREAMS = {
    "closed": ["-x264-params", "bframes=2:keyint=9:b-pyramid=normal"],
    "open": ["-x264-params", "open-gop=1:bframes=3:keyint=9:min-keyint=1:b-adapt=0"],
    "intra refresh": ["-x264-params", "intra-refresh=1:keyint=8:bframes=1"],
    "fields, open": ["-flags", "+ildct+ilme", "-x264-params", "keyint=10:bframes=2:open-gop=1"],
    "one key": ["-x264-params", "keyint=300:bframes=2"],
}


def packets(path: Path) -> tuple[Any, list[bytes]]:
    container = av.open(str(path))
    template = container.streams.video[0]
    return template, [bytes(packet) for packet in container.demux(template) if packet.size]


def shown_by_ffmpeg(file: bytes) -> list[int]:
    with av.open(io.BytesIO(file)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        return [frame.pts for frame in container.decode(stream) if frame.pts is not None]


@pytest.mark.parametrize("name", STREAMS)
def test_what_is_shown_is_what_ffmpeg_shows(name: str, ffmpeg: Callable[..., Path], bikes: Path) -> None:
    path = ffmpeg("-i", bikes, *SMALL, "-c:v", "libx264", *STREAMS[name], name=f"start-{name}.mp4")
    template, payloads = packets(path)
    hidden = 0
    for first in range(len(payloads) - 6):
        file = muxed(template, payloads[first:])
        rows = codecorpus.extract(file, tables=("frames",)).frames.to_pylist()
        shown = sorted((row for row in rows if row["frame"] is not None), key=lambda row: int(row["frame"]))
        assert [row["frame"] for row in shown] == list(range(len(shown)))
        assert [row["dts"] for row in shown] == shown_by_ffmpeg(file), first
        assert [row["dts"] for row in rows] == [STEP * at for at in range(len(payloads) - first)]
        assert all(row["pts"] is None for row in rows if row["frame"] is None)
        hidden += len(rows) - len(shown)
    assert hidden > 10


def without_messages(payload: bytes) -> bytes:
    return b"".join(unit for unit in units(payload) if unit[4] & 31 != 6)


def units(payload: bytes) -> Iterable[bytes]:
    while payload:
        end = 4 + int.from_bytes(payload[:4], "big")
        yield payload[:end]
        payload = payload[end:]


def test_early_x264_is_known_without_what_it_says_of_itself() -> None:
    """x264 before build 151 codes 4:4:4 with 8x8 transforms by contexts of its own."""
    path = DATA / "x264_core_142_444.mp4"
    whole = codecorpus.extract(path)
    template, payloads = packets(path)
    bare = codecorpus.extract(muxed(template, map(without_messages, payloads)))
    assert bare.blocks.equals(whole.blocks) and whole.blocks.num_rows == 3600
    assert bare.frames["bytes"][0].as_py() < whole.frames["bytes"][0].as_py()


def test_pictures_that_are_lost_before_a_cut_field_are_counted() -> None:
    delimiter, no_slice = b"\x09\xf0", b"\x01\x00\x11"
    stream = split((DATA / "fields_temporal.264").read_bytes())
    first = next(at for at, unit in enumerate(stream) if unit[:1] == b"\x01")
    lost = 20
    cut = joined([*stream[:2], *[delimiter, no_slice] * lost, delimiter, *stream[first:]])
    rows = codecorpus.extract(cut, codec="h264", errors="skip", tables=("frames",)).frames.to_pylist()
    assert [row["coded_order"] for row in rows] == list(range(lost + 3))
