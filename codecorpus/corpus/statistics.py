"""What is in a corpus, encode by encode, and the statistics that its maps are ranked by.

statistics/cell-16.parquet       how each channel's values are spread over the cells of each encode
manifest/statistics.json         its size, rows and SHA-256
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.fs

from codecorpus import maps, schema
from codecorpus.corpus import manifest, parts, place
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.maps import DTYPE, MapRows
from codecorpus.corpus.parts import Ahead, Floats, Ints, Parts, Pictures, floats, integers
from codecorpus.corpus.ranks import Spread
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.writer import write_rows
from codecorpus.extract import Intrinsics

CLASSES: Final = ("bits_header", "bits_mode", "bits_motion", "bits_residual")
PICTURES_AT_ONCE: Final = 64


@dataclass
class Summary:
    """What one encode came to, over all clips. `table_bytes` are those of its parts."""

    codec: str
    encode: str
    streams: int = 0
    frames: int = 0
    pictures: int = 0
    seconds: float = 0.0
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

    summary: Summary
    spreads: dict[str, Spread]


def gather(path: str, cell: int, tell: Callable[[str], None] = lambda what: None) -> list[Statistics]:
    """Read a whole corpus, in memory that does not grow with it.

    Args:
        path: the corpus, a local path or URI.
        cell: side of the maps' cells in luma samples.
        tell: called with what is read next.

    Raises:
        CorpusError: there is no corpus, or it is of another format.
    """
    corpus = Corpus(path)
    files, root = place.find(path)
    clips = {row["clip"]: row for row in corpus.clips.to_pylist()}
    known: dict[tuple[str, str], Statistics] = {}
    for found in parts.find(files, root):
        if "frames" not in found.tables:
            continue
        tell(f"{found.encode} {found.name}")
        own = known.setdefault((found.codec, found.encode), Statistics(Summary(found.codec, found.encode), {}))
        own.summary.table_bytes += sum(
            files.get_file_info(f"{root}/{name}").size for table, name in found.tables.items() if table != "streams"
        )
        _Gathering(found, clips, cell, own).run(files, root)
    return [known[key] for key in sorted(known)]


@dataclass
class _Gathering:
    """Reading the parts of one encode in one shard."""

    parts: Parts
    clips: Mapping[str, Mapping[str, Any]]
    cell: int
    into: Statistics

    def run(self, files: pyarrow.fs.FileSystem, root: str) -> None:
        with self.parts.open(files, root, ("frames", "blocks", "motion")) as opened:
            frames = opened.pop("frames").read(["clip", *schema.SCHEMAS["frames"].names])
            pictures = Pictures.of(frames.select(["clip", "coded_order"]))
            ahead = {table: Ahead(file, ["clip", *maps.COLUMNS[table]], pictures) for table, file in opened.items()}
            channels = [name for name, one in maps.DECLARED.items() if set(one.tables) <= set(ahead)]
            for clip, at in pictures.by_clip():
                own = frames.take(pa.array(at))
                self._frames(clip, own)
                self._clip(clip, own, at, ahead, channels)

    def _frames(self, clip: str, frames: pa.Table) -> None:
        summary, fps = self.into.summary, self.clips.get(clip, {}).get("fps")
        shown = frames["frame"].drop_null()
        summary.streams += 1
        summary.pictures += frames.num_rows
        summary.frames += len(shown)
        summary.seconds += len(shown) / fps if fps else 0.0
        summary.bytes += int(integers(frames["bytes"]).sum())
        for name in CLASSES:
            summary.bits[name] += float(np.nansum(floats(frames[name])))

    def _clip(self, clip: str, frames: pa.Table, at: Ints, ahead: Mapping[str, Ahead], channels: list[str]) -> None:
        row = self.clips.get(clip, {})
        width, height = row.get("width"), row.get("height")
        size = (width, height) if width and height else maps.displayed_size(frames)
        rows = MapRows(self.parts.codec, size, self.cell, channels)
        for begin in range(0, len(at), PICTURES_AT_ONCE):
            end = min(begin + PICTURES_AT_ONCE, len(at))
            tables = {"frames": frames.slice(begin, end - begin)}
            for table, one in ahead.items():
                pieces = [piece for piece, _ in one.upto(int(at[end - 1]))] or [schema.SCHEMAS[table].empty_table()]
                tables[table] = pa.concat_tables([piece.select(maps.COLUMNS[table]) for piece in pieces])
            self._areas(tables)
            if channels:
                self._spread(rows.add(Intrinsics(self.parts.codec, tables)), channels)
        if channels:
            self._spread(rows.finish(), channels)

    def _areas(self, tables: Mapping[str, pa.Table]) -> None:
        """Means over the blocks' area, as the encode codes it."""
        summary = self.into.summary
        if "blocks" in tables:
            blocks = tables["blocks"]
            area = integers(blocks["w"]) * integers(blocks["h"])
            summary.qstep.add(floats(blocks["qstep"]), area)
            summary.skipped.add(floats(blocks["skip"].cast(pa.int8())), area)
        if "motion" in tables:
            motion = tables["motion"]
            x, y, dt = (floats(motion[name]) for name in ("mv0_x", "mv0_y", "dt0"))
            moves = dt != 0
            area = (integers(motion["w"]) * integers(motion["h"]))[moves]
            summary.speed.add(np.hypot(x, y)[moves] / np.abs(dt[moves]), area)

    def _spread(self, rows: pa.Table, channels: list[str]) -> None:
        if not rows.num_rows:
            return
        shape = rows["shape"][0].as_py()
        grids = np.stack([np.frombuffer(data.as_buffer(), DTYPE).reshape(shape) for data in rows["data"]], axis=1)
        for channel, values in zip(channels, grids, strict=True):
            self.into.spreads.setdefault(channel, Spread()).add(values.ravel())


def write(root: Path, cell: int, statistics: Iterable[Statistics]) -> Path:
    """Write how values are spread into the corpus; `Corpus.maps` ranks by it. Returns the file's path."""
    layout = Layout(root)
    path = layout.statistics(cell)
    sources = manifest.sources(manifest.read(layout, shard) for shard in range(manifest.shards(layout)))
    write_rows(path, schema.STATISTICS, _rows(statistics, cell, sources))
    manifest.write_statistics(layout)
    return path


def _rows(statistics: Iterable[Statistics], cell: int, sources: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for one in statistics:
        for channel, spread in one.spreads.items():
            values, counts = spread.pairs()
            yield {
                "codec": one.summary.codec,
                "encode": one.summary.encode,
                "channel": channel,
                "cell": cell,
                "cells": spread.total,
                "empty": spread.empty,
                "values": values.tolist(),
                "counts": counts.tolist(),
                "source": sources.get(one.summary.encode),
            }
