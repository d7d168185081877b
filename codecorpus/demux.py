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
from collections.abc import Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, cast

import av
import av.error

from codecorpus import codecs, far, mp4
from codecorpus.codecs import CODECS
from codecorpus.errors import MalformedError, SourceError, UnsupportedError, border
from codecorpus.track import Track, chosen, described, lacking, read_alone, samples_of

CHUNK_BYTES: Final = 1 << 20
HEAD_BYTES: Final = 1 << 16
BUFFER_BYTES: Final = 1 << 16
"""What FFmpeg reads of a container at once: little enough that the memory is used again and again."""

CONTAINERS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,live_flv,nut,ivf,obu,av1,asf,mxf,gxf,ogg,rm,wtv,dv,"
    "pva,pmp,h264,hevc,h263,m4v,mpegvideo,yuv4mpegpipe,rawvideo,gif,apng,dnxhd"
)
"""FFmpeg's demuxers that hold video themselves: none that names other files or hosts."""

BARE: Final = "mpegts,mpeg,ivf,obu,av1,gxf,pva,pmp,h264,hevc,h263,m4v,mpegvideo"
"""FFmpeg's demuxers of what holds nothing beside packets: it makes extradata of what comes first in them."""

FOREIGN: Final = frozenset(
    (
        *("hls", "concat", "image2", "imf", "dash", "webm_dash_manifest", "rtp", "rtsp", "sap", "sdp", "lavfi"),
        *("vobsub", "tedcaptions", "ffmetadata", "data", "tty", "alsa", "fbdev", "kmsgrab", "oss"),
        *("video4linux2,v4l2", "x11grab"),
    )
)
"""FFmpeg's demuxers that name other files, hosts or devices, or take anything for a video."""

Options = Mapping[str, str]

OPTIONS: Final = {"protocol_whitelist": "file,pipe", "format_whitelist": CONTAINERS}

TAGS: Final[dict[str, Any]] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""So that tags that are no UTF-8 keep no file from being opened: from 19 on PyAV needs no such word, and knows none."""

DECODERS: Final = ",".join(
    ("none", *(alias for codec in CODECS.values() if codec.completes_times for alias in codec.aliases))
)
"""The decoders that opening may use: others would decode the first pictures only to tell what the parsers tell."""

PACK: Final = b"\0\0\1\xba"
"""Begins a program stream (ISO/IEC 13818-1, 2.5.3.3, and 11172-1)."""

NEW_EXTRADATA: Final = "new_extradata"
ENCRYPTION: Final = "encryption_info"
PALETTE: Final = "palette"
"""PyAV's names of what comes with packets: where a file's parameter sets change, it is encrypted, or has a palette."""


class Readable(Protocol):
    """A binary file, or no more than its `read`."""

    def read(self, size: int = -1, /) -> bytes: ...


Input = str | os.PathLike[str] | bytes | Readable
"""A path or URI, a stream's bytes, or a binary file (a pipe will do)."""


class Packet(NamedTuple):
    """Bytes of a stream.

    `pts` and `dts` are in units of the stream's time base; `position` is a byte offset in the file; `extradata`, where
    they are not None, replace the stream's from this packet on. What `is_discarded` is decoded and never shown.
    """

    data: bytes
    pts: int | None
    dts: int | None
    position: int
    extradata: bytes | None = None
    is_discarded: bool = False


@dataclass(frozen=True)
class Stream:
    """One video stream.

    `extradata` is None for a raw stream, whose packets may be cut anywhere. `time_base` is a fraction of a second.
    `size` is the file's in bytes, where that is known. `samples` are the luma samples of a picture as far as the
    container tells, else 0. What `is_bare` has all that the extradata say in packets.
    """

    codec: str
    extradata: bytes | None
    time_base: tuple[int, int]
    packets: Iterator[Packet]
    track: Track = field(default_factory=Track)
    size: int | None = None
    samples: int = 0
    is_bare: bool = False


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
            container = stack.enter_context(_opened(path))
        if (stream := chosen(container, track)) is None:
            raise SourceError(f"{path}: {lacking(container, track)}")
        if stream.codec_context is None:
            raise SourceError(f"{path}: its video codec is unknown")
        with border(str(path)), path.open("rb") as file:
            if _is_misdescribed(stream, file, str(path)):
                raise ValueError("its edit list leaves out or repeats samples of a track whose parameter sets change")
        read_alone(container, stream)
        yield container, stream


