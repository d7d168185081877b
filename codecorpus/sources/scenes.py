"""Where scenes begin: by how much each picture differs from the one before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from codecorpus.encode.command import find_scenes
from codecorpus.encode.process import printed
from codecorpus.errors import SourceError
from codecorpus.sources.probe import Probe

SHORTEST: Final = 0.5
"""Seconds: what changes sooner after a scene began, as at the end of a flash, begins no other."""

CHANGE: Final = re.compile(r"^frame:\d+\s+pts:(-?\d+)", re.MULTILINE)


def starts(ffmpeg_path: str, path: Path, facts: Probe, what: str) -> tuple[int, ...]:
    """The first frame of each scene, counted in the source's frames; the first is 0. Decodes the source.

    Raises:
        EncodeError: FFmpeg cannot decode it.
        SourceError: the decoder gives other frames than the container lists.
    """
    log = printed(find_scenes(ffmpeg_path, path.absolute(), facts.track.number), f"scenes of {what}")
    index = {pts: frame for frame, pts in enumerate(facts.pts)}
    found = [0]
    for pts in map(int, CHANGE.findall(log)):
        if pts not in index:
            raise SourceError(f"{what}: a frame is decoded at another time than listed")
        frame = index[pts]
        if facts.seconds(frame) - facts.seconds(found[-1]) >= SHORTEST:
            found.append(frame)
    return tuple(found)
