"""Plans: sources into groups, clips and chunks."""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers.corpora import SMALL, Builder

from codecorpus import recipe
from codecorpus.corpus import store as stores
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.plans import Planned
from codecorpus.encode import ffmpeg
from codecorpus.matrix import expand
from codecorpus.run import plan, roster
from codecorpus.run.estimate import cost, estimate
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build, Shard
from codecorpus.run.roster import Roster, group_size, holds
from codecorpus.run.run import planned
from codecorpus.sources.find import Video
from codecorpus.sources.probe import Probe, probe

SETTINGS = {"command": "build", "settings": {}}


def made(root: Path, text: str = SMALL) -> tuple[Build, list[Planned]]:
    request = Build(recipe.parse(text, "small"), str(root), ffmpeg.find().path)
    return request, planned(request, Inline(), Shard())


def test_every_clip_goes_through_every_encode(tmp_path: Path) -> None:
    request, chunks = made(tmp_path)
    jobs = [job for chunk in chunks for clip in chunk.clips for job in request.jobs(clip)]
    assert len(jobs) == 8
    assert [job.clip.name for job in jobs] == ["carphone-000"] * 4 + ["carphone-001"] * 4
    assert {job.gop.length for job in jobs} == {6}


def test_frames_are_always_read() -> None:
    assert {*Build(recipe.parse(SMALL + "tables: [motion]\n"), "", "").products(None)} == {"frames", "motion"}


def test_clips_share_chunks_of_ten_minutes(tmp_path: Path, bikes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "CHUNK_SECONDS", 1.0)
    _, chunks = made(tmp_path, SMALL.replace("length: 12, limit: 2", "length: 12"))
    assert [len(chunk.clips) for chunk in chunks] == [2] * 5
    names = [name for chunk in chunks for name in chunk.names]
    assert names == [f"carphone-{number:03}" for number in range(10)]


def test_sources_of_a_group_are_looked_at_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "FEW_GROUPS", 1)
    both, one = threading.Barrier(2), plan.probe

    def probe(path: Path, track: int | None) -> Probe:
        both.wait(60)
        return one(path, track)

    monkeypatch.setattr(plan, "probe", probe)
    text = SMALL.replace("sources: [sample://carphone]", "sources: [sample://carphone, missing.mp4, sample://bikes]")
    request = Build(recipe.parse(text, "small"), str(tmp_path), ffmpeg.find().path)
    (chunk,) = planned(request, Inline(2), Shard())
    assert [clip.name for clip in chunk.clips] == ["carphone-000", "carphone-001", "bikes-000", "bikes-001"]
    assert [lost.clip for lost in chunk.lost] == ["missing-000"]


