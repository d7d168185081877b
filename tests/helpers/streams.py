"""Made-up streams: tables whose numbers a test knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from codecorpus import schema
from codecorpus.intrinsics import Intrinsics

ZERO: dict[Any, Any] = {
    pa.bool_(): False,
    pa.int8(): 0,
    pa.uint8(): 0,
    pa.uint16(): 0,
    pa.int32(): 0,
    pa.float32(): 0.0,
}

SIZES = ("width", "height", "crop_x", "crop_y", "crop_width", "crop_height")
"""Columns of **frames** that headers tell: null where these are lost."""


@dataclass
class Picture:
    """A coded picture; `frame` is None if it is never shown."""

    frame: int | None
    blocks: Sequence[dict[str, Any]] = ()
    motion: Sequence[dict[str, Any]] = ()
    width: int = 64
    height: int = 48
    crop: tuple[int, int, int, int] | None = None
    structure: str = "frame"
    error: str | None = None


def stream(pictures: Sequence[Picture], codec: str = "av1") -> Intrinsics:
    """The tables of a stream; columns that are not given are null, or zero where they cannot be."""
    rows: dict[str, list[dict[str, Any]]] = {"frames": [], "blocks": [], "motion": []}
    for coded_order, picture in enumerate(pictures):
        keys = {"coded_order": coded_order, "frame": picture.frame}
        size = {"width": picture.width, "height": picture.height, "structure": picture.structure}
        x, y, width, height = picture.crop or (0, 0, picture.width, picture.height)
        size |= {"crop_x": x, "crop_y": y, "crop_width": width, "crop_height": height}
        rows["frames"].append({**keys, **size, "type": "P", "bytes": 100, "error": picture.error})
        for table, own in (("blocks", picture.blocks), ("motion", picture.motion)):
            rows[table] += [{"block": at, **keys, **row} for at, row in enumerate(own)]
    return Intrinsics(codec, {name: _table(name, own) for name, own in rows.items()})


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    own = schema.SCHEMAS[name]
    columns = []
    for field in own:
        default = None if field.nullable else ZERO.get(field.type, "inter" if field.name == "prediction" else "none")
        columns.append(pa.array([row.get(field.name, default) for row in rows], field.type))
    return pa.Table.from_arrays(columns, schema=own)


def block(x: int = 0, y: int = 0, w: int = 16, h: int = 16, **more: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "w": w, "h": h, "prediction": "inter", "qstep": 8.0, **more}


def vector(x: int = 0, y: int = 0, w: int = 16, h: int = 16, **more: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "w": w, "h": h, "mode": "merge", "warp": "none", "compound": "none", **more}


def busy(frames: int = 6, seed: int = 0) -> Intrinsics:
    """Pictures in a pyramid, with a hidden one that is never shown, of blocks of all sizes, some overhanging."""
    rng = np.random.default_rng(seed)
    order: list[int | None] = [0, frames - 1, None, *range(1, frames - 1)]
    pictures = []
    for frame in order:
        blocks, motion = [], []
        for y in range(0, 48, 16):
            for x in range(0, 64, 32):
                bits, energy = rng.random(2) * 100
                numbers = {"bits_mode": 1.0, "bits_motion": 2.5, "bits_residual": bits, "energy": energy}
                blocks.append(block(x, y, 32, 32 if y == 32 else 16, skip=bool(rng.random() < 0.3), **numbers))
                dt = 0 if frame is None else int(rng.integers(1, 4))
                motion.append(vector(x, y, 32, 16, ref0=0, dt0=dt, mv0_x=float(dt), mv0_y=-2.0 * dt))
        pictures.append(Picture(frame, blocks, motion))
    return stream(pictures)
