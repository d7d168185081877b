"""What is looked at: encodes of the same frames, from video files or from a corpus."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from codecorpus import maps
from codecorpus.corpus.distortion import mean
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.numbers import kbps
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.reader import open as open_corpus
from codecorpus.errors import CodecorpusError, CorpusError, SourceError
from codecorpus.extracting import extract
from codecorpus.intrinsics import Intrinsics
from codecorpus.names import readable
from codecorpus.orientation import Orientation
from codecorpus.sources.fetch import fetched
from codecorpus.view import page
from codecorpus.view.shot import UNTURNED, Shot, decode, shot

SAMPLED = 6
"""Frames that a range's scales are taken from."""

PAGE_WIDTH = 1960
ZOOMS = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)

Pixels = str | bytes | None
"""A file, all that is in one, or nothing."""

Ranks = Callable[[Sequence[int]], tuple[maps.Array, int]]
"""Ranks of the bits of some frames' cells in a corpus, [frames, rows, columns], and the width that they cover.

Raises CorpusError where the corpus has no statistics.
"""

MEASURES = ("psnr_y", "ssim", "vmaf", "xpsnr")
FASTEST = 16.0
"""Samples per frame interval above which faster is no livelier."""


@dataclass(frozen=True)
class Subject:
    """One encode.

    Attributes:
        label: what it is called on the page.
        video: the file that its pixels are decoded from, or all that is in it.
        intrinsics: with the tables that its layers need.
        about: how it was made: `encoder`, `rate` and `command`, where they are known.
        ranks: of the corpus that it is in.
        track: number of the video track in the file; FFmpeg's choice unless given.
        orientation: how players turn its pictures.
        times: when each frame is shown, as `video` tells it; empty where frames are counted alone.
    """

    label: str
    video: str | bytes
    intrinsics: Intrinsics
    about: Mapping[str, str] = field(default_factory=dict)
    ranks: Ranks | None = None
    track: int | None = None
    orientation: Orientation = UNTURNED
    times: Sequence[int | None] = ()

    @property
    def count(self) -> int:
        """Frames that it shows."""
        return (pc.max(self.intrinsics.frames["frame"]).as_py() or 0) + 1

    def turned(self, rotate: bool) -> Orientation:
        """How its pictures are to be turned: as players do, but by quarters alone, where `rotate` says so."""
        return by_quarters(self.orientation) if rotate else UNTURNED

    def sampled(self, frames: Sequence[int]) -> Sequence[int]:
        """Some of a range, that its scales are taken from: of those that show a picture of their own, if any does."""
        own = set(self.intrinsics.frames["frame"].to_pylist())
        there = [frame for frame in frames if frame in own] or frames
        return there[:: max(1, -(-len(there) // SAMPLED))]

    def shots(self, frames: Sequence[int], rotate: bool = False) -> Iterator[Shot]:
        """The frames, which are in ascending order."""
        orientation = self.turned(rotate)
        for index, pixels in decode(self.video, frames, self.track, self.times):
            yield shot(self.intrinsics.codec, self.label, self.intrinsics.tables, index, pixels, orientation)


def from_video(path: str | os.PathLike[str], tables: Sequence[str], track: int | None = None) -> Subject:
    """A video file, or a raw stream."""
    found = extract(path, tables=tables, track=track)
    name, orientation = readable(Path(path).name), found.track.orientation
    return Subject(name, os.fspath(path), found, track=track, orientation=orientation, times=_times(found.frames))


def _times(frames: pa.Table) -> list[int | None]:
    """When each frame is shown, by its index."""
    shown = dict(zip(frames["frame"].to_pylist(), frames["pts"].to_pylist(), strict=True))
    return [shown.get(frame) for frame in range((pc.max(frames["frame"]).as_py() or 0) + 1)]


@dataclass(frozen=True)
class Scene:
    """Encodes of the same frames.

    Attributes:
        title: the clip's name, or the files'.
        subtitle: where it comes from, and its size.
        subjects: the encodes.
        rates: of every encode of the clip that there is: its name as `encode`, `family` (encoder and settings but for
            the rate), `kbps`, and means of `MEASURES`, None where they were not taken or are infinite.
    """

    title: str
    subtitle: str
    subjects: Sequence[Subject]
    rates: Sequence[Mapping[str, Any]] = ()

    @property
    def count(self) -> int:
        """Frames that all encodes show."""
        return min(subject.count for subject in self.subjects)

    @property
    def liveliest(self) -> int:
        """The frame in which most moves; the first where nothing does."""
        first = self.subjects[0].intrinsics
        return min(liveliest(first.frames, first.motion), self.count - 1)


def liveliest(frames: pa.Table, motion: pa.Table) -> int:
    """The frame whose vectors reach furthest per frame interval, over the area that they move."""
    score = np.zeros(frames.num_rows + 1)
    known = dict(zip(frames["coded_order"].to_pylist(), range(frames.num_rows), strict=True))
    rows = np.array([known.get(order, -1) for order in pc.unique(motion["coded_order"]).to_pylist()])
    if not len(rows):
        return 0
    at = rows[pc.index_in(motion["coded_order"], pc.unique(motion["coded_order"])).to_numpy()]
    area = motion["w"].to_numpy().astype(np.float64) * motion["h"].to_numpy()
    for list_ in "01":
        dt, x, y = (_numbers(motion[name]) for name in (f"dt{list_}", f"mv{list_}_x", f"mv{list_}_y"))
        with np.errstate(divide="ignore", invalid="ignore"):
            speed = np.hypot(x, y) / np.abs(dt)
        np.add.at(score, at, area * np.minimum(np.nan_to_num(speed, nan=0.0, posinf=0.0), FASTEST))
    shown = _numbers(frames["frame"])
    best = int(np.argmax(np.where(np.isnan(shown), -1.0, score[:-1])))
    return int(shown[best]) if not math.isnan(shown[best]) else 0


def _numbers(column: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column, null as NaN."""
    numbers: np.ndarray[Any, np.dtype[np.float64]] = pc.fill_null(column.cast(pa.float64()), math.nan).to_numpy()
    return numbers


def from_videos(paths: Sequence[str], tables: Sequence[str], mixed: bool = False, track: int | None = None) -> Scene:
    """Encodes of one video, side by side; `mixed` ones may be of several. `track` is the number of each file's track.

    Raises:
        CodecorpusError: their frames differ in number or size.
    """
    subjects = [from_video(path, tables, track) for path in paths]
    first, *others = (_shape(subject) for subject in subjects)
    for subject, shape in zip(subjects[1:], others, strict=True):
        if shape != first and not mixed:
            raise CodecorpusError(
                f"{subjects[0].label} has {_told(*first)}, {subject.label} {_told(*shape)}: they are no encodes of one "
                "video; --mixed puts them side by side nevertheless"
            )
    width, height = first[1]
    rates = [rate_of(subject.label, subject.label, subject.intrinsics.frames) for subject in subjects]
    return Scene(", ".join(subject.label for subject in subjects), f"{width}x{height}", subjects, rates)


def rate_of(encode: str, family: str, frames: pa.Table) -> dict[str, Any]:
    """A point of rate and distortion."""
    times = frames["time"].drop_null()
    seconds = 0.0
    if len(times) > 1:
        lasts = pc.max(times).as_py() - pc.min(times).as_py()
        seconds = lasts * len(times) / (len(times) - 1)
    means = {name: drawn(mean(name, _numbers(frames[name]))) for name in MEASURES if name in frames.column_names}
    means = dict.fromkeys(MEASURES) | means
    rate = kbps(pc.sum(frames["bytes"]).as_py(), seconds)
    return {"encode": encode, "family": family, "kbps": rate, **means}


def drawn(value: float | None) -> float | None:
    """What has a place on an axis: a lossless stream's PSNR, which is infinite, has none."""
    return value if value is not None and math.isfinite(value) else None


def _shape(subject: Subject) -> tuple[int, maps.Size]:
    frames = subject.intrinsics.frames
    return len(frames["frame"].drop_null()), subject.intrinsics.size or maps.displayed_size(frames)


def _told(frames: int, size: maps.Size) -> str:
    return f"{frames} frame{'s' * (frames != 1)} of {size[0]}x{size[1]}"


@contextmanager
def from_corpus(path: str, clip: str | None, encodes: Sequence[str], tables: Sequence[str]) -> Iterator[Scene]:
    """Encodes of a clip; the first clip and all of its encodes that have pixels where they are not named.

    Raises:
        CorpusError: there is no such clip or encode, or its bitstream was not kept.
        SourceError: the source, where that is the encode, cannot be read, or is another one now.
    """
    corpus = open_corpus(path)
    clip = clip or next((name for name in sorted(corpus.contents.chunk_of) if corpus.encodes_of(name)), None)
    if clip is None:
        raise CorpusError(f"{path}: there is no stream in it")
    known = corpus.encodes_of(clip)
    about = corpus.contents.clips(corpus.contents.chunk_of[clip])[clip]
    size = "" if about.width is None else f", {about.width}x{about.height}"
    settings = {row["encode"]: row for row in corpus.encodes.to_pylist()}
    rates = [rate_of(name, family_of(settings[name]), corpus.frames(clip, name)) for name in known]
    with ExitStack() as held:
        there = _of_encodes(corpus, clip, encodes, held) if encodes else _of_all(corpus, clip, known, held)
        subjects = [_from_stream(corpus, clip, name, pixels, tables) for name, pixels in there]
        yield Scene(clip, f"{about.source}{size}", subjects, rates)


def family_of(settings: Mapping[str, Any]) -> str:
    """An encode's settings but for the rate."""
    return " ".join(f"{value}" for name, value in settings.items() if name not in ("encode", "rate"))


def by_quarters(orientation: Orientation) -> Orientation:
    """How pictures can be turned here: not at all where players turn them by another angle."""
    return orientation if orientation.rotation % 90 == 0 else UNTURNED


def _from_stream(corpus: Corpus, clip: str, encode: str, pixels: Pixels, tables: Sequence[str]) -> Subject:
    if pixels is None:
        raise CorpusError(
            f"{corpus.path}: the bitstream of {clip} through {encode} was not kept, so there are no pixels to draw on; "
            "build again with --keep-streams"
        )

    def ranks(frames: Sequence[int]) -> tuple[maps.Array, int]:
        size = corpus.contents.clips(corpus.contents.chunk_of[clip])[clip]
        grid = corpus.maps(clip, encode, frames, channels=("bits_importance",))
        return grid[:, 0], size.width or maps.displayed_size(corpus.frames(clip, encode))[0]

    settings, stream, known = corpus.contents.rows_about(corpus.contents.chunk_of[clip], encode, clip)
    track = track_of(corpus, clip, pixels)
    in_corpus = "transforms" not in tables  # unless asked for they are not; the bitstream has them
    kept = corpus.intrinsics(clip, encode, tables if in_corpus else ("frames",))
    orientation = kept.track.orientation  # of the source: bitstreams of encodes have none
    found = kept if in_corpus else extract(pixels, tables=tables, track=track)
    # A clip's tables count from where it begins, which its source may not; of such a source no frame is left out.
    is_cut = in_corpus and not isinstance(pixels, bytes) and known["pixel_format"] is not None
    times = () if is_cut else _times(found.frames)
    return Subject(encode, pixels, found, _about(settings, stream), ranks, track, orientation, times)


def _about(settings: Mapping[str, Any], stream: Mapping[str, Any]) -> dict[str, str]:
    """How a stream was made."""
    version = f" {stream['encoder_version']}" if stream["encoder_version"] else ""
    rate = f"{settings['rate_control']} {settings['rate']}" if settings["rate"] else ""
    told = {"encoder": f"{settings['encoder']}{version}", "rate": rate, "command": shlex.join(stream["argv"] or ())}
    return {name: value for name, value in told.items() if value}


@contextmanager
def pixels_of(corpus: Corpus, clip: str, encode: str) -> Iterator[Pixels]:
    """The kept bitstream, or the source itself where that is the encode; None where neither is.

    Raises:
        CorpusError: the kept bitstream is missing or damaged.
        SourceError: the source cannot be read, or is another one now.
    """
    kept = corpus.bitstream(clip, encode)
    if kept is not None or encode != SOURCE:
        yield kept
        return
    _, stream, known = corpus.contents.rows_about(corpus.contents.chunk_of[clip], encode, clip)
    with fetched(known["source"], digest=stream["sha256"]) as path:
        yield str(path)


def _of_encodes(corpus: Corpus, clip: str, encodes: Sequence[str], held: ExitStack) -> list[tuple[str, Pixels]]:
    """Encodes and what `pixels_of` each is, in use as long as `held`."""
    return [(name, held.enter_context(pixels_of(corpus, clip, name))) for name in encodes]


def _of_all(corpus: Corpus, clip: str, known: Sequence[str], held: ExitStack) -> list[tuple[str, Pixels]]:
    """As `_of_encodes`, of all that have pixels, or of all if none has."""
    there: list[tuple[str, Pixels]] = []
    for name in known:
        with suppress(SourceError):
            there += _of_encodes(corpus, clip, [name], held)
    return [one for one in there if one[1] is not None] or _of_encodes(corpus, clip, known, held)


def track_of(corpus: Corpus, clip: str, pixels: str | bytes) -> int | None:
    """Which video track `pixels_of` a clip are; a kept bitstream has one."""
    return None if isinstance(pixels, bytes) else corpus.contents.clips(corpus.contents.chunk_of[clip])[clip].track


def pages(
    subjects: Sequence[Subject],
    panels: Sequence[tuple[str, ...]],
    frames: Sequence[int],
    zoom: float | None = None,
    rotate: bool = False,
) -> Iterator[Image.Image]:
    """One page a frame, all on the same scales.

    Args:
        subjects: encodes of the same frames, side by side.
        panels: the layers of each panel, as `layers.parse` gives them.
        frames: presentation indices, ascending.
        zoom: pixels of the page per pixel of a frame; by default what fills a page.
        rotate: pictures are turned as players turn them.

    Raises:
        CodecorpusError: an encode has not that many frames.
    """
    check(subjects, frames)
    some = [taken for subject in subjects for taken in subject.shots(subject.sampled(frames), rotate)]
    style = page.fit_style(some, panels, zoom or _zoom(some[0], len(subjects), len(panels)))
    for shots in zip(*(subject.shots(frames, rotate) for subject in subjects), strict=True):
        yield page.page(shots, panels, style)


def check(subjects: Sequence[Subject], frames: Sequence[int]) -> None:
    """Raise CodecorpusError unless all encodes have these frames, which are in ascending order."""
    for subject in subjects:
        if frames[-1] >= subject.count:
            missing = next(frame for frame in frames if frame >= subject.count)
            raise CodecorpusError(f"there is no frame {missing} in {subject.label}")


def _zoom(first: Shot, subjects: int, panels: int) -> float:
    columns = page.columns_of(subjects, panels)
    wanted = PAGE_WIDTH / (columns * first.shown_size[0])
    return max((zoom for zoom in ZOOMS if zoom <= wanted), default=ZOOMS[0])
