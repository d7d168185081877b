"""Streams of encoders that count frames, put back on the clock of their clip."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from codecorpus.demux import opened
from codecorpus.encode.command import MUXING
from codecorpus.errors import EncodeError, border


def put_back(counted: Path, rate: Fraction, pts: Sequence[int], time_base: Fraction, what: str, to: Path) -> None:
    """Write a stream whose times count frames at `rate` to the file `to`, with the times `pts` of those frames.

    They are in units of `time_base`. Both files are NUT, of the same packets. `what` stands in errors.

    Raises:
        EncodeError: it has a picture that the clip does not have.
    """
    with opened(counted) as (source, stream), border(what), av.open(str(to), "w", "nut", MUXING) as target:
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
