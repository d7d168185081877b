"""Builds: whole, repeatable, resumed, mended, honest about what failed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from helpers.corpora import SMALL, Builder, tree
from helpers.processes import heeding
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.corpus import head, layout, manifest
from codecorpus.corpus import store as stores
from codecorpus.corpus.verify import verify
from codecorpus.errors import CorpusError, EncodeError
from codecorpus.run import building, keeping, roster
from codecorpus.run import plan as planning
from codecorpus.run.executors.local import Local
from codecorpus.run.request import Shard
from codecorpus.run.work import Event
from codecorpus.sources import clips as cutting
from codecorpus.sources import probe
from codecorpus.sources.clips import Clip, CutClip
from codecorpus.sources.fetch import local_path
from codecorpus.sources.find import sample

ONE = SMALL.replace("[23, 40]", "23").replace("limit: 2", "limit: 1")


def test_keys_of_open_groups_of_pictures_are_keys(build: Builder, tmp_path: Path) -> None:
    """As every reader of x264's streams has them: their recovery points say so."""
    text = SMALL.split("gop:")[0] + "gop: {length: 6, closed: false}\nencodes: [{encoder: libx264, preset: fast}]\n"
    assert build(tmp_path, text).failures == ()
    frames = codecorpus.open(tmp_path).frames().to_pylist()
    assert len(frames) == 24
    assert [row["key"] for row in frames] == [row["type"] == "I" for row in frames]
    assert sum(row["key"] for row in frames) >= 4


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
    assert verify(str(tmp_path)).problems == []
    assert not (tmp_path / ".work").exists()


def test_the_same_recipe_gives_the_same_bytes_whoever_does_the_work(build: Builder, tmp_path: Path) -> None:
    """One process or workers; one shard, two, or more than there are clips; in whatever order."""
    text = SMALL.replace("[sample://carphone]", "[sample://carphone, sample://bikes]")
    build(tmp_path / "one", text)
    wanted = tree(tmp_path / "one")
    build(tmp_path / "workers", text, executor=Local(2))
    assert tree(tmp_path / "workers") == wanted
    for count in (2, 5):
        made = [build(tmp_path / str(count), text, shard=Shard(index, count)).made for index in reversed(range(count))]
        assert sum(made) == 16 and max(made) < 16
        assert tree(tmp_path / str(count)) == wanted


def test_run_again_it_does_only_what_is_missing(build: Builder, tmp_path: Path) -> None:
    assert build(tmp_path / "steps", ONE).made == 3
    before = tree(tmp_path / "steps")
    assert build(tmp_path / "steps", ONE).made == 0
    assert tree(tmp_path / "steps") == before
    wider = ONE.replace("crf: 23", "crf: [23, 40]")
    assert build(tmp_path / "steps", wider).made == 1
    build(tmp_path / "once", wider)
    assert tree(tmp_path / "steps") == tree(tmp_path / "once")


