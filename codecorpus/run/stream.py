"""Making a bitstream: a clip through an encode, checked by nothing yet; and the frames that it must show."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from codecorpus import maps
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.manifest import Made
from codecorpus.corpus.products import cell_of
from codecorpus.corpus.rows import StreamRow
from codecorpus.encode import ENCODERS, Encode, Gop, clock
from codecorpus.encode.command import RGB, encode_clip
from codecorpus.encode.ffmpeg import FFmpeg
from codecorpus.encode.model import OWN_DEPTH
from codecorpus.encode.process import Process, run
from codecorpus.encode.quality import Pair
from codecorpus.errors import EncodeError
from codecorpus.intrinsics import Intrinsics
from codecorpus.maps import Size, largest, told_size
from codecorpus.pixel_formats import depth_of, suffix
from codecorpus.sources.clips import Clip, CutClip
from codecorpus.sources.fetch import sha256

LARGEST_SAMPLES: Final = 8
"""Bytes of a luma sample and its chroma, more than any encode takes; so is what is to spare for a stream's headers."""

SPARE: Final = 1 << 20


@dataclass(frozen=True)
class Bitstream:
    """A stream as a file, and where it comes from: what **streams** tells of it."""

    sha256: str
    bytes: int
    argv: tuple[str, ...] | None = None
    encoder_version: str | None = None
    ffmpeg_version: str | None = None


@dataclass(frozen=True)
class Job:
    """A clip through an encode; through none, the source's own stream."""

    clip: Clip
    encode: Encode | None
    gop: Gop
    name: str

    @classmethod
    def of(cls, clip: Clip, encode: Encode | None, gop: Gop) -> Job:
        """A clip through an encode, in the pixel format that is the clip's, where the encode asks for that."""
        if encode is None:
            return cls(clip, None, gop, SOURCE)
        if encode.pixel_format == OWN_DEPTH:
            own = ENCODERS[encode.encoder].pixel_format_of_depth(depth_of(clip.source.pixel_format))
            return cls(clip, replace(encode, pixel_format=own), gop, encode.name)
        return cls(clip, encode, gop, encode.name)

    @property
    def what(self) -> str:
        """For errors."""
        return f"{self.name} of {self.clip.name}"


def commands(job: Job, ffmpeg: str, clip: str) -> list[list[str]]:
    """The commands that make a stream out of the clip's file: one a pass, the last of them to the standard output."""
    assert job.encode is not None
    encoder = ENCODERS[job.encode.encoder]
    log = hashlib.sha256(f"{job.name} {job.clip.name}".encode()).hexdigest()[:16]
    words = (ffmpeg, clip, encoder, job.encode, job.gop, job.clip.source.colour)
    own = job.clip.cut.pixel_format
    return encode_clip(*words, log_prefix=log, fps=job.clip.fps, frames=job.clip.frames, pixel_format=own)


def encode(job: Job, clip: CutClip, ffmpeg: FFmpeg, to: Path, progress: Callable[[int], None]) -> Bitstream:
    """Run the encoder, its stream into the file `to`, with `clip`'s folder as the working folder.

    Raises:
        EncodeError: FFmpeg or the encoder failed, or did something else than asked.
    """
    assert job.encode is not None
    check_depth(job)
    _check_progressive(job, clip)
    folder = clip.path.parent
    encoder = ENCODERS[job.encode.encoder]
    *first, last = commands(job, ffmpeg.path, clip.path.name)
    for command in first:
        run(command, job.what, folder=folder)
    most = SPARE + LARGEST_SAMPLES * job.clip.width * job.clip.height * len(clip.pts)
    rate = encoder.counted(job.clip.fps)
    made = to.with_suffix(".counted") if rate else to
    with Process(last, job.what, folder=folder, progress=progress, most=most) as process:
        versions = ffmpeg.encoder_version(encoder), ffmpeg.version  # while it encodes
        process.save(made)
    if rate:
        clock.put_back(made, rate, clip.pts, clip.time_base, job.what, to)
        made.unlink()
    return Bitstream(sha256(to), to.stat().st_size, (Path(ffmpeg.path).name, *last[1:]), *versions)