def _opened(path: Path) -> av.container.InputContainer:
    try:
        container: av.container.InputContainer = av.open(str(path), options=OPTIONS, **TAGS)
        return container
    except (av.error.ArgumentError, av.error.InvalidDataError, av.error.EOFError) as error:
        if not path.stat().st_size:
            raise ValueError("the file is empty") from error
        with path.open("rb") as file:  # FFmpeg's word for a container that it may not read is that of an argument
            other = _other_video(file, {*CONTAINERS.split(",")}) if isinstance(error, av.error.ArgumentError) else None
        told = f"its video is {other}; that container is not read" if other else None
        raise ValueError(told or _no_video(error)) from error


def name_of(source: Input) -> str:
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
def open_stream(source: Input, codec: str | None = None, track: int | None = None) -> Iterator[Stream]:
    """Opens a video track of a source: FFmpeg's choice where its number is not told.

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
        size = _size(file)
        if not head:
            raise MalformedError("the file is empty", path=name_of(source))
        if (raw := codecs.of_raw_stream(head, codec)) is not None:
            if track not in (None, 0):
                raise UnsupportedError(f"there is no video track {track}: a raw stream has one", path=name_of(source))
            yield Stream(raw, None, (1, 1), _chunks(file), Track(layers=codecs.layers(raw, head)), size=size)
        else:
            yield replace(_open_container(source, file, stack, track), size=size)


def _open_file(source: Input, stack: ExitStack) -> Readable:
    match source:
        case bytes():
            return io.BytesIO(source)
        case str() if "://" in source:
            return cast(BinaryIO, stack.enter_context(far.opened(source)))
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


def _size(file: Readable) -> int | None:
    if isinstance(file, _Rejoined):
        return None
    seekable = cast(BinaryIO, file)
    here = seekable.tell()
    size = seekable.seek(0, os.SEEK_END)
    seekable.seek(here)
    return size


class _Rejoined:
    """A pipe whose first bytes were read ahead. `taken` counts the bytes that were read."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self.head = self._head = head
        self._rest = rest
        self.taken = 0

    def read(self, size: int = -1, /) -> bytes:
        end = len(self._head) if size < 0 else size
        piece, self._head = self._head[:end], self._head[end:]
        if size < 0 or not piece:
            piece += self._rest.read(size)
        self.taken += len(piece)
        return piece


class Sought:
    """A file as FFmpeg is to seek in it: where no file can be is told by a number, as in C, not by an exception.

    What looks for an index at a file's end, as NUT does, takes what stands there for its place.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.tell, self._seek = file.read, file.tell, file.seek

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of the file; negative where that cannot be."""
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -errno.EINVAL


def _chunks(file: Readable) -> Iterator[Packet]:
    position = 0
    while chunk := file.read(CHUNK_BYTES):
        yield Packet(chunk, None, None, position)
        position += len(chunk)


def _open_container(source: Input, file: Readable, stack: ExitStack, track: int | None) -> Stream:
    path = name_of(source)
    container = stack.enter_context(_container(file, path))
    if (stream := chosen(container, track)) is None:
        raise UnsupportedError(lacking(container, track), path=path)
    codec = codecs.named(stream.codec_context.name) if stream.codec_context else "unknown"
    if codec not in CODECS:
        raise UnsupportedError(
            f"its video is {codec}, in {_form(container)}; only {', '.join(CODECS)} are read", path=path
        )
    time_base = stream.time_base
    return Stream(
        codec,
        stream.codec_context.extradata or b"",
        (time_base.numerator, time_base.denominator) if time_base else (1, 1),
        _each_once(container, stream, file, path, stack),
        described(container, stream),
        samples=samples_of(stream),
        is_bare=container.format.name in BARE.split(","),
    )


