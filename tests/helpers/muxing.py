"""Packets, whole or not, as a file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

SMALL = ["-ss", 2, "-an", "-vf", "crop=176:112:144:32", "-frames:v", 20, "-threads", 1]
"""FFmpeg's options for a clip of a few small frames."""

STEP = 512
"""Time from packet to packet, by which a picture is known again."""


def muxed(template: Any, payloads: Iterable[bytes]) -> bytes:
    """The packets as a file, at times that tell them apart."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream_from_template(template)
        for at, payload in enumerate(payloads):
            packet = av.Packet(payload)
            packet.stream, packet.time_base = stream, template.time_base
            packet.pts = packet.dts = STEP * at
            packet.duration = STEP
            packet.is_keyframe = at == 0
            container.mux_one(packet)
    return file.getvalue()


def put_into(path: Path, packets: Sequence[bytes], times: Sequence[int | None], unit: Fraction, codec: str) -> Path:
    """Packets of a byte stream in the container of that name's ending, in decoding order, a unit of time apart.

    `times` are when they are shown; `codec` is what FFmpeg calls a raw stream of it.
    """
    forms = {".ts": "mpegts", ".mkv": "matroska"}
    with (
        av.open(io.BytesIO(b"".join(packets)), format=codec) as raw,
        av.open(str(path), "w", format=forms.get(path.suffix)) as container,
    ):
        stream = container.add_stream_from_template(raw.streams.video[0])
        stream.time_base = unit
        for number, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, unit
            packet.pts, packet.dts, packet.duration = times[number], number, 1
            packet.is_keyframe = data[:8] == packets[0][:8]  # parameter sets, or a sequence header
            container.mux_one(packet)
    return path
