"""MPEG-4, H.263, MPEG-2 and MPEG-1: what other readers of them say, what pictures say, and what damage costs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow.compute as pc
import pytest
from helpers.field_pictures import as_mpeg2_field_packets

import codecorpus
from codecorpus._native import StreamReader
from codecorpus.errors import StreamError

Ffmpeg = Callable[..., Path]
Rows = list[dict[str, Any]]

FOOTAGE = ["-ss", 2, "-an", "-frames:v", 10, "-vf", "crop=352:208:144:32"]

STREAMS: dict[str, tuple[str, list[object]]] = {
    "mpeg4": ("mp4", ["-c:v", "mpeg4", "-q:v", 5, "-flags", "+mv4"]),
    "mpeg4-b": ("m4v", ["-c:v", "mpeg4", "-q:v", 8, "-bf", 2, "-flags", "+mv4", "-f", "m4v"]),
    "mpeg4-packets": ("m4v", ["-c:v", "mpeg4", "-q:v", 5, "-ps", 400, "-data_partitioning", 1, "-f", "m4v"]),
    "h263": ("3gp", ["-c:v", "h263", "-q:v", 6, "-s", "352x288"]),
    "mpeg2": ("ts", ["-c:v", "mpeg2video", "-q:v", 5]),
    "mpeg2-b": ("m2v", ["-c:v", "mpeg2video", "-q:v", 8, "-bf", 2]),
    "mpeg1": ("mpg", ["-c:v", "mpeg1video", "-q:v", 5, "-bf", 1]),
}


@pytest.fixture(scope="module")
def made(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        suffix, options = STREAMS[name]
        return ffmpeg("-i", bikes, *FOOTAGE, *options, name=f"mpeg-{name}.{suffix}")

    return make


@pytest.mark.parametrize(
    ("name", "codec"), [("mpeg4", "mpeg4"), ("h263", "mpeg4"), ("mpeg2-b", "mpeg2"), ("mpeg1", "mpeg2")]
)
def test_streams_are_known_by_their_codec(made: Callable[[str], Path], name: str, codec: str) -> None:
    read = codecorpus.extract(made(name))
    assert read.codec == codec
    assert read.frames["frame"].to_pylist().count(None) == 0
    assert sorted(read.frames["frame"].to_pylist()) == list(range(10))


def exported(path: Path) -> list[set[tuple[int, ...]]]:
    """FFmpeg's vectors of each P picture in order: width, height, centre, and where the block comes from, in parts."""
    pictures = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"flags2": "+export_mvs"}
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            if frame.pict_type == av.video.frame.PictureType.P:
                side = frame.side_data.get("MOTION_VECTORS")
                rows = side.to_ndarray().tolist() if side is not None else []
                pictures.append({(w, h, x, y, mx * 4 // s, my * 4 // s) for _, w, h, _, _, x, y, _, mx, my, s in rows})
    return pictures


def middle(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["w"], row["h"], row["x"] + row["w"] // 2, row["y"] + row["h"] // 2


@pytest.mark.parametrize("name", ["mpeg4", "mpeg2"])
def test_vectors_of_p_pictures_are_those_that_ffmpeg_exports(made: Callable[[str], Path], name: str) -> None:
    path = made(name)
    read = codecorpus.extract(path)
    ours = []
    for picture in sorted(read.frames.to_pylist(), key=lambda row: row["frame"]):
        if picture["type"] == "P":
            rows = [row for row in read.motion.to_pylist() if row["coded_order"] == picture["coded_order"]]
            ours.append({(*middle(row), round(row["mv0_x"] * 4), round(row["mv0_y"] * 4)) for row in rows})
    theirs = exported(path)
    assert len(ours) == len(theirs) > 5
    if not theirs[-1]:  # of MPEG-2, what FFmpeg still holds at the end comes without
        del ours[-1], theirs[-1]
    for mine, others in zip(ours, theirs, strict=True):
        assert mine == others
    assert sum(map(len, ours)) > 1500


def luma(path: Path) -> list[np.ndarray[Any, Any]]:
    """Decoded pictures by presentation."""
    with av.open(str(path)) as container:
        frames = [frame.reformat(format="yuv420p") for frame in container.decode(video=0)]
    return [frame.to_ndarray()[: frame.height].astype(int) for frame in frames]


def displaced(reference: np.ndarray[Any, Any], row: dict[str, Any], which: int, rounding: int) -> np.ndarray[Any, Any]:
    """A block of a reference at a vector in half samples (ISO/IEC 13818-2 7.6.4; 14496-2 7.6.2.1)."""
    x2, y2 = (round(row[f"mv{which}_{axis}"] * 2) for axis in "xy")
    y = np.clip(np.arange(row["h"] + 1) + row["y"] + (y2 >> 1), 0, reference.shape[0] - 1)
    x = np.clip(np.arange(row["w"] + 1) + row["x"] + (x2 >> 1), 0, reference.shape[1] - 1)
    a = reference[np.ix_(y, x)]
    match x2 & 1, y2 & 1:
        case 0, 0:
            return a[:-1, :-1]
        case 1, 0:
            return (a[:-1, :-1] + a[:-1, 1:] + 1 - rounding) >> 1
        case 0, 1:
            return (a[:-1, :-1] + a[1:, :-1] + 1 - rounding) >> 1
        case _:
            return (a[:-1, :-1] + a[:-1, 1:] + a[1:, :-1] + a[1:, 1:] + 2 - rounding) >> 2


@pytest.mark.parametrize("name", ["mpeg4-b", "mpeg2-b", "mpeg1"])
def test_blocks_without_coefficients_are_what_their_vectors_say(made: Callable[[str], Path], name: str) -> None:
    path = made(name)
    read = codecorpus.extract(path)
    pictures = luma(path)
    frame_of = dict(zip(read.frames["coded_order"].to_pylist(), read.frames["frame"].to_pylist(), strict=True))
    plain = {
        (row["coded_order"], row["block"])
        for row in read.blocks.to_pylist()
        if row["prediction"] == "inter" and row["coefs"] == 0
    }
    # Rounding is of the whole picture: one of both kinds must fit all of its blocks (MPEG-4 alone has the second).
    compared, moved, wrong = 0, 0, {}
    for row in read.motion.to_pylist():
        if (row["coded_order"], row["block"]) not in plain:
            continue
        area = slice(row["y"], row["y"] + row["h"]), slice(row["x"], row["x"] + row["w"])
        shown = pictures[frame_of[row["coded_order"]]][area]
        lists = [which for which in (0, 1) if row[f"ref{which}"] is not None]
        compared += 1
        moved += any(row[f"mv{which}_x"] % 1 for which in lists)
        for rounding in (0, 1) if name.startswith("mpeg4") else (0,):
            parts = [displaced(pictures[frame_of[row[f"ref{which}"]]], row, which, rounding) for which in lists]
            predicted = parts[0] if len(parts) == 1 else (parts[0] + parts[1] + 1) >> 1
            key = row["coded_order"], rounding
            wrong[key] = wrong.get(key, 0) + int(not np.array_equal(predicted, shown))
    best = {picture: min(n for (at, _), n in wrong.items() if at == picture) for picture, _ in wrong}
    assert not any(best.values()), best
    assert compared > 500 and moved > 100


@pytest.mark.parametrize("name", STREAMS)
def test_damage_is_an_error_or_costs_the_pictures_that_it_touches(made: Callable[[str], Path], name: str) -> None:
    stream = made(name).read_bytes()
    codec = "mpeg2" if name.startswith(("mpeg2", "mpeg1")) else "mpeg4"
    chance = random.Random(name)
    hurt = 0
    for _ in range(40):
        damaged = bytearray(stream)
        for _ in range(chance.choice((1, 1, 3, 20))):
            damaged[chance.randrange(300, len(damaged))] = chance.randrange(256)
        del damaged[chance.randrange(len(damaged) // 2, len(damaged)) :]
        try:
            codecorpus.extract(bytes(damaged), codec=codec)
        except StreamError as error:
            hurt += 1
            assert str(error).startswith("<bytes>")
    assert hurt > 10


def test_what_is_cut_short_costs_its_picture_and_no_other(made: Callable[[str], Path]) -> None:
    stream = made("mpeg2-b").read_bytes()
    whole = codecorpus.extract(stream)
    with pytest.raises(StreamError) as caught:
        codecorpus.extract(stream[:-200])
    before = caught.value.intrinsics
    assert before is not None
    assert before.frames.num_rows == whole.frames.num_rows - 1
    # The last picture's place in presentation order is another without it.
    told = whole.blocks.slice(0, before.blocks.num_rows)
    assert before.blocks.drop_columns("frame").equals(told.drop_columns("frame"))


def skipping(stream: bytes, codec: str) -> tuple[Rows, set[int], int]:
    """Rows of frames of a damaged stream, the pictures that have blocks, and how often damage was told."""
    reader = StreamReader(codec, tables=["frames", "blocks"], skip=True)
    reader.push(stream)
    reader.finish()
    tables = list(iter(reader.take, None))
    frames = [row for table in tables for row in table["frames"].to_pylist()]
    blocks = {at for table in tables for at in table["blocks"].column("coded_order").to_pylist()}
    return frames, blocks, len(reader.take_errors())


@pytest.mark.parametrize(("name", "codec"), [("mpeg2-b", "mpeg2"), ("mpeg4-b", "mpeg4")])
def test_damage_that_is_passed_over_costs_what_needs_it(made: Callable[[str], Path], name: str, codec: str) -> None:
    stream = made(name).read_bytes()
    whole, _, none = skipping(stream, codec)
    assert none == 0
    # The middle of the second P picture; two B pictures follow it.
    hurt = [row["coded_order"] for row in whole if row["type"] == "P"][1]
    end = sum(row["bytes"] for row in whole[: hurt + 1])
    damaged = bytearray(stream)
    damaged[end - 300 : end - 280] = bytes(range(0x80, 0x94))
    frames, blocks, told = skipping(bytes(damaged), codec)
    assert [row["coded_order"] for row in frames] == [row["coded_order"] for row in whole]
    assert [row["frame"] for row in frames] == [row["frame"] for row in whole]
    lost = {row["coded_order"] for row in frames if row["error"] is not None}
    # Direct mode needs the vectors of the future reference; nothing of MPEG-2 does.
    assert lost == ({hurt} if codec == "mpeg2" else {hurt, hurt + 1, hurt + 2})
    assert told == len(lost) and blocks == {row["coded_order"] for row in frames} - lost
    assert frames[hurt]["bytes"] == whole[hurt]["bytes"] and frames[hurt]["bits_mode"] is None
    for row in frames:
        refers = hurt in (row["refs0"] or []) + (row["refs1"] or [])
        assert row["complete"] is not (refers or row["coded_order"] in lost)


@pytest.mark.parametrize("name", ["mpeg2-b", "mpeg1"])
def test_a_picture_whose_header_is_lost_costs_none_before_it(made: Callable[[str], Path], name: str) -> None:
    stream = codecorpus.extract(made(name))
    kinds, last = stream.frames["type"].to_pylist(), stream.frames.num_rows - 1
    lost = next(at for at, kind in enumerate(kinds) if kind == "B")
    pieces = elementary(made(name)).split(b"\0\0\1\0")
    broken = b"\0\0\1\0".join(pieces[: lost + 1]) + b"\0\0\1\xb6" + b"\0\0\1\0".join(pieces[lost + 1 :])
    read = codecorpus.extract(broken, codec="mpeg2", errors="skip")
    errors = read.frames["error"].to_pylist()
    assert [at for at, error in enumerate(errors) if error] == [lost] and len(errors) == last + 1
    assert "picture_start_code" in errors[lost]
    expected = stream.blocks.filter(pc.not_equal(stream.blocks["coded_order"], lost))
    columns = ["coded_order", "block", "x", "y", "qp", "coefs", "energy"]
    assert read.blocks.select(columns).equals(expected.select(columns))


def unit(start_code: int, *bits: str) -> bytes:
    """A unit of MPEG-4 by its bits."""
    written = "".join(bits).replace(" ", "") + "0"
    written += "1" * (-len(written) % 8)
    return bytes((0, 0, 1, start_code)) + int(written, 2).to_bytes(len(written) // 8)


def layer(macroblocks: int, complexity: str = "1", data_partitioned: int = 0) -> bytes:
    """A VideoObjectLayer of one row of macroblocks."""
    size = f"1 {16 * macroblocks:013b} 1 {16:013b} 1"
    tools = "1 1 0 0" if data_partitioned else "1 0 0"
    return unit(0x20, f"0 00000001 0 0001 0 00 1 {25:016b} 1 0", size, "0 1 0 0 0", complexity, tools)


@pytest.mark.parametrize(
    ("version2", "in_vop"), [("1", ""), ("0 00", ""), ("0 10", "00000001"), ("0 01", ""), ("0 11", "00000001")]
)
def test_complexity_estimation_of_the_second_version_is_passed_over(version2: str, in_vop: str) -> None:
    header = layer(1, "0 01 1 1 1 1 1 1" + version2)
    macroblock = "1 0 0011" + 4 * "011" + 2 * "11"
    vop = unit(0xB6, "00 0 1 00000 1 1", in_vop, "000", f"{12:05b}", macroblock)
    read = codecorpus.extract(header + vop, codec="mpeg4")
    assert read.blocks["qp"].to_pylist() == [12]


DC_WORDS = ["011"] * 4 + ["11"] * 2
AC_WORD = "0000011 11 1 000000 1 000000000101 1"
DC_MARKER = "1101011000000000001"


@pytest.mark.parametrize("data_partitioned", [0, 1])
def test_words_of_dc_coefficients_go_by_the_coded_macroblock_before(data_partitioned: int) -> None:
    """By its own quantiser in the first one of a VOP: from 13 on, DC coefficients are among the others."""
    header = layer(3, data_partitioned=data_partitioned)
    # Quantisers 14, 12 and 13, of which the first goes by 14, the second by 14, and the third by 12.
    first = ["000011" + "11", "000011" + "01", "000011" + "10"]
    second = "0 11"  # ac_pred_flag, cbpy
    blocks = [6 * AC_WORD, 6 * AC_WORD, "".join(dc + AC_WORD for dc in DC_WORDS)]
    if data_partitioned:
        first[2] += "".join(DC_WORDS)
        macroblocks = [*first, DC_MARKER, 3 * second, 18 * AC_WORD]
    else:
        macroblocks = [mb[:6] + second + mb[6:] + words for mb, words in zip(first, blocks, strict=True)]
    vop = unit(0xB6, "00 0 1 00000 1 1 001", f"{12:05b}", *macroblocks)
    read = codecorpus.extract(header + vop, codec="mpeg4")
    assert read.blocks["qp"].to_pylist() == [14, 12, 13]


@pytest.mark.parametrize("frames", [42, 44, 45])
def test_frames_of_packed_pictures_are_those_that_ffmpeg_shows(ffmpeg: Ffmpeg, frames: int) -> None:
    """Where nothing moves at the end, B pictures are as short as what fills the place of one of the packet before."""
    graph = "testsrc=s=96x64:d=1,format=yuv420p[a];color=s=96x64:d=3,format=yuv420p[b];[a][b]concat"
    options = ["-frames:v", frames, "-c:v", "libxvid", "-bf", 2]
    path = ffmpeg("-f", "lavfi", "-i", graph, *options, name=f"packed-{frames}.avi")
    numbers = codecorpus.extract(path).frames["frame"].drop_null().to_pylist()
    assert sorted(numbers) == list(range(len(luma(path))))


@pytest.mark.parametrize("lost", [4, 5, 19], ids=["first", "second", "last"])
def test_a_field_that_is_lost_costs_its_frame_and_no_other(ffmpeg: Ffmpeg, bikes: Path, lost: int) -> None:
    intra = ["-ss", 2, "-an", "-frames:v", 20, "-vf", "crop=352:96:144:32", "-c:v", "mpeg2video", "-g", 1]
    fields = as_mpeg2_field_packets(ffmpeg("-i", bikes, *intra, name="mpeg-fields.m2v").read_bytes())
    whole = codecorpus.extract(b"".join(fields), codec="mpeg2")
    assert whole.frames["complete"].to_pylist() == [True] * 10
    damaged = b"".join(fields[:lost] + fields[lost + 1 :])
    with pytest.raises(StreamError, match=f"picture {lost // 2}, .*other field"):
        codecorpus.extract(damaged, codec="mpeg2")
    read = codecorpus.extract(damaged, codec="mpeg2", errors="skip")
    errors = read.frames["error"].to_pylist()
    assert [at for at, error in enumerate(errors) if error] == [lost // 2] and len(errors) == 10
    assert read.frames["frame"].equals(whole.frames["frame"])
    assert read.blocks.equals(whole.blocks.filter(pc.not_equal(whole.blocks["coded_order"], lost // 2)))


def elementary(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return b"".join(bytes(packet) for packet in container.demux(video=0))
