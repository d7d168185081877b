"""Corpora that grow, are retried and mended: what was made stays, once, whatever fails meanwhile."""

from __future__ import annotations

import contextlib
import errno
import itertools
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from helpers.corpora import Builder, tree

import codecorpus
from codecorpus.corpus import layout
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.manifest import Marker
from codecorpus.corpus.store import LocalStore
from codecorpus.corpus.verify import verify
from codecorpus.errors import EncodeError
from codecorpus.run import building, keeping, plan, roster, stream
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Extract
from codecorpus.run.run import Run, Summary
from codecorpus.run.status import look
from codecorpus.run.work import Event
from codecorpus.sources.clips import CutClip

ENCODE = "x264-ultrafast-crf23"
TWO = """
sources: [{folder}/a.mp4, {folder}/b.mp4]
clips: {{length: 6, limit: 1}}
gop: {{length: 6}}
encodes: [{{encoder: libx264, preset: ultrafast, crf: 23}}]
"""
MORE = ["quality: [psnr]\n", "tables: [frames, blocks, motion, transforms]\n", "maps: {cell: 16, channels: [bits]}\n"]
BIG = "".join(["tables: [frames, blocks, motion, transforms]\nmaps: {cell: 8, channels: [skip, bits]}\n", MORE[0]])


ASIDE = {layout.HEAD, layout.CARD}
"""What tells what was asked for last."""


