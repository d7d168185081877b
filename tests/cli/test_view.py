"""codecorpus view, as people call it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import fsspec
import pytest
from helpers import ivf, vp9_headers, written
from helpers.corpora import SMALL
from PIL import Image
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.corpus.layout import Chunk

ENCODERS = {
    "h264": ("libx264", "-preset", "veryfast"),
    "hevc": ("libx265", "-preset", "veryfast", "-x265-params", "log-level=error"),
    "av1": ("libsvtav1", "-preset", "10"),
}


def view(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["view", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def videos(bikes: Path, ffmpeg: Callable[..., Path]) -> list[Path]:
    """The same eight frames in three codecs."""
    return [
        ffmpeg("-i", bikes, "-frames:v", 8, "-vf", "crop=320:180", "-c:v", *options, name=f"view-{codec}.mp4")
        for codec, options in ENCODERS.items()
    ]


def test_a_frame_of_three_codecs(videos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "frame.png"
    layers = (
        "--layer",
        "motion+prediction+transform",
        "--layer",
        "bits",
        "--layer",
        "energy",
        "--layer",
        "mode+coding",
    )
    code, told = view(*videos, "--frame", 5, *layers, "--out", out)
    assert (code, told) == (0, f"{out}: frame 5\n")
    assert Image.open(out).width > 900


def test_pictures_are_turned_as_players_turn_them(
    videos: list[Path], ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    phone = ffmpeg("-display_rotation", -90, "-i", videos[0], "-c", "copy", name="phone.mp4")
    shapes = []
    for options in ([], ["--no-rotate"]):
        code, _ = view(phone, "--frame", 5, "--zoom", 1, "--out", tmp_path / "phone.png", *options)
        width, height = Image.open(tmp_path / "phone.png").size
        shapes.append((code, width < height))
    assert shapes == [(0, True), (0, False)]


def test_names_that_cannot_be_shown_are_shown_without(videos: list[Path], tmp_path: Path) -> None:
    for at, name in enumerate((b"new\nline.mp4", b"caf\xe9.mp4")):
        odd = tmp_path / os.fsdecode(name)
        odd.write_bytes(videos[0].read_bytes())
        for out in (tmp_path / f"{at}.png", tmp_path / f"{at}.html"):
            code, told = view(odd, "--out", out)
            assert code == 0, told
        assert "\N{REPLACEMENT CHARACTER}" in out.read_text(encoding="utf-8")


def test_a_range_becomes_a_film(videos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "range.mp4"
    assert view(videos[1], "--frames", "2:6", "--out", out, "--zoom", 1)[0] == 0
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 4


def test_a_page_has_all_frames_or_a_range(videos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    for arguments, first, frames in (((), 0, 8), (("--frames", "2:5"), 2, 3)):
        code, told = view(videos[1], *arguments, "--out", out)
        assert code == 0 and told.startswith(f"{out}: ") and told.endswith("; any browser opens it\n")
        page = out.read_text(encoding="utf-8")
        assert f'"first":{first},"frames":{frames},' in page


def test_unless_a_frame_is_named_it_is_one_that_moves(videos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "frame.png"
    code, told = view(videos[1], "--json", "--out", out)
    shown = int(told.split('"first": ')[1].split(",")[0])
    motion = codecorpus.extract(videos[1], tables=("frames", "motion")).motion
    assert code == 0 and shown > 0 and f"{out}: frame {shown}\n" in told
    assert shown in motion["frame"].to_pylist()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--layer", "heat"), "no layer 'heat'"),
        (("--frames", "5:2"), "no range"),
        (("--out", "a.jpg"), "a frame is written as .png"),
        (("--frames", "0:2", "--out", "a.jpg"), "as .mp4 or .html"),
        (("--frames", "0:2", "--out", "a.png"), "as .mp4 or .html"),
        (("--clip", "bikes-000"), "no corpus"),
        (("--frame", "800"), "there is no frame 800"),
        (("--frame", "800", "--out", "a.html"), "there is no frame 800 among 0 to 7"),
        (("--frames", "2:500", "--out", "a.mp4"), "there is no frame 8 in"),
        (("--frames", "2:500", "--out", "a.html"), "there is no frame 8 in"),
        (("--layer", "bits", "--layer", "qp", "--out", "a.html"), "a page has one"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    arguments: tuple[str, ...], told: str, videos: list[Path], tmp_path: Path
) -> None:
    code, words = view(videos[1], *arguments, *(() if "--out" in arguments else ("--out", tmp_path / "x.png")))
    assert code == 2 and told in " ".join(words.replace("│", " ").split())


@pytest.mark.parametrize("frames", ["1:2", "1:13"])
@pytest.mark.parametrize("name", ["out.mp4", "out.html"])
def test_frames_that_show_another_one_again_need_no_scale(
    frames: str, name: str, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    """VP9 in which each frame is shown twice: the second time, no row is of it."""
    vp9 = ("-c:v", "libvpx-vp9", "-cpu-used", 5, "-auto-alt-ref", 0, "-lag-in-frames", 0)
    like = ffmpeg("-i", bikes, "-frames:v", 7, "-s", "96x64", *vp9, name="once.ivf").read_bytes()
    twice = tmp_path / "twice.ivf"
    twice.write_bytes(ivf.joined([one for once in ivf.split(like) for one in (once, vp9_headers.shown_again(0))], like))
    out = tmp_path / name
    code, told = view(twice, "--frames", frames, "--frame", 1, "--layer", "bits", "--out", out)
    assert code == 0 and told.startswith(f"{out}: ")


def test_files_that_are_not_there_are_told_before_any_work(videos: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "none" / "page.html"
    code, told = view(*videos, "--out", out)
    assert code == 2 and f"there is no folder {out.parent}" in " ".join(told.split())
    code, told = view(tmp_path / "none.mp4")
    assert (code, told) == (2, f"error: {tmp_path / 'none.mp4'}: No such file or directory\n")


def test_a_corpus_shows_its_kept_streams(tmp_path: Path) -> None:
    recipe = tmp_path / "small.yaml"
    recipe.write_text(SMALL.replace("limit: 2", "limit: 1"), encoding="utf-8")
    corpus = tmp_path / "corpus"
    assert CliRunner().invoke(app, ["build", str(recipe), "--out", str(corpus), "--keep-streams"]).exit_code == 0
    chosen = ("--clip", "carphone-000", "--encode", "x264-ultrafast-crf23", "--encode", "svtav1-p11-crf35")
    out = tmp_path / "corpus.png"
    code, told = view(corpus, *chosen, "--frame", 7, "--layer", "motion+transform", "--zoom", 1, "--out", out)
    assert (code, told) == (0, f"{out}: frame 7\n")
    assert 2 * 176 < Image.open(out).width < 2 * 176 + 60
    kept = "bitstreams/svtav1-p11-crf35/carphone-000.nut"
    (corpus / kept).unlink()
    code, told = view(corpus, *chosen, "--out", out)
    assert (code, told) == (2, f"error: {corpus}/{kept}: the file is not there; run its build or extraction again\n")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One clip, kept in one of two encodes."""
    root = tmp_path / "corpus"
    good = written.read(written.B_FRAMES)
    streams = {"kept": {"one-000": good, "two-000": good}, "lost": {"one-000": replace(good, kept=None)}}
    written.write(root, {Chunk(0, 0): streams})
    return root


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--clip", "nope"), "no clip 'nope'; known are one-000, two-000"),
        (("--encode", "x264"), "no encode 'x264'; known are kept, lost"),
        (("--encode", "lost"), "the bitstream of one-000 through lost was not kept"),
        (("--clip", "two-000", "--encode", "lost"), "two-000 through lost is not made yet"),
        (("--frame", "9"), "there is no frame 9"),
    ],
)
def test_what_a_corpus_lacks_is_told(corpus: Path, arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    code, words = view(corpus, *arguments, "--out", tmp_path / "x.png")
    assert code == 2 and told in " ".join(words.split())


def test_encodes_that_have_pixels_are_shown_unless_others_are_named(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    assert view(corpus, "--zoom", 1, "--out", out, "--layer", "picture")[0] == 0
    assert Image.open(out).width < 2 * 72


def test_a_lossless_encode_has_no_distortion(tmp_path: Path) -> None:
    text = (
        SMALL.split("encodes:")[0] + "encodes: [{encoder: libx264, preset: ultrafast, qp: [0, 30]}]\nquality: [psnr]\n"
    )
    (tmp_path / "small.yaml").write_text(text)
    made = CliRunner().invoke(
        app,
        ["build", str(tmp_path / "small.yaml"), "--out", str(tmp_path / "c"), "--keep-streams", "--executor", "inline"],
    )
    assert made.exit_code == 0, made.output
    code, told = view(tmp_path / "c", "--out", tmp_path / "page.html")
    assert code == 0, told
    assert '"psnr_y":null' in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_far_corpus_is_shown(corpus: Path, tmp_path: Path) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(corpus), "/shown", recursive=True)
    out = tmp_path / "x.png"
    assert view("memory://shown", "--zoom", 1, "--out", out)[0] == 0
    far.rm("/shown", recursive=True)


def test_videos_that_are_not_one_are_not_put_side_by_side(
    videos: list[Path], bikes: Path, ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "x.png"
    short = ffmpeg("-i", bikes, "-frames:v", 5, "-vf", "crop=320:180", "-c:v", "libx264", name="short.mp4")
    code, told = view(videos[0], short, "--out", out)
    assert code == 2 and "view-h264.mp4 has 8 frames of 320x180, short.mp4 5 frames of 320x180: " in told
    assert view(videos[0], short, "--mixed", "--out", out)[0] == 0
