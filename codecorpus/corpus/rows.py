"""Rows of the bookkeeping tables, typed: a field that is spelt wrong is an error, never a null."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus import schema
from codecorpus.corpus.manifest import File
from codecorpus.corpus.writer import SETTINGS
from codecorpus.parquet import table_of

Status = Literal["done", "damaged", "failed"]


@dataclass(frozen=True, kw_only=True)
class ClipRow:
    """A row of **clips**; `codecorpus.schema.CLIPS` tells what each field means."""

    clip: str
    source: str
    status: Status
    error: str | None = None
    source_sha256: str | None = None
    source_codec: str | None = None
    source_width: int | None = None
    source_height: int | None = None
    track: int | None = None
    tracks: int | None = None
    first: int | None = None
    start: float | None = None
    frames: int | None = None
    fps: float | None = None
    time_base_num: int | None = None
    time_base_den: int | None = None
    width: int | None = None
    height: int | None = None
    pixel_format: str | None = None
    rotation: int | None = None
    mirrored: bool | None = None
    sample_aspect_num: int | None = None
    sample_aspect_den: int | None = None
    deinterlaced: bool | None = None
    colour_primaries: str | None = None
    colour_transfer: str | None = None
    colour_matrix: str | None = None
    colour_range: str | None = None
    argv: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class EncodeRow:
    """A row of **encodes**; `codecorpus.schema.ENCODES` tells what each field means."""

    encode: str
    encoder: str
    codec: str | None = None
    preset: str | None = None
    tune: str | None = None
    rate_control: str | None = None
    rate: str | None = None
    maxrate: str | None = None
    bufsize: str | None = None
    passes: int | None = None
    pixel_format: str | None = None
    film_grain: int | None = None
    params: str | None = None
    gop_length: str | None = None
    gop_closed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class StreamRow:
    """A row of **streams**; `codecorpus.schema.STREAMS` tells what each field means."""

    clip: str
    encode: str
    status: Status
    codec: str | None = None
    error: str | None = None
    frames: int | None = None
    pictures: int | None = None
    lost: int | None = None
    rotation: int | None = None
    mirrored: bool | None = None
    sample_aspect_num: int | None = None
    sample_aspect_den: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    tables: tuple[str, ...] = ()
    argv: tuple[str, ...] | None = None
    encoder_version: str | None = None
    ffmpeg_version: str | None = None
    p1204: Mapping[str, float | None] = field(default_factory=dict)
    """By the names of `codecorpus.schema.P1204`; a column each, which begins with p1204_."""


Row = ClipRow | EncodeRow | StreamRow
AnyRow = TypeVar("AnyRow", ClipRow, EncodeRow, StreamRow)

FEATURE: Final = "p1204_"

TABLES: dict[type[Row], str] = {ClipRow: "clips", EncodeRow: "encodes", StreamRow: "streams"}


def to_bytes(kind: type[AnyRow], rows: Iterable[AnyRow]) -> bytes:
    """A part of a bookkeeping table, as a Parquet file's bytes."""
    declared = schema.BOOKKEEPING[TABLES[kind]]
    table = pa.Table.from_pylist([_plain(row) for row in rows], schema=declared)
    out = io.BytesIO()
    pq.write_table(table, out, **SETTINGS)
    return out.getvalue()


def table_of_rows(table: str, data: bytes, columns: list[str] | None = None) -> pa.Table:
    """A part of a bookkeeping table, or some of its columns; null in columns that it was written without.

    Raises:
        pyarrow.ArrowException: it is no such part.
    """
    declared = schema.BOOKKEEPING[table]
    fields = [declared.field(name) for name in columns or declared.names]
    found = table_of(data)
    arrays = [found[f.name] if f.name in found.column_names else pa.nulls(len(found), f.type) for f in fields]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, declared.metadata))


def from_bytes(kind: type[AnyRow], data: bytes) -> list[AnyRow]:
    """The rows of a part of a bookkeeping table.

    Raises:
        pyarrow.ArrowException: it is no such part.
    """
    found: list[dict[str, Any]] = table_of_rows(TABLES[kind], data).to_pylist()
    make: Callable[..., AnyRow] = kind
    return [make(**_typed(row)) for row in found]


def _plain(row: Row) -> dict[str, Any]:
    told = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    features = {f"{FEATURE}{name}": value for name, value in told.pop("p1204", {}).items()}
    return told | features


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    told = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items() if not n.startswith(FEATURE)}
    features = {name.removeprefix(FEATURE): value for name, value in row.items() if name.startswith(FEATURE)}
    return told | ({"p1204": features} if features else {})


def file_of(data: bytes, count: int) -> File:
    """What a part that is written whole is, by its bytes and rows."""
    return File(len(data), hashlib.sha256(data).hexdigest(), count)
