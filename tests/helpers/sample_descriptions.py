"""MP4 files whose parameter sets change: several sample descriptions (ISO/IEC 14496-12, 8.5.2)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping

from helpers.grid_images import box

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")

Changes = Mapping[bytes, Callable[[bytes], bytes]]


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each box."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + size]
        at += size


def changed(data: bytes, changes: Changes) -> bytes:
    """Boxes in which some have other bodies."""
    made = []
    for kind, body in boxes(data):
        if kind in CONTAINERS:
            body = changed(body, changes)
        made.append(box(kind, changes[kind](body) if kind in changes else body))
    return b"".join(made)


def found(data: bytes, wanted: bytes) -> bytes:
    """The body of the first box of that kind."""
    for kind, body in boxes(data):
        if kind == wanted:
            return body
        if kind in CONTAINERS:
            return found(body, wanted)
    raise ValueError(f"no {wanted!r}")


def joined(first: bytes, second: bytes) -> bytes:
    """Two files of one track each as one: its samples in two chunks, each with a description of its own.

    Samples are as many in time as in the first file, so the two have equally many.
    """
    counts = [struct.unpack(">I", found(one, b"stsz")[8:12])[0] for one in (first, second)]
    assert counts[0] == counts[1]
    data = [found(one, b"mdat") for one in (first, second)]
    descriptions = found(first, b"stsd")[8:] + found(second, b"stsd")[8:]
    head = box(b"ftyp", found(first, b"ftyp"))
    begin = len(head) + 8
    sizes = found(first, b"stsz")[12:] + found(second, b"stsz")[12:]
    _, duration = struct.unpack(">II", found(first, b"stts")[8:])
    total = sum(counts)
    changes: Changes = {
        b"stsd": lambda body: struct.pack(">II", 0, 2) + descriptions,
        b"stsz": lambda body: struct.pack(">III", 0, 0, total) + sizes,
        b"stts": lambda body: struct.pack(">IIII", 0, 1, total, duration),
        b"stsc": lambda body: struct.pack(">II6I", 0, 2, 1, counts[0], 1, 2, counts[1], 2),
        b"stco": lambda body: struct.pack(">IIII", 0, 2, begin, begin + len(data[0])),
        b"edts": lambda body: b"",
    }
    moov = box(b"moov", changed(found(first, b"moov"), changes))
    return head + box(b"mdat", *data) + moov
