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

from codecorpus.orientation import Orientation

DEFAULT_TRACK: Final = 5_000_000
"""Samples that FFmpeg deems a track to be larger by where its container calls it the default."""


@dataclass(frozen=True)
class Track:
    """The video track that is read.

    `number` counts the file's `count` video tracks from 0. `sample_aspect_ratio` is the width of a sample over its
    height; None where the file does not say.
    """

    number: int = 0
    count: int = 1
    orientation: Orientation = field(default_factory=Orientation)
    sample_aspect_ratio: Fraction | None = None

    @property
    def note(self) -> str | None:
        """Tells of the other tracks; None where there are none."""
        if self.count == 1:
            return None
        return f"video track {self.number} of {self.count}, counted from 0, is read; `track` chooses another"


def tracks_of(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The video tracks of a container, cover art left aside."""
    return [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]


def chosen(container: av.container.InputContainer, track: int | None) -> av.VideoStream | None:
    """The video track of that number, or else FFmpeg's choice: the largest, those called default before others."""
    tracks = tracks_of(container)
    if track is not None:
        return tracks[track] if 0 <= track < len(tracks) else None
    return max(tracks, key=_score, default=None)


def lacking(container: av.container.InputContainer, track: int | None) -> str:
    """Why no track was chosen."""
    if tracks := tracks_of(container):
        return f"there is no video track {track}: it has {len(tracks)}, counted from 0"
    return "there is no video stream in it"


def _score(stream: av.VideoStream) -> int:
    context = stream.codec_context
    area = (context.width or 0) * (context.height or 0) if context else 0
    return area + DEFAULT_TRACK * bool(stream.disposition & av.stream.Disposition.default)


def described(container: av.container.InputContainer, stream: av.VideoStream) -> Track:
    """A track as its container describes it."""
    tracks = tracks_of(container)
    return Track(
        tracks.index(stream),
        len(tracks),
        Orientation.of_matrix(_display_matrix(stream)),
        stream.sample_aspect_ratio or None,
    )


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
