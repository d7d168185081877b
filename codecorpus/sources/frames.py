"""A clip's frames without cutting it: decoded out of its source, shaped as the cut shapes them, as many as are wanted.

Decoding is exact, whoever does it: PyAV does, in this process. What scales or deinterlaces is left to the FFmpeg that
cuts clips.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

import av
import av.error
import numpy as np
from av.filter import Graph
from av.video.reformatter import ColorRange, Colorspace

from codecorpus.demux import Sought
from codecorpus.encode.command import Colour, Cut, shaped_frames
from codecorpus.encode.process import Process
from codecorpus.errors import SourceError, border
from codecorpus.pixel_formats import is_gray, suffix
from codecorpus.sources.clips import Clip, check_times, nearest
from codecorpus.sources.packets import Key, Range, decoded, write

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

AT_ONCE: Final = {"probesize": "32", "analyzeduration": "0"}
"""A pipe is read no further than its headers before its first picture is given."""

MATRICES: Final = {
    "bt709": Colorspace.ITU709,
    "fcc": Colorspace.FCC,
    "bt470bg": Colorspace.ITU601,
    "smpte170m": Colorspace.ITU601,
    "smpte240m": Colorspace.SMPTE240M,
    "bt2020nc": 9,  # SWS_CS_BT2020, for which PyAV has no name
}
"""By FFmpeg's names. What a source does not say is BT.601, as FFmpeg takes it."""

RANGES: Final[dict[int, str]] = {ColorRange.MPEG: "tv", ColorRange.JPEG: "pc"}


