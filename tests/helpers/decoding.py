"""What a decoder shows of a stream that is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import av


def decoded(container: av.container.InputContainer) -> Iterator[av.VideoFrame]:
    """What a decoder gives, on behind what it refuses."""
    container.streams.video[0].thread_type = "NONE"
    for packet in container.demux(video=0):
        with suppress(av.error.FFmpegError):
            yield from packet.decode()
