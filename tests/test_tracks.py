"""Files with several video tracks, and pictures that players turn."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from helpers.tracks import two_tracks

import codecorpus
from codecorpus import maps
from codecorpus.errors import UnsupportedError
from codecorpus.orientation import Orientation
from codecorpus.track import Track

Ffmpeg = Callable[..., Path]

X264 = ["-an", "-c:v", "libx264", "-preset", "veryfast"]


@pytest.fixture(scope="module")
def two(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    return two_tracks(ffmpeg, bikes)


def read(path: Path, track: int | None = None) -> tuple[int, int, Track]:
    found = codecorpus.extract(path, tables=("frames",), track=track)
    return found.frames.num_rows, found.frames["crop_width"][0].as_py(), found.track


def test_the_largest_track_is_read_unless_another_is_named(two: Path) -> None:
    assert read(two) == read(two, 1) == (9, 320, Track(1, 2, sample_aspect_ratio=Fraction(1)))
    assert read(two, 0) == (6, 160, Track(0, 2, sample_aspect_ratio=Fraction(1)))
    with pytest.raises(UnsupportedError, match=r"two\.mkv: there is no video track 2: it has 2, counted from 0"):
        read(two, 2)


def test_a_default_track_goes_before_one_that_is_a_little_larger(two: Path, ffmpeg: Ffmpeg) -> None:
    made = ffmpeg("-i", two, "-map", 0, "-c", "copy", "-disposition:v:0", "default", name="default.mkv")
    assert read(made)[2].number == 0


def test_a_raw_stream_has_one_track(ffmpeg: Ffmpeg, two: Path) -> None:
    raw = ffmpeg("-i", two, "-map", "0:v:0", "-c", "copy", name="raw.264")
    assert read(raw, 0)[0] == 6
    with pytest.raises(UnsupportedError, match="there is no video track 1: a raw stream has one"):
        read(raw, 1)


TURNS = {
    "clockwise": (["-display_rotation", -90], Orientation(90)),
    "against the clock": (["-display_rotation", 90], Orientation(270)),
    "over": (["-display_rotation", 180], Orientation(180)),
    "mirrored": (["-display_hflip"], Orientation(0, is_mirrored=True)),
    "both": (["-display_rotation", -90, "-display_hflip"], Orientation(270, is_mirrored=True)),
}


def grey(path: Path, *options: str) -> np.ndarray:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *options, "-i", str(path), "-frames:v", "1"]
    command += ["-pix_fmt", "gray", "-f", "image2pipe", "-c:v", "pgm", "-"]
    pgm = subprocess.run(command, check=True, capture_output=True).stdout
    _, size, _, data = pgm.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(data, np.uint8).reshape(height, width)


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_pictures_are_turned_as_ffmpeg_turns_them(name: str, suffix: str, ffmpeg: Ffmpeg, bikes: Path) -> None:
    options, orientation = TURNS[name]
    plain = ffmpeg("-i", bikes, "-frames:v", 6, "-vf", "crop=320:192", *X264, name=f"plain-{suffix}.mp4")
    path = ffmpeg(*options, "-i", plain, "-c", "copy", name=f"{name}.{suffix}")
    found = codecorpus.extract(path)
    assert found.track.orientation == orientation
    assert (orientation.turned(grey(path, "-noautorotate")) == grey(path)).all()
    as_coded = found.maps(maps.CHANNELS)
    turned = found.maps(maps.CHANNELS, rotate=True)
    names = maps.CHANNELS
    for channel in ("bits", "qstep", "velocity_past_mask"):
        at = names.index(channel)
        for one, other in zip(as_coded[:, at], turned[:, at], strict=True):
            np.testing.assert_array_equal(orientation.turned(one), other)
    alone = found.maps(("velocity_past_y",), rotate=True)
    np.testing.assert_array_equal(alone[:, 0], turned[:, names.index("velocity_past_y")])


@pytest.mark.parametrize("name", TURNS)
def test_vectors_are_turned_with_what_they_move(name: str, ffmpeg: Ffmpeg, bikes: Path) -> None:
    """A view that pans rightwards by 8 samples a frame: what is seen moves leftwards, to where that is then."""
    options, orientation = TURNS[name]
    pan = ["-loop", 1, "-i", ffmpeg("-i", bikes, "-frames:v", 1, name="still.png"), "-vf", "crop=320:192:n*8:40"]
    plain = ffmpeg(*pan, "-frames:v", 5, *X264, "-bf", 0, "-refs", 1, name="pan.mp4")
    found = codecorpus.extract(ffmpeg(*options, "-i", plain, "-c", "copy", name=f"pan-{name}.mp4"))
    towards = {
        "clockwise": (0, 8),
        "against the clock": (0, -8),
        "over": (-8, 0),
        "mirrored": (-8, 0),
        "both": (0, 8),
    }[name]
    velocity = found.maps(("velocity_past_x", "velocity_past_y"), rotate=True, frames=[4])[0]
    assert tuple(np.nanmedian(velocity, axis=(1, 2))) == towards
    flow, mask = found.flow(rotate=True, frames=[4])
    assert flow.shape[2:] == mask.shape[1:] == grey_size(orientation)
    assert tuple(np.nanmedian(flow[0], axis=(1, 2))) == towards


def grey_size(orientation: Orientation) -> tuple[int, int]:
    return (320, 192) if orientation.rotation % 180 else (192, 320)


def test_other_angles_are_told_and_refused(ffmpeg: Ffmpeg, bikes: Path) -> None:
    plain = ffmpeg("-i", bikes, "-frames:v", 2, *X264, name="angle.mp4")
    found = codecorpus.extract(ffmpeg("-display_rotation", -30, "-i", plain, "-c", "copy", name="slant.mp4"))
    assert found.track.orientation.rotation == 30
    with pytest.raises(ValueError, match="players turn these pictures by 30 degrees"):
        found.maps(("bits",), rotate=True)


def test_samples_that_are_no_squares(ffmpeg: Ffmpeg, bikes: Path) -> None:
    made = ffmpeg("-i", bikes, "-frames:v", 2, "-vf", "setsar=4/3", *X264, name="wide.mp4")
    assert read(made)[2].sample_aspect_ratio == Fraction(4, 3)
