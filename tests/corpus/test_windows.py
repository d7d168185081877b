"""Windows and contrasts: what can be learned from, and what encodes of one clip say of each other."""

from __future__ import annotations

import itertools
import json
import math
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pyarrow as pa
import pytest
from helpers import written
from helpers.corpora import Builder
from helpers.written import B_FRAMES, Stream

import codecorpus
from codecorpus.corpus.contrast import Contrast, Contrasts
from codecorpus.corpus.descriptions import ENTRIES, NAMES
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.windows import Window
from codecorpus.errors import CorpusError

MATRIX = """
sources: [sample://carphone]
clips: {length: 8, limit: 1}
gop: {length: 4}
encodes:
  - {encoder: libx264, preset: ultrafast, tune: [film, psnr], crf: [23, 40]}
  - {encoder: libx265, preset: fast, bitrate: [100k, 1M]}
"""


def test_every_whole_window_is_listed_once(tmp_path: Path) -> None:
    written.built(tmp_path)
    found = codecorpus.open(tmp_path).windows(4, 2)
    both = ("x265-a", "x265-b")
    assert [window for window in found if window.clip == "one-000"] == [
        ("one-000", first, first + 4, both) for first in (0, 2, 4)
    ]
    assert {window.clip for window in found} == {"one-000", "two-000", "three-000"}
    assert len(codecorpus.open(tmp_path).windows(4)) == 6 and codecorpus.open(tmp_path).windows(10) == []
    assert found[0].frames == slice(0, 4)
    assert (
        pickle.loads(pickle.dumps(found)) == found and Window(*json.loads(json.dumps(found))[0][:3], both) == found[0]
    )
    assert codecorpus.open(tmp_path).windows(9, encodes=["x265-b"])[0].encodes == ("x265-b",)


def test_nothing_that_failed_or_is_damaged_slips_in(tmp_path: Path) -> None:
    good, lost = written.read(B_FRAMES), Stream(error="it failed")
    broken = written.damaged(B_FRAMES, coded_order=4)
    bad = come_from(broken.frames, 4)
    assert 0 < len(bad) < 5
    streams = {
        "a": {"one": good, "two": good, "three": Stream(broken), "four": lost},
        "b": {"one": good, "two": lost, "three": good, "four": lost},
    }
    written.write(tmp_path, {Chunk(0, 0): streams}, ["frames"])
    corpus = codecorpus.open(tmp_path)
    found = corpus.windows(1)
    assert {(w.clip, w.encodes) for w in found if w.clip != "three"} == {("one", ("a", "b")), ("two", ("a",))}
    assert {w.first for w in found if w.encodes == ("b",)} == bad
    assert {w.clip for w in corpus.windows(1, encodes=["a", "b"])} == {"one", "three"}
    assert len(corpus.windows(1, encodes=["a"], damaged=True)) == 27
    assert len(corpus.windows(1, encodes=["a"])) == 27 - len(bad)
    with pytest.raises(CorpusError, match=r": no encode 'c'; known are a, b$"):
        corpus.windows(1, encodes=["c"])
    with pytest.raises(ValueError, match=r"^windows have 1 frame or more"):
        corpus.windows(0)


def test_a_stream_that_begins_without_references_is_looked_at(tmp_path: Path) -> None:
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    rows = intrinsics.frames.to_pylist()
    rows[3]["complete"] = False
    write_source(tmp_path, pa.Table.from_pylist(rows, intrinsics.frames.schema))
    found = {window.first for window in codecorpus.open(tmp_path).windows(1)}
    assert found == set(range(9)) - come_from(intrinsics.frames, 3)


def test_what_lacks_something_behind_all_that_is_shown_counts_to_the_last_of_it(tmp_path: Path) -> None:
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    rows = intrinsics.frames.to_pylist()
    rows.append(rows[-1] | {"frame": None, "coded_order": 9, "refs0": [], "refs1": [], "complete": False})
    write_source(tmp_path, pa.Table.from_pylist(rows, intrinsics.frames.schema))
    found = {window.first for window in codecorpus.open(tmp_path).windows(1)}
    assert found == set(range(9)) - {rows[-2]["frame"]}


def come_from(frames: pa.Table, coded_order: int) -> set[int]:
    """The frames that a picture has a part in, through any references, and its own."""
    found = {coded_order}
    for row in frames.to_pylist():
        if found & {*row["refs0"], *row["refs1"]}:
            found.add(row["coded_order"])
    return {row["frame"] for row in frames.to_pylist() if row["coded_order"] in found}


# A picture's type, whether it is a key, what it refers to, and whether it is whole; in coded order.
Told = tuple[str, bool, list[int | None], bool]
INTRA: Told = ("I", True, [], True)


