"""What must add up in every stream's tables: bits, bytes, areas, keys, order, references."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

import codecorpus
from codecorpus.demux import open_stream

Ffmpeg = Callable[..., Path]

FOOTAGE = ["-ss", 2, "-an", "-frames:v", 14]
CROP = "crop=346:204:144:32"
CLASSES = ("bits_mode", "bits_motion", "bits_residual")


def x264(parameters: str, *options: object, filters: str = CROP) -> list[object]:
    return [*FOOTAGE, "-vf", filters, "-c:v", "libx264", *options, "-threads", 1, "-x264-params", parameters]


def x265(parameters: str, *options: object) -> list[object]:
    parameters = f"log-level=none:frame-threads=1:{parameters}"
    return [*FOOTAGE, "-vf", CROP, "-c:v", "libx265", *options, "-x265-params", parameters]


STREAMS: dict[str, list[object]] = {
    "h264-cabac": x264("bframes=3:b-pyramid=normal:keyint=7:open-gop=1"),
    "h264-cavlc-slices": x264("cabac=0:slices=3:ref=3:direct=temporal"),
    "h264-high-quality": x264("partitions=all:subme=9:aq-mode=3", "-crf", 8, "-pix_fmt", "yuv422p10le"),
    "h264-mbaff": x264("tff=1:bframes=2", filters=f"{CROP},tinterlace=interleave_top"),
    "hevc-open-gop": x265("bframes=3:keyint=7:min-keyint=1:open-gop=1:rect=1:amp=1:slices=2"),
    "hevc-small-blocks": x265("ctu=16:tskip=1:aq-mode=3:crf=12", "-pix_fmt", "yuv444p10le"),
    "hevc-lossless": x265("cu-lossless=1:crf=8"),
    "hevc-kvazaar": [
        *[*FOOTAGE, "-vf", "crop=352:208:144:32", "-c:v", "libkvazaar"],
        *["-kvazaar-params", "preset=slow,gop=8,period=16,tiles=2x2,wpp=0,qp=30,smp=1,amp=1"],
    ],
    "av1-svt": [*FOOTAGE, "-vf", CROP, "-c:v", "libsvtav1", "-preset", 7, "-crf", 35],
    "av1-aom": [
        *[*FOOTAGE, "-vf", CROP, "-c:v", "libaom-av1", "-cpu-used", 6, "-crf", 35, "-lag-in-frames", 8],
        *["-aq-mode", 1, "-tiles", "2x1"],
    ],
    "vp9-two-passes": [
        *[*FOOTAGE, "-vf", CROP, "-c:v", "libvpx-vp9", "-row-mt", 0, "-threads", 1, "-cpu-used", 2, "-b:v", 0],
        *["-crf", 34, "-lag-in-frames", 12, "-auto-alt-ref", 1, "-arnr-strength", 5, "-tile-rows", 1],
    ],
    "vp9-deep": [
        *[*FOOTAGE, "-vf", CROP, "-pix_fmt", "yuv422p12le", "-c:v", "libvpx-vp9", "-row-mt", 0, "-threads", 1],
        *["-cpu-used", 5, "-b:v", 0, "-crf", 24, "-aq-mode", 2, "-error-resilient", "default"],
    ],
    "mpeg4-b": [*FOOTAGE, "-vf", CROP, "-c:v", "mpeg4", "-q:v", 6, "-bf", 2, "-g", 7, "-flags", "+mv4+qpel"],
    "mpeg4-interlaced": [
        *[*FOOTAGE, "-vf", f"{CROP},tinterlace=interleave_top", "-c:v", "mpeg4", "-q:v", 6, "-bf", 1],
        *["-flags", "+ildct+ilme"],
    ],
    "mpeg4-xvid": [*FOOTAGE, "-vf", CROP, "-c:v", "libxvid", "-q:v", 6, "-bf", 2, "-flags", "+mv4+qpel", "-gmc", 1],
    "mpeg2-b": [*FOOTAGE, "-vf", CROP, "-c:v", "mpeg2video", "-q:v", 6, "-bf", 2, "-g", 7],
    "mpeg2-interlaced": [
        *[*FOOTAGE, "-vf", f"{CROP},tinterlace=interleave_top", "-c:v", "mpeg2video", "-q:v", 6, "-bf", 1],
        *["-flags", "+ildct+ilme", "-intra_vlc", 1, "-alternate_scan", 1],
    ],
    "mpeg1": [*FOOTAGE, "-vf", CROP, "-c:v", "mpeg1video", "-q:v", 6, "-bf", 2],
}

SUPERFRAMES = {"av1", "vp9"}
"""Codecs that may have several pictures in a packet, and blocks that hang over the picture's edges."""


