"""Motion accumulated back to the key frame, and what it leaves: what compressed-domain video networks are fed.

As in Wu et al., "Compressed Video Action Recognition" (CVPR 2018; github.com/chaoyuaw/pytorch-coviar), which traces
every sample of a P frame back through the frames before it. Here a sample is traced through whatever its block refers
to, so that B frames, pyramids and long-term references of every codec come out too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codecorpus import maps
from codecorpus.intrinsics import Intrinsics
from codecorpus.maps import Array

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]

CELL: Final = 4
"""Prediction blocks of all codecs stand on a grid of so many luma samples."""

COLUMNS: Final = ("coded_order", "x", "y", "w", "h", "field", "ref0", "ref1", "dt0", "dt1")
VECTORS: Final = ("mv0_x", "mv0_y", "mv1_x", "mv1_y")


@dataclass(frozen=True)
class Accumulated:
    """Where each sample of some frames comes from in their key frames.

    Attributes:
        vectors: float32 [T, 2, H, W], luma samples: sample (x, y) is at (x, y) + vectors in the key frame, rightwards
            and downwards; 0 in key frames, NaN where the trace ends in an intra block, a missing picture, or another
            key frame.
        mask: bool [T, H, W]: where there is a vector.
        key: int64 [T]: presentation index of the key frame that a frame is traced to, -1 where there is none. Frames
            that two lead to, as those before the key frame of an open group of pictures, are traced to the one that
            most of their samples come from, of as many the earlier.
    """

    vectors: Array
    mask: Mask
    key: Ints


@dataclass(frozen=True)
class _Picture:
    """A picture's displacements at its coded size, [2, rows, columns], and the key frames that they lead to."""

    vectors: Array
    keys: Ints
    """[rows, columns]; -1 for none, and for those that are never shown."""


def accumulate(intrinsics: Intrinsics, frames: maps.Frames = None) -> Accumulated:
    """Trace the samples of some frames back to their key frames.

    Of a block with two references the nearer in time counts, of two as near the first. A vector leads to the sample
    that is nearest to where it points, inside the picture; fractions of samples add up. The picture is the one that is
    displayed, as maps have it: AV1's superres is undone.

    Args:
        intrinsics: with **frames** and **motion**.
        frames: presentation indices; all by default.

    Raises:
        ValueError: the stream has fields, or pictures of several sizes.
    """
    pictures = intrinsics.frames.sort_by("coded_order")
    index = maps.frame_index(pictures, frames)
    size = width, height = intrinsics.size or maps.displayed_size(pictures)
    readable = pictures.filter(pictures["error"].is_null())
    _check(readable, intrinsics.motion)
    placed = {
        order: (at, scale, origin)
        for order, at, is_hidden, scale, _, origin in maps.place(intrinsics.codec, pictures, index, size=size)
        if not is_hidden
    }
    vectors = np.full((len(index), 2, height, width), np.nan, np.float32)
    keys = np.full(len(index), -1, np.int64)
    for order, found in _Trace(readable, intrinsics.motion).of(placed):
        at, scale, origin = placed[order]
        columns, lines = (
            (begin + (np.arange(side) + 0.5) / factor).astype(np.int64)
            for side, begin, factor in zip(size, origin, scale, strict=True)
        )
        there = found.keys[np.ix_(lines, columns)]
        among, counts = np.unique(there[there >= 0], return_counts=True)
        if among.size:
            keys[at] = among[counts.argmax()]
            displaced = found.vectors[:, lines[:, None], columns] * np.array(scale, np.float32)[:, None, None]
            vectors[at] = np.where(there == keys[at], displaced, np.nan)
    return Accumulated(vectors, ~np.isnan(vectors[:, 0]), keys)


def residual_images(accumulated: Accumulated, frames: Pixels, keys: Pixels) -> np.ndarray[Any, np.dtype[np.int16]]:
    """What motion leaves: each frame less its key frame, displaced by the accumulated vectors.

    Args:
        accumulated: of T frames.
        frames: their pixels, uint8 [T, H, W, 3].
        keys: those of their key frames, uint8 [T, H, W, 3].

    Returns:
        int16 [T, H, W, 3], -255 to 255; where there is no vector, the frame itself: nothing predicts it from its key.
    """
    _, _, height, width = accumulated.vectors.shape
    y, x = np.mgrid[:height, :width]
    out = frames.astype(np.int16)
    for at, vectors in enumerate(np.nan_to_num(accumulated.vectors)):
        column = np.clip(np.rint(x + vectors[0]).astype(np.int64), 0, width - 1)
        row = np.clip(np.rint(y + vectors[1]).astype(np.int64), 0, height - 1)
        there = accumulated.mask[at]
        out[at][there] -= keys[at, row, column].astype(np.int16)[there]
    return out


