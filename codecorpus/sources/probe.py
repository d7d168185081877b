"""What a video is, told by its container and its first pictures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error

from codecorpus.encode.command import DEMUXERS, Colour
from codecorpus.errors import SourceError

LOOK = 8
"""Pictures that are decoded to see whether a source is interlaced or rotated."""

HDR = ("smpte2084", "arib-std-b67")

PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
TRANSFER = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear"} | {
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
MATRIX = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
RANGE = {1: "tv", 2: "pc"}


@dataclass(frozen=True)
class Probe:
    """A video's facts.

    `pts` are the presentation times of all its pictures, in order, in units of `time_base` seconds. `origin`
    is where its container's clock begins, in seconds. `rotation` is what players turn it by, in degrees.
    """

    codec: str
    width: int
    height: int
    fps: Fraction
    time_base: Fraction
    origin: float
    pts: tuple[int, ...]
    pixel_format: str
    rotation: int
    interlaced: bool
    colour: Colour

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


def probe(path: Path) -> Probe:
    """Read a video's facts and the times of all its pictures, decoding only the first few.

    Raises:
        SourceError: no video, or one whose pictures have no times of their own.
    """
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    try:
        with av.open(str(path), options=options) as container:
            interlaced, rotation = _look(container, _video(container, path))
        with av.open(str(path), options=options) as container:  # again from the start: some cannot seek
            stream = _video(container, path)
            return _facts(container, stream, _times(container, stream, path), interlaced, rotation)
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def _video(container: Any, path: Path) -> Any:
    """The first video stream that is no cover art."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            if stream.codec_context is None:
                raise SourceError(f"{path}: its video codec is unknown")
            return stream
    raise SourceError(f"{path}: no video in it")


def _look(container: Any, stream: Any) -> tuple[bool, int]:
    interlaced, rotation = False, 0
    for number, frame in enumerate(container.decode(stream)):
        interlaced |= frame.interlaced_frame
        rotation = rotation or frame.rotation
        if number + 1 == LOOK:
            break
    return interlaced, rotation


def _times(container: Any, stream: Any, path: Path) -> tuple[int, ...]:
    packets = [packet for packet in container.demux(stream) if packet.size and not packet.is_discard]
    if not packets:
        raise SourceError(f"{path}: no picture in it")
    if any(packet.pts is None for packet in packets):
        raise SourceError(f"{path}: pictures without times; put it into a container that has them first")
    times = sorted(packet.pts for packet in packets)
    if len(set(times)) < len(times):
        raise SourceError(f"{path}: two pictures at the same time")
    return tuple(times)


def _facts(container: Any, stream: Any, pts: tuple[int, ...], interlaced: bool, rotation: int) -> Probe:
    context = stream.codec_context
    span = (pts[-1] - pts[0]) * stream.time_base
    fps = stream.average_rate or stream.guessed_rate or ((len(pts) - 1) / span if span else Fraction(25))
    full = context.pix_fmt.startswith("yuvj")
    return Probe(
        codec=context.codec.canonical_name,
        width=context.width,
        height=context.height,
        fps=Fraction(fps),
        time_base=Fraction(stream.time_base),
        origin=(container.start_time or 0) / 1_000_000,
        pts=pts,
        pixel_format=context.pix_fmt.replace("yuvj", "yuv"),
        rotation=rotation % 360,
        interlaced=interlaced,
        colour=Colour(
            primaries=PRIMARIES.get(context.color_primaries),
            transfer=TRANSFER.get(context.color_trc),
            matrix=MATRIX.get(context.colorspace),
            range="pc" if full else RANGE.get(context.color_range),
        ),
    )
