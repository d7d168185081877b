"""Containers and raw streams to packets: the only room that knows PyAV's containers.

A raw H.264 or HEVC byte stream (Annex B), AV1 stream (5.2 or Annex B), MPEG-4 or MPEG-2 stream is read as it is, in
chunks; everything else goes through PyAV, held to video containers and to the one file that it was given: playlists
could name others.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, cast

import av
import av.error
import fsspec

from codecorpus._native import is_raw_av1
from codecorpus.errors import MalformedError, SourceError, UnsupportedError, border

CODECS: Final = ("h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2")
"""The codecs that are read."""

FAMILIES: Final = {
    "libdav1d": "av1",
    "libaom-av1": "av1",
    "libvpx-vp9": "vp9",
    "h263": "mpeg4",
    "mpeg1video": "mpeg2",
    "mpeg2video": "mpeg2",
}
"""FFmpeg's names of codecs that are read under another one: baseline H.263 is MPEG-4's short header."""

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


@contextmanager
def opened(path: Path, track: int | None = None) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """A file as PyAV opens it, and the video that is read of it.

    Raises:
        SourceError: it cannot be opened, or there is no such video in it.
    """
    with ExitStack() as stack:
        with border(str(path)):
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
        raw = sniff(head)
        if codec is not None and (raw is not None or _is_raw(head, codec)):
            raw = codec
        if raw is not None:
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
    codec = stream.codec_context.name if stream.codec_context else "unknown"
    codec = FAMILIES.get(codec, codec)
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


def sniff(head: bytes) -> str | None:
    """The codec of a raw stream that begins so, or None.

    H.264 and HEVC byte streams begin with a start code, as those of MPEG do. Whether every NAL unit header is one of
    H.264 (7.4.1) or of HEVC (7.4.2.2) tells them apart, and from MPEG program streams.
    """
    if is_raw_av1(head):
        return "av1"
    if not _is_byte_stream(head):
        return None
    headers = [unit[:2] for unit in head.split(b"\x00\x00\x01")[1:] if len(unit) >= 2]
    if mpeg := _mpeg_codec([unit for unit in head.split(b"\x00\x00\x01")[1:] if unit]):
        return mpeg
    scores = {codec: _score(headers, kinds) for codec, kinds in (("h264", _h264_kind), ("hevc", _hevc_kind))}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] > 0 else None


def _mpeg_codec(units: list[bytes]) -> str | None:
    """MPEG-4 or MPEG-2, by the first start code values (ISO/IEC 14496-2 table 6-3, 13818-2 table 6-1)."""
    codes = [unit[0] for unit in units[:3]]
    match codes:
        case [0xB3, *rest] if any(0x01 <= code <= 0xB5 for code in rest) or {0xB8, 0x00} & set(rest):
            return "mpeg2"  # a sequence header, and what may follow one
        case [0xB0 | 0xB5, *_]:
            return "mpeg4"  # a visual object sequence, or a visual object
        case [first, second, *_] if first <= 0x1F and len(units[0]) == 1 and 0x20 <= second <= 0x2F:
            return "mpeg4"  # a video object and its layer
        case [first, 0xB2 | 0xB3 | 0xB6, *_] if 0x20 <= first <= 0x2F:
            return "mpeg4"  # a layer, and what may follow one
        case _:
            return None


def _is_raw(head: bytes, codec: str) -> bool:
    """Whether a stream of this codec can begin so in no container."""
    return is_raw_av1(head, told=True) if codec == "av1" else _is_byte_stream(head)


def _is_byte_stream(head: bytes) -> bool:
    return head.lstrip(b"\x00").startswith(b"\x01") and head.startswith(b"\x00\x00")


def _score(headers: list[bytes], kind: Any) -> float:
    """How well NAL unit headers fit: slices count, a header that cannot be speaks against it, at once if first."""
    kinds = [kind(header) for header in headers]
    if not kinds or kinds[0] is None:
        return 0.0
    good = sum(k is not None for k in kinds)
    typical = sum(k in {"slice", "parameter set", "message"} for k in kinds)
    return typical / len(kinds) - 2 * (len(kinds) - good) / len(kinds)


def _h264_kind(header: bytes) -> str | None:
    nal_ref_idc, nal_unit_type = header[0] >> 5 & 3, header[0] & 31
    if header[0] & 0x80 or nal_unit_type == 0 or nal_unit_type > 21:
        return None
    if nal_unit_type in {7, 8, 13, 15}:
        return "parameter set" if nal_ref_idc else None
    if nal_unit_type in {6, 9, 10, 11, 12}:
        return "message" if not nal_ref_idc else None
    if nal_unit_type == 5:
        return "slice" if nal_ref_idc else None
    return "slice" if nal_unit_type == 1 else "other"


def _hevc_kind(header: bytes) -> str | None:
    nal_unit_type, temporal_id_plus1 = header[0] >> 1 & 63, header[1] & 7
    layer = (header[0] & 1) << 5 | header[1] >> 3
    if header[0] & 0x80 or temporal_id_plus1 == 0 or layer == 63:
        return None
    if layer:  # of another view or quality; a base layer is there too
        return "other"
    if nal_unit_type in {32, 33, 34}:
        return "parameter set" if temporal_id_plus1 == 1 or nal_unit_type == 34 else None
    if nal_unit_type <= 9:  # those that switch the temporal sub-layer up are never in the lowest
        return "slice" if temporal_id_plus1 > 1 or nal_unit_type not in {2, 3, 4, 5} else None
    if 16 <= nal_unit_type <= 21:
        return "slice" if temporal_id_plus1 == 1 else None
    if 35 <= nal_unit_type <= 40:
        return "message"
    return "other" if nal_unit_type >= 48 else None
