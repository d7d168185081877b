"""Quality in numbers: means, curves, and BD-rates whose value is known."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from helpers.corpora import Builder
from PIL import Image
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.corpus.distortion import (
    DECIBELS,
    MEASURES,
    Family,
    Point,
    Quality,
    bd_rates,
    curve,
    families,
    mean,
    points,
    rate,
)
from codecorpus.run.request import Shard

TEXT = """
sources: [sample://bikes]
clips: {length: 8, limit: 2, size: 160x96}
gop: {length: 8}
encodes:
  - {encoder: libx264, preset: [ultrafast, fast], crf: [20, 28, 36]}
quality: [psnr]
"""

FAST, QUICK = (tuple(f"x264-{preset}-crf{crf}" for crf in (20, 28, 36)) for preset in ("fast", "ultrafast"))


def point(encode: str, rate: float, value: float, clip: str = "a") -> Point:
    return Point(clip, encode, "h264", 100 / 125 / rate, Quality(10, 100, {"psnr_y": value}))


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_frames_without_loss_count(name: str) -> None:
    some = mean(name, [30.0, 40.0, math.nan])
    assert mean(name, [math.nan]) is None and mean(name, []) is None and some is not None
    if name not in DECIBELS:
        assert some == 35
        return
    power = DECIBELS[name] / 10
    assert some == pytest.approx(-10 * power * math.log10((10 ** (-3 / power) + 10 ** (-4 / power)) / 2))
    assert mean(name, [30.0, math.inf]) == pytest.approx(30 + 10 * power * math.log10(2))
    assert mean(name, [30.0, math.inf], [1, 3]) == pytest.approx(30 + 10 * power * math.log10(4))
    assert mean(name, [math.inf, math.inf]) == math.inf


def test_a_rate_is_all_bits_over_all_seconds() -> None:
    found = [Point(clip, "o", "h264", seconds, Quality(10, 1000, {})) for clip, seconds in (("a", 1.0), ("b", 4.0))]
    assert [one.rate for one in found] == [8, 2] and rate(found) == pytest.approx(16 / 5)


def test_what_cannot_be_compared_tells_why() -> None:
    pytest.importorskip("bjontegaard", reason="bjontegaard is not installed: pip install 'codecorpus[view]'")
    curves = {
        "rises": [(100, 30), (200, 33), (400, 36)],
        "short": [(100, 30), (200, math.inf)],
        "falls": [(100, 30), (200, 29), (400, 36)],
        "far": [(100, 50), (200, 53), (400, 56)],
        "aside": [(100, 34), (200, 37), (400, 40)],
        "like": [(50, 30), (100, 33), (200, 36)],
    }
    found = [point(f"{name}{at}", *pair) for name, pairs in curves.items() for at, pair in enumerate(pairs)]
    among = [Family(name, tuple(f"{name}{at}" for at in range(len(pairs)))) for name, pairs in curves.items()]
    compared = bd_rates(found, among, among[0], "psnr_y")
    assert {one.family: one.reasons.get("a") for one in compared} == {
        "short": "short has fewer than two points with loss",
        "falls": "psnr_y of falls does not rise with its rate",
        "far": "0% of their psnr_y is in common, less than 50%",
        "aside": "20% of their psnr_y is in common, less than 50%",
        "like": None,
    }
    assert {one.family: one.mean for one in compared if one.mean is not None} == {"like": pytest.approx(-50)}


def test_a_fifth_fewer_bits_are_a_fifth_fewer() -> None:
    pytest.importorskip("bjontegaard", reason="bjontegaard is not installed: pip install 'codecorpus[view]'")
    rates = (100.0, 200.0, 400.0, 800.0)
    anchor, test = Family("one", ("o0", "o1", "o2", "o3")), Family("two", ("t0", "t1", "t2", "t3"))
    found = [point(f"o{at}", rate, 30 + 3 * at) for at, rate in enumerate(rates)]
    found += [point(f"t{at}", 0.8 * rate, 30 + 3 * at) for at, rate in enumerate(rates)]
    found += [point(f"o{at}", rate, 30 + 3 * at, "b") for at, rate in enumerate(rates)]
    found += [point(f"t{at}", rate, 50 + 3 * at, "b") for at, rate in enumerate(rates)]  # which meets the other nowhere
    (one,) = bd_rates(found, [anchor, test], anchor, "psnr_y")
    assert (one.family, one.anchor) == ("two", "one") and one.clips["b"] is None
    assert one.clips["a"] == pytest.approx(-20, abs=1e-6) and one.mean == one.clips["a"]
    assert curve(found, test, "a", "psnr_y")[0] == pytest.approx([80, 160, 320, 640])


def test_a_type_of_picture_is_compared_with_its_like() -> None:
    pytest.importorskip("bjontegaard", reason="bjontegaard is not installed: pip install 'codecorpus[view]'")
    found = []
    for family, share in (("one", 1.0), ("two", 0.7)):  # of which the key pictures alone take less
        for at, size in enumerate((1000, 2000, 4000)):
            kinds = {
                "I": Quality(2, int(size * share), {"psnr_y": 30.0 + at}),
                "P": Quality(8, size, {"psnr_y": 28.0 + at}),
            }
            found.append(Point("a", f"{family}{at}", "h264", 1.0, Quality(10, 1, {"psnr_y": 30.0 + at}), kinds))
    anchor, other = (Family(name, tuple(f"{name}{at}" for at in range(3))) for name in ("one", "two"))
    means = {kind: bd_rates(found, [anchor, other], anchor, "psnr_y", kind)[0].mean for kind in "IPB"}
    assert means == {"I": pytest.approx(-30), "P": pytest.approx(0), "B": None}


def test_encodes_that_differ_in_rate_alone_are_a_family() -> None:
    common = {"encoder": "libx264", "preset": "fast", "maxrate": None, "bufsize": None, "passes": 1}
    rows = [
        {"encode": f"x264-fast-{tune}crf{rate}", "tune": tune, "rate_control": "crf", "rate": str(rate), **common}
        for tune in ("film-", "")
        for rate in (23, 30)
    ]
    rows.append({"encode": "x264-fast-500k", "tune": "", "rate_control": "bitrate", "rate": "500k", **common})
    found = {family.name: family.encodes for family in families(rows)}
    assert found == {
        "x264-fast-film": ("x264-fast-film-crf23", "x264-fast-film-crf30"),
        "x264-fast": ("x264-fast-crf23", "x264-fast-crf30", "x264-fast-500k"),
    }


def test_an_encode_whose_streams_all_failed_has_no_points(build: Builder, tmp_path: Path) -> None:
    refused = "{encoder: libsvtav1, preset: 10, bitrate: 20k, params: {resize-mode: 1, resize-denom: 12}}"
    text = TEXT.replace("160x96", "130x98").replace("quality", f"  - {refused}\nquality")
    assert {failure.encode for failure in build(tmp_path, text).failures} == {
        "svtav1-p10-20k-resize-mode1-resize-denom12"
    }
    assert {point.encode for point in points(codecorpus.open(tmp_path))} == {*FAST, *QUICK}


def psnr(values: Iterable[float]) -> float:
    """Of the mean error."""
    return -10 * math.log10(np.mean([10 ** (-value / 10) for value in values]))


BLACK = """
sources: [{source}]
clips: {{length: whole}}
tables: [frames]
encodes:
  - {{encoder: libx264, preset: [ultrafast, fast], qp: [0, 24, 32, 40]}}
quality: [psnr]
"""


def test_clips_that_begin_in_black_are_compared(build: Builder, ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    """Frames of black are lossless at some rates, and not at others."""
    pictures = (
        word for name in ("color=black:", "testsrc2=") for word in ("-f", "lavfi", "-i", f"{name}s=96x64:d=0.32")
    )
    source = ffmpeg(*pictures, "-lavfi", "concat=n=2", "-pix_fmt", "yuv420p", "-c:v", "libx264", name="black.mp4")
    build(tmp_path / "c", BLACK.format(source=source))
    result = CliRunner().invoke(app, ["stats", str(tmp_path / "c"), "--json"], catch_exceptions=False)
    told = [json.loads(line, parse_constant=pytest.fail) for line in result.stdout.splitlines()]
    values = {line["encode"]: line["psnr_y"] for line in told if line["event"] == "quality"}
    assert values["x264-fast-qp0"] is None and values["x264-ultrafast-qp0"] is None
    rows = codecorpus.open(tmp_path / "c").frames("black-000", "x264-fast-qp24")["psnr_y"].to_pylist()
    assert math.inf in rows and values["x264-fast-qp24"] == pytest.approx(psnr(rows))
    for preset in ("ultrafast", "fast"):
        assert values[f"x264-{preset}-qp24"] > values[f"x264-{preset}-qp32"] > values[f"x264-{preset}-qp40"]
    (compared,) = [line for line in told if line["event"] == "bd_rate"]
    assert compared["percent"] is not None and compared["reasons"] == {}
    plain = CliRunner().invoke(app, ["stats", str(tmp_path / "c")], catch_exceptions=False).stdout
    assert re.search(r"x264-fast-qp0 .* inf ", plain)
    page = tmp_path / "page.html"
    CliRunner().invoke(app, ["view", str(tmp_path / "c"), "--report", "--out", str(page)], catch_exceptions=False)
    assert f"<td>{values['x264-fast-qp24']:.4g}</td>" in page.read_text(encoding="utf-8")


def test_stats_tell_of_means_over_some_frames(build: Builder, tmp_path: Path) -> None:
    text = TEXT.replace("bikes]", "bikes, sample://carphone]").replace("[ultrafast, fast]", "fast")
    text = text.replace("[20, 28, 36]", "28").replace("limit: 2", "limit: 1")
    build(tmp_path / "c", text)
    result = CliRunner().invoke(app, ["stats", str(tmp_path / "c")], catch_exceptions=False)
    assert "note: " not in result.stderr
    build(tmp_path / "c", text.replace("[psnr]", "[psnr, ssim]"), shard=Shard(0, 2))
    result = CliRunner().invoke(app, ["stats", str(tmp_path / "c")], catch_exceptions=False)
    assert "note: x264-fast-crf28: ssim of 8 of 16 frames\n" in result.stderr and "psnr_y of" not in result.stderr
    result = CliRunner().invoke(app, ["stats", str(tmp_path / "c"), "--json"], catch_exceptions=False)
    notes = [line for line in map(json.loads, result.stdout.splitlines()) if line["event"] == "note"]
    assert notes == [{"event": "note", "encode": "x264-fast-crf28", "note": "ssim of 8 of 16 frames"}]


def test_stats_tell_of_quality(build: Builder, tmp_path: Path) -> None:
    build(tmp_path / "c", TEXT)
    corpus = codecorpus.open(tmp_path / "c")
    found = points(corpus)
    assert len(found) == 12
    for one in found:
        rows = corpus.frames(one.clip, one.encode).to_pylist()
        assert one.whole.measures["psnr_y"] == pytest.approx(psnr(row["psnr_y"] for row in rows), rel=1e-6)
        assert one.rate == pytest.approx(sum(row["bytes"] for row in rows) * 8 / 8 * 25 / 1000)
        for kind, own in one.by_type.items():
            of_kind = [row for row in rows if row["type"] == kind]
            assert own.frames == len(of_kind) and own.bytes == sum(row["bytes"] for row in of_kind)
            assert own.measures["psnr_y"] == pytest.approx(psnr(row["psnr_y"] for row in of_kind), rel=1e-6)

    def stats(*words: str) -> list[dict]:
        result = CliRunner().invoke(app, ["stats", str(tmp_path / "c"), "--json", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    told = stats("--curves", str(tmp_path / "curves.png"), "--out", str(tmp_path / "elsewhere"))
    assert not (tmp_path / "c/statistics").exists() and (tmp_path / "elsewhere/statistics").exists()
    qualities = {line["encode"]: line for line in told if line["event"] == "quality"}
    assert set(qualities) == {*FAST, *QUICK} and qualities[FAST[0]]["psnr_y"] > qualities[FAST[2]]["psnr_y"]
    assert qualities[FAST[0]]["frames"] == 16 and qualities[FAST[0]]["kbps"] > qualities[FAST[2]]["kbps"]
    (compared,) = [line for line in told if line["event"] == "bd_rate"]
    assert (compared["anchor"], compared["encodes"]) == ("x264-fast", "x264-ultrafast")
    assert compared["percent"] > 10 and set(compared["clips"]) == {"bikes-000", "bikes-001"}
    assert compared["reasons"] == {}
    rates = {line["encode"]: line["kbps"] for line in told if line["event"] == "encode"}
    assert {name: line["kbps"] for name, line in qualities.items()} == pytest.approx(rates)
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 700
    typed = stats("--by", "type")
    assert [line["type"] for line in typed if line["event"] == "bd_rate"] == ["I", "P", "B"]
    by_type = [line for line in typed if line["event"] == "quality"]
    assert {line["type"] for line in by_type} == {"I", "P", "B"} and not any("kbps" in line for line in by_type)
    by_clip = [line for line in stats("--by", "clip") if line["event"] == "quality"]
    assert len(by_clip) == 12 and not any(math.isnan(line["kbps"]) for line in by_clip)
    plain = CliRunner().invoke(app, ["stats", str(tmp_path / "c")], catch_exceptions=False).stdout
    assert "PSNR of luma, dB" in plain and "BD-rate against x264-fast" in plain
    plain = CliRunner().invoke(app, ["stats", str(tmp_path / "c"), "--by", "clip"], catch_exceptions=False).stdout
    assert plain.count("x264-ultrafast  bikes-00") == 2 and plain.count(" %") >= 2
    result = CliRunner().invoke(app, ["stats", str(tmp_path / "c"), "--measure", "vmaf"])
    assert result.exit_code == 2 and "vmaf was not measured, only psnr_y, psnr_u, psnr_v" in result.output