def test_a_source_that_changes_while_it_is_looked_at_is_lost(
    bikes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is still written: its frames were of one file, its SHA-256 of another."""
    path, still = tmp_path / "growing.mp4", tmp_path / "still.mp4"
    for one in (path, still):
        one.write_bytes(bikes.read_bytes())

    def grows(path: Path, track: int | None) -> Probe:
        found = probe(path, track)
        if path.name == "growing.mp4":
            with path.open("ab") as file:
                file.write(b"more")
        return found

    monkeypatch.setattr(plan, "probe", grows)
    text = SMALL.replace("sample://carphone", f"{path}, {still}")
    told = planned(Build(recipe.parse(text), str(tmp_path / "corpus"), ffmpeg.find().path), Inline(), Shard())
    assert [clip.video.uri for chunk in told for clip in chunk.clips] == [str(still)] * 2
    assert [lost.error for chunk in told for lost in chunk.lost] == [f"{path}: it was changed while it was read"]


def test_a_source_that_another_machine_could_not_read_is_planned_while_nothing_is_made(
    bikes: Path, build: Builder, tmp_path: Path
) -> None:
    """As where one of an array's nodes lacks a mount, and is therefore the first to plan."""
    mounted = tmp_path / "mounted.mp4"
    text = SMALL.replace("sample://carphone", f"{mounted}, {tmp_path}/else.mp4")
    (tmp_path / "else.mp4").write_bytes(b"no video")
    assert build(tmp_path / "corpus", text, shard=Shard(3, 4)).made == 0
    mounted.write_bytes(bikes.read_bytes())
    made = [build(tmp_path / "corpus", text, shard=Shard(index, 4)) for index in range(4)]
    assert sum(summary.made for summary in made) == 8
    assert {failure.clip for summary in made for failure in summary.failures} == {"else-000"}


@pytest.mark.parametrize(("groups", "count"), [(1, 4), (3, 4), (4, 4), (100, 7)])
def test_shards_hold_every_chunk_once(groups: int, count: int) -> None:
    chunks = [Chunk(group, number) for group in range(groups) for number in range(5)]
    shares = [[chunk for chunk in chunks if holds(Shard(index, count), groups, chunk)] for index in range(count)]
    assert sorted(itertools.chain.from_iterable(shares)) == chunks
    assert all(shares)


def test_groups_are_few_and_small() -> None:
    assert [group_size(n) for n in (1, 32, 100, 1000, 60_000, 100_000, 1_000_000)] == [1, 1, 4, 16, 16, 25, 245]
    assert [group_size(n, "extract") for n in (1, 32, 100, 4000, 60_000, 1_000_000)] == [1, 1, 4, 125, 128, 245]


def test_new_sources_come_behind_and_names_stay(tmp_path: Path) -> None:
    store = stores.find(str(tmp_path))
    first = [Video("a/clip.mp4"), Video("b/other.mp4")]
    Roster(store).enlist(first, SETTINGS)
    roster = Roster(store)
    assert roster.enlist([Video("b/clip.mp4"), *first, Video("b/clip.mp4", 1.0)], SETTINGS) == 2
    sources = list(roster)
    assert [source.group for source in sources] == [0, 1, 2, 3]
    names = [source.name for source in sources]
    assert names[:2] == ["clip", "other"]
    assert names[2] != names[3] and all(name.startswith("clip-") for name in names[2:])
    again = Roster(store)
    assert again.enlist(first, SETTINGS) == 0
    assert list(again) == sources


@pytest.mark.parametrize("count", [2, 3, 8])
def test_chunks_stay_a_shard_s_while_sources_come(count: int, tmp_path: Path) -> None:
    """Of an array's tasks some begin before a source has come in, some behind."""

    def owners() -> dict[Chunk, set[int]]:
        roster = Roster(stores.find(str(tmp_path)))
        roster.enlist([], SETTINGS)
        found: dict[Chunk, set[int]] = {}
        for shard in (Shard(index, count) for index in range(count)):
            for group, _ in roster.groups_of(shard):
                for chunk in (Chunk(group, number) for number in range(6)):
                    own = {shard.index} if holds(shard, roster.groups_with(group), chunk) else set()
                    found[chunk] = found.get(chunk, set()) | own
        return found

    videos = [Video(f"{name}.mp4") for name in "abcde"]
    Roster(stores.find(str(tmp_path))).enlist(videos[:2], SETTINGS)
    before = owners()
    for video in videos[2:]:
        Roster(stores.find(str(tmp_path))).enlist([video], SETTINGS)
        now = owners()
        assert now.items() >= before.items() and all(len(own) == 1 for own in now.values())


def names(root: Path, *lists: Sequence[str]) -> dict[str, str]:
    """The names of sources that are listed, one list after the other, by their URIs."""
    for uris in lists:
        Roster(stores.find(str(root))).enlist([Video(uri) for uri in uris], SETTINGS)
    found = Roster(stores.find(str(root)))
    found.enlist([], SETTINGS)
    return {source.video.uri: source.name for source in found}


ALIKE = ("14077/video.mp4", "87346/video.mp4")
"""Files whose digests begin with the same eight digits."""


@pytest.mark.parametrize("uris", [ALIKE, ALIKE[::-1]])
def test_names_are_as_long_as_it_takes(uris: Sequence[str], tmp_path: Path) -> None:
    found = names(tmp_path, [*uris, "other/video.mp4", "video-d89df436.mp4"])
    assert [found[uri] for uri in ALIKE] == ["video-d89df43626d8", "video-d89df436444c"]
    assert found["other/video.mp4"] == "video-9541bc33" and found["video-d89df436.mp4"] == "video-d89df436"


def test_names_that_are_made_are_no_other_s(tmp_path: Path) -> None:
    first, second = ("a/video.mp4", "b/video.mp4")
    short, longer = (names(tmp_path / uri[0], [first, second])[uri] for uri in (first, second))
    known = [f"{short}.mp4"]
    found = names(tmp_path / "known", known, [first, second])
    assert found[known[0]] == short and found[first].startswith(short) and len(found[first]) == len(short) + 4
    assert found[second] == longer
    found = names(tmp_path / "late", [first, second], known)
    assert found[first] == short and found[known[0]].startswith(f"{short}-")


def test_a_list_cannot_name_a_file_as_another_in_every_length(tmp_path: Path) -> None:
    digest = hashlib.sha256(repr(("a/video.mp4", None, None)).encode()).hexdigest()
    files = [f"video-{digest[:digits]}.mp4" for digits in range(8, 65, 4)]
    found = names(tmp_path, ["a/video.mp4", "b/video.mp4", *files])
    assert len({*found.values()}) == len(found) == len(files) + 2
    assert found["a/video.mp4"] == f"video-{digest}{digest[:4]}"


def test_a_hundred_thousand_sources_are_listed_in_flat_memory(tmp_path: Path) -> None:
    store = stores.find(str(tmp_path))
    videos = [Video(f"/videos/{number:06}.mp4") for number in range(100_000)]
    Roster(store).enlist(videos, SETTINGS)
    tracemalloc.start()
    roster = Roster(store)
    assert roster.enlist(videos, SETTINGS) == 0
    own = [group for group, _ in roster.groups_of(Shard(3, 1000))]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert roster.groups == 4000 and own == [3, 1003, 2003, 3003]
    assert peak < 20_000_000


def test_estimates_grow_with_the_work(tmp_path: Path) -> None:
    request, chunks = made(tmp_path)
    jobs = [job for chunk in chunks for clip in chunk.clips for job in request.jobs(clip)]
    one, all_ = estimate(jobs[:1], ()), estimate(jobs, ())
    assert 0 < one.core_seconds < all_.core_seconds < 10
    assert all_.bytes == pytest.approx(8 * one.bytes)


def test_presets_between_measured_ones_cost_something_between() -> None:
    ladder = "sources: a\nencodes: [{encoder: libsvtav1, preset: [4, 5, 6]}]"
    slow, between, fast = map(cost, expand(recipe.parse(ladder)))
    assert slow > between > fast


def test_an_array_s_task_is_a_shard() -> None:
    from codecorpus.cli.options import shard

    slurm = {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "5"}
    assert shard(None, slurm) == Shard(2, 4)
    assert shard(None, {"AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "8"}) == Shard(3, 8)
    assert shard("8", {"JOB_COMPLETION_INDEX": "3"}) == Shard(3, 8)
    assert shard(None, {}) == Shard()
    assert os.environ is not None and shard("1/3", slurm) == Shard(1, 3)