class _Trace:
    """Pictures by coded order, but for damaged ones, and their rows of **motion**."""

    def __init__(self, pictures: pa.Table, motion: pa.Table) -> None:
        self._order: Ints = pictures["coded_order"].to_numpy()
        self._frame: Ints = pc.fill_null(pictures["frame"], -1).to_numpy().astype(np.int64)
        self._is_key = np.asarray(pictures["key"].fill_null(False))
        width, height = (max(pictures[side].to_pylist(), default=0) for side in ("width", "height"))
        self._size = width, height
        rows = motion.select([*COLUMNS, *VECTORS]).sort_by("coded_order")
        self._rows = {name: pc.fill_null(rows[name], -1).to_numpy().astype(np.int64) for name in ("ref0", "ref1")}
        self._rows |= {name: rows[name].to_numpy().astype(np.int64) for name in ("coded_order", "x", "y", "w", "h")}
        far = {name: np.abs(pc.fill_null(rows[name].cast(pa.int64()), 1 << 20).to_numpy()) for name in ("dt0", "dt1")}
        self._vectors = {name: np.nan_to_num(rows[name].to_numpy()) for name in VECTORS}
        first, second = self._rows["ref0"], self._rows["ref1"]
        self._second = (second >= 0) & ((first < 0) | (far["dt1"] < far["dt0"]))

    def of(self, wanted: Collection[int]) -> list[tuple[int, _Picture]]:
        """Some pictures by coded order, and their displacements."""
        needed, last_use = self._needed(wanted)
        known: dict[int, _Picture] = {}
        found = []
        for at, order in enumerate(self._order.tolist()):
            if order not in needed:
                continue
            known[order] = self._picture(at, order, known)
            if order in wanted:
                found.append((order, known[order]))
            for gone in [picture for picture in known if last_use[picture] <= order]:
                del known[gone]
        return found

    def _span(self, order: int) -> slice:
        begin, end = np.searchsorted(self._rows["coded_order"], [order, order + 1])
        return slice(int(begin), int(end))

    def _refs(self, rows: slice) -> Ints:
        return np.asarray(np.where(self._second[rows], self._rows["ref1"][rows], self._rows["ref0"][rows]))

    def _needed(self, wanted: Collection[int]) -> tuple[set[int], dict[int, int]]:
        """The pictures that traces lead through, and the last one that each of them is needed for."""
        is_key = dict(zip(self._order.tolist(), self._is_key.tolist(), strict=True))
        needed: set[int] = set()
        last_use: dict[int, int] = {}
        waiting = list(wanted)
        while waiting:
            order = waiting.pop()
            if order in needed:
                continue
            needed.add(order)
            last_use.setdefault(order, order)
            if is_key[order]:
                continue
            for ref in np.unique(self._refs(self._span(order))).tolist():
                if ref in is_key and ref < order:
                    last_use[ref] = max(last_use.get(ref, ref), order)
                    waiting.append(ref)
        return needed, last_use

    def _picture(self, at: int, order: int, known: dict[int, _Picture]) -> _Picture:
        width, height = self._size
        if self._is_key[at]:
            return _Picture(np.zeros((2, height, width), np.float32), np.full((height, width), self._frame[at]))
        out = np.full((2, height, width), np.nan, np.float32)
        keys = np.full((height, width), -1, np.int64)
        rows = self._span(order)
        refs = self._refs(rows)
        painted = self._painted(rows)
        row = np.repeat(np.repeat(painted, CELL, 0), CELL, 1)[:height, :width]
        second = self._second[rows]
        mv = [np.where(second, self._vectors[f"mv1_{c}"][rows], self._vectors[f"mv0_{c}"][rows]) for c in "xy"]
        for ref in np.unique(refs[refs >= 0]).tolist():
            if ref not in known:
                continue
            y, x = np.nonzero((row >= 0) & (np.append(refs, -1)[row] == ref))
            index = row[y, x]
            column = np.clip(np.rint(x + mv[0][index]).astype(np.int64), 0, width - 1)
            line = np.clip(np.rint(y + mv[1][index]).astype(np.int64), 0, height - 1)
            for axis in (0, 1):
                out[axis, y, x] = mv[axis][index] + known[ref].vectors[axis, line, column]
            keys[y, x] = known[ref].keys[line, column]
        return _Picture(out, keys)

    def _painted(self, rows: slice) -> Ints:
        """The row of **motion** that each cell of CELL samples is of, counted in the picture; -1 for none."""
        width, height = self._size
        grid = np.full((-(-height // CELL), -(-width // CELL)), -1, np.int64)
        x, y, w, h = (self._rows[name][rows] // CELL for name in ("x", "y", "w", "h"))
        sizes = w << 32 | h
        for size in np.unique(sizes):
            alike = np.flatnonzero(sizes == size)
            across, down = int(size >> 32), int(size & 0xFFFFFFFF)
            lines = y[alike, None, None] + np.arange(down)[None, :, None]
            columns = x[alike, None, None] + np.arange(across)[None, None, :]
            inside = (lines < grid.shape[0]) & (columns < grid.shape[1])
            lines, columns = np.broadcast_arrays(lines, columns)
            grid[lines[inside], columns[inside]] = np.broadcast_to(alike[:, None, None], inside.shape)[inside]
        return grid


def _check(pictures: pa.Table, motion: pa.Table) -> None:
    if (
        pc.any(pc.equal(pictures["structure"].cast(pa.string()), "field")).as_py()
        or pc.any(pc.not_equal(motion["field"], 0)).as_py()
    ):
        raise ValueError("fields of interlaced pictures are not traced; deinterlace the source first")
    if pc.count_distinct(pictures["width"]).as_py() > 1 or pc.count_distinct(pictures["height"]).as_py() > 1:
        raise ValueError("pictures of several sizes are not traced")
