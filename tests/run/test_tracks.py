"""Sources with several video tracks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.corpora import Builder
from helpers.tracks import two_tracks

import codecorpus
from codecorpus.run.request import Event


@pytest.fixture(scope="module")
def two(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    return two_tracks(ffmpeg, bikes)


@pytest.mark.parametrize("track", [0, 1])
def test_clips_scenes_and_quality_are_of_the_same_track(track: int, two: Path, build: Builder, tmp_path: Path) -> None:
    text = f"sources: [{{uri: {two}, track: {track}}}]\nencodes: [{{source: true}}]\nquality: [psnr]\n"
    assert not build(tmp_path / "source", text).failures
    corpus = codecorpus.open(str(tmp_path / "source"))
    row = corpus.clips.to_pylist()[0]
    assert (row["track"], row["tracks"], row["width"]) == (track, 2, (160, 320)[track])
    assert set(corpus.frames()["psnr_y"].to_pylist()) == {np.inf}
    text = text.replace("{source: true}", "{encoder: libx264, preset: ultrafast}") + "clips: scenes\n"
    assert not build(tmp_path / "scenes", text).failures
    assert codecorpus.open(str(tmp_path / "scenes")).clips["frames"].to_pylist() == [(6, 9)[track]]


def test_the_tracks_that_are_left_out_are_told(two: Path, build: Builder, tmp_path: Path) -> None:
    told: list[Event] = []
    text = f"sources: [{two}]\nencodes: [{{source: true}}]\n"
    build(tmp_path / "chosen", text, tell=told.append)
    notes = [event.note for event in told if event.kind == "note"]
    assert notes == ["video track 1 of 2, counted from 0, is read; `track` chooses another"]
    told.clear()
    build(tmp_path / "asked", text.replace(f"{two}", f"{{uri: {two}, track: 1}}"), tell=told.append)
    assert not [event for event in told if event.kind == "note"]
