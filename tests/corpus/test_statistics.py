"""Statistics tell what is in a corpus, and rank its maps."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from codecorpus.run.local import Build
from helpers.corpora import SMALL
from typer.testing import CliRunner

import codecorpus
from codecorpus import recipe
from codecorpus.cli import app
from codecorpus.corpus import statistics
from codecorpus.corpus.ranks import Spread
from codecorpus.corpus.verify import verify
from codecorpus.encode import ffmpeg
from codecorpus.errors import CorpusError
from codecorpus.maps import CHANNELS
from codecorpus.run.plan import Shard

ENCODES = ["svtav1-p11-crf35", "x264-ultrafast-crf23", "x264-ultrafast-crf40", "x265-ultrafast-crf28"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips in two shards."""
    root = tmp_path_factory.mktemp("statistics") / "corpus"
    for shard in range(2):
        Build(recipe.parse(SMALL, "small"), root, ffmpeg.find(), shard=Shard(shard, 2)).run()
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
    for one in statistics.gather(str(whole), cell):
        clips = [opened.maps(clip, one.summary.encode, cell=cell) for clip in ("carphone-000", "carphone-001")]
        for at, channel in enumerate(CHANNELS):
            wanted = Spread()
            wanted.add(np.concatenate([grid[:, at].ravel() for grid in clips]))
            assert (wanted.counts == one.spreads[channel].counts).all(), channel
            assert wanted.empty == one.spreads[channel].empty


def test_a_summary_tells_what_the_tables_tell(whole: Path) -> None:
    opened = codecorpus.open(whole)
    found = statistics.gather(str(whole), 16)
    assert [one.summary.encode for one in found] == ENCODES
    for summary in (one.summary for one in found):
        frames, blocks, motion = (
            getattr(opened, table)(encode=summary.encode).to_pandas() for table in ("frames", "blocks", "motion")
        )
        assert (summary.streams, summary.frames, summary.pictures) == (2, 24, len(frames))
        assert summary.seconds == pytest.approx(24 / 29.97, rel=1e-3)
        assert summary.bytes == frames.bytes.sum()
        assert summary.bits["bits_mode"] == pytest.approx(frames.bits_mode.sum())
        area = blocks.w * blocks.h
        assert summary.skipped.value == pytest.approx((blocks.skip * area).sum() / area.sum())
        assert summary.qstep.value == pytest.approx((blocks.qstep * area).sum() / area[blocks.qstep.notna()].sum())
        area, speed = motion.w * motion.h, np.hypot(motion.mv0_x, motion.mv0_y) / motion.dt0.abs()
        assert summary.speed.value == pytest.approx((speed * area).sum() / area[speed.notna()].sum())
        parts = [p for t in ("frames", "blocks", "motion") for p in (whole / t).rglob(f"encode={summary.encode}/*")]
        assert summary.table_bytes == sum(path.stat().st_size for path in parts)


def test_maps_come_as_ranks(corpus: Path) -> None:
    assert run("stats", corpus)[0] == 0
    opened = codecorpus.open(corpus)
    both = [
        opened.maps(clip, ENCODES[1], channels=("bits_importance", "qstep", "bits"))
        for clip in ("carphone-000", "carphone-001")
    ]
    ranks, qstep, bits = np.concatenate(both).swapaxes(0, 1)
    assert 0 <= ranks.min() < 0.1 and 0.99 < ranks.max() <= 1
    assert ranks.mean() == pytest.approx(0.5, abs=1e-4)
    assert abs((bits[ranks >= 0.9].size / bits.size) - 0.1) < 0.02
    assert bits[ranks >= 0.9].min() >= bits[ranks < 0.9].max() * (1 - 1 / 64)
    assert (qstep == opened.maps("carphone-000", ENCODES[1], channels=("qstep",))[0, 0, 0, 0]).any()
    past = opened.maps("carphone-000", ENCODES[1], channels=("velocity_past_x", "velocity_past_x_importance"))
    assert (np.isnan(past[:, 0]) == np.isnan(past[:, 1])).all() and np.isnan(past).any()


