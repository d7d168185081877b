"""Pictures that are a grid of tiles, each coded by itself, in a HEIF file (ISO/IEC 23008-12)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

TILE, GRID = 0x81, 0x03
"""Associations of properties (ISO/IEC 14496-12, 8.11.14): the first, tiles' sizes; the third, the whole picture's."""
CONFIGURATION = 0x82
"""The second property, without which a tile cannot be decoded."""


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, version: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *parts)


def grid_image(
    brand: bytes,
    codec: bytes,
    configuration: bytes,
    tiles: Sequence[bytes],
    side: int,
    rows: int,
    size: tuple[int, int],
) -> bytes:
    """A file of a picture of that size, of tiles of `side` by `side` samples, row by row.

    `codec` is what items are called (`av01`, `hvc1`), `configuration` the box that says how they are coded.
    """
    grid = len(tiles) + 1
    layout = struct.pack(">BBBBHH", 0, 0, rows - 1, len(tiles) // rows - 1, *size)
    numbers = [struct.pack(">H", number) for number in range(1, grid)]
    head = box(b"ftyp", brand, bytes(4), b"mif1", brand)

    def described(at: int) -> bytes:
        items, places = [], []
        for number, data in enumerate((*tiles, layout), 1):
            kind = b"grid" if number == grid else codec
            items.append(full_box(b"infe", 2, struct.pack(">HH", number, 0), kind, b"\0"))
            places.append(struct.pack(">HHHHII", number, 0, 0, 1, at, len(data)))
            at += len(data)
        shape = [full_box(b"ispe", 0, struct.pack(">II", *one)) for one in ((side, side), size)]
        of_tiles = [number + bytes((2, TILE, CONFIGURATION)) for number in numbers]
        of_all = [*of_tiles, struct.pack(">HBB", grid, 1, GRID)]
        return full_box(
            b"meta",
            0,
            full_box(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
            full_box(b"pitm", 0, struct.pack(">H", grid)),
            full_box(b"iloc", 1, struct.pack(">HH", 0x4400, grid), *places),
            full_box(b"iinf", 0, struct.pack(">H", grid), *items),
            full_box(b"iref", 0, box(b"dimg", struct.pack(">HH", grid, len(tiles)), *numbers)),
            box(
                b"iprp",
                box(b"ipco", shape[0], configuration, shape[1]),
                full_box(b"ipma", 0, struct.pack(">I", grid), *of_all),
            ),
        )

    begin = len(head) + len(described(0)) + 8
    return head + described(begin) + box(b"mdat", *tiles, layout)
