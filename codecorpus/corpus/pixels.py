"""The pixels of clips: out of clips that were kept, else decoded from their sources; and those of kept bitstreams."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, BinaryIO, Final, NamedTuple, cast

import av
import numpy as np

from codecorpus.corpus import layout, plans
from codecorpus.corpus.access import Access
from codecorpus.corpus.contents import Stored
from codecorpus.corpus.layout import CLIPS, SOURCE, Chunk
from codecorpus.corpus.manifest import AGAIN
from codecorpus.corpus.recent import Recent
from codecorpus.encode import ffmpeg
from codecorpus.encode.command import Colour, encoded
from codecorpus.errors import CodecorpusError, CorpusError, SourceError
from codecorpus.sources.clips import Clip, whole
from codecorpus.sources.fetch import fetched
from codecorpus.sources.find import Video
from codecorpus.sources.frames import Pixels, frames_at, frames_of, rgb
from codecorpus.sources.probe import probe

GROUPS_AT_HAND: Final = 8
"""Groups of sources whose plans are kept."""

CLIPS_AT_HAND: Final = 64
"""Files that are read as they are, whose pictures' times are kept."""

STREAMS_AT_HAND: Final = 4
"""Kept clips and bitstreams whose bytes are held, each of no more than `WHOLE`."""

WHOLE: Final = 1 << 25
"""Bytes of a file that is read whole; of a larger one, what is needed."""

Frames = Iterator[tuple[int, av.VideoFrame]]


class _Whole(NamedTuple):
    """A file that is read as it is, as a clip, and which of its frames those of the tables are."""

    clip: Clip
    places: Mapping[int, int]


