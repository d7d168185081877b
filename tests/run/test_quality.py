"""Quality that a recipe asks for: frame by frame and block by block, against the clip."""

from __future__ import annotations

import shlex
from pathlib import Path

import av
import numpy as np
import pytest
from helpers.corpora import SMALL, Builder, tree
from typer.testing import CliRunner

import codecorpus
from codecorpus import recipe
from codecorpus.cli import app
from codecorpus.corpus.verify import verify
from codecorpus.errors import EncodeError, RecipeError
from codecorpus.run.executors.local import Local

COLUMNS = ("psnr_y", "psnr_u", "psnr_v", "ssim", "vmaf", "xpsnr")
ALL = "quality: [psnr, ssim, vmaf, xpsnr, sse]\n"
ODD = """
sources: [{uri: "sample://bikes", start: 8s, end: 8.4s}]
clips: {size: 206x118}
encodes:
  - {encoder: libx264, preset: medium, crf: 30}
  - {encoder: libx265, preset: fast, crf: 34, pixel_format: yuv420p10le}
  - {encoder: libaom-av1, preset: 8, crf: 45}
"""


def luma(path: Path) -> np.ndarray:
    """The luma of a file's pictures, in samples of 8 bits, by another decoder than FFmpeg's command."""
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray() for frame in container.decode(video=0)]
        height, width = container.streams.video[0].height, container.streams.video[0].width
    deep = pictures[0].dtype == np.uint16
    return np.stack([picture[:height, :width] for picture in pictures]) / (4.0 if deep else 1.0)


def test_squared_errors_are_those_of_the_decoded_samples(build: Builder, tmp_path: Path) -> None:
    """Sizes that blocks overhang, ten bits, pictures that are coded ahead."""
    build(tmp_path / "corpus", ODD + ALL, keep_streams=True)
    build(tmp_path / "lossless", ODD.split("encodes:")[0] + "encodes: [{encoder: libx264, qp: 0}]", keep_streams=True)
    clip = luma(next((tmp_path / "lossless").rglob("*.nut")))
    corpus = codecorpus.open(tmp_path / "corpus")
    for encode in corpus.encodes["encode"].to_pylist():
        errors = (luma(next((tmp_path / "corpus" / "bitstreams" / encode).glob("*.nut"))) - clip) ** 2
        frames = corpus.frames(encode=encode).to_pylist()
        assert len({row["frame"] for row in frames} - {None}) == len(errors) == 10
        for row in corpus.blocks(encode=encode).to_pylist():
            x, y = row["x"], row["y"]
            if row["frame"] is None:
                assert row["sse"] is None
            else:
                wanted = errors[row["frame"], y : y + row["h"], x : x + row["w"]].sum()
                assert row["sse"] == pytest.approx(wanted, rel=1e-6), (encode, row)
        for row in frames:
            if row["frame"] is not None:
                peak = 1023 / 4 if "10le" in encode else 255
                psnr = 10 * np.log10(peak**2 / errors[row["frame"]].mean())
                assert row["psnr_y"] == pytest.approx(psnr, abs=0.006)


def test_every_frame_is_measured_and_better_is_more(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, SMALL + ALL)
    corpus = codecorpus.open(tmp_path)
    means = {}
    for encode in corpus.encodes["encode"].to_pylist():
        frames = corpus.frames(encode=encode)
        shown = frames.filter(frames["frame"].is_valid())
        for column in COLUMNS:
            assert shown[column].null_count == 0
            assert np.isfinite(shown[column].to_numpy()).all()
        assert 0.5 < np.mean(shown["ssim"].to_numpy()) < 1
        assert 0 <= np.mean(shown["vmaf"].to_numpy()) <= 100
        means[encode] = [np.mean(shown[column].to_numpy()) for column in COLUMNS]
    better, worse = means["x264-ultrafast-crf23"], means["x264-ultrafast-crf40"]
    assert all(high > low for high, low in zip(better, worse, strict=True))
    assert verify(str(tmp_path)).problems == []
    assert not list((tmp_path / ".work").rglob("*.nut"))


