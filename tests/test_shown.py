"""What containers say of what is shown: edit lists, and times of presentation that are none."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import av.error
import pytest
from helpers.edit_lists import time_scales, with_edits
from helpers.rewriting import joined, split
from helpers.sample_descriptions import changed, found
from helpers.sample_descriptions import joined as described_apart

import codecorpus
from codecorpus.errors import SourceError, UnsupportedError
from codecorpus.sources.probe import probe

DATA = Path(__file__).parent / "data"

SMALL = ["-ss", 2, "-an", "-vf", "crop=176:112:144:32", "-frames:v", 40]

ENCODERS = {
    "h264": ["-c:v", "libx264", "-x264-params", "keyint=12:bframes=3:b-pyramid=normal"],
    "hevc": [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none:keyint=12:bframes=3:open-gop=0",
    ],
    "av1": ["-c:v", "libsvtav1", "-preset", "12", "-g", 12],
    "mpeg4": ["-c:v", "mpeg4", "-g", 12, "-bf", 2],
    "mpeg2": ["-c:v", "mpeg2video", "-g", 12, "-bf", 2],
    "vp9": ["-c:v", "libvpx-vp9", "-cpu-used", 5, "-g", 12],
}

Encoded = Callable[[str], Path]


@pytest.fixture(scope="module")
def encoded(ffmpeg: Callable[..., Path], bikes: Path) -> Encoded:
    return lambda codec: ffmpeg("-i", bikes, *SMALL, *ENCODERS[codec], name=f"shown-{codec}.mp4")


def shown_by_ffmpeg(file: bytes) -> list[int | None]:
    with av.open(io.BytesIO(file)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        return [frame.pts for frame in container.decode(stream)]


def frames(source: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = codecorpus.extract(source, tables=("frames",)).frames.to_pylist()
    return rows


def shown(rows: list[dict[str, Any]]) -> list[int | None]:
    """Times of what is shown, by frame."""
    own = sorted((row["frame"], row["pts"]) for row in rows if row["frame"] is not None)
    assert [frame for frame, _ in own] == list(range(len(own)))
    return [pts for _, pts in own]


@pytest.mark.parametrize("codec", ENCODERS)
def test_what_an_edit_list_hides_keeps_its_rows(codec: str, encoded: Encoded, ffmpeg: Callable[..., Path]) -> None:
    whole = encoded(codec)
    trimmed = ffmpeg("-ss", 0.7, "-t", 0.5, "-i", whole, "-c", "copy", name=f"trimmed-{codec}.mp4").read_bytes()
    rows = frames(trimmed)
    hidden = [row for row in rows if row["frame"] is None]
    assert shown(rows) == shown_by_ffmpeg(trimmed)
    assert hidden and all(row["pts"] is None and row["error"] is None and row["bytes"] for row in hidden)
    assert rows[0]["key"] and rows[0]["frame"] is None, "decoding begins before what is shown"
    assert shown(rows)[0] == 0


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg4"])
@pytest.mark.parametrize("length", [12, 17])
def test_what_two_edits_need_is_read_once(codec: str, length: int, encoded: Encoded) -> None:
    """The second edit begins between keys, so that a player decodes some pictures of the first one again."""
    file = encoded(codec).read_bytes()
    movie, track = time_scales(file)
    edits = [(length * movie // 25, start * track // 25) for start in (2, 2 + length)]
    file = with_edits(file, edits)
    with av.open(io.BytesIO(file)) as container:
        positions = [packet.pos for packet in container.demux(video=0) if packet.size]
    assert len(set(positions)) < len(positions)
    rows = frames(file)
    assert len(rows) == len(set(positions))
    assert shown(rows) == shown_by_ffmpeg(file)
    assert len(shown(rows)) == 2 * length


def test_what_is_played_twice_has_one_row_and_its_first_time(encoded: Encoded) -> None:
    whole = encoded("h264").read_bytes()
    movie, track = time_scales(whole)
    twice = with_edits(whole, [(24 * movie // 25, 2 * track // 25)] * 2)
    assert len(shown_by_ffmpeg(twice)) == 48
    rows = frames(twice)
    assert len(rows) == len({row["dts"] for row in rows})
    assert shown(rows) == shown_by_ffmpeg(twice)[:24]


@pytest.mark.parametrize("edits", [1, 2])
def test_a_sample_without_bytes_is_no_picture(ffmpeg: Callable[..., Path], bikes: Path, edits: int) -> None:
    """What is shown stays for longer; its position is that of the next sample."""
    whole = ffmpeg("-i", bikes, *SMALL, "-c:v", "libx264", "-bf", 0, "-g", 40, name="dropped.mp4").read_bytes()
    sizes, (_, duration) = found(whole, b"stsz")[12:], struct.unpack(">II", found(whole, b"stts")[8:])
    one_more = {
        b"stsz": lambda body: struct.pack(">III", 0, 0, 41) + sizes[:20] + bytes(4) + sizes[20:],
        b"stts": lambda body: struct.pack(">IIII", 0, 1, 41, duration),
        b"stsc": lambda body: struct.pack(">IIIII", 0, 1, 1, 41, 1),
    }
    movie, _ = time_scales(whole)
    file = with_edits(changed(whole, one_more), [(20 * movie // 25, 0)] * edits)
    assert shown(frames(file)) == shown_by_ffmpeg(file)[:19]


PARTS = {
    "later": [(30, 48)],
    "apart": [(0, 12), (36, 48)],
    "twice": [(0, 12), (36, 48), (36, 48)],
}


@pytest.mark.parametrize("name", PARTS)
def test_samples_that_edits_leave_keep_their_own_parameter_sets(
    name: str, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    """FFmpeg counts those alone that are left, and changes the sets late or never."""
    coded = ["-i", bikes, "-an", "-vf", "scale=160:96", "-frames:v", 24, "-c:v", "libx264", "-bf", 0, "-g", 6]
    qps = [20, 35]
    halves = [ffmpeg(*coded, "-qp", qp, "-coder", 0, name=f"half-{qp}.mp4").read_bytes() for qp in qps]
    file = with_keys(described_apart(*halves), range(0, 48, 6))
    movie, track = time_scales(file)
    edits = [((end - begin) * movie // 25, begin * track // 25) for begin, end in PARTS[name]]
    kept = {row["bytes"]: row["qp"] for row in frames(file)}
    path = tmp_path / "parts.mp4"
    path.write_bytes(with_edits(file, edits))
    rows = frames(path)
    assert [row["qp"] for row in rows] == [kept[row["bytes"]] for row in rows]
    assert max(row["qp"] for row in rows) > 30
    with pytest.raises(SourceError, match=r"parts\.mp4: its edit list .* a track whose parameter sets change"):
        probe(path)


def with_keys(file: bytes, keys: Sequence[int]) -> bytes:
    """The file with these samples as those that decoding can begin at (8.6.2)."""
    table = struct.pack(f">II{len(keys)}I", 0, len(keys), *(key + 1 for key in keys))
    return changed(file, {b"stss": lambda body: table})


def test_samples_that_share_their_bytes_keep_their_times(ffmpeg: Callable[..., Path], bikes: Path) -> None:
    """A still that is stored once: no edit list plays it again."""
    coded = ["-i", bikes, "-an", "-vf", "scale=160:96", "-frames:v", 6, "-c:v", "libx264", "-bf", 0, "-g", 1]
    whole = ffmpeg(*coded, name="stills.mp4").read_bytes()
    sizes, (begin,) = struct.unpack(">6I", found(whole, b"stsz")[12:]), struct.unpack(">I", found(whole, b"stco")[8:])
    places = [begin + sum(sizes[:number]) for number in range(6)]
    order = [0, 1, 2, 2, 2, 5]
    shared = {
        b"stsz": lambda body: struct.pack(">III6I", 0, 0, 6, *(sizes[number] for number in order)),
        b"stco": lambda body: struct.pack(">II6I", 0, 6, *(places[number] for number in order)),
        b"stsc": lambda body: struct.pack(">II3I", 0, 1, 1, 1, 1),
    }
    file = changed(whole, shared)
    assert shown(frames(file)) == shown_by_ffmpeg(file) == shown(frames(whole))
    movie, _ = time_scales(file)
    with pytest.raises(UnsupportedError, match="its edit list leaves out or repeats samples that share their bytes"):
        frames(with_edits(file, [(6 * movie // 25, 0)] * 2))


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_packet_that_decoders_refuse_is_not_shown(codec: str, encoded: Encoded) -> None:
    """Its lengths do not add up, in the midst of a stream."""
    file = bytearray(encoded(codec).read_bytes())
    with av.open(io.BytesIO(file)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][20]
    file[packet.pos : packet.pos + 4] = (1 << 20).to_bytes(4, "big")
    read = codecorpus.extract(bytes(file), tables=("frames",), errors="skip")
    rows = read.frames.to_pylist()
    assert len(rows) == 40 and len(read.errors) >= 1
    with av.open(io.BytesIO(file)) as container:
        decoder = container.streams.video[0].codec_context
        decoder.thread_count = 1
        got: list[int | None] = []
        for packet in container.demux(video=0):
            with contextlib.suppress(av.error.InvalidDataError):
                got += [frame.pts for frame in decoder.decode(packet if packet.size else None)]
    assert shown(rows) == got and len(got) == 39


@pytest.mark.parametrize("missing", [1, 2])
def test_a_field_without_the_other_one_is_not_shown(missing: int) -> None:
    stream = (DATA / "fields_temporal.264").read_bytes()
    slices = [unit for unit in split(stream) if unit[0] & 31 in {1, 5}]
    cut = joined([unit for unit in split(stream) if unit != slices[missing]])
    rows = codecorpus.extract(cut, tables=("frames",), errors="skip").frames.to_pylist()
    assert len(rows) == 5
    assert len(shown(rows)) == len(shown_by_ffmpeg(cut)) == 4


@pytest.mark.parametrize("container", ["avi", "flv"])
def test_times_of_decoding_are_not_told_as_those_of_presentation(
    container: str, encoded: Encoded, ffmpeg: Callable[..., Path]
) -> None:
    copied = ffmpeg("-i", encoded("h264"), "-c", "copy", name=f"decoding.{container}").read_bytes()
    if container == "flv":
        copied = without_composition_times(copied)
    rows = frames(copied)
    assert [row["frame"] for row in rows] != sorted(row["frame"] for row in rows)
    assert {(row["pts"], row["time"]) for row in rows} == {(None, None)}
    assert all(row["dts"] is not None for row in rows)


def without_composition_times(flv: bytes) -> bytes:
    """An FLV file with CompositionTime 0 in each of its AVC tags."""
    data = bytearray(flv)
    at = 9 + 4
    while at + 11 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        if data[at] == 9 and data[at + 11] & 15 == 7:
            data[at + 13 : at + 16] = bytes(3)
        at += 11 + size + 4
    return bytes(data)


def test_times_of_presentation_stay_where_pictures_come_in_order(encoded: Encoded, ffmpeg: Callable[..., Path]) -> None:
    plain = ffmpeg("-i", encoded("h264"), "-c:v", "libx264", "-bf", 0, "-an", name="in-order.avi")
    pts = [pts for pts in shown(frames(plain)) if pts is not None]
    assert len(pts) == len(frames(plain)) and pts == sorted(pts)
