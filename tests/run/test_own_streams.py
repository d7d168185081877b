"""`source: true`: a corpus of the sources' own streams, of files that are not as they should be."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pyarrow as pa
import pytest
from helpers.corpora import Builder
from helpers.muxing import put_into

import codecorpus
from codecorpus.corpus.verify import verify
from codecorpus.errors import EncodeError, SourceError
from codecorpus.run import quality_columns
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Extract
from codecorpus.run.run import Run, Summary

MESSAGE = b"\x00\x00\x00\x01\x06\x05\x01\x00\x80"
"""A packet with no picture: an SEI message that nobody knows."""


@pytest.fixture(scope="module")
def packets(ffmpeg: Callable[..., Path], bikes: Path) -> list[bytes]:
    options = ["-an", "-vf", "scale=160:96", "-frames:v", 30, "-c:v", "libx264", "-bf", 0, "-g", 10]
    with av.open(str(ffmpeg("-i", bikes, *options, name="own-streams.264"))) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.fixture
def made(build: Builder, tmp_path: Path) -> Callable[[Path], Summary]:
    return lambda path: build(tmp_path / "corpus", f"sources: [{path}]\nencodes: [{{source: true}}]")


def whole(root: Path) -> codecorpus.Corpus:
    assert verify(str(root)).problems == []
    return codecorpus.open(str(root))


def test_frames_a_second_are_the_frames_own(
    packets: list[bytes], made: Callable[[Path], Summary], tmp_path: Path
) -> None:
    """Of a build as of `codecorpus extract`, and without what a clock jumps."""
    times = [*range(15), *(7_200_000 + 3 * n for n in range(15))]
    path = put_into(tmp_path / "jump.mkv", packets, times, Fraction(1, 50), "h264")
    made(path)
    Run(Extract((str(path),), str(tmp_path / "read"), ("frames", "blocks", "motion")), Inline()).run()
    for root in (tmp_path / "corpus", tmp_path / "read"):
        [clip], [stream] = (whole(root).clips.to_pylist(), whole(root).streams.to_pylist())
        assert clip["fps"] == pytest.approx(28 / (56 / 50), rel=1e-3)
        assert stream["p1204_framerate"] == pytest.approx(clip["fps"], rel=1e-3)


def test_damage_costs_the_pictures_that_it_touches(
    packets: list[bytes], made: Callable[[Path], Summary], tmp_path: Path
) -> None:
    path = put_into(tmp_path / "cut-short.mp4", packets, range(len(packets)), Fraction(1, 25), "h264")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-1]
    data[last.pos : last.pos + 4] = (1 << 20).to_bytes(4, "big")  # more than the packet holds
    path.write_bytes(data)
    summary = made(path)
    assert summary.failures == () and [damaged.clip for damaged in summary.damaged] == ["cut-short-000"]
    assert made(path).damaged == summary.damaged, "told again"
    [row] = whole(tmp_path / "corpus").streams.to_pylist()
    assert (row["status"], row["pictures"], row["frames"]) == ("damaged", 30, 29)
    assert row["error"].startswith(f"{path}, ") and "NALUnitLength" in row["error"]


def test_packets_without_pictures_are_no_frames(
    packets: list[bytes], made: Callable[[Path], Summary], tmp_path: Path
) -> None:
    mixed = [data for packet in packets for data in (MESSAGE, packet)]
    path = put_into(tmp_path / "messages.mp4", [packets[0], *mixed[2:]], range(59), Fraction(1, 25), "h264")
    assert made(path).failures == ()
    assert whole(tmp_path / "corpus").streams["frames"].to_pylist() == [30]


def test_two_pictures_at_one_time_are_read_and_not_cut(
    packets: list[bytes], made: Callable[[Path], Summary], build: Builder, tmp_path: Path
) -> None:
    times = [at + 1 - (at == 20) for at in range(len(packets))]
    path = put_into(tmp_path / "equal.mkv", packets, times, Fraction(1, 25), "h264")
    assert made(path).failures == ()
    frames = whole(tmp_path / "corpus").frames(clip="equal-000", encode="source")
    assert frames["pts"].to_pylist()[18:22] == [720, 760, 760, 840]
    for asked in (None, [19, 20], [20]):
        with pytest.raises(SourceError, match="two pictures at the same time"):
            whole(tmp_path / "corpus").pixels("equal-000", asked)
    [failure] = build(tmp_path / "cut", f"sources: [{path}]\nencodes: [{{encoder: libx264}}]").failures
    assert failure.error == f"{path}: two pictures at the same time: it cannot be cut"


def test_a_source_that_decoders_show_in_another_order_is_refused(
    ffmpeg: Callable[..., Path], bikes: Path, made: Callable[[Path], Summary]
) -> None:
    """x265's temporal layers allow for less reordering than there is."""
    coding = ["-c:v", "libx265", "-x265-params", "bframes=8:b-adapt=0:temporal-layers=2:log-level=none"]
    path = ffmpeg("-i", bikes, "-an", "-vf", "scale=160:96", "-frames:v", 16, *coding, name="temporal-layers.mp4")
    with av.open(str(path)) as container:
        times = [frame.pts for frame in container.decode(video=0)]
    frames = sorted(codecorpus.extract(path).frames.to_pylist(), key=lambda row: row["frame"])
    assert times != [row["pts"] for row in frames], "else there is nothing to refuse"
    [failure] = made(path).failures
    assert failure.error is not None and "decoders do not show its first 16 frames" in failure.error


def test_frames_that_decoders_do_not_show_are_told() -> None:
    rows = pa.table({"frame": pa.array([0, None, 2], pa.int32()), "psnr": pa.nulls(3, pa.float32())})
    assert quality_columns.with_frames(rows, {"psnr": [40.0, 41.0, 42.0]})["psnr"].to_pylist() == [40.0, None, 42.0]
    with pytest.raises(EncodeError, match="frame 2 is shown, but 2 are decoded"):
        quality_columns.with_frames(rows, {"psnr": [40.0, 41.0]})


@pytest.mark.parametrize(
    ("picture", "coding", "first", "then", "told"),
    [
        (
            "scale=160:96,interlace=scan=tff,setfield=tff",
            ["-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params", "tff=1:keyint=8:bframes=0"],
            "{encoder: libx264, preset: ultrafast}, {source: true}]",
            "{encoder: libx264, preset: ultrafast}, {source: true}]\nquality: [psnr]",
            "it is deinterlaced",
        ),
        (
            "scale=161:81",
            ["-c:v", "mpeg4", "-bf", "0"],
            "{encoder: libx264, preset: ultrafast}]",
            "{encoder: libx264, preset: ultrafast}, {source: true}]",
            "it must be cropped",
        ),
    ],
    ids=["quality", "source"],
)
def test_what_cannot_stand_beside_encodes_is_refused_whenever_it_is_asked_for(
    picture: str,
    coding: list[str],
    first: str,
    then: str,
    told: str,
    ffmpeg: Callable[..., Path],
    bikes: Path,
    build: Builder,
    tmp_path: Path,
) -> None:
    path = ffmpeg("-i", bikes, "-an", "-vf", picture, "-frames:v", 8, *coding, name="unlike.mp4")
    text = f"sources: [{path}]\ngop: {{length: 6}}\nencodes: ["
    at_once = build(tmp_path / "once", text + then).failures
    assert build(tmp_path / "grown", text + first).failures == ()
    assert build(tmp_path / "grown", text + then).failures == at_once
    [failure] = at_once
    assert failure.encode == "source" and failure.error is not None and told in failure.error
