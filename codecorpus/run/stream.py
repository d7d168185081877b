"""Making one stream: encode, read the intrinsics while the encoder runs, check, and stage the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from codecorpus import schema
from codecorpus.corpus.maps import MapRows
from codecorpus.corpus.stage import STREAM, Stage
from codecorpus.encode import ENCODERS, Encode
from codecorpus.encode.command import encode_clip
from codecorpus.encode.ffmpeg import FFmpeg
from codecorpus.encode.process import Process, run
from codecorpus.encode.quality import Pair
from codecorpus.errors import EncodeError, StreamError
from codecorpus.extract import Intrinsics, extract_batches
from codecorpus.run import quality
from codecorpus.run.plan import Job
from codecorpus.sources.clips import CutClip

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Bench:
    """What every stream of a build is made with."""

    ffmpeg: FFmpeg
    staging: Path
    keep_streams: bool = False


class Tally:
    """What the frames of a stream come to, while its tables go by."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int, bool]] = []
        self.windows: set[tuple[int, int, int, int]] = set()
        self.pictures = 0
        self.bytes = 0

    def add(self, frames: pa.Table) -> None:
        self.pictures += frames.num_rows
        window = ("crop_x", "crop_y", "crop_width", "crop_height")
        self.windows.update(zip(*(frames.column(name).to_pylist() for name in window), strict=True))
        self.bytes += pc.sum(frames.column("bytes")).as_py() or 0
        shown = frames.filter(frames.column("frame").is_valid())
        self.shown += zip(*(shown.column(name).to_pylist() for name in ("frame", "pts", "key")), strict=True)

    def check(self, clip: CutClip, job: Job) -> None:
        """Raise EncodeError unless the stream shows the clip's frames, at their times, keys where they belong."""
        frames, pts, keys = zip(*sorted(self.shown), strict=True) if self.shown else ((), (), ())
        if len(frames) != len(clip.pts) or frames != tuple(range(len(frames))):
            raise EncodeError(f"{len(frames)} frames are shown of {len(clip.pts)}")
        for frame, (got, want) in enumerate(zip(pts, clip.pts, strict=True)):
            if got != want:
                raise EncodeError(f"frame {frame} is shown at {got}, not at {want}, in units of {clip.time_base} s")
        if job.encode and job.gop.closed:
            _check_keys([frame for frame, key in zip(frames, keys, strict=True) if key], len(frames), job.gop.length)


class Tee:
    """A stream that is read once, hashed on the way, and kept where that is asked for."""

    def __init__(self, process: Process, keep: IO[bytes] | None) -> None:
        self.name = process.what
        self.sha256 = hashlib.sha256()
        self._process = process
        self._keep = keep

    def read(self, size: int = -1, /) -> bytes:
        piece = self._process.read(size)
        self.sha256.update(piece)
        if self._keep:
            self._keep.write(piece)
        return piece


def make(job: Job, clip: CutClip, bench: Bench, progress: Progress) -> dict[str, Any]:
    """Make one stream, stage its tables, and return its row of **streams**.

    Raises:
        EncodeError: FFmpeg or the encoder failed, or did something else than asked.
        StreamError: the stream cannot be read.
    """
    row = blank(job)
    tally = Tally()
    folder = bench.staging / job.name / job.clip.name
    with Stage(folder, job.clip.name) as stage, _room(job, clip, stage, bench.keep_streams) as keep:
        parts = _encoded(job.encode, job, clip, bench, row, keep, progress) if job.encode else _source(job, clip, row)
        grids = map_rows(job) if "maps" in row["tables"] else None
        for part in parts:
            tally.add(part.frames)
            for table in row["tables"]:
                if table != "maps":
                    stage.write(table, part.tables[table])
            if grids:
                stage.write("maps", grids.add(part))
        if grids:
            stage.write("maps", grids.finish())
        _named(tally, clip, job)
        if job.quality:
            _check_sizes(tally, job)
            stream = (keep or clip.source).absolute()
            size = job.clip.width, job.clip.height
            quality.fill(
                stage, pair(job, clip.path.absolute(), stream, bench.ffmpeg.path), job.quality, size, len(tally.shown)
            )
        row |= {
            "status": "done",
            "frames": len(tally.shown),
            "pictures": tally.pictures,
            "bytes": tally.bytes,
        }
        stage.commit(row)
    return row


@contextmanager
def _room(job: Job, clip: CutClip, stage: Stage, is_kept: bool) -> Iterator[Path | None]:
    """Where an encode's bitstream goes: with its tables if it is kept, else beside the clip until it is measured."""
    if job.encode is None or not (is_kept or job.quality):
        yield None
    elif is_kept:
        yield stage.folder / STREAM
    else:
        path = clip.path.with_name(f"{job.name}.{STREAM}")
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def pair(job: Job, clip: Path, stream: Path, ffmpeg: str) -> Pair:
    """A stream beside its clip, in the stream's own pixel format, or the source's."""
    pixel_format = job.encode.pixel_format if job.encode else job.clip.source.pixel_format
    return Pair(ffmpeg, stream, clip, pixel_format, clip.parent, job.name, f"{job.name} of {job.clip.name}")


