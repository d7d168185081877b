"""A range of a source's packets, as a file that FFmpeg decodes: from a picture that decoding can begin at.

Containers seek to where they like, so nothing is decoded here that was not found by what it is. Where a container
cannot seek, its packets are read from the beginning, which costs no decoding.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import av.error
from av.codec.context import Flags
from av.video.reformatter import ColorRange

from codecorpus import pixel_formats
from codecorpus.demux import NEW_EXTRADATA, PALETTE, opened
from codecorpus.encode.command import FFV1_CODING, MUXING
from codecorpus.errors import SourceError, border
from codecorpus.sources.keys import coded, keys_of

PATIENCE: Final = 4096
"""Packets that are read after seeking before the file is read from its beginning instead."""

ORIGIN: Final = 1 << 17
"""Seconds at which the first frame of a range is put: what comes before it has times above 0 too."""

FORMATS: Final = ("nut", "mov")
"""Containers for packets, as some codecs have no name in the first."""

NO_INDEX: Final = {"write_index": "0"}
"""An index of NUT's ends the process where the times of keys do not rise."""

BOUND: Final = ("rawvideo", "v210", "qtrle")
"""Codecs whose packets mean something in their own container alone: it tells how samples lie, or of fields."""

NEAR: Final = Fraction(1, 1_000_000)
"""How far what is said of a frame rate in whole nanoseconds may be from it."""

MOST: Final = 100_000
"""The largest denominator of a frame rate that is said."""

ASIDE: Final = -(1 << 60)
"""The time of pictures that are not to be shown: no frame has it."""

Coded = Any
"""A packet of PyAV's, whose own type knows the kind of its stream."""


class Key(NamedTuple):
    """A packet that decoding can begin at, and the first frame that is right then.

    `number` counts the packets before it; the others tell it from every other packet.
    """

    number: int
    pts: int | None
    dts: int | None
    size: int
    is_discard: bool
    first: int


class Samples(NamedTuple):
    """How the samples of a picture lie, by FFmpeg's name, and whether a decoder tells that their range is full."""

    pixel_format: str
    is_full: bool

    @classmethod
    def of(cls, picture: Any) -> Samples:
        """Those of a picture of PyAV's."""
        name: str = picture.format.name
        return cls(name.replace("yuvj", "yuv"), name.startswith("yuvj") or picture.color_range == ColorRange.JPEG)


class Piece(NamedTuple):
    """A packet that is no container's any more; `is_discard` where the container says that it is not to be shown."""

    packet: Coded
    is_discard: bool


@dataclass(frozen=True)
class Range:
    """Frames of a source, in units of `time_base`: `first` is the number of the first.

    `is_ordered` says whether packets have the times that pictures are shown at, or only some that rise. `after` is the
    time of the frame behind the last, where that is needed too, or later than all. `track` is the video's number.
    `has_fields` says that some pictures are two packets, `can_seek` that each comes once. `rate` is how many frames a
    second they are, where FFmpeg is to hear of that.
    """

    first: int
    times: tuple[int, ...]
    time_base: Fraction
    is_ordered: bool
    after: int | None = None
    track: int | None = None
    has_fields: bool = False
    can_seek: bool = True
    rate: Fraction | None = None


def fine(time_base: Fraction) -> Fraction:
    """A unit of time that NUT keeps as it is, and of which `time_base` is a multiple."""
    unit = Fraction(1, time_base.denominator)
    while unit.denominator < 48000:
        unit /= 2
    return unit


def origin(time_base: Fraction) -> int:
    """When the first frame of a range is shown, in units of `fine(time_base)`."""
    return int(ORIGIN / fine(time_base))


def said(rate: Fraction) -> Fraction:
    """A frame rate as NUT can say it, in numbers of 32 bits: rates by 1001 as such, of which Matroska tells one that is
    near.
    """
    by_1001 = Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)
    if by_1001 and abs(by_1001 / rate - 1) < NEAR:
        return by_1001
    return rate.limit_denominator(MOST) if rate >= 1 else 1 / (1 / rate).limit_denominator(MOST)


