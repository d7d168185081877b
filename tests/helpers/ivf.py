"""IVF files, taken apart and put together."""

from __future__ import annotations

import struct

HEADER_BYTES = 32


def split(data: bytes) -> list[bytes]:
    """The packets of a file."""
    packets, at = [], HEADER_BYTES
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        packets.append(data[at + 12 : at + 12 + size])
        at += 12 + size
    return packets


def joined(packets: list[bytes], like: bytes) -> bytes:
    """A file of these packets, a picture each, with the header of another."""
    frames = (struct.pack("<IQ", len(packet), number) + packet for number, packet in enumerate(packets))
    return like[:HEADER_BYTES] + b"".join(frames)
