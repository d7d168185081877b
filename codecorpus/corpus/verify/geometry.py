"""Whether the blocks of pictures tile them: no gap, no overlap."""

from __future__ import annotations

import numpy as np

from codecorpus.codecs import CODECS
from codecorpus.corpus.numbers import Bools, Ints

CELLS_AT_ONCE = 1 << 22


def not_tiled(
    codec: str, picture: Ints, blocks: dict[str, Ints], sizes: Ints, field_pictures: Bools
) -> list[tuple[int, str]]:
    """The pictures whose blocks leave a gap, overlap or lie outside, and what is wrong with each.

    Args:
        codec: of `codecorpus.codecs.CODECS`.
        picture: of each block, the index of its picture in `sizes`; it does not fall.
        blocks: columns x, y, w, h and field of **blocks**.
        sizes: width and height of each picture, [pictures, 2].
        field_pictures: which pictures' fields are coded one after the other.
    """
    unit, multiple = CODECS[codec].smallest_block, CODECS[codec].covered_multiple
    wrong: list[tuple[int, str]] = []
    begin = 0
    while begin < len(sizes):
        width, height = (-(-int(side) // multiple) * multiple // unit for side in sizes[begin])
        same = np.flatnonzero((sizes[begin:] != sizes[begin]).any(axis=1))
        most = max(1, CELLS_AT_ONCE // ((width + 1) * (height + 1)))
        count = min(int(same[0]) if same.size else len(sizes) - begin, most)
        first, last = np.searchsorted(picture, [begin, begin + count])
        part = {name: column[first:last] for name, column in blocks.items()}
        fields = field_pictures[begin : begin + count]
        covered, outside = _covered(part, picture[first:last] - begin, fields, width, height, unit)
        wrong += [(begin + at, reason) for at, reason in _wrong(covered, outside, unit, fields)]
        begin += count
    return wrong


def _covered(
    blocks: dict[str, Ints], picture: Ints, fields: Bools, width: int, height: int, unit: int
) -> tuple[Ints, dict[int, tuple[int, int]]]:
    """How often each cell of each picture is covered, [pictures, rows, columns]; blocks outside, by picture."""
    x0, y0, w, h = (blocks[name] // unit for name in ("x", "y", "w", "h"))
    # The second field stands below the first.
    y0 = np.where(fields[picture] & (blocks["field"] == 2), y0 + height // 2, y0)
    count = len(fields)
    inside = (x0 < width) & (y0 < height)
    outside = {int(picture[at]): (int(blocks["x"][at]), int(blocks["y"][at])) for at in np.flatnonzero(~inside)[::-1]}
    x0, y0, w, h, row = (values[inside] for values in (x0, y0, w, h, picture * (height + 1)))
    x1, y1 = np.minimum(x0 + w, width), np.minimum(y0 + h, height)
    size = count * (height + 1) * (width + 1)

    def corners(y: Ints, x: Ints) -> Ints:
        return np.bincount((row + y) * (width + 1) + x, minlength=size)

    steps = corners(y0, x0) + corners(y1, x1) - corners(y0, x1) - corners(y1, x0)
    covered: Ints = steps.reshape(count, height + 1, width + 1).cumsum(axis=1).cumsum(axis=2)[:, :height, :width]
    return covered, outside


def _wrong(covered: Ints, outside: dict[int, tuple[int, int]], unit: int, fields: Bools) -> list[tuple[int, str]]:
    wrong = [(at, f"the block at {place} lies outside") for at, place in outside.items()]
    for at in np.flatnonzero((covered != 1).any(axis=(1, 2))):
        covering = covered[at]
        if int(at) in outside:
            continue
        if fields[at] and any((part == 1).all() and not rest.any() for part, rest in _halves(covering)):
            continue  # a field whose other one is lost
        y, x = (int(side) for side in np.argwhere(covering != 1)[0])
        what = "no block covers" if covering[y, x] == 0 else f"{covering[y, x]} blocks cover"
        wrong.append((int(at), f"{what} the {unit} x {unit} samples at ({x * unit}, {y * unit})"))
    return wrong


def _halves(covered: Ints) -> list[tuple[Ints, Ints]]:
    upper, lower = np.split(covered, 2)
    return [(upper, lower), (lower, upper)]
