"""Features of bitstream models: each against a slow, plain version."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers.corpora import SMALL, Builder
from helpers.streams import Picture, stream

import codecorpus
from codecorpus.layouts.p1204 import UNITS, Features, features

DATA = Path(__file__).parents[1] / "data"


def told(name: str, values: list[float]) -> dict[str, float]:
    return {
        f"{name}_mean": statistics.fmean(values),
        f"{name}_std": statistics.pstdev(values),
        f"{name}_min": min(values),
        f"{name}_max": max(values),
    }


def spread(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    total = sum(weight for _, weight in pairs)
    mean = sum(value * weight for value, weight in pairs) / total
    return mean, math.sqrt(sum((value - mean) ** 2 * weight for value, weight in pairs) / total)


def speeds(motion: dict[str, Any]) -> list[float]:
    """How far each vector of a row goes in a frame interval, in lines of the frame."""
    lines = 2 if motion["field"] else 1
    return [
        math.hypot(motion[f"mv{of}_x"], motion[f"mv{of}_y"] * lines) / abs(motion[f"dt{of}"])
        for of in "01"
        if motion[f"dt{of}"] and motion[f"mv{of}_x"] is not None
    ]


@pytest.mark.parametrize(
    "name",
    ["long_term_b.hevc", "poc_type_1.264", "mbaff_temporal_cabac.264", "compound.obu", "delta_lf.obu", "tiny.vp9.ivf"],
)
def test_features_are_what_the_tables_say(name: str) -> None:
    intrinsics = codecorpus.extract(DATA / name)
    pictures, blocks, motion = (intrinsics.tables[name].to_pylist() for name in ("frames", "blocks", "motion"))
    types = {row["coded_order"]: row["type"] for row in pictures}
    sizes_of = {row["coded_order"]: (row["width"], row["height"]) for row in pictures}

    def area_of(row: dict[str, Any]) -> int:
        """What is in the picture."""
        width, height = sizes_of[row["coded_order"]]
        return (min(row["x"] + row["w"], width) - row["x"]) * (min(row["y"] + row["h"], height) - row["y"])

    shown = [row for row in pictures if row["frame"] is not None]
    size = sum(row["bytes"] for row in pictures)
    wanted = told("frame_size", [row["bytes"] for row in pictures])
    wanted |= told("qp", [row["qp"] for row in pictures])
    wanted |= told("qp_inter", [row["qp"] for row in pictures if row["type"] != "I"])
    wanted |= told("qstep", [row["qstep"] for row in pictures])
    wanted |= {"bitrate": size * 8 / len(shown) * 30 / 1000, "framerate": 30}
    wanted["bits_per_sample"] = size * 8 / (len(shown) * pictures[0]["crop_width"] * pictures[0]["crop_height"])
    for kind in "IPB":
        wanted[f"{kind.lower()}_share"] = [row["type"] for row in pictures].count(kind) / len(pictures)
    sizes = [[row["bytes"] for row in pictures if (row["type"] == "I") == intra] for intra in (True, False)]
    wanted["i_size_ratio"] = statistics.fmean(sizes[0]) / statistics.fmean(sizes[1])
    spreads, means, ways = [], [], []
    for order in types:
        own = [(b["qp"], area_of(b)) for b in blocks if b["coded_order"] == order and b["qp"] is not None]
        spreads.append(spread(own)[1])
        rows = [(speeds(m), area_of(m)) for m in motion if m["coded_order"] == order]
        vectors = [(statistics.fmean(lengths), weight) for lengths, weight in rows if lengths]
        if vectors:
            mean, way = spread(vectors)
            means.append(mean)
            ways.append(way)
    wanted |= told("qp_spread", spreads) | told("motion", means) | told("motion_spread", ways)
    inter = [(b, area_of(b)) for b in blocks if types[b["coded_order"]] != "I"]
    area = sum(weight for _, weight in inter)
    wanted["skip_share"] = sum(weight for b, weight in inter if b["skip"]) / area
    wanted["intra_share"] = sum(weight for b, weight in inter if b["prediction"] != "inter") / area
    got = features(intrinsics, 30.0)
    assert set(got) == set(UNITS)
    for feature, value in wanted.items():
        assert got[feature] == pytest.approx(value, rel=1e-5, abs=1e-6), feature


def test_rates_are_over_frames_that_are_shown_again_or_lost_too() -> None:
    """100 bytes a picture, damaged ones too; nothing else is known of those."""
    pictures = [Picture(0), Picture(None), Picture(2), Picture(3, error="lost"), Picture(5)]
    got = features(stream(pictures), 25.0)
    assert got["bitrate"] == pytest.approx(5 * 100 * 8 / 6 * 25 / 1000)
    assert got["bits_per_sample"] == pytest.approx(5 * 100 * 8 / (6 * 64 * 48))
    assert got["p_share"] == 1 and got["gop_length"] == 4


def test_pictures_are_as_large_as_decoders_show_them() -> None:
    """They are coded narrower, and stretched by superres."""
    intrinsics = codecorpus.extract(DATA / "superres_10.obu")
    got, size = features(intrinsics, 25.0), sum(intrinsics.frames["bytes"].to_pylist())
    assert (got["width"], got["height"]) == (96, 64)
    assert got["bits_per_sample"] == pytest.approx(size * 8 / (6 * 96 * 64))


def test_where_parts_end_does_not_show() -> None:
    whole = codecorpus.extract(DATA / "compound.obu")
    gathered = Features()
    orders = whole.frames["coded_order"].to_pylist()
    for first in range(0, len(orders), 2):
        tables = {
            name: table.filter(pc.is_in(table["coded_order"], pa.array(orders[first : first + 2], pa.int32())))
            for name, table in whole.tables.items()
        }
        gathered.add(codecorpus.Intrinsics(whole.codec, tables))
    assert gathered.tell(30.0) == pytest.approx(features(whole, 30.0), rel=0, abs=0, nan_ok=True)


def test_streams_of_a_corpus_have_them(build: Builder, tmp_path: Path) -> None:
    """Also once tables are added by another recipe, which reads no blocks."""
    recipe = SMALL.replace("limit: 2", "limit: 1")
    build(tmp_path, recipe)
    corpus = codecorpus.open(tmp_path)
    rows = corpus.streams.to_pylist()
    assert len(rows) == 4
    for row in rows:
        wanted = features(corpus.intrinsics(row["clip"], row["encode"]), corpus.fps(row["clip"]))
        told = {name: math.nan if row[f"p1204_{name}"] is None else row[f"p1204_{name}"] for name in UNITS}
        assert told == pytest.approx(wanted, rel=1e-6, nan_ok=True)
    build(tmp_path, recipe + "tables: [frames, blocks, motion, transforms]\n")
    assert codecorpus.open(tmp_path).streams.select([f"p1204_{name}" for name in UNITS]).to_pylist() == [
        {name: value for name, value in row.items() if name.startswith("p1204_")} for row in rows
    ]


def test_without_blocks_there_are_none(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, SMALL.replace("limit: 2", "limit: 1") + "tables: [frames]\n")
    assert codecorpus.open(tmp_path).streams["p1204_bitrate"].null_count == 4
