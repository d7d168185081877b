"""Sources that bite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Ffmpeg = Callable[..., Path]


@pytest.fixture(scope="session")
def vfr(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    """Forty frames at uneven times, the first at 3 s."""
    times = "setpts='(3+N/25+0.01*mod(N,3))/TB'"
    options = ["-vf", times, "-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-copyts"]
    return ffmpeg("-i", bikes, "-frames:v", 40, *options, "-c:v", "libx264", "-preset", "ultrafast", name="vfr.mkv")


@pytest.fixture(scope="session")
def odd(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    """A picture of odd sides, 175x97."""
    scaled = ["-vf", "scale=175:97", "-c:v", "ffv1", "-pix_fmt", "yuv420p"]
    return ffmpeg("-i", bikes, "-frames:v", 5, *scaled, name="odd.mkv")


@pytest.fixture(scope="session")
def interlaced(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    options = ["-vf", "interlace", "-c:v", "libx264", "-x264-params", "tff=1", "-preset", "ultrafast"]
    return ffmpeg("-i", bikes, "-frames:v", 10, *options, name="interlaced.mp4")


@pytest.fixture(scope="session")
def hdr(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    tags = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    options = ["-vf", tags, "-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast"]
    return ffmpeg("-i", bikes, "-frames:v", 10, *options, name="hdr.mp4")


@pytest.fixture(scope="session")
def turned(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    short = ffmpeg("-i", bikes, "-frames:v", 10, "-c:v", "libx264", "-preset", "ultrafast", name="short.mp4")
    return ffmpeg("-display_rotation", 90, "-i", short, "-c", "copy", name="turned.mp4")


@pytest.fixture(scope="session")
def damaged(ffmpeg: Ffmpeg, bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video whose last third is zeros, with an index that says otherwise."""
    options = ["-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart"]
    whole = ffmpeg("-i", bikes, "-frames:v", 50, *options, name="whole.mp4").read_bytes()
    path = tmp_path_factory.mktemp("damaged") / "damaged.mp4"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path
