"""Clips: ranges of sources, cut and normalised once, so that every encode sees identical frames."""

from __future__ import annotations

import bisect
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from av import VideoFormat

from codecorpus.codecs import CODECS, named
from codecorpus.demux import opened
from codecorpus.encode.command import NO_SIZE, Cut, cut_clip
from codecorpus.encode.process import printed
from codecorpus.errors import EncodeError, SourceError, StreamError, UnsupportedError
from codecorpus.extracting import extract_batches
from codecorpus.matrix import frames_of
from codecorpus.pixel_formats import lossless
from codecorpus.recipe import Clips, Recipe
from codecorpus.sources.find import Video
from codecorpus.sources.pace import LONGEST_STILL
from codecorpus.sources.packets import Key, Range, Samples, decoded, fine, origin, write
from codecorpus.sources.probe import Probe, probe

RAW_BYTES: Final = 500_000_000
"""Clips of no more than so many bytes are kept as plain samples while they are encoded: 4 s of 1080p are 311 MB."""

NOT_RAW: Final = ("yuv440p10le", "yuv440p12le")
"""Pixel formats that the container has no name for."""

NEAR: Final = 0.1
"""How far times may be from even ones, in intervals, for FFmpeg to guess the interval well."""

TIME = re.compile(r"^frame:(\d+) +pts:(-?\d+)", re.MULTILINE)
"""A picture that FFmpeg decoded, and when it was shown, in what a cut prints: see `Cut.filters`. FFmpeg's filters count
anew from each change.
"""


@dataclass(frozen=True)
class Clip:
    """A range of a source, and what is done to its frames.

    `first` counts the source's frames and `times` are theirs, in units of the source's time base; `frames` and
    `fps` are those after normalisation, its own: see `Probe.rate`. `start` is in seconds into the source. `source`
    keeps no times and keys of its own: `key` is where decoding begins, `keys` are where it can begin inside the clip,
    and `after` is the time of the frame behind the last, where deinterlacing or another frame rate needs it, and later
    than all where there is none. What is not `is_cut` is read as it is alone: its frames and their times are the
    source's.
    """

    name: str
    video: Video
    source: Probe
    sha256: str
    first: int
    start: float
    times: tuple[int, ...]
    frames: int
    fps: Fraction
    width: int
    height: int
    cut: Cut
    key: Key | None = None
    after: int | None = None
    keys: tuple[Key, ...] = ()
    is_cut: bool = True

    @property
    def time_base(self) -> Fraction:
        """What the times of the cut clip's frames count: where the frame rate changes, frames, in units of NUT's."""
        return fine(1 / Fraction(self.cut.fps)) if self.cut.fps else self.cut.time_base

    @property
    def unlike(self) -> str | None:
        """Why the source's own stream cannot stand beside encodes of the clip; None where it can."""
        if (self.video.start, self.video.end) != (None, None):
            return f"{self.video.uri}: `source: true` needs the whole video, without start and end"
        if (self.width, self.height) != (self.source.width, self.source.height):
            return f"{self.video.uri}: it must be cropped for the encoders, so `source: true` cannot align"
        return None

    @property
    def incomparable(self) -> str | None:
        """Why the source's own stream cannot be measured against the clip; None where it can."""
        if self.cut.deinterlace:
            return f"{self.video.uri}: it is deinterlaced for the encoders, so `source: true` has no quality"
        return None

    @property
    def range(self) -> Range:
        """Its frames, as the packets of the source know them."""
        facts = self.source
        return Range(
            self.first,
            self.times,
            facts.time_base,
            facts.is_ordered,
            self.after,
            facts.track.number,
            has_fields=facts.has_fields,
            can_seek=facts.can_seek,
            rate=None if self.cut.fps else self.fps,  # encoders that count frames guess by the clip's file otherwise
        )

    def key_before(self, frame: int) -> Key | None:
        """The last packet that a frame of the source can be decoded from; None if that is the first of all."""
        at = bisect.bisect_right(self.keys, frame, key=lambda key: key.first)
        return self.keys[at - 1] if at else self.key


@dataclass(frozen=True)
class CutClip:
    """A clip as a file: its frames' times in units of `time_base`, the first at 0. `source` is where it was cut.

    `interlaced` is the first frame of the source that still is so; None where none is.
    """

    clip: Clip
    source: Path
    path: Path
    command: tuple[str, ...]
    time_base: Fraction
    pts: tuple[int, ...]
    interlaced: int | None = None


