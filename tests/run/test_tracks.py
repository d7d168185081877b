"""Sources with several video tracks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.corpora import Builder, tree
from helpers.tracks import two_tracks

import codecorpus
from codecorpus.corpus import layout
from codecorpus.run import building
from codecorpus.run.work import Event


@pytest.fixture(scope="module")
def two(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    return two_tracks(ffmpeg, bikes)


@pytest.mark.parametrize("track", [0, 1])
def test_clips_scenes_and_quality_are_of_the_same_track(track: int, two: Path, build: Builder, tmp_path: Path) -> None:
    text = f"sources: [{{uri: {two}, track: {track}}}]\nencodes: [{{source: true}}]\nquality: [psnr, sse]\n"
    assert not build(tmp_path / "source", text).failures
    corpus = codecorpus.open(str(tmp_path / "source"))
    row = corpus.clips.to_pylist()[0]
    assert (row["track"], row["tracks"], row["width"]) == (track, 2, (160, 320)[track])
    assert set(corpus.frames()["psnr_y"].to_pylist()) == {np.inf}
    assert set(corpus.blocks()["sse"].to_pylist()) == {0.0}
    text = text.replace("{source: true}", "{encoder: libx264, preset: ultrafast}") + "clips: scenes\n"
    assert not build(tmp_path / "scenes", text).failures
    assert codecorpus.open(str(tmp_path / "scenes")).clips["frames"].to_pylist() == [(6, 9)[track]]


def test_what_waits_of_a_run_of_another_track_is_not_used(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead run's work folder stands on, and the corpus is begun anew."""
    split = "[0:v]scale=160:96,trim=end_frame=6,split[a][b];[b]negate[c]"
    tracks = ["-filter_complex", split, "-map", "[a]", "-map", "[c]", "-an", "-c:v", "libx264", "-preset", "ultrafast"]
    alike, corpus = ffmpeg("-i", bikes, *tracks, name="alike.mkv"), tmp_path / "corpus"
    text = "encodes: [{encoder: libx264, preset: ultrafast}]\nkeep: clips\nsources:\n"
    first, second = (f"{text}  - {{uri: {alike}, track: {track}}}\n" for track in (0, 1))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(building, "commit_rows", die)
        build(corpus, first, keep_streams=True)
    for path in corpus.iterdir():
        if path.name != layout.WORK:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    build(corpus, second, keep_streams=True)
    build(tmp_path / "whole", second, keep_streams=True)
    assert tree(corpus) == tree(tmp_path / "whole")


def test_the_tracks_that_are_left_out_are_told(two: Path, build: Builder, tmp_path: Path) -> None:
    told: list[Event] = []
    text = f"sources: [{two}]\nencodes: [{{source: true}}]\n"
    build(tmp_path / "chosen", text, tell=told.append)
    notes = [event.note for event in told if event.kind == "note"]
    assert notes == ["video track 1 of 2, counted from 0, is read; `track` chooses another"]
    told.clear()
    build(tmp_path / "asked", text.replace(f"{two}", f"{{uri: {two}, track: 1}}"), tell=told.append)
    assert not [event for event in told if event.kind == "note"]


@pytest.mark.parametrize("track", [0, 1])
def test_pages_show_the_track_that_was_read(track: int, two: Path, build: Builder, tmp_path: Path) -> None:
    subject = pytest.importorskip("codecorpus.view.subject")
    [of_file] = subject.from_videos([str(two)], ("frames", "blocks"), track=track).subjects
    text = f"sources: [{{uri: {two}, track: {track}}}]\nencodes: [{{source: true}}]\n"
    build(tmp_path / "corpus", text)
    with subject.from_corpus(str(tmp_path / "corpus"), None, [], ("frames", "blocks")) as scene:
        for one in (of_file, *scene.subjects):
            [shot] = one.shots([2])
            assert shot.pixels.shape == ((96, 160, 3), (192, 320, 3))[track]


def test_what_a_corpus_gives_is_turned_as_players_turn_it(
    ffmpeg: Callable[..., Path], bikes: Path, build: Builder, tmp_path: Path
) -> None:
    options = ["-an", "-vf", "crop=200:120:150:60", "-frames:v", 5, "-c:v", "libx264", "-preset", "ultrafast"]
    short = ffmpeg("-i", bikes, *options, name="to-turn.mp4")
    turned = ffmpeg("-display_rotation", 90, "-i", short, "-c", "copy", name="is-turned.mp4")
    build(tmp_path / "corpus", f"sources: [{turned}]\nencodes: [{{source: true}}]\n")
    corpus = codecorpus.open(str(tmp_path / "corpus"))
    key = "is-turned-000", "source"
    read = codecorpus.extract(turned)
    assert read.track.orientation == corpus.intrinsics(*key).track.orientation
    assert read.track.orientation.rotation in (90, 270)
    channels = ("bits", "velocity_past_y", "velocity_past_mask")
    np.testing.assert_array_equal(corpus.maps(*key, channels=channels, rotate=True), read.maps(channels, rotate=True))
    assert corpus.maps(*key, channels=channels, rotate=True).shape == (5, 3, 13, 8)
    np.testing.assert_array_equal(corpus.flow(*key, rotate=True)[0], read.flow(rotate=True)[0])
    plain, shown = corpus.pixels(key[0], [3]), corpus.pixels(key[0], [3], rotate=True)
    assert shown.shape == (1, 200, 120, 3)
    quarters = -read.track.orientation.rotation // 90
    np.testing.assert_array_equal(shown[0], np.rot90(plain[0], quarters))
