"""What can be drawn on a frame, by name. `motion+coding` draws several layers over one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Heat:
    """A number for each block, as colour.

    Attributes:
        title: what the scale is headed by.
        unit: of its numbers.
        ramp: matplotlib's colour map.
        channel: of `codecorpus.maps`; None for the native QP.
        scale: how numbers turn to colours.
        floor: of a logarithmic scale: less than this looks the same.
    """

    title: str
    unit: str
    ramp: str
    channel: str | None
    scale: Literal["linear", "log"] = "log"
    floor: float = 0.0


HEATS: Final[Mapping[str, Heat]] = {
    "bits": Heat("bits", "bits per sample", "inferno", "bits", floor=0.004),
    "energy": Heat("residual energy", "(8-bit sample)² per sample", "magma", "energy", floor=0.1),
    "qstep": Heat("quantiser step", "8-bit samples", "viridis", "qstep"),
    "qp": Heat("QP", "the codec's own scale", "viridis", None, "linear"),
    "distance": Heat("reference distance", "frames", "cividis", "reference_distance", "linear"),
}

TINTS: Final = ("mode", "skip")
"""A kind for each block, as colour."""

LINES: Final = ("transform", "prediction", "coding")
"""Borders of blocks, from thin to thick."""

LAYERS: Final = (*HEATS, "flow", *TINTS, *LINES, "motion")
"""In the order that they are drawn in."""

DEFAULT: Final = ("motion+prediction",)


def parse(panel: str) -> tuple[str, ...]:
    """The layers of one panel, in drawing order.

    Raises:
        ValueError: there is no such layer, or two want to colour the whole picture.
    """
    names = panel.split("+")
    if unknown := [name for name in names if name not in (*LAYERS, "picture")]:
        raise ValueError(f"no layer {unknown[0]!r}; there are {', '.join(LAYERS)} and picture")
    full = [name for name in names if name in HEATS or name == "flow"]
    if len(full) > 1:
        raise ValueError(f"{full[0]} and {full[1]} would hide each other: give each a panel of its own")
    return tuple(name for name in LAYERS if name in names)


def tables(panels: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The tables that panels are drawn from."""
    used = {layer for panel in panels for layer in panel}
    return ("frames", "blocks", "motion") + (("transforms",) if "transform" in used else ())
