"""Several runs at one corpus at once: what each asks for is there in the end, once."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.corpora import Builder, tree

import codecorpus
from codecorpus.corpus import head, layout
from codecorpus.corpus import store as stores
from codecorpus.corpus.head import Head
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.store import FarStore, LocalStore, Store
from codecorpus.corpus.verify import verify
from codecorpus.errors import CorpusError, EncodeError
from codecorpus.run import bind, building, extraction, hold, ledger, stream
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Extract
from codecorpus.run.run import Run, Summary
from codecorpus.run.status import look

ONE = """
sources: [{source}]
clips: {{length: 6, limit: 1}}
gop: {{length: 6}}
encodes: [{{encoder: libx264, preset: ultrafast, crf: 23}}]
"""
ENCODE = "x264-ultrafast-crf23"
MORE = [
    "quality: [psnr]\n",
    "maps: {cell: 16, channels: [bits]}\n",
    "tables: [frames, blocks, motion, transforms]\n",
    "keep: clips\n",
]
PAIRS = [(0, 1), (1, 0), (0, 2), (2, 1), (3, 0), (0, 0)]


@pytest.fixture
def one(ffmpeg: Callable[..., Path], bikes: Path) -> str:
    cut = ffmpeg("-i", bikes, "-frames:v", 6, "-vf", "scale=160:80", "-an", name="a.mp4")
    return ONE.format(source=cut)


def assert_once(corpus: Path) -> None:
    """It is whole, and those who read the files themselves find one part of each table."""
    assert verify(str(corpus)).problems == []
    for table in ("frames", "blocks", "transforms", "maps", "streams"):
        assert len([*(corpus / table).rglob("*.parquet")]) <= 1


def between(monkeypatch: pytest.MonkeyPatch, room: object, does: Callable[[], object]) -> None:
    """Have something be done once, when the first encode of a run is made and before it is committed."""
    commit, done = bind.commit, []

    def late(*arguments: object) -> None:
        if not done:
            done.append(True)
            does()
        commit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "commit", late)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_what_two_runs_add_at_once_is_there(
    first: int, second: int, build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, one)
    between(monkeypatch, building, lambda: build(corpus, one + MORE[second]))
    assert build(corpus, one + MORE[first]).failures == ()
    assert_once(corpus)
    build(corpus, one + "".join(MORE[at] for at in {first, second}))
    assert_once(corpus)


def test_what_two_extractions_add_at_once_is_there(
    ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, corpus = ffmpeg("-i", bikes, "-frames:v", 6, "-an", name="a.mp4"), tmp_path / "corpus"

    def extract(*tables: str) -> Summary:
        return Run(Extract((str(source),), str(corpus), ("frames", *tables)), Inline()).run()

    extract()
    between(monkeypatch, extraction, lambda: extract("motion"))
    assert extract("blocks").failures == ()
    assert_once(corpus)
    opened = codecorpus.open(corpus)
    assert opened.blocks().num_rows > 0 and opened.motion().num_rows > 0


@pytest.mark.parametrize("retried", ["first", "second"])
def test_what_is_made_anew_beside_what_is_added_is_there(
    retried: str, build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marker is lost, so that one run makes all anew while another adds to what it saw before."""
    corpus = tmp_path / "corpus"
    build(corpus, one)
    build(corpus, one + MORE[0])
    marker = corpus / layout.marker(Chunk(0, 0), ENCODE, 0)

    def second() -> None:
        if retried == "second":
            marker.unlink()
        build(corpus, one + MORE[2])

    if retried == "first":
        marker.unlink()
    between(monkeypatch, building, second)
    assert build(corpus, one + MORE[1]).failures == ()
    assert_once(corpus)
    build(corpus, one + MORE[0] + MORE[1] + MORE[2])
    assert_once(corpus)


