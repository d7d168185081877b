"""Packets, whole or not, as a file."""

from __future__ import annotations

import io
from collections.abc import Iterable
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
