"""Rows of motion, with what their blocks say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

import codecorpus


class Vector(NamedTuple):
    """A prediction from one list."""

    side: int
    reference: int
    mv: tuple[float, float]


TAKEN = ("coded_order", "frame", "block", "part", "x", "w", "h", "field", "mode", "filter", "warp", "compound")
"""What a prediction takes from its row as it is."""


class Prediction(NamedTuple):
    """A row of motion, with what its block says of it. `y` and `vectors` are in lines of the field, if it has one."""

    coded_order: int
    frame: int
    block: int
    part: int
    x: int
    y: int
    w: int
    h: int
    field: int
    mode: str
    filter: str | None
    warp: str
    compound: str
    partition: str
    vectors: tuple[Vector, ...]
    reference_frames: tuple[int, ...]

    @property
    def kinds(self) -> Iterator[str]:
        """The kinds of motion that it is an example of."""
        yield self.mode
        yield f"{self.w}x{self.h}"
        yield ("uni", "bi")[len(self.vectors) - 1]
        yield self.partition
        if self.compound == "weighted":
            yield "weighted"
        if self.field:
            yield "field"


def predictions(intrinsics: codecorpus.Intrinsics, *, residual: bool) -> Iterator[Prediction]:
    """The prediction blocks, where they and their references are shown; unless `residual`, those whose coding block
    has none of luma.
    """
    partitions = {
        (block["coded_order"], block["block"]): block["partition"]
        for block in _rows(intrinsics.blocks)
        if residual or (block["coefs"] == 0 and block["energy"] == 0)
    }
    field_pictures = {row["coded_order"] for row in _rows(intrinsics.frames) if row["structure"] == "field"}
    for row in _rows(intrinsics.motion):
        partition = partitions.get((row["coded_order"], row["block"]))
        if partition is None or row["frame"] is None:
            continue
        if all(row[f"dt{side}"] is not None for side in _sides(row)):
            yield _prediction(row, partition, row["coded_order"] in field_pictures)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return (dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True))


def _sides(row: dict[str, Any]) -> list[int]:
    return [side for side in (0, 1) if row[f"mv{side}_x"] is not None]


def _prediction(row: dict[str, Any], partition: str, in_field_picture: bool) -> Prediction:
    y = row["y"] if not row["field"] or in_field_picture else row["y"] // 32 * 16 + row["y"] % 16
    sides = _sides(row)
    return Prediction(
        **{name: row[name] for name in TAKEN},
        y=y,
        partition=partition,
        vectors=tuple(Vector(side, row[f"ref{side}"], (row[f"mv{side}_x"], row[f"mv{side}_y"])) for side in sides),
        reference_frames=tuple(row["frame"] - row[f"dt{side}"] for side in sides),
    )
