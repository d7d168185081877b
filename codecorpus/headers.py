"""Headers of a stream, element by element, by the standards' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from codecorpus import _native
from codecorpus.demux import Packet, Source, name_of, open_stream
from codecorpus.errors import StreamError

Elements = dict[str, int | list[int]]
"""By name, in the order of the bitstream; what a loop repeats, or what is not there every time, is a list."""

CONFIGURATION: Final = -1
"""Stands for what the container holds beside the packets."""


@dataclass(frozen=True)
class Header:
    """One syntax structure.

    Attributes:
        packet: the packet that it is in, from 0; `CONFIGURATION` for what the container holds beside them.
        pts: of the packet, in the stream's time base; None if the container has none.
        structure: its name in the standard.
        elements: its syntax elements, as far as they are read: those that say nothing of blocks may be left out.
    """

    packet: int
    pts: int | None
    structure: str
    elements: Elements


def headers(source: Source, *, codec: str | None = None) -> Iterator[Header]:
    """Parameter sets, and headers of sequences, pictures and slices, in the order of the stream.

    What H.264's and HEVC's extradata hold comes before the first packet. A picture parameter set of H.264 comes where
    it is first used, since a sequence parameter set says how to read it.

    Args:
        source: a path or URI, bytes, or a binary file object.
        codec: of `codecorpus.codecs.CODECS`, for a raw stream that does not tell.

    Raises:
        StreamError: the stream is damaged; the headers before come first.
        OSError: the file cannot be read.
    """
    try:
        with open_stream(source, codec) as stream:
            readers: list[_native.StreamReader] = []

            def begin() -> None:
                readers.append(_native.StreamReader(stream.codec, tables=["frames"], extradata=stream.extradata))

            def push(packet: Packet) -> None:
                if packet.extradata is not None:
                    readers[0].configure(packet.extradata)
                start = 0
                while start < len(packet.data):
                    start = readers[0].push(packet.data, packet.pts, packet.dts, packet.position, start=start)
                    while readers[0].take() is not None:
                        pass

            yield from _noted(begin, CONFIGURATION, None)
            index = CONFIGURATION
            for index, packet in enumerate(stream.packets):
                yield from _noted(partial(push, packet), index, packet.pts)
            yield from _noted(readers[0].finish, index, None)
    except StreamError as error:
        error.path = error.path or name_of(source)
        raise


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
    for structure, elements in noted:
        if elements:
            yield Header(packet, pts, structure, _gathered(elements))
    if error is not None:
        raise error


def _gathered(elements: list[tuple[str, int]]) -> Elements:
    found: Elements = {}
    for name, value in elements:
        known = found.get(name)
        if known is None:
            found[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            found[name] = [known, value]
    return found