@pytest.mark.parametrize(
    ("pictures", "whole"),
    [
        ([INTRA, ("P", False, [0], False), ("P", False, [1], True), ("P", False, [2], True)], [0]),
        ([INTRA, ("P", False, [0], False), ("P", False, [1, 0], True), INTRA, ("P", False, [3], True)], [0, 3, 4]),
        ([INTRA, ("P", False, [0], False), INTRA, ("B", False, [1, 2], True), ("B", False, [0, 2], True)], [0, 2, 4]),
        ([INTRA, ("P", False, [0], False), ("P", False, [0], True), ("I", False, [], True)], [0, 2, 3]),
        (
            [INTRA, ("P", False, [], True), ("P", False, [0], False), ("P", False, [], True), ("P", True, [], True)],
            [0, 1, 4],
        ),
        ([("P", True, [0, None], True), ("P", False, [None, 1, 0], True), ("P", False, [None, 1], False)], [0, 1]),
        ([("I", True, [], False), ("P", False, [0], True), ("P", False, [], True)], []),
    ],
    ids=["lasts", "until a key", "leading", "not used", "not told", "unused are lost", "a key's own"],
)
def test_damage_lasts_in_all_that_comes_from_it(pictures: list[Told], whole: list[int], tmp_path: Path) -> None:
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    own = intrinsics.frames.to_pylist()[0]
    rows = [
        {
            **own,
            "frame": at,
            "coded_order": at,
            "type": kind,
            "key": key,
            "refs0": refs,
            "refs1": [],
            "complete": complete,
        }
        for at, (kind, key, refs, complete) in enumerate(pictures)
    ]
    frames = pa.Table.from_pylist(rows, intrinsics.frames.schema)
    write_source(tmp_path, frames)
    assert [window.first for window in codecorpus.open(tmp_path).windows(1)] == whole
    assert len(codecorpus.open(tmp_path).windows(1, damaged=True)) == len(pictures)


RISING = [10, 20, 30, 40]


@pytest.mark.parametrize(
    ("pts", "sizes", "wanted", "codec"),
    [
        (RISING, [(72, 56)] * 4, [0, 1, 2, 3], "hevc"),
        ([10, 20, 20, 30], [(72, 56)] * 4, [], "hevc"),
        ([10, 20, 5, 15], [(72, 56)] * 4, [], "hevc"),
        ([None] * 4, [(72, 56)] * 4, [0, 1, 2, 3], "hevc"),
        (RISING, [(72, 56), (72, 56), (36, 56), (72, 56)], [0, 1, 3], "hevc"),
        (RISING, [(72, 56), (36, 56), (35, 56), (64, 28)], [0, 1], "av1"),
        (RISING, [(36, 28), (72, 56), (72, 56), (36, 28)], [], "hevc"),
    ],
    ids=[
        "as they are",
        "a time twice",
        "times fall",
        "no times",
        "a size alone",
        "stretched",
        "begins in another size",
    ],
)
def test_what_tables_tell_of_pixels_is_heeded(
    pts: list[int | None], sizes: list[tuple[int, int]], wanted: list[int], codec: str, tmp_path: Path
) -> None:
    intrinsics = written.read(B_FRAMES).intrinsics
    assert intrinsics is not None
    own = intrinsics.frames.to_pylist()[0] | {"refs0": [], "refs1": []}
    rows = [
        {**own, "frame": at, "coded_order": at, "pts": pts[at], "crop_width": size[0], "crop_height": size[1]}
        for at, size in enumerate(sizes)
    ]
    write_source(tmp_path, pa.Table.from_pylist(rows, intrinsics.frames.schema), codec)
    corpus = codecorpus.open(tmp_path)
    assert [window.first for window in corpus.windows(1, pixels=True)] == wanted
    assert [window.first for window in corpus.windows(1)] == [0, 1, 2, 3]


def write_source(path: Path, frames: pa.Table, codec: str = "hevc") -> None:
    """A corpus of one file that is read as it is."""
    stream = Stream(codecorpus.Intrinsics(codec, {"frames": frames}))
    written.write(path, {Chunk(0, 0): {"source": {"one": stream}}}, ["frames"], command="extract")


def contrast(maps: np.ndarray) -> Contrast:
    return Contrast(("a", "b", "c"), ("bits", "energy"), maps, np.zeros((3, len(ENTRIES)), np.float32))


