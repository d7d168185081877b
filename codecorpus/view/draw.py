"""Layers on a frame, with Pillow: drawn larger, then shrunk, so that thin lines stay smooth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from codecorpus.orientation import Orientation
from codecorpus.view import colour
from codecorpus.view.colour import Colour, Pixels
from codecorpus.view.layers import HEATS, TINTS, Heat
from codecorpus.view.scale import Scale
from codecorpus.view.shot import UNTURNED, Shot

OKLAB_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
"""From Oklab's cone responses to linear sRGB (B. Ottosson, A perceptual color space for image processing, 2020)."""

HEAT_OPACITY = 0.76
SUPERSAMPLING = 3
LINE_WIDTHS = {"coding": 1.0, "prediction": 1.15, "transform": 0.9}
LINE_OPACITIES = {"coding": 120, "prediction": 215, "transform": 205}
LINE_COLOURS = {"coding": colour.CODING, "prediction": colour.PREDICTION, "transform": colour.TRANSFORM}


@dataclass(frozen=True)
class Style:
    """How panels are drawn.

    Attributes:
        zoom: pixels of the page per pixel of the frame.
        gain: pixels of the frame per sample per frame interval of a vector.
        full: samples per frame interval that the strongest colour of flow stands for.
        scales: of the heat layers in use, by layer and codec: one for all codecs but for the native QP.
        dark_lines: borders are drawn on colours that mean something, which they must not change.
    """

    zoom: float = 1.0
    gain: float = 1.0
    full: float = 8.0
    scales: Mapping[str, Mapping[str, Scale]] = field(default_factory=dict)
    dark_lines: bool = False


def panel(shot: Shot, layers: tuple[str, ...], style: Style) -> Image.Image:
    """A frame with layers on it, turned as the shot says."""
    return turned(_drawn(shot, layers, style), shot.orientation)


def turned(picture: Image.Image, orientation: Orientation) -> Image.Image:
    """A picture as players show it; by quarters alone."""
    if orientation == UNTURNED:
        return picture
    planes = orientation.turned(np.moveaxis(np.asarray(picture), 2, 0))
    return Image.fromarray(np.ascontiguousarray(np.moveaxis(planes, 0, 2)))


def _drawn(shot: Shot, layers: tuple[str, ...], style: Style) -> Image.Image:
    """The frame as it is coded, with layers on it."""
    width, height = (round(side * style.zoom) for side in shot.size)
    heat = next((layer for layer in layers if layer in HEATS or layer == "flow"), None)
    base = Image.fromarray(_toned(shot.pixels, layers, heat)).resize((width, height), Image.Resampling.LANCZOS)
    if shot.row is None:
        return base
    if heat is not None:
        if heat == "flow":
            values = flow_colours(shot, style.full)
        else:
            values = style.scales[heat][shot.codec].colours(heat_values(shot, heat))
        colours = Image.fromarray(values).resize((width, height), Image.Resampling.NEAREST, _cells_box(shot, values))
        base = Image.blend(base, colours, HEAT_OPACITY)
    rest = [layer for layer in layers if layer != heat]
    is_tinted = any(layer in TINTS for layer in layers)
    if not rest:
        return base
    overlay = Image.new("RGBA", (width * SUPERSAMPLING, height * SUPERSAMPLING), (0, 0, 0, 0))
    for layer in rest:
        _LAYERS[layer](overlay, shot, layer, replace(style, dark_lines=heat is not None or is_tinted))
    small = overlay.convert("RGBa").resize((width, height), Image.Resampling.BOX).convert("RGBA")
    return Image.alpha_composite(base.convert("RGBA"), small).convert("RGB")


def _toned(pixels: Pixels, layers: tuple[str, ...], heat: str | None) -> Pixels:
    """The frame, faded as far as what is drawn on it needs."""
    if not layers:
        return pixels
    pixels = pixels.astype(np.float32)
    grey = (pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32))[..., None]
    mixed = grey if heat or "mode" in layers or "skip" in layers else 0.6 * pixels + 0.4 * grey
    faded = mixed if heat else 12 + 0.76 * mixed
    return np.broadcast_to(np.clip(faded, 0, 255), pixels.shape).astype(np.uint8)


