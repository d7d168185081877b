"""How many frames a second times come to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

LONGEST_STILL: Final = 600
"""Seconds that a frame is shown, at most; longer gaps are a clock that jumps, where others are much shorter."""

MUCH: Final = 100
"""Times that a clock's jump is longer than the gap in the middle, at least: not so where a frame comes every hour."""

ROUNDING: Final = Fraction(1, 1000)
"""Seconds that times are rounded to by Matroska, and so by what was copied out of it, whatever its own clock counts."""

FINE: Final = Fraction(1, 10)
"""Of an interval, the most that times are off which are finer than that."""

SLACK: Final = 1.001
"""For sums of floating point."""


def jumps(times: Any, second: float) -> tuple[int, Any]:
    """How many gaps between times are a clock that jumps, and what they come to.

    `times` rise; there are `second` of their units in one.
    """
    gaps = np.diff(times)
    if gaps.max(initial=0) <= LONGEST_STILL * second:
        return 0, 0
    long = gaps[gaps > max(LONGEST_STILL * second, MUCH * np.median(gaps))]
    return len(long), long.sum()


def mean(pts: Sequence[int], time_base: Fraction) -> Fraction | None:
    """Frames a second, on average, jumps of the clock left out; None where times do not tell."""
    times = np.asarray(pts, np.int64)
    number, lost = jumps(times, float(1 / time_base))
    span = int(times[-1] - times[0] - lost) * time_base
    return (len(times) - 1 - number) / span if span > 0 else None


def keeps(pts: Sequence[int], time_base: Fraction, rate: Fraction, within: Fraction) -> bool:
    """Whether times are those of a constant rate, but for `within` seconds, or less where intervals are short."""
    times = np.asarray(pts, np.int64)
    due = times[0] + np.arange(len(times)) * float(1 / rate / time_base)
    most = max(time_base, min(within, FINE / rate))
    return bool(np.abs(times - due).max(initial=0) <= float(most / time_base) * SLACK)
