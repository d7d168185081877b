"""What is in a corpus, encode by encode, and how its maps are spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from codecorpus import maps, schema
from codecorpus._native import speeds
from codecorpus.corpus import spreads, store
from codecorpus.corpus.contents import Clip, Contents
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.map_rows import DTYPE, MapRows
from codecorpus.corpus.numbers import Floats, Ints, Rate, floats, integers
from codecorpus.corpus.parts import Ahead, Part, Pictures
from codecorpus.corpus.ranks import Spread
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.errors import CorpusError
from codecorpus.intrinsics import Intrinsics

CLASSES: Final = ("bits_header", "bits_mode", "bits_motion", "bits_residual")
PICTURES_AT_ONCE: Final = 64


@dataclass
class EncodeTotals:
    """What one encode came to, over all clips. `table_bytes` are those of its parts."""

    codec: str
    encode: str
    streams: int = 0
    frames: int = 0
    pictures: int = 0
    rate: Rate = field(default_factory=Rate)
    bytes: int = 0
    table_bytes: int = 0
    bits: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0.0))
    """Bits by class: header, mode, motion, residual."""
    qstep: Mean = field(default_factory=lambda: Mean())
    """Quantiser step, over the area that is quantised."""
    skipped: Mean = field(default_factory=lambda: Mean())
    """Share of the area that is skipped."""
    speed: Mean = field(default_factory=lambda: Mean())
    """Samples that a block moves from frame to frame, over the area that has a vector."""


@dataclass
class Mean:
    """A weighted mean, NaN of nothing."""

    sum: float = 0.0
    weight: float = 0.0

    def add(self, values: Floats, weights: Ints) -> None:
        """Add values that are no NaN."""
        there = np.isfinite(values)
        self.sum += float((values[there] * weights[there]).sum())
        self.weight += float(weights[there].sum())

    @property
    def value(self) -> float:
        return self.sum / self.weight if self.weight else float("nan")


@dataclass
class Statistics:
    """An encode's summary, and how each channel is spread over its cells."""

    summary: EncodeTotals
    spreads: dict[str, Spread]


class Gathered(NamedTuple):
    """The statistics of all encodes, and by encode a digest of the parts that they are made from."""

    statistics: list[Statistics]
    sources: dict[str, str]


def gather(path: str, cell: int, tell: Callable[[str], None] = lambda what: None) -> Gathered:
    """Read a whole corpus, in memory that does not grow with it.

    Args:
        path: the corpus, a local path or URI.
        cell: side of the maps' cells in luma samples.
        tell: called with what is read next.

    Raises:
        CorpusError: there is no corpus, or it is of another format; a file of it is missing or damaged.
    """
    contents = open_corpus(path).contents
    # First: statistics of a corpus to which something is added while it is read are of what it was before.
    sources = {encode: spreads.source(contents, encode) for encode in contents.encodes}
    known: dict[tuple[str, str], Statistics] = {}
    for chunk in contents.chunks:
        for encode in contents.encodes:
            streams = contents.streams(chunk, encode)
            for codec in sorted({stream.codec for stream in streams.values() if stream.codec is not None}):
                tell(f"{encode} {chunk}")
                found = known.setdefault((codec, encode), Statistics(EncodeTotals(codec, encode), {}))
                made = contents.made(chunk, encode)
                found.summary.table_bytes += sum(
                    file.bytes for name, file in made.files.items() if name.split("/")[1] == codec
                )
                _Gathering(contents, chunk, codec, cell, found).run()
    return Gathered([known[key] for key in sorted(known)], sources)


