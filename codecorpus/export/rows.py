"""Parquet of one row a window: arrays as bytes beside their shapes and types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus.corpus.manifest import Json
from codecorpus.export.item import Form, Item, mp4

KEYS: Final = ("clip", "encodes", "first", "end", "fps", "channels", "cell")
"""Columns that are as in a tar's JSON."""

NOTES: Final = "codecorpus.export"
"""The key of a part's notes in its footer: what is exported, its windows by number, and which are left out."""


def _array(name: str) -> list[pa.Field]:
    return [
        pa.field(f"{name}_bytes", pa.large_binary()),
        pa.field(f"{name}_shape", pa.list_(pa.int64())),
        pa.field(f"{name}_dtype", pa.string()),
    ]


SCHEMA: Final = pa.schema(
    [
        pa.field("key", pa.string()),
        pa.field("clip", pa.string()),
        pa.field("encodes", pa.list_(pa.string())),
        pa.field("first", pa.int32()),
        pa.field("end", pa.int32()),
        pa.field("fps", pa.float64()),
        pa.field("channels", pa.list_(pa.string())),
        pa.field("cell", pa.int16()),
        *_array("pixels"),
        *_array("maps"),
        *_array("description"),
    ]
)
"""Of `pixels` in an mp4, `pixels_dtype` is `mp4` and the bytes are the video's."""


class Rows:
    """A row a window, each a row group of its own, so that any window is read by itself."""

    has_notes = True

    def __init__(self, form: Form) -> None:
        self._form = form

    def name(self, number: int) -> str:
        return f"part-{number:06}.parquet"

    @contextmanager
    def open(self, path: Path) -> Iterator[_Part]:
        with pq.ParquetWriter(path, SCHEMA, compression="zstd", use_dictionary=False) as file:
            yield _Part(file, path, self._form)

    def noted(self, file: pa.NativeFile) -> Json | None:
        try:
            told = (pq.read_metadata(file).metadata or {}).get(NOTES.encode())
        except (pa.ArrowInvalid, OSError):
            return None
        return None if told is None else dict(json.loads(told))


class _Part:
    def __init__(self, file: pq.ParquetWriter, path: Path, form: Form) -> None:
        self._file = file
        self._path = path
        self._form = form

    @property
    def size(self) -> int:
        return self._path.stat().st_size

    def note(self, told: Json) -> None:
        self._file.add_key_value_metadata({NOTES: json.dumps(told)})

    def add(self, item: Item) -> None:
        row: dict[str, Any] = {"key": item.key, **{name: item.told[name] for name in KEYS}}
        row |= _told("maps", item.maps) | _told("description", item.description)
        if item.pixels is not None:
            row |= _told("pixels", item.pixels)
            if self._form == "mp4":
                row |= {"pixels_bytes": mp4(item.pixels, item.told["fps"]), "pixels_dtype": "mp4"}
        self._file.write_table(pa.Table.from_pylist([row], schema=SCHEMA))


def _told(name: str, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    data = np.ascontiguousarray(array)
    return {f"{name}_bytes": data.tobytes(), f"{name}_shape": list(data.shape), f"{name}_dtype": data.dtype.str}
