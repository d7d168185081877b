"""Rate-distortion curves: a panel a clip, a line a family of encodes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from codecorpus.corpus.distortion import MEASURES, Family, Point, curve
from codecorpus.view.colour import FAINT, INK, PAGE

COLUMNS: Final = 3
MOST_CLIPS: Final = 9
"""Clips that are drawn; of more, those at even distances."""


def draw(path: Path, found: Sequence[Point], among: Sequence[Family], measure: str) -> None:
    """Write a picture of the curves of every clip, kb/s on a logarithmic scale across."""
    clips = sorted({point.clip for point in found})
    clips = [clips[at] for at in np.unique(np.linspace(0, len(clips) - 1, min(len(clips), MOST_CLIPS)).astype(int))]
    columns = min(COLUMNS, len(clips))
    rows = -(-len(clips) // columns)
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "font.size": 9}):
        figure = Figure(figsize=(columns * 4.2, rows * 3.4 + 0.8), dpi=100, facecolor=_hex(PAGE), layout="constrained")
        axes = np.ravel(figure.subplots(rows, columns, squeeze=False))
        colours = matplotlib.colormaps["turbo"](np.linspace(0.1, 0.95, max(len(among), 2)))
        lines = {}
        for at, clip in zip(axes, clips, strict=False):
            for family, colour in zip(among, colours, strict=False):
                rates, values = curve(found, family, clip, measure)
                if rates:
                    (lines[family.name],) = at.plot(rates, values, marker="o", markersize=4, color=colour)
            at.set_title(clip, color=_hex(INK), fontsize=10, loc="left")
            at.set_xscale("log")
            at.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            at.xaxis.set_major_formatter("{x:g}")
            at.xaxis.set_minor_formatter(NullFormatter())
            at.set_xlabel("rate, kb/s", color=_hex(FAINT))
            at.set_ylabel(MEASURES[measure], color=_hex(FAINT))
            at.set_facecolor(_hex(PAGE))
            at.tick_params(colors=_hex(FAINT), which="both")
            at.grid(color=_hex(FAINT), alpha=0.2, which="both")
            for spine in at.spines.values():
                spine.set_color(_hex(FAINT))
        for at in axes[len(clips) :]:
            at.set_axis_off()
        figure.legend(
            lines.values(), lines.keys(), loc="outside lower left", frameon=False, labelcolor=_hex(INK), ncols=columns
        )
        figure.savefig(path)


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
