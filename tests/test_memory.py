"""Memory does not grow with a stream's length."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Ffmpeg = Callable[..., Path]

TEN_MINUTES = 15_000
"""Pictures, at 25 a second."""

READ = """
import json, resource, sys
import codecorpus

class Looped:
    "A stream that says its bytes again and again, as a pipe."
    def __init__(self, content, times):
        self.content, self.left = content, times
        self.rest = b""
    def read(self, size=-1):
        if not self.rest and self.left:
            self.rest, self.left = self.content, self.left - 1
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece

path, times = sys.argv[1:]
source = path if int(times) == 0 else Looped(open(path, "rb").read(), int(times))
rows = {"frames": 0, "blocks": 0, "motion": 0}
for part in codecorpus.extract_batches(source):
    for name in rows:
        rows[name] += part.tables[name].num_rows
print(json.dumps(rows | {"peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def read(path: Path, times: int) -> dict[str, int]:
    command = [sys.executable, "-c", READ, path, str(times)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(
    ("encoder", "name"),
    [
        (["libx264", "-crf", 40, "-x264-params", "bframes=3:keyint=60:partitions=none"], "long.264"),
        (["libx265", "-preset", "ultrafast", "-crf", 45, "-x265-params", "log-level=none:keyint=60"], "long.hevc"),
    ],
)
def test_a_long_stream_is_read_in_flat_memory(ffmpeg: Ffmpeg, bikes: Path, encoder: list[object], name: str) -> None:
    path = ffmpeg("-i", bikes, "-an", "-vf", "scale=1280:720", "-frames:v", 60, "-c:v", *encoder, name=name)
    short, long = read(path, 2), read(path, 10)
    assert long["frames"] == 5 * short["frames"] == 600
    assert long["blocks"] == 5 * short["blocks"] > 600 * 500
    assert long["peak_kb"] < 200_000
    assert long["peak_kb"] - short["peak_kb"] < 10_000