def divide(
    video: Video, facts: Probe, sha256: str, recipe: Recipe, stem: str, scenes: tuple[int, ...] = ()
) -> list[Clip]:
    """The clips of one video, in order. `scenes` are their first frames, where they are asked for.

    Raises:
        SourceError: the range that is asked for holds no frame, or an encoder cannot take the pictures.
    """
    if recipe.encoders or recipe.quality:
        check_times(video, facts.pts)
    size = _size(video, facts, recipe)
    return [
        Clip(
            name=f"{stem}-{number:03}",
            video=video,
            source=replace(facts, pts=(), keys=()),
            sha256=sha256,
            first=first,
            start=facts.seconds(first),
            times=tuple(facts.pts[first:end]),
            frames=frames,
            fps=facts.rate(first, end) if recipe.clips.fps == "source" else Fraction(recipe.clips.fps),
            width=size[0],
            height=size[1],
            cut=_cut(facts, recipe.clips, (first, end), frames, size, facts.interlaced and bool(recipe.encoders)),
            key=facts.key_before(first - facts.interlaced),
            after=_after(facts, end) if facts.interlaced or _is_held(facts, recipe.clips, end) else None,
            keys=facts.keys_between(first, end),
            is_cut=bool(recipe.encoders or recipe.quality),
        )
        for number, (first, end, frames, _) in enumerate(_Division(video, facts, recipe.clips).spans(scenes))
    ]


def whole(name: str, video: Video, facts: Probe) -> Clip:
    """A video as it is, as a clip: nothing is cut, nothing normalised.

    Raises:
        SourceError: two of its pictures have the same time.
    """
    check_times(video, facts.pts)
    size = facts.width, facts.height
    return Clip(
        name=name,
        video=video,
        source=replace(facts, pts=(), keys=()),
        sha256="",
        first=0,
        start=0.0,
        times=tuple(facts.pts),
        frames=facts.frames,
        fps=facts.fps,
        width=facts.width,
        height=facts.height,
        cut=_cut(facts, Clips(), (0, facts.frames), facts.frames, size),
        keys=facts.keys,
    )


def cut(ffmpeg_path: str, source: Path, clip: Clip, folder: Path) -> CutClip:
    """Decode the clip's range of `source` into a lossless file in `folder`, and check every frame's time.

    Raises:
        EncodeError: FFmpeg fails, at a corrupt picture for one.
        SourceError: pictures are damaged, or the decoder gives other frames than the container lists.
    """
    path, packets = folder / f"{clip.name}.nut", folder / f"{clip.name}.packets.nut"
    command = cut_clip(ffmpeg_path, packets.name, clip.cut, path.name)
    _check_samples(clip, source)
    try:
        write(source, clip.key, clip.range, packets)
        taken, are_interlaced = _taken(clip, TIME.findall(_decoded(command, clip, packets)))
    except EncodeError as error:
        raise (_changes(clip) if any(f"'{NO_SIZE}'" in line for line in error.log) else error) from error
    finally:
        packets.unlink(missing_ok=True)
    try:
        with opened(path) as (_, stream):
            size, time_base = (stream.codec_context.width, stream.codec_context.height), stream.time_base
    except SourceError as error:  # frames that are shown for less than half of an interval are dropped
        rate = f" at {clip.fps} a second" if clip.cut.fps else ""
        raise SourceError(f"{_where(clip)}: no frame of it is left{rate}") from error
    assert time_base is not None  # NUT has one
    # The file is as large as its samples are: it is read where FFmpeg's filters did not tell its times themselves.
    pts = taken if not clip.cut.fps and time_base == clip.cut.time_base else tuple(probe(path).pts)
    if size != (clip.width, clip.height):
        raise SourceError(f"{_where(clip)}: its pictures are {size[0]}x{size[1]}")
    if clip.cut.fps and clip.cut.frames not in (None, len(pts)):
        raise SourceError(f"{_where(clip)}: {len(pts)} frames at {clip.fps} a second, not {clip.frames}")
    interlaced = clip.first + are_interlaced.index(True) if any(are_interlaced) else None
    return CutClip(clip, source, path, (Path(ffmpeg_path).name, *command[1:]), time_base, pts, interlaced)


class _Span(NamedTuple):
    """A range of a source's frames, half open, how many the clip has after normalisation, and whether it is whole."""

    first: int
    end: int
    frames: int
    is_full: bool = True


