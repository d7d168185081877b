"""The page of encodes of the same frames: what goes in, and how it is put together."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codecorpus import maps, schema
from codecorpus.codecs import CODECS
from codecorpus.corpus.ranks import Spread
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.orientation import Orientation
from codecorpus.view import colour, page
from codecorpus.view.draw import Style
from codecorpus.view.layers import HEATS
from codecorpus.view.player import columns, film
from codecorpus.view.scale import Scale
from codecorpus.view.shot import Shot, decoded, shot, with_fields
from codecorpus.view.subject import Scene, Subject, check

SCRIPTS: Final = (
    *(
        "data.js",
        "film.js",
        "turn.js",
        "colours.js",
        "raster.js",
        "layers.js",
        "stage.js",
        "timeline.js",
        "inspector.js",
        "charts.js",
    ),
    *("controls.js", "main.js"),
)
"""In this order, each may use what stands before it at once and all when the page is there."""

TABLES: Final = ("frames", "blocks", "motion", "transforms")
"""What a page is made of."""

KEYS: Final = ("frame", "coded_order")
"""Columns that the page knows by the place of a row."""

PICTURES: Final = (
    *("frame", "coded_order", "type", "key", "temporal_layer", "refs0", "refs1", "poc", "bytes", "qp", "qstep"),
    *("bits_header", "bits_mode", "bits_motion", "bits_residual", "complete", "error"),
)
"""Columns of **frames** that the page has."""

CELL: Final = 16
"""Luma samples, of importance."""

NO_RANK: Final = 255

SHOWN_AT_FIRST: Final = 3

BITS: Final = ("bits_mode", "bits_motion", "bits_residual")


@dataclass(frozen=True)
class Packed:
    """One encode on the page: its description, its tables and its frames."""

    told: dict[str, Any]
    tables: bytes
    film: bytes


def write(path: Path, scene: Scene, frames: range, layers: Sequence[str], start: int, rotate: bool = False) -> int:
    """Write the page; returns how many bytes it has.

    Args:
        path: of the page.
        scene: encodes of the same frames.
        frames: which of them, by presentation index.
        layers: names of `codecorpus.view.layers` that are on at first.
        start: the frame that is shown at first.
        rotate: pictures are turned as players turn them.

    Raises:
        CodecorpusError: an encode has not that many frames, or the first one shown is not among them.
    """
    if start not in frames:
        raise CodecorpusError(f"there is no frame {start} among {frames.start} to {frames.stop - 1}")
    check(scene.subjects, frames)
    packed = [_pack(subject, frames, rotate) for subject in scene.subjects]
    told = _describe(scene, frames, [pack.told for pack in packed])
    told |= {"layers": list(layers), "start": start - frames.start}
    text = assemble(told, packed)
    return save(path, text)


def save(path: Path, text: str) -> int:
    """Write a page whole or not at all; returns how many bytes it has."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return len(text.encode())


def assemble(told: Mapping[str, Any], packed: Sequence[Packed]) -> str:
    """The page's text. Names are data: nothing of them is ever read as HTML or as a script."""
    style, script = asset("style.css"), "\n".join(asset(name) for name in SCRIPTS)
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest(script)}'; style-src 'sha256-{digest(style)}'; img-src data:; "
        "worker-src blob:"
    )
    data = "\n".join(
        f'<script id="{kind}-{at}" type="text/plain">{base64.b64encode(part).decode()}</script>'
        for at, pack in enumerate(packed)
        for kind, part in (("tables", pack.tables), ("film", pack.film))
    )
    described = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    fields = {"policy": policy, "title": html.escape(str(told["title"])), "style": style, "script": script}
    fields |= {"page": described, "data": data, "darkroom": asset("darkroom.js")}
    return re.sub(r"\{\{(\w+)\}\}", lambda name: fields[name[1]], asset("page.html"))