@pytest.fixture(scope="module", params=STREAMS)
def stream(
    request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    options = ["-i", bikes, *STREAMS[request.param]]
    if request.param.endswith("two-passes"):  # libvpx predicts from both sides only then
        options += ["-passlogfile", tmp_path_factory.mktemp("passes") / "log"]
        ffmpeg(*options, "-pass", 1, "-f", "null", name=f"accounts-{request.param}.null")
        options += ["-pass", 2]
    return ffmpeg(*options, name=f"accounts-{request.param}.mkv")


@pytest.fixture(scope="module")
def tables(stream: Path) -> codecorpus.Intrinsics:
    return codecorpus.extract(stream)


def sums(table: pa.Table, column: str, pictures: int) -> NDArray[np.float64]:
    """A column's sum in each picture."""
    total = np.zeros(pictures)
    np.add.at(total, table["coded_order"].to_numpy(), table[column].to_numpy().astype(float))
    return total


def test_bits_sum_to_the_pictures_bytes(tables: codecorpus.Intrinsics) -> None:
    frames = tables.frames
    bits = sum(frames[column].to_numpy().astype(float) for column in ("bits_header", *CLASSES))
    assert bits == pytest.approx(8.0 * frames["bytes"].to_numpy(), rel=1e-6, abs=0.01)
    assert np.all(frames["bits_header"].to_numpy() > 8)


@pytest.mark.parametrize("column", CLASSES)
def test_the_blocks_bits_sum_to_the_pictures(tables: codecorpus.Intrinsics, column: str) -> None:
    frames = tables.frames
    assert sums(tables.blocks, column, frames.num_rows) == pytest.approx(frames[column].to_numpy(), rel=1e-4, abs=0.5)
    assert pc.min(tables.blocks[column]).as_py() >= 0
    assert pc.max(frames[column]).as_py() > 100


def test_only_blocks_with_coefficients_have_a_residual(tables: codecorpus.Intrinsics) -> None:
    blocks = tables.blocks.filter(pc.not_equal(tables.blocks["prediction"], "pcm"))
    for coefs, energy in (("coefs", "energy"), ("coefs_chroma", "energy_chroma")):
        has_coefs, has_energy = blocks[coefs].to_numpy() > 0, blocks[energy].to_numpy() > 0
        if tables.codec == "mpeg4":  # intra coefficients are predicted: they may be there, or cancel, without a level
            inter = pc.equal(blocks["prediction"], "inter").to_numpy()
            has_coefs, has_energy = has_coefs[inter], has_energy[inter]
        assert np.array_equal(has_coefs, has_energy)
    skipped = blocks.filter(blocks["skip"])
    assert skipped.num_rows > 50 and not any(skipped["coefs"].to_numpy()) and not any(skipped["bits_motion"].is_null())
    if tables.codec not in SUPERFRAMES:
        assert pc.all(pc.equal(skipped["prediction"], "inter")).as_py()


def test_bytes_are_those_of_the_packets(stream: Path, tables: codecorpus.Intrinsics) -> None:
    with av.open(stream) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    if tables.codec in SUPERFRAMES:  # several pictures in a packet
        assert sum(tables.frames["bytes"].to_pylist()) == sum(sizes)
    else:
        assert tables.frames["bytes"].to_pylist() == sizes


def covered(table: pa.Table, tables: codecorpus.Intrinsics) -> dict[int, NDArray[np.int64]]:
    """How often a table's rectangles cover each 4x4 cell, by coded order. Some hang over the picture's edges."""
    columns = (tables.frames[name].to_pylist() for name in ("coded_order", "width", "height"))
    cells = {
        order: np.zeros((-(-height // 4), -(-width // 4)), np.int64)
        for order, width, height in zip(*columns, strict=True)
    }
    for order, x, y, w, h in zip(*(table[name].to_pylist() for name in ("coded_order", *"xywh")), strict=True):
        picture = cells[order]
        assert x % 4 == y % 4 == w % 4 == h % 4 == 0
        if tables.codec not in SUPERFRAMES:
            assert x + w <= 4 * picture.shape[1] and y + h <= 4 * picture.shape[0]
        picture[y // 4 : (y + h) // 4, x // 4 : (x + w) // 4] += 1
    return cells


def test_blocks_tile_every_picture(tables: codecorpus.Intrinsics) -> None:
    assert all((cells == 1).all() for cells in covered(tables.blocks, tables).values())


def test_blocks_are_numbered_in_coding_order(tables: codecorpus.Intrinsics) -> None:
    assert tables.frames["coded_order"].to_pylist() == list(range(tables.frames.num_rows))
    counts = np.bincount(tables.blocks["coded_order"].to_numpy())
    assert tables.blocks["block"].to_pylist() == [block for count in counts for block in range(count)]
    assert np.all(np.diff(tables.blocks["coded_order"].to_numpy()) >= 0)


def in_frames(tables: codecorpus.Intrinsics) -> pa.Table:
    """Motion with MPEG's two fields of a frame's macroblock as one block of it."""
    motion = tables.motion
    if tables.codec not in ("mpeg4", "mpeg2"):
        return motion
    field = motion["field"].to_numpy()
    assert np.count_nonzero(field == 1) == np.count_nonzero(field == 2)
    for name in "yh":
        own = motion[name].to_numpy()
        doubled = pa.array(np.where(field > 0, 2 * own, own))
        motion = motion.set_column(motion.schema.get_field_index(name), name, doubled)
    return motion.filter(pa.array(field < 2))


def test_motion_tiles_the_inter_blocks(tables: codecorpus.Intrinsics) -> None:
    inter = tables.blocks.filter(pc.equal(tables.blocks["prediction"], "inter"))
    of_blocks, of_motion = covered(inter, tables), covered(in_frames(tables), tables)
    assert all(np.array_equal(of_blocks[order], of_motion[order]) for order in of_blocks)
    assert tables.motion.num_rows >= inter.num_rows > 1000


def test_every_row_of_motion_lies_in_its_block(tables: codecorpus.Intrinsics) -> None:
    keys = ["coded_order", "block"]
    blocks = tables.blocks.select([*keys, *"xywh", "frame", "field", "prediction"])
    joined = tables.motion.join(blocks, keys, join_type="left outer", right_suffix="_block")
    rows = {name: joined[name].to_numpy() for name in joined.column_names if name[0] in "xywh" or "field" in name}
    if tables.codec in ("mpeg4", "mpeg2"):  # a field of a frame's macroblock counts its own lines
        rows["y"], rows["h"] = (
            np.where(rows["field"] > rows["field_block"], 2 * rows[name], rows[name]) for name in "yh"
        )
    assert pc.all(pc.equal(joined["prediction"], "inter")).as_py()
    for start, length in ("xw", "yh"):
        assert np.all(rows[start] >= rows[f"{start}_block"])
        ends, block_ends = (rows[start + of] + rows[length + of].astype(int) for of in ("", "_block"))
        assert np.all(ends <= block_ends)
    if tables.codec not in ("mpeg4", "mpeg2"):
        assert np.array_equal(rows["field"], rows["field_block"])
    assert joined["frame"].equals(joined["frame_block"])


def test_parts_are_numbered_in_their_block(tables: codecorpus.Intrinsics) -> None:
    expected, last = [], (-1, -1)
    for key in zip(tables.motion["coded_order"].to_pylist(), tables.motion["block"].to_pylist(), strict=True):
        expected.append(expected[-1] + 1 if key == last else 0)
        assert key >= last
        last = key
    assert tables.motion["part"].to_pylist() == expected


def test_frames_are_those_that_a_decoder_shows(stream: Path, tables: codecorpus.Intrinsics) -> None:
    with av.open(stream) as container:
        shown = [(frame.pts, frame.width, frame.height) for frame in container.decode(video=0)]
    frames = tables.frames.filter(tables.frames["frame"].is_valid()).sort_by("frame")
    assert frames["frame"].to_pylist() == list(range(len(shown)))
    if "xvid" in stream.name:  # FFmpeg writes its times in the order of coding, and a decoder passes them on
        assert sorted(pts for pts, *_ in shown) != [pts for pts, *_ in shown]
        shown = [(None, *size) for _, *size in shown]
    columns = (frames[name].to_pylist() for name in ("pts", "crop_width", "crop_height"))
    assert list(zip(*columns, strict=True)) == shown
    assert pc.all(tables.frames["complete"]).as_py() and tables.frames["error"].null_count == tables.frames.num_rows


def test_pictures_rise_in_picture_order_count_from_key_to_key(tables: codecorpus.Intrinsics) -> None:
    """Of every coded video sequence; AV1's order hints may wrap, and they do not in so few frames."""
    shown = tables.frames.filter(tables.frames["frame"].is_valid()).sort_by("frame").to_pylist()
    if tables.codec == "vp9":  # it counts nothing
        assert all(frame["poc"] is None for frame in shown)
        return
    for before, after in pairwise(shown):
        if tables.codec in ("mpeg4", "mpeg2"):
            assert before["poc"] is None
        else:
            assert after["poc"] > before["poc"] or after["type"] == "I"


def test_structure_is_that_of_the_sequence(stream: Path, tables: codecorpus.Intrinsics) -> None:
    assert set(tables.frames["structure"].to_pylist()) == {
        "mbaff" if "mbaff" in stream.name or "interlaced" in stream.name else "frame"
    }


def test_decoding_times_are_those_of_the_packets(stream: Path, tables: codecorpus.Intrinsics) -> None:
    with open_stream(stream) as opened:
        times = [packet.dts for packet in opened.packets]
    found = tables.frames["dts"].to_pylist()
    assert len(set(found)) > 5
    if tables.codec in SUPERFRAMES:  # several pictures in a packet
        assert list(dict.fromkeys(found)) == [time for time in times if time in set(found)]
    else:
        assert found == times


def test_references_are_pictures_coded_before(tables: codecorpus.Intrinsics) -> None:
    lists: list[tuple[set[int], set[int]]] = []
    for row in tables.frames.to_pylist():
        refs0, refs1 = row["refs0"] or [], row["refs1"] or []
        assert all(0 <= reference < row["coded_order"] for reference in refs0 + refs1)
        if tables.codec not in SUPERFRAMES:
            assert (bool(refs0), bool(refs1)) == (row["type"] != "I", row["type"] == "B")
        lists.append((set(refs0), set(refs0 if tables.codec in SUPERFRAMES else refs1)))
    for order, ref0, ref1 in zip(
        *(tables.motion[name].to_pylist() for name in ("coded_order", "ref0", "ref1")), strict=True
    ):
        assert {ref0} <= lists[order][0] | {None} and {ref1} <= lists[order][1] | {None}


def test_the_type_says_how_many_references_a_block_may_have(tables: codecorpus.Intrinsics) -> None:
    types = tables.frames["type"].to_pylist()
    assert set(types) == {"I", "P", "B"} or tables.codec in SUPERFRAMES
    for order, ref0, ref1 in zip(
        *(tables.motion[name].to_pylist() for name in ("coded_order", "ref0", "ref1")), strict=True
    ):
        assert types[order] == "B" or (types[order] == "P" and ref0 is not None and ref1 is None)


@pytest.mark.parametrize("side", "01")
def test_a_reference_has_a_vector_and_a_distance(tables: codecorpus.Intrinsics, side: str) -> None:
    frame_of = tables.frames["frame"].to_pylist()
    fraction = 0.125 if tables.codec in SUPERFRAMES else 0.25
    columns = (
        "coded_order",
        "frame",
        *(name.format(side) for name in ("ref{}", "dt{}", "mv{}_x", "mv{}_y")),
    )
    used = 0
    for order, frame, reference, distance, x, y in zip(
        *(tables.motion[name].to_pylist() for name in columns), strict=True
    ):
        assert frame == frame_of[order]
        if reference is None:
            assert distance is x is y is None
            continue
        used += 1
        assert x % fraction == y % fraction == 0
        assert distance == (None if None in (frame, frame_of[reference]) else frame - frame_of[reference])
    assert used > 100 or (side == "1" and "B" not in tables.frames["type"].to_pylist())


def test_every_row_of_motion_has_a_reference(tables: codecorpus.Intrinsics) -> None:
    assert pc.all(pc.or_(tables.motion["ref0"].is_valid(), tables.motion["ref1"].is_valid())).as_py()


def test_the_pictures_qp_is_the_mean_of_its_blocks(stream: Path, tables: codecorpus.Intrinsics) -> None:
    blocks = tables.blocks.filter(tables.blocks["qp"].is_valid())
    orders, pictures = blocks["coded_order"].to_numpy(), tables.frames.num_rows
    sides = (
        np.minimum(blocks[length].to_numpy(), tables.frames[side].to_numpy()[orders] - blocks[begin].to_numpy())
        for begin, length, side in (("x", "w", "width"), ("y", "h", "height"))
    )
    area = np.prod(np.array(list(sides), float), axis=0)  # what is in the picture
    for column in ("qp", "qstep"):
        mean = np.bincount(orders, area * blocks[column].to_numpy(), pictures) / np.bincount(orders, area, pictures)
        assert mean == pytest.approx(tables.frames[column].to_numpy(), rel=1e-5)
    if tables.codec in SUPERFRAMES:
        return
    qp = blocks["qp"].to_numpy().astype(float)
    of_mpeg = {"mpeg4": 2 * qp, "mpeg2": qp * (2 if "mpeg1" in stream.name else 1)}
    qstep = of_mpeg.get(tables.codec, 2.0 ** ((qp - 4.0) / 6))
    assert qstep == pytest.approx(blocks["qstep"].to_numpy(), rel=1e-6)


def test_tables_do_not_depend_on_what_else_is_asked_for(stream: Path, tables: codecorpus.Intrinsics) -> None:
    assert codecorpus.extract(stream, tables=("frames",)).frames.equals(tables.frames)
    assert codecorpus.extract(stream, tables=("motion",)).motion.equals(tables.motion)
    everything = codecorpus.extract(stream, tables=("transforms", "blocks", "frames", "motion"))
    assert everything.blocks.equals(tables.blocks) and everything.motion.equals(tables.motion)


def test_transforms_sum_to_their_blocks(stream: Path, tables: codecorpus.Intrinsics) -> None:
    transforms = codecorpus.extract(stream, tables=("transforms",)).transforms
    luma = transforms.filter(pc.equal(transforms["plane"], 0))
    keys = ["coded_order", "block"]
    totals = luma.group_by(keys).aggregate([("coefs", "sum"), ("energy", "sum")])
    joined = tables.blocks.join(totals, keys)
    coefs, energy = (pc.fill_null(joined[f"{name}_sum"], 0).to_numpy() for name in ("coefs", "energy"))
    assert np.array_equal(coefs, joined["coefs"].to_numpy())
    assert energy == pytest.approx(joined["energy"].to_numpy(), rel=1e-4)
    assert sum(coefs) > 1000


class Pipe:
    """What cannot be sought in."""

    def __init__(self, path: Path) -> None:
        self._file = io.BytesIO(path.read_bytes())

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size if size < 0 else min(size, 999))


@pytest.mark.parametrize(
    ("name", "suffixes"),
    [
        ("h264-cabac", ("mkv", "ts", "flv", "avi", "nut", "264")),
        ("h264-mbaff", ("mkv", "ts", "264")),
        ("hevc-open-gop", ("mkv", "ts", "nut", "hevc")),
    ],
)
def test_every_container_gives_the_same_rows(ffmpeg: Ffmpeg, bikes: Path, name: str, suffixes: tuple[str, ...]) -> None:
    origin = ffmpeg("-i", bikes, *STREAMS[name], name=f"containers-{name}.mp4")
    expected = codecorpus.extract(origin)
    untimed = [
        column
        for column in expected.frames.column_names
        if column not in {"pts", "time", "dts", "bytes", "bits_header"}
    ]
    for suffix in suffixes:
        path = ffmpeg("-i", origin, "-c", "copy", name=f"containers-{name}.{suffix}")
        for source in (path, path.read_bytes(), path.open("rb"), Pipe(path)):
            found = codecorpus.extract(source)
            assert found.blocks.equals(expected.blocks), suffix
            assert found.motion.equals(expected.motion), suffix
            assert found.frames.select(untimed).equals(expected.frames.select(untimed)), suffix
