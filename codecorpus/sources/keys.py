"""Where decoding can begin, as bitstreams tell it: containers call keys what is none, and open GOPs need more.

What a codec's packets do not tell here is taken from the container.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from av.bitstream import BitStreamFilterContext

from codecorpus.errors import guarded
from codecorpus.sources.units import START, h264_units, is_whole, length_size, units

X264: Final = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
"""What x264's own SEI message begins with: decoders read old streams of it by its version."""

PICTURE: Final = b"\x00\x00\x01\x00"
SEQUENCE: Final = b"\x00\x00\x01\xb3"
VOP: Final = b"\x00\x00\x01\xb6"


class Entry(NamedTuple):
    """A picture that decoding can begin at: all that is shown from it on is right.

    `knows_leading` says whether the packets that follow tell if they are leading pictures: those are shown before it,
    and cannot be decoded without what came before.
    """

    knows_leading: bool = True


def keys_of(stream: Any) -> Keys:
    """What looks at the packets of a stream that PyAV opened."""
    context = stream.codec_context
    codec = context.codec
    return Keys(codec.canonical_name, context.extradata or b"", codec.intra_only, codec.reorder)


def coded(container: Any, stream: Any, name: str) -> Iterator[Any]:
    """The packets of a stream, a picture each, errors named by `name`."""
    packets = (packet for packet in guarded(container.demux(stream), name) if packet.size)
    if stream.codec_context.codec.canonical_name != "mpeg4":
        return packets
    unpacked = BitStreamFilterContext("mpeg4_unpack_bframes", stream)
    groups = (unpacked.filter(packet) for packet in itertools.chain(packets, [None]))
    return itertools.chain.from_iterable(guarded(groups, name))


@dataclass
class Keys:
    """Looks at the packets of one stream, in coded order.

    `extradata` are the container's, `is_intra` says that every picture of the codec is coded by itself, and
    `reorders` that pictures may be coded before those that they are shown after.
    """

    codec: str
    extradata: bytes
    is_intra: bool
    reorders: bool
    _sets: set[tuple[bytes, ...]] = field(default_factory=set)

    def entry(self, data: bytes, is_key: bool) -> Entry | None:
        """Whether decoding can begin at a packet that the container calls a key, or not."""
        if self.is_intra:
            return Entry()
        if not is_key:
            return None
        look = ENTRIES.get(self.codec)
        found = look(data, self.extradata) if look else Entry(knows_leading=not self.reorders)
        return found if found and self._has_sets(data) else None

    def _has_sets(self, data: bytes) -> bool:
        """Whether a picture's parameter sets come with it, or with the container and never changed."""
        look = SETS.get(self.codec)
        if look is None or not (sets := look(data, self.extradata)):
            return bool(self.extradata or look is None) and len(self._sets) < 2
        self._sets.add(sets)
        return True

    def is_leading(self, data: bytes) -> bool:
        """Whether a packet that follows an entry may be shown before it."""
        look = LEADING.get(self.codec)
        return look is not None and look(data, self.extradata)

    def is_hidden(self, data: bytes) -> bool:
        """Whether a packet shows no picture."""
        look = HIDDEN.get(self.codec)
        return look is not None and look(data, self.extradata)

    def is_whole(self, data: bytes) -> bool:
        """Whether a packet's lengths add up; else decoders show nothing of it."""
        return is_whole(data, self._length_size)

    def lacks_picture(self, data: bytes) -> bool:
        """Whether a packet holds no picture at all: messages or parameter sets alone."""
        look = LACKING.get(self.codec)
        return look is not None and look(data, self.extradata)

    @property
    def _length_size(self) -> int:
        return length_size(self.extradata, {"h264": 4, "hevc": 21}.get(self.codec, len(self.extradata)))

    def in_band(self, extradata: bytes) -> bytes:
        """Parameter sets of new extradata, as they stand before a picture."""
        size = self._length_size
        if not size:
            return extradata
        sets = _avcc_sets(extradata) if self.codec == "h264" else _hvcc_sets(extradata)
        return b"".join(len(unit).to_bytes(size, "big") + unit for unit in sets)

    def carried(self, first: bytes) -> bytes:
        """What only the first packet of a stream has, and every later one is decoded by."""
        if self.codec == "h264":
            size = length_size(self.extradata, 4)
            told = [unit for unit in h264_units(first, self.extradata) if unit[0] & 31 == 6 and X264 in unit[:32]]
            return b"".join(len(unit).to_bytes(size, "big") + unit if size else START + unit for unit in told)
        if self.codec == "mpeg4":
            return first[: max(first.find(VOP), 0)]
        return b""


