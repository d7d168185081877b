"""What was read of a stream, told shortly: enough to see in which picture something changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import codecorpus

DATA = Path(__file__).parents[1] / "data"
STREAMS = sorted(path for path in DATA.iterdir() if path.suffix not in {".json", ".md"})
"""Streams of a few kilobytes that use what the packaged encoders cannot."""

COLUMNS = {
    "frames": "coded_order frame type key refs0 refs1 width height bytes",
    "blocks": "coded_order x y w h prediction skip partition intra_mode qp transform coefs coefs_chroma field",
    "motion": ("coded_order block part x y w h mode ref0 ref1 mv0_x mv0_y mv1_x mv1_y field filter warp compound"),
    "transforms": "coded_order block plane x y w h type coefs",
}


def digest(table: pa.Table, columns: str) -> list[str]:
    """Of every picture that has rows: coded_order, how many there are, and a hash of these columns."""
    pictures: dict[int, list[str]] = {}
    for row in table.select(columns.split()).to_pylist():
        pictures.setdefault(row["coded_order"], []).append(json.dumps(list(row.values())))
    return [f"{picture}: {len(rows)} {_hash(rows)}" for picture, rows in pictures.items()]


def _hash(rows: list[str]) -> str:
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:8]


def digests(stream: Path) -> dict[str, Any]:
    """Of every table, and the energy of luma and chroma of the whole stream."""
    read = codecorpus.extract(stream, tables=tuple(COLUMNS))
    blocks = read.blocks
    energy = [pc.sum(blocks[column].cast(pa.float64())).as_py() for column in ("energy", "energy_chroma")]
    return {name: digest(getattr(read, name), columns) for name, columns in COLUMNS.items()} | {"energy": energy}


if __name__ == "__main__":
    print("{\n" + ",\n".join(f'"{stream.name}": {json.dumps(digests(stream))}' for stream in STREAMS) + "\n}")
