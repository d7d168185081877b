"""Colours and the font: few, told apart by everyone, and even to the eye where they stand for numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
from PIL import ImageFont

Colour = tuple[int, int, int]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]

PAGE: Final[Colour] = (16, 18, 22)
INK: Final[Colour] = (232, 234, 237)
FAINT: Final[Colour] = (150, 156, 166)
HALO: Final[Colour] = (8, 10, 14)

PAST: Final[Colour] = (255, 176, 32)
FUTURE: Final[Colour] = (64, 196, 255)
BOTH: Final[Colour] = (178, 132, 255)
INTRA: Final[Colour] = (255, 84, 89)
SCREEN: Final[Colour] = (102, 214, 122)

CODING: Final[Colour] = (255, 255, 255)
PREDICTION: Final[Colour] = (255, 214, 102)
TRANSFORM: Final[Colour] = (80, 230, 170)
SKIP: Final[Colour] = (120, 200, 160)

CLASSES: Final = {"header": "#7d8694", "mode": "#b284ff", "motion": "#ffb020", "residual": "#40c4ff"}
"""Of bits, as CSS writes them."""

ENCODES: Final = (
    *("#ffb020", "#40c4ff", "#c792ff", "#66d67a", "#ff6e72", "#f3e36b"),
    *("#ff8fd0", "#6fe0d0", "#c49a6c", "#9aa7ff", "#d5d8de", "#9ccc65"),
)
"""In their order, again from the first after the last."""


@cache
def ramp(name: str) -> Pixels:
    """256 steps of a perceptually uniform colour map of matplotlib, [256, 3]."""
    steps = matplotlib.colormaps[name](np.linspace(0, 1, 256))[:, :3]
    colours: Pixels = np.rint(steps * 255).astype(np.uint8)
    return colours


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), size)