def _h264(data: bytes, extradata: bytes) -> Entry | None:
    """An IDR picture, or a recovery point of exact match (H.264, D.2.8)."""
    found = None
    for unit in h264_units(data, extradata):
        kind = unit[0] & 31
        if kind == 6:
            found = found or _recovery_point(unit[1:])
        elif kind in {1, 5}:
            return Entry() if kind == 5 else found
    return None


def _h264_lacks_picture(data: bytes, extradata: bytes) -> bool:
    return all(unit[0] & 31 not in {1, 2, 5} for unit in h264_units(data, extradata))


def _h264_sets(data: bytes, extradata: bytes) -> tuple[bytes, ...]:
    return tuple(unit for unit in h264_units(data, extradata) if unit[0] & 31 in {7, 8})


def _recovery_point(sei: bytes) -> Entry | None:
    """A recovery point SEI message of recovery_frame_cnt 0 and exact_match_flag 1.

    What is refreshed over more frames is not: pictures of x264's differ after them.
    """
    payload = sei.replace(b"\x00\x00\x03", b"\x00\x00")
    at = 0
    while at + 2 < len(payload):
        values = []
        for _ in range(2):
            value = 0
            while at < len(payload) and payload[at] == 255:
                value, at = value + 255, at + 1
            value, at = value + (payload[at] if at < len(payload) else 0), at + 1
            values.append(value)
        kind, size = values
        if kind == 6:
            bits = "".join(f"{byte:08b}" for byte in payload[at : at + size])
            return Entry(knows_leading=False) if bits.startswith("11") else None  # ue(v) of 0, and the flag
        at += size
    return None


def _avcc_sets(extradata: bytes) -> Iterator[bytes]:
    """The parameter sets of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1)."""
    at = 5
    for mask in (31, 255):
        count = extradata[at] & mask if at < len(extradata) else 0
        units, at = _sized(extradata, at + 1, count)
        yield from units


def _hvcc_sets(extradata: bytes) -> Iterator[bytes]:
    """The parameter sets of an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1)."""
    at = 23
    for _ in range(extradata[22] if len(extradata) > 22 else 0):
        units, at = _sized(extradata, at + 3, int.from_bytes(extradata[at + 1 : at + 3], "big"))
        yield from units