class PixelReader:
    """Decodes the frames of a corpus' clips and streams. Threads and processes may share it as they do the corpus."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._contents = access.contents
        self._plans: Recent[int, tuple[plans.Planned, ...]] = Recent(GROUPS_AT_HAND)
        self._wholes: Recent[str, _Whole | CodecorpusError] = Recent(CLIPS_AT_HAND)
        self._streams: Recent[Stored, bytes] = Recent(STREAMS_AT_HAND)

    def of_clip(self, clip: str, chunk: Chunk, index: Sequence[int], threads: int) -> Pixels:
        """Frames of a clip, [T, H, W, 3], in the order that is asked for.

        Raises:
            CorpusError: the clip was not kept, and its source is not there or is another one now.
            SourceError: frames cannot be found by their times, or not be decoded.
        """
        known, places = self._known(clip, chunk)
        files = self._contents.made(chunk, CLIPS).files
        kept = (layout.pixels(form, clip) for form in layout.FORMS)
        name = next((name for name in kept if name in files), None)
        if name is None:
            own = self._contents.own_stream(chunk, clip)
            if own is not None and own.status == "damaged":
                threads = 1  # of several, one that meets damage takes whole pictures of others with it
            if places is not None:
                index = [_place(known, frame, places) for frame in index]
            return _stacked(self._decoded(known, sorted(index), threads), index, known, known.source.colour)
        # What a cut clip is shown at: exact, as its unit of time divides the source's, or the interval of its rate.
        unit = known.source.time_base / known.time_base
        if known.cut.fps is None:
            times = {at: int((known.times[at] - known.times[0]) * unit) for at in sorted(index)}
        else:
            times = {at: int(at / known.fps / known.time_base) for at in sorted(index)}
        return _stacked(self._stored(Stored(name, files[name]), times, threads), index, known, known.source.colour)

    def of_stream(
        self, clip: str, encode: str, chunk: Chunk, times: Mapping[int, int], index: Sequence[int], threads: int
    ) -> Pixels:
        """Frames of a clip as an encode left them; `times` tells when each frame is shown.

        Raises:
            CorpusError: the bitstream was not kept, or its file is missing or damaged.
        """
        known, _ = self._known(clip, chunk)
        name = layout.bitstream(encode, clip)
        file = self._contents.made(chunk, encode).files.get(name)
        if file is None:
            raise CorpusError(
                f"{self._contents.path}: the bitstream of {clip} through {encode} was not kept; "
                "build again with --keep-streams"
            )
        asked = {at: times[at] for at in sorted(index)}
        # Its pictures tell their range: some encoders have limited samples alone.
        colour = replace(encoded(known.source.colour), range=None)
        return _stacked(self._stored(Stored(name, file), asked, threads), index, known, colour)

    def _known(self, name: str, chunk: Chunk) -> tuple[Clip, Mapping[int, int] | None]:
        """A clip as it was planned; of a file that is read as it is, as it is found, and where its frames are."""
        store = self._contents.store
        planned = self._plans.get(chunk.group, lambda: plans.read(store, chunk.group) or ())
        of_chunk = planned[chunk.number] if chunk.number < len(planned) else plans.Planned()
        if (clip := next((clip for clip in of_chunk.clips if clip.name == name), None)) is not None:
            return clip, None
        file = next((file for file in of_chunk.files if file.clip == name), None)
        if file is None:
            raise CorpusError(f"{self._contents.path}: nothing tells how {name} was made; {AGAIN}")
        video: Video = file.video
        found = self._wholes.get(name, lambda: self._whole(name, chunk, video))
        if isinstance(found, CodecorpusError):
            raise type(found)(str(found))
        return found

    def _whole(self, name: str, chunk: Chunk, video: Video) -> _Whole | CodecorpusError:
        """A file as a clip, or why it is none, which is so of each of its windows.

        Tables and packets may tell of other frames, where some are damaged: they are found by when they are shown, and
        by their number where that is not told.
        """
        _, told, _ = self._contents.rows_about(chunk, layout.SOURCE, name)
        with fetched(video.uri, digest=told["sha256"]) as path:
            try:
                clip = replace(whole(name, video, probe(path, video.track)), sha256=told["sha256"] or "")
            except SourceError as error:
                return error
        part, groups = self._access.needed(self._access.stream(name, SOURCE), "frames")
        shown = part.read(groups, ["frame", "pts"], [name])
        times = dict(zip(shown["frame"].to_pylist(), shown["pts"].to_pylist(), strict=True))
        times.pop(None, None)  # of pictures that are never shown
        if clip.source.is_ordered and any(time is not None for time in times.values()):
            places = {time: place for place, time in enumerate(clip.times)}
            return _Whole(clip, {frame: places[time] for frame, time in times.items() if time in places})
        ordered = [time for _, time in sorted(times.items())]
        if None not in ordered and any(later <= time for time, later in itertools.pairwise(ordered)):
            return CorpusError(f"{video.uri}: the times of its frames do not rise; which picture is which is not known")
        if told["frames"] != clip.frames:
            return CorpusError(
                f"{video.uri}: it shows {clip.frames} frames, the tables of {name} tell of {told['frames']}"
            )
        return _Whole(clip, {frame: frame for frame in times})

    def _decoded(self, clip: Clip, index: Sequence[int], threads: int) -> Frames:
        with ExitStack() as stack:
            try:
                path = stack.enter_context(fetched(clip.video.uri, digest=clip.sha256 or None))
            except SourceError as error:
                where = self._contents.path
                raise CorpusError(f"{where}: no pixels of {clip.name}: {error}; `keep: clips` keeps them") from error
            yield from frames_of(path, clip, index, ffmpeg_path=ffmpeg.find().path, threads=threads)

    def _stored(self, stored: Stored, times: Mapping[int, int], threads: int) -> Frames:
        with self._open(stored) as file:
            yield from frames_at(file, f"{self._contents.path}/{stored.name}", times, threads)

    def _open(self, stored: Stored) -> BinaryIO:
        if stored.file.bytes <= WHOLE:
            return io.BytesIO(self._streams.get(stored, lambda: self._contents.read(stored)))
        if self._contents.store.size(stored.name) != stored.file.bytes:
            raise CorpusError(f"{self._contents.path}/{stored.name}: the file is not there, or is damaged")
        return cast(BinaryIO, self._contents.store.open(stored.name))


def _place(clip: Clip, frame: int, places: Mapping[int, int]) -> int:
    """Which of a file's frames one of the tables is."""
    if frame not in places:
        raise SourceError(f"{clip.video.uri}: nothing is shown at the time of its frame {frame}")
    return places[frame]


def _stacked(frames: Frames, index: Sequence[int], clip: Clip, colour: Colour) -> Pixels:
    missing = {frame: at for at, frame in enumerate(index)}
    if len(missing) < len(index):
        raise SourceError(f"{clip.video.uri}: frames that are shown at one time cannot be told from each other")
    out: Any = None
    for frame, picture in frames if index else ():
        pixels = rgb(picture, colour, (clip.width, clip.height))
        if out is None:
            out = np.empty((len(index), *pixels.shape), np.uint8)
        out[missing.pop(frame)] = pixels
    if missing:
        raise SourceError(f"{clip.video.uri}: its frame {min(missing)} cannot be told from another")
    return out if out is not None else np.empty((0, clip.height, clip.width, 3), np.uint8)
