"""Plans: clips, shards and what is known of sources already."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.corpora import SMALL

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.matrix import expand
from codecorpus.run import plan as planning
from codecorpus.run.estimate import cost, estimate
from codecorpus.run.plan import Shard, make
from codecorpus.sources import probe

FFMPEG = ffmpeg.find()


def test_every_clip_goes_through_every_encode(tmp_path: Path) -> None:
    jobs = list(make(recipe.parse(SMALL), tmp_path, FFMPEG))
    assert len(jobs) == 8
    assert [job.clip.name for job in jobs] == ["carphone-000"] * 4 + ["carphone-001"] * 4
    assert {job.gop.length for job in jobs} == {6}


def test_frames_are_always_read(tmp_path: Path) -> None:
    plan = make(recipe.parse(SMALL + "tables: [motion]\n"), tmp_path, FFMPEG)
    assert plan.tables == ("frames", "motion")


def test_shards_are_every_clip_once() -> None:
    names = [f"clip-{n:03}" for n in range(100)]
    shares = [[name for name in names if Shard(index, 3).holds(name)] for index in range(3)]
    assert sorted(itertools.chain.from_iterable(shares)) == names
    assert min(map(len, shares)) > 20


def test_a_source_is_looked_at_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []

    def count(path: Path) -> probe.Probe:
        looked.append(path)
        return probe.probe(path)

    monkeypatch.setattr(planning, "probe", count)
    first, second = make(recipe.parse(SMALL), tmp_path, FFMPEG), make(recipe.parse(SMALL), tmp_path, FFMPEG)
    assert len(looked) == 1
    assert first.clips == second.clips
    make(recipe.parse(SMALL.replace("length: 12", "length: 13")), tmp_path, FFMPEG)
    assert len(looked) == 2


def test_a_changed_source_is_looked_at_again(tmp_path: Path, bikes: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(bikes.read_bytes())
    text = SMALL.replace("sample://carphone", str(video))
    before = make(recipe.parse(text), tmp_path / "work", FFMPEG).clips[0]
    video.write_bytes(bikes.read_bytes() + bytes(8))
    os.utime(video, (1, 1))
    assert make(recipe.parse(text), tmp_path / "work", FFMPEG).clips[0].sha256 != before.sha256


def test_the_fingerprint_tells_what_is_asked_for_and_nothing_else(tmp_path: Path) -> None:
    job = next(iter(make(recipe.parse(SMALL), tmp_path, FFMPEG)))
    same = replace(job, clip=replace(job.clip, name="other"))
    assert same.fingerprint() == job.fingerprint()
    for other in (
        replace(job, clip=replace(job.clip, sha256="0")),
        replace(job, clip=replace(job.clip, first=1)),
        replace(job, gop=replace(job.gop, length=7)),
        replace(job, tables=("frames",)),
    ):
        assert other.fingerprint() != job.fingerprint()


def test_estimates_grow_with_the_work(tmp_path: Path) -> None:
    jobs = list(make(recipe.parse(SMALL), tmp_path, FFMPEG))
    one, all_ = estimate(jobs[:1]), estimate(jobs)
    assert 0 < one.core_seconds < all_.core_seconds < 10
    assert all_.bytes == pytest.approx(8 * one.bytes)


def test_presets_between_measured_ones_cost_something_between() -> None:
    ladder = "sources: a\nencodes: [{encoder: libsvtav1, preset: [4, 5, 6]}]"
    slow, between, fast = map(cost, expand(recipe.parse(ladder)))
    assert slow > between > fast
