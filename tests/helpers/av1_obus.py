"""OBUs taken apart and put together again (AV1, 5.3 and Annex B)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

SEQUENCE_HEADER, TEMPORAL_DELIMITER, FRAME_HEADER, TILE_GROUP, FRAME, REDUNDANT_FRAME_HEADER = 1, 2, 3, 4, 6, 7
METADATA, PADDING = 5, 15


@dataclass(frozen=True)
class Obu:
    kind: int
    payload: bytes
    extension: bytes = b""

    def header(self, has_size: bool) -> bytes:
        flags = self.kind << 3 | (4 if self.extension else 0) | (2 if has_size else 0)
        return bytes([flags]) + self.extension

    def __bytes__(self) -> bytes:
        """In the low-overhead format."""
        return self.header(True) + leb128(len(self.payload)) + self.payload

    def in_layer(self, temporal_id: int = 0, spatial_id: int = 0) -> Obu:
        if self.kind in {SEQUENCE_HEADER, TEMPORAL_DELIMITER}:
            return self
        return replace(self, extension=bytes([temporal_id << 5 | spatial_id << 3]))

    def with_operating_point(self, operating_point_idc: int) -> Obu:
        """A sequence header without timing info, whose only operating point has these layers."""
        bits = int.from_bytes(self.payload, "big")
        shift = 8 * len(self.payload) - 24
        assert self.kind == SEQUENCE_HEADER
        assert bits >> (shift + 12) & 0b1_1010_1111_1 == 0, "one operating point, no timing info"
        bits = bits & ~(0xFFF << shift) | operating_point_idc << shift
        return replace(self, payload=bits.to_bytes(len(self.payload), "big"))


def leb128(value: int, length: int = 1) -> bytes:
    """Of at least so many bytes."""
    out = bytearray()
    while value or len(out) < length:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out[-1] &= 0x7F
    return bytes(out)


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """A value and its length in bytes."""
    value = length = 0
    while True:
        value |= (data[at + length] & 0x7F) << (7 * length)
        length += 1
        if not data[at + length - 1] & 0x80:
            return value, length


def split(raw: bytes) -> Iterator[Obu]:
    """The OBUs of a low-overhead stream."""
    at = 0
    while at < len(raw):
        extension = raw[at + 1 : at + 2] if raw[at] & 4 else b""
        size, length = read_leb128(raw, at + 1 + len(extension))
        start = at + 1 + len(extension) + length
        yield Obu(raw[at] >> 3 & 15, raw[start : start + size], extension)
        at = start + size


def temporal_units(obus: Iterable[Obu]) -> list[list[Obu]]:
    units: list[list[Obu]] = []
    for obu in obus:
        if obu.kind == TEMPORAL_DELIMITER:
            units.append([])
        units[-1].append(obu)
    return units


def join(units: Iterable[Iterable[Obu]]) -> bytes:
    """A low-overhead stream."""
    return b"".join(bytes(obu) for unit in units for obu in unit)


def join_length_delimited(units: Iterable[Iterable[Obu]], padded: int = 0) -> bytes:
    """A length-delimited stream: in one frame unit a temporal unit, OBUs without sizes.

    Where sizes are padded to so many bytes, OBUs have theirs too.
    """

    def sized(data: bytes) -> bytes:
        return leb128(len(data), padded or 1) + data

    def whole(obu: Obu) -> bytes:
        return obu.header(padded > 0) + (sized(obu.payload) if padded else obu.payload)

    return b"".join(sized(sized(b"".join(sized(whole(obu)) for obu in unit))) for unit in units)
