"""Where decoding can begin, as bitstreams tell it: containers call keys what is none, and open GOPs need more.

What a codec's packets do not tell is taken from the container.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from av import Packet
from av.bitstream import BitStreamFilterContext

from codecorpus import codecs
from codecorpus._native import Survey
from codecorpus.codecs import CODECS
from codecorpus.demux import ENCRYPTION, packets_of
from codecorpus.errors import SourceError, guarded

PLACEHOLDER: Final = 19
"""Bytes of the longest packet that FFmpeg takes for what stands in the place of a VOP of the packet before."""


class Packets(Protocol):
    """Says of the packets of one stream, in coded order, what they tell of themselves: `codecorpus._native.Survey`."""

    def entry(self, data: bytes) -> bool | None:
        """Whether decoding can begin at a packet: None, or whether those that follow tell if they are leading pictures.

        All that is shown from such a packet on is right, if what is `carried` stands before it. Leading pictures are
        shown before it, and cannot be decoded without what came before. Asked of every packet: headers hold from one
        to others.
        """

    def is_leading(self, data: bytes) -> bool:
        """Whether a packet that follows an entry may be shown before it."""

    def is_hidden(self, data: bytes) -> bool:
        """Whether a packet shows no picture."""

    def is_whole(self, data: bytes) -> bool:
        """Whether a packet's lengths add up, and it is not zeros alone; else decoders show nothing of it."""

    def lacks_picture(self, data: bytes) -> bool:
        """Whether a packet holds no picture at all: messages or parameter sets alone."""

    def fields(self, data: bytes) -> list[tuple[int, tuple[int, bool], bool]]:
        """What a packet's slices or pictures are of: see `codecorpus.sources.fields.Field`."""

    def in_band(self, extradata: bytes) -> bytes:
        """Parameter sets of new extradata, as they stand before a picture."""

    def carried(self, first: bytes, entry: bytes) -> bytes:
        """What only the first packet of a stream has, and an entry behind it is decoded by."""


@dataclass
class Keys:
    """Looks at the packets of one stream, in coded order.

    `codec` and `extradata` are the container's. `packets` tell of themselves. `is_intra` says that every picture of the
    codec is coded by itself.
    """

    codec: str
    extradata: bytes
    packets: Packets
    is_intra: bool

    def entry(self, data: bytes, is_key: bool) -> bool | None:
        """Whether decoding can begin at a packet that the container calls a key, or not: as `Packets.entry`."""
        if self.is_intra:
            return True
        entry = self.packets.entry(data)
        return entry if is_key else None


def keys_of(stream: Any, is_marked: bool = True) -> Keys:
    """What looks at the packets of a stream that PyAV opened; `is_marked` says whether the container tells keys."""
    context = stream.codec_context
    name, extradata = codecs.named(context.codec.canonical_name), context.extradata or b""
    if name in CODECS:
        packets: Packets = Survey(name, extradata)
    else:
        packets = OTHERS.get(name, Untold if is_marked else Unmarked)(context.codec.reorder)
    return Keys(name, extradata, packets, context.codec.intra_only)


def coded(container: Any, stream: Any, name: str) -> Iterator[Any]:
    """The packets of a stream, a picture each, errors named by `name`.

    Raises:
        SourceError: they cannot be read.
    """
    packets = _readable(container, stream, name)
    codec = CODECS.get(stream.codec_context.codec.canonical_name)
    if codec is None or codec.unpacker is None:
        return packets
    unpacked, told = BitStreamFilterContext(codec.unpacker, stream), keys_of(stream).packets
    filled = (_filled(packet, told) for packet in packets)
    groups = (unpacked.filter(packet) for packet in itertools.chain(filled, [None]))
    return itertools.chain.from_iterable(guarded(groups, name))


def _filled(packet: Any, told: Packets) -> Any:
    """A packet that FFmpeg's filter does not take for a placeholder, which it drops, where it is a picture: a B-VOP.

    Zero bytes before a start code are no part of any.
    """
    if packet.size > PLACEHOLDER or packet.is_discard or not told.is_leading(bytes(packet)):
        return packet
    filled = Packet(PLACEHOLDER + 1)
    filled.update(bytes(packet).rjust(PLACEHOLDER + 1, b"\0"))
    filled.pts, filled.dts, filled.is_keyframe = packet.pts, packet.dts, packet.is_keyframe
    filled.stream, filled.time_base = packet.stream, packet.time_base
    return filled


def _readable(container: Any, stream: Any, name: str) -> Iterator[Any]:
    for packet in guarded(packets_of(container, stream), name):
        if packet.has_sidedata(ENCRYPTION):
            raise SourceError(f"{name}: its video is encrypted")
        yield packet


@dataclass
class Untold:
    """Packets that tell nothing of themselves. `reorders`: pictures may be coded before those shown earlier."""

    reorders: bool

    def entry(self, data: bytes) -> bool | None:
        return not self.reorders

    def is_leading(self, data: bytes) -> bool:
        return False

    def is_hidden(self, data: bytes) -> bool:
        return False

    def is_whole(self, data: bytes) -> bool:
        return True

    def lacks_picture(self, data: bytes) -> bool:
        return False

    def fields(self, data: bytes) -> list[tuple[int, tuple[int, bool], bool]]:
        return []

    def in_band(self, extradata: bytes) -> bytes:
        return extradata

    def carried(self, first: bytes, entry: bytes) -> bytes:
        return b""


class Vp8(Untold):
    """Packets of VP8, which is cut and not read (RFC 6386, 9.1)."""

    def entry(self, data: bytes) -> bool | None:
        return True if data and not data[0] & 1 else None

    def is_hidden(self, data: bytes) -> bool:
        """Whether show_frame is 0."""
        return bool(data) and not data[0] & 0x10


class Unmarked(Untold):
    """Packets that containers call keys and that are none: H.261 has no such pictures, of QuickTime's RPZA muxers,
    FFmpeg's among them, do not tell which they are, and some containers call all packets so.
    """

    def entry(self, data: bytes) -> bool | None:
        return None


OTHERS: Final = {"vp8": Vp8, "h261": Unmarked, "rpza": Unmarked}
"""Codecs that are cut and not read, by FFmpeg's names, whose packets tell of themselves."""