@pytest.fixture
def two(ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A recipe of two sources, in one chunk."""
    monkeypatch.setattr(roster, "group_size", lambda *_: 2)
    for name, start in (("a.mp4", 0), ("b.mp4", 1)):
        cut = ffmpeg("-ss", start, "-i", bikes, "-frames:v", 8, "-vf", "scale=160:80", "-an", name=name)
        (tmp_path / name).write_bytes(cut.read_bytes())
    return TWO.format(folder=tmp_path)


def away(folder: Path, name: str = "b.mp4") -> Callable[[], Path]:
    """Move a source away; calling what is given brings it back."""
    path, elsewhere = folder / name, folder / f"{name}.away"
    path.rename(elsewhere)
    return lambda: elsewhere.rename(path)


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    """Names of files that are not the same in both."""
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def assert_whole(corpus: Path) -> None:
    """It is, and no row stands twice for those who read the files themselves."""
    assert verify(str(corpus)).problems == []
    for table in ("frames", "streams"):
        keys = [name for name in ("clip", "encode", "coded_order") if table == "frames" or name != "coded_order"]
        rows = ds.dataset(corpus / table, format="parquet").to_table(columns=keys).to_pylist()
        assert max(Counter(tuple(row.values()) for row in rows).values()) == 1


ENCODE_AS_IT_IS = stream.encode


def failing(clip: str) -> Callable[..., stream.Bitstream]:
    """An encoder that fails of one clip."""
    encode = stream.encode

    def run(job: stream.Job, *more: object) -> stream.Bitstream:
        if job.clip.name == clip:
            raise EncodeError("it has a bad day")
        return encode(job, *more)  # type: ignore[arg-type]

    return run


def failing_to_keep(clip: str) -> Callable[..., None]:
    """Keeping, whose FFmpeg is killed at one clip."""
    keep = keeping.keep

    def run(form: str, made: CutClip, *more: object) -> None:
        if made.clip.name == clip:
            raise EncodeError(f"{clip}, to be kept: FFmpeg is ended by SIGKILL")
        keep(form, made, *more)  # type: ignore[arg-type]

    return run


def other(job: stream.Job, *more: object) -> stream.Bitstream:
    """An encoder that gives other bytes than the one that was."""
    assert job.encode is not None
    return ENCODE_AS_IT_IS(replace(job, encode=replace(job.encode, preset="veryfast")), *more)  # type: ignore[arg-type]


class Died(BaseException):
    """What ends a run wherever it is."""


def die(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Have a run die after so many calls that change a store."""
    calls = itertools.count()

    def wrapped(name: str, does: Callable[..., object]) -> Callable[..., object]:
        def call(store: LocalStore, *more: object) -> object:
            if next(calls) == after:
                raise Died(name)
            return does(store, *more)

        return call

    for name in ("put", "put_once", "publish", "remove"):
        monkeypatch.setattr(LocalStore, name, wrapped(name, getattr(LocalStore, name)))


def extracted(corpus: Path, tables: tuple[str, ...], *paths: Path, retry_failed: bool = False) -> Summary:
    request = Extract(tuple(map(str, paths)), str(corpus), tables, retry_failed=retry_failed)
    return Run(request, Inline()).run()


@pytest.mark.parametrize("more", MORE)
def test_what_was_made_stays_where_what_is_added_fails(more: str, build: Builder, two: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, two)
    before = tree(corpus)
    back = away(tmp_path)
    for _ in range(2):
        events: list[Event] = []
        summary = build(corpus, two + more, tell=events.append)
        assert [(failure.clip, failure.encode) for failure in summary.failures] == [("b-000", ENCODE)]
        assert summary.made == 0 and "No such file" in summary.failures[0].error
        assert [event.clip for event in events if event.kind == "failed"] == ["b-000"]
        assert differing(tree(corpus), before) <= ASIDE
    assert codecorpus.open(corpus).frames(clip="b-000", encode=ENCODE).num_rows == 6
    assert build(corpus, two).failures == ()
    back()
    assert (build(corpus, two + more).failures, build(corpus, two + more).made) == ((), 0)
    assert_whole(corpus)


def test_what_was_made_stays_where_a_measure_is_impossible(
    build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise EncodeError("it cannot be measured")

    corpus = tmp_path / "corpus"
    build(corpus, two, keep_streams=True)
    before = tree(corpus)
    monkeypatch.setattr(building, "measure", fail)
    for options in ({}, {"retry_failed": True}):
        summary = build(corpus, two + MORE[0], **options)
        assert [failure.error for failure in summary.failures] == ["it cannot be measured"] * 2
        assert differing(tree(corpus), before) <= ASIDE
    shutil.rmtree(corpus / "frames")
    assert [failure.error for failure in build(corpus, two + MORE[0]).failures] == ["it cannot be measured"] * 2
    assert differing(tree(corpus), before) <= ASIDE
    assert build(corpus, two, keep_streams=True).failures == ()
    assert_whole(corpus)


@pytest.mark.parametrize("lost", ["frames", "streams", "clips"])
def test_what_is_lost_while_its_source_is_away_costs_nothing_else(
    lost: str, build: Builder, two: str, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, two)
    wanted = tree(corpus)
    [part] = (corpus / lost).rglob("*.parquet")
    part.unlink()
    back = away(tmp_path)
    assert {failure.clip for failure in build(corpus, two).failures} == {"b-000"}
    assert tree(corpus) == {name: data for name, data in wanted.items() if name != part.relative_to(corpus).as_posix()}
    back()
    assert build(corpus, two).failures == ()
    assert tree(corpus) == wanted


def test_what_failed_is_tried_again_and_costs_no_other(
    build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    with monkeypatch.context() as patched:
        patched.setattr(stream, "encode", failing("a-000"))
        build(corpus, two)
    before = tree(corpus)
    back = away(tmp_path)
    told = {(failure.clip, failure.error) for failure in build(corpus, two, retry_failed=True).failures}
    assert {clip for clip, _ in told} == {"a-000", "b-000"}
    assert tree(corpus) == before
    back()
    assert build(corpus, two, retry_failed=True).failures == ()
    build(tmp_path / "once", two)
    assert tree(corpus) == tree(tmp_path / "once")


@pytest.mark.parametrize("with_streams", [True, False])
@pytest.mark.parametrize("what", ["source", "keeping", "mending"])
def test_a_clip_that_cannot_be_kept_is_told_and_kept_by_the_next_run(
    what: str, with_streams: bool, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, kept = tmp_path / "corpus", two + "keep: clips\n"
    build(corpus, kept if what == "mending" else two)
    if what == "mending":
        (corpus / layout.pixels("lossless", "b-000")).unlink()
    later = kept + (MORE[1] if with_streams else "")
    with monkeypatch.context() as patched:
        back = away(tmp_path) if what == "source" else lambda: None
        if what != "source":
            patched.setattr(keeping, "keep", failing_to_keep("b-000"))
        assert {failure.clip for failure in build(corpus, later).failures} == {"b-000"}
        assert verify(str(corpus)).problems
        back()
    assert build(corpus, later).failures == ()
    assert_whole(corpus)
    build(tmp_path / "once", kept)
    clips = [corpus / layout.pixels("lossless", clip) for clip in ("a-000", "b-000")]
    assert [path.read_bytes() for path in clips] == [
        (tmp_path / "once" / path.relative_to(corpus)).read_bytes() for path in clips
    ]


@pytest.mark.parametrize("what", ["build", "extract"])
def test_a_clip_that_fails_beside_its_streams_is_told(what: str, build: Builder, two: str, tmp_path: Path) -> None:
    """Nothing tells any more that it could be cut."""
    corpus, paths = tmp_path / "corpus", [tmp_path / "a.mp4", tmp_path / "b.mp4"]

    def run(**options: bool) -> list[str]:
        made = build(corpus, two, **options) if what == "build" else extracted(corpus, ("frames",), *paths, **options)
        return [failure.clip for failure in made.failures]

    assert run() == []
    whole = tree(corpus)
    (corpus / layout.marker(Chunk(0, 0), layout.CLIPS)).unlink()
    back = away(tmp_path)
    assert [run(), run()] == [["b-000"], ["b-000"]]
    reason = "it is there, and clips tells that the clip failed"
    assert [problem.reason for problem in verify(str(corpus)).problems] == [reason]
    back()
    assert run(retry_failed=True) == []
    assert tree(corpus) == whole


@pytest.mark.parametrize("reads", [1, 2, 9])
def test_rows_that_cannot_be_read_are_not_taken_for_none(
    reads: int, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a store that answers that there was too much, and answers later."""
    corpus = tmp_path / "corpus"
    with monkeypatch.context() as patched:
        patched.setattr(stream, "encode", failing("b-000"))
        build(corpus, two)
    before, left, read = tree(corpus), reads, LocalStore.read

    def busy(store: LocalStore, name: str) -> bytes:
        nonlocal left
        if name.startswith("streams/") and left:
            left -= 1
            raise OSError(errno.EBUSY, "reduce your request rate", name)
        return read(store, name)

    monkeypatch.setattr(LocalStore, "read", busy)
    for text in (two, two + MORE[0]):
        left = reads
        with contextlib.suppress(OSError):  # of reads for what is told at the end
            assert build(corpus, text).failures != ()
        left = 0
        assert text != two or tree(corpus) == before
    assert [failure.clip for failure in build(corpus, two + MORE[0]).failures] == ["b-000"]
    assert codecorpus.open(corpus).streams["status"].to_pylist() == ["done", "failed"]
    build(corpus, two + MORE[0], retry_failed=True)
    build(tmp_path / "once", two + MORE[0])
    assert tree(corpus) == tree(tmp_path / "once")


@pytest.mark.parametrize("made", ["build", "extract"])
def test_failures_whose_rows_are_damaged_are_told(
    made: str, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, paths = tmp_path / "corpus", (str(tmp_path / "a.mp4"), str(tmp_path / "gone.mp4"))
    monkeypatch.setattr(stream, "encode", failing("b-000"))

    def run(check: bool = False) -> Summary:
        if made == "build":
            return build(corpus, two, check=check)
        return Run(Extract(paths, str(corpus), ("frames",), check=check), Inline()).run()

    failures = run().failures
    assert len(failures) == 1
    [part] = (corpus / "streams").rglob("*.parquet")
    part.write_bytes(bytes(part.stat().st_size))
    [failure] = run().failures
    assert failure.error is not None and part.name in failure.error and "--check" in failure.error
    assert run(check=True).failures == run().failures == failures


def test_rows_that_are_not_those_that_were_made_hide_no_relapse(
    build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a run that failed, under the marker of one that did not, as all is made anew."""
    corpus, failed = tmp_path / "corpus", tmp_path / "failed"
    for asked in (two, two + MORE[0]):
        build(corpus, asked)
    monkeypatch.setattr(stream, "encode", failing("b-000"))
    build(failed, two)
    [part], [other] = ((root / "streams").rglob("*.parquet") for root in (corpus, failed))
    part.write_bytes(other.read_bytes())
    (corpus / layout.marker(Chunk(0, 0), ENCODE)).unlink()
    [frames] = [data for name, data in tree(corpus).items() if name.startswith("frames/")]
    assert [failure.clip for failure in build(corpus, two).failures] == ["b-000"]
    assert frames in tree(corpus).values()


@pytest.mark.parametrize("room", ["extract_batches", "measure"])
def test_a_stream_that_needs_too_much_memory_fails_alone(
    room: str, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    does = getattr(building, room)

    def hungry(what: object, *more: object, **options: object) -> object:
        if "b-000" in str(what):
            raise pa.ArrowMemoryError("malloc of size 1073741824 failed")
        return does(what, *more, **options)

    monkeypatch.setattr(building, room, hungry)
    [failure] = build(tmp_path / "corpus", two + MORE[0]).failures
    assert (failure.clip, failure.encode) == ("b-000", ENCODE)
    assert failure.error.startswith("out of the memory that it may have: malloc of size")
    assert_whole(tmp_path / "corpus")
    assert codecorpus.open(tmp_path / "corpus").frames("a-000", ENCODE).num_rows == 6


def test_files_that_are_away_stay_as_they_were_read(two: str, tmp_path: Path) -> None:
    corpus, paths = tmp_path / "corpus", [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    extracted(corpus, ("frames",), *paths)
    before = tree(corpus)
    back = away(tmp_path)
    for _ in range(2):
        summary = extracted(corpus, ("frames", "motion"), *paths)
        assert [failure.clip for failure in summary.failures] == ["b-000"] and summary.made == 0
        assert codecorpus.open(corpus).frames(clip="b-000", encode="source").num_rows == 8
    assert differing(tree(corpus), before) <= ASIDE
    back()
    assert extracted(corpus, ("frames", "motion"), *paths).failures == ()
    assert_whole(corpus)


def test_a_file_that_is_replaced_leaves_nothing_of_it(two: str, ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    corpus, path = tmp_path / "corpus", tmp_path / "a.mp4"
    extracted(corpus, ("frames",), path)
    extracted(corpus, ("frames", "motion"), path)
    path.write_bytes((tmp_path / "b.mp4").read_bytes())
    assert extracted(corpus, ("frames", "blocks"), path).failures == ()
    assert codecorpus.open(corpus).motion().num_rows > 0
    assert_whole(corpus)
    extracted(tmp_path / "once", ("frames", "blocks", "motion"), path)
    assert {*tree(corpus)} == {*tree(tmp_path / "once")}


@pytest.mark.parametrize("how", ["lost", "damaged"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_marker_that_is_gone_leaves_no_row_twice(
    number: int, how: str, build: Builder, two: str, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, two)
    build(corpus, two + MORE[0])
    marker = corpus / layout.marker(Chunk(0, 0), ENCODE, number)
    marker.unlink() if how == "lost" else marker.write_bytes(b"x")
    assert build(corpus, two + MORE[0]).failures == ()
    assert_whole(corpus)
    assert codecorpus.open(corpus).frames()["psnr_y"].null_count == 0


def test_what_a_death_leaves_of_an_encode_that_is_not_asked_for_any_more_is_removed(
    build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, both, publish = tmp_path / "corpus", two.replace("crf: 23", "crf: [23, 40]"), LocalStore.publish
    build(corpus, both)

    def late(store: LocalStore, made: Path, name: str) -> None:
        publish(store, made, name)
        if name.startswith("frames/h264/x264-ultrafast-crf40"):
            raise Died(name)

    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(LocalStore, "publish", late)
        build(corpus, both + MORE[0], executor=Inline(1))
    assert build(corpus, two).failures == ()
    assert_whole(corpus)


def test_what_a_death_leaves_of_what_is_forgotten_is_removed(build: Builder, two: str, tmp_path: Path) -> None:
    """Markers are removed, and files of theirs stay; then less is asked for."""
    corpus = tmp_path / "corpus"
    build(corpus, two)
    build(corpus, two + BIG, keep_streams=True)
    for number in (0, 1):
        (corpus / layout.marker(Chunk(0, 0), ENCODE, number)).unlink()
    assert build(corpus, two).failures == ()
    assert_whole(corpus)
    build(tmp_path / "once", two)
    assert {*tree(corpus)} == {*tree(tmp_path / "once")}


@pytest.mark.parametrize("lost", ["streams", "maps", "frames", "transforms", "bitstreams", "clips"])
def test_what_is_lost_is_made_again_whatever_the_recipe_asks_for_now(
    lost: str, build: Builder, two: str, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, two + BIG + "keep: clips\n", keep_streams=True)
    wanted = tree(corpus)
    other = two + "maps: {cell: 8, channels: [bits, skip]}\n"
    build(corpus, other)
    assert differing(tree(corpus), wanted) <= ASIDE
    shutil.rmtree(corpus / lost)
    assert build(corpus, other).failures == ()
    assert differing(tree(corpus), wanted) <= ASIDE
    assert_whole(corpus)


def test_rows_of_streams_that_are_lost_tell_the_same_after_more_was_made(
    build: Builder, two: str, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, two)
    build(corpus, two + MORE[0])
    wanted = tree(corpus)
    shutil.rmtree(corpus / "streams")
    assert build(corpus, two).failures == ()
    assert differing(tree(corpus), wanted) <= ASIDE


def test_what_failed_is_made_anew_with_all_that_was_ever_asked_for(
    build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    with monkeypatch.context() as patched:
        patched.setattr(stream, "encode", failing("a-000"))
        build(corpus, two + BIG, keep_streams=True)
    assert build(corpus, two, retry_failed=True).failures == ()
    build(tmp_path / "once", two + BIG, keep_streams=True)
    assert differing(tree(corpus), tree(tmp_path / "once")) <= ASIDE


@pytest.mark.parametrize("lost", ["marker", "stream"])
def test_maps_in_cells_of_two_sizes_are_made_anew(
    lost: str, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, other = tmp_path / "corpus", MORE[2].replace("16", "8")
    with monkeypatch.context() as patched:
        if lost == "stream":
            patched.setattr(stream, "encode", failing("b-000"))
        for asked in (two, two + MORE[2], two + other):
            build(corpus, asked)
    if lost == "marker":
        (corpus / layout.marker(Chunk(0, 0), ENCODE)).unlink()
    assert build(corpus, two, retry_failed=True).failures == ()
    assert_whole(corpus)
    made = codecorpus.open(corpus)
    for cell, shape in ((16, (6, 1, 5, 10)), (8, (6, 1, 10, 20))):
        wanted = made.intrinsics("b-000", ENCODE).maps(channels=["bits"], cell=cell)
        assert wanted.shape == shape
        np.testing.assert_allclose(made.maps("b-000", ENCODE, channels=["bits"], cell=cell), wanted, rtol=1e-6)
    whole = tree(corpus)
    shutil.rmtree(corpus / "maps")
    assert build(corpus, two).failures == ()
    assert tree(corpus) == whole


@pytest.mark.parametrize("more", ["16", "8"])
def test_a_channel_more_leaves_maps_in_cells_of_another_size(
    more: str, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of both stand in one file, as all was made anew."""
    corpus, two, bits = tmp_path / "corpus", f"{two}tables: [frames]\n", "maps: {{cell: {}, channels: [bits]}}\n"
    with monkeypatch.context() as patched:
        patched.setattr(stream, "encode", failing("b-000"))
        for cell in ("16", "8"):
            build(corpus, two + bits.format(cell))
    build(corpus, two, retry_failed=True)
    made = codecorpus.open(corpus)
    before = {cell: made.maps("b-000", ENCODE, channels=["bits"], cell=cell) for cell in (16, 8)}
    build(corpus, two + bits.format(more).replace("bits", "bits, qstep"))
    assert_whole(corpus)
    made = codecorpus.open(corpus)
    for cell, told in before.items():
        np.testing.assert_array_equal(made.maps("b-000", ENCODE, channels=["bits"], cell=cell), told)
    assert made.maps("b-000", ENCODE, channels=["qstep"], cell=int(more)).shape == before[int(more)].shape


def test_maps_that_others_took_the_place_of_are_made_when_asked_for(build: Builder, two: str, tmp_path: Path) -> None:
    """As markers tell of it that were put when a channel more cost those of the other size."""
    corpus, bits = tmp_path / "corpus", "maps: {{cell: {}, channels: [bits]}}\n"
    build(corpus, two + bits.format("16"))
    build(corpus, two + bits.format("16").replace("bits", "bits, qstep"))
    marker = corpus / layout.marker(Chunk(0, 0), ENCODE)
    told = Marker.parse(marker.read_bytes(), str(marker))
    marker.write_bytes(replace(told, products={**told.products, "maps-8": {"channels": ["bits"]}}).to_bytes())
    assert build(corpus, two + bits.format("8")).made == 2
    assert codecorpus.open(corpus).maps("b-000", ENCODE, channels=["bits"], cell=8).shape == (6, 1, 10, 20)


def test_what_comes_out_otherwise_is_made_anew_with_all_that_was_ever_asked_for(
    build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by another FFmpeg, of each encode."""
    corpus, two = tmp_path / "corpus", two.replace("crf: 23", "crf: [23, 40, 50]")
    build(corpus, two + BIG, keep_streams=True)
    shutil.rmtree(corpus / "bitstreams")
    monkeypatch.setattr(stream, "encode", other)
    assert build(corpus, two).failures == ()
    assert_whole(corpus)
    build(tmp_path / "once", two + BIG, keep_streams=True)
    assert differing(tree(corpus), tree(tmp_path / "once")) <= ASIDE


def test_a_source_that_comes_back_joins_what_was_asked_for_before(build: Builder, two: str, tmp_path: Path) -> None:
    """And where it does not, or another is away, all stays as it is."""
    corpus = tmp_path / "corpus"
    back = away(tmp_path)
    build(corpus, two + BIG, keep_streams=True)
    before = tree(corpus)
    assert [failure.clip for failure in build(corpus, two, retry_failed=True).failures] == ["b-000"]
    assert differing(tree(corpus), before) <= ASIDE
    back()
    return_a = away(tmp_path, "a.mp4")
    build(corpus, two, retry_failed=True)
    assert differing(tree(corpus), before) <= ASIDE
    return_a()
    assert build(corpus, two, retry_failed=True).failures == ()
    build(tmp_path / "once", two + BIG, keep_streams=True)
    assert differing(tree(corpus), tree(tmp_path / "once")) <= ASIDE


@pytest.mark.parametrize("seconds", [0.01, 600.0], ids=["two", "one"])
@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_a_group_whose_plan_is_gone_is_not_divided_otherwise(
    how: str, seconds: float, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two chunks, or one."""
    monkeypatch.setattr(plan, "CHUNK_SECONDS", seconds)
    corpus, marker = tmp_path / "corpus", tmp_path / "corpus" / layout.plan_marker(0)
    build(corpus, two)
    before, back = tree(corpus), away(tmp_path, "a.mp4")
    if how == "lost":
        marker.unlink()
    else:
        marker.write_bytes(b"x")
    for more in ("", *MORE):
        [failure] = build(corpus, two + more).failures
        assert failure.clip == "group 0" and failure.error is not None and "is lost" in failure.error
    assert differing(tree(corpus), before) <= ASIDE | {layout.plan_marker(0)}
    back()
    assert build(corpus, two + MORE[0]).failures == ()
    build(tmp_path / "once", two)
    build(tmp_path / "once", two + MORE[0])
    assert tree(corpus) == tree(tmp_path / "once")


def test_clips_that_are_not_those_of_the_plan_are_told(build: Builder, two: str, tmp_path: Path) -> None:
    corpus, back = tmp_path / "corpus", away(tmp_path, "a.mp4")
    build(corpus, two)
    without = (corpus / layout.plan_marker(0)).read_bytes()
    back()
    build(corpus, two, retry_failed=True)
    (corpus / layout.plan_marker(0)).write_bytes(without)
    [problem] = verify(str(corpus)).problems
    assert problem.file == layout.clips(Chunk(0, 0)) and "planned" in problem.reason


@pytest.mark.parametrize("made", ["", "keep: clips\n"])
@pytest.mark.parametrize("commit", ["commit_rows", "commit"])
def test_a_source_that_comes_back_while_its_chunk_is_made_stays(
    commit: str, made: str, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run plans anew, and makes all, before what was begun without that source is committed."""
    corpus, back, done = tmp_path / "corpus", away(tmp_path), list[bool]()
    known = getattr(building, commit)

    def late(*arguments: object) -> None:
        if not done:
            done.append(True)
            back()
            assert build(corpus, two + made, retry_failed=True).failures == ()
        known(*arguments)

    monkeypatch.setattr(building, commit, late)
    build(corpus, two + made)
    assert_whole(corpus)
    build(tmp_path / "once", two + made)
    assert tree(corpus) == tree(tmp_path / "once")


@pytest.mark.parametrize(
    ("lost", "after"), [*(("stream", after) for after in (4, 7, 12)), *(("source", after) for after in (4, 10, 16, 28))]
)
def test_a_death_while_all_is_made_anew_forgets_nothing_that_was_asked_for(
    lost: str, after: int, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many changes of the corpus; less is asked for meanwhile, and behind."""
    corpus, back = tmp_path / "corpus", away(tmp_path) if lost == "source" else None
    with monkeypatch.context() as patched:
        if lost == "stream":
            patched.setattr(stream, "encode", failing("a-000"))
        build(corpus, two + BIG + "keep: clips\n", keep_streams=True)
    if back is not None:
        back()
    with monkeypatch.context() as patched, pytest.raises(Died):
        die(patched, after)
        build(corpus, two, retry_failed=True)
    build(corpus, two)
    assert build(corpus, two, retry_failed=True).failures == ()
    assert_whole(corpus)
    build(tmp_path / "once", two + BIG + "keep: clips\n", keep_streams=True)
    assert differing(tree(corpus), tree(tmp_path / "once")) <= ASIDE


@pytest.mark.parametrize("after", range(4, 9))
def test_a_death_while_all_is_made_anew_leaves_the_streams_to_be_made(
    after: int, build: Builder, two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    with monkeypatch.context() as patched:
        patched.setattr(stream, "encode", failing("b-000"))
        build(corpus, two)
    assert look(str(corpus)).by_encode[ENCODE] == (1, 0, 1, 0)
    with monkeypatch.context() as patched, contextlib.suppress(Died):
        die(patched, after)
        build(corpus, two, retry_failed=True)
    status = look(str(corpus))
    assert sum(status.by_encode[ENCODE]) == 2
    if codecorpus.open(corpus).streams.num_rows == 0:
        assert (status.chunks_done, status.by_encode[ENCODE][3]) == (0, 2)


def test_a_source_that_comes_back_waits_for_a_recipe_with_all_encodes(build: Builder, two: str, tmp_path: Path) -> None:
    corpus, back = tmp_path / "corpus", away(tmp_path)
    more = two.replace("crf: 23", "crf: [23, 40]")
    build(corpus, more)
    before = tree(corpus)
    back()
    events: list[Event] = []
    assert [one.clip for one in build(corpus, two, retry_failed=True, tell=events.append).failures] == ["b-000"]
    [note] = [event.note for event in events if event.kind == "note"]
    assert note is not None and note.endswith("while the recipe lacks x264-ultrafast-crf40, made before")
    assert differing(tree(corpus), before) <= ASIDE
    assert build(corpus, more, retry_failed=True).failures == ()
    build(tmp_path / "once", more)
    assert tree(corpus) == tree(tmp_path / "once")
