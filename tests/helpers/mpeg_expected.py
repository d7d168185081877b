"""The rows of MPEG streams as they were written, beside those that are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from helpers.mpeg_writing import Picture

import codecorpus

BLOCKS = (
    "coded_order",
    "block",
    "x",
    "y",
    "w",
    "h",
    "prediction",
    "skip",
    "partition",
    "qp",
    "coefs",
    "coefs_chroma",
    "energy",
    "energy_chroma",
    "bits_mode",
    "bits_motion",
    "bits_residual",
    "field",
)
MOTION = (
    "coded_order",
    "block",
    "part",
    "x",
    "y",
    "w",
    "h",
    "mode",
    "ref0",
    "ref1",
    "mv0_x",
    "mv0_y",
    "mv1_x",
    "mv1_y",
    "field",
)
TRANSFORMS = ("coded_order", "block", "plane", "x", "y", "type", "coefs", "energy", "bits")


def place(number: int, chroma: int) -> tuple[int, int, int, int, int]:
    """Plane, column and row of a block in its macroblock, and columns and rows of such blocks."""
    if number < 4:
        return 0, number % 2, number // 2, 2, 2
    columns, rows = {1: (1, 1), 2: (1, 2), 3: (2, 2)}[chroma]
    index = (number - 4) // 2
    return 1 + number % 2, index // 2, index % 2, columns, rows


def expected(pictures: Sequence[Picture], chroma: int, unit: float) -> dict[str, list[dict[str, object]]]:
    tables: dict[str, list[dict[str, object]]] = {"blocks": [], "motion": [], "transforms": []}
    for picture in pictures:
        for index, mb in enumerate(picture.macroblocks):
            luma = [block for block in mb.blocks if block.number < 4]
            others = [block for block in mb.blocks if block.number >= 4]
            key = {"coded_order": picture.coded_order, "block": index}
            tables["blocks"].append(key | {
                "x": 16 * mb.column, "y": 16 * mb.row, "w": 16, "h": 16, "prediction": mb.prediction, "skip": mb.skip,
                "partition": mb.partition, "qp": mb.qp, "coefs": sum(b.coefs for b in luma),
                "coefs_chroma": sum(b.coefs for b in others), "energy": float(np.float32(sum(b.energy for b in luma))),
                "energy_chroma": float(np.float32(sum(b.energy for b in others))),
                **{f"bits_{name}": float(mb.bits[name]) for name in ("mode", "motion", "residual")}, "field": mb.field,
            })  # fmt: skip
            for number, part in enumerate(mb.parts):
                row = key | {"part": number, "x": part.x, "y": part.y, "w": part.w, "h": part.h, "mode": part.mode}
                for side in range(2):
                    vector = part.vectors[side]
                    row[f"ref{side}"] = part.refs[side] if vector is not None else None
                    row[f"mv{side}_x"] = vector[0] * unit if vector is not None else None
                    row[f"mv{side}_y"] = vector[1] * unit if vector is not None else None
                tables["motion"].append(row | {"field": part.field})
            for block in mb.blocks:
                plane, across, down, columns, rows = place(block.number, chroma)
                kind = "DCT_FIELD" if mb.dct_field and rows > 1 else "DCT"
                tables["transforms"].append(key | {
                    "plane": plane, "x": (mb.column * columns + across) * 8, "y": (mb.row * rows + down) * 8,
                    "type": kind, "coefs": block.coefs, "energy": float(np.float32(block.energy)),
                    "bits": float(block.bits),
                })  # fmt: skip
    return tables


COLUMNS = {"blocks": BLOCKS, "motion": MOTION, "transforms": TRANSFORMS}


def differences(
    source: bytes | Path, pictures: Sequence[Picture], codec: str, *, chroma: int = 1, unit: float = 0.5
) -> list[str]:
    """What is read otherwise than it was written; `unit` is that of vectors, in samples."""
    read = codecorpus.extract(source, codec=codec, tables=["frames", *COLUMNS])
    frames = [(row["type"], row["frame"], references(row["refs0"], row["refs1"])) for row in read.frames.to_pylist()]
    found = []
    if frames != [(picture.kind, picture.frame, references(picture.refs)) for picture in pictures]:
        found.append(f"frames: {frames}")
    for name, rows in expected(pictures, chroma, unit).items():
        ours = getattr(read, name).select(COLUMNS[name]).to_pylist()
        if len(ours) != len(rows):
            found.append(f"{name}: {len(ours)} rows for {len(rows)}")
        for got, want in zip(ours, rows, strict=False):
            other = {column: (got[column], want[column]) for column in COLUMNS[name] if got[column] != want[column]}
            if other:
                found.append(f"{name} of {got['coded_order']}, {got['block']}: {other}")
    return found


def references(*lists: Sequence[int | None] | None) -> list[int]:
    return [reference for side in lists for reference in side or () if reference is not None]