def asset(name: str) -> str:
    """A file that the page is made of."""
    return resources.files("codecorpus.view.player").joinpath(name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """As a page's policy names what is in it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _describe(scene: Scene, frames: range, encodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    in_corpus = all(told["importance"].pop("in_corpus") for told in encodes)
    heats, qp_scales, style = _scales(scene.subjects, frames, in_corpus)
    for told in encodes:
        told["qp_scale"] = qp_scales[told["codec"]]
    first = scene.subjects[0].intrinsics.frames
    times = {row["frame"]: row["time"] for row in first.select(["frame", "time"]).to_pylist()}
    return {
        "title": scene.title,
        "subtitle": scene.subtitle,
        "first": frames.start,
        "frames": len(frames),
        "fps": _rate(times),
        "times": [None if times.get(frame) is None else round(times[frame], 3) for frame in frames],
        "encodes": list(encodes),
        "on": _at_first(encodes),
        "heats": heats,
        "colours": colour.ENCODES,
        "classes": colour.CLASSES,
        "ramps": {name: base64.b64encode(colour.ramp(name).tobytes()).decode() for name in _ramps()},
        "gain": style.gain,
        "full": style.full,
        "columns": {table: list(_columns(table)) for table in TABLES[1:]},
        "rates": list(scene.rates),
    }


def _at_first(encodes: Sequence[Mapping[str, Any]]) -> list[int]:
    """One encode of each codec, then others, as far as they are readable beside each other."""
    codecs = [told["codec"] for told in encodes]
    order = sorted(range(len(encodes)), key=lambda at: (codecs.index(codecs[at]) != at, at))
    return sorted(order[:SHOWN_AT_FIRST])


def _columns(table: str) -> Iterator[dict[str, str]]:
    for field in schema.SCHEMAS[table]:
        if field.name not in (*KEYS, "plane"):
            words = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
            yield {"name": field.name, "unit": words.get("unit", ""), "meaning": words["meaning"]}


def _rate(times: Mapping[int | None, float | None]) -> float:
    there = sorted(time for frame, time in times.items() if frame is not None and time is not None)
    lasts = there[-1] - there[0] if len(there) > 1 else 0.0
    return round((len(there) - 1) / lasts, 4) if lasts > 0 else 25.0


def _ramps() -> list[str]:
    return sorted({heat.ramp for heat in HEATS.values()})


def _scales(
    subjects: Sequence[Subject], frames: range, in_corpus: bool
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]], Style]:
    """What colours mean: by layer, of the native QP by codec; and how long vectors are drawn."""
    shots = [drawn for subject in subjects for drawn in _shots(subject, subject.sampled(frames))]
    style = page.fit_style(shots, [*((name,) for name in HEATS), ("motion",)], 1.0)
    told = {name: _told(next(iter(style.scales[name].values()))) for name in HEATS if name != "qp"}
    told |= {name: told["bits"] | {"meaning": f"{name[5:]} bits per sample"} for name in BITS}
    told["importance"] = {
        **{"low": 0.0, "high": 1.0, "log": False, "ramp": HEATS["bits"].ramp, "ticks": [0, 0.25, 0.5, 0.75, 1]},
        "meaning": _importance_of(in_corpus),
    }
    return told, {codec: _told(scale) for codec, scale in style.scales["qp"].items()}, style


def _importance_of(in_corpus: bool) -> str:
    among = "all cells of this encode in the corpus" if in_corpus else "all cells of these frames"
    return f"rank of a cell's bits among {among}, cells of {CELL} samples: 0.9 is in the top tenth"


def _shots(subject: Subject, frames: Sequence[int]) -> Iterator[Shot]:
    """Shots without pixels, which scales do not need."""
    width, height = maps.displayed_size(subject.intrinsics.frames)
    blank = np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3))
    for frame in frames:
        yield shot(subject.intrinsics.codec, subject.label, subject.intrinsics.tables, frame, blank)


def _told(scale: Scale) -> dict[str, Any]:
    heat = scale.heat
    return {
        **{"low": scale.low, "high": scale.high, "log": heat.scale == "log", "ramp": heat.ramp, "ticks": scale.ticks()},
        "meaning": f"{heat.title}, {heat.unit}",
    }


def _pack(subject: Subject, frames: range, rotate: bool) -> Packed:
    tables, codec = dict(subject.intrinsics.tables), subject.intrinsics.codec
    found = decoded(subject.video, frames, subject.track, subject.times)
    shot_film = film.shoot(frame for _, frame in found)
    size = shot_film.size
    placed = {place[0]: place for place in maps.place(codec, tables["frames"], frames, size=size)}
    pictures = _pictures(tables["frames"], frames, placed)
    shown = _shown(pictures, frames)
    orders = [None if at is None else pictures["coded_order"][at] for at in shown]
    described, data = {}, b""
    tables["transforms"] = _luma(with_fields(tables["transforms"], tables["blocks"]))
    for table in TABLES[1:]:
        rows, starts = _rows(tables[table], orders)
        told, packed = columns.pack(rows)
        described[table] = {"rows": rows.num_rows, "starts": starts, "columns": told, "offset": len(data)}
        data += packed
    ranks, cell, in_corpus = _ranks(subject, frames, size)
    importance = {"offset": len(data), "rows": ranks.shape[1], "columns": ranks.shape[2], "cell": cell}
    importance |= {"in_corpus": in_corpus}
    data += ranks.tobytes()
    of_shot: dict[str, Any] = {
        **{"name": subject.label, "codec": codec, "size": list(size), **subject.about},
        **{"title": CODECS[codec].title, "qp_name": CODECS[codec].qp},
        "film": {"codec": film.CODEC, "size": list(size), "packets": shot_film.packets, "key_every": film.KEY_EVERY},
        "pictures": pictures,
        "shown": shown,
        "turn": _turn(subject.turned(rotate)),
        "places": [_place(placed.get(order)) if order is not None else None for order in orders],
        "tables": described,
        "importance": {**importance, "nothing": NO_RANK},
    }
    return Packed(of_shot, zlib.compress(data, 6), shot_film.data)


def _turn(orientation: Orientation) -> dict[str, Any]:
    return {"quarters": orientation.rotation // 90, "is_mirrored": orientation.is_mirrored}


def _pictures(table: pa.Table, frames: range, placed: Mapping[int, maps.Placed]) -> dict[str, list[Any]]:
    """Columns of the coded pictures that frames show, and of those that count to them."""
    inside = pc.and_kleene(pc.greater_equal(table["frame"], frames.start), pc.less(table["frame"], frames.stop))
    hidden = pc.is_in(table["coded_order"], pa.array(list(placed), table["coded_order"].type))
    rows = table.filter(pc.or_(pc.fill_null(inside, False), hidden)).select(PICTURES)
    told: dict[str, list[Any]] = {name: _plain(rows[name]) for name in rows.column_names}
    told["counts_to"] = [placed[order][1] if order in placed else None for order in told["coded_order"]]
    return told


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Values as JSON has them: floats no longer than they are exact."""
    values: list[Any] = column.to_pylist()
    if not pa.types.is_floating(column.type):
        return values
    return [None if value is None or np.isnan(value) else float(str(np.float32(value))) for value in values]


def _shown(pictures: Mapping[str, list[Any]], frames: range) -> list[int | None]:
    """The picture that each frame shows; the last coded one where several layers are of one instant."""
    found = {frame: at for at, frame in enumerate(pictures["frame"])}
    return [found.get(frame) for frame in frames]


def _luma(transforms: pa.Table) -> pa.Table:
    """Chroma's transform blocks lie under luma's, and would double the page."""
    return transforms.filter(pc.equal(transforms["plane"], 0)).drop_columns(["plane"])


def _rows(table: pa.Table, orders: Sequence[int | None]) -> tuple[pa.Table, list[int]]:
    """The rows of pictures one after the other, and where those of each begin."""
    known = table["coded_order"].to_numpy()
    wanted = np.array([-1 if order is None else order for order in orders])
    firsts, ends = np.searchsorted(known, wanted), np.searchsorted(known, wanted + 1)
    plain = table.select([name for name in table.column_names if name not in KEYS])
    slices = [plain.slice(first, end - first) for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)]
    return pa.concat_tables(slices).unify_dictionaries(), [0, *np.cumsum(ends - firsts).tolist()]


