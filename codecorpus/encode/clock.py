"""Encoders that count frames: the rate that they are told, and their streams, put back on the clock of the clip."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from codecorpus.demux import opened
from codecorpus.errors import EncodeError, border

RATES: Final = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001)),
    *(Fraction(30), Fraction(50), Fraction(60000, 1001), Fraction(60)),
)
"""Frame rates of MPEG-2, by frame_rate_code (ISO/IEC 13818-2, table 6-4)."""

MPEG2_RATES: Final = tuple(dict.fromkeys(rate * n / d for d in range(1, 33) for n in range(1, 5) for rate in RATES))
"""All that it has, with frame_rate_extension_n and frame_rate_extension_d (6.3.5)."""

FINEST: Final = 65535
"""Of MPEG-4's clock, the most that it ticks a second (vop_time_increment_resolution, ISO/IEC 14496-2, 6.3.3)."""

OPTIONS: Final = {"avoid_negative_ts": "disabled", "fflags": "+bitexact"}


def mpeg2_rate(fps: Fraction) -> Fraction:
    """The frame rate of MPEG-2 that is nearest."""
    return min(MPEG2_RATES, key=lambda rate: abs(rate - fps))


def mpeg4_rate(fps: Fraction) -> Fraction:
    """The nearest frame rate that MPEG-4's clock can count."""
    return 1 / max((1 / fps).limit_denominator(FINEST), Fraction(1, FINEST))


def put_back(counted: Path, rate: Fraction, pts: Sequence[int], time_base: Fraction, what: str, to: Path) -> None:
    """Write a stream whose times count frames at `rate` to the file `to`, with the times `pts` of those frames.

    They are in units of `time_base`. Both files are NUT, of the same packets. `what` stands in errors.

    Raises:
        EncodeError: it has a picture that the clip does not have.
    """
    with opened(counted) as (source, stream), border(what), av.open(str(to), "w", "nut", OPTIONS) as target:
        carrier = target.add_stream_from_template(stream, opaque=True)
        carrier.time_base = time_base
        target.start_encoding()
        assert stream.time_base is not None  # NUT has one
        interval = stream.time_base * rate

        def time(count: int | None) -> int | None:
            if count is None or (frame := count * interval) < 0:
                return None
            if frame.denominator != 1 or frame >= len(pts):
                raise EncodeError(f"{what}: a picture is the clip's frame {float(frame):g}, of {len(pts)}")
            return pts[int(frame)]

        for packet in source.demux(stream):
            if packet.size:
                packet.pts, packet.dts = time(packet.pts), time(packet.dts)
                packet.time_base, packet.stream = time_base, carrier
                target.mux(packet)