def _sized(extradata: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """So many units behind lengths of two bytes, and where they end."""
    units = []
    for _ in range(count):
        length = int.from_bytes(extradata[at : at + 2], "big")
        units.append(extradata[at + 2 : at + 2 + length])
        at += 2 + length
    return units, at


def _hevc_kinds(data: bytes, extradata: bytes) -> Iterator[int]:
    return (unit[0] >> 1 & 63 for unit in units(data, length_size(extradata, 21)))


def _hevc(data: bytes, extradata: bytes) -> Entry | None:
    """A picture with random access (HEVC, 7.4.2.2)."""
    kind = next((kind for kind in _hevc_kinds(data, extradata) if kind < 32), 0)
    return Entry() if 16 <= kind <= 21 else None


def _hevc_lacks_picture(data: bytes, extradata: bytes) -> bool:
    return all(kind >= 32 for kind in _hevc_kinds(data, extradata))


def _hevc_sets(data: bytes, extradata: bytes) -> tuple[bytes, ...]:
    every = units(data, length_size(extradata, 21))
    return tuple(unit for unit in every if unit[0] >> 1 & 63 in {32, 33, 34})


def _hevc_leading(data: bytes, extradata: bytes) -> bool:
    return next((kind for kind in _hevc_kinds(data, extradata) if kind < 32), 0) in {6, 7, 8, 9}


def _av1(data: bytes, extradata: bytes) -> Entry | None:
    """A key frame that is shown at once (AV1, 5.9.2), with its sequence header."""
    at, has_sequence = 0, bool(extradata)
    while at < len(data):
        kind, extended, sized = data[at] >> 3 & 15, data[at] & 4, data[at] & 2
        at += 2 if extended else 1
        size, shift = (0 if sized else len(data) - at), 0
        while sized and at < len(data):
            size |= (data[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 128:
                break
        has_sequence |= kind == 1
        if kind in {3, 6} and at < len(data):
            return Entry() if has_sequence and data[at] & 0xF0 == 0x10 else None
        at += size
    return None


def _mpeg2(data: bytes, extradata: bytes) -> Entry | None:
    """An I picture behind a sequence header (H.262, 6.3.9)."""
    if _mpeg2_type(data) != 1 or (SEQUENCE not in data and SEQUENCE not in extradata):
        return None
    return Entry()


def _mpeg2_type(data: bytes) -> int:
    at = data.find(PICTURE)
    return data[at + 5] >> 3 & 7 if 0 <= at < len(data) - 5 else 0


def _mpeg4(data: bytes, extradata: bytes) -> Entry | None:
    """An intra-coded VOP (ISO/IEC 14496-2, 6.3.5). Where a packet has two, the order of what follows is not known."""
    types = [data[found.end()] >> 6 for found in re.finditer(VOP, data) if found.end() < len(data)]
    if not types or types[0] != 0:
        return None
    return Entry(knows_leading=len(types) == 1)


def _mpeg4_leading(data: bytes, extradata: bytes) -> bool:
    at = data.find(VOP)
    return 0 <= at < len(data) - 4 and data[at + 4] >> 6 == 2


def _vp8(data: bytes, extradata: bytes) -> Entry | None:
    return Entry() if data and not data[0] & 1 else None


def _vp8_hidden(data: bytes, extradata: bytes) -> bool:
    """Whether show_frame is 0 (RFC 6386, 9.1)."""
    return bool(data) and not data[0] & 0x10


def _vp9_bits(data: bytes) -> str:
    """What follows the profile in an uncompressed header: show_existing_frame, frame_type, show_frame."""
    bits = "".join(f"{byte:08b}" for byte in data[:2])
    return bits[5:] if bits[2:4] == "11" else bits[4:]


def _vp9(data: bytes, extradata: bytes) -> Entry | None:
    return Entry() if _vp9_bits(data)[:2] == "00" else None


def _vp9_hidden(data: bytes, extradata: bytes) -> bool:
    """Whether a frame that stands alone, in no superframe, has show_frame 0."""
    is_alone = bool(data) and data[-1] & 0xE0 != 0xC0
    return is_alone and _vp9_bits(data)[:1] == "0" and _vp9_bits(data)[2:3] == "0"


Look = Callable[[bytes, bytes], Entry | None]

ENTRIES: Final[dict[str, Look]] = {
    "h264": _h264,
    "hevc": _hevc,
    "av1": _av1,
    "mpeg1video": _mpeg2,
    "mpeg2video": _mpeg2,
    "mpeg4": _mpeg4,
    "vp8": _vp8,
    "vp9": _vp9,
}

SETS: Final[dict[str, Callable[[bytes, bytes], tuple[bytes, ...]]]] = {"h264": _h264_sets, "hevc": _hevc_sets}

LEADING: Final[dict[str, Callable[[bytes, bytes], bool]]] = {
    "hevc": _hevc_leading,
    "mpeg1video": lambda data, extradata: _mpeg2_type(data) == 3,
    "mpeg2video": lambda data, extradata: _mpeg2_type(data) == 3,
    "mpeg4": _mpeg4_leading,
}

LACKING: Final[dict[str, Callable[[bytes, bytes], bool]]] = {"h264": _h264_lacks_picture, "hevc": _hevc_lacks_picture}

HIDDEN: Final[dict[str, Callable[[bytes, bytes], bool]]] = {"vp8": _vp8_hidden, "vp9": _vp9_hidden} | LACKING