def _check_sizes(tally: Tally, job: Job) -> None:
    """Squared errors are those of blocks only where pictures are coded at the clip's size, with padding behind it."""
    own = 0, 0, job.clip.width, job.clip.height
    for window in tally.windows if "sse" in job.quality else ():
        if window != own:
            raise EncodeError(f"{job.name} of {job.clip.name}: coded at {window[2]}x{window[3]}; leave sse out")


def map_rows(job: Job) -> MapRows | None:
    """What makes the rows of **maps** that the recipe asks for."""
    if job.maps is None:
        return None
    return MapRows(job.codec, (job.clip.width, job.clip.height), job.maps.cell, job.maps.channels)


def tables_read(job: Job) -> tuple[str, ...]:
    """What is read out of the stream: what is written, and what maps are made of."""
    grids = map_rows(job)
    return tuple(table for table in schema.TABLES if table in job.tables or (grids and table in grids.tables))


def blank(job: Job) -> dict[str, Any]:
    """A stream's row of **streams** before anything is made."""
    return {
        "clip": job.clip.name,
        "encode": job.name,
        "codec": job.codec,
        "status": "failed",
        "tables": [*job.tables, *(["maps"] if job.maps else [])],
        "fingerprint": job.fingerprint(),
    }


def _encoded(
    encode: Encode,
    job: Job,
    clip: CutClip,
    bench: Bench,
    row: dict[str, Any],
    keep: Path | None,
    progress: Progress,
) -> Iterator[Intrinsics]:
    """Run the encoder, and read its stream as it comes. Fills in where the stream comes from."""
    what = f"{encode.name} of {job.clip.name}"
    encoder = ENCODERS[encode.encoder]
    _check_depth(encode, job, what)
    folder = clip.path.parent
    passes = f"{encode.name}-{job.clip.name}"
    commands = encode_clip(
        bench.ffmpeg.path, clip.path.name, encoder, encode, job.gop, job.clip.source.colour, log_prefix=passes
    )
    for command in commands[:-1]:
        run(command, what, folder=folder)
    row |= {
        "argv": [Path(bench.ffmpeg.path).name, *commands[-1][1:]],
        "encoder_version": bench.ffmpeg.encoder_version(encoder),
        "ffmpeg_version": bench.ffmpeg.version,
    }
    with ExitStack() as stack:
        process = stack.enter_context(Process(commands[-1], what, folder=folder, progress=progress))
        tee = Tee(process, stack.enter_context(keep.open("wb")) if keep else None)
        try:
            yield from extract_batches(tee, tables=tables_read(job))
        except StreamError:
            process.finish()  # FFmpeg's own reason first, where it has one
            raise
        while tee.read(1 << 16):
            pass
        process.finish()
        row["sha256"] = tee.sha256.hexdigest()


def _source(job: Job, clip: CutClip, row: dict[str, Any]) -> Iterator[Intrinsics]:
    """Read the source's own bitstream, its times put on the clip's clock."""
    row["sha256"] = job.clip.sha256
    scale = job.clip.source.time_base / clip.time_base
    for part in extract_batches(clip.source, tables=tables_read(job)):
        frames = _on_clock(part.frames, job.clip.times[0], scale, clip.time_base)
        yield Intrinsics(part.codec, {**part.tables, "frames": frames})


def _on_clock(frames: pa.Table, origin: int, scale: Fraction, time_base: Fraction) -> pa.Table:
    """Times counted from `origin`, in units of the clip's time base, which divides the source's."""
    pts = [None if pts is None else (pts - origin) * scale for pts in frames.column("pts").to_pylist()]
    if any(value is not None and value.denominator != 1 for value in pts):
        raise EncodeError(f"its times are no multiples of {time_base} s")
    whole = [None if value is None else int(value) for value in pts]
    # Multiplied first, as in every other encode, so that times are equal to the bit.
    numerator, denominator = time_base.as_integer_ratio()
    seconds = [None if value is None else value * numerator / denominator for value in whole]
    for name, values in (("pts", whole), ("time", seconds)):
        position = frames.schema.get_field_index(name)
        own = frames.schema.field(position)
        frames = frames.set_column(position, own, pa.array(values, own.type))
    return frames


def _check_depth(encode: Encode, job: Job, what: str) -> None:
    if job.clip.source.hdr and not encode.pixel_format.endswith(("10le", "12le")):
        transfer = job.clip.source.colour.transfer
        raise EncodeError(f"{what}: the source is HDR ({transfer}); ask for a pixel_format of 10 bits")


def _check_keys(keys: list[int], frames: int, length: int) -> None:
    want = list(range(0, frames, length))
    if keys != want:
        raise EncodeError(f"key frames at {_few(keys)}, not at {_few(want)}")


def _few(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:6])) + (", …" if len(numbers) > 6 else "")


def _named(tally: Tally, clip: CutClip, job: Job) -> None:
    try:
        tally.check(clip, job)
    except EncodeError as error:
        raise EncodeError(f"{job.name} of {job.clip.name}: {error}") from None