def _place(placed: maps.Placed | None) -> dict[str, Any] | None:
    if placed is None:
        return None
    _, _, _, (sx, sy), in_lines, (left, top) = placed
    return {"left": left, "top": top, "sx": sx, "sy": sy, "lines": in_lines}


def _ranks(subject: Subject, frames: range, size: maps.Size) -> tuple[Any, float, bool]:
    """How each cell's bits rank, in 254ths, [frames, rows, columns]; the side of a cell in samples of the frame; and
    whether it is among all of a corpus."""
    wanted = [frame for frame in frames if frame < subject.count]
    try:
        known, width = subject.ranks(wanted) if subject.ranks else (None, size[0])
    except CorpusError:  # no statistics
        known, width = None, size[0]
    in_corpus = known is not None
    if known is None:
        bits = maps.compute(subject.intrinsics.codec, subject.intrinsics.tables, ("bits",), frames=wanted, size=size)
        spread = Spread()
        spread.add(bits)
        known = spread.rank(bits)[:, 0]
    ranks = np.full((len(frames), *known.shape[1:]), NO_RANK, np.uint8)
    ranks[: len(known)] = np.where(np.isnan(known), NO_RANK, np.rint(np.nan_to_num(known) * (NO_RANK - 1)))
    return ranks, CELL * size[0] / width, in_corpus