def test_lossless_has_no_error(build: Builder, tmp_path: Path) -> None:
    text = SMALL.split("encodes:")[0] + "encodes: [{encoder: libx264, qp: 0, preset: ultrafast}]\n"
    build(tmp_path, text + "quality: [psnr, ssim, sse]")
    corpus = codecorpus.open(tmp_path)
    assert set(corpus.blocks()["sse"].to_pylist()) == {0.0}
    assert set(corpus.frames()["psnr_y"].to_pylist()) == {np.inf}
    assert set(corpus.frames()["ssim"].to_pylist()) == {1.0}


def test_what_is_not_asked_for_is_null_and_asking_makes_streams_anew(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("[23, 40]", "40").replace("limit: 2", "limit: 1")
    assert build(tmp_path, text + "quality: ssim").made == 3
    corpus = codecorpus.open(tmp_path)
    assert corpus.frames()["ssim"].null_count == 0
    assert corpus.frames()["psnr_y"].null_count == len(corpus.frames())
    assert corpus.blocks()["sse"].null_count == len(corpus.blocks())
    before = tree(tmp_path)
    assert build(tmp_path, text + "quality: [ssim]").made == 0
    assert tree(tmp_path) == before
    assert build(tmp_path, text + "quality: [sse, ssim]").made == 3
    assert codecorpus.open(tmp_path).blocks()["sse"].null_count == 0


def test_the_same_recipe_measures_the_same(build: Builder, tmp_path: Path) -> None:
    text = SMALL.replace("limit: 2", "limit: 1") + ALL
    build(tmp_path / "a", text, executor=Local(2))
    build(tmp_path / "b", text)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_source_is_measured_against_its_own_frames(build: Builder, tmp_path: Path) -> None:
    build(tmp_path, "sources: [sample://carphone]\nencodes: [{source: true}]\nquality: [psnr, sse]")
    corpus = codecorpus.open(tmp_path)
    assert set(corpus.frames()["psnr_y"].to_pylist()) == {np.inf}
    assert set(corpus.blocks()["sse"].to_pylist()) == {0.0}


def test_pictures_that_are_coded_smaller_have_no_errors_of_blocks(build: Builder, tmp_path: Path) -> None:
    text = SMALL.split("encodes:")[0] + "encodes: [{encoder: libsvtav1, preset: 8, crf: 50, params: "
    text += "{resize-mode: 1, resize-denom: 12, resize-kf-denom: 12}}]\nquality: [sse]"
    summary = build(tmp_path, text)
    assert summary.made == 0
    assert summary.failures[0].error.endswith("leave sse out")


def test_a_missing_measure_is_told_before_anything_starts(
    build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ffmpeg"
    names = ("libx264", "libx265", "libsvtav1")
    lines = "\n".join(["ffmpeg version n9", *(f" V....D {name}   x" for name in names), " .. psnr   VV->V   x"])
    fake.write_text(f"#!/bin/sh\ncat << 'END'\n{lines}\nEND\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CODECORPUS_FFMPEG", str(fake))
    with pytest.raises(EncodeError, match=r"has no filter libvmaf"):
        build(tmp_path / "corpus", SMALL + "quality: [psnr, vmaf]")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("quality: [pnsr]", r"quality.*'psnr'"),
        ("quality: [psnr, psnr]", r"a measure stands twice in quality"),
        ("tables: [frames]\nquality: [sse]", r"sse is a column of blocks; add blocks to tables"),
    ],
)
def test_mistakes_are_told(more: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        recipe.parse(SMALL + more)


def test_a_plan_tells_the_commands_that_measure(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("limit: 2", "limit: 1") + "quality: [psnr, xpsnr, sse]\n")
    result = CliRunner().invoke(app, ["plan", str(path), "--argv"])
    assert result.exit_code == 0
    commands = [shlex.split(line) for line in result.stdout.splitlines()]
    assert len(commands) == 1 + 4 * 3
    filters = [command[command.index("-filter_complex") + 1] for command in commands if "-filter_complex" in command]
    assert sum("psnr=stats_file=" in text and "xpsnr=stats_file=" in text for text in filters) == 4
    assert sum("blend=all_mode=difference" in text for text in filters) == 4