def test_sources_of_several_codecs_rank_each_among_its_own(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    streams = ["tests/data/weighted.hevc", "tests/data/compound.obu"]
    assert run("extract", *streams, "--out", corpus)[0] == 0
    assert run("stats", corpus)[0] == 0
    opened = codecorpus.open(corpus)
    for clip in ("weighted-000", "compound-000"):
        assert opened.maps(clip, "source", channels=("bits_importance",)).mean() == pytest.approx(0.5, abs=1e-4)


def test_ranks_want_statistics_of_the_corpus_as_it_is(corpus: Path) -> None:
    ranks = ("bits_importance",)
    again = rf"codecorpus stats {corpus} --cell"
    with pytest.raises(CorpusError, match=rf"no statistics of cells of 16 are in it: {again} 16$"):
        codecorpus.open(corpus).maps("carphone-000", ENCODES[0], channels=ranks)
    assert run("stats", corpus)[0] == 0
    with pytest.raises(CorpusError, match=rf"no statistics of cells of 8 are in it: {again} 8$"):
        codecorpus.open(corpus).maps("carphone-000", ENCODES[0], channels=ranks, cell=8)
    wider = recipe.parse(SMALL.replace("limit: 2", "limit: 3"), "small")
    for shard in range(2):
        Build(wider, corpus, ffmpeg.find(), shard=Shard(shard, 2)).run()
    with pytest.raises(CorpusError, match=rf"its statistics are of what it was before: {again} 16$"):
        codecorpus.open(corpus).maps("carphone-000", ENCODES[0], channels=ranks)
    assert run("stats", corpus)[0] == 0
    assert codecorpus.open(corpus).maps("carphone-002", ENCODES[0], channels=ranks).shape == (12, 1, 9, 11)


def test_an_unknown_rank_and_a_rank_without_a_corpus_are_told(whole: Path) -> None:
    opened = codecorpus.open(whole)
    with pytest.raises(ValueError, match=r"not \('colour',\)$"):
        opened.maps("carphone-000", ENCODES[0], channels=("colour_importance",))
    with pytest.raises(ValueError, match=r"^bits_importance is a rank among all .* only Corpus.maps has it$"):
        opened.intrinsics("carphone-000", ENCODES[0]).maps(channels=("bits_importance",))


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


def test_the_command_prints_a_table_or_json_and_draws(corpus: Path, tmp_path: Path) -> None:
    picture = tmp_path / "spreads.png"
    code, out, err = run("stats", corpus, "--plot", picture)
    assert code == 0
    head, *rows = out.splitlines()
    assert head.split()[:4] == ["codec", "encode", "streams", "frames"]
    assert [row.split()[1] for row in rows] == ENCODES
    assert picture.read_bytes().startswith(b"\x89PNG") and err.splitlines()[-1] == str(picture)
    lines = [json.loads(line) for line in run("stats", corpus, "--json")[1].splitlines()]
    assert [line["encode"] for line in lines] == ENCODES
    assert lines[0]["frames"] == 24 and lines[0]["bytes"] > 0 and 0 < lines[0]["skipped"] < 1


def test_wrong_usage_exits_2(corpus: Path, tmp_path: Path) -> None:
    assert run("stats", corpus, "--cell", 5)[0] == 2
    assert run("stats", corpus, "--plot", tmp_path / "spreads.svg")[0] == 2
    assert run("stats", tmp_path) == (2, "", f"error: {tmp_path}: no corpus here\n")


def test_a_damaged_part_is_told_in_one_line(corpus: Path) -> None:
    path = next(corpus.glob(f"blocks/codec=*/encode={ENCODES[0]}/*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    code, out, err = run("stats", corpus)
    assert (code, out) == (1, "")
    assert err.startswith("error: ") and len(err.splitlines()) == 1


def test_tables_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    assert run("extract", "tests/data/weighted.hevc", "--out", corpus, "--tables", "frames")[0] == 0
    code, out, _ = run("stats", corpus, "--json")
    assert code == 0
    assert json.loads(out)["qstep"] is None and json.loads(out)["bytes"] > 0
    assert verify(str(corpus)).problems == []
