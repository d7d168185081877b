"""Files with several video tracks, and pictures that players turn."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from helpers.grid_images import box, grid_image
from helpers.muxing import put_into
from helpers.rewriting import joined, split
from helpers.tracks import two_tracks

import codecorpus
from codecorpus import maps
from codecorpus.errors import SourceError, UnsupportedError
from codecorpus.orientation import Orientation
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Extract
from codecorpus.run.run import Run
from codecorpus.run.work import Event
from codecorpus.sources.probe import probe
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
    track = partial(Track, sample_aspect_ratio=Fraction(1), codec="h264", time_base=Fraction(1, 1000))
    assert read(two) == read(two, 1) == (9, 320, track(1, 2))
    assert read(two, 0) == (6, 160, track(0, 2))
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


GRIDS = {
    "avif": (b"av01", b"av1C", ["-c:v", "libaom-av1", "-cpu-used", 8]),
    "heic": (b"hvc1", b"hvcC", ["-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1"]),
}


@pytest.mark.parametrize("suffix", GRIDS)
def test_a_grid_of_tiles_is_no_picture_of_one_of_them(suffix: str, ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path) -> None:
    item, configuration, encoder = GRIDS[suffix]
    tiles = []
    for x in (0, 128):
        made = ffmpeg("-i", bikes, "-an", "-frames:v", 1, "-vf", f"crop=128:128:{x}:0", *encoder, name=f"tile{x}.mp4")
        with av.open(str(made)) as container:
            head = container.streams.video[0].codec_context.extradata
            tiles.append(b"".join(bytes(packet) for packet in container.demux(video=0) if packet.size))
    path = tmp_path / f"grid.{suffix}"
    path.write_bytes(grid_image(suffix.encode(), item, box(configuration, head), tiles, 128, 1, (250, 120)))
    told = "its picture is a grid of 2 tiles, which are not put together; `track` chooses one, from 0 on"
    with pytest.raises(UnsupportedError, match=rf"grid\.{suffix}: {told}"):
        codecorpus.extract(path)
    with pytest.raises(SourceError, match=rf"grid\.{suffix}: {told}"):
        probe(path)
    for track, tile in enumerate(tiles):
        assert codecorpus.extract(path, track=track).frames["bytes"].to_pylist() == [len(tile)]


def layered(stream: bytes) -> list[bytes]:
    """Access units of HEVC in two layers, as MV-HEVC has: the second is the first again."""
    packets: list[list[bytes]] = [[]]
    for unit in split(stream):
        kind = unit[0] >> 1
        if kind == 32:  # vps_max_layers_minus1
            unit = unit[:3] + bytes((unit[3] | 0x10,)) + unit[4:]
        packets[-1].append(unit)
        if kind < 32:  # nuh_layer_id
            packets[-1].append(bytes((unit[0], unit[1] | 8)) + unit[2:])
            packets.append([])
    return [joined(packet) for packet in packets if packet]


@pytest.mark.parametrize("suffix", ["hevc", "mkv", "ts"])
def test_of_layers_the_base_layer_is_read_and_that_is_told(
    suffix: str, ffmpeg: Ffmpeg, bikes: Path, tmp_path: Path
) -> None:
    hevc = ["-c:v", "libx265", "-x265-params", "log-level=none:info=0:keyint=4:bframes=0"]
    plain = ffmpeg("-i", bikes, "-an", "-frames:v", 9, "-vf", "crop=160:96", *hevc, name="plain.hevc")
    base = codecorpus.extract(plain)
    assert base.track.layers == 1 and base.track.note() is None
    path = tmp_path / f"layered.{suffix}"
    packets = layered(plain.read_bytes())
    if suffix == "hevc":
        path.write_bytes(b"".join(packets))
    else:
        put_into(path, packets, range(len(packets)), Fraction(1, 25), "hevc")
    found = codecorpus.extract(path)
    assert found.track.layers == 2
    assert found.blocks.equals(base.blocks) and found.motion.equals(base.motion)
    assert sum(found.frames["bytes"].to_pylist()) > 1.8 * sum(base.frames["bytes"].to_pylist())
    told: list[Event] = []
    Run(Extract((str(path),), str(tmp_path / "corpus"), ("frames",)), Inline(), tell=told.append).run()
    notes = [event.note for event in told if event.kind == "note"]
    assert notes == ["its video has 2 layers, of which the base layer is read"]
