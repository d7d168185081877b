"""Contrast: many encodes of the same frames beside each other. What they share is content, what differs is encoding."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa

from codecorpus import maps
from codecorpus.corpus.descriptions import Vector
from codecorpus.encode.model import bits_per_second
from codecorpus.errors import CorpusError
from codecorpus.maps import Array

SUMMARIES: Final = ("mean", "spread", "disagreement")
"""What encodes can be summed up by, cell by cell."""

RATES: Final = ("rate_control", "rate", "maxrate", "bufsize", "passes")
"""The columns of **encodes** that say how many bits are spent."""


@dataclass(frozen=True)
class Contrast:
    """Maps of one clip through several encodes.

    Attributes:
        encodes: their names.
        channels: names of the channels.
        maps: float32 [encodes, frames, channels, rows, columns]; NaN where a bitstream does not say.
        description: float32 [encodes, numbers]: `codecorpus.corpus.descriptions.ENTRIES` has names and units.
    """

    encodes: tuple[str, ...]
    channels: tuple[str, ...]
    maps: Array = field(repr=False)
    description: Array = field(repr=False)

    @property
    def mean(self) -> Array:
        """Over the encodes that have a value, [frames, channels, rows, columns], in the channels' units."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NaN of nothing is what is meant
            return np.asarray(np.nanmean(self.maps, axis=0), np.float32)

    @property
    def spread(self) -> Array:
        """Standard deviation over the encodes that have a value, in the channels' units; NaN of nothing."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return np.asarray(np.nanstd(self.maps, axis=0), np.float32)

    @property
    def disagreement(self) -> Array:
        """How differently encodes rank a cell, 0 to 1, whatever their rates: [frames, channels, rows, columns].

        Each cell has a rank among those of its frame, 0 to 1, cells of one value sharing theirs; this is the mean
        difference between the ranks of two encodes. NaN where fewer than two have a value.
        """
        ranks = _ranks(self.maps)
        total = np.zeros(self.maps.shape[1:])
        count = np.zeros(self.maps.shape[1:])
        for first, second in itertools.combinations(ranks, 2):
            difference = np.abs(first - second)
            there = ~np.isnan(difference)
            total[there] += difference[there]
            count += there
        return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)

    def summary(self, which: Sequence[str] = SUMMARIES) -> tuple[Array, tuple[str, ...]]:
        """Several of `SUMMARIES` as channels, and their names, such as `bits_spread`."""
        names = tuple(f"{channel}_{part}" for part in which for channel in self.channels)
        return np.concatenate([getattr(self, part) for part in which], axis=1), names


class Encoded(Protocol):
    """What contrasts ask of a corpus."""

    @property
    def encodes(self) -> pa.Table:
        """One row per encode."""

    def encodes_of(self, clip: str) -> list[str]:
        """Those of a clip that can be read."""

    def maps(self, clip: str, encode: str, frames: maps.Frames = None, *, channels: Sequence[str], cell: int) -> Array:
        """Dense grids of one stream."""

    def description(self, clip: str, encode: str) -> Vector:
        """A stream in numbers."""


class Contrasts:
    """What a corpus has to compare: call it for a contrast, ask `pairs` for encodes that differ in one respect."""

    def __init__(self, corpus: Encoded) -> None:
        self._corpus = corpus

    def __call__(
        self,
        clip: str,
        frames: maps.Frames = None,
        encodes: Sequence[str] | None = None,
        *,
        channels: Sequence[str] = maps.CHANNELS,
        cell: int = 16,
    ) -> Contrast:
        """Maps of a clip through several encodes, aligned, on one scale, and what each encode is.

        Args:
            clip: the clip.
            frames: a slice or a sequence of presentation indices; all by default.
            encodes: all that the clip has, by default.
            channels: as for `Corpus.maps`, those that end in `_importance` among them.
            cell: side of a cell in luma samples.

        Raises:
            CorpusError: as for `Corpus.maps`; or every stream of the clip failed.
            ValueError: no encodes are asked for.
        """
        if isinstance(encodes, str) or (encodes is not None and not encodes):
            raise ValueError(f"encodes are a sequence of one name or more; not {encodes!r}")
        names = tuple(self._corpus.encodes_of(clip) if encodes is None else encodes)
        if not names:
            raise CorpusError(f"{clip}: there is no encode through which it can be read")
        grids = [self._corpus.maps(clip, name, frames, channels=channels, cell=cell) for name in names]
        described = [self._corpus.description(clip, name) for name in names]
        return Contrast(names, tuple(channels), np.stack(grids), np.stack(described))

    def pairs(self, by: str = "tune") -> list[tuple[str, str]]:
        """Encodes that differ in nothing else: two tunes (`tune`), two rates (`rate`), or any column of **encodes**.

        Each pair is in the order of the names; of two rates, the one that spends fewer bits comes first where both are
        of one kind.

        Raises:
            ValueError: **encodes** has no such column.
        """
        rows = self._corpus.encodes.to_pylist()
        columns = RATES if by == "rate" else (by,)
        if (rows and any(column not in rows[0] for column in columns)) or by == "encode":
            raise ValueError(f"pairs are by tune, rate, or another column of encodes; not {by!r}")
        found = []
        for row, other in itertools.combinations(rows, 2):
            differs = {column for column in row if row[column] != other[column]} - {"encode"}
            if differs and differs <= set(columns):
                first, second = sorted((row, other), key=_spends) if by == "rate" else (row, other)
                found.append((first["encode"], second["encode"]))
        return found


def _spends(row: dict[str, Any]) -> tuple[float, float, float, str]:
    """What rises with the bits that an encode may spend, among those of one kind of rate control."""
    is_bitrate = row["rate_control"] == "bitrate"
    rate = float(bits_per_second(row["rate"])) if is_bitrate else -float(row["rate"] or 0)
    cap, buffer = (float(bits_per_second(row[name])) if row[name] else inf for name in ("maxrate", "bufsize"))
    return rate, cap, buffer, row["encode"]


def _ranks(values: Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The share of a frame's cells that are below each one, and half of those that equal it; NaN stays NaN."""
    shape = values.shape
    flat = values.reshape(-1, shape[-2] * shape[-1])
    out = np.full(flat.shape, np.nan)
    for at, row in enumerate(flat):
        there = ~np.isnan(row)
        ordered = np.sort(row[there])
        below = np.searchsorted(ordered, row[there], side="left")
        upto = np.searchsorted(ordered, row[there], side="right")
        out[at, there] = (below + upto) / (2 * max(len(ordered), 1))
    return out.reshape(shape)
