"""The commands as people and programs use them."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.corpora import SMALL
from typer.testing import CliRunner

import codecorpus
from codecorpus import matrix
from codecorpus import recipe as recipes
from codecorpus.cli import app, say
from codecorpus.corpus import store
from codecorpus.encode import ENCODERS, ffmpeg
from codecorpus.recipe import shelf
from codecorpus.run import sameness

ENCODES = "encodes: [{encoder: libx264}]"

ONE = SMALL.replace("limit: 2", "limit: 1")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(ONE)
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_build_tells_every_stream_in_plain_lines(recipe: Path, tmp_path: Path) -> None:
    code, out, err = run("build", recipe, "--out", tmp_path / "corpus")
    assert (code, out) == (0, "")
    told = err.splitlines()
    assert told[0].startswith("[1/4] carphone-000 x264-ultrafast-crf23: 12 frames, ")
    assert told[-1] == f"{tmp_path}/corpus: 4 streams made, 0 there before, 0 failed"
    code, _, err = run("build", recipe, "--out", tmp_path / "corpus")
    assert code == 0
    assert err.splitlines()[-1] == f"{tmp_path}/corpus: 0 streams made, 4 there before, 0 failed"


def test_build_gives_programs_one_object_a_line(recipe: Path, tmp_path: Path) -> None:
    code, out, _ = run("build", recipe, "--out", tmp_path / "corpus", "--json", "--jobs", 1)
    assert code == 0
    told = lines(out)
    assert told[0] == {"event": "plan", "clips": 1, "streams": 4}
    assert [line["event"] for line in told] == ["plan", "done", "done", "done", "done", "end"]
    assert told[1]["clip"] == "carphone-000" and told[1]["frames"] == 12 and told[1]["bytes"] > 0
    assert told[-1]["made"] == 4 and told[-1]["failed"] == []


def test_build_exits_1_and_lists_what_failed(recipe: Path, tmp_path: Path) -> None:
    recipe.write_text(ONE + "  - {encoder: libx264, preset: ultrafast, crf: 30, params: {no-such-thing: 1}}\n")
    code, out, err = run("build", recipe, "--out", tmp_path / "corpus", "--json")
    assert code == 1
    last = err.splitlines()[-1]
    assert last.startswith(
        "failed: carphone-000 x264-ultrafast-crf30-no-such-thing1: x264-ultrafast-crf30-no-such-thing1 "
    )
    assert [failure["encode"] for failure in lines(out)[-1]["failed"]] == ["x264-ultrafast-crf30-no-such-thing1"]


def test_a_wrong_recipe_exits_2_in_one_line(recipe: Path, tmp_path: Path) -> None:
    recipe.write_text(ONE.replace("gop:", "gops:"))
    code, out, err = run("build", recipe, "--out", tmp_path / "corpus")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {recipe}, line 4: unknown key 'gops'; the nearest is 'gop'; ")
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "corpus").exists()


def test_build_draws_bars_on_a_terminal(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    code, _, err = run("build", recipe, "--out", tmp_path / "corpus")
    assert code == 0
    assert "━" in err and "fps" in err
    assert [int(count) for count in re.findall(r"(\d)/4", err)][-1] == 4
    assert max(int(count) for count in re.findall(r"(\d+)/4", err)) == 4  # made and then read, a stream counts once
    assert "carphone-000 x264-ultrafast-crf23:" not in err


def test_a_store_that_cannot_be_reached_exits_2(recipe: Path) -> None:
    code, _, err = run("build", recipe, "--out", "nowhere://bucket/corpus")
    assert code == 2
    assert err.startswith("error: nowhere://bucket/corpus: ") and len(err.splitlines()) == 1


def test_status_tells_how_far_a_corpus_is(recipe: Path, tmp_path: Path) -> None:
    run("build", recipe, "--out", tmp_path / "corpus")
    code, out, err = run("status", tmp_path / "corpus")
    assert code == 0 and out.splitlines()[1].split() == ["svtav1-p11-crf35", "1", "0", "0", "0"]
    assert err.startswith(f"{tmp_path}/corpus: 1 of 1 chunk done; 0 of 1 group of sources still to be planned")
    code, out, _ = run("status", tmp_path / "corpus", "--json")
    assert json.loads(out)["by_encode"]["svtav1-p11-crf35"] == {"done": 1, "damaged": 0, "failed": 0, "remaining": 0}
    code, _, err = run("status", tmp_path)
    assert (code, err) == (2, f"error: {tmp_path}: no corpus here\n")


@pytest.mark.parametrize("shard", ["4/4", "1", "a/b"])
def test_a_wrong_shard_exits_2(recipe: Path, tmp_path: Path, shard: str) -> None:
    code, _, err = run("build", recipe, "--out", tmp_path / "corpus", "--shard", shard)
    assert code == 2
    assert "is no shard; counted from 0, of four they are 0/4 to 3/4" in " ".join(err.replace("│", " ").split())


def test_slurm_s_array_task_is_the_shard(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_ARRAY_TASK_MIN", "1")
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "2")
    made = 0
    for task in ("1", "2"):
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", task)
        code, out, _ = run("build", recipe, "--out", tmp_path / "corpus", "--json")
        assert code == 0
        made += lines(out)[-1]["made"]
    assert made == 4


def test_plan_tells_clips_encodes_and_costs(recipe: Path) -> None:
    code, out, err = run("plan", recipe)
    assert (code, err) == (0, "")
    assert "carphone-000  12      29.97  176x144  sample://carphone" in out
    assert "svtav1-p11-crf35      av1    libsvtav1" in out
    assert "1 clip, 12 frames, 4 streams" in out
    code, out, _ = run("plan", recipe, "--json")
    assert code == 0 and lines(out)[-1]["streams"] == 4


def test_plan_prints_the_very_commands_that_run(recipe: Path, tmp_path: Path) -> None:
    code, out, _ = run("plan", recipe, "--argv")
    commands = [shlex.split(line) for line in out.splitlines()]
    assert code == 0 and len(commands) == 5
    run("build", recipe, "--out", tmp_path / "corpus")
    corpus = codecorpus.open(tmp_path / "corpus")
    ran = [argv for table in (corpus.clips, corpus.streams) for argv in table["argv"].to_pylist()]
    assert sorted(command[1:] for command in commands) == sorted(argv[1:] for argv in ran)
    code, out, _ = run("plan", recipe, "--argv", "--json")
    assert [line["argv"] for line in lines(out)] == commands


EVERY = "".join(
    f"  - {{encoder: {name}, preset: {min(one.cost, key=one.cost.__getitem__)!r}, {rate}}}\n"
    for name, one in ENCODERS.items()
    for rate in ["bitrate: 100k", *(["bitrate: 100k, passes: 2"] if one.two_pass else [])]
)
"""Every encoder, as fast as it is, in one pass and in two."""


@pytest.mark.parametrize("fps", ["source", "24"])
def test_plan_prints_the_commands_of_every_encoder(fps: str, tmp_path: Path) -> None:
    clips = f"{{length: 4, limit: 1, size: 64x64, fps: {fps}}}"
    path = tmp_path / "every.yaml"
    path.write_text(f"sources: [sample://carphone]\nclips: {clips}\ngop: {{length: 4}}\nencodes:\n{EVERY}")
    code, out, _ = run("plan", path, "--argv")
    planned = [shlex.split(line)[1:] for line in out.splitlines()]
    code, _, err = run("build", path, "--out", tmp_path / "corpus")
    assert code == 0, err
    corpus = codecorpus.open(tmp_path / "corpus")
    ran = [argv[1:] for table in (corpus.clips, corpus.streams) for argv in table["argv"].to_pylist()]
    last = [command for command in planned if ("-pass", "1") not in itertools.pairwise(command)]
    assert sorted(last) == sorted(ran)
    assert len(planned) - len(last) == sum(one.two_pass for one in ENCODERS.values())


@pytest.mark.parametrize("kept", ["lossless", "visually-lossless"])
@pytest.mark.parametrize("encodes", ["[{encoder: libx264, preset: ultrafast}]", "[{source: true}]"])
def test_plan_prints_what_keeps_clips(kept: str, encodes: str, tmp_path: Path) -> None:
    path, log, traced = tmp_path / "kept.yaml", tmp_path / "log", tmp_path / "traced"
    path.write_text(
        f"sources: [sample://carphone]\nclips: {{length: whole}}\nencodes: {encodes}\nkeep: {{clips: {kept}}}\n"
    )
    real = shlex.quote(ffmpeg.find().path)
    traced.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {shlex.quote(str(log))}\nexec {real} "$@"\n')
    traced.chmod(0o755)
    code, out, err = run("plan", path, "--argv", "--ffmpeg", traced)
    assert code == 0, err
    code, _, err = run("build", path, "--out", tmp_path / "corpus", "--ffmpeg", traced)
    assert code == 0, err
    ran = [line for line in log.read_text().splitlines() if ".nut" in line]
    assert sorted(ran) == sorted(" ".join(shlex.split(line)[1:]) for line in out.splitlines())


def test_plan_tells_sources_that_cannot_be_read(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no video")
    recipe.write_text(ONE.replace("sample://carphone", f"sample://carphone, {tmp_path}/note.mp4"))
    code, _, err = run("plan", recipe)
    assert code == 1
    why = "not a video that can be opened (Invalid data found when processing input)"
    assert err == f"failed: note-000: {tmp_path}/note.mp4: {why}\n"


def test_recipe_check_says_that_it_is_right(recipe: Path) -> None:
    assert run("recipe", "check", recipe) == (0, f"{recipe}: right, 4 encodes\n", "")
    recipe.write_text(ONE.replace("[23, 40]", "[23, 23]"))
    assert run("recipe", "check", recipe) == (
        2,
        "",
        "error: encodes: x264-ultrafast-crf23 stands twice in the matrix\n",
    )


def test_recipe_show_expands(recipe: Path) -> None:
    code, out, _ = run("recipe", "show", recipe)
    told = yaml.safe_load(out)
    assert code == 0
    assert told["clips"]["remainder"] == "keep" and told["gop"] == {"length": "6", "closed": True}
    assert [line.rpartition("# ")[2] for line in out.splitlines()[-4:]] == [
        *("x264-ultrafast-crf23", "x264-ultrafast-crf40", "x265-ultrafast-crf28", "svtav1-p11-crf35")
    ]
    assert told["encodes"][1]["crf"] == 40
    [as_json] = lines(run("recipe", "show", recipe, "--json")[1])
    assert [encode.pop("name") for encode in as_json["encodes"]][1] == "x264-ultrafast-crf40"
    assert as_json == told


EVERYTHING = """
sources: [{uri: a.mp4, start: 1, end: 2.5}, "b: c.mp4"]
clips: {length: 2s, remainder: drop, limit: 3, fps: 30000/1001, size: 320x240}
gop: {length: 1s, closed: false}
encodes:
  - {encoder: libx264, tune: [film, "psnr,fastdecode"], crf: [18, 22.25], maxrate: 1M, bufsize: 2M}
  - {encoder: libx264, params: {ref: [1, 2]}}
  - {encoder: libx265, preset: slow, bitrate: [500k, 2M], passes: 2, pixel_format: yuv420p10le}