def write(source: Path, key: Key | None, wanted: Range, to: Path) -> None:
    """Write what is needed to decode the frames `wanted` of `source`, from `key` or else the first packet, to `to`.

    Packets of the source, or the pictures that they show, in FFV1, where packets mean something in their own container
    alone.

    Raises:
        SourceError: it cannot be read, or its packets are not those that were seen before.
    """
    times = _times(source, key, wanted)
    with _pieces(source, key, wanted) as (stream, pieces), border(str(source)), ExitStack() as stack:
        put = None if _needs_container(stream) else _writer(stream, wanted, to, stack)
        if put is not None:
            for number, piece in enumerate(pieces):
                if (time := times(number, piece)) is None:
                    return
                if piece.is_discard and 0 <= time <= wanted.times[-1] - wanted.times[0]:
                    raise _hidden(source, wanted)
                put(piece.packet, time)
            return
    with ExitStack() as stack:
        draw: Callable[[Any], None] | None = None
        for picture in decoded(source, key, wanted):
            with border(str(source)):
                draw = draw or _painter(picture, wanted, to, stack)
                draw(picture)


def decoded(source: Path, key: Key | None, wanted: Range, threads: int = 0) -> Iterator[Any]:
    """The pictures that the same packets show, as PyAV's frames; their `pts` count from the first that is wanted.

    What is shown before that one comes too, at times that are negative or those of no wanted frame. What is not to be
    shown does not come.

    Raises:
        SourceError: it cannot be read, or its packets are not those that were seen before.
    """
    times = _times(source, key, wanted)
    with _pieces(source, key, wanted) as (stream, pieces):
        context = stream.codec_context
        context.thread_count = threads
        context.flags |= Flags.unaligned  # else what is cropped at the left may be less than the stream tells
        for number, piece in enumerate(pieces):
            if (time := times(number, piece)) is None:
                break
            piece.packet.pts = piece.packet.dts = ASIDE if piece.is_discard else time
            yield from _not_aside(drawn(context, piece.packet, source))
        yield from _not_aside(drawn(context, None, source))


def drawn(context: Any, packet: Coded | None, source: Path) -> list[Any]:
    """Pictures that a decoder shows now; what it refuses it does not show, and those behind it may need none of it."""
    with border(str(source)):
        try:
            frames: list[Any] = context.decode(packet)
        except av.error.InvalidDataError:
            return []
        return frames


def _not_aside(frames: list[Any]) -> Iterator[Any]:
    return (frame for frame in frames if frame.pts != ASIDE)


Times = Callable[[int, Piece], int | None]
"""When a packet's picture is shown, in units of the source's time base after the first wanted; None at the end."""


def _times(source: Path, key: Key | None, wanted: Range) -> Times:
    return _in_order(wanted) if wanted.is_ordered else _out_of_order(source, key, wanted)


def _in_order(wanted: Range) -> Times:
    missing = {*wanted.times} | ({wanted.after} if wanted.after is not None else set())
    pts, more = wanted.times[0], wanted.has_fields

    def time(number: int, piece: Piece) -> int | None:
        nonlocal pts, more
        if not missing and not more:
            return None
        more = more and bool(missing)  # the second field of the last picture
        pts = piece.packet.pts if piece.packet.pts is not None else pts
        if not piece.is_discard:  # one that is hidden may have the time of a frame
            missing.discard(pts)
        return pts - wanted.times[0]

    return time


def _hidden(source: Path, wanted: Range) -> SourceError:
    last = wanted.first + len(wanted.times) - 1
    return SourceError(
        f"{source}: pictures are hidden between its frames {wanted.first} and {last}; no clip can hold both"
    )


def _out_of_order(source: Path, key: Key | None, wanted: Range) -> Times:
    """The times by the order in which a decoder shows the packets' pictures; 0 of what is hidden among the wanted."""
    order, discarded = _shown(source, key, wanted)
    frames = itertools.count(0 if key is None else key.first - _before(order, discarded))
    numbered = {number: next(frames) for number in order if number not in discarded}
    at = next((at for at, number in enumerate(order) if numbered.get(number) == wanted.first), 0)
    shown = [number for number in order[at:] if number not in discarded][: len(wanted.times)]
    last = order.index(shown[-1]) if shown else at - 1
    begin, end = wanted.times[0], wanted.times[-1]
    times = {number: place - at for place, number in enumerate(order[:at])} | dict.fromkeys(order[at : last + 1], 0)
    times |= {number: time - begin for number, time in zip(shown, wanted.times, strict=False)}
    behind = end + 1 if wanted.after is None else wanted.after
    times |= {number: behind - begin + place for place, number in enumerate(order[last + 1 :])}
    before = min(times.values(), default=0)
    fed = max(order, default=-1) + wanted.has_fields  # the second field of the last picture
    return lambda number, piece: times.get(number, before - 1) if number <= fed else None


