"""Containers and raw streams to packets: the only room that knows PyAV's containers.

A raw H.264 or HEVC byte stream (Annex B), AV1 stream (5.2 or Annex B), MPEG-4 or MPEG-2 stream is read as it is, in
chunks; everything else goes through PyAV, held to video containers and to the one file that it was given: playlists
could name others.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, cast

import av
import av.error
import fsspec

from codecorpus import codecs
from codecorpus.codecs import CODECS
from codecorpus.errors import MalformedError, SourceError, UnsupportedError, border

CHUNK_BYTES: Final = 1 << 20
HEAD_BYTES: Final = 1 << 16
BUFFER_BYTES: Final = 1 << 16
"""What FFmpeg reads of a container at once: little enough that the memory is used again and again."""

CONTAINERS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,live_flv,nut,ivf,obu,av1,asf,mxf,gxf,ogg,rm,wtv,dv,"
    "pva,pmp,h264,hevc,h263,m4v,mpegvideo,yuv4mpegpipe,rawvideo"
)
"""FFmpeg's demuxers that hold video themselves: none that names other files or hosts."""

OPTIONS: Final = {"protocol_whitelist": "file,pipe", "format_whitelist": CONTAINERS}

NEW_EXTRADATA: Final = "new_extradata"
ENCRYPTION: Final = "encryption_info"
"""PyAV's names of what comes with packets where a file's parameter sets change, and where it is encrypted."""


class Readable(Protocol):
    """A binary file, or no more than its `read`."""

    def read(self, size: int = -1, /) -> bytes: ...


Source = str | os.PathLike[str] | bytes | Readable
"""A path or URI, a stream's bytes, or a binary file (a pipe will do)."""


class Packet(NamedTuple):
    """Bytes of a stream.

    `pts` and `dts` are in units of the stream's time base; `position` is a byte offset in the file; `extradata`, where
    they are not None, replace the stream's from this packet on.
    """

    data: bytes
    pts: int | None
    dts: int | None
    position: int
    extradata: bytes | None = None


@dataclass(frozen=True)
class Stream:
    """One video stream.

    `extradata` is None for a raw stream, whose packets may be cut anywhere. `time_base` is a fraction of a second.
    """

    codec: str
    extradata: bytes | None
    time_base: tuple[int, int]
    packets: Iterator[Packet]


def require_file(path: Path) -> None:
    """Raise OSError unless it is a regular file: what is none may never give a byte, or never end.

    UnsupportedError says what it is instead.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kinds = {stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket", stat.S_ISCHR: "a device", stat.S_ISBLK: "a device"}
    for is_kind, kind in kinds.items():
        if is_kind(mode):
            raise UnsupportedError(f"it is {kind}, no file", path=str(path))


@contextmanager
def opened(path: Path, track: int | None = None) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """A file as PyAV opens it, and the video that is read of it.

    Raises:
        SourceError: it cannot be opened, or there is no such video in it.
    """
    with ExitStack() as stack:
        with border(str(path)):
            require_file(path)
            container = stack.enter_context(av.open(str(path), options=OPTIONS, metadata_errors="replace"))
        if (stream := chosen(container, track)) is None:
            raise SourceError(f"{path}: {_lacking(container, track)}")
        if stream.codec_context is None:
            raise SourceError(f"{path}: its video codec is unknown")
        yield container, stream


def chosen(container: av.container.InputContainer, track: int | None) -> av.VideoStream | None:
    """The video track of that number, or else FFmpeg's choice: the largest of those that players show by themselves."""
    tracks = tracks_of(container)
    if track is not None:
        return tracks[track] if 0 <= track < len(tracks) else None
    return max(tracks, key=_rank, default=None)


