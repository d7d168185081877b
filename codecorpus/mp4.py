"""What MP4 and QuickTime files list of a track's samples and FFmpeg does not tell (ISO/IEC 14496-12)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

TABLES: Final = (b"mdia", b"minf", b"stbl")
"""The boxes of a track that its sample tables are in."""


class Listed(NamedTuple):
    """How many samples a track's tables list (8.7.3), and the formats of the descriptions that they have (8.5.2).

    Samples of movie fragments are in no such table: where all are, `formats` are those of all descriptions.
    """

    formats: tuple[str, ...] = ()
    samples: int = 0


class _Box(NamedTuple):
    """A box's kind, and where its body begins and ends (4.2)."""

    kind: bytes
    begin: int
    end: int


def listed(file: BinaryIO, track: int) -> Listed:
    """What is listed of the track with that identifier, nothing where there is none; the file is left where it was."""
    here = file.tell()
    try:
        movie = _found(file, _Box(b"", 0, file.seek(0, os.SEEK_END)), b"moov")
        for box in _inside(file, movie):
            if box.kind == b"trak" and _identifier(file, box) == track:
                return Listed(_formats(file, box), _samples(file, box))
        return Listed()
    finally:
        file.seek(here)


def _identifier(file: BinaryIO, track: _Box) -> int:
    begin = _found(file, track, b"tkhd").begin
    return _number(file, begin + (20 if _number(file, begin) >> 24 else 12))


def _formats(file: BinaryIO, track: _Box) -> tuple[str, ...]:
    descriptions, chunks = (_found(file, track, *TABLES, kind) for kind in (b"stsd", b"stsc"))
    entries = _inside(file, descriptions._replace(begin=descriptions.begin + 8))
    size = max(chunks.end - chunks.begin - 8, 0) // 12 * 12
    used = {number for (number,) in struct.iter_unpack(">8xI", _read(file, chunks.begin + 8, size))}
    return tuple(one.kind.decode("latin-1") for number, one in enumerate(entries, 1) if number in used or not used)


def _samples(file: BinaryIO, track: _Box) -> int:
    boxes = (_found(file, track, *TABLES, kind) for kind in (b"stsz", b"stz2"))
    return max(_number(file, box.begin + 8) if box.kind else 0 for box in boxes)


def _found(file: BinaryIO, box: _Box, *kinds: bytes) -> _Box:
    """The first box of that kind in the first of the one before, and so on; an empty one without a kind for none."""
    for kind in kinds:
        box = next((one for one in _inside(file, box) if one.kind == kind), _Box(b"", 0, 0))
    return box


def _inside(file: BinaryIO, box: _Box) -> Iterator[_Box]:
    at = box.begin
    while at + 8 <= box.end:
        size, body = _number(file, at), 8
        if size == 1:
            size, body = _number(file, at + 8, 8), 16
        size = size or box.end - at
        if size < body:
            return
        yield _Box(_read(file, at + 4, 4), at + body, min(at + size, box.end))
        at += size


def _number(file: BinaryIO, at: int, size: int = 4) -> int:
    return int.from_bytes(_read(file, at, size), "big")


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
