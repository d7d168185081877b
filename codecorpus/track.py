"""A file's video tracks: which one is read, and how players show it."""

from __future__ import annotations

import io
import itertools
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import av
import av.error

from codecorpus import codecs
from codecorpus.codecs import CODECS
from codecorpus.orientation import Orientation

DEFAULT_TRACK: Final = 5_000_000
"""Samples that FFmpeg deems a track to be larger by where its container calls it the default."""


@dataclass(frozen=True)
class Track:
    """The video track that is read.

    `number` counts the file's `count` video tracks from 0. `sample_aspect_ratio` is the width of a sample over its
    height; None where the file does not say. Of an HEVC stream with several `layers` the base layer is read. `codec` is
    FFmpeg's name of its codec, and `time_base` the seconds in a unit of its times; None for a raw stream.
    """

    number: int = 0
    count: int = 1
    orientation: Orientation = field(default_factory=Orientation)
    sample_aspect_ratio: Fraction | None = None
    layers: int = 1
    codec: str | None = None
    time_base: Fraction | None = None

    def note(self, asked_for: int | None = None) -> str | None:
        """What is left unread: other layers, and other tracks unless this one was asked for; None where nothing is."""
        told = []
        if self.count > 1 and asked_for is None:
            told.append(f"video track {self.number} of {self.count}, counted from 0, is read; `track` chooses another")
        if self.layers > 1:
            told.append(f"its video has {self.layers} layers, of which the base layer is read")
        return "; ".join(told) or None


def tracks_of(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The video tracks of a container, cover art left aside."""
    return [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]


def chosen(container: av.container.InputContainer, track: int | None) -> av.VideoStream | None:
    """The video track of that number, or else FFmpeg's choice: the largest, those called default before others.

    None where there is none, and where that is a tile of a picture that is a grid of them, or its thumbnail.
    """
    tracks = tracks_of(container)
    if track is not None:
        return tracks[track] if 0 <= track < len(tracks) else None
    best = max(tracks, key=_score, default=None)
    return best if best is None or _is_default(best) or not any(map(_is_tile, tracks)) else None


def read_alone(container: av.container.InputContainer, stream: av.VideoStream) -> None:
    """Has only this stream's packets read: where a file is cut short, another's may lie behind its end."""
    for other in container.streams:
        if other.index != stream.index and hasattr(other, "discard"):  # PyAV 17 has none
            other.discard = av.stream.Discard.all


def lacking(container: av.container.InputContainer, track: int | None) -> str:
    """Why no track was chosen."""
    tracks = tracks_of(container)
    if track is None and tracks:
        count = sum(map(_is_tile, tracks))
        return f"its picture is a grid of {count} tiles, which are not put together; `track` chooses one, from 0 on"
    if tracks:
        return f"there is no video track {track}: it has {len(tracks)}, counted from 0"
    return "there is no video stream in it"


def _score(stream: av.VideoStream) -> int:
    return samples_of(stream) + DEFAULT_TRACK * _is_default(stream)


def samples_of(stream: av.VideoStream) -> int:
    """The luma samples of a track's pictures as its container describes it; 0 where it does not."""
    context = stream.codec_context
    return max((context.width or 0) * (context.height or 0), 0) if context else 0  # AVI has heights below 0


def _is_default(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.default)


def _is_tile(stream: av.VideoStream) -> bool:
    """Whether a track is an item of a HEIF file (HEIC, AVIF) that another item, a grid, is made of."""
    is_item = stream.container.format.name.startswith("mov")
    return is_item and bool(stream.disposition & av.stream.Disposition.dependent)


def described(container: av.container.InputContainer, stream: av.VideoStream) -> Track:
    """A track as its container describes it."""
    tracks = tracks_of(container)
    ratio, context = stream.sample_aspect_ratio, stream.codec_context
    return Track(
        tracks.index(stream),
        len(tracks),
        Orientation.of_matrix(_display_matrix(stream)),
        Fraction(ratio) if ratio else None,
        _layers(context) if context else 1,
        context.codec.canonical_name if context else None,
        stream.time_base or None,
    )


def _layers(context: av.VideoCodecContext) -> int:
    codec = codecs.named(context.name)
    return codecs.layers(codec, context.extradata or b"") if codec in CODECS else 1


IDENTITY: Final = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def _display_matrix(stream: av.VideoStream) -> tuple[int, ...]:
    """The display matrix of a stream's container. PyAV does not tell it; the header of an MP4 file of it does."""
    if not stream.container.format.name.startswith(("mov", "matroska")):
        return IDENTITY  # no other container has one
    forms, tags = ("mp4", "mov"), dict.fromkeys((stream.codec_context.codec_tag, None))
    for form, tag in itertools.product(forms, tags):
        with suppress(ValueError, av.error.FFmpegError):
            return _matrix_of(_header(stream, form, tag))
    return IDENTITY


def _header(stream: av.VideoStream, form: str, tag: str | None) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form, options={"movflags": "empty_moov"}) as container:
        carrier = container.add_stream_from_template(stream, opaque=True)
        if tag is not None:
            carrier.codec_context.codec_tag = tag
        container.start_encoding()
    return file.getvalue()


def _matrix_of(header: bytes) -> tuple[int, ...]:
    """The matrix of the first TrackHeaderBox (ISO/IEC 14496-12, 8.3.2)."""
    version = header.index(b"tkhd") + 4
    at = version + 4 + (32 if header[version] else 20) + 16
    return struct.unpack(">9i", header[at : at + 36])
