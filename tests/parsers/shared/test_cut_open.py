"""Streams that begin at the key frame of an open GOP: what came before is missing, and nothing is invented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import av
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers.rewriting import joined, split

import codecorpus

Ffmpeg = Callable[..., Path]

FOOTAGE = ["-ss", 2, "-an", "-vf", "crop=352:208:144:32", "-frames:v", 20]


class Cut(NamedTuple):
    """A stream, the same stream from its second key frame on, and how many pictures were cut off."""

    whole: codecorpus.Intrinsics
    rest: codecorpus.Intrinsics
    lost: int
    rest_frames: pa.Table
    """Frames of the rest, read with no other table."""


def h264_kind(unit: bytes) -> int:
    return unit[0] & 31


def hevc_kind(unit: bytes) -> int:
    return unit[0] >> 1 & 63


STREAMS = {
    "h264": (
        ["-c:v", "libx264", "-x264-params", "open-gop=1:keyint=8:min-keyint=1:bframes=3:b-adapt=0:ref=2:scenecut=0"],
        lambda units: [unit for unit in units if h264_kind(unit) in {7, 8}][:2],
        lambda unit: h264_kind(unit) in {1, 5},
    ),
    "hevc": (
        [
            *["-c:v", "libx265", "-x265-params"],
            "log-level=none:frame-threads=1:open-gop=1:keyint=8:min-keyint=1:bframes=3:b-adapt=0:scenecut=0",
        ],
        lambda units: [unit for unit in units if hevc_kind(unit) in {32, 33, 34}][:3],
        lambda unit: hevc_kind(unit) < 32,
    ),
}


@pytest.fixture(scope="module", params=STREAMS)
def cut(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Cut:
    encoder, parameter_sets, is_slice = STREAMS[request.param]
    suffix = "264" if request.param == "h264" else "hevc"
    stream = ffmpeg("-i", bikes, *FOOTAGE, *encoder, name=f"open-gop.{suffix}").read_bytes()
    whole = codecorpus.extract(stream)
    key = [row["coded_order"] for row in whole.frames.to_pylist() if row["type"] == "I"][1]
    units = split(stream)
    slices = [index for index, unit in enumerate(units) if is_slice(unit)]
    rest = joined([*parameter_sets(units), *units[slices[key] :]])
    alone = codecorpus.extract(rest, tables=("frames",), codec=request.param).frames
    return Cut(whole, codecorpus.extract(rest, codec=request.param), key, alone)


def motion(cut: Cut, whole: bool) -> list[dict[str, Any]]:
    """The rows of the pictures that both streams have, each with its picture's place behind the key frame."""
    table, first = (cut.whole if whole else cut.rest).motion, first_order(cut, whole)
    rows = table.filter(pc.greater_equal(table["coded_order"], first)).to_pylist()
    return [row | {"place": row["coded_order"] - first} for row in rows]


def first_order(cut: Cut, whole: bool) -> int:
    """The coded order of the key frame: lost pictures may have kept their places before it."""
    return cut.lost if whole else cut.rest.frames["coded_order"][0].as_py()


def incomplete(frames: pa.Table) -> set[int]:
    first = frames["coded_order"][0].as_py()
    return {row["coded_order"] - first for row in frames.to_pylist() if not row["complete"]}


def test_every_picture_from_the_key_frame_on_has_its_blocks(cut: Cut) -> None:
    assert cut.rest.frames.num_rows == cut.whole.frames.num_rows - cut.lost
    blocks = cut.whole.blocks.filter(pc.greater_equal(cut.whole.blocks["coded_order"], cut.lost))
    columns = [name for name in blocks.column_names if name not in {"frame", "coded_order"}]
    assert cut.rest.blocks.select(columns).equals(blocks.select(columns))


def test_pictures_that_need_what_is_lost_are_incomplete(cut: Cut) -> None:
    needing = {row["place"] for row in motion(cut, whole=True) if needs_lost(cut, row)}
    assert needing and needing <= incomplete(cut.rest.frames)
    assert len(incomplete(cut.rest.frames)) <= 3, "only those between the key frame and the one before it"
    assert not incomplete(cut.whole.frames)


def test_frames_say_the_same_without_the_other_tables(cut: Cut) -> None:
    assert cut.rest_frames.equals(cut.rest.frames)


def test_pictures_are_incomplete_where_a_vector_has_no_reference(cut: Cut) -> None:
    rows = motion(cut, whole=False)
    lacking = {row["place"] for row in rows for side in "01" if lacks_reference(row, side)}
    assert lacking and lacking <= incomplete(cut.rest.frames)


def lacks_reference(row: dict[str, Any], side: str) -> bool:
    return row[f"mv{side}_x"] is not None and row[f"ref{side}"] is None


def needs_lost(cut: Cut, row: dict[str, Any]) -> bool:
    return any(row[name] is not None and row[name] < cut.lost for name in ("ref0", "ref1"))


def test_missing_references_are_null_and_all_others_as_they_were(cut: Cut) -> None:
    base = first_order(cut, whole=False)
    harmed = incomplete(cut.rest.frames)
    missing = 0
    for before, after in zip(motion(cut, whole=True), motion(cut, whole=False), strict=True):
        assert all(after[name] == before[name] for name in ("place", "block", "part", "x", "y", "w", "h"))
        for side in "01":
            reference = before[f"ref{side}"]
            if reference is not None and reference < cut.lost:
                assert after[f"ref{side}"] is after[f"dt{side}"] is None
                missing += 1
            elif before["place"] not in harmed:
                assert after[f"ref{side}"] == (None if reference is None else reference - cut.lost + base)
                assert after[f"mv{side}_x"] == before[f"mv{side}_x"] and after[f"mv{side}_y"] == before[f"mv{side}_y"]
    assert missing > 50


@pytest.mark.parametrize(("codec", "suffix"), [("mpeg2video", "mp4"), ("mpeg2video", "mkv"), ("mpeg1video", "mkv")])
@pytest.mark.parametrize("lost", [1, 3, 4, 8])
def test_mpeg_shows_what_decoders_show(
    codec: str, suffix: str, lost: int, bikes: Path, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """B pictures behind the first I picture are passed over by decoders where they refer to pictures before it."""
    coding = ["-c:v", codec, "-bf", 2, "-g", 12, "-sc_threshold", 1000000000, "-q:v", 6]
    whole = ffmpeg("-i", bikes, *FOOTAGE[:-1], 30, *coding, name=f"{codec}-open.{suffix}")
    cut_open = tmp_path / f"cut.{suffix}"
    with av.open(str(whole)) as source, av.open(str(cut_open), "w") as target:
        carrier = target.add_stream_from_template(source.streams.video[0])
        for packet in [packet for packet in source.demux(video=0) if packet.size][lost:]:
            packet.stream = carrier
            target.mux(packet)
    with av.open(str(cut_open)) as source:
        shown = [av.video.frame.PictureType(frame.pict_type).name for frame in source.decode(video=0)]
    frames = [row for row in codecorpus.extract(cut_open).frames.to_pylist() if row["frame"] is not None]
    assert [row["type"] for row in sorted(frames, key=lambda row: row["frame"])] == shown
