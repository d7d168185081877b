"""A process that dies at any of its writes leaves a corpus that one more run completes, byte for byte."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.corpora import tree

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build, Extract
from codecorpus.run.run import Run

CHANGES = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir")
"""Python's audit events of what changes a disk."""

TINY = """
sources: [sample://carphone]
clips: {length: 2, limit: 1}
gop: {length: 2}
encodes:
  - {encoder: libx264, preset: ultrafast}
"""


def in_a_child(work: Callable[[], object], root: Path, dies_at: int | None = None) -> int:
    """Do something in a child that kills itself when it is about to change files below `root` for the nth time.

    Returns how often it did, or -1 where it was killed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        count = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            if event not in CHANGES or not isinstance(arguments[0], str | os.PathLike):
                return
            if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
            if any(isinstance(one, str | os.PathLike) and str(one).startswith(str(root)) for one in arguments):
                if count == dies_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1

        sys.addaudithook(hook)
        status = 1
        try:
            work()
            os.write(writing, str(count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return int(text) if text else -1


def check_every_death(work: Callable[[Path], object], tmp_path: Path) -> None:
    """Kill the work at each of its writes in turn, and do it again."""
    whole = tmp_path / "whole"
    changes = in_a_child(lambda: work(whole), whole)
    wanted = tree(whole)
    assert changes > 20
    for number in range(changes):
        root = tmp_path / f"killed-{number}"
        assert in_a_child(lambda root=root: work(root), root, number) == -1  # type: ignore[misc]
        assert in_a_child(lambda root=root: work(root), root) > 0 or number >= changes - 1  # type: ignore[misc]
        assert tree(root) == wanted, number


def test_a_build_that_dies_is_completed(tmp_path: Path) -> None:
    asked, binary = recipe.parse(TINY, "tiny"), ffmpeg.find()
    _ = binary.version
    check_every_death(lambda root: Run(Build(asked, str(root), binary.path), Inline()).run(), tmp_path)


@pytest.mark.parametrize("name", ["h264.mp4"])
def test_an_extraction_that_dies_is_completed(name: str, tmp_path: Path, ffmpeg: Callable[..., Path]) -> None:
    made = ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64:d=0.2", "-c:v", "libx264", name=name)
    request = (str(made),)
    check_every_death(lambda root: Run(Extract(request, str(root), ("frames", "motion")), Inline()).run(), tmp_path)
