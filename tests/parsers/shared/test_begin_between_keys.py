"""Streams that begin between keys: vectors that need what came before are not told, all others are what they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import av
import pyarrow.compute as pc
import pytest

import codecorpus

Ffmpeg = Callable[..., Path]

STREET = ["-ss", 2, "-an", "-vf", "crop=208:144:200:64", "-frames:v", 14]
INTERLACED = ["-ss", 2, "-an", "-vf", "crop=208:144:200:64,tinterlace=interleave_top", "-frames:v", 14]


class Kind(NamedTuple):
    """How a stream is made, where its first picture begins, and why vectors of pictures behind a cut are not known."""

    suffix: str
    options: list[object]
    first: bytes
    reason: str


def x264(parameters: str, footage: list[object] | None = None) -> list[object]:
    plain = "keyint=12:min-keyint=12:open-gop=0:b-adapt=0:scenecut=0:direct=temporal"
    return [*(footage or STREET), "-c:v", "libx264", "-threads", 1, "-x264-params", f"{plain}:{parameters}"]


H264 = b"\0\0\1\x65"
LACKS_REFERENCE = "refPicCol: temporal direct prediction needs the picture that the co-located block refers to"
X265 = "log-level=none:frame-threads=1:pools=1:keyint=12:open-gop=0:bframes=2:b-adapt=0:weightp=0"
STREAMS = {
    "h264": Kind("264", x264("bframes=2:ref=1"), H264, LACKS_REFERENCE),
    "h264_cavlc": Kind("264", x264("bframes=3:b-pyramid=normal:ref=3:cabac=0"), H264, LACKS_REFERENCE),
    "h264_mbaff": Kind("264", x264("bframes=2:ref=2:tff=1", INTERLACED), H264, LACKS_REFERENCE),
    "hevc": Kind(
        "hevc", [*STREET, "-c:v", "libx265", "-x265-params", X265], b"\0\0\1\x28", "collocated_ref_idx: vectors"
    ),
    "mpeg4": Kind(
        "m4v",
        [*STREET, "-c:v", "mpeg4", "-q:v", 6, "-bf", 2, "-g", 12, "-flags", "+mv4", "-f", "m4v"],
        b"\0\0\1\xb6",
        "TRD: direct mode needs the time of the past reference",
    ),
    "mpeg4_interlaced": Kind(
        "m4v",
        [*INTERLACED, "-c:v", "mpeg4", "-q:v", 6, "-bf", 2, "-g", 12, "-flags", "+ilme+ildct", "-f", "m4v"],
        b"\0\0\1\xb6",
        "TRD: direct mode needs the time of the past reference",
    ),
}
CODED = ["block", "part", *"xywh", "mode", "field", "mv0_x", "mv0_y", "mv1_x", "mv1_y"]


@pytest.fixture(scope="module", params=STREAMS)
def cuts(
    request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path
) -> tuple[Kind, codecorpus.Intrinsics, list[bytes]]:
    """A stream, and what is left of it behind 1, 2 and more packets, with its parameter sets."""
    kind = STREAMS[request.param]
    path = ffmpeg("-i", bikes, *kind.options, name=f"between-{request.param}.{kind.suffix}")
    with av.open(path) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    sets = packets[0][: packets[0].index(kind.first)]
    return kind, codecorpus.extract(path), [sets + b"".join(packets[at:]) for at in range(1, 8)]


def vectors(read: codecorpus.Intrinsics, coded_order: int) -> list[dict[str, Any]]:
    motion = read.motion
    return motion.filter(pc.equal(motion["coded_order"], coded_order)).select(CODED).to_pylist()


def test_vectors_are_those_of_the_whole_stream_or_none(
    cuts: tuple[Kind, codecorpus.Intrinsics, list[bytes]],
) -> None:
    kind, whole, streams = cuts
    codec = whole.codec
    lacking = compared = 0
    for stream in streams:
        rest = codecorpus.extract(stream, codec=codec, errors="skip")
        lost = whole.frames.num_rows - rest.frames.num_rows
        for frame in rest.frames.to_pylist():
            if frame["error"] is None:
                order = frame["coded_order"]
                assert vectors(rest, order) == vectors(whole, order + lost), f"{lost} cut off, picture {order}"
                compared += 1
            else:
                assert frame["frame"] is None and not frame["complete"]
                lacking += frame["error"].startswith(kind.reason)
    assert lacking and compared > 10
    assert pc.all(whole.frames["complete"]).as_py() and whole.frames["error"].null_count == whole.frames.num_rows


def begins_with_b(stream: bytes) -> bool:
    """Whether the first VOP is one."""
    return stream[stream.index(b"\0\0\1\xb6") + 4] >> 6 == 2


def test_what_is_not_known_is_no_damage(cuts: tuple[Kind, codecorpus.Intrinsics, list[bytes]]) -> None:
    """Strict reading raises nothing: the stream is cut, not damaged. Its rows say the same."""
    _, whole, streams = cuts
    for stream in streams:
        if whole.codec == "mpeg4" and begins_with_b(stream):  # before any picture that it can refer to
            continue
        strict, skipping = (codecorpus.extract(stream, codec=whole.codec, errors=how) for how in ("strict", "skip"))
        assert strict.frames.equals(skipping.frames) and strict.motion.equals(skipping.motion)