def heat_values(shot: Shot, name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A heat layer's numbers for every 4 x 4 pixels."""
    heat: Heat = HEATS[name]
    if heat.channel is not None:
        return shot.map(heat.channel)
    # The native QP goes the way of the common scale, which has an entry for each QP.
    blocks = shot.tables["blocks"]
    at = blocks.column_names.index("qstep")
    native = blocks.set_column(at, "qstep", blocks["qp"].cast("float32"))
    return replace(shot, tables={**shot.tables, "blocks": native}).map("qstep")


def _cells_box(shot: Shot, cells: Pixels) -> tuple[float, float, float, float]:
    """The part of the cells that lies in the picture."""
    width, height = shot.size
    if cells.shape[:2] == (height, width):
        return 0, 0, width, height
    return 0, 0, width / 4, height / 4


def flow_colours(shot: Shot, full: float) -> Pixels:
    """Where each block moves, as colour; black where nothing tells. `full` is the speed of the strongest colour."""
    sides = {side: [shot.map(f"velocity_{side}_{axis}") for axis in "xy"] for side in ("past", "future")}
    x, y = (np.where(np.isnan(past), future, past) for past, future in zip(*sides.values(), strict=True))
    x, y = shot.orientation.turned_vectors(x, y)  # a colour means a direction as it is seen
    colours: Pixels = np.where(np.isnan(x)[..., None], 0, wheel(-np.nan_to_num(x) / full, -np.nan_to_num(y) / full))
    return colours.astype(np.uint8)


def wheel(x: Any, y: Any) -> Pixels:
    """Direction as hue, length up to 1 as strength, of even lightness at each length (Oklab)."""
    length = np.hypot(x, y)
    strength = np.clip(length, 0, 1) ** 0.7
    lightness = 0.3 + 0.45 * strength
    a, b = (0.17 * strength * side / np.maximum(length, 1e-6) for side in (x, y))
    cubes = np.stack(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        ],
        axis=-1,
    )
    linear = np.clip(cubes**3 @ OKLAB_TO_RGB.T, 0, 1)
    gamma = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    colours: Pixels = np.rint(255 * gamma).astype(np.uint8)
    return colours


def _boxes(shot: Shot, table: str, style: Style) -> list[list[float]]:
    """Rectangles of a table's rows on the supersampled overlay."""
    boxes: list[list[float]] = (shot.rectangles(table) * style.zoom * SUPERSAMPLING).tolist()
    return boxes


def _lines(overlay: Image.Image, shot: Shot, layer: str, style: Style) -> None:
    """Borders: each block draws its left and top side, so that each is drawn once."""
    table = {"coding": "blocks", "prediction": "motion", "transform": "transforms"}[layer]
    boxes = _boxes(shot, table, style)
    if layer == "prediction":
        boxes += _boxes(shot, "blocks", style)
    if layer == "transform":
        luma = shot.tables["transforms"]["plane"].to_numpy() == 0
        boxes = [box for box, is_luma in zip(boxes, luma, strict=True) if is_luma]
    width = max(1, round(LINE_WIDTHS[layer] * SUPERSAMPLING * _weight(style)))
    ink = (*colour.HALO, 130) if style.dark_lines else (*LINE_COLOURS[layer], LINE_OPACITIES[layer])
    draw = ImageDraw.Draw(overlay)
    strokes = [(ink, width)] if style.dark_lines else [((*colour.HALO, 70), width + SUPERSAMPLING), (ink, width)]
    # Most blocks are predicted as a whole: their border is in both tables.
    borders = dict.fromkeys(map(tuple, boxes))
    for stroke, breadth in strokes:
        for left, top, right, bottom in borders:
            draw.line((left, top, right, top), stroke, breadth)
            draw.line((left, top, left, bottom), stroke, breadth)


def _weight(style: Style) -> float:
    """Lines grow slower than the picture."""
    return max(0.75, math.sqrt(style.zoom) * 0.75)