def test_what_encodes_share_and_where_they_differ() -> None:
    """Against a slow, plain version."""
    rng = np.random.default_rng(0)
    maps = np.round(rng.random((3, 2, 2, 3, 4)) * 6).astype(np.float32)
    maps[rng.random(maps.shape) < 0.2] = np.nan
    one = contrast(maps)
    for frame in range(2):
        for channel in range(2):
            for row in range(3):
                for column in range(4):
                    at = (frame, channel, row, column)
                    values = [float(maps[(e, *at)]) for e in range(3) if not math.isnan(maps[(e, *at)])]
                    mean = sum(values) / len(values) if values else math.nan
                    assert one.mean[at] == pytest.approx(mean, nan_ok=True)
                    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)) if values else math.nan
                    assert one.spread[at] == pytest.approx(spread, abs=1e-6, nan_ok=True)
                    ranks = []
                    for e in range(3):
                        own, value = maps[e, frame, channel].ravel(), maps[(e, *at)]
                        if not math.isnan(value):
                            there = own[~np.isnan(own)]
                            ranks.append(((there < value).sum() + (there == value).sum() / 2) / len(there))
                    apart = [abs(a - b) for i, a in enumerate(ranks) for b in ranks[i + 1 :]]
                    wanted = sum(apart) / len(apart) if apart else math.nan
                    assert one.disagreement[at] == pytest.approx(wanted, abs=1e-6, nan_ok=True)
    values, names = one.summary(("spread", "mean"))
    assert names == ("bits_spread", "energy_spread", "bits_mean", "energy_mean")
    np.testing.assert_array_equal(values[:, :2], one.spread)


def test_equal_ranks_agree_whatever_the_rates() -> None:
    maps = np.random.default_rng(1).random((1, 1, 1, 4, 4)).astype(np.float32)
    assert contrast(np.concatenate([maps, maps * 10, maps**3])).disagreement.max() == 0


def test_of_two_caps_the_smaller_comes_first() -> None:
    rows = [
        {"encode": name, "rate_control": "crf", "rate": "20", "maxrate": cap, "bufsize": buffer, "passes": 1}
        for name, cap, buffer in (
            ("free", None, None),
            ("max400k", "400k", "800k"),
            ("max50k", "50k", "100k"),
            ("max50k-long", "50k", "1M"),
        )
    ]
    told = cast(codecorpus.Corpus, SimpleNamespace(encodes=pa.Table.from_pylist(rows)))
    rising = ["max50k", "max50k-long", "max400k", "free"]
    assert set(Contrasts(told).pairs("rate")) == set(itertools.combinations(rising, 2))


def test_a_matrix_is_described_and_paired(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, MATRIX)
    corpus = codecorpus.open(tmp_path)
    names = [f"x264-ultrafast-{tune}-crf{crf}" for tune in ("film", "psnr") for crf in (23, 40)]
    assert corpus.contrast.pairs("tune") == [(names[0], names[2]), (names[1], names[3])]
    slow, fast = (f"x265-fast-{rate}" for rate in ("100k", "1M"))
    assert set(corpus.contrast.pairs("rate")) == {(names[1], names[0]), (names[3], names[2]), (slow, fast)}
    with pytest.raises(ValueError, match=r"^pairs are by tune, rate, or another column of encodes; not 'colour'$"):
        corpus.contrast.pairs("colour")
    for none in ([], names[0]):
        with pytest.raises(ValueError, match=r"^encodes are a sequence of one name or more; not "):
            corpus.contrast("carphone-000", encodes=none)
    with pytest.raises(ValueError, match=r"^encodes are a sequence of names; not 'x264"):
        corpus.windows(encodes=names[0])
    one = corpus.contrast("carphone-000", slice(2, 6), channels=("bits", "qstep"))
    assert one.encodes == tuple(sorted([*names, slow, fast])) and one.maps.shape == (6, 4, 2, 9, 11)
    np.testing.assert_array_equal(
        one.maps[0], corpus.maps("carphone-000", names[0], slice(2, 6), channels=("bits", "qstep"))
    )
    assert one.description.shape == (6, len(ENTRIES)) and np.isfinite(one.description).all()
    told = [dict(zip(NAMES, row, strict=True)) for row in one.description.tolist()]
    film, fine, rate = told[0], told[2], dict(zip(one.encodes, told, strict=True))[fast]
    assert (film["codec_h264"], film["tune_film"], fine["tune_film"], fine["tune_psnr"]) == (1, 1, 0, 1)
    assert film["effort"] == 0 and 0 < rate["effort"] < 1 and film["quality"] == pytest.approx(23 / 51)
    assert (rate["rate_bitrate"], rate["rate_crf"]) == (1, 0)
    assert rate["target_bitrate"] == pytest.approx(math.log2(1000))
    assert film["bitrate"] > told[1]["bitrate"] and film["qstep"] < told[1]["qstep"]
    streams = {row["encode"]: row for row in corpus.streams.to_pylist()}
    clip = corpus.clips.to_pylist()[0]
    kbps = streams[names[0]]["bytes"] * 8 / 8 * clip["fps"] / 1000
    assert film["bitrate"] == pytest.approx(math.log2(kbps), rel=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        corpus.description("carphone-000", names[0])[:] = 0
