"""What a video is, told by its container and its first pictures."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np

from codecorpus.demux import opened
from codecorpus.encode.command import RGB, Colour
from codecorpus.pixel_formats import has_rgb
from codecorpus.sources import pace
from codecorpus.sources.fetch import state
from codecorpus.sources.packets import Key, Samples
from codecorpus.sources.scan import Head, Times, look, scan
from codecorpus.track import Track, described

SAME_RATE: Final = 0.01
"""How far frames may be from the rate that the container tells, to be at that rate."""

UNKNOWN: Final = Fraction(25)
"""Frames a second of a picture that is alone, where nothing tells."""

HDR = ("smpte2084", "arib-std-b67")

PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"} | {
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
}
"""ColourPrimaries (ITU-T H.273, table 2) by FFmpeg's names; libx265 refuses 22, of EBU Tech 3213."""

TRANSFER = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear"} | {
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
"""TransferCharacteristics (table 3), as FFmpeg's filter setparams names them; it converts no logarithmic ones."""

MATRIX = {0: RGB, 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
"""MatrixCoefficients (table 4), those that FFmpeg converts by."""

RANGE = {1: "tv", 2: "pc"}


@dataclass(frozen=True)
class Probe:
    """A video's facts.

    `pts` are the presentation times of all pictures that a decoder shows, in order, in units of `time_base` seconds.
    `fps` is the rate of all of them, see `rate`; `told` are the rates that its container and its stream tell.
    `is_ordered` says whether its packets have them; else the pictures' order is known to a decoder alone. `keys` are
    packets that decoding can begin at, none of them near another. `can_seek` says that its packets come once each,
    `has_fields` that some pictures are two packets. `cut_short` packets show nothing, as decoders refuse them
    or the file ends before them. `samples` are those of the first picture.
    """

    codec: str
    width: int
    height: int
    fps: Fraction
    time_base: Fraction
    pts: tuple[int, ...]
    is_ordered: bool
    keys: tuple[Key, ...]
    pixel_format: str
    interlaced: bool
    colour: Colour
    track: Track = field(default_factory=Track)
    can_seek: bool = True
    has_fields: bool = False
    cut_short: int = 0
    told: tuple[Fraction, ...] = ()
    samples: Samples | None = None

    @property
    def frames(self) -> int:
        return len(self.pts)

    @property
    def hdr(self) -> bool:
        """Whether 8-bit pictures of it would be wrong."""
        return self.colour.transfer in HDR

    def seconds(self, frame: int) -> float:
        """When a frame is shown, after the first."""
        return float((self.pts[frame] - self.pts[0]) * self.time_base)

    def rate(self, first: int, end: int) -> Fraction:
        """Frames a second of frames `first` until before `end`: the rate that is told, or that of all, where they keep
        to it; else what they are on average, jumps of the clock left out.
        """
        return _rate(self.pts[first:end], self.time_base, (*self.told, self.fps)) or self.fps

    def is_even(self, first: int, end: int, within: float) -> bool:
        """Whether frames `first` until before `end` are shown at the rate that is told, each `within` so many intervals
        of its own time.
        """
        times = np.asarray(self.pts[first:end], np.float64) * float(self.time_base)
        if len(times) < 2:
            return True
        rate = self.told[0] if self.told else self.fps
        mean = (times[-1] - times[0]) / (len(times) - 1)
        off = np.abs(times - times[0] - mean * np.arange(len(times))).max()
        return bool(off <= mean * within and abs(mean * float(rate) - 1) < SAME_RATE)

    def key_before(self, frame: int) -> Key | None:
        """The last packet that a frame can be decoded from; None if that is the first of all."""
        at = bisect.bisect_right(self.keys, frame, key=lambda key: key.first)
        return self.keys[at - 1] if at else None

    def keys_between(self, first: int, end: int) -> tuple[Key, ...]:
        """The packets that decoding can begin at whose first right frame is from `first` until before `end`."""
        begin, stop = (bisect.bisect_left(self.keys, frame, key=lambda key: key.first) for frame in (first, end))
        return self.keys[begin:stop]


def probe(path: Path, track: int | None = None) -> Probe:
    """Read a video's facts and the times of all its pictures, decoding only the first few.

    Raises:
        SourceError: no video, or one whose pictures have no times.
    """
    ahead = _ahead.pop((path, track), None)
    if ahead is not None and ahead.state == state(path):
        return ahead.found.result()
    return _probe(path, track)


class _Ahead(NamedTuple):
    """What is found out of a video, and the state of its file when that began."""

    state: tuple[int, ...]
    found: Future[Probe]


_ahead: dict[tuple[Path, int | None], _Ahead] = {}


def probe_ahead(path: Path, track: int | None = None) -> None:
    """Probe a video that is going to be asked for: who asks then is given this, or its error.

    Raises:
        SourceError: it is not there.
    """
    found: Future[Probe] = Future()
    _ahead[path, track] = _Ahead(state(path), found)
    try:
        found.set_result(_probe(path, track))
    except Exception as error:
        found.set_exception(error)


def _probe(path: Path, track: int | None) -> Probe:
    with opened(path, track) as (container, stream):
        told = described(container, stream)
        head = look(path, told.number)
        times = scan(path, told.number, head)
        return _facts(stream, times, head, replace(told, orientation=head.orientation or told.orientation))


def _facts(stream: Any, times: Times, head: Head, track: Track) -> Probe:
    pts = cast("tuple[int, ...]", times.pts)  # an array: what is read of a tuple, in a fifth of the memory
    context = stream.codec_context
    time_base = Fraction(stream.time_base)
    told = tuple(Fraction(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)
    return Probe(
        codec=context.codec.canonical_name,
        width=context.width,
        height=context.height,
        fps=_rate(pts, time_base, told) or (told[0] if told else UNKNOWN),
        time_base=time_base,
        pts=pts,
        is_ordered=times.is_ordered,
        keys=times.keys,
        pixel_format=context.pix_fmt.replace("yuvj", "yuv"),
        interlaced=head.is_interlaced,
        colour=_colour(context),
        track=track,
        can_seek=times.can_seek,
        has_fields=times.has_fields,
        cut_short=times.cut_short,
        told=told,
        samples=head.samples,
    )


def _rate(pts: Sequence[int], time_base: Fraction, likely: Sequence[Fraction]) -> Fraction | None:
    """The first of some rates that times keep to, finely if they can; else their own; None where they do not tell."""
    if len(pts) < 2:
        return None
    by = (time_base, max(time_base, pace.ROUNDING))
    found = (rate for within in by for rate in likely if pace.keeps(pts, time_base, rate, within))
    return next(found, None) or pace.mean(pts, time_base)


def _colour(context: Any) -> Colour:
    """What samples mean. That they are of red, green and blue is told by the pixel format, not by a tag."""
    full, is_rgb = context.pix_fmt.startswith("yuvj"), has_rgb(context.pix_fmt)
    matrix = MATRIX.get(context.colorspace)
    return Colour(
        primaries=PRIMARIES.get(context.color_primaries),
        transfer=TRANSFER.get(context.color_trc),
        matrix=RGB if is_rgb else None if matrix == RGB else matrix,
        range="pc" if full or is_rgb else RANGE.get(context.color_range),
    )