def kinds(shot: Shot) -> Iterator[tuple[str, bool]]:
    """How each coding block is predicted (intra, screen, past, future, both) and whether it is skipped."""
    motion, blocks = shot.tables["motion"], shot.tables["blocks"]
    sides: dict[int, set[str]] = {}
    for block, *distances in zip(*(motion[name].to_pylist() for name in ("block", "dt0", "dt1")), strict=True):
        seen = sides.setdefault(block, set())
        seen.update("past" if dt >= 0 else "future" for dt in distances if dt is not None)
    names = ("block", "prediction", "skip")
    for block, prediction, skip in zip(*(blocks[name].to_pylist() for name in names), strict=True):
        if prediction in ("intra", "pcm"):
            yield "intra", skip
        elif prediction in ("intrabc", "palette"):
            yield "screen", skip
        else:
            both = sides.get(block, {"past"})
            yield ("both" if len(both) == 2 else next(iter(both), "past")), skip


KINDS: Mapping[str, Colour] = {
    "intra": colour.INTRA,
    "past": colour.PAST,
    "future": colour.FUTURE,
    "both": colour.BOTH,
    "screen": colour.SCREEN,
}


def _tints(overlay: Image.Image, shot: Shot, layer: str, style: Style) -> None:
    draw = ImageDraw.Draw(overlay)
    for box, (kind, skip) in zip(_boxes(shot, "blocks", style), kinds(shot), strict=True):
        if layer == "mode":
            draw.rectangle(box, (*KINDS[kind], 52 if skip else 150))
        elif skip:
            draw.rectangle(box, (*colour.SKIP, 140))


def _motion(overlay: Image.Image, shot: Shot, layer: str, style: Style) -> None:
    """An arrow a vector, from the block towards its prediction, as long as one frame interval's displacement.

    Vectors are drawn as large as their blocks: of fields, and of pictures that are coded smaller, they are stretched.
    """
    motion = shot.tables["motion"]
    boxes = _boxes(shot, "motion", style)
    sizes = list(zip(motion["w"].to_pylist(), motion["h"].to_pylist(), strict=True))
    draw = ImageDraw.Draw(overlay)
    arrows = []
    for suffix in "01":
        columns = (motion[name + suffix].to_pylist() for name in ("dt",))
        vectors = (motion[f"mv{suffix}_{axis}"].to_pylist() for axis in "xy")
        for box, (width, height), dt, x, y in zip(boxes, sizes, *columns, *vectors, strict=True):
            if dt and x is not None:
                reach = style.gain / abs(dt)
                across, down = x * reach * (box[2] - box[0]) / width, y * reach * (box[3] - box[1]) / height
                centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
                ink = colour.PAST if dt > 0 else colour.FUTURE
                arrows.append((centre, (centre[0] + across, centre[1] + down), ink))
    weight = SUPERSAMPLING * _weight(style)
    for tail, tip, _ in arrows:
        arrow(draw, tail, tip, (*colour.HALO, 150), weight * 1.2, weight * 0.9)
    for tail, tip, ink in arrows:
        arrow(draw, tail, tip, (*ink, 255), weight * 1.2, 0)


Point = tuple[float, float]


def arrow(
    draw: ImageDraw.ImageDraw, tail: Point, tip: Point, ink: tuple[int, int, int, int], width: float, halo: float
) -> None:
    """A line with a head, or a faint dot where it is too short for one; `halo` widens it."""
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    length = math.hypot(dx, dy)
    if length < width:
        if not halo:
            radius = 0.6 * width
            draw.ellipse((tail[0] - radius, tail[1] - radius, tail[0] + radius, tail[1] + radius), (*ink[:3], 150))
        return
    ux, uy = dx / length, dy / length
    head = min(4.8 * width, 0.7 * length)
    half = 0.44 * head + halo
    neck = (tip[0] - ux * head, tip[1] - uy * head)
    end = (tip[0] + ux * halo, tip[1] + uy * halo)
    draw.line((*tail, *neck), ink, max(1, round(width + 2 * halo)))
    base = (neck[0] - ux * halo, neck[1] - uy * halo)
    draw.polygon([end, (base[0] - uy * half, base[1] + ux * half), (base[0] + uy * half, base[1] - ux * half)], ink)


_LAYERS = {
    "mode": _tints,
    "skip": _tints,
    "coding": _lines,
    "prediction": _lines,
    "transform": _lines,
    "motion": _motion,
}