def frames_of(
    source: Path, clip: Clip, wanted: Sequence[int], *, ffmpeg_path: str, threads: int = 0
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames of a clip, by index, rising, as the cut clip holds them.

    Args:
        source: the clip's source as a file.
        clip: as it was planned.
        wanted: indices into the clip's frames, rising.
        ffmpeg_path: the binary that scales and deinterlaces, where that is done.
        threads: of the decoder; as many as there are cores unless given.

    Raises:
        SourceError: the source cannot be read, or is another one now; pictures have the same time.
        EncodeError: FFmpeg fails.
    """
    if not clip.is_cut:
        check_times(clip.video, clip.times)
    places = positions(clip)
    asked: dict[int, list[int]] = {}
    for index in wanted:
        asked.setdefault(places[index], []).append(index)
    is_as_it_is = not clip.cut.deinterlace and not clip.cut.scale
    if is_as_it_is and clip.cut.pixel_format == _plain(clip.source.pixel_format):
        found = _cropped(clip.cut, _decoded(source, clip, sorted(asked), threads))
    else:
        found = _filtered(source, clip, sorted(asked), ffmpeg_path, threads)
    for place, frame in found:
        for index in asked[place]:
            yield index, frame


def frames_at(
    file: BinaryIO, name: str, times: Mapping[int, int], threads: int = 0
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames of a stream in NUT, as it is.

    Args:
        file: the stream, to be read here and there.
        name: of it, for errors.
        times: when each frame that is wanted is shown, by its index, in units of the stream's time base; rising.
        threads: of the decoder; as many as there are cores unless given.

    Raises:
        SourceError: it cannot be read, or shows no picture at one of these times.
    """
    missing = {time: index for index, time in times.items()}
    with border(name), ExitStack() as stack:
        container, video = _at(file, min(missing), stack)
        video.codec_context.thread_count = threads
        for frame in container.decode(video):
            index = None if frame.pts is None else missing.pop(frame.pts, None)
            if index is not None:
                yield index, frame
            if not missing:
                return
    raise SourceError(f"{name}: its frame {min(missing.values())} cannot be decoded")


def _at(file: BinaryIO, time: int, stack: ExitStack) -> tuple[Any, Any]:
    """A stream in NUT and its video, before a time; at its beginning, where it has no other key to seek to."""
    container = stack.enter_context(av.open(Sought(file), "r", format="nut"))
    try:
        container.seek(time, stream=container.streams.video[0])
    except av.error.FFmpegError:  # which has read on
        file.seek(0)
        container = stack.enter_context(av.open(Sought(file), "r", format="nut"))
    return container, container.streams.video[0]


def positions(clip: Clip) -> Sequence[int]:
    """Which of the source's frames each of the clip's is, counted from the clip's first.

    Where the frame rate changes, FFmpeg's filter fps rounds each time to the nearest of the new ones, and shows the
    last frame that is not later.
    """
    if clip.cut.fps is None:
        return range(len(clip.times))
    rate = Fraction(clip.cut.fps) * clip.source.time_base
    shown = [nearest((time - clip.times[0]) * rate) for time in clip.times]
    return [bisect.bisect_right(shown, index) - 1 for index in range(clip.frames)]


def rgb(frame: av.VideoFrame, colour: Colour, size: tuple[int, int] | None = None) -> Pixels:
    """A frame as uint8 [H, W, 3], by the matrix and range that its source tells of, else BT.601 and limited range.

    Tones are left as they are: HDR pictures are cut to 8 bits. One of another size than `size`, width and height, is
    scaled to it.
    """
    own = frame.width, frame.height
    scaled: dict[str, Any] = {}
    if size is not None and size != own:
        scaled = {"width": size[0], "height": size[1], "interpolation": "BICUBIC"}
    if frame.format.name == "rgb24":
        return np.asarray(frame.to_ndarray(**scaled))
    told = colour.range or RANGES.get(frame.color_range)
    full = told == "pc" or frame.format.name.startswith("yuvj")
    if told == "tv" and is_gray(frame.format.name):
        coloured = f"yuv444p{suffix(frame.format.name)}"  # FFmpeg takes gray for full range, whatever it is told
        frame = frame.reformat(
            format=coloured,
            src_colorspace=Colorspace.DEFAULT,
            dst_colorspace=Colorspace.DEFAULT,
            dst_color_range=ColorRange.JPEG,
        )
    return np.asarray(
        frame.to_ndarray(
            format="rgb24",
            **scaled,
            src_colorspace=MATRICES.get(colour.matrix or "", Colorspace.ITU601),
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        )
    )


def _range(clip: Clip, places: Sequence[int]) -> tuple[Key | None, Range]:
    """Where decoding begins for frames from the first of some places to the last, and these frames."""
    first, last = places[0], places[-1]
    behind = clip.times[last + 1] if last + 1 < len(clip.times) else clip.after
    is_field = clip.cut.deinterlace
    wanted = replace(
        clip.range,
        first=clip.first + first,
        times=clip.times[first : last + 1],
        after=behind if is_field else None,
    )
    return clip.key_before(clip.first + first - is_field), wanted


def _decoded(source: Path, clip: Clip, places: Sequence[int], threads: int) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames as they are decoded, with their places."""
    key, wanted = _range(clip, places)
    missing = {clip.times[place] - wanted.times[0]: place for place in places}
    for frame in decoded(source, key, wanted, threads):
        place = missing.pop(frame.pts, None)
        if place is None:
            continue
        if (frame.width, frame.height) != clip.cut.size:
            raise SourceError(f"{source}: the size of its pictures changes")
        yield place, frame
        if not missing:
            return
    raise _lacks(source, clip, min(missing.values()))


def _cropped(cut: Cut, frames: Iterable[tuple[int, av.VideoFrame]]) -> Iterator[tuple[int, av.VideoFrame]]:
    graph: Graph | None = None
    for place, frame in frames:
        if not cut.shaping:
            yield place, frame
            continue
        graph = graph or _graph(frame, cut.shaping)
        graph.vpush(frame)
        yield place, graph.vpull()


def _graph(frame: av.VideoFrame, chain: Mapping[str, str]) -> Graph:
    graph = Graph()
    unit = frame.time_base or Fraction(1, 25)
    begin = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=unit)
    graph.link_nodes(begin, *(graph.add(*link) for link in chain.items()), graph.add("buffersink")).configure()
    return graph


def _filtered(
    source: Path, clip: Clip, places: Sequence[int], ffmpeg_path: str, threads: int
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames that the FFmpeg which cut the clip makes: filters that compute differ from one version to the next."""
    key, wanted = _range(clip, places)
    unit = int((wanted.times[-1] - wanted.times[0]) * clip.source.time_base / clip.cut.time_base)
    cut = replace(clip.cut, end=clip.cut.start + unit + 1, fps=None)
    what = f"frames of {clip.name} from {clip.video.uri}"
    with TemporaryDirectory(prefix="codecorpus-") as folder:
        packets = Path(folder, "packets.nut")
        write(source, key, wanted, packets)
        with Process(shaped_frames(ffmpeg_path, packets.name, cut, threads), what, folder=Path(folder)) as process:
            count = 0
            for at, frame in enumerate(_raw(process)):
                count += 1
                if places[0] + at in places:
                    yield places[0] + at, frame
            process.finish()
    if count != len(wanted.times):
        raise _lacks(source, clip, places[0] + count)


def _raw(process: Process) -> Iterator[av.VideoFrame]:
    """Raw pictures in NUT, which tells their size and format."""
    with border(process.what), av.open(process, "r", format="nut", options=AT_ONCE) as container:
        yield from container.decode(video=0)


def _lacks(source: Path, clip: Clip, place: int) -> SourceError:
    return SourceError(f"{source}: its frame {clip.first + place} cannot be decoded; is it the file that was cut?")


def _plain(pixel_format: str) -> str:
    return pixel_format.replace("yuvj", "yuv")
