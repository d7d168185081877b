"""Damaged containers: tables, clips or an error of our own that names the file, whatever the demuxers make of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

Ffmpeg = Callable[..., Path]

HOSTILE = Path(__file__).parents[1] / "helpers" / "hostile_containers.py"

CASES = 1112
"""Of each container: ten thousand in all."""

X264 = ["-c:v", "libx264", "-bf", 2, "-g", 6]
CONTAINERS = {
    **dict.fromkeys(("mp4", "mkv", "avi", "flv", "ts", "nut", "asf"), X264),
    "mpg": ["-c:v", "mpeg2video", "-bf", 2, "-g", 6],
    "ivf": ["-c:v", "libaom-av1", "-cpu-used", 8, "-lag-in-frames", 4],
}

ASSERTIONS = 5
"""Demuxers abort at some input: it costs a worker, and there that file alone."""


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_what_comes_out_is_ours(suffix: str, ffmpeg: Ffmpeg, bikes: Path) -> None:
    small = ["-an", "-vf", "scale=64:48", "-frames:v", 12, "-metadata", "title=cafe"]
    intact = ffmpeg("-i", bikes, *small, *CONTAINERS[suffix], name=f"hostile.{suffix}")
    first, deaths, outcomes = 0, 0, Counter[str]()
    while first < CASES:
        command = [sys.executable, HOSTILE, intact, str(first), str(CASES - first)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        lines = done.stdout.splitlines()
        assert not [line for line in lines if line.startswith("FAILED")]
        if done.returncode == 0:
            outcomes = Counter(json.loads(lines[-1]))
            break
        assert done.returncode == -signal.SIGABRT, f"{lines[-1:]} {done.stderr[-1000:]}"
        deaths += 1
        first = int(lines[-1]) + 1
    assert deaths <= ASSERTIONS
    assert deaths or sum(outcomes.values()) == CASES
    assert min(outcomes["tables"], outcomes["clips"], outcomes["SourceError"], outcomes["MalformedError"]) > 0
