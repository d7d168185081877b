"""Headers of a stream, element by element, by the standards' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from codecorpus import _native
from codecorpus.demux import Input, Packet, Stream, name_of, open_stream
from codecorpus.errors import StreamError, UnsupportedError

Elements = dict[str, int | list[int] | str]
"""By name, in the order of the bitstream; what a loop repeats is a list. Bytes that are no numbers are text: as they
are where they are printable ASCII, else as hexadecimal digits."""

_BYTES: Final = frozenset(
    {
        "ff_byte",
        "itu_t_t35_payload_byte",
        "itu_t_t35_payload_bytes",
        "picture_md5",
        "sei_payload",
        "slice_segment_header_extension_data_byte",
        "user_data",
        "user_data_payload_byte",
        "uuid_iso_iec_11578",
        "vps_extension",
        "vps_non_vui_extension_data_byte",
    }
)
"""Elements that are bytes."""

CONFIGURATION: Final = -1
"""Stands for what the container holds beside the packets."""


@dataclass(frozen=True)
class Header:
    """One syntax structure.

    Attributes:
        packet: the packet that it is in, from 0; `CONFIGURATION` for what the container holds beside them.
        pts: of the packet, in the stream's time base; None if the container has none.
        structure: its name in the standard.
        elements: its syntax elements. Marker bits and what is coded arithmetically are left out.
        error: why it is not read to its end, where no picture depends on what follows; None where it is.
    """

    packet: int
    pts: int | None
    structure: str
    elements: Elements
    error: str | None = None


def headers(
    source: Input, *, codec: str | None = None, on_damage: Callable[[StreamError], None] | None = None
) -> Iterator[Header]:
    """Parameter sets, SEI messages and metadata, headers of sequences, pictures and slices, in the order of the stream.

    What the container holds beside the packets comes before the first one. A picture parameter set of H.264 whose
    sequence parameter set has not come yet, which says how to read it, comes where it is first used.

    Args:
        source: a path or URI, bytes, or a binary file object.
        codec: of `codecorpus.codecs.CODECS`, for a raw stream that does not tell.
        on_damage: is told what is damaged; reading goes on behind it.

    Raises:
        StreamError: the stream is damaged, unless `on_damage` is told of it; the headers before come first. Or there is
            no stream in it that is read.
        OSError: the file cannot be read.
    """
    try:
        with open_stream(source, codec) as stream:
            yield from _of(stream, on_damage)
    except StreamError as error:
        error.path = error.path or name_of(source)
        raise


def _of(stream: Stream, on_damage: Callable[[StreamError], None] | None) -> Iterator[Header]:
    readers: list[_native.StreamReader] = []

    def begin() -> None:
        skip = on_damage is not None
        reader = _native.StreamReader(stream.codec, tables=["frames"], extradata=stream.extradata, skip=skip)
        readers.append(reader)

    def push(packet: Packet) -> None:
        if packet.extradata is not None:
            readers[0].configure(packet.extradata)
        start = 0
        while start < len(packet.data):
            start = readers[0].push(packet.data, packet.pts, packet.dts, packet.position, start=start)
            take()

    def take() -> None:
        while readers[0].take() is not None:
            pass
        if on_damage is not None:
            for error in readers[0].take_errors():
                on_damage(error)

    first, packets = _ahead(stream.packets)
    if stream.is_bare or (first and stream.extradata and _is_made(stream.extradata, first.data)):
        begin()
    else:
        yield from _noted(begin, CONFIGURATION, None)
    index = CONFIGURATION
    try:
        for index, packet in enumerate(packets):
            yield from _noted(partial(push, packet), index, packet.pts)
    except UnsupportedError:
        raise
    except StreamError as error:
        if on_damage is None:
            raise
        on_damage(error)  # the container breaks off
    yield from _noted(readers[0].finish, index, None)
    take()


def _ahead(packets: Iterator[Packet]) -> tuple[Packet | None, Iterator[Packet]]:
    """The first packet, and all of them; what keeps it from being read is raised where it would come."""
    try:
        first = next(packets, None)
    except StreamError as error:
        return None, _raising(error)
    return first, packets if first is None else chain([first], packets)


def _raising(error: StreamError) -> Iterator[Packet]:
    yield from ()
    raise error


def _is_made(extradata: bytes, packet: bytes) -> bool:
    """Whether all units of extradata are in a packet: FFmpeg makes them of it where a container has none."""
    return all(unit.strip(b"\0") in packet for unit in extradata.split(b"\0\0\1"))


def _noted(read: Callable[[], None], packet: int, pts: int | None) -> Iterator[Header]:
    """What is noted while this thread reads, then the error that it met: a generator may go on in another thread."""
    error: StreamError | None = None
    _native.record_syntax(True)
    try:
        read()
    except StreamError as met:
        error = met
    finally:
        noted = _native.take_syntax()
        _native.record_syntax(False)
    for structure, elements, unread in noted:
        if elements:
            yield Header(packet, pts, structure, _gathered(elements), unread)
    if error is not None:
        raise error


def _gathered(elements: list[tuple[str, int]]) -> Elements:
    values: dict[str, list[int]] = {}
    for name, value in elements:
        if name != "marker_bit":
            values.setdefault(name, []).append(value)
    return {name: _told(name, found) for name, found in values.items()}


def _told(name: str, values: list[int]) -> int | list[int] | str:
    if name in _BYTES:
        data = bytes(values)
        text = data.rstrip(b"\0")
        return text.decode() if text and text.isascii() and text.decode().isprintable() else data.hex()
    return values[0] if len(values) == 1 else values