@dataclass(frozen=True)
class _Division:
    """Divides a source's frames into clips."""

    video: Video
    facts: Probe
    clips: Clips

    def spans(self, scenes: tuple[int, ...]) -> Iterator[_Span]:
        """The range of each clip. `scenes` are their first frames, where they are asked for."""
        found = self._spans(scenes, *_bounds(self.video, self.facts))
        return itertools.islice(
            (span for span in found if span.is_full or self.clips.remainder == "keep"), self.clips.limit
        )

    def _spans(self, scenes: tuple[int, ...], begin: int, end: int) -> Iterator[_Span]:
        clips, rate = self.clips, _rate(self.facts, self.clips)
        if clips.length in ("whole", "scenes"):
            edges = [begin, *(frame for frame in scenes if begin < frame < end), end]
            return (self._span(first, after) for first, after in itertools.pairwise(edges))
        length = frames_of(clips.length, float(rate))
        if clips.fps != "source":
            return self._lasting(begin, end, length, rate)
        edges = [*range(begin, end, length), end]
        return (self._span(first, after, after - first == length) for first, after in itertools.pairwise(edges))

    def _lasting(self, begin: int, end: int, length: int, rate: Fraction) -> Iterator[_Span]:
        """From each frame on what lasts for `length` frames at `rate`: what is shown longer begins no other clip."""
        first, pts = begin, self.facts.pts
        while first < end:
            last = pts[first] + (length - Fraction(1, 2)) / rate / self.facts.time_base
            after = max(first + 1, bisect.bisect_left(pts, last, first, end))
            frames = self._frames(first, after, self._time(first) + length / rate)
            yield _Span(first, after, frames, frames >= length)
            first = after

    def _span(self, first: int, end: int, is_full: bool = True) -> _Span:
        frames = end - first if self.clips.fps == "source" else self._frames(first, end)
        return _Span(first, end, frames, is_full)

    def _frames(self, first: int, end: int, until: Fraction | None = None) -> int:
        """How many there are at the clips' rate, the last of the source's held until another comes, or until a time.

        Raises:
            SourceError: one would have to be repeated for too long.
        """
        facts, rate = self.facts, _rate(self.facts, self.clips)
        until = self._time(end) if until is None else min(until, self._time(end))
        longest = max(until - self._time(end - 1), int(np.diff(facts.pts[first:end]).max(initial=0)) * facts.time_base)
        if longest > LONGEST_STILL:
            raise SourceError(
                f"{self.video.uri}, frames {first} to {end - 1}: one is shown for {float(longest):g} s, too long to be "
                f"repeated at {rate} a second"
            )
        frames = max(1, nearest((until - self._time(first)) * rate))
        last = (self._time(end - 1) - self._time(first)) * rate
        # Where no frame follows, FFmpeg guesses how long the last is shown: too short, maybe, if its time rounds up.
        is_dropped = end == facts.frames and not facts.is_even(first, end, NEAR) and frames > nearest(last) > last
        return nearest(last) if is_dropped else frames

    def _time(self, frame: int) -> Fraction:
        """When a frame is shown, in seconds; of the one behind the last, when that would be."""
        facts = self.facts
        return facts.pts[frame] * facts.time_base if frame < facts.frames else self._time(frame - 1) + 1 / facts.fps


def nearest(number: Fraction) -> int:
    """The frame that a time is rounded to, by FFmpeg's filter fps: halves upwards."""
    return math.floor(number + Fraction(1, 2))


def _rate(facts: Probe, clips: Clips) -> Fraction:
    """Frames a second after normalisation, of the whole source."""
    return facts.fps if clips.fps == "source" else Fraction(clips.fps)


def _bounds(video: Video, facts: Probe) -> tuple[int, int]:
    """The frames between the video's start and end, half open."""
    times = [facts.seconds(frame) for frame in range(facts.frames)]
    begin = sum(time < (video.start or 0) - 1e-6 for time in times)
    end = len(times) if video.end is None else sum(time < video.end - 1e-6 for time in times)
    if begin >= end:
        to = "on" if video.end is None else f"to {video.end:g} s"
        last = f"the last is at {times[-1]:.3f} s"
        raise SourceError(f"{video.uri}: no frame from {video.start or 0:g} s {to}; {last}")
    return begin, end


def _size(video: Video, facts: Probe, recipe: Recipe) -> tuple[int, int]:
    """Width and height after normalisation: what every encoder here can take."""
    if recipe.clips.size != "source":
        width, height = map(int, recipe.clips.size.split("x"))
        return width, height
    multiple = recipe.multiple
    width, height = facts.width // multiple * multiple, facts.height // multiple * multiple
    if not width or not height:
        raise SourceError(f"{video.uri}: {facts.width}x{facts.height} is too small to encode")
    return width, height


