"""Panels on a page: encodes side by side, layers below one another, with what they are and what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from codecorpus.codecs import CODECS
from codecorpus.view import draw, legend, scale
from codecorpus.view.colour import FAINT, INK, PAGE, font
from codecorpus.view.draw import Style
from codecorpus.view.layers import HEATS
from codecorpus.view.scale import Scale
from codecorpus.view.shot import Shot

Numbers = np.ndarray[Any, np.dtype[Any]]
FULL = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
GAINS = (1, 1.5, 2, 3, 4, 6, 8)


def fit_style(shots: Sequence[Shot], panels: Sequence[tuple[str, ...]], zoom: float) -> Style:
    """Scales and arrow lengths that suit all shots, so that they compare."""
    layers = {layer for panel in panels for layer in panel}
    some = [shot for shot in shots if shot.row is not None]
    scales = {name: _scales(name, shots) for name in HEATS if name in layers}
    speeds = _speeds(some) if layers & {"motion", "flow"} else np.zeros(0)
    return Style(zoom, _gain(speeds * zoom), _full(speeds), scales)


def _scales(layer: str, shots: Sequence[Shot]) -> dict[str, Scale]:
    """A heat layer's scale for each codec: the same for all, but that each has a native QP of its own."""
    codecs = dict.fromkeys(shot.codec for shot in shots)
    values = [(shot.codec, draw.heat_values(shot, layer)) for shot in shots if shot.row is not None]
    if layer != "qp":
        return dict.fromkeys(codecs, scale.fit(HEATS[layer], [some for _, some in values]))
    heats = {codec: replace(HEATS["qp"], title=f"{CODECS[codec].title} {CODECS[codec].qp}") for codec in codecs}
    return {codec: scale.fit(heats[codec], [some for of, some in values if of == codec]) for codec in codecs}


def _speeds(shots: Sequence[Shot]) -> Numbers:
    """Samples per frame interval of all that moves."""
    speeds = []
    for shot in shots:
        speed = np.hypot(shot.map("velocity_past_x", 16), shot.map("velocity_past_y", 16))
        speeds.append(speed[np.isfinite(speed) & (speed > 0.25)])
    return np.concatenate([np.zeros(0), *speeds])


def _full(speeds: Numbers) -> float:
    """A round speed that few exceed."""
    fast = float(np.percentile(speeds, 95)) if speeds.size else 0.0
    return min((speed for speed in FULL if speed >= fast), default=FULL[-1])


def _gain(speeds: Numbers) -> float:
    """Long enough to see, too short to tangle; speeds in pixels of the page."""
    if not speeds.size:
        return 1.0
    typical, fast = np.percentile(speeds, (80, 97))
    return max((gain for gain in GAINS if gain * typical <= 26 and gain * fast <= 64), default=1.0)


def page(shots: Sequence[Shot], panels: Sequence[tuple[str, ...]], style: Style) -> Image.Image:
    """One picture of all shots (columns) and panels (rows); a single shot's panels stand side by side."""
    single = len(shots) == 1
    width = max(round(shot.shown_size[0] * style.zoom) for shot in shots)
    size = max(11, min(20, width // 46))
    gap = size
    columns = columns_of(len(shots), len(panels))
    full = columns * width + (columns - 1) * gap
    parts: list[Image.Image] = []
    if single:
        parts.append(_heading(shots[0], full, size))
        rows = [panels[at : at + columns] for at in range(0, len(panels), columns)]
        for row in rows:
            cells = [_stack([draw.panel(shots[0], p, style), *legend.strips(p, style, width, size)], size) for p in row]
            parts.append(_beside(cells, width, gap))
    else:
        for at in range(0, len(shots), columns):
            some = shots[at : at + columns]
            parts.append(_beside([_heading(shot, width, size) for shot in some], width, gap))
            for p in panels:
                parts.append(_beside([draw.panel(shot, p, _own(style, shot, width)) for shot in some], width, gap))
        for p in panels:
            parts.extend(legend.strips(p, style, full, size))
    body = _stack(parts, size)
    framed = Image.new("RGB", (_even(body.width + 2 * gap), _even(body.height + 2 * gap)), PAGE)
    framed.paste(body, (gap, gap))
    return framed


def columns_of(shots: int, panels: int) -> int:
    """Columns of a single shot's panels, or of shots: three encodes stand beside each other, more in rows."""
    if shots == 1:
        return math.ceil(math.sqrt(panels))
    return shots if shots <= 3 else math.ceil(math.sqrt(shots))


def _own(style: Style, shot: Shot, width: int) -> Style:
    """The style for a shot whose encode has another size."""
    return replace(style, zoom=width / shot.shown_size[0])


def _even(side: int) -> int:
    return side + side % 2


def _heading(shot: Shot, width: int, size: int) -> Image.Image:
    strip = Image.new("RGB", (width, int(size * 3.1)), PAGE)
    pen = ImageDraw.Draw(strip)
    pen.text((0, 0), _shortened(pen, shot.label, width, size), INK, font(round(size * 1.15), bold=True))
    pen.text((0, size * 1.65), facts(shot), FAINT, font(size))
    return strip


def _shortened(pen: ImageDraw.ImageDraw, text: str, width: int, size: int) -> str:
    face = font(round(size * 1.15), bold=True)
    while len(text) > 4 and pen.textlength(text, face) > width:
        text = text[:-2].rstrip("…") + "…"
    return text


def facts(shot: Shot) -> str:
    """Codec, frame, type, size and QP in a line."""
    row, codec = shot.row, CODECS[shot.codec]
    if row is None:
        return f"{codec.title}   no coded picture"
    words = [codec.title, f"frame {row['frame']}", f"{row['type']}{' key' if row.get('key') else ''}"]
    if row.get("bytes") is not None:
        bits = 8 * row["bytes"]
        words.append(f"{bits / 1000:.1f} kbit" if bits < 1e6 else f"{bits / 1e6:.2f} Mbit")
    if row.get("qp") is not None:
        words.append(f"{codec.qp} {row['qp']:.1f}")
    if row.get("qstep") is not None:
        words.append(f"step {row['qstep']:.3g}")
    return "   ".join(words)


def _stack(images: Sequence[Image.Image], size: int) -> Image.Image:
    gap = size // 2
    out = Image.new("RGB", (max(i.width for i in images), sum(i.height + gap for i in images) - gap), PAGE)
    top = 0
    for image in images:
        out.paste(image, (0, top))
        top += image.height + gap
    return out


def _beside(images: Sequence[Image.Image], width: int, gap: int) -> Image.Image:
    out = Image.new("RGB", (len(images) * (width + gap) - gap, max(i.height for i in images)), PAGE)
    for at, image in enumerate(images):
        out.paste(image, (at * (width + gap), 0))
    return out
