"""What is looked at: encodes of the same frames, from video files or from a corpus."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from codecorpus.corpus import layout, store
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.extract import Intrinsics, extract
from codecorpus.view import page
from codecorpus.view.shot import Shot, decode, shot

SAMPLED = 6
"""Frames that a range's scales are taken from."""

PAGE_WIDTH = 1960
ZOOMS = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Subject:
    """One encode.

    Attributes:
        label: what it is called on the page.
        video: the file that its pixels are decoded from.
        intrinsics: with the tables that its layers need.
    """

    label: str
    video: str
    intrinsics: Intrinsics

    def shots(self, frames: Sequence[int]) -> Iterator[Shot]:
        """Those of the frames that exist, in ascending order."""
        for index, pixels in decode(self.video, frames):
            yield shot(self.intrinsics.codec, self.label, self.intrinsics.tables, index, pixels)


def from_video(path: str | os.PathLike[str], tables: Sequence[str]) -> Subject:
    """A video file, or a raw stream."""
    return Subject(Path(path).name, os.fspath(path), extract(path, tables=tables))


def from_corpus(path: str, clip: str | None, encodes: Sequence[str], tables: Sequence[str]) -> list[Subject]:
    """Encodes of a clip; the first clip and all of its encodes where they are not named.

    Raises:
        CorpusError: there is no such clip or encode, or its bitstream was not kept and its source is gone.
    """
    corpus = open_corpus(path)
    streams = [row for row in corpus.streams.to_pylist() if row["status"] != "failed"]
    if not streams:
        raise CorpusError(f"{path}: there is no stream in it")
    known = {"clip": {row["clip"] for row in streams}, "encode": {row["encode"] for row in streams}}
    for what, asked in (("clip", [clip] if clip else []), ("encode", encodes)):
        for name in asked:
            if name not in known[what]:
                raise CorpusError(f"{path}: no {what} {name!r} in it; there are {', '.join(sorted(known[what])[:12])}")
    clip = clip or min(row["clip"] for row in streams)
    names = encodes or sorted(row["encode"] for row in streams if row["clip"] == clip)
    return [_from_stream(corpus, path, clip, name, tables) for name in names]


def _from_stream(corpus: Corpus, path: str, clip: str, encode: str, tables: Sequence[str]) -> Subject:
    pixels = _pixels(corpus, path, clip, encode)
    if "transforms" in tables:  # not in a corpus unless asked for; the bitstream has them
        return Subject(encode, pixels, extract(pixels, tables=tables))
    return Subject(encode, pixels, corpus.intrinsics(clip, encode, tables))


def _pixels(corpus: Corpus, path: str, clip: str, encode: str) -> str:
    """The kept bitstream, or the source itself where that is the encode."""
    place, kept = store.find(path), layout.bitstream(encode, clip)
    if place.size(kept) is not None:
        return f"{place.path.rstrip('/')}/{kept}"
    rows = [row for row in corpus.clips.to_pylist() if row["clip"] == clip]
    source = rows[0]["source"] if rows else ""
    if encode == SOURCE and Path(source).exists():
        return str(source)
    raise CorpusError(
        f"{path}: the bitstream of {clip} through {encode} was not kept, so there are no pixels to draw on; "
        "build with --keep-streams"
    )


def pages(
    subjects: Sequence[Subject], panels: Sequence[tuple[str, ...]], frames: Sequence[int], zoom: float | None = None
) -> Iterator[Image.Image]:
    """One page a frame, all on the same scales.

    Args:
        subjects: encodes of the same frames, side by side.
        panels: the layers of each panel, as `layers.parse` gives them.
        frames: presentation indices, ascending.
        zoom: pixels of the page per pixel of a frame; by default what fills a page.

    Raises:
        CodecorpusError: an encode has not that many frames.
    """
    step = max(1, -(-len(frames) // SAMPLED))
    sampled = [taken for subject in subjects for taken in subject.shots(frames[::step])]
    if not sampled:
        raise CodecorpusError(f"there is no frame {frames[0]} in {subjects[0].label}")
    style = page.fit_style(sampled, panels, zoom or _zoom(sampled[0], len(subjects), len(panels)))
    takes = [subject.shots(frames) for subject in subjects]
    for index in frames:
        shots = [next(take, None) for take in takes]
        present = [taken for taken in shots if taken is not None]
        if len(present) < len(subjects):
            short = subjects[shots.index(None)].label
            raise CodecorpusError(f"there is no frame {index} in {short}")
        yield page.page(present, panels, style)


def _zoom(first: Shot, subjects: int, panels: int) -> float:
    columns = subjects if subjects > 1 else page.columns_of(panels)
    wanted = PAGE_WIDTH / (columns * first.size[0])
    return max((zoom for zoom in ZOOMS if zoom <= wanted), default=ZOOMS[0])