def _cut(
    facts: Probe, clips: Clips, range_: tuple[int, int], frames: int, size: tuple[int, int], deinterlace: bool = False
) -> Cut:
    begin, end = range_
    first, last = facts.pts[begin], facts.pts[end if _is_held(facts, clips, end) else end - 1]
    cropped = (facts.width, facts.height) != size
    unit = fine(facts.time_base)
    start = origin(facts.time_base)
    pixel_format = lossless(facts.pixel_format)
    bits = VideoFormat(pixel_format).padded_bits_per_pixel
    return Cut(
        start=start,
        end=start + int((last - first) * facts.time_base / unit) + 1,
        time_base=unit,
        size=(facts.width, facts.height),
        deinterlace=deinterlace,
        fps=None if clips.fps == "source" else clips.fps,
        frames=None if clips.fps == "source" else frames,
        scale=size if clips.size != "source" and cropped else None,
        crop=size if clips.size == "source" and cropped else None,
        pixel_format=pixel_format,
        range=facts.colour.range,
        raw=pixel_format not in NOT_RAW and frames * size[0] * size[1] * bits / 8 <= RAW_BYTES,
    )


def _is_held(facts: Probe, clips: Clips, end: int) -> bool:
    """Whether the last frame of a clip is shown until another comes, which is seen by what changes the frame rate."""
    return clips.fps != "source" and end < facts.frames


def _after(facts: Probe, frame: int) -> int:
    """When a frame is shown; of the one behind the last, a time that does not come: all before is decoded then."""
    return facts.pts[frame] if frame < facts.frames else facts.pts[-1] + 1


def _taken(clip: Clip, told: list[tuple[str, str]]) -> tuple[tuple[int, ...], list[bool]]:
    """The times of the frames that were taken, from the clip's start, in units of the cut's time base, and whether each
    is interlaced.

    Every frame there, and at its own time: what FFmpeg decoded is what the container lists.
    """
    first = clip.cut.start
    last = first + (clip.times[-1] - clip.times[0]) * clip.source.time_base / clip.cut.time_base
    shown = [(int(number), *divmod(int(time), 2)) for number, time in told]
    frames = [(number, time - first, flag) for number, time, flag in shown if first <= time <= last]
    if any(after != number + 1 for (number, *_), (after, *_) in itertools.pairwise(frames)):
        raise _changes(clip)
    taken = tuple(time for _, time, _ in frames)
    if len(taken) != len(clip.times):
        raise SourceError(f"{_where(clip)}: {len(taken)} of them can be decoded; is the file damaged?")
    for number, (want, got) in enumerate(zip(clip.times, taken, strict=True)):
        if (want - clip.times[0]) * clip.source.time_base != got * clip.cut.time_base:
            raise SourceError(f"{_where(clip)}: frame {clip.first + number} is decoded at another time than listed")
    return taken, [flag == 1 for *_, flag in frames]


def _decoded(command: list[str], clip: Clip, packets: Path) -> str:
    """What FFmpeg prints of the pictures that it decodes.

    Whether they are whole is found out meanwhile, and told before what FFmpeg says of them, which may be this or that.
    """
    with ThreadPoolExecutor(1) as beside:
        check = beside.submit(_check_whole, clip, packets)
        try:
            return printed(command, f"{clip.name} from {clip.video.uri}", folder=packets.parent)
        finally:
            check.result()


def _check_samples(clip: Clip, source: Path) -> None:
    """Raise SourceError where the samples of the clip's key are others than the source's first.

    FFmpeg would convert all. It tells itself where they change inside the clip. A plan of before has none to compare
    with.
    """
    pictures = decoded(source, clip.key, clip.range, threads=1)  # more would decode as many beyond it
    first = next(pictures, None) if clip.source.samples else None
    if first is not None and Samples.of(first) != clip.source.samples:
        raise _changes(clip)


def _check_whole(clip: Clip, packets: Path) -> None:
    """Raise SourceError where pictures are damaged that the clip is decoded from, of a codec that is read."""
    if named(clip.source.codec) not in CODECS:
        return
    try:
        for _ in extract_batches(packets, tables=("frames",), threads=1):
            pass
    except UnsupportedError:  # FFmpeg may know it
        return
    except StreamError as error:
        if error.picture is None:  # nothing of it can be read here: its parameter sets are not where they belong
            return
        error.path = error.picture = error.byte = None  # which are of these packets, not of the source
        raise SourceError(f"{_where(clip)}: it is decoded from damaged pictures: {error}") from error


def _changes(clip: Clip) -> SourceError:
    return SourceError(f"{_where(clip)}: the size or format of its pictures changes")


def _where(clip: Clip) -> str:
    return f"{clip.video.uri}, frames {clip.first} to {clip.first + len(clip.times) - 1}"


def check_times(video: Video, times: Sequence[int]) -> None:
    """Raise SourceError unless a clip's times rise, by which its frames are found."""
    if (np.diff(np.asarray(times, np.int64)) <= 0).any():
        raise SourceError(f"{video.uri}: two pictures at the same time: it cannot be cut")