tables: [frames, blocks]
quality: [psnr, sse]
maps: {cell: 8, channels: [bits]}
"""


@pytest.mark.parametrize("name", ["everything", "grain", *shelf.names()])
def test_what_recipe_show_prints_is_the_same_recipe(name: str, tmp_path: Path) -> None:
    grain = "sources: a\nencodes: [{encoder: libsvtav1, film_grain: [0, 8]}, {source: true}]"
    own = tmp_path / "own.yaml"
    own.write_text({"everything": EVERYTHING, "grain": grain}.get(name, ""))
    asked = own if own.read_text() else name
    code, out, _ = run("recipe", "show", asked)
    assert code == 0
    shown = tmp_path / "shown.yaml"
    shown.write_text(out)
    wanted, got = recipes.load(asked), recipes.load(shown)
    assert replace(got, encodes=()) == replace(wanted, encodes=())
    assert matrix.expand(got) == matrix.expand(wanted) and got.takes_source == wanted.takes_source


def test_a_worker_has_what_it_needs_to_begin(bikes: Path, tmp_path: Path) -> None:
    code, _, err = run("extract", bikes, "--out", tmp_path / "c", "--memory", "40M")
    assert code == 2 and "40M: a worker needs 300M to begin" in err
    code, _, err = run("extract", bikes, "--out", tmp_path / "c", "--memory", "99999999999999999999G")
    assert code == 2 and "is more than any machine has" in " ".join(err.replace("│", " ").split())
    assert not (tmp_path / "c").exists()


def test_recipes_that_come_along_are_known_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("recipe", "list")
    assert code == 0 and "quickstart: The first corpus: two real clips" in out
    assert run("recipe", "check", "quickstart")[:2] == (0, "quickstart: right, 10 encodes\n")
    assert run("recipe", "check", "quickstrat")[0] == 2
    Path("quickstart").write_text(ONE)
    assert run("recipe", "check", "quickstart")[1] == "quickstart: right, 4 encodes\n"


def test_recipe_check_tells_sources_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "lost.yaml"
    path.write_text(f"sources: [{tmp_path}/a.mp4, {tmp_path}/*.mkv, sample://bikes, s3://far/a.mp4]\n{ENCODES}")
    code, out, err = run("recipe", "check", path)
    assert (code, out) == (1, f"{path}: right, but for its sources, 1 encode\n")
    assert err == f"missing: {tmp_path}/a.mp4: no such file\nmissing: {tmp_path}/*.mkv names no video\n"


@pytest.mark.parametrize("place", ["file", "file/corpus", "/dev/null/corpus", "x" * 300])
def test_a_corpus_where_none_can_be_exits_2(place: str, recipe: Path, bikes: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for command in (("build", recipe), ("extract", bikes)):
        code, _, err = run(*command, "--out", tmp_path / place)
        assert code == 2 and len(err.splitlines()) == 1 and err.startswith(f"error: {tmp_path / place}: ")
    assert (tmp_path / "file").read_text() == "mine"


def test_build_tells_whether_it_made_what_others_did(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "FOLDER", tmp_path)
    build = ("build", recipe, "--out", tmp_path / "corpus")
    assert "beside the recipe" not in run(*build)[2]
    kept = sameness.gather(store.find(tmp_path / "corpus"))
    shelf.digests_path(recipe).write_text(kept.to_json())
    assert run(*build)[2].splitlines()[0] == "the same bytes as kept beside the recipe: 4 streams"
    text = kept.to_json()
    one = next(iter(next(iter(kept.streams.values()))["x264-ultrafast-crf40"].values()))
    shelf.digests_path(recipe).write_text(text.replace(one, "0" * 64))
    told = run(*build)[2].splitlines()[0]
    assert told.startswith("note: other bytes than kept beside the recipe: carphone-000 x264-ultrafast-crf40; ")
    assert lines(run(*build, "--json")[1])[-2] == {
        **{"event": "sameness", "same": 3, "others": ["carphone-000 x264-ultrafast-crf40"]}
    }
    shelf.digests_path(recipe).write_text('{"1.0": {}}')
    assert run(*build)[2].startswith("note: no digests are kept of what this FFmpeg gives")


def test_recipe_schema_is_json() -> None:
    code, out, _ = run("recipe", "schema")
    assert code == 0 and "encodes" in json.loads(out)["properties"]


def test_doctor_tells_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run("doctor")
    assert code == 0
    assert all(f"ok       {name}: " in out for name in ("FFmpeg", "native module", "libx264", "libsvtav1", "pyarrow"))
    code, out, _ = run("doctor", "--json")
    assert {line["name"] for line in lines(out) if line["wanted"]} >= {"FFmpeg", "native module", "pyarrow"}


def test_doctor_tells_what_is_missing(tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho 'ffmpeg version 1.0'; echo ' V....D libx264   x'\n")
    fake.chmod(0o755)
    code, out, _ = run("doctor", "--ffmpeg", fake)
    assert code == 0 and "without  libx265: this FFmpeg was built without it\n" in out
    code, out, _ = run("doctor", "--ffmpeg", "/nowhere")
    assert code == 1 and "missing  FFmpeg: no FFmpeg at /nowhere\n" in out


def test_extract_tells_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no video")
    code, out, err = run("extract", tmp_path / "note.mp4", "--out", tmp_path / "corpus", "--json")
    assert code == 1
    assert [line["event"] for line in lines(out)] == ["plan", "failed", "end"]
    assert err.splitlines()[-1].startswith("failed: note-000 source: ")
    assert f"{tmp_path}/note.mp4" in err


def test_extract_knows_its_tables(tmp_path: Path, bikes: Path) -> None:
    code, _, err = run("extract", bikes, "--out", tmp_path / "corpus", "--tables", "frames,moves")
    assert code == 2
    assert "moves: known are frames, blocks, motion, transforms" in " ".join(err.replace("│", " ").split())


def test_extract_reads_what_it_is_given(tmp_path: Path, ffmpeg: Callable[..., Path], bikes: Path) -> None:
    stream = ffmpeg("-i", bikes, "-frames:v", 5, "-an", "-c:v", "libx264", name="five.mp4")
    code, _, err = run("extract", stream, "--out", tmp_path / "corpus")
    assert (code, err.splitlines()[-1]) == (0, f"{tmp_path}/corpus: 1 stream made, 0 there before, 0 failed")


def test_events_leave_out_what_there_is_not_to_tell(
    tmp_path: Path, ffmpeg: Callable[..., Path], bikes: Path, recipe: Path
) -> None:
    stream = ffmpeg("-i", bikes, "-frames:v", 5, "-an", "-c:v", "libx264", name="five.mp4")
    (tmp_path / "note.mp4").write_text("no video")
    _, out, err = run("extract", stream, tmp_path / "note.mp4", "--out", tmp_path / "read", "--json", "--jobs", 1)
    done, failed = sorted((line for line in lines(out) if "clip" in line), key=lambda line: line["event"])
    assert set(done) == {"event", "clip", "encode", "frames", "bytes"} and done["frames"] == 5
    assert set(failed) == {"event", "clip", "encode", "error"}
    assert f"five-000 source: 5 frames, {say.size(done['bytes'])}\n" in err
    recipe.write_text(ONE.split("encodes:")[0] + "encodes: [{encoder: libx264, params: {no-such-thing: 1}}]\n")
    _, out, _ = run("build", recipe, "--out", tmp_path / "corpus", "--json")
    [failed] = [line for line in lines(out) if line["event"] == "failed"]
    assert set(failed) == {"event", "clip", "encode", "error"}
