"""Statistics tell what is in a corpus, and rank its maps."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from helpers import written
from helpers.corpora import Builder
from helpers.written import ENCODES
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.corpus import layout, statistics
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.ranks import Spread
from codecorpus.corpus.verify import verify
from codecorpus.errors import CorpusError
from codecorpus.maps import CHANNELS

CLIPS = ("one-000", "two-000", "three-000")
SHORT = """
sources: [sample://carphone]
clips: {length: 6, limit: 1}
gop: {length: 6}
encodes: [{encoder: libx264, preset: ultrafast}]
"""

RANKS = ("bits_importance",)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips in two chunks: two of them alike."""
    root = tmp_path_factory.mktemp("statistics") / "corpus"
    first, other = written.read(written.B_FRAMES), written.read("long_term.hevc")
    chunks = {
        Chunk(0, 0): {encode: {"one-000": first, "two-000": other} for encode in ENCODES},
        Chunk(0, 1): {encode: {"three-000": first} for encode in ENCODES},
    }
    written.write(root, chunks)
    return root


@pytest.fixture
def corpus(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "corpus")


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("cell", [8, 16])
def test_spreads_are_those_of_the_maps_of_all_clips(whole: Path, cell: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "PICTURES_AT_ONCE", 5)
    opened = codecorpus.open(whole)
    for one in statistics.gather(str(whole), cell).statistics:
        clips = [opened.maps(clip, one.summary.encode, cell=cell) for clip in CLIPS]
        for at, channel in enumerate(CHANNELS):
            wanted = Spread()
            wanted.add(np.concatenate([grid[:, at].ravel() for grid in clips]))
            assert (wanted.counts == one.spreads[channel].counts).all(), channel
            assert wanted.empty == one.spreads[channel].empty


def test_a_summary_tells_what_the_tables_tell(whole: Path) -> None:
    opened = codecorpus.open(whole)
    found = statistics.gather(str(whole), 16).statistics
    assert [one.summary.encode for one in found] == list(ENCODES)
    for summary in (one.summary for one in found):
        frames, blocks, motion = (
            getattr(opened, table)(encode=summary.encode).to_pandas() for table in ("frames", "blocks", "motion")
        )
        assert (summary.streams, summary.frames, summary.pictures) == (3, 36, len(frames))
        assert summary.rate.seconds == pytest.approx(36 / 25)
        assert summary.bytes == frames.bytes.sum()
        assert summary.bits["bits_mode"] == pytest.approx(frames.bits_mode.sum())
        area = blocks.w * blocks.h
        assert summary.skipped.value == pytest.approx((blocks.skip * area).sum() / area.sum())
        assert summary.qstep.value == pytest.approx((blocks.qstep * area).sum() / area[blocks.qstep.notna()].sum())
        both = [np.hypot(motion[f"mv{of}_x"], motion[f"mv{of}_y"]) / motion[f"dt{of}"].abs() for of in "01"]
        area, speed = motion.w * motion.h, pd.concat(both, axis=1).mean(axis=1)
        assert summary.speed.value == pytest.approx((speed * area).sum() / area[speed.notna()].sum())
        parts = [p for t in ("frames", "blocks", "motion") for p in (whole / t).rglob(f"{summary.encode}/*")]
        assert summary.table_bytes == sum(path.stat().st_size for path in parts)


def test_a_rate_is_of_streams_that_tell_how_long_they_last(ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    h264 = ("-f", "lavfi", "-i", "testsrc=size=64x48:duration=1", "-c:v", "libx264", "-preset", "ultrafast")
    timed, raw = ffmpeg(*h264, name="timed.mp4"), ffmpeg(*h264, name="raw.264")
    rates = []
    for at, videos in enumerate(([timed], [timed, raw])):
        root, page = tmp_path / f"{at}", tmp_path / f"{at}.html"
        assert run("extract", *videos, "--out", root)[0] == 0
        (told,) = map(json.loads, run("stats", root, "--json")[1].splitlines())
        assert told["streams"] == len(videos) and told["seconds"] == pytest.approx(1)
        assert run("view", root, "--report", "--out", page)[0] == 0
        assert f"<td>{told['kbps']:.0f}</td>" in page.read_text(encoding="utf-8")
        rates.append(told["kbps"])
    assert rates[0] == rates[1] > 0


def test_damaged_pictures_are_left_out(tmp_path: Path) -> None:
    intrinsics = written.damaged(written.B_FRAMES, 4)
    written.write(tmp_path, {Chunk(0, 0): {"a": {"one-000": written.Stream(intrinsics)}}})
    gathered = statistics.gather(str(tmp_path), 16)
    (found,) = gathered.statistics
    maps = codecorpus.open(tmp_path).maps("one-000", "a")
    read = [frame for frame in range(9) if frame != intrinsics.frames["frame"][4].as_py()]
    for at, channel in enumerate(CHANNELS):
        wanted = Spread()
        wanted.add(maps[read, at].ravel())
        spread = found.spreads[channel]
        assert (wanted.counts == spread.counts).all() and wanted.empty == spread.empty, channel
    assert found.summary.pictures == 9 and found.summary.bits["bits_mode"] > 0
    statistics.write(str(tmp_path), 16, gathered)
    (lost,) = set(range(9)) - set(read)
    channels = ("velocity_past_mask", "velocity_past_mask_importance", "bits_importance")
    mask, *ranks = codecorpus.open(tmp_path).maps("one-000", "a", channels=channels).swapaxes(0, 1)
    assert (mask[lost] == 0).all()
    for rank in ranks:
        assert np.isnan(rank[lost]).all() and not np.isnan(rank[read]).any()


def test_maps_come_as_ranks(corpus: Path) -> None:
    assert run("stats", corpus)[0] == 0
    opened = codecorpus.open(corpus)
    both = [opened.maps(clip, ENCODES[1], channels=("bits_importance", "qstep", "bits")) for clip in CLIPS]
    ranks, qstep, bits = np.concatenate(both).swapaxes(0, 1)
    assert 0 <= ranks.min() < 0.1 and 0.95 < ranks.max() <= 1
    assert ranks.mean() == pytest.approx(0.5, abs=1e-4)
    assert abs((bits[ranks >= 0.9].size / bits.size) - 0.1) < 0.02
    assert bits[ranks >= 0.9].min() >= bits[ranks < 0.9].max() * (1 - 1 / 64)
    np.testing.assert_array_equal(qstep[:9], opened.maps(CLIPS[0], ENCODES[1], channels=("qstep",))[:, 0])
    past = opened.maps(CLIPS[0], ENCODES[1], channels=("velocity_past_x", "velocity_past_x_importance"))
    assert (np.isnan(past[:, 0]) == np.isnan(past[:, 1])).all() and np.isnan(past).any()


def test_sources_of_several_codecs_rank_each_among_its_own(tmp_path: Path) -> None:
    written.extracted(tmp_path)
    assert run("stats", tmp_path)[0] == 0
    opened = codecorpus.open(tmp_path)
    for clip in ("av1-000", "fields-000"):
        assert opened.maps(clip, "source", channels=RANKS).mean() == pytest.approx(0.5, abs=1e-4)


def test_ranks_want_statistics_of_the_corpus_as_it_is(corpus: Path) -> None:
    again = rf"codecorpus stats {corpus} --cell"
    with pytest.raises(CorpusError, match=rf"no statistics of cells of 16 are in it: {again} 16$"):
        codecorpus.open(corpus).maps(CLIPS[0], ENCODES[0], channels=RANKS)
    assert run("stats", corpus)[0] == 0
    with pytest.raises(CorpusError, match=rf"no statistics of cells of 8 are in it: {again} 8$"):
        codecorpus.open(corpus).maps(CLIPS[0], ENCODES[0], channels=RANKS, cell=8)
    more = {Chunk(0, 2): {ENCODES[0]: {"four-000": written.read(written.B_FRAMES)}}}
    written.write(corpus, more)
    with pytest.raises(CorpusError, match=rf"its statistics are of what it was before: {again} 16$"):
        codecorpus.open(corpus).maps(CLIPS[0], ENCODES[0], channels=RANKS)
    assert f"{layout.statistics(16)}: it is of what the corpus was before; run codecorpus stats again" in [
        str(problem) for problem in verify(str(corpus)).problems
    ]
    assert codecorpus.open(corpus).maps(CLIPS[0], ENCODES[1], channels=RANKS).shape[1] == 1  # nothing of it is new
    assert run("stats", corpus)[0] == 0
    assert codecorpus.open(corpus).maps("four-000", ENCODES[0], channels=RANKS).shape == (9, 1, 4, 5)


def test_statistics_during_which_a_chunk_is_committed_are_of_what_was_before(corpus: Path, tmp_path: Path) -> None:
    markers = corpus / layout.MANIFEST / str(Chunk(0, 1))
    markers.rename(tmp_path / "later")

    def commit(_: str) -> None:
        if not markers.exists():
            (tmp_path / "later").rename(markers)

    statistics.write(str(corpus), 16, statistics.gather(str(corpus), 16, commit))
    with pytest.raises(CorpusError, match=r"its statistics are of what it was before: codecorpus stats .* --cell 16$"):
        codecorpus.open(corpus).maps("three-000", ENCODES[0], channels=RANKS)
    statistics.write(str(corpus), 16, statistics.gather(str(corpus), 16))
    assert codecorpus.open(corpus).maps("three-000", ENCODES[0], channels=RANKS).size


def test_statistics_may_be_written_elsewhere(corpus: Path, tmp_path: Path) -> None:
    before = sorted(path for path in corpus.rglob("*"))
    code, _, err = run("stats", corpus, "--out", tmp_path / "beside")
    assert code == 0 and err.splitlines()[-1].startswith(f"{tmp_path}/beside/statistics/cell-16.parquet: ")
    assert sorted(path for path in corpus.rglob("*")) == before
    beside = codecorpus.open(corpus, statistics=tmp_path / "beside")
    assert run("stats", corpus)[0] == 0
    own, ranks = (one.maps(CLIPS[0], ENCODES[0], channels=RANKS) for one in (codecorpus.open(corpus), beside))
    np.testing.assert_array_equal(own, ranks)


def test_statistics_of_a_far_corpus_stand_beside_it(whole: Path) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(whole), "/measured", recursive=True)
    assert run("stats", "memory://measured")[0] == 0
    assert verify("memory://measured").problems == []
    assert codecorpus.open("memory://measured").maps(CLIPS[0], ENCODES[0], channels=RANKS).shape[0] == 9
    far.rm("/measured", recursive=True)


def test_an_unknown_rank_and_a_rank_without_a_corpus_are_told(whole: Path) -> None:
    opened = codecorpus.open(whole)
    with pytest.raises(ValueError, match=r"not \('colour',\)$"):
        opened.maps(CLIPS[0], ENCODES[0], channels=("colour_importance",))
    with pytest.raises(ValueError, match=r"^bits_importance is a rank among all .* only Corpus.maps has it$"):
        opened.intrinsics(CLIPS[0], ENCODES[0]).maps(channels=RANKS)


def test_channels_without_their_tables_have_no_ranks(build: Builder, tmp_path: Path) -> None:
    """Also where their maps are on disk."""
    build(tmp_path, SHORT + "tables: [frames, blocks]\nmaps: {}")
    assert run("stats", tmp_path)[0] == 0
    opened = codecorpus.open(tmp_path)
    ranks = opened.maps("carphone-000", "x264-ultrafast-crf23", channels=("velocity_past_x", "bits_importance"))
    assert ranks[:, 1].mean() == pytest.approx(0.5, abs=1e-4)
    told = "no statistics tell of velocity_past_x in x264-ultrafast-crf23: they take frames and motion$"
    with pytest.raises(CorpusError, match=told):
        opened.maps("carphone-000", "x264-ultrafast-crf23", channels=("velocity_past_x_importance",))


def test_statistics_are_part_of_the_corpus(corpus: Path) -> None:
    path = corpus / "statistics" / "cell-16.parquet"
    (corpus / "frames" / "strange.parquet").write_bytes(b"")
    assert [problem.file for problem in verify(str(corpus)).problems] == ["frames/strange.parquet"]
    (corpus / "frames" / "strange.parquet").unlink()
    assert run("stats", corpus)[0] == 0
    before = path.read_bytes()
    assert run("stats", corpus)[0] == 0
    assert path.read_bytes() == before
    assert run("stats", corpus, "--cell", 8)[0] == 0
    assert verify(str(corpus)).problems == []
    path.write_bytes(before[:-1])
    assert [problem.file for problem in verify(str(corpus)).problems] == ["statistics/cell-16.parquet"]
    assert run("stats", corpus)[0] == 0
    assert verify(str(corpus)).problems == []


def test_the_command_prints_a_table_or_json_and_draws(corpus: Path, tmp_path: Path) -> None:
    picture = tmp_path / "spreads.png"
    code, out, err = run("stats", corpus, "--plot", picture)
    assert code == 0
    head, *rows = out.splitlines()
    assert head.split()[:4] == ["codec", "encode", "streams", "frames"]
    assert [row.split()[1] for row in rows] == list(ENCODES)
    assert picture.read_bytes().startswith(b"\x89PNG") and err.splitlines()[-1] == str(picture)
    lines = [json.loads(line) for line in run("stats", corpus, "--json")[1].splitlines()]
    assert [line["encode"] for line in lines] == list(ENCODES)
    assert lines[0]["frames"] == 36 and lines[0]["bytes"] > 0 and 0 < lines[0]["skipped"] < 1


def test_wrong_usage_exits_2(corpus: Path, tmp_path: Path) -> None:
    assert run("stats", corpus, "--cell", 5)[0] == 2
    assert run("stats", corpus, "--plot", tmp_path / "spreads.svg")[0] == 2
    assert run("stats", tmp_path) == (2, "", f"error: {tmp_path}: no corpus here\n")


def test_a_damaged_part_is_named(corpus: Path) -> None:
    name = layout.part("blocks", "hevc", ENCODES[0], Chunk(0, 0))
    path = corpus / name
    path.write_bytes(path.read_bytes()[:-100])
    code, out, err = run("stats", corpus)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {corpus}/{name}: the file is damaged (it is ") and len(err.splitlines()) == 1


def test_tables_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    written.extracted(tmp_path, ["frames"])
    code, out, _ = run("stats", tmp_path, "--json")
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["codec"] for line in lines] == ["av1", "h264", "hevc"]
    assert all(line["qstep"] is None and line["bytes"] > 0 for line in lines)
    assert verify(str(tmp_path)).problems == []


class OfOneProcess(MemoryFileSystem):
    """As file systems over connections are: what was forked cannot use one of its parent's."""

    protocol = "ofoneprocess"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.process = os.getpid()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("ofoneprocess://")))

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> bytes:
        if self.process != os.getpid():
            raise RuntimeError("this file system is not fork-safe")
        return bytes(super().cat_file(path, start, end, **options))


def ranks(corpus: codecorpus.Corpus) -> None:
    assert corpus.maps(CLIPS[0], ENCODES[0], channels=RANKS).shape[0] == 9


def test_other_processes_rank_maps_of_a_far_corpus(whole: Path) -> None:
    fsspec.register_implementation("ofoneprocess", OfOneProcess, clobber=True)
    far = fsspec.filesystem("ofoneprocess")
    far.put(str(whole), "/forked", recursive=True)
    statistics.write("ofoneprocess://forked", 16, statistics.gather("ofoneprocess://forked", 16))
    corpus = codecorpus.open("ofoneprocess://forked")
    forked = multiprocessing.get_context("fork").Process(target=ranks, args=(corpus,))
    forked.start()
    forked.join()
    assert forked.exitcode == 0
    far.rm("/forked", recursive=True)
