"""Which frames can be learned from: those that are whole with all that they come from, and that can be read."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from codecorpus.corpus.numbers import Bools, Ints, integers

DAMAGE: Final = ("frame", "coded_order", "error", "complete")
"""Columns of **frames** that tell of damage."""

DEPENDENCE: Final = ("coded_order", "key", "type", "refs0", "refs1")
"""Columns that tell what pictures come from."""

SHOWN: Final = ("frame", "pts", "crop_width", "crop_height")
"""Columns that tell how frames are shown."""


def lacking(pictures: pa.Table) -> Bools:
    """Which pictures, in coded order, are damaged themselves, or refer to what is; of the columns `DAMAGE`."""
    lacks: Bools = np.asarray(pictures["error"].is_valid()) | ~np.asarray(pictures["complete"].fill_null(False))
    return lacks


def tainted(lacking: Bools, pictures: pa.Table) -> Bools:
    """Which pictures some that lack something have a part in, through whatever others; of the columns `DEPENDENCE`.

    What decoders make of damage lasts in all that refers to it. What a picture without damage lacks of its references
    it does not use. Where they are not told, as of one whose first slice alone is intra, it may refer to any since the
    last key frame.
    """
    columns = (pictures[name].to_pylist() for name in DEPENDENCE)
    broken: set[int] = set()
    since_key = False
    for lacks, order, key, kind, *lists in zip(lacking.tolist(), *columns, strict=True):
        refs = {ref for refs in lists for ref in refs or ()} - {order, None}
        since_key &= lacks or not key
        if lacks or not broken.isdisjoint(refs) or (since_key and not refs and kind != "I"):
            broken.add(order)
            since_key = True
    return np.isin(integers(pictures["coded_order"]), np.fromiter(broken, np.int64, len(broken)))


def sound(pictures: pa.Table, lacking: Bools, tainted: Bools, count: int) -> Bools:
    """Which frames are there and whole, of `count` or more.

    A picture that is never shown, and lacks something, counts to the next one that is coded and shown, or to
    the last of all.
    """
    frame = integers(pictures["frame"], -1)
    is_shown = frame >= 0
    found = np.zeros(max(count, int(frame.max(initial=-1)) + 1), np.bool_)
    found[frame[is_shown]] = True
    found[frame[is_shown & (lacking | tainted)]] = False
    if len(shown := np.flatnonzero(is_shown)):
        following = np.searchsorted(shown, np.flatnonzero(lacking & ~is_shown)).clip(max=len(shown) - 1)
        found[frame[shown[following]]] = False
    return found


def misplaced(pictures: pa.Table) -> Bools:
    """Which pictures, in coded order, are not shown later than all frames before them, or earlier than all behind them.

    All, where the first ones are among them, which tell whether a file's times can be believed; of the columns `SHOWN`.
    """
    from codecorpus.sources.scan import LOOK  # not before: tables alone need no decoders

    frame, order = _in_order(pictures)
    found = np.zeros(len(frame), np.bool_)
    times = pictures["pts"].take(pa.array(order))
    if not times.null_count:
        found[order] = ~_rises(integers(times))
        found |= found[order[:LOOK]].any()
    return found


def readable(pictures: pa.Table, misplaced: Bools, size: tuple[int | None, int | None], stretches: bool) -> Bools:
    """Of which frames of a file that is read as it is pixels can be, for all that is told; of the columns `SHOWN`.

    Of those that are not misplaced, as they are found by their times; of those of the clip's size where there are
    several sizes, and the first frame has it, which the file tells as its own. Where the codec `stretches` pictures,
    narrower ones may be of the clip's.
    """
    frame, order = _in_order(pictures)
    found = np.zeros(int(frame.max(initial=-1)) + 1, np.bool_)
    sizes: Ints = np.stack([integers(pictures[name])[order] for name in SHOWN[2:]], axis=1)
    width, height = (side or 0 for side in size)
    narrowest = width / 2 if stretches else width
    own = (narrowest <= sizes[:, 0]) & (sizes[:, 0] <= width) & (sizes[:, 1] == height)
    found[frame[order]] = ~misplaced[order] & (own & own[:1] if (sizes != sizes[:1]).any() else True)
    return found


def _in_order(pictures: pa.Table) -> tuple[Ints, Ints]:
    """The frame of each picture, -1 for none, and the places of those that are shown, as they are shown."""
    frame = integers(pictures["frame"], -1)
    return frame, np.argsort(frame, kind="stable")[np.count_nonzero(frame < 0) :]


def _rises(values: Ints) -> Bools:
    """Which values are above all before them, and below all behind them."""
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    before = np.maximum.accumulate(np.append(low, values[:-1]))
    behind = np.minimum.accumulate(np.append(values[1:], high)[::-1])[::-1]
    return (before < values) & (values < behind)