def test_who_is_too_late_where_no_lock_reaches_leaves_nothing(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on machines that share an object store: the marker alone tells who was first."""
    corpus, known = tmp_path / "corpus", ledger.is_unchanged
    build(corpus, one)
    seen: list[bool] = []

    def late(*arguments: object) -> bool:
        if not seen:
            seen.append(True)
            build(corpus, one + MORE[1])
            return True
        return known(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "is_unchanged", late)
    monkeypatch.setattr(hold, "TURN_SECONDS", 0.1)
    assert build(corpus, one + MORE[2]).failures == ()
    assert_once(corpus)


def test_who_is_too_late_leaves_what_is_named_where_folders_are_listed_as_they_were(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As NFS lists them for a while."""
    corpus, folder, names, commit = tmp_path / "corpus", f"manifest/{Chunk(0, 0)}", LocalStore.names, bind.commit
    build(corpus, one)
    done = list[bool]()

    def late(*arguments: object) -> None:
        if done:
            return commit(*arguments)  # type: ignore[arg-type]
        done.append(True)
        listed = names(LocalStore(corpus), folder)
        build(corpus, one + MORE[2])
        with monkeypatch.context() as stale:
            stale.setattr(LocalStore, "names", lambda store, at: listed if at == folder else names(store, at))
            with pytest.raises(ledger.OvertakenError):
                commit(*arguments)  # type: ignore[arg-type]
        assert_once(corpus)

    monkeypatch.setattr(building, "commit", late)
    build(corpus, one + MORE[0])
    assert done


def test_what_another_machine_made_in_an_object_store_stays_where_it_fails_here(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is first, when the failure is about to be told."""
    corpus, known, encode, seen = "memory://races/failed", ledger.is_unchanged, stream.encode, list[bool]()

    def fail(*_: object) -> stream.Bitstream:
        raise EncodeError("it has a bad day")

    def late(store: Store, chunk: Chunk, need: ledger.Need, standing: ledger.Standing) -> bool:
        if seen or need.encode == layout.CLIPS:
            return known(store, chunk, need, standing)
        seen.append(True)
        with monkeypatch.context() as other:
            other.setenv("CODECORPUS_CACHE", str(tmp_path / "other"))
            other.setattr(stream, "encode", encode)
            assert build(corpus, one).made == 1
        return True

    monkeypatch.setattr(ledger, "is_unchanged", late)
    monkeypatch.setattr(stream, "encode", fail)
    assert build(corpus, one).failures == ()
    assert verify(corpus).problems == []
    assert codecorpus.open(corpus).streams["status"].to_pylist() == ["done"]


def test_what_another_machine_is_about_to_name_in_an_object_store_stays(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was left there is removed a day later."""
    corpus, machines = "memory://races/named", [str(tmp_path / name) for name in ("one", "two")]
    publish, done = FarStore.publish, list[str]()
    monkeypatch.setenv("CODECORPUS_CACHE", machines[1])
    build(corpus, one)

    def clear() -> None:
        (stores.find(corpus).work / f"chunk-{Chunk(0, 0)}").mkdir(parents=True)  # of an attempt that was killed there
        build(corpus, one)

    def late(store: FarStore, made: Path, name: str) -> None:
        publish(store, made, name)
        if name.startswith("maps/") and not done:
            done.append(name)
            monkeypatch.setenv("CODECORPUS_CACHE", machines[1])
            clear()
            monkeypatch.setenv("CODECORPUS_CACHE", machines[0])

    monkeypatch.setenv("CODECORPUS_CACHE", machines[0])
    monkeypatch.setattr(FarStore, "publish", late)
    assert build(corpus, one + MORE[1]).failures == ()
    assert verify(corpus).problems == []
    stores.find(corpus).remove(layout.marker(Chunk(0, 0), ENCODE, 1))
    monkeypatch.setattr(FarStore, "_age", lambda *_: 2 * stores.SETTLED_SECONDS)
    clear()
    assert stores.find(corpus).size(done[0]) is None


def test_two_that_begin_a_corpus_at_once_have_the_same_clips(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, known, seen = tmp_path / "corpus", head._known, list[bool]()

    def late(store: Store) -> Head | None:
        found = known(store)
        if not seen:
            seen.append(True)
            build(corpus, one)
        return found

    monkeypatch.setattr(head, "_known", late)
    with pytest.raises(CorpusError, match=r"its clips are made with clips.length: 6; the recipe says clips.length: 4"):
        build(corpus, one.replace("length: 6, limit", "length: 4, limit"))
    assert verify(str(corpus)).problems == []
    assert build(corpus, one).made == 0


def test_the_card_is_of_the_head_that_stands(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever puts the head last, and the card before that."""
    corpus, begin, seen = tmp_path / "corpus", head.begin, list[bool]()
    build(corpus, one)

    def late(store: Store, own: Head) -> None:
        begin(store, own)
        if not seen:
            seen.append(True)
            build(corpus, one + MORE[0])

    monkeypatch.setattr(head, "begin", late)
    build(corpus, one + MORE[1])
    assert verify(str(corpus)).problems == []


def test_markers_with_a_gap_and_rows_that_stand_twice_are_told(build: Builder, one: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    build(corpus, one)
    kept = tree(corpus)
    build(corpus, one + MORE[0])
    build(corpus, one + MORE[0] + MORE[1])
    (corpus / layout.marker(Chunk(0, 0), ENCODE, 1)).unlink()
    for name, data in kept.items():
        if name.startswith("streams/"):
            (corpus / name).write_bytes(data)
    told = [problem.reason for problem in verify(str(corpus)).problems]
    assert "a marker before others is gone; run codecorpus build again" in told
    assert "streams have rows twice, 1 in all" in told
    build(corpus, one)
    assert_once(corpus)


def test_a_turn_is_waited_for_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "TURN_SECONDS", 0.1)
    with hold.turn(tmp_path / "work", "one"):
        with pytest.raises(BlockingIOError):
            hold._lock(tmp_path / "work" / "one.lock")
        with hold.turn(tmp_path / "work", "two"), hold.turn(tmp_path / "work", "one"):
            pass
    assert [*(tmp_path / "work").iterdir()] == []


def test_where_nothing_can_be_locked_nothing_is_waited_for_or_left(
    build: Builder, one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on disks that know no flock."""

    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(hold.fcntl, "flock", flock)
    monkeypatch.setattr(hold, "TURN_SECONDS", 5.0)
    began = time.monotonic()
    build(tmp_path, one)
    assert time.monotonic() - began < 5
    assert look(str(tmp_path)).running == 0 and not (tmp_path / layout.WORK).exists()
