"""HEVC that begins between IRAP pictures: frames are those that FFmpeg shows, from where decoding can start."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from helpers.decoding import decoded
from helpers.muxing import SMALL, STEP, muxed
from helpers.rewriting import joined, split

import codecorpus

VPS, PPS = 32, 34
PREFIX_SEI = bytes([39 << 1, 1])

X265 = "log-level=none:pools=1:frame-threads=1:keyint=8:min-keyint=8:ref=2"

STREAMS = {
    "closed": f"{X265}:open-gop=0:bframes=2",
    "open": f"{X265}:open-gop=1:bframes=3:b-adapt=0",
    "intra refresh": f"{X265}:intra-refresh=1:bframes=0:temporal-mvp=0",
}

Encoded = Callable[[str], list[list[bytes]]]


@pytest.fixture(scope="module")
def encoded(ffmpeg: Callable[..., Path], bikes: Path) -> Encoded:
    def pictures(name: str) -> list[list[bytes]]:
        """The NAL units of each picture."""
        options = ["-c:v", "libx265", "-preset", "fast", "-x265-params", STREAMS[name]]
        with av.open(str(ffmpeg("-i", bikes, *SMALL, *options, name=f"start-{name}.hevc"))) as container:
            return [split(bytes(packet)) for packet in container.demux(video=0) if packet.size]

    return pictures


def shown_by_ffmpeg(stream: bytes) -> int:
    with av.open(io.BytesIO(stream), format="hevc") as container:
        return sum(1 for _ in container.decode(video=0))


def shown(stream: bytes) -> list[int]:
    """coded_order of what is shown, in order."""
    rows = codecorpus.extract(stream, codec="hevc", tables=("frames",), errors="skip").frames.to_pylist()
    own = sorted((row["frame"], row["coded_order"]) for row in rows if row["frame"] is not None)
    assert [frame for frame, _ in own] == list(range(len(own)))
    return [order for _, order in own]


def sets(picture: list[bytes]) -> list[bytes]:
    return [unit for unit in picture if VPS <= unit[0] >> 1 & 63 <= PPS]


def recovery_point(count: int) -> bytes:
    """An SEI message whose recovery_poc_cnt is so much, in exact match."""
    code = f"{2 * count if count > 0 else 1 - 2 * count:b}"  # codeNum + 1 of se(v)
    bits = "0" * (len(code) - 1) + code + "10" + "1"
    payload = int(bits.ljust(-len(bits) % 8 + len(bits), "0"), 2).to_bytes((len(bits) + 7) // 8, "big")
    return PREFIX_SEI + bytes([6, len(payload)]) + payload + b"\x80"


@pytest.mark.parametrize("name", ["closed", "open"])
def test_what_is_shown_is_what_ffmpeg_shows(name: str, encoded: Encoded) -> None:
    pictures = encoded(name)
    hidden = 0
    for first in range(1, 12, 2):
        stream = joined([*sets(pictures[0]), *(unit for picture in pictures[first:] for unit in picture)])
        assert len(shown(stream)) == shown_by_ffmpeg(stream), first
        hidden += len(pictures) - first - len(shown(stream))
    assert hidden > 10


def test_recovery_points_count_as_ffmpeg_counts_them(encoded: Encoded) -> None:
    pictures = encoded("intra refresh")
    none = joined([*sets(pictures[0]), *(unit for picture in pictures[3:] for unit in picture)])
    assert shown(none) == [] and shown_by_ffmpeg(none) == 0
    for at, count in [(0, 7), (2, 4), (5, 3)]:
        units = [*sets(pictures[0])]
        for number, picture in enumerate(pictures[3:]):
            units += [recovery_point(count)] * (number == at) + picture
        stream = joined(units)
        assert shown(stream) == list(range(at + count, len(pictures) - 3)), (at, count)
        assert shown_by_ffmpeg(stream) == len(shown(stream))


FROM_FFMPEG_8 = pytest.mark.skipif(
    av.library_versions["libavcodec"] < (62,), reason="FFmpeg 7 shows pictures whose references are missing"
)


@FROM_FFMPEG_8
def test_leading_pictures_behind_a_recovery_point_are_shown_where_what_they_refer_to_is(encoded: Encoded) -> None:
    pictures = encoded("open")
    units = [*sets(pictures[0]), recovery_point(-8)]
    stream = joined([*units, *(unit for picture in pictures[1:] for unit in picture)])
    assert {13, 14, 15} <= set(shown(stream)) and not {5, 6, 7} & set(shown(stream))
    assert len(shown(stream)) == shown_by_ffmpeg(stream)


@FROM_FFMPEG_8
@pytest.mark.parametrize("name", STREAMS)
def test_pictures_that_may_need_a_lost_one_are_not_shown(name: str, ffmpeg: Callable[..., Path], bikes: Path) -> None:
    options = ["-c:v", "libx265", "-preset", "fast", "-x265-params", STREAMS[name]]
    with av.open(str(ffmpeg("-i", bikes, *SMALL, *options, name=f"lost-{name}.mp4"))) as container:
        template = container.streams.video[0]
        packets = [bytes(packet) for packet in container.demux(template) if packet.size]
        fewer = 0
        for lost in range(1, len(packets)):
            file = muxed(template, packets[:lost] + packets[lost + 1 :])
            rows = codecorpus.extract(file, tables=("frames",), errors="skip").frames.to_pylist()
            own = sorted((row["frame"], row["dts"]) for row in rows if row["frame"] is not None)
            with av.open(io.BytesIO(file)) as damaged:
                theirs = [(number, frame.pts) for number, frame in enumerate(decoded(damaged))]
            assert own == theirs, f"packet {lost}, at {lost * STEP}"
            fewer += len(own) < len(packets) - 1
        assert fewer