def _before(order: list[int], discarded: set[int]) -> int:
    """How many pictures are shown before the first packet's."""
    at = order.index(0) if 0 in order else 0
    return len({*order[:at]} - discarded)


def _shown(source: Path, key: Key | None, wanted: Range) -> tuple[list[int], set[int]]:
    """The numbers of packets from `key` on, in the order in which their pictures are shown; which are not to be."""
    last = wanted.first + len(wanted.times) - (0 if wanted.after is not None else 1)
    enough = last - (key.first if key else 0)
    order: list[int] = []
    discarded: set[int] = set()
    with _pieces(source, key, wanted) as (stream, pieces):
        context = stream.codec_context
        for number, (packet, is_discard) in enumerate(pieces):
            packet.pts = packet.dts = number
            if is_discard:
                discarded.add(number)
            with border(str(source)):
                order += [frame.pts for frame in context.decode(packet)]
            if len({*order} - discarded) - _before(order, discarded) > enough:
                break
        else:
            with border(str(source)):
                order += [frame.pts for frame in context.decode(None)]
    if len({*order}) < len(order) or None in order:
        raise SourceError(f"{source}: pictures without times; put it into a container that has them first")
    return order, discarded


@contextmanager
def _pieces(source: Path, key: Key | None, wanted: Range) -> Iterator[tuple[Any, Iterator[Piece]]]:
    """The video of a source, and its packets from `key` on.

    Raises:
        SourceError: there is no such key any more.
    """
    with opened(source, wanted.track) as (container, stream):
        packets = coded(container, stream, str(source))
        first = next(packets, None)
        if first is None or key is None or key.number == 0:
            yield stream, _own(stream, itertools.chain([first] if first else [], packets))
            return
        carried = keys_of(stream).packets.carried
        sought = iter(_sought(container, stream, key, str(source)) if wanted.can_seek else ())
        if (found := _find(sought, key, PATIENCE)) is not None:
            yield stream, _own(stream, itertools.chain([found], sought), carried(bytes(first), bytes(found)))
            return
    with opened(source, wanted.track) as (container, stream):  # again from the start: some cannot seek
        packets = coded(container, stream, str(source))
        if (found := _find(itertools.islice(packets, key.number, None), key, 1)) is None:
            raise SourceError(f"{source}: its packets are not those that were there before")
        yield stream, _own(stream, itertools.chain([found], packets), carried(bytes(first), bytes(found)))


def _sought(container: Any, stream: Any, key: Key, name: str) -> Iterable[Coded]:
    """Packets from somewhere before a key, where the container can seek there."""
    at = min((time for time in (key.pts, key.dts) if time is not None), default=None)
    with suppress(av.error.FFmpegError, OverflowError):
        if at is not None:
            container.seek(at, stream=stream)
            return coded(container, stream, name)
    return ()


def _find(packets: Iterable[Coded], key: Key, patience: int) -> Coded | None:
    for packet in itertools.islice(packets, patience):
        if (packet.pts, packet.dts, packet.size, packet.is_discard) == key[1:5]:
            return packet
        if packet.dts is not None and key.dts is not None and packet.dts > key.dts:
            return None
    return None


def _own(stream: Any, packets: Iterable[Coded], head: bytes = b"") -> Iterator[Piece]:
    """Packets that are no container's any more, with `head` before the first, and parameter sets where they change.

    What holds no picture, which decoders refuse alone, goes before the next that they do not refuse.
    """
    told = keys_of(stream).packets
    for packet in packets:
        if packet.has_sidedata(NEW_EXTRADATA):
            head += told.in_band(bytes(packet.get_sidedata(NEW_EXTRADATA)))
        data = bytes(packet)
        if told.is_whole(data):
            data, head = head + data, b""
            if told.lacks_picture(data):
                head = data
                continue
        loose: Coded = av.Packet(len(data))  # one made of the bytes has nothing behind them, which decoders read too
        loose.update(data)
        loose.pts, loose.dts, loose.is_keyframe = packet.pts, packet.dts, packet.is_keyframe
        if packet.has_sidedata(PALETTE):
            loose.set_sidedata(packet.get_sidedata(PALETTE))
        yield Piece(loose, packet.is_discard)