def pair(job: Job, clip: Path, stream: Path, ffmpeg: str, folder: Path) -> Pair:
    """A stream beside its clip, in the stream's own pixel format, or the source's; Y'CbCr of what is RGB."""
    facts, encoder = job.clip.source, ENCODERS[job.encode.encoder] if job.encode else None
    own = f"yuv444p{suffix(facts.pixel_format)}" if facts.colour.matrix == RGB else facts.pixel_format
    return Pair(
        ffmpeg,
        stream,
        clip,
        job.encode.pixel_format if job.encode else own,
        (job.clip.width, job.clip.height),
        folder,
        hashlib.sha256(job.what.encode()).hexdigest()[:16],
        job.what,
        track=0 if job.encode else facts.track.number,
        colour=facts.colour,
        own_format=job.clip.cut.pixel_format,
        encoder=encoder,
    )


class Tally:
    """What the frames of a stream come to, while its tables go by."""

    def __init__(self) -> None:
        from codecorpus.layouts import p1204  # no stream is read before the first one is made

        self.shown: list[tuple[int, int | None, bool]] = []
        self.pictures = 0
        self.lost = 0
        self.bytes = 0
        self._whole: Size | None = None
        self._damaged: Size | None = None
        self._features: p1204.Features | None = p1204.Features()
        self._measured = set(p1204.TABLES)

    def add(self, part: Intrinsics) -> None:
        if not part.tables.keys() >= self._measured:
            self._features = None
        if self._features is not None:
            self._features.add(part)
        # As lists: parts have few pictures, and each call of Arrow's takes longer than to look at them.
        frames = part.frames
        self.pictures += frames.num_rows
        self._whole = largest((self._whole, part.size))
        if self._whole is None:
            self._damaged = largest((self._damaged, told_size(frames)))
        self.bytes += sum(size or 0 for size in frames.column("bytes").to_pylist())
        self.lost += frames.num_rows - frames.column("error").null_count
        told = (frames.column(name).to_pylist() for name in ("frame", "pts", "key"))
        self.shown += [row for row in zip(*told, strict=True) if row[0] is not None]

    @property
    def size(self) -> Size:
        """Of the largest picture, as it is displayed: what a damaged one tells counts where none is whole."""
        return self._whole or self._damaged or (0, 0)

    @property
    def frames(self) -> int:
        """How many frames there are, with those that no picture of their own shows: that are lost, or shown again."""
        return max((frame for frame, _, _ in self.shown), default=-1) + 1

    def features(self, fps: float | None, known: StreamRow | None) -> Mapping[str, float | None]:
        """What ITU-T P.1204.3 measures of it, as **streams** has it; what is known, where too little was read."""
        if self._features is None:
            return known.p1204 if known else {}
        told = self._features.tell(float("nan") if fps is None else fps)
        return {name: None if math.isnan(value) else value for name, value in told.items()}

    def check(self, job: Job, pts: tuple[int, ...], time_base: Fraction) -> None:
        """Raise EncodeError unless the stream shows the clip's frames, at their times, keys where they belong."""
        frames, got, keys = zip(*sorted(self.shown), strict=True) if self.shown else ((), (), ())
        if len(frames) != len(pts) or frames != tuple(range(len(frames))):
            raise EncodeError(f"{job.what}: {len(frames)} frames are shown of {len(pts)}")
        for frame, (is_, want) in enumerate(zip(got, pts, strict=True)):
            if is_ != want:
                raise EncodeError(
                    f"{job.what}: frame {frame} is shown at {is_}, not at {want}, in units of {time_base} s"
                )
        if job.encode and (self.size[0] > job.clip.width or self.size[1] > job.clip.height):
            shown, own = "x".join(map(str, self.size)), f"{job.clip.width}x{job.clip.height}"
            raise EncodeError(f"{job.what}: it shows pictures of {shown}, the clip's are {own}")
        if job.encode and job.gop.closed:
            _check_keys(job, [frame for frame, key in zip(frames, keys, strict=True) if key], len(frames))


def read_again(made: Made, number: int, known: StreamRow | None) -> tuple[str, ...]:
    """Tables to read for what a row of **streams** told of them, which is lost, whatever else is to be made."""
    from codecorpus.layouts import p1204

    asked = (_tables(marker.products) for marker in made.markers if marker.number <= number)
    return p1204.TABLES if known is None and any(map({*p1204.TABLES}.issubset, asked)) else ()


