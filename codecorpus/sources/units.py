"""NAL units of packets, as containers delimit them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

CODE: Final = b"\x00\x00\x01"
START: Final = b"\x00" + CODE


def length_size(extradata: bytes, at: int) -> int:
    """Bytes of the lengths before NAL units (ISO/IEC 14496-15, lengthSizeMinusOne at `at`); 0 in a byte stream."""
    return (extradata[at] & 3) + 1 if len(extradata) > at and extradata[0] == 1 else 0


def units(data: bytes, size: int) -> Iterator[bytes]:
    """NAL units behind lengths of so many bytes, or behind start codes; none of them empty."""
    if not size:
        yield from _behind_start_codes(data)
        return
    at = 0
    while at + size < len(data):
        length = int.from_bytes(data[at : at + size], "big")
        if unit := data[at + size : at + size + length]:
            yield unit
        at += size + length


def is_whole(data: bytes, size: int) -> bool:
    """Whether the lengths before NAL units add up to a packet; else decoders show nothing of it."""
    at = 0
    while size and at < len(data):
        at += size + int.from_bytes(data[at : at + size], "big")
    return not size or at == len(data)


def _behind_start_codes(data: bytes) -> Iterator[bytes]:
    begin = data.find(CODE) + len(CODE)
    while begin >= len(CODE):
        end = data.find(CODE, begin)
        if unit := data[begin : end if end >= 0 else len(data)]:
            yield unit
        begin = end + len(CODE)


def h264_units(data: bytes, extradata: bytes) -> Iterator[bytes]:
    return units(data, length_size(extradata, 4))
