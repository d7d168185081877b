"""Files with several video tracks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def two_tracks(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    """A small track, and one of more and larger pictures, neither of them the default."""
    split = "[0:v]split[a][b];[a]trim=end_frame=6,scale=160:96,setsar=1[c];[b]trim=end_frame=9,crop=320:192[d]"
    tracks = ["-filter_complex", split, "-map", "[c]", "-map", "[d]", "-an", "-disposition:v", 0]
    return ffmpeg("-i", bikes, *tracks, "-c:v", "libx264", "-preset", "veryfast", name="two.mkv")
