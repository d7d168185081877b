"""Edit lists (ISO/IEC 14496-12, 8.6.6) put into MP4 files of one track whose moov box is the last."""

from __future__ import annotations

import struct
from collections.abc import Iterable

CONTAINERS = (b"moov", b"trak", b"mdia")


def with_edits(file: bytes, edits: Iterable[tuple[int, int]]) -> bytes:
    """The file with other edits: duration, in units of the movie's time scale, and media time, in the track's."""
    entries = list(edits)
    elst = struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">IiI", *edit, 1 << 16) for edit in entries)
    edts = _box(b"edts", _box(b"elst", elst))
    return b"".join(_edited(kind, body, edts) for kind, body in _boxes(file))


def time_scales(file: bytes) -> tuple[int, int]:
    """Units a second of the movie and of the track."""
    return tuple(
        struct.unpack(">I", file[at : at + 4])[0] for at in (file.index(b"mvhd") + 16, file.index(b"mdhd") + 16)
    )


def _edited(kind: bytes, body: bytes, edts: bytes) -> bytes:
    if kind not in CONTAINERS:
        return _box(kind, body)
    own = b"".join(_edited(*one, edts) for one in _boxes(body) if one[0] != b"edts")
    return _box(kind, (edts + own) if kind == b"trak" else own)


def _boxes(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        yield kind, data[8:size]
        data = data[size:]


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