def _container(file: Readable, path: str, options: Options = MappingProxyType({})) -> av.container.InputContainer:
    """A file as PyAV opens it.

    Raises:
        MalformedError: it cannot be opened.
        OSError, MemoryError: it cannot be read.
    """
    seekable = hasattr(file, "seek")
    options = {**OPTIONS, **options, "codec_whitelist": DECODERS}
    if isinstance(file, _Rejoined):  # a pipe: begin before much of it has come
        options |= {"probesize": "200000", "analyzeduration": "0"}
        if file.head.startswith(PACK):  # what is not told is reckoned before it is known how pictures are reordered
            options |= {"fflags": "nofillin"}
    try:
        container: av.container.InputContainer = av.open(
            cast(Any, Sought(cast(BinaryIO, file)) if seekable else file),
            options=options,
            buffer_size=BUFFER_BYTES if seekable else 4096,
            **TAGS,
        )
        return container
    except Exception as error:
        if _is_of_reading(error):
            raise
        if (other := _other_video(file)) is not None:
            raise UnsupportedError(f"its video is {other}; neither is read", path=path) from error
        raise MalformedError(_no_video(error), path=path) from error


def _other_video(file: Readable, known: Set[str] = frozenset()) -> str | None:
    """Codec and container of a video that FFmpeg knows and that is not read; None where it knows none but `known`."""
    if not hasattr(file, "seek"):
        return None
    cast(BinaryIO, file).seek(0)
    others = (form for form in av.formats_available if form not in FOREIGN and known.isdisjoint(form.split(",")))
    forms = (form for form in others if av.ContainerFormat(form).is_input)
    options = {"format_whitelist": ",".join(sorted(forms)), "protocol_whitelist": "none", "codec_whitelist": "none"}
    with suppress(Exception), av.open(cast(Any, file), options=options, **TAGS) as container:
        if (stream := chosen(container, None)) is not None and stream.codec_context:
            return f"{stream.codec_context.name}, in {_form(container)}"
    return None


def _form(container: av.container.InputContainer) -> str:
    return container.format.long_name or container.format.name


class _Sample(NamedTuple):
    """Where a sample of an MP4 file is, and when it is decoded."""

    position: int
    dts: int
    is_discarded: bool


def _samples(stream: av.VideoStream) -> list[_Sample]:
    """The samples of an MP4 file as FFmpeg gives them, those of an edit list; none of other containers."""
    if not _is_mp4(stream):
        return []
    # One without bytes shows what is shown on, and has the position of the next.
    return [_Sample(entry.pos, entry.timestamp, entry.is_discard) for entry in stream.index_entries if entry.size]


def _is_mp4(stream: av.VideoStream) -> bool:
    return stream.container.format.name.startswith("mov")


def _comes_twice(samples: list[_Sample]) -> bool:
    return len({sample.position for sample in samples}) < len(samples)


def _is_misdescribed(stream: av.VideoStream, file: BinaryIO, path: str) -> bool:
    """Whether FFmpeg gives samples of an MP4 file with the parameter sets of others.

    Where these change is told by a sample's number, and FFmpeg counts only what an edit list leaves, or repeats.

    Raises:
        UnsupportedError: it leaves out samples, as their description has another format than the first.
    """
    if not _is_mp4(stream):
        return False
    formats, count = mp4.listed(file, stream.id)
    lacks_some = len(stream.index_entries) < count
    if len({*formats}) > 1 and (lacks_some or not count):
        told = " and ".join(dict.fromkeys(formats))
        raise UnsupportedError(f"its samples are described as {told}; those of one format alone can be read", path=path)
    return len(formats) > 1 and (lacks_some or _comes_twice(_samples(stream)))


