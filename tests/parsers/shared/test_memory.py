"""Memory does not grow with a stream's length."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")

Ffmpeg = Callable[..., Path]

TESTS = Path(__file__).parents[2]

AHEAD = 1 << 26
"""Bytes of rows that may be read ahead."""

READ = f"""
import json, sys
import codecorpus
from helpers.peak_memory import peak_kb

AHEAD = {AHEAD}
rows = dict.fromkeys(["frames", "blocks", "motion"], 0)
for part in codecorpus.extract_batches(sys.argv[1], threads=int(sys.argv[2]), memory=AHEAD):
    for name in rows:
        rows[name] += part.tables[name].num_rows
print(json.dumps(rows | dict(peak_kb=peak_kb())))
"""


def read(path: Path, threads: int = 1) -> dict[str, int]:
    """The rows of a stream, and the most memory that a process needs to read it in batches."""
    command = [sys.executable, "-c", READ, path, str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=TESTS)
    return json.loads(done.stdout)


def repeated(path: Path, times: int) -> Path:
    """A closed group of pictures, again and again."""
    longer = path.with_stem(f"{path.stem}-{times}")
    longer.write_bytes(path.read_bytes() * times)
    return longer


MOVING = "scale=1280:720"
STILL = "scale=1280:720,loop=48:1:5"
"""Pictures of so few bytes that one chunk of the file holds a minute of them."""


@pytest.mark.parametrize(
    ("name", "filters", "encoder"),
    [
        ("moving.264", MOVING, ["libx264", "-preset", "veryfast", "-crf", 38]),
        ("still.264", STILL, ["libx264", "-preset", "veryfast", "-crf", 40]),
        ("still.hevc", STILL, ["libx265", "-preset", "ultrafast", "-crf", 40, "-x265-params", "log-level=none"]),
    ],
)
def test_a_long_stream_is_read_in_flat_memory(
    ffmpeg: Ffmpeg, bikes: Path, name: str, filters: str, encoder: list[object]
) -> None:
    path = ffmpeg("-i", bikes, "-an", "-vf", filters, "-frames:v", 60, "-c:v", *encoder, name=name)
    short, long = read(repeated(path, 5)), read(repeated(path, 25))
    assert long["frames"] == 5 * short["frames"] == 1500
    assert long["blocks"] == 5 * short["blocks"] > 300_000
    assert long["peak_kb"] < 200_000
    assert long["peak_kb"] - short["peak_kb"] < 20_000  # of 130 MB of rows more


def test_threads_that_read_ahead_hold_no_more_than_they_may(ffmpeg: Ffmpeg, bikes: Path) -> None:
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", 38]
    path = repeated(ffmpeg("-i", bikes, "-an", "-vf", MOVING, "-frames:v", 60, *encoder, name="ahead.264"), 25)
    one, three = read(path), read(path, threads=3)
    assert {**three, "peak_kb": 0} == {**one, "peak_kb": 0}
    # Beside those rows, each thread has those that it reads at the time, and freed memory that it keeps.
    assert three["peak_kb"] - one["peak_kb"] < 4 * AHEAD // 1000


def test_a_long_file_in_a_container_is_read_in_flat_memory(ffmpeg: Ffmpeg, bikes: Path) -> None:
    path = ffmpeg("-i", bikes, "-an", "-vf", MOVING, "-frames:v", 60, "-preset", "veryfast", "-crf", 38, name="60.mp4")
    short, long = (
        read(ffmpeg("-stream_loop", times - 1, "-i", path, "-c", "copy", name=f"{60 * times}.mkv")) for times in (5, 25)
    )
    assert long["frames"] == 5 * short["frames"] == 1500
    assert long["peak_kb"] < 200_000
    assert long["peak_kb"] - short["peak_kb"] < 15_000


def test_reading_streams_loads_nothing_that_only_corpora_need() -> None:
    """A corpus' reader takes 25 MB, and pyarrow.dataset, which brings pandas, 50 MB more, of 200 in all."""
    needed = "{'codecorpus.corpus.reader', 'pyarrow.dataset'}"
    loads = f"import sys, codecorpus; sys.exit(bool({needed} & set(sys.modules)) or not callable(codecorpus.open))"
    subprocess.run([sys.executable, "-c", loads], check=True)
