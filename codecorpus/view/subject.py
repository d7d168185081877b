"""What is looked at: encodes of the same frames, from video files or from a corpus."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from codecorpus import maps
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.extract import extract
from codecorpus.intrinsics import Intrinsics
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
        video: the file that its pixels are decoded from, or all that is in it.
        intrinsics: with the tables that its layers need.
    """

    label: str
    video: str | bytes
    intrinsics: Intrinsics

    def shots(self, frames: Sequence[int]) -> Iterator[Shot]:
        """Those of the frames that exist, in ascending order."""
        for index, pixels in decode(self.video, frames):
            yield shot(self.intrinsics.codec, self.label, self.intrinsics.tables, index, pixels)


def from_video(path: str | os.PathLike[str], tables: Sequence[str]) -> Subject:
    """A video file, or a raw stream."""
    return Subject(Path(path).name, os.fspath(path), extract(path, tables=tables))


def from_videos(paths: Sequence[str], tables: Sequence[str], mixed: bool = False) -> list[Subject]:
    """Encodes of one video, side by side; `mixed` ones may be of several.

    Raises:
        CodecorpusError: their frames differ in number or size.
    """
    subjects = [from_video(path, tables) for path in paths]
    first, *others = (_shape(subject) for subject in subjects)
    for subject, shape in zip(subjects[1:], others, strict=True):
        if shape != first and not mixed:
            raise CodecorpusError(
                f"{subjects[0].label} has {_told(*first)}, {subject.label} {_told(*shape)}: they are no encodes of one "
                "video; --mixed puts them side by side nevertheless"
            )
    return subjects


def _shape(subject: Subject) -> tuple[int, maps.Size]:
    frames = subject.intrinsics.frames
    return len(frames["frame"].drop_null()), maps.displayed_size(frames)


def _told(frames: int, size: maps.Size) -> str:
    return f"{frames} frame{'s' * (frames != 1)} of {size[0]}x{size[1]}"


def from_corpus(path: str, clip: str | None, encodes: Sequence[str], tables: Sequence[str]) -> list[Subject]:
    """Encodes of a clip; the first clip and all of its encodes that have pixels where they are not named.

    Raises:
        CorpusError: there is no such clip or encode, or its bitstream was not kept and its source is gone.
    """
    corpus = open_corpus(path)
    clip = clip or next((name for name in sorted(corpus.contents.chunk_of) if corpus.encodes_of(name)), None)
    if clip is None:
        raise CorpusError(f"{path}: there is no stream in it")
    if encodes:
        return [_from_stream(corpus, clip, name, tables) for name in encodes]
    known = corpus.encodes_of(clip)
    with_pixels = [name for name in known if _pixels(corpus, clip, name) is not None]
    return [_from_stream(corpus, clip, name, tables) for name in with_pixels or known]


def _from_stream(corpus: Corpus, clip: str, encode: str, tables: Sequence[str]) -> Subject:
    pixels = _pixels(corpus, clip, encode)
    if pixels is None:
        raise CorpusError(
            f"{corpus.path}: the bitstream of {clip} through {encode} was not kept, so there are no pixels to draw on; "
            "build again with --keep-streams"
        )
    if "transforms" in tables:  # not in a corpus unless asked for; the bitstream has them
        return Subject(encode, pixels, extract(pixels, tables=tables))
    return Subject(encode, pixels, corpus.intrinsics(clip, encode, tables))


def _pixels(corpus: Corpus, clip: str, encode: str) -> str | bytes | None:
    """The kept bitstream, or the source itself where that is the encode."""
    kept = corpus.bitstream(clip, encode)
    source = corpus.contents.clips(corpus.contents.chunk_of[clip])[clip].source
    return kept if kept is not None or encode != SOURCE or not Path(source).exists() else source


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