def test_new_sources_come_behind_those_that_are_there(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, ONE)
    before = tree(tmp_path)
    summary = build(tmp_path, ONE.replace("[sample://carphone]", "[sample://bikes, sample://carphone]"))
    assert (summary.streams, summary.made) == (6, 3)
    after = tree(tmp_path)
    told = {"corpus.json", "README.md"}
    assert {name: data for name, data in after.items() if name in before.keys() - told} == {
        name: data for name, data in before.items() if name not in told
    }
    assert codecorpus.open(tmp_path).clips["clip"].to_pylist() == ["bikes-000", "carphone-000"]
    assert verify(str(tmp_path)).problems == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("length: 12", "length: 10"), r"clips\.length: 12; the recipe says clips\.length: 10"),
        (("limit: 1", "limit: 1, fps: 12"), r"clips\.fps: source; the recipe says clips\.fps: 12"),
        (("gop: {length: 6}", "gop: {length: 4}"), r"gop\.length: 6; the recipe says gop\.length: 4"),
        (
            ("encoder: libx265", "encoder: libkvazaar"),
            r"sides are multiples of 2; the recipe's encoders need multiples of 8",
        ),
    ],
)
def test_a_recipe_that_would_change_clips_is_refused(
    build: Builder, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    build(tmp_path, ONE)
    before = tree(tmp_path)
    with pytest.raises(CorpusError, match=told):
        build(tmp_path, ONE.replace(*change))
    assert tree(tmp_path) == before


def test_tables_measures_and_streams_are_added_without_making_the_others_anew(build: Builder, tmp_path: Path) -> None:
    build(tmp_path / "steps", ONE + "tables: [frames, blocks]\n")
    before = tree(tmp_path / "steps")
    build(tmp_path / "steps", ONE + "tables: [frames, blocks, motion, transforms]\n", keep_streams=True)
    after = tree(tmp_path / "steps")
    kept = [name for name in before if name.startswith(("frames/", "blocks/", "clips/"))]
    assert kept and all(after[name] == before[name] for name in kept)
    corpus = codecorpus.open(tmp_path / "steps")
    build(tmp_path / "once", ONE + "tables: [frames, blocks, motion, transforms]\n", keep_streams=True)
    once = codecorpus.open(tmp_path / "once")
    for encode in corpus.encodes["encode"].to_pylist():
        assert corpus.transforms(encode=encode).equals(once.transforms(encode=encode))
        assert corpus.motion(encode=encode).equals(once.motion(encode=encode))
        name = layout.bitstream(encode, "carphone-000")
        assert after[name] == (tmp_path / "once" / name).read_bytes()
    assert verify(str(tmp_path / "steps")).problems == []


def test_what_is_kept_is_read_and_not_encoded_again(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path, ONE, keep_streams=True)
    from codecorpus.run import stream

    monkeypatch.setattr(stream, "encode", lambda *_: pytest.fail("it was encoded again"))
    build(tmp_path, ONE + "tables: [frames, blocks, motion, transforms]\n", keep_streams=True)
    assert codecorpus.open(tmp_path).transforms().num_rows > 0


def test_measures_are_added_to_frames_that_are_there(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, ONE)
    corpus = codecorpus.open(tmp_path)
    assert corpus.frames()["psnr_y"].null_count == corpus.frames().num_rows
    build(tmp_path, ONE + "quality: [psnr]\n")
    corpus = codecorpus.open(tmp_path)
    shown = corpus.frames().filter(pc.field("frame").is_valid())
    assert shown["psnr_y"].null_count == 0
    assert verify(str(tmp_path)).problems == []
    before = tree(tmp_path)
    assert build(tmp_path, ONE + "quality: [psnr]\n").made == 0
    assert tree(tmp_path) == before


def test_whatever_is_damaged_is_mended_to_the_same_bytes(build: Builder, tmp_path: Path) -> None:
    """Each kind of file, gone, empty, cut, with a bit flipped, and in the place of another part."""
    build(tmp_path / "whole", ONE, keep_streams=True)
    wanted = tree(tmp_path / "whole")
    kinds = {name.split("/")[0] + name.split("/")[-1].count("~") * "~" + str(name.count("/")): name for name in wanted}
    kinds |= {name: name for name in wanted if name.startswith("manifest/")}
    assert len(kinds) > 15
    root = tmp_path / "damaged"
    for name in kinds.values():
        data = wanted[name]
        middle = len(data) // 2
        others = [one for one in wanted if one != name and one.split("/")[0] == name.split("/")[0]]
        for damage in (
            None,
            b"",
            data[:middle],
            data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            *(wanted[one] for one in others[:1]),
        ):
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(tmp_path / "whole", root)
            if damage is None:
                (root / name).unlink()
            else:
                (root / name).write_bytes(damage)
            if name != layout.CARD:
                assert verify(str(root)).problems, name
            assert build(root, ONE, keep_streams=True, check=True).failures == (), name
            assert tree(root) == wanted, name


def test_a_lost_file_is_found_by_its_size_alone(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, ONE)
    wanted = tree(tmp_path)
    shutil.rmtree(tmp_path / "blocks")
    next((tmp_path / "motion").rglob("*.parquet")).write_bytes(b"")
    with pytest.raises(CorpusError, match=r"blocks/.*part-000000-000\.parquet"):
        codecorpus.open(tmp_path).blocks()
    assert build(tmp_path, ONE).failures == ()
    assert tree(tmp_path) == wanted


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
    again = build(tmp_path, bad)
    assert (again.made, again.failures) == (0, summary.failures)
    assert verify(str(tmp_path)).problems == []


def test_what_failed_is_tried_again_where_that_is_asked_for(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codecorpus.run import stream

    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise EncodeError("the encoder has a bad day")

        patched.setattr(stream, "encode", fail)
        assert len(build(tmp_path, ONE).failures) == 3
    assert len(build(tmp_path, ONE).failures) == 3
    summary = build(tmp_path, ONE, retry_failed=True)
    assert (summary.made, summary.failures) == (3, ())
    assert verify(str(tmp_path)).problems == []


def test_a_source_that_cannot_be_read_is_told(build: Builder, tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no video")
    text = SMALL.replace("[sample://carphone]", f"[sample://carphone, {tmp_path}/note.mp4]")
    summary = build(tmp_path / "corpus", text)
    assert summary.made == 8
    [failure] = summary.failures
    assert (failure.clip, failure.encode) == ("note-000", None)
    [told] = [row for row in codecorpus.open(tmp_path / "corpus").clips.to_pylist() if row["status"] == "failed"]
    assert (told["clip"], told["source"]) == ("note-000", f"{tmp_path}/note.mp4")


def test_a_source_may_be_called_anything(build: Builder, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mp4"))
    path.write_bytes(sample("carphone").read_bytes())
    text = f"sources: [{folder}]\nclips: {{length: 4, limit: 1}}\nencodes: [{{encoder: libx264, preset: ultrafast}}]"
    assert build(tmp_path / "corpus", text).failures == ()
    [clip] = codecorpus.open(tmp_path / "corpus").clips.to_pylist()
    assert local_path(clip["source"]) == path and clip["source"].endswith("caf%E9.mp4")


def test_a_damaged_source_fails_alone(build: Builder, tmp_path: Path, bikes: Path) -> None:
    whole = bikes.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[:10_000] + bytes(len(whole) - 50_000) + whole[-40_000:])
    text = SMALL.replace("[sample://carphone]", f"[sample://carphone, {tmp_path}/cut.mp4]")
    summary = build(tmp_path / "corpus", text)
    assert summary.made >= 8
    assert all(failure.clip.startswith("cut-") for failure in summary.failures)
    assert summary.failures


def test_a_clip_for_whose_cutting_there_is_not_enough_memory_fails_alone(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    does = cutting.cut

    def cut(ffmpeg: str, source: Path, clip: Clip, folder: Path) -> CutClip:
        if clip.name == "carphone-001":
            raise MemoryError("malloc of size 1073741824 failed")
        return does(ffmpeg, source, clip, folder)

    monkeypatch.setattr(cutting, "cut", cut)
    summary = build(tmp_path, SMALL)
    assert summary.made == 4 and {failure.clip for failure in summary.failures} == {"carphone-001"}
    assert all("malloc of size 1073741824" in failure.error for failure in summary.failures)


def test_kept_clips_stand_until_new_ones_are_there(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ONE.replace("limit: 1", "limit: 2") + "keep: clips\n"
    (tmp_path / "none.mp4").write_bytes(b"no video")
    monkeypatch.setattr(roster, "group_size", lambda *_: 2)
    text = text.replace("sample://carphone", f"sample://carphone, {tmp_path}/none.mp4")
    build(tmp_path / "corpus", text)
    before = {name: data for name, data in tree(tmp_path / "corpus").items() if name.startswith("pixels/")}

    def keep(*_: object) -> None:
        raise EncodeError("FFmpeg is ended by SIGKILL")

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "keep", keep)
        shutil.rmtree(tmp_path / "corpus" / layout.WORK, ignore_errors=True)
        failures = build(tmp_path / "corpus", text, retry_failed=True).failures
    assert any("SIGKILL" in failure.error for failure in failures)
    assert before and before.items() <= tree(tmp_path / "corpus").items()
    assert verify(str(tmp_path / "corpus")).problems == []


def test_a_source_that_is_replaced_fails_and_is_never_mixed(build: Builder, tmp_path: Path, bikes: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(bikes.read_bytes())
    text = ONE.replace("sample://carphone", str(video))
    build(tmp_path / "corpus", text)
    video.write_bytes(bikes.read_bytes() + bytes(8))
    summary = build(tmp_path / "corpus", text.replace("crf: 23", "crf: [23, 40]"))
    assert [failure.encode for failure in summary.failures] == ["x264-ultrafast-crf40"]
    assert "not the file that it was" in summary.failures[0].error


def test_hdr_in_eight_bits_is_refused(build: Builder, tmp_path: Path, ffmpeg: Callable[..., Path], bikes: Path) -> None:
    tags = ["-vf", "setparams=color_trc=smpte2084", "-pix_fmt", "yuv420p10le"]
    small = ["-i", bikes, "-frames:v", 6, "-s", "160x96"]
    hdr = ffmpeg(*small, *tags, "-c:v", "libx265", "-preset", "ultrafast", name="hdr.mp4")
    sdr = ffmpeg(*small, "-c:v", "libx264", name="sdr.mp4")
    text = f"""
sources: [{hdr}, {sdr}]
encodes:
  - {{encoder: libx264, preset: ultrafast, pixel_format: [yuv420p, source]}}
  - {{encoder: libkvazaar, preset: ultrafast}}
"""
    summary = build(tmp_path / "corpus", text)
    advice = ["ask for a pixel_format of 10 bits, or 'source'", "libkvazaar has 8 bits alone"]
    names = ["x264-ultrafast-crf23", next(f.encode for f in summary.failures if f.encode and "kvazaar" in f.encode)]
    assert sorted(failure.error for failure in summary.failures) == sorted(
        f"{name} of hdr-000: the source is HDR (smpte2084); {one}" for name, one in zip(names, advice, strict=True)
    )
    corpus = codecorpus.open(str(tmp_path / "corpus"))
    own = {row["clip"]: " ".join(row["argv"] or ()) for row in corpus.streams.to_pylist() if "source" in row["encode"]}
    assert "-pix_fmt yuv420p10le" in own["hdr-000"] and "-pix_fmt yuv420p " in own["sdr-000"]
    recipe_file = tmp_path / "hdr.yaml"
    recipe_file.write_text(text)
    told = CliRunner().invoke(app, ["plan", str(recipe_file)])
    assert told.exit_code == 0
    for failure in summary.failures:
        assert f"will fail: {failure.error}" in told.stderr


def test_what_becomes_interlaced_midway_is_not_encoded_with_its_combs(
    build: Builder, tmp_path: Path, ffmpeg: Callable[..., Path], bikes: Path
) -> None:
    coding = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-bf", 0, "-x264-params"]
    woven = "scale=160:96,tinterlace=interleave_top,setpts=N/25/TB"
    parts = (
        ffmpeg("-i", bikes, "-frames:v", 30, "-vf", "scale=160:96", *coding, "fake-interlaced=1", name="plain.h264"),
        ffmpeg("-i", bikes, "-frames:v", 20, "-vf", woven, *coding, "tff=1", name="woven.h264"),
    )
    joined = tmp_path / "joined.h264"
    text = "clips: {{length: 30}}\nencodes: [{{encoder: libx264, preset: ultrafast}}]\nsources: [{}]\n"
    for name, order in (("late", parts), ("early", parts[::-1])):
        joined.write_bytes(b"".join(part.read_bytes() for part in order))
        source = ffmpeg("-framerate", 25, "-i", joined, "-c", "copy", name=f"{name}.mp4")
        summary = build(tmp_path / name, text.format(source))
        corpus = codecorpus.open(tmp_path / name)
        assert {row["deinterlaced"] for row in corpus.clips.to_pylist()} == {name == "early"}
        told = [failure.error for failure in summary.failures]
        reason = "is interlaced; the source begins with progressive ones, and is not deinterlaced"
        assert told == ([f"x264-ultrafast-crf23 of late-001: frame 30 {reason}"] if name == "late" else [])


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


def test_all_intra_has_a_table_of_motion_without_rows(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, ONE.replace("gop: {length: 6}", "gop: {length: 1}"))
    corpus = codecorpus.open(tmp_path)
    assert corpus.motion().num_rows == 0
    assert len(list((tmp_path / "motion").rglob("*.parquet"))) == 3
    assert verify(str(tmp_path)).problems == []


def test_provenance_is_told(build: Builder, tmp_path: Path) -> None:
    build(tmp_path)
    corpus = codecorpus.open(tmp_path)
    clip = corpus.clips.to_pylist()[1]
    assert clip["source"] == "sample://carphone" and clip["first"] == 12 and len(clip["source_sha256"]) == 64
    assert clip["argv"][clip["argv"].index("-i") + 1] == "carphone-001.packets.nut"
    for stream in corpus.streams.to_pylist():
        assert stream["argv"][0].startswith("ffmpeg") and stream["ffmpeg_version"] and len(stream["sha256"]) == 64
        assert f"{stream['clip']}.nut" in stream["argv"]
        assert stream["encoder_version"]
        frames = corpus.frames(clip=stream["clip"], encode=stream["encode"])
        assert stream["bytes"] == sum(frames["bytes"].to_pylist())


def test_encodes_of_equal_bytes_are_told(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("preset: 11", "preset: [11, 12]")
    assert build(tmp_path, text).twins == (("svtav1-p11-crf35", "svtav1-p12-crf35"),)


def test_a_shard_looks_at_its_own_sources_alone(
    build: Builder, tmp_path: Path, bikes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        (tmp_path / f"{number}.mp4").write_bytes(bikes.read_bytes() + bytes(number))
    looked: list[str] = []

    def count(path: Path, *more: Any) -> probe.Probe:
        looked.append(path.name)
        return probe.probe(path, *more)

    hashed: list[str] = []
    digest = planning.sha256
    monkeypatch.setattr(planning, "probe", count)
    monkeypatch.setattr(planning, "sha256", lambda path: hashed.append(path.name) or digest(path))
    text = ONE.replace("sample://carphone", f"{tmp_path}/*.mp4").replace("length: 12", "length: 2")
    build(tmp_path / "corpus", text, shard=Shard(1, 3))
    assert looked == hashed == ["1.mp4", "4.mp4"]
    build(tmp_path / "corpus", text, shard=Shard(1, 3))
    assert len(looked) == 2
    problems = verify(str(tmp_path / "corpus")).problems
    assert any("4 of 6 groups are not planned yet" in str(problem) for problem in problems)


def test_a_folder_that_is_no_corpus_is_left_alone(build: Builder, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(CorpusError, match="neither a corpus nor an empty folder"):
        build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_an_older_corpus_is_refused_with_what_to_do(build: Builder, tmp_path: Path) -> None:
    (tmp_path / "corpus.json").write_text('{"format": 1, "schema": 1, "name": "old", "shards": 1}')
    with pytest.raises(CorpusError, match=r"it is of format 1, .*make it anew, into another folder: codecorpus build"):
        build(tmp_path)


def test_a_missing_encoder_is_told_before_anything_starts(build: Builder, tmp_path: Path) -> None:
    from codecorpus import recipe
    from codecorpus.run.executors.inline import Inline
    from codecorpus.run.request import Build
    from codecorpus.run.run import Run

    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ffmpeg version 1\necho ' V....D libx264   x'\n")
    fake.chmod(0o755)
    request = Build(recipe.parse(SMALL, "small"), str(tmp_path / "corpus"), str(fake))
    with pytest.raises(EncodeError, match=r"has no libx265"):
        Run(request, Inline()).run()
    assert not (tmp_path / "corpus").exists()


def test_a_corpus_is_built_into_a_far_store(build: Builder, tmp_path: Path) -> None:
    build("memory://far/corpus", ONE)  # type: ignore[arg-type]
    build(tmp_path, ONE)
    store = stores.find("memory://far/corpus")
    far = {entry.name: store.read(entry.name) for entry in store.list()}
    assert far == tree(tmp_path)
    assert build("memory://far/corpus", ONE).made == 0  # type: ignore[arg-type]
    lost = next(name for name in far if name.startswith("motion/"))
    store.remove(lost)
    build("memory://far/corpus", ONE)  # type: ignore[arg-type]
    assert store.read(lost) == far[lost]
    assert codecorpus.open("memory://far/corpus").blocks().num_rows == codecorpus.open(tmp_path).blocks().num_rows


def test_two_attempts_at_a_chunk_make_one(build: Builder, tmp_path: Path) -> None:
    import threading

    threads = [threading.Thread(target=build, args=(tmp_path / "both", ONE)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    build(tmp_path / "one", ONE)
    build(tmp_path / "both", ONE)
    assert tree(tmp_path / "both") == tree(tmp_path / "one")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_interrupted_it_goes_on_where_it_was(number: signal.Signals, build: Builder, tmp_path: Path) -> None:
    recipe = tmp_path / "small.yaml"
    slow = ONE.replace("length: 12", "length: 110") + "  - {encoder: libaom-av1, preset: 0}\n"
    recipe.write_text(slow)
    corpus = tmp_path / "corpus"
    command = [sys.executable, "-m", "codecorpus", "build", str(recipe), "--out", str(corpus), "--jobs", "1"]
    with heeding():
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        _wait_for(lambda: len(list(corpus.glob(".work/*/streams/*/*.json"))) >= 3)
        running.send_signal(number)
        _, told = running.communicate(timeout=20)
    finally:
        running.kill()
    if number is not signal.SIGKILL:
        assert running.returncode == 130
        assert told.splitlines()[-1] == "interrupted; what is whole is kept, run again to go on"
    _wait_for(lambda: not _children_of(tmp_path))
    assert manifest.chunks(stores.find(str(corpus))) == [] and head.read(stores.find(str(corpus))).name == "small"
    events: list[Event] = []
    fast = recipe.read_text().replace(slow.splitlines()[-1] + "\n", "")
    summary = build(corpus, fast, tell=events.append)
    assert (summary.streams, summary.made, summary.failures) == (3, 3, ())
    assert not any(event.kind == "frames" for event in events)  # nothing was encoded again


@pytest.mark.parametrize("what", ["nut", "json"])
def test_what_waits_of_a_run_that_ended_is_looked_at(what: str, build: Builder, tmp_path: Path) -> None:
    def stop(event: Event) -> None:
        if event.kind == "encoded":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "ended", ONE, tell=stop)
    found = (tmp_path / "ended").glob(f".work/*/streams/*/*.{what}")
    waiting = [path for path in found if path.stat().st_size]  # one that had just begun has nothing yet
    assert waiting
    for path in waiting:
        data = path.read_bytes()
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if what == "nut" else b"")
    build(tmp_path / "ended", ONE)
    build(tmp_path / "whole", ONE)
    assert tree(tmp_path / "ended") == tree(tmp_path / "whole")


def test_what_waits_of_a_run_of_another_recipe_is_not_used(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead run's work folder stands on, the corpus is of other clips by now, begun anew or brought here."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    once = ONE.replace("[sample://carphone]", "[{uri: sample://carphone, start: 1}]") + "keep: clips\n"
    more = once + "maps: {cell: 16, channels: [bits]}\n"
    build(tmp_path / "whole", once, keep_streams=True)
    shutil.copytree(tmp_path / "whole", tmp_path / "more")
    build(tmp_path / "more", more, keep_streams=True)
    for here, text in (("anew", once), ("brought", more)):
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(building, "commit_rows", die)
            build(tmp_path / here, ONE + "keep: clips\n")
        for path in (tmp_path / here).iterdir():
            if path.name != layout.WORK:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if here == "brought":
            shutil.copytree(tmp_path / "whole", tmp_path / here, dirs_exist_ok=True)
        build(tmp_path / here, text, keep_streams=True)
    assert tree(tmp_path / "anew") == tree(tmp_path / "whole")
    assert tree(tmp_path / "brought") == tree(tmp_path / "more")


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
