"""A part is written as its rows come: memory stays flat to the end, however large pictures are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.local import Local
from codecorpus.run.request import Build
from codecorpus.run.run import Run

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")

EXTRACT = """
import json, resource, sys
from helpers.peak_memory import peak_kb
from codecorpus.run.executors.{module} import {executor}
from codecorpus.run.request import Extract
from codecorpus.run.run import Run

made = Run(Extract((sys.argv[1],), sys.argv[2], ("frames", "blocks", "motion")), {executor}()).run().made
workers_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({{"made": made, "peak_kb": max(peak_kb(), workers_kb)}}))
"""


@pytest.mark.parametrize(("executor", "suffix", "repeats"), [("Inline", "mp4", 2), ("Local", "264", 3)])
def test_skipped_pictures_of_8k_are_put_into_parts_in_flat_memory(
    tmp_path: Path, ffmpeg: Callable[..., Path], executor: str, suffix: str, repeats: int
) -> None:
    """Of a few hundred bytes each, they have 138,240 macroblocks, and as many rows of two tables."""
    still = ("-f", "lavfi", "-i", "color=gray:s=8192x4320:r=25", "-frames:v", 10, "-c:v", "libx264")
    short = ffmpeg(*still, "-preset", "ultrafast", "-x264-params", "cabac=1:bframes=3:open-gop=0", name="10.mp4")
    long = ffmpeg("-stream_loop", repeats, "-i", short, "-c", "copy", name=f"long.{suffix}")
    code = EXTRACT.format(module=executor.lower(), executor=executor)
    command = [sys.executable, "-c", code, long, tmp_path / "corpus"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    told = json.loads(done.stdout)
    assert told["made"] == 1 and told["peak_kb"] < 500_000


def test_many_tiny_streams_do_not_use_a_worker_s_memory_up(tmp_path: Path) -> None:
    text = """
    sources: [sample://carphone]
    clips: {length: 3, limit: 10}
    encodes: [{encoder: libx264, preset: ultrafast, crf: [24, 26, 28, 30, 32, 34, 36, 40]}]
    tables: [frames, blocks, motion, transforms]
    """
    request = Build(recipe.parse(text, "tiny"), str(tmp_path / "corpus"), ffmpeg.find().path)
    summary = Run(request, Local(2)).run()
    assert (summary.made, summary.failures) == (80, ())
