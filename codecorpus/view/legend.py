"""Strips below panels that tell what their colours and lines mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from codecorpus.view import colour, scale
from codecorpus.view.colour import Colour, font
from codecorpus.view.draw import SUPERSAMPLING, Style, arrow, wheel
from codecorpus.view.layers import HEATS, LINES, TINTS

WORDS: dict[str, tuple[tuple[str, Colour, int], ...]] = {
    "mode": (
        ("intra", colour.INTRA, 230),
        ("from the past", colour.PAST, 230),
        ("from the future", colour.FUTURE, 230),
        ("from both", colour.BOTH, 230),
        ("pale: skipped", colour.FAINT, 110),
    ),
    "skip": (("skipped", colour.SKIP, 230),),
    "coding": (("coding blocks", colour.CODING, 255),),
    "prediction": (("prediction blocks", colour.PREDICTION, 255),),
    "transform": (("transform blocks", colour.TRANSFORM, 255),),
}


def strips(layers: tuple[str, ...], style: Style, width: int, size: int) -> list[Image.Image]:
    """One strip for the scale, one for everything else."""
    scales = [ramp for layer in layers if layer in HEATS for ramp in dict.fromkeys(style.scales[layer].values())]
    out = [scale.bar(ramp, width, size) for ramp in scales]
    if "flow" in layers:
        out.append(_wheel(style, width, size))
    coloured = any(layer in HEATS or layer in TINTS or layer == "flow" for layer in layers)
    rest = [layer for layer in layers if layer not in HEATS and layer != "flow" and not (coloured and layer in LINES)]
    if rest:
        out.append(_keys(rest, style, width, size))
    return out


def _wheel(style: Style, width: int, size: int) -> Image.Image:
    """The colours of all directions, and the speed at the rim."""
    side = round(3.2 * size)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    disc = np.where(np.hypot(x, y)[..., None] <= 1, wheel(x, y), colour.PAGE).astype(np.uint8)
    strip = Image.new("RGB", (width, side), colour.PAGE)
    strip.paste(Image.fromarray(disc), (0, 0))
    pen = ImageDraw.Draw(strip)
    pen.text((side + size, side / 2), "motion", colour.INK, font(size, bold=True), anchor="lm")
    left = side + 1.8 * size + font(size, bold=True).getlength("motion")
    words = f"the way that blocks move; at the rim {style.full:g} samples per frame or more"
    pen.text((left, side / 2), words, colour.FAINT, font(size), anchor="lm")
    return strip


@dataclass(frozen=True)
class Key:
    """One sign and what it means."""

    text: str
    sign: float
    """Width of the sign, in pixels of the page."""
    paint: Callable[[ImageDraw.ImageDraw, float, float], None]
    """Draws the sign at its left end and middle, in supersampled pixels."""


def _keys(layers: Iterable[str], style: Style, width: int, size: int) -> Image.Image:
    """Signs in a row, or in as many rows as they need."""
    keys = [key for layer in layers for key in _keys_of(layer, style, size)]
    lines: list[list[tuple[float, Key]]] = [[]]
    face, x = font(size), 0.0
    for key in keys:
        needs = key.sign + 0.5 * size + face.getlength(key.text)
        if lines[-1] and x + needs > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, key))
        x += needs + 1.4 * size
    height = round(1.7 * size)
    big = Image.new("RGB", (width * SUPERSAMPLING, len(lines) * height * SUPERSAMPLING), colour.PAGE)
    pen = ImageDraw.Draw(big, "RGBA")
    for row, line in enumerate(lines):
        for x, key in line:
            key.paint(pen, x * SUPERSAMPLING, (row + 0.5) * height * SUPERSAMPLING)
    strip = big.resize((width, len(lines) * height), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(strip)
    for row, line in enumerate(lines):
        for x, key in line:
            pen.text((x + key.sign + 0.5 * size, (row + 0.5) * height), key.text, colour.FAINT, face, anchor="lm")
    return strip


def _keys_of(layer: str, style: Style, size: int) -> Iterator[Key]:
    if layer == "motion":
        speed = _round_speed(style, size)
        yield _arrow_key("to the past", colour.PAST, speed, style)
        yield _arrow_key(
            f"to the future · this long: {speed:g} sample{'s' * (speed != 1)} per frame", colour.FUTURE, speed, style
        )
    for name, ink, opacity in WORDS.get(layer, ()):
        yield _line_key(name, ink, size) if layer in LINES else _tint_key(name, (*ink, opacity), size)


def _arrow_key(text: str, ink: Colour, speed: float, style: Style) -> Key:
    length = speed * style.gain * style.zoom

    def paint(pen: ImageDraw.ImageDraw, x: float, y: float) -> None:
        arrow(pen, (x, y), (x + length * SUPERSAMPLING, y), (*ink, 255), 1.3 * SUPERSAMPLING, 0)

    return Key(text, length, paint)


def _line_key(text: str, ink: Colour, size: int) -> Key:
    def paint(pen: ImageDraw.ImageDraw, x: float, y: float) -> None:
        pen.line((x, y, x + 1.4 * size * SUPERSAMPLING, y), ink, round(1.4 * SUPERSAMPLING))

    return Key(text, 1.4 * size, paint)


def _tint_key(text: str, ink: tuple[int, int, int, int], size: int) -> Key:
    def paint(pen: ImageDraw.ImageDraw, x: float, y: float) -> None:
        half = 0.4 * size * SUPERSAMPLING
        pen.rounded_rectangle((x, y - half, x + 2 * half, y + half), 0.35 * half, ink)

    return Key(text, 0.8 * size, paint)


def _round_speed(style: Style, size: int) -> float:
    """A round speed whose arrow is a few letters long."""
    wanted = 2.2 * size / (style.gain * style.zoom)
    return min((1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 100), key=lambda speed: abs(speed - wanted))
