"""Where everything stands in a corpus.

    corpus.json                                         format and schema version
    clips/part-00000.parquet
    encodes/codec=h264/encode=x264-slow-crf23/part-00000.parquet
    streams/codec=…/encode=…/part-00000.parquet
    frames/codec=…/encode=…/part-00000.parquet          so too blocks, motion, maps
    bitstreams/x264-slow-crf23/bikes-000.nut            with --keep-streams
    statistics/cell-16.parquet                          of all shards, by codecorpus stats
    manifest/part-00000.json                            every file above: its size, rows and SHA-256
    manifest/statistics.json                            those of statistics/
    .work/                                              what is under way; safe to remove between builds

A part is a shard's. The folders' names hold codec and encode, so that the files do not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from codecorpus.errors import CorpusError

FORMAT = 1
"""Version of this layout."""

SOURCE = "source"
"""The name of the encode that is the source's own bitstream."""


@dataclass(frozen=True)
class Layout:
    """Paths in the corpus at `root`."""

    root: Path

    def part(self, table: str, shard: int, codec: str | None = None, encode: str | None = None) -> Path:
        """A shard's part of a table; `clips` has neither codec nor encode."""
        folder = self.root / table
        if codec and encode:
            folder = folder / f"codec={codec}" / f"encode={encode}"
        return folder / f"part-{shard:05}.parquet"

    def parts(self, table: str) -> list[Path]:
        """Every part of a table that is there."""
        return sorted((self.root / table).rglob("part-*.parquet"))

    def manifest(self, shard: int) -> Path:
        return self.root / "manifest" / f"part-{shard:05}.json"

    @property
    def statistics_manifest(self) -> Path:
        return self.root / "manifest" / "statistics.json"

    def statistics(self, cell: int) -> Path:
        """How the maps in cells of one size are spread."""
        return self.root / "statistics" / f"cell-{cell}.parquet"

    def bitstream(self, encode: str, clip: str) -> Path:
        return self.root / "bitstreams" / encode / f"{clip}.nut"

    def work(self, shard: int) -> Path:
        """The folder of what is under way."""
        return self.root / ".work" / f"shard-{shard:05}"

    @property
    def head(self) -> Path:
        return self.root / "corpus.json"


def partition(path: Path) -> tuple[str, str]:
    """Codec and encode of a part, from its folders' names."""
    return path.parent.parent.name.removeprefix("codec="), path.parent.name.removeprefix("encode=")


def check_head(text: str, where: str) -> None:
    """Raise CorpusError unless `corpus.json` is one that this version reads."""
    try:
        head = json.loads(text)
        version = head["format"]
    except (ValueError, KeyError, TypeError):
        raise CorpusError(f"{where}: corpus.json is damaged") from None
    if version != FORMAT:
        raise CorpusError(f"{where}: its format is {version}; this codecorpus reads format {FORMAT}")
