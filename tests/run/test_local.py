"""Builds: whole, repeatable, resumed, honest about what failed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from helpers.corpora import SMALL, Builder, everything

import codecorpus
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.publish import read_rows
from codecorpus.errors import CorpusError, EncodeError
from codecorpus.run.ledger import locked
from codecorpus.run.plan import Shard
from codecorpus.run.pool import Event


def test_a_build_holds_every_stream_aligned(build: Builder, tmp_path: Path) -> None:
    summary = build(tmp_path)
    assert (summary.streams, summary.made, summary.failures) == (8, 8, ())
    corpus = codecorpus.open(tmp_path)
    assert corpus.clips["clip"].to_pylist() == ["carphone-000", "carphone-001"]
    assert corpus.clips["frames"].to_pylist() == [12, 12]
    assert corpus.encodes["encode"].to_pylist() == [
        "svtav1-p11-crf35",
        "x264-ultrafast-crf23",
        "x264-ultrafast-crf40",
        "x265-ultrafast-crf28",
    ]
    assert set(corpus.streams["status"].to_pylist()) == {"done"}
    for encode in corpus.encodes["encode"].to_pylist():
        rows = corpus.frames(clip="carphone-001", encode=encode, columns=["frame", "pts", "key"]).to_pylist()
        shown = sorted((row["frame"], row["pts"], row["key"]) for row in rows if row["frame"] is not None)
        assert shown == [(n, n * 2002, n % 6 == 0) for n in range(12)]


def test_the_same_recipe_gives_the_same_bytes(build: Builder, tmp_path: Path) -> None:
    build(tmp_path / "one")
    build(tmp_path / "two", jobs=2)
    one, two = everything(tmp_path / "one"), everything(tmp_path / "two")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_run_again_it_does_only_what_is_missing(build: Builder, tmp_path: Path) -> None:
    short = SMALL.replace("[23, 40]", "23").replace("limit: 2", "limit: 1")
    assert build(tmp_path / "steps", short).made == 3
    before = everything(tmp_path / "steps")
    assert build(tmp_path / "steps", short).made == 0
    assert everything(tmp_path / "steps") == before
    assert build(tmp_path / "steps").made == 5
    build(tmp_path / "once")
    assert everything(tmp_path / "steps") == everything(tmp_path / "once")


def test_what_is_asked_for_anew_is_made_anew(build: Builder, tmp_path: Path) -> None:
    build(tmp_path)
    summary = build(tmp_path, SMALL.replace("gop: {length: 6}", "gop: {length: 4}"))
    assert summary.made == 8
    keys = codecorpus.open(tmp_path).frames(columns=["frame", "key"]).to_pylist()
    assert {row["frame"] for row in keys if row["key"]} == {0, 4, 8}


def test_a_stream_that_fails_is_told_and_the_rest_goes_on(build: Builder, tmp_path: Path) -> None:
    bad = SMALL + "  - {encoder: libx264, preset: ultrafast, crf: 30, params: {no-such-thing: 1}}\n"
    events: list[Event] = []
    summary = build(tmp_path, bad, tell=events.append)
    assert summary.made == 8
    assert [(f.clip, f.encode) for f in summary.failures] == [
        ("carphone-000", "x264-ultrafast-crf30-no-such-thing1"),
        ("carphone-001", "x264-ultrafast-crf30-no-such-thing1"),
    ]
    assert "no-such-thing" in summary.failures[0].error
    rows = codecorpus.open(tmp_path).streams.to_pylist()
    failed = [row for row in rows if row["status"] == "failed"]
    assert len(failed) == 2 and "no-such-thing" in failed[0]["error"] and failed[0]["tables"] == []
    assert [event.kind for event in events].count("failed") == 2
    assert build(tmp_path, bad).made == 0


def test_a_source_that_cannot_be_read_is_told(build: Builder, tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no video")
    text = SMALL.replace("[sample://carphone]", f"[sample://carphone, {tmp_path}/note.mp4]")
    summary = build(tmp_path / "corpus", text)
    assert summary.made == 8
    [failure] = summary.failures
    assert (failure.clip, failure.encode) == ("note-000", None)
    clips = codecorpus.open(tmp_path / "corpus").clips.to_pylist()
    assert [(c["clip"], c["status"]) for c in clips][2] == ("note-000", "failed")


def test_a_damaged_source_fails_alone(build: Builder, tmp_path: Path, bikes: Path) -> None:
    whole = bikes.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[:10_000] + bytes(len(whole) - 50_000) + whole[-40_000:])
    text = SMALL.replace("[sample://carphone]", f"[sample://carphone, {tmp_path}/cut.mp4]")
    summary = build(tmp_path / "corpus", text)
    assert summary.made >= 8
    assert all(failure.clip.startswith("cut-") for failure in summary.failures)
    assert summary.failures


def test_hdr_in_eight_bits_is_refused(build: Builder, tmp_path: Path, ffmpeg: Callable[..., Path], bikes: Path) -> None:
    tags = ["-vf", "setparams=color_trc=smpte2084", "-pix_fmt", "yuv420p10le"]
    hdr = ffmpeg("-i", bikes, "-frames:v", 6, *tags, "-c:v", "libx265", "-preset", "ultrafast", name="hdr.mp4")
    text = f"sources: {hdr}\nencodes: [{{encoder: libx264, preset: ultrafast, pixel_format: [yuv420p, yuv420p10le]}}]"
    summary = build(tmp_path, text)
    assert summary.made == 1
    assert [failure.error for failure in summary.failures] == [
        "x264-ultrafast-crf23 of hdr-000: the source is HDR (smpte2084); ask for a pixel_format of 10 bits"
    ]


def test_the_source_s_own_stream_is_aligned_with_the_others(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("{length: 12, limit: 2}", "whole") + "  - {source: true}\n"
    assert build(tmp_path, text).failures == ()
    corpus = codecorpus.open(tmp_path)
    shown = [
        sorted(
            (row["frame"], row["pts"], row["time"])
            for row in corpus.frames(encode=encode).to_pylist()
            if row["frame"] is not None
        )
        for encode in ("source", "x265-ultrafast-crf28")
    ]
    assert len(shown[0]) == 120 and shown[0] == shown[1]
    [stream] = corpus.streams.filter(pc.field("encode") == "source").to_pylist()
    assert (stream["codec"], stream["argv"], stream["sha256"]) == (
        "h264",
        None,
        corpus.clips["source_sha256"][0].as_py(),
    )


def test_provenance_is_told(build: Builder, tmp_path: Path) -> None:
    build(tmp_path)
    corpus = codecorpus.open(tmp_path)
    clip = corpus.clips.to_pylist()[1]
    assert clip["source"] == "sample://carphone" and clip["first"] == 12 and len(clip["source_sha256"]) == 64
    assert clip["argv"][clip["argv"].index("-i") + 1] == "sample://carphone"
    for stream in corpus.streams.to_pylist():
        assert stream["argv"][0].startswith("ffmpeg") and stream["ffmpeg_version"] and len(stream["sha256"]) == 64
        assert f"{stream['clip']}.nut" in stream["argv"]
        assert stream["encoder_version"]
        frames = corpus.frames(clip=stream["clip"], encode=stream["encode"])
        assert stream["bytes"] == sum(frames["bytes"].to_pylist())


def test_streams_are_kept_where_that_is_asked_for(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, keep_streams=True)
    kept = sorted(path.relative_to(tmp_path / "bitstreams") for path in tmp_path.glob("bitstreams/*/*.nut"))
    assert len(kept) == 8 and str(kept[0]) == "svtav1-p11-crf35/carphone-000.nut"


def test_encodes_of_equal_bytes_are_told(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("preset: 11", "preset: [11, 12]")
    assert build(tmp_path, text).twins == (("svtav1-p11-crf35", "svtav1-p12-crf35"),)


def test_shards_share_the_clips(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("limit: 2", "limit: 6")
    made = [build(tmp_path, text, shard=Shard(index, 2)).made for index in range(2)]
    assert sum(made) == 24 and min(made) > 0
    parts = sorted(path.name for path in tmp_path.glob("frames/codec=hevc/*/*.parquet"))
    assert parts == ["part-00000.parquet", "part-00001.parquet"]
    corpus = codecorpus.open(tmp_path)
    assert corpus.streams.num_rows == 24 and corpus.encodes.num_rows == 4 and corpus.clips.num_rows == 6
    with pytest.raises(CorpusError, match=r"it is built in 2 shards, not in 1$"):
        build(tmp_path, text)


def test_two_builds_of_a_shard_exclude_each_other(build: Builder, tmp_path: Path) -> None:
    build(tmp_path)
    with locked(Layout(tmp_path), 0), pytest.raises(CorpusError, match=r": another build of shard 0 is running$"):
        build(tmp_path)


def test_a_clip_s_name_stays_with_its_video(build: Builder, tmp_path: Path, bikes: Path) -> None:
    build(tmp_path / "corpus")
    other = tmp_path / "carphone.mp4"
    shutil.copy(bikes, other)
    with pytest.raises(CorpusError, match=r"its clip carphone-000 is of sample://carphone, not of /"):
        build(tmp_path / "corpus", SMALL.replace("sample://carphone", str(other)))


def test_a_missing_encoder_is_told_before_anything_starts(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ' V....D libx264   x'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CODECORPUS_FFMPEG", str(fake))
    with pytest.raises(EncodeError, match=r"has no libx265"):
        build(tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_half_done_and_goes_on_later(
    number: signal.Signals, build: Builder, tmp_path: Path
) -> None:
    recipe = tmp_path / "small.yaml"
    slow = SMALL.replace("limit: 2", "limit: 1") + "  - {encoder: libaom-av1, preset: 0}\n"
    recipe.write_text(slow.replace("length: 12", "length: 110"))
    corpus = tmp_path / "corpus"
    command = [sys.executable, "-m", "codecorpus", "build", str(recipe), "--out", str(corpus), "--jobs", "1"]
    with _heeding_interrupts():
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    staged = corpus / ".work" / "shard-00000" / "streams"
    try:
        _wait_for(lambda: len(list(staged.glob("*/*/stream.json"))) >= 4)
        running.send_signal(number)
        _, told = running.communicate(timeout=20)
    finally:
        running.kill()
    assert running.returncode == 130
    assert told.splitlines()[-1] == "interrupted; what is whole is kept, run again to go on"
    assert list(everything(corpus)) == ["corpus.json"]
    assert not _children_of(tmp_path)
    summary = build(corpus, recipe.read_text().replace(", {encoder", "").replace(slow.splitlines()[-1] + "\n", ""))
    assert (summary.streams, summary.made) == (4, 0)
    assert read_rows(Layout(corpus).part("clips", 0))[0]["clip"] == "carphone-000"


@contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """What is started here hears SIGINT, also where a shell started these tests in the background, deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _wait_for(happens: Any) -> None:
    end = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


def _children_of(folder: Path) -> list[str]:
    """Processes that work below the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cwd"):
        try:
            where = str(process.readlink())
        except OSError:
            continue
        if where.startswith(str(folder)):
            found.append(where)
    return found
