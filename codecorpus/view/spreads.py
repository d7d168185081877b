"""How every channel is spread over the cells of each encode, as cumulative shares in one picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from codecorpus import maps
from codecorpus.corpus.ranks import Spread
from codecorpus.view.colour import FAINT, INK, PAGE

COLUMNS: Final = 4
LOGARITHMIC: Final = {"bits": 1e-3, "energy": 1e-1, "qstep": 1.0, "reference_distance": 1.0}
"""Channels on a logarithmic scale, which is linear below this value."""
SYMMETRIC: Final = 0.1
"""So for velocities, of either sign."""

Axes = Any
"""matplotlib.axes.Axes, whose types say little."""


def draw(path: Path, encodes: Mapping[str, Mapping[str, Spread]]) -> None:
    """Write a picture of all channels, a line an encode: the share of cells up to each value."""
    channels = [channel for channel in maps.CHANNELS if any(channel in spreads for spreads in encodes.values())]
    rows = -(-(len(channels) + 1) // COLUMNS)
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "font.size": 9}):
        figure = Figure(figsize=(COLUMNS * 4, rows * 3), dpi=100, facecolor=_hex(PAGE), layout="constrained")
        axes = np.ravel(figure.subplots(rows, COLUMNS, squeeze=False))
        colours = matplotlib.colormaps["turbo"](np.linspace(0.1, 0.95, max(len(encodes), 2)))
        lines = []
        for at, channel in zip(axes, channels, strict=False):
            lines = [
                _line(at, spreads.get(channel), colour)
                for spreads, colour in zip(encodes.values(), colours, strict=False)
            ]
            _label(at, channel)
        for at in axes[len(channels) :]:
            at.set_axis_off()
        columns = 1 + len(encodes) // 13
        legend = axes[len(channels)].legend(
            lines, encodes, loc="upper left", frameon=False, labelcolor=_hex(INK), fontsize=9, ncols=columns
        )
        legend.set_in_layout(False)  # it may reach over the room beside it, which is empty
        figure.savefig(path)


def _line(axes: Axes, spread: Spread | None, colour: Any) -> Any:
    values, counts = spread.pairs() if spread else (np.zeros(0), np.zeros(0))
    shares = np.cumsum(counts) / max(1, counts.sum())
    # From nothing, so that a value that all cells share is a step too.
    steps = np.append(values[:1], values), np.append(np.zeros(len(values[:1])), shares)
    (line,) = axes.plot(*steps, color=colour, linewidth=1.3, drawstyle="steps-post")
    return line


def _label(axes: Axes, channel: str) -> None:
    unit = maps.DECLARED[channel].unit
    axes.set_title(channel, color=_hex(INK), fontsize=10, loc="left")
    axes.set_xlabel(unit, color=_hex(FAINT))
    axes.set_ylim(0, 1.02)
    if channel in LOGARITHMIC:
        axes.set_xscale("symlog", linthresh=LOGARITHMIC[channel])
        axes.set_xlim(left=0)
    elif channel.startswith("velocity") and not channel.endswith("mask"):
        axes.set_xscale("symlog", linthresh=SYMMETRIC)
    axes.set_facecolor(_hex(PAGE))
    axes.tick_params(colors=_hex(FAINT))
    axes.grid(color=_hex(FAINT), alpha=0.2)
    for spine in axes.spines.values():
        spine.set_color(_hex(FAINT))


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