@dataclass
class _Gathering:
    """Reading the streams of one codec and encode in one chunk."""

    contents: Contents
    chunk: Chunk
    codec: str
    cell: int
    into: Statistics

    def run(self) -> None:
        opened = {
            table: Part(self.contents.store, stored, table)
            for table in ("frames", "blocks", "motion")
            if (stored := self.contents.part(table, self.chunk, self.into.summary.encode, self.codec)) is not None
        }
        if "frames" not in opened:
            return
        part = opened.pop("frames")
        frames = part.read(part.groups, ["clip", *schema.SCHEMAS["frames"].names])
        pictures = Pictures.of(frames.select(["clip", "coded_order"]))
        ahead = {table: Ahead(part, ["clip", *maps.COLUMNS[table]], pictures) for table, part in opened.items()}
        channels = [name for name, channel in maps.DECLARED.items() if set(channel.tables) <= set(ahead)]
        for clip, at in pictures.by_clip():
            coded = frames.take(pa.array(at))
            known = self.contents.clips(self.chunk)[clip]
            self._frames(known, coded)
            self._clip(known, coded, at, ahead, channels)

    def _frames(self, clip: Clip, frames: pa.Table) -> None:
        summary = self.into.summary
        shown, size = len(maps.frame_index(frames, None)), int(integers(frames["bytes"]).sum())
        summary.streams += 1
        summary.pictures += frames.num_rows
        summary.frames += shown
        summary.rate.add(size, shown, clip.fps)
        summary.bytes += size
        for name in CLASSES:
            summary.bits[name] += float(np.nansum(floats(frames[name])))

    def _clip(self, clip: Clip, frames: pa.Table, at: Ints, ahead: Mapping[str, Ahead], channels: list[str]) -> None:
        if frames["error"].null_count == 0:
            return
        size = (clip.width, clip.height) if clip.width and clip.height else maps.displayed_size(frames)
        shown = maps.frame_index(frames, None)
        doubtful = set(maps.doubtful(self.codec, frames, shown))
        rows = MapRows(self.codec, size, self.cell, channels)
        for begin in range(0, len(at), PICTURES_AT_ONCE):
            end = min(begin + PICTURES_AT_ONCE, len(at))
            tables = {"frames": frames.slice(begin, end - begin)}
            for table, reader in ahead.items():
                pieces = [piece for piece, _ in reader.upto(int(at[end - 1]))] or [schema.SCHEMAS[table].empty_table()]
                tables[table] = pa.concat_tables([piece.select(maps.COLUMNS[table]) for piece in pieces])
            self._areas(tables)
            if channels:
                self._spread(rows.add(Intrinsics(self.codec, tables)), channels, doubtful)
        if channels:
            self._spread(rows.finish(), channels, doubtful)

    def _areas(self, tables: Mapping[str, pa.Table]) -> None:
        """Means over the pictures' area, as the encode codes it."""
        summary, frames = self.into.summary, tables["frames"]
        if "blocks" in tables:
            blocks = tables["blocks"]
            area = _area_within(frames, blocks)
            summary.qstep.add(floats(blocks["qstep"]), area)
            summary.skipped.add(floats(blocks["skip"].cast(pa.int8())), area)
        if "motion" in tables:
            motion = tables["motion"]
            summary.speed.add(speeds(motion), _area_within(frames, motion))

    def _spread(self, rows: pa.Table, channels: list[str], doubtful: set[int]) -> None:
        """Count the cells of all frames but those of which nothing is known."""
        rows = rows.filter(pa.array([frame not in doubtful for frame in rows["frame"].to_pylist()], pa.bool_()))
        if not rows.num_rows:
            return
        shape = rows["shape"][0].as_py()
        grids = np.stack([np.frombuffer(data.as_buffer(), DTYPE).reshape(shape) for data in rows["data"]], axis=1)
        for channel, values in zip(channels, grids, strict=True):
            self.into.spreads.setdefault(channel, Spread()).add(values.ravel())


def _area_within(frames: pa.Table, blocks: pa.Table) -> Ints:
    """Luma samples of blocks that are in their pictures: the last one of a row or column may reach over the edge."""
    at = np.searchsorted(integers(frames["coded_order"]), integers(blocks["coded_order"]))
    w, h = (
        np.clip(integers(frames[side])[at] - integers(blocks[begin]), 0, integers(blocks[length]))
        for begin, length, side in (("x", "w", "width"), ("y", "h", "height"))
    )
    area: Ints = w * h
    return area


def write(path: str, cell: int, gathered: Gathered, out: str | None = None) -> str:
    """Write how values are spread into the corpus, or elsewhere; `Corpus.maps` ranks by it. Returns where.

    Raises:
        CorpusError: nothing can be written there.
    """
    where = store.find(path if out is None else out)
    try:
        name = spreads.write(where, cell, _rows(gathered.statistics, cell), gathered.sources)
    except (OSError, NotImplementedError) as error:
        raise CorpusError(f"{where.path}: {error}; --out DIR writes statistics elsewhere") from error
    return f"{where.path.rstrip('/')}/{name}"


def _rows(statistics: Iterable[Statistics], cell: int) -> Iterator[dict[str, Any]]:
    for measured in statistics:
        for channel, spread in measured.spreads.items():
            values, counts = spread.pairs()
            yield {
                "codec": measured.summary.codec,
                "encode": measured.summary.encode,
                "channel": channel,
                "cell": cell,
                "cells": spread.total,
                "empty": spread.empty,
                "values": values.tolist(),
                "counts": counts.tolist(),
            }