def _each_once(
    container: av.container.InputContainer, stream: av.VideoStream, file: Readable, path: str, stack: ExitStack
) -> Iterator[Packet]:
    """The packets of a stream, none of them twice: edit lists make FFmpeg give samples once an edit.

    Such a file is read anew, as if it had no edit list, in the order in which its samples stand there. So is one whose
    edit list has FFmpeg give samples with the parameter sets of others.
    """
    head = io.BytesIO(file.head) if isinstance(file, _Rejoined) else cast(BinaryIO, file)
    is_misdescribed = _is_misdescribed(stream, head, path)
    played, index = _samples(stream), stream.index
    if not is_misdescribed and not _comes_twice(played):
        yield from _packets(container, stream, file, path)
        return
    if not hasattr(file, "seek"):
        raise UnsupportedError("a pipe cannot give the samples that its edit list plays", path=path)
    container.close()

    def anew(options: Options) -> tuple[av.container.InputContainer, av.VideoStream]:
        cast(BinaryIO, file).seek(0)
        container = stack.enter_context(_container(file, path, options))
        return container, cast(av.VideoStream, container.streams[index])

    container, stream = anew({"ignore_editlist": "1"})
    stored = _samples(stream)
    if not _comes_twice(stored):
        yield from _by_position(_packets(container, stream, file, path), played)
    elif [sample.position for sample in stored] == [sample.position for sample in played]:  # some share their bytes
        container.close()
        yield from _packets(*anew({}), file, path)
    else:
        raise UnsupportedError("its edit list leaves out or repeats samples that share their bytes", path=path)


def _by_position(packets: Iterator[Packet], played: list[_Sample]) -> Iterator[Packet]:
    """Stored packets at the times at which they are played, the first at which they are shown; none but these."""
    samples: dict[int, _Sample] = {}
    for sample in played:
        known = samples.get(sample.position)
        if known is None or (known.is_discarded and not sample.is_discarded):
            samples[sample.position] = sample
    extradata = None
    for packet in packets:
        extradata = packet.extradata or extradata
        if (known := samples.get(packet.position)) is None:  # no edit needs it
            continue
        delay = None if packet.pts is None or packet.dts is None else packet.pts - packet.dts
        pts = None if delay is None else known.dts + delay
        yield packet._replace(pts=pts, dts=known.dts, is_discarded=known.is_discarded, extradata=extradata)
        extradata = None


def _packets(
    container: av.container.InputContainer, stream: av.VideoStream, file: Readable, path: str
) -> Iterator[Packet]:
    position = 0
    read_alone(container, stream)
    try:
        for packet in packets_of(container, stream):
            beside = {data.data_type: bytes(data) for data in packet.iter_sidedata()}
            if ENCRYPTION in beside:
                raise UnsupportedError("its video is encrypted", path=path)
            position = packet.pos if packet.pos is not None and packet.pos >= 0 else position
            extradata = beside.get(NEW_EXTRADATA)
            yield Packet(bytes(packet), packet.pts, packet.dts, position, extradata, packet.is_discard)
            position += packet.size
        if lost := behind_end(stream, file.taken if isinstance(file, _Rejoined) else container.size):
            raise EOFError(f"the file ends before {lost} of its samples")
    except UnsupportedError:
        raise
    except Exception as error:  # whatever PyAV raises of a container that is damaged
        if _is_of_reading(error):
            raise
        raise MalformedError(f"the container breaks off ({_reason(error)})", path=path, byte=position) from error


def packets_of(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[Any]:
    """The packets of a stream, as PyAV gives them, but for the empty ones that are its sign of the end.

    Raises:
        EOFError: the stream may go on in another.
    """
    try:
        yield from (packet for packet in container.demux(stream) if packet.size)
    except IndexError as error:  # PyAV looks for the packet's track among those that there were at opening
        raise EOFError("a track begins that was not there when it was opened") from error


def behind_end(stream: av.VideoStream, size: int) -> int:
    """How many samples an MP4 file lists that begin behind its end, `size`: FFmpeg takes it for that of the samples."""
    return sum(entry.pos >= size and entry.size > 0 for entry in stream.index_entries) if _is_mp4(stream) else 0


def _is_of_reading(error: Exception) -> bool:
    """Whether this machine fails, not the file: what its `read` raises, PyAV hands on; its own are of another kind."""
    return isinstance(error, OSError | MemoryError) and not isinstance(error, av.error.FFmpegError)


def _no_video(error: Exception) -> str:
    return f"not a video that can be opened ({_reason(error)})"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
