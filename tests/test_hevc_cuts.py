"""HEVC: streams cut open, and streams that lost slices, keep what can be known and say what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import codecorpus

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
def test_a_lost_slice_leaves_the_others(sliced: list[bytes], lost: int) -> None:
    slices = [i for i, unit in enumerate(sliced) if unit_type(unit) in SLICE_TYPES]
    gone = slices[3 * 4 + lost]
    whole, damaged = frames(sliced), frames(sliced[:gone] + sliced[gone + 1 :])
    assert len(damaged) == len(whole)
    assert [row["complete"] for row in damaged] == [row["coded_order"] != 4 for row in whole]
    tables = codecorpus.extract(b"".join(sliced[:gone] + sliced[gone + 1 :]), codec="hevc")
    all_blocks = codecorpus.extract(b"".join(sliced), codec="hevc").blocks.to_pylist()
    blocks = tables.blocks.to_pylist()
    assert 0 < len(blocks) < len(all_blocks)
    place = ("coded_order", "x", "y", "w", "h", "partition")
    assert {tuple(row[key] for key in place) for row in blocks} <= {
        tuple(row[key] for key in place) for row in all_blocks
    }
