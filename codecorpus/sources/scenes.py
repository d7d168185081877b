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

CHANGE: Final = 10
"""What begins a scene, as scdet has it: the mean difference of samples, less that of the picture before, in percent."""

SCORE: Final = re.compile(r"^lavfi\.scd\.score=([\d.]+)", re.MULTILINE)


def starts(ffmpeg_path: str, path: Path, facts: Probe, what: str) -> tuple[int, ...]:
    """The first frame of each scene, counted in the source's frames; the first is 0. Decodes the source.

    Raises:
        EncodeError: FFmpeg cannot decode it.
        SourceError: the decoder gives other frames than the container lists.
    """
    log = printed(find_scenes(ffmpeg_path, path.absolute(), facts.track.number), f"scenes of {what}")
    scores = [float(score) for score in SCORE.findall(log)]  # of its frames in order, whatever times FFmpeg makes up
    if len(scores) != facts.frames:
        raise SourceError(f"{what}: {len(scores)} frames are decoded of the {facts.frames} that are listed")
    found = [0]
    for frame, score in enumerate(scores):
        if score >= CHANGE and facts.seconds(frame) - facts.seconds(found[-1]) >= SHORTEST:
            found.append(frame)
    return tuple(found)
