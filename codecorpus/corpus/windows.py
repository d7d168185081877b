"""Windows: every run of frames that can be learned from, as plain keys that samplers shuffle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from codecorpus.codecs import CODECS
from codecorpus.corpus import sound
from codecorpus.corpus.contents import Clip, Contents, Stream
from codecorpus.corpus.layout import SOURCE, Chunk
from codecorpus.corpus.numbers import Bools

PictureRows = Callable[[str, str, Sequence[str]], pa.Table]
"""The rows of **frames** of a clip and encode, in coded order: these columns."""


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


def digest(windows: Sequence[Window]) -> str:
    """SHA-256 of which windows they are, and of their order, in hexadecimal."""
    return hashlib.sha256(json.dumps(windows).encode()).hexdigest()


def windows(
    contents: Contents,
    pictures: PictureRows,
    length: int,
    stride: int,
    encodes: Sequence[str] | None,
    damaged: bool,
    pixels: bool,
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
            whole = {
                encode: None if damaged else _whole(clip, encode, stream, pictures)
                for encode, stream in readable.items()
            }
            shown = _shown(clip, known, contents, chunk, pictures) if pixels else None
            for first in range(0, _frames(known, readable) - length + 1, stride):
                if not _all(shown, first, length):
                    continue
                good = tuple(encode for encode, there in whole.items() if _all(there, first, length))
                if good and (encodes is None or len(good) == len(asked)):
                    yield Window(clip, first, first + length, good)


def _frames(clip: Clip, streams: dict[str, Stream]) -> int:
    counts = [stream.frames for stream in streams.values() if stream.frames is not None]
    return min([*counts, *([clip.frames] if clip.frames is not None else [])], default=0)


def _whole(clip: str, encode: str, stream: Stream, pictures: PictureRows) -> Bools | None:
    """Which frames are whole, with all that they come from; None where it is known that all are.

    What a build encodes has no damage, or it fails; streams that are read as they are may begin without references.
    """
    if stream.status == "done" and encode != SOURCE:
        return None
    rows = pictures(clip, encode, sound.DAMAGE)
    tainted = lacking = sound.lacking(rows)
    if lacking.any():
        tainted = sound.tainted(lacking, pictures(clip, encode, sound.DEPENDENCE))
    return sound.sound(rows, lacking, tainted, stream.frames or 0)


def _shown(clip: str, known: Clip, contents: Contents, chunk: Chunk, pictures: PictureRows) -> Bools | None:
    """Of which frames pixels can be read, for all that the tables tell; None where those that are cut are all."""
    stream = contents.own_stream(chunk, clip)
    if stream is None or stream.codec is None or stream.status == "failed":
        return None
    rows, size = pictures(clip, SOURCE, sound.SHOWN), (known.width, known.height)
    misplaced = sound.misplaced(rows)
    if misplaced.any():  # something was lost there that nothing else may tell of
        misplaced = sound.tainted(misplaced, pictures(clip, SOURCE, sound.DEPENDENCE))
    return sound.readable(rows, misplaced, size, CODECS[stream.codec].stretches)


def _all(there: Bools | None, first: int, length: int) -> bool:
    return there is None or (first + length <= len(there) and bool(there[first : first + length].all()))
