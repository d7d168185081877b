"""HEVC: streams cut open, and streams that lost slices, keep what can be known and say what is missing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import av
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers.rewriting import Bits, joined, split

import codecorpus
from codecorpus.errors import MalformedError

Ffmpeg = Callable[..., Path]
Rows = list[dict[str, object]]

CRA, SLICE_TYPES, PARAMETER_SETS = 21, range(22), (32, 33, 34)


def units(stream: bytes) -> list[bytes]:
    """NAL units of a byte stream with their start codes."""
    begins = [match.start() for match in re.finditer(b"\0\0\1", stream)]
    return [stream[begin:end] for begin, end in zip(begins, [*begins[1:], len(stream)], strict=True)]


def unit_type(unit: bytes) -> int:
    return unit[3] >> 1 & 63


def encode(ffmpeg: Ffmpeg, bikes: Path, parameters: str, name: str) -> list[bytes]:
    footage = ["-ss", 2, "-i", bikes, "-an", "-vf", "crop=352:208:144:32", "-frames:v", 20]
    encoder = ["-c:v", "libx265", "-x265-params", f"log-level=none:frame-threads=1:info=0:{parameters}"]
    return units(ffmpeg(*footage, *encoder, name=name).read_bytes())


@pytest.fixture(scope="module")
def open_gop(ffmpeg: Ffmpeg, bikes: Path) -> list[bytes]:
    return encode(ffmpeg, bikes, "keyint=6:min-keyint=6:open-gop=1:bframes=3:b-adapt=0:scenecut=0", "open.hevc")


@pytest.fixture(scope="module")
def sliced(ffmpeg: Ffmpeg, bikes: Path) -> list[bytes]:
    return encode(ffmpeg, bikes, "slices=3:bframes=0:ctu=16", "sliced.hevc")


def frames(stream: list[bytes]) -> Rows:
    rows: Rows = codecorpus.extract(b"".join(stream), codec="hevc").frames.to_pylist()
    assert sum(int(str(row["bytes"])) for row in rows) == sum(map(len, stream))
    return rows


def test_leading_pictures_of_a_stream_that_is_cut_open_are_never_shown(open_gop: list[bytes]) -> None:
    whole = frames(open_gop)
    assert all(row["complete"] for row in whole)
    cut_at = next(i for i, unit in enumerate(open_gop) if unit_type(unit) == CRA)
    sets = [unit for unit in open_gop[:cut_at] if unit_type(unit) in PARAMETER_SETS][:3]
    cut = frames([*sets, *open_gop[cut_at:]])
    skipped = [row for row in cut if row["frame"] is None]
    assert skipped and cut[0]["frame"] == 0
    assert any(not row["complete"] and "None" in f"{row['refs0']} {row['refs1']}" for row in skipped)
    shown = [row for row in cut if row["frame"] is not None]
    assert all(row["complete"] for row in shown)
    assert [row["type"] for row in cut] == [row["type"] for row in whole[-len(cut) :]]


def test_pictures_before_the_first_parameter_sets_are_passed_over(open_gop: list[bytes]) -> None:
    first = next(i for i, unit in enumerate(open_gop) if unit_type(unit) in SLICE_TYPES)
    again = next(i for i, unit in enumerate(open_gop) if i > first and unit_type(unit) in PARAMETER_SETS)
    rows = frames(open_gop[first:])
    assert len(rows) == sum(unit_type(unit) in SLICE_TYPES for unit in open_gop[again:])


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_picture_that_lost_a_slice_is_damaged(sliced: list[bytes], lost: int) -> None:
    slices = [i for i, unit in enumerate(sliced) if unit_type(unit) in SLICE_TYPES]
    gone = slices[3 * 4 + lost]
    with pytest.raises(MalformedError, match=r"picture 4, .*hold \d+ of its 286 coding tree units") as caught:
        codecorpus.extract(b"".join(sliced[:gone] + sliced[gone + 1 :]), codec="hevc")
    whole = codecorpus.extract(b"".join(sliced), codec="hevc").blocks
    assert caught.value.intrinsics is not None
    assert caught.value.intrinsics.blocks.equals(whole.filter(pc.less(whole["coded_order"], 4)))


def test_a_picture_that_its_blocks_do_not_cover_is_damaged(ffmpeg: Ffmpeg, bikes: Path) -> None:
    """Pictures of one coding tree block that the sequence parameter set says are of 8192x4320."""
    footage = ["-ss", 2, "-i", bikes, "-an", "-vf", "crop=64:64:144:32", "-frames:v", 5]
    encoder = ["-c:v", "libx265", "-x265-params", "log-level=none:info=0"]
    stream = split(ffmpeg(*footage, *encoder, name="small.hevc").read_bytes())
    sps = next(i for i, unit in enumerate(stream) if unit[0] >> 1 == 33)
    bits = Bits(stream[sps], header=2)
    bits.u(8 + 88 + 8)  # up to profile_tier_level( )'s end: there is one sub-layer
    bits.ue(), bits.ue()
    for samples in (8192, 4320):
        bits.replace_ue(f"{samples + 1:0{2 * (samples + 1).bit_length() - 1}b}")
    stream[sps] = bits.unit()
    with pytest.raises(MalformedError, match=r"picture 0, .*hold 1 of its 8704 coding tree units"):
        codecorpus.extract(joined(stream), codec="hevc")


def test_a_stream_that_begins_between_key_frames_is_shown_from_the_first_one_on(open_gop: list[bytes]) -> None:
    """As FFmpeg shows it, which decodes from the first IRAP picture on and drops the RASL pictures that lead it."""
    slices = [i for i, unit in enumerate(open_gop) if unit_type(unit) in SLICE_TYPES]
    sets = [unit for unit in open_gop if unit_type(unit) in PARAMETER_SETS][:3]
    cut = b"".join([*sets, *open_gop[slices[2] :]])
    with av.open(io.BytesIO(cut), format="hevc") as container:
        shown = sum(1 for _ in container.decode(video=0))
    rows = codecorpus.extract(cut, codec="hevc").frames.to_pylist()
    frames_shown = sorted(row["frame"] for row in rows if row["frame"] is not None)
    assert frames_shown == list(range(shown)) and shown < len(rows) == len(slices) - 2
    first = next(at for at, row in enumerate(rows) if row["key"])
    assert all(row["frame"] is None for row in rows[:first]) and rows[first]["frame"] is not None


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_slice_costs_its_picture_and_those_whose_vectors_need_it(sliced: list[bytes], lost: int) -> None:
    slices = [i for i, unit in enumerate(sliced) if unit_type(unit) in SLICE_TYPES]
    gone = slices[3 * 4 + lost]
    found = codecorpus.extract(b"".join(sliced[:gone] + sliced[gone + 1 :]), codec="hevc", errors="skip")
    whole = codecorpus.extract(b"".join(sliced), codec="hevc")
    rows = found.frames.to_pylist()
    assert [row["coded_order"] for row in rows] == list(range(whole.frames.num_rows))
    assert sum(row["bytes"] for row in rows) == sum(map(len, sliced)) - len(sliced[gone])
    damaged = [row["coded_order"] for row in rows if row["error"] is not None]
    assert damaged[0] == 4 and len(found.errors) == len(damaged)
    assert "of its 286 coding tree units" in rows[4]["error"]
    assert all("collocated_ref_idx" in rows[at]["error"] for at in damaged[1:])
    intact = pc.invert(pc.is_in(whole.blocks["coded_order"], value_set=pa.array(damaged, pa.int32())))
    assert found.blocks.equals(whole.blocks.filter(intact))


def test_pictures_before_and_behind_damage_are_those_of_the_whole_stream(open_gop: list[bytes]) -> None:
    """Behind the second key frame nothing needs what was overwritten in the first group of pictures."""
    slices = [i for i, unit in enumerate(open_gop) if unit_type(unit) in SLICE_TYPES]
    at = slices[2]
    damaged = open_gop[at][:20] + b"\xaa" * len(open_gop[at][20:])
    found = codecorpus.extract(b"".join([*open_gop[:at], damaged, *open_gop[at + 1 :]]), codec="hevc", errors="skip")
    whole = codecorpus.extract(b"".join(open_gop), codec="hevc")
    rows = found.frames.to_pylist()
    assert rows[2]["error"] is not None and rows[0]["error"] is None and rows[1]["error"] is None
    keys = [row["coded_order"] for row in rows if row["key"]]
    for table in ("blocks", "motion"):
        orders = whole.tables[table]["coded_order"]
        expected = whole.tables[table].filter(pc.or_(pc.less(orders, 2), pc.greater(orders, keys[2])))
        same = pc.is_in(found.tables[table]["coded_order"], value_set=expected["coded_order"].unique())
        assert found.tables[table].filter(same).equals(expected)
    assert all(row["complete"] for row in rows if row["coded_order"] > keys[2])


def test_what_is_no_part_of_the_stream_is_passed_over(open_gop: list[bytes]) -> None:
    """Units of reserved and unspecified types, of other layers, with a broken header, and a repeated slice."""
    at = [i for i, unit in enumerate(open_gop) if unit_type(unit) in SLICE_TYPES][3]
    reserved, unspecified, other_layer = b"\0\0\1\x2c\1\x80\1", b"\0\0\1\x62\1\x80\1", b"\0\0\1\2\x09\x80\1"
    debris = [reserved, unspecified, other_layer, b"\0\0\1\xce\1\x80"]
    found = codecorpus.extract(b"".join([*open_gop[:at], *debris, *open_gop[at:]]), codec="hevc", errors="skip")
    whole = codecorpus.extract(b"".join(open_gop), codec="hevc")
    assert found.blocks.equals(whole.blocks) and found.motion.equals(whole.motion)
    assert [error.element for error in found.errors] == ["forbidden_zero_bit"]
    assert sum(found.frames["bytes"].to_pylist()) == sum(map(len, [*open_gop, *debris]))


def test_a_picture_whose_vectors_are_not_known_takes_the_place_of_one_before_a_loss(
    ffmpeg: Ffmpeg, bikes: Path
) -> None:
    """An IDR picture is lost whole: what refers to pictures behind it must not find those of the sequence before."""
    parameters = "keyint=8:min-keyint=8:open-gop=0:bframes=3:b-adapt=0:scenecut=0:slices=2"
    stream = encode(ffmpeg, bikes, parameters, "lost-idr.hevc")
    whole = codecorpus.extract(b"".join(stream), codec="hevc")
    keys = [row["coded_order"] for row in whole.frames.to_pylist() if row["key"]]
    idr = [unit for unit in stream if unit_type(unit) in (19, 20)]
    second = {id(unit) for unit in idr[len(idr) // len(keys) :][: len(idr) // len(keys)]}
    read = codecorpus.extract(b"".join(unit for unit in stream if id(unit) not in second), codec="hevc", errors="skip")
    rows = read.frames.to_pylist()
    lost = keys[1]
    behind = [row for row in rows if lost <= row["coded_order"] < keys[2] - 1]
    assert len(behind) == keys[2] - keys[1] - 1 and len(read.frames) == len(whole.frames) - 1
    for row in behind:
        assert all(ref is None or ref >= lost for ref in (row["refs0"] or []) + (row["refs1"] or []))
        if row["error"] is None:
            order = row["coded_order"]
            theirs = whole.motion.filter(pc.equal(whole.motion["coded_order"], order + 1))
            ours = read.motion.filter(pc.equal(read.motion["coded_order"], order))
            names = ["block", "part", "mv0_x", "mv0_y", "mv1_x", "mv1_y"]
            assert ours.select(names).equals(theirs.select(names))
    assert str(behind[0]["error"]).startswith("collocated_ref_idx: vectors are predicted from a picture")
