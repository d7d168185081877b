"""One stream on one core and on two: wall time of reading it, and of decoding it with as many threads.

Each reader is held to its cores. As others may use the machine, CPU seconds are told beside. The gain of reading leaves
out a Python process's imports, which no core shortens. What a second core gives at best is told by two readers that
have nothing to do with each other, both at once, each on a core of its own: cores that share a memory, a cache or a
clock give less than 2.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Final, NamedTuple

import imageio_ffmpeg
from rich.console import Console
from rich.table import Table

from benchmarks.streams import SIZES, Stream

FRAMES = 1500
KEYS = (250, 48)

ENCODERS: dict[str, tuple[str, ...]] = {
    "h264": ("-c:v", "libx264", "-preset", "medium", "-crf", "23"),
    "hevc": ("-c:v", "libx265", "-preset", "medium", "-crf", "28", "-x265-params", "log-level=none"),
    "av1": ("-c:v", "libsvtav1", "-preset", "8", "-crf", "35"),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "4", "-bf", "2"),
    "mpeg2": ("-c:v", "mpeg2video", "-q:v", "4", "-bf", "2"),
}

OURS = """
import codecorpus, os, sys, time
extract, start = codecorpus.extract, time.perf_counter()
extract(sys.argv[1], threads=len(os.sched_getaffinity(0)))
print(time.perf_counter() - start)
"""

PYAV = """
import av, os, sys, time
start = time.perf_counter()
container = av.open(sys.argv[1])
stream = container.streams.video[0]
stream.codec_context.options = {"flags2": "+export_mvs"} if stream.codec_context.name == "h264" else {}
stream.thread_type, stream.codec_context.thread_count = "AUTO", len(os.sched_getaffinity(0))
for frame in container.decode(stream):
    if (vectors := frame.side_data.get("MOTION_VECTORS")) is not None:
        vectors.to_ndarray()
print(time.perf_counter() - start)
"""

ENVIRONMENT: Final = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
"""NumPy's linear algebra, which no reader uses, else spins on the other core for some 30 ms after its import."""


class Cost(NamedTuple):
    """Seconds of a run: of the whole process, of its cores, and of reading alone, its imports done."""

    wall: float
    cpu: float
    reading: float


@dataclass(frozen=True)
class Reader:
    """What is measured: a command for a stream and so many threads."""

    name: str
    command: Callable[[Path, str, int], Sequence[str]]

    def run(self, path: Path, codec: str, cores: int) -> Cost:
        """One of it, on so many cores."""
        own = sorted(os.sched_getaffinity(0))[:cores]
        before, start = os.times(), time.perf_counter()
        (told,) = _finished([self._start(path, codec, own)])
        wall, after = time.perf_counter() - start, os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return Cost(wall, cpu, told or wall)

    def both(self, path: Path, codec: str) -> float:
        """Two at once, a core each: seconds of reading of either, on average."""
        own = sorted(os.sched_getaffinity(0))[:2]
        return mean(_finished([self._start(path, codec, [core]) for core in own]))

    def _start(self, path: Path, codec: str, own: Sequence[int]) -> subprocess.Popen[bytes]:
        command = self.command(path, codec, len(own))
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, env=ENVIRONMENT, preexec_fn=lambda: os.sched_setaffinity(0, own)
        )


def _finished(processes: Sequence[subprocess.Popen[bytes]]) -> list[float]:
    """What each tells of its seconds of reading, 0 where it does not."""
    told = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("a reader failed")
    return [float(seconds or 0) for seconds in told]


def _ffmpeg(path: Path, codec: str, cores: int) -> Sequence[str]:
    options = {"h264": ("-flags2", "+export_mvs"), "av1": ("-c:v", "libdav1d")}.get(codec, ())
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-threads", str(cores), *options]
    return [*command, "-i", str(path), "-map", "0:v:0", "-f", "null", "-"]


def _python(code: str) -> Callable[[Path, str, int], Sequence[str]]:
    return lambda path, codec, cores: [sys.executable, "-c", code, str(path)]


READERS = [Reader("codecorpus", _python(OURS)), Reader("FFmpeg", _ffmpeg), Reader("PyAV", _python(PYAV))]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench threads", description=__doc__)
    parser.add_argument("codecs", nargs="*", default=list(ENCODERS), help=f"of {', '.join(ENCODERS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each reader on each stream (default: 3)")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=SIZES, help="default: all")
    options = parser.parse_args(arguments)
    if len(os.sched_getaffinity(0)) < 2:
        parser.error("there is one core only")
    table = Table(title=f"Seconds for {FRAMES} pictures, imports included; median of {options.rounds} runs")
    figures = ("1 core", "2 cores", "gain", "gain of reading", "at best", "CPU on 1", "CPU on 2", "ours is faster on 2")
    for heading in ("stream", "reader", *figures):
        table.add_column(heading, justify="left" if heading in {"stream", "reader"} else "right")
    for codec in options.codecs:
        for size in options.sizes:
            for key in KEYS:
                _measure(table, codec, size, key, options.rounds)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return 0


def _measure(table: Table, codec: str, size: str, key: int, rounds: int) -> None:
    encoder = (*ENCODERS[codec], "-g", str(key))
    path = Stream(codec, f"threads-{codec}-key{key}", size, encoder, "mp4").make(FRAMES)
    runs: dict[str, list[tuple[Cost, Cost]]] = {reader.name: [] for reader in READERS}
    both: list[float] = []
    for _ in range(rounds):  # in turn, so that a change of the machine's speed meets all alike
        for reader in READERS:
            runs[reader.name].append((reader.run(path, codec, 1), reader.run(path, codec, 2)))
        both.append(READERS[0].both(path, codec))
    ours = runs[READERS[0].name]
    best = median(2 * one.reading / seconds for (one, _), seconds in zip(ours, both, strict=True))
    for name, costs in runs.items():
        gain, reading = median(a.wall / b.wall for a, b in costs), median(a.reading / b.reading for a, b in costs)
        ratio = median(two.wall / own.wall for (_, two), (_, own) in zip(costs, ours, strict=True))
        cells = [median(value) for value in zip(*((a.wall, b.wall, a.cpu, b.cpu) for a, b in costs), strict=True)]
        one, two, cpu_one, cpu_two = (f"{value:.2f}" for value in cells)
        first = name == READERS[0].name
        label = f"{codec} {size}, key every {key}" if first else ""
        gains = (f"{gain:.2f}", f"{reading:.2f}", f"{best:.2f}" if first else "")
        table.add_row(label, name, one, two, *gains, cpu_one, cpu_two, "" if first else f"{ratio:.2f}")
    table.add_section()
