"""HEVC: what x265 itself logs of every picture."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

import codecorpus

Ffmpeg = Callable[..., Path]

START_CODE = 4


class Logged(NamedTuple):
    """A stream, what x265 logged of its pictures in coded order, and what we read."""

    stream: bytes
    rows: list[dict[str, str]]
    intrinsics: codecorpus.Intrinsics


@pytest.fixture(scope="module")
def logged(ffmpeg: Ffmpeg, bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Logged:
    """Every shape of block, at a constant QP for each picture type.

    The size is a multiple of 64: x265 counts what lies outside the picture too.
    """
    log = tmp_path_factory.mktemp("x265") / "log.csv"
    parameters = f"csv={log}:csv-log-level=2:log-level=none:frame-threads=1:info=0:aq-mode=0:rect=1:amp=1"
    encoder = ["-c:v", "libx265", "-preset", "slow", "-x265-params", f"{parameters}:qp=27:bframes=3:weightp=1"]
    footage = ["-ss", 2, "-i", bikes, "-an", "-vf", "crop=320:192:144:32", "-frames:v", 16]
    stream = ffmpeg(*footage, *encoder, name="logged.hevc")
    with log.open(newline="") as file:
        rows = [row for row in csv.DictReader(file, skipinitialspace=True) if row["Encode Order"].isdigit()]
    rows.sort(key=lambda row: int(row["Encode Order"]))
    return Logged(stream.read_bytes(), rows, codecorpus.extract(stream))


def test_pictures_types_and_order(logged: Logged) -> None:
    frames = logged.intrinsics.frames
    assert frames["coded_order"].to_pylist() == [int(row["Encode Order"]) for row in logged.rows]
    assert frames["frame"].to_pylist() == [int(row["POC"]) for row in logged.rows]
    assert frames["type"].to_pylist() == [row["Type"][0].upper() for row in logged.rows]
    assert set(frames["type"].to_pylist()) == {"I", "P", "B"}


def test_reference_lists(logged: Logged) -> None:
    shown = logged.intrinsics.frames["frame"].to_pylist()
    for side in "01":
        lists = logged.intrinsics.frames[f"refs{side}"].to_pylist()
        found = [[shown[reference] for reference in references or []] for references in lists]
        assert found == [[int(poc) for poc in row[f"List {side}"].split() if poc != "-"] for row in logged.rows]
        assert any(found)


def test_bits(logged: Logged) -> None:
    """x265 does not count start codes."""
    sizes = logged.intrinsics.frames["bytes"].to_pylist()
    excess = [size - int(row["Bits"]) // 8 for size, row in zip(sizes, logged.rows, strict=True)]
    assert excess == [4 * START_CODE - 1] + [START_CODE] * (len(excess) - 1), "the first slice has a shorter one"
    assert sum(sizes) == len(logged.stream)


def test_qp(logged: Logged) -> None:
    qps = logged.intrinsics.frames["qp"].to_pylist()
    assert qps == pytest.approx([float(row["QP"]) for row in logged.rows], abs=0.005)
    assert len(set(qps)) >= 3


def test_shares_of_coding_units(logged: Logged) -> None:
    """In each picture, for each size, the share of coding units of every kind, to a hundredth of a per cent."""
    counts = kinds_of_coding_units(logged.intrinsics)
    seen: Counter[str] = Counter()
    for order, row in enumerate(logged.rows):
        for size in (64, 32, 16, 8):
            found = counts[order, size]
            for kind, logged_share in shares(row, size).items():
                share = float(100 * found[kind] / max(found.total(), 1))
                assert share == pytest.approx(logged_share, abs=0.006), f"picture {order}, {kind} of {size}x{size}"
                seen[kind] += found[kind]
    assert all(seen[kind] for kind in shares(logged.rows[0], 32)), f"not every kind was there: {seen}"


def shares(row: dict[str, str], size: int) -> dict[str, float]:
    """What x265 says of the coding units of a size."""
    half = size // 2
    columns = {
        "intra": f"Intra {size}x{size}",
        "skip": f"Skip {size}x{size}",
        "merge PART_2Nx2N": f"Merge {size}x{size}",
        "amvp PART_2Nx2N": f"Inter {size}x{size}",
        "merge PART_2NxN": f"Merge {size}x{half}",
        "amvp PART_2NxN": f"Inter {size}x{half}",
        "merge PART_Nx2N": f"Merge {half}x{size}",
        "amvp PART_Nx2N": f"Inter {half}x{size}",
        "amp": f"AMP {size}",
    }
    return {kind: float(row[column].rstrip("%")) for kind, column in columns.items()}


def kinds_of_coding_units(intrinsics: codecorpus.Intrinsics) -> dict[tuple[int, int], Counter[str]]:
    """How many coding units there are, by coded order and size, of each kind; a half where halves differ in mode."""
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    keys = ["coded_order", "block"]
    blocks = {tuple(block[key] for key in keys): block for block in intrinsics.blocks.to_pylist()}
    for block in blocks.values():
        if block["prediction"] == "intra":
            counts[block["coded_order"], block["w"]]["intra"] += 1
    for row in intrinsics.motion.to_pylist():
        block = blocks[tuple(row[key] for key in keys)]
        share = Fraction(row["w"] * row["h"], block["w"] * block["h"])
        counts[block["coded_order"], block["w"]][kind_of(block["partition"], row["mode"])] += share
    return counts


def kind_of(partition: str, mode: str) -> str:
    if mode == "skip":
        return mode
    return f"{mode} {partition}" if partition in {"PART_2Nx2N", "PART_2NxN", "PART_Nx2N"} else "amp"
