"""Windows: every run of frames that can be learned from, as plain keys that samplers shuffle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from codecorpus.corpus.contents import Clip, Contents, Stream
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.numbers import Bools, integers

PictureRows = Callable[[str, str], pa.Table]
"""The rows of **frames** of a clip and encode: frame, coded_order, error and complete."""


class Window(NamedTuple):
    """Frames of a clip from `first` until before `end`, and the encodes through which each of them can be read."""

    clip: str
    first: int
    end: int
    encodes: tuple[str, ...]

    @property
    def frames(self) -> slice:
        """As reading functions take them."""
        return slice(self.first, self.end)


def windows(
    contents: Contents,
    pictures: PictureRows,
    length: int,
    stride: int,
    encodes: Sequence[str] | None,
    damaged: bool,
) -> Iterator[Window]:
    """Every window of whole length, by chunk, clip and first frame: see `codecorpus.Corpus.windows`."""
    asked = contents.encodes if encodes is None else list(dict.fromkeys(encodes))
    for name in asked:
        if name not in contents.encodes:
            raise contents.unknown("encode", name, contents.encodes)
    for chunk in contents.chunks:
        streams = {encode: contents.streams(chunk, encode) for encode in asked}
        for clip, known in sorted(contents.clips(chunk).items()):
            readable = {
                encode: of[clip] for encode, of in streams.items() if clip in of and of[clip].status != "failed"
            }
            if known.status == "failed" or not readable or (encodes is not None and len(readable) < len(asked)):
                continue
            sound = {
                encode: None if damaged else _sound(clip, encode, stream, pictures)
                for encode, stream in readable.items()
            }
            for first in range(0, _frames(known, readable) - length + 1, stride):
                good = tuple(encode for encode, there in sound.items() if there is None or _all(there, first, length))
                if good and (encodes is None or len(good) == len(asked)):
                    yield Window(clip, first, first + length, good)


def _frames(clip: Clip, streams: dict[str, Stream]) -> int:
    counts = [stream.frames for stream in streams.values() if stream.frames is not None]
    return min([*counts, *([clip.frames] if clip.frames is not None else [])], default=0)


def _sound(clip: str, encode: str, stream: Stream, pictures: PictureRows) -> Bools | None:
    """Which frames are whole, with all that they refer to; None where it is known that all are.

    What a build encodes has no damage, or it fails; streams that are read as they are may begin without references.
    """
    if stream.status == "done" and encode != SOURCE:
        return None
    rows = pictures(clip, encode)
    frame = integers(rows["frame"], -1)
    bad = np.asarray(rows["error"].is_valid()) | ~np.asarray(rows["complete"].fill_null(False))
    count = max(stream.frames or 0, int(frame.max(initial=-1)) + 1)
    sound = np.zeros(count, np.bool_)
    sound[frame[frame >= 0]] = True
    sound[frame[bad & (frame >= 0)]] = False
    # A picture that is never shown counts to the next one that is coded and shown.
    following = frame[np.minimum(np.flatnonzero(bad & (frame < 0)) + 1, len(frame) - 1)]
    sound[following[following >= 0]] = False
    return sound


def _all(sound: Bools, first: int, length: int) -> bool:
    return first + length <= len(sound) and bool(sound[first : first + length].all())