def _tables(asked: Mapping[str, Any]) -> set[str]:
    """The tables that are read for products."""
    channels = [settings["channels"] for name, settings in asked.items() if cell_of(name)]
    return {"frames", *asked, *(table for one in channels for table in maps.check_channels(one))}


def check_windows(job: Job, frames: pa.Table) -> None:
    """Raise EncodeError unless pictures are coded at the clip's size, padded behind it: else blocks are not the clip's.

    `frames` are rows of **frames**.
    """
    own = 0, 0, job.clip.width, job.clip.height
    names = ("crop_x", "crop_y", "crop_width", "crop_height")
    for window in set(zip(*(frames.column(name).to_pylist() for name in names), strict=True)):
        if window != own:
            raise EncodeError(f"{job.what}: coded at {window[2]}x{window[3]}; leave sse out")


def on_clock(frames: pa.Table, origin: int, scale: Fraction, time_base: Fraction) -> pa.Table:
    """Frames of a source's own stream, their times counted from `origin`, in units of the clip's time base.

    Raises:
        EncodeError: the times are no multiples of it.
    """
    pts = [None if pts is None else (pts - origin) * scale for pts in frames.column("pts").to_pylist()]
    if any(value is not None and value.denominator != 1 for value in pts):
        raise EncodeError(f"its times are no multiples of {time_base} s")
    return _with_times(frames, [None if value is None else int(value) for value in pts], time_base)


def check_order(frames: pa.Table, order: Sequence[int]) -> None:
    """Raise EncodeError unless the first frames of a source's own stream are those that a decoder shows first.

    `order` are the packets whose pictures it shows, one after the other.
    """
    places = dict(zip(frames.column("frame").to_pylist(), frames.column("coded_order").to_pylist(), strict=True))
    own = [places[frame] for frame in itertools.takewhile(places.__contains__, range(len(order)))]
    if len({*order}) == len(order) and _ranks(own) != _ranks(order[: len(own)]):
        raise EncodeError(f"decoders do not show its first {len(own)} frames in the order that it says")


def _ranks(numbers: Sequence[int]) -> list[int]:
    return sorted(range(len(numbers)), key=numbers.__getitem__)


def by_number(frames: pa.Table, times: Sequence[int], time_base: Fraction) -> pa.Table:
    """Frames of a source that has no presentation times: the clip's times, in the order of presentation."""
    places = frames.column("frame").to_pylist()
    return _with_times(frames, [times[at] if at is not None and at < len(times) else None for at in places], time_base)


def _with_times(frames: pa.Table, whole: list[int | None], time_base: Fraction) -> pa.Table:
    # Multiplied first, as in every other encode, so that times are equal to the bit.
    numerator, denominator = time_base.as_integer_ratio()
    seconds = [None if value is None else value * numerator / denominator for value in whole]
    for name, values in (("pts", whole), ("time", seconds)):
        frames = replaced(frames, name, pa.array(values, frames.schema.field(name).type))
    return frames


def replaced(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    """Rows with other values in a column."""
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), values)


def check_depth(job: Job) -> None:
    """Raise EncodeError if the source is HDR, and the encode's samples have 8 bits."""
    if job.encode is None or not job.clip.source.hdr or depth_of(job.encode.pixel_format) > 8:
        return
    encoder = ENCODERS[job.encode.encoder]
    can = any(depth_of(one) > 8 for one in encoder.pixel_formats)
    advice = f"ask for a pixel_format of 10 bits, or {OWN_DEPTH!r}" if can else f"{encoder.name} has 8 bits alone"
    raise EncodeError(f"{job.what}: the source is HDR ({job.clip.source.colour.transfer}); {advice}")


def _check_progressive(job: Job, clip: CutClip) -> None:
    if clip.interlaced is not None:
        reason = "the source begins with progressive ones, and is not deinterlaced"
        raise EncodeError(f"{job.what}: frame {clip.interlaced} is interlaced; {reason}")


def _check_keys(job: Job, keys: list[int], frames: int) -> None:
    want = list(range(0, frames, job.gop.length))
    if keys != want:
        raise EncodeError(f"{job.what}: key frames at {_few(keys)}, not at {_few(want)}")


def _few(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:6])) + (", …" if len(numbers) > 6 else "")
