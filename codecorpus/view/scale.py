"""From numbers to colours, and the bar that tells which is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator
from PIL import Image, ImageDraw

from codecorpus import maps
from codecorpus.view.colour import FAINT, INK, PAGE, Pixels, font, ramp
from codecorpus.view.layers import Heat


@dataclass(frozen=True)
class Scale:
    """A heat layer's range."""

    heat: Heat
    low: float
    high: float

    def place(self, values: maps.Array | Sequence[float]) -> maps.Array:
        """0 at the low end, 1 at the high end."""
        numbers, low, high = np.asarray(values, np.float32), self.low, self.high
        if self.heat.scale == "log":
            numbers, low, high = np.log(np.maximum(numbers, low)), np.log(low), np.log(high)
        share: maps.Array = np.clip((numbers - low) / (high - low), 0, 1).astype(np.float32)
        return share

    def colours(self, values: maps.Array) -> Pixels:
        """RGB; what is not a number has no colour to tell, and is black."""
        step = np.nan_to_num(self.place(values) * 255).astype(np.uint8)
        colours: Pixels = np.where(np.isnan(values)[..., None], 0, ramp(self.heat.ramp)[step]).astype(np.uint8)
        return colours

    def ticks(self) -> list[float]:
        if self.heat.scale == "linear" or self.high < 4 * self.low:
            locator = MaxNLocator(6, steps=[1, 2, 5, 10], integer=self.high - self.low >= 5)
            ticks = locator.tick_values(self.low, self.high)
        else:
            wide = self.high / self.low > 60
            ticks = LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)).tick_values(self.low, self.high)
        slack = 1e-6 * (self.high - self.low)
        return [float(tick) for tick in ticks if self.low - slack <= tick <= self.high + slack]


def fit(heat: Heat, samples: Sequence[maps.Array]) -> Scale:
    """A range that the samples fill but for their rarest values: one scale for all of them."""
    parts = [np.ravel(values)[np.isfinite(np.ravel(values))] for values in samples]
    numbers = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if heat.scale == "log":
        numbers = numbers[numbers > heat.floor]
    if not numbers.size:
        return Scale(heat, heat.floor or 1.0, 10 * (heat.floor or 1.0))
    low, high = (float(q) for q in np.percentile(numbers, (1, 99.5)))
    if heat.scale == "log":
        low = max(heat.floor, low)
        if high < 1.5 * low:
            low, high = low / 1.5, high * 1.5
    elif high - low < 4:
        middle = (low + high) / 2
        low, high = max(min(0.0, low), middle - 2), middle + 2
    return Scale(heat, low, high)


def bar(scale: Scale, width: int, size: int) -> Image.Image:
    """The scale as a strip: title, colours, ticks, unit. `size` is the font's."""
    small = font(size)
    title = font(size, bold=True)
    strip = Image.new("RGB", (width, int(size * 2.9)), PAGE)
    draw = ImageDraw.Draw(strip)
    head = f"{scale.heat.title}  "
    left = int(draw.textlength(head, title)) + size // 2
    unit_width = int(draw.textlength(scale.heat.unit, small))
    length = max(size * 6, min(width - left - unit_width - 2 * size, 34 * size))
    draw.text((0, size * 0.45), head, INK, title)
    gradient = ramp(scale.heat.ramp)[np.linspace(0, 255, length).astype(int)]
    strip.paste(Image.fromarray(np.repeat(gradient[None], size, axis=0)), (left, int(size * 0.5)))
    draw.text((left + length + size * 0.8, size * 0.45), scale.heat.unit, FAINT, small)
    taken = -1.0
    for tick, at in zip(scale.ticks(), scale.place(scale.ticks()), strict=True):
        x = left + float(at) * (length - 1)
        draw.line((x, size * 1.5, x, size * 1.75), FAINT)
        text = f"{tick:g}"
        half = draw.textlength(text, small) / 2
        if x - half > taken:
            draw.text((x - half, size * 1.75), text, FAINT, small)
            taken = x + half + size * 0.4
    return strip