def _needs_container(stream: Any) -> bool:
    """Whether packets tell too little of their pictures: how samples lie, or what a palette's numbers mean."""
    context = stream.codec_context
    return context.codec.canonical_name in BOUND or context.pix_fmt == "pal8"


def _clock(wanted: Range) -> tuple[Fraction, int, int]:
    """The unit of a file's times, how many of it the source's has, and when the first wanted frame is shown."""
    unit = fine(wanted.time_base)
    return unit, int(wanted.time_base / unit), origin(wanted.time_base)


def _writer(stream: Any, wanted: Range, to: Path, stack: ExitStack) -> Callable[[Coded, int], None] | None:
    """Puts packets into a file, the first frame that is wanted at `origin`. None where no file takes such packets."""
    unit, scale, begin = _clock(wanted)
    if (found := _carrier(stream, unit, wanted.rate, to, stack)) is None:
        return None
    target, carrier = found
    is_intra, put = stream.codec_context.codec.intra_only, 0

    def write(packet: Coded, time: int) -> None:
        nonlocal put
        packet.pts, packet.time_base = begin + time * scale, unit
        packet.duration = 1  # a last picture that takes no time would be none
        packet.dts = packet.pts if is_intra else put  # which no container of packets keeps
        packet.stream = carrier
        target.mux(packet)
        put += 1

    return write


def _carrier(stream: Any, unit: Fraction, rate: Fraction | None, to: Path, stack: ExitStack) -> tuple[Any, Any] | None:
    """A file that takes such packets, and its stream."""
    tags = dict.fromkeys((stream.codec_context.codec_tag, None))
    for form, tag in itertools.product(FORMATS, tags):
        with ExitStack() as attempt, suppress(ValueError, av.error.FFmpegError):
            # A file of ours: PyAV closes none of its own where it cannot begin.
            file = attempt.enter_context(to.open("wb"))
            # When a QuickTime movie begins is rounded by the movie's own clock.
            own = NO_INDEX if form == "nut" else {"movie_timescale": str(unit.denominator)}
            target = attempt.enter_context(_closed(av.open(file, "w", format=form, options=MUXING | own)))
            carrier = target.add_stream_from_template(stream, opaque=True)
            carrier.time_base = unit
            if rate is not None:
                carrier.codec_context.framerate = said(rate)
            if tag is not None:
                carrier.codec_context.codec_tag = tag
            target.start_encoding()
            if carrier.time_base == unit:
                stack.push(attempt.pop_all())
                return target, carrier
    return None


@contextmanager
def _closed(target: Any) -> Iterator[Any]:
    """A file that is written, closed in the end; where writing failed, what fails of its end too is not the reason."""
    try:
        yield target
    except BaseException:
        with suppress(Exception):
            target.close()
        raise
    target.close()


def _painter(first: Any, wanted: Range, to: Path, stack: ExitStack) -> Callable[[Any], None]:
    """Puts pictures like `first` into a file, losslessly, the first frame that is wanted at `origin`."""
    unit, scale, begin = _clock(wanted)
    own = first.format.name
    kept = pixel_formats.planar({form.name for form in av.Codec("ffv1", "w").video_formats or ()}, own)
    target = stack.enter_context(av.open(str(to), "w", format="nut", options=MUXING | NO_INDEX))
    carrier = target.add_stream("ffv1", rate=said(wanted.rate) if wanted.rate else None, options=FFV1_CODING)
    carrier.width, carrier.height, carrier.pix_fmt = first.width, first.height, kept
    carrier.codec_context.time_base = unit
    stack.callback(lambda: target.mux(carrier.encode(None)))
    like = first.width, first.height, own

    def draw(picture: Any) -> None:
        if (picture.width, picture.height, picture.format.name) != like:
            raise ValueError("the size or format of its pictures changes")
        whole = picture if kept == own else picture.reformat(format=kept)
        whole.pts, whole.time_base = begin + picture.pts * scale, unit
        target.mux(carrier.encode(whole))

    return draw
