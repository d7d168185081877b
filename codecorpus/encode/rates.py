"""The frame rates that encoders which count frames are told."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Final

RATES: Final = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001)),
    *(Fraction(30), Fraction(50), Fraction(60000, 1001), Fraction(60)),
)
"""Frame rates of MPEG-2, by frame_rate_code (ISO/IEC 13818-2, table 6-4)."""

FINEST: Final = 65535
"""Of MPEG-4's clock, the most that it ticks a second (vop_time_increment_resolution, ISO/IEC 14496-2, 6.3.3)."""

LONGEST: Final = FINEST // 17
"""The most ticks of MPEG-4's clock between two frames: FFmpeg counts those between references, which have up to 16 B
pictures between them, in 16 bits."""


@cache
def mpeg2_rate(fps: Fraction) -> Fraction:
    """The frame rate of MPEG-2 that is nearest, with frame_rate_extension_n and frame_rate_extension_d (6.3.5)."""
    rates = (rate * n / d for d in range(1, 33) for n in range(1, 5) for rate in RATES)
    return min(rates, key=lambda rate: abs(rate - fps))


def mpeg4_rate(fps: Fraction) -> Fraction:
    """The nearest frame rate that MPEG-4's clock can count."""
    rate = 1 / max((1 / fps).limit_denominator(FINEST), Fraction(1, FINEST))
    return rate if rate.denominator <= LONGEST else max(fps.limit_denominator(LONGEST), Fraction(1, LONGEST))