def tracks_of(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The video tracks of a container, cover art left aside."""
    return [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]


def _rank(stream: av.VideoStream) -> tuple[bool, int]:
    context = stream.codec_context
    area = (context.width or 0) * (context.height or 0) if context else 0
    return bool(stream.disposition & av.stream.Disposition.default), area


def _lacking(container: av.container.InputContainer, track: int | None) -> str:
    if tracks := tracks_of(container):
        return f"there is no video track {track}, only 0 to {len(tracks) - 1}"
    return "there is no video stream in it"


def name_of(source: Source) -> str:
    """What errors call the source."""
    match source:
        case str() | os.PathLike():
            return os.fspath(source)
        case bytes():
            return "<bytes>"
        case _:
            name = getattr(source, "name", None)
            return name if isinstance(name, str) else "<stream>"


@contextmanager
def open_stream(source: Source, codec: str | None = None) -> Iterator[Stream]:
    """Opens the first video stream of a source.

    `codec` says what a raw stream holds, where its first bytes do not.

    Raises:
        UnsupportedError: there is no video in it, or none of a codec that is read.
        MalformedError: it is empty, or nothing known.
        OSError: the file cannot be read.
    """
    if codec is not None and codec not in CODECS:
        raise UnsupportedError(f"codec {codec!r} is not read, only {', '.join(CODECS)}", path=name_of(source))
    with ExitStack() as stack:
        file = _open_file(source, stack)
        head, file = _peek(file)
        if not head:
            raise MalformedError("the file is empty", path=name_of(source))
        if (raw := codecs.of_raw_stream(head, codec)) is not None:
            yield Stream(raw, None, (1, 1), _chunks(file))
        else:
            yield _open_container(source, file, stack)


def _open_file(source: Source, stack: ExitStack) -> Readable:
    match source:
        case bytes():
            return io.BytesIO(source)
        case str() if "://" in source:
            return cast(BinaryIO, stack.enter_context(fsspec.open(source, "rb")))
        case str() | os.PathLike():
            require_file(Path(source))
            return stack.enter_context(Path(source).open("rb"))
        case _:
            return source


def _peek(file: Readable) -> tuple[bytes, Readable]:
    """The first bytes of a file, and the file as it was before."""
    head = b""
    while len(head) < HEAD_BYTES and (more := file.read(HEAD_BYTES - len(head))):
        head += more
    seekable = getattr(file, "seekable", None)
    if seekable is not None and seekable():
        cast(BinaryIO, file).seek(-len(head), os.SEEK_CUR)
        return head, file
    return head, _Rejoined(head, file)


class _Rejoined:
    """A pipe whose first bytes were read ahead."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        end = len(self._head) if size < 0 else size
        piece, self._head = self._head[:end], self._head[end:]
        return piece if size >= 0 else piece + self._rest.read()


def _chunks(file: Readable) -> Iterator[Packet]:
    position = 0
    while chunk := file.read(CHUNK_BYTES):
        yield Packet(chunk, None, None, position)
        position += len(chunk)


def _open_container(source: Source, file: Readable, stack: ExitStack) -> Stream:
    path = name_of(source)
    seekable = hasattr(file, "seek")
    # Without decoders, opening does not decode the first pictures only to tell what the parsers tell.
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file,pipe", "codec_whitelist": "none"}
    if not seekable:  # a pipe: begin before much of it has come
        options |= {"probesize": "200000", "analyzeduration": "0"}
    try:
        container = stack.enter_context(
            av.open(
                cast(Any, file),
                options=options,
                buffer_size=BUFFER_BYTES if seekable else 4096,
                metadata_errors="replace",
            )
        )
    except Exception as error:
        raise MalformedError(f"not a video that can be opened ({_reason(error)})", path=path) from error
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise UnsupportedError("there is no video stream in it", path=path)
    stream = streams[0]
    codec = codecs.named(stream.codec_context.name) if stream.codec_context else "unknown"
    if codec not in CODECS:
        raise UnsupportedError(f"its video is {codec}; only {', '.join(CODECS)} are read", path=path)
    time_base = stream.time_base
    return Stream(
        codec,
        stream.codec_context.extradata or b"",
        (time_base.numerator, time_base.denominator) if time_base else (1, 1),
        _packets(container, stream, path),
    )


def _packets(container: av.container.InputContainer, stream: av.VideoStream, path: str) -> Iterator[Packet]:
    position = 0
    try:
        for packet in container.demux(stream):
            if packet.size == 0:  # PyAV's sign of the end
                continue
            beside = {data.data_type: bytes(data) for data in packet.iter_sidedata()}
            if ENCRYPTION in beside:
                raise UnsupportedError("its video is encrypted", path=path)
            position = packet.pos if packet.pos is not None and packet.pos >= 0 else position
            yield Packet(bytes(packet), packet.pts, packet.dts, position, beside.get(NEW_EXTRADATA))
            position += packet.size
    except UnsupportedError:
        raise
    except Exception as error:  # whatever PyAV raises of a container that is damaged
        raise MalformedError(f"the container breaks off ({_reason(error)})", path=path, byte=position) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
