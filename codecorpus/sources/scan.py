"""Every packet of a video, looked at once: when its pictures are shown, and where decoding can begin.

Nothing is decoded but the first pictures, which tell what a decoder makes of the container's times.
"""

from __future__ import annotations

import itertools
import struct
import threading
from array import array
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from codecorpus import _native
from codecorpus.demux import NEW_EXTRADATA, behind_end, opened
from codecorpus.errors import SourceError, StreamError, border
from codecorpus.orientation import Orientation
from codecorpus.sources.fields import Fields
from codecorpus.sources.keys import Keys, coded, keys_of
from codecorpus.sources.packets import Coded, Key, Samples, drawn

LOOK: Final = 24
"""Pictures that are decoded."""

APART: Final = 12
"""Packets between two keys that are kept: fewer cost memory, more cost decoding."""

LARGE: Final = 1 << 22
"""Samples of pictures that are decoded of one source at a time in a process: decoders keep up to sixteen of them."""

NONE: Final = -(1 << 63)

_large = threading.Lock()


@dataclass
class Head:
    """What a decoder shows of the first `packets`: the numbers of those whose pictures they are, in order.

    `is_marked` says whether those that the container calls keys are some, as far as a decoder tells. `samples` are
    those of the first picture.
    """

    order: list[int] = field(default_factory=list)
    packets: int = 0
    is_marked: bool = True
    is_interlaced: bool = False
    orientation: Orientation | None = None
    reorders: bool = False
    samples: Samples | None = None


@dataclass(frozen=True)
class Times:
    """When a video's pictures are shown, in order.

    `is_ordered` says whether packets have these times; else they only rise. `keys` are packets that decoding can begin
    at, none near another. `can_seek` is False where decoding times run back: packets come twice. `has_fields` says that
    some pictures are two packets, a field each. `cut_short` packets show nothing, or are not there.
    """

    pts: array[int]
    is_ordered: bool
    keys: tuple[Key, ...]
    can_seek: bool
    has_fields: bool
    cut_short: int


def look(path: Path, track: int) -> Head:
    """Decode the first pictures.

    Raises:
        SourceError: it cannot be read, or holds no picture that can be decoded.
    """
    head = Head()
    called, keys = set[int](), set[int]()
    with opened(path, track) as (container, stream), _large if stream.width * stream.height > LARGE else nullcontext():
        context: Any = stream.codec_context
        context.options = {"skip_loop_filter": "all"}  # no sample is looked at
        for packet in itertools.chain(coded(container, stream, str(path)), [None]):
            if len(head.order) >= LOOK:
                packet = None  # what waits for its place comes without more
            if packet:
                packet.pts = packet.dts = head.packets
                if packet.is_keyframe:
                    called.add(head.packets)
                head.packets += 1
            for frame in drawn(context, packet, path):
                head.order.append(frame.pts)
                head.samples = head.samples or Samples.of(frame)
                if frame.key_frame:
                    keys.add(frame.pts)
                head.is_interlaced |= frame.interlaced_frame
                head.orientation = head.orientation or _orientation(frame)
            if packet is None:
                break
        head.reorders = bool(context.codec.reorder and context.has_b_frames)
        called &= {*head.order}
        # AVI without an index and QuickTime without a table of keys call all so; some decoders call none so.
        head.is_marked = called <= keys if keys else len(called) < len(head.order) or _stands_alone(path, track)
    if not head.order:
        raise SourceError(f"{path}: no picture in it can be decoded")
    return head


def _stands_alone(path: Path, track: int) -> bool:
    """Whether a decoder shows the second picture as it is where it does not get the first."""
    shown = []
    for first in (0, 1):
        with opened(path, track) as (container, stream):
            context: Any = stream.codec_context
            packets = itertools.chain(itertools.islice(coded(container, stream, str(path)), first, 2), [None])
            with suppress(SourceError), border(str(path)):  # refused, as without what came before
                frames = [frame for packet in packets for frame in drawn(context, packet, path)]
                shown += [frame.to_rgb().to_ndarray() for frame in frames[-1:]]
    return len(shown) == 2 and np.array_equal(*shown)


def _orientation(frame: Any) -> Orientation | None:
    """How players turn a picture, by its container or its own message."""
    data = None
    with suppress(ValueError):  # by PyAV, of side data that are newer than it
        data = frame.side_data.get("DISPLAYMATRIX")
    return Orientation.of_matrix(struct.unpack("=9i", bytes(data))) if data is not None else None


def scan(path: Path, track: int, head: Head) -> Times:
    """Read every packet.

    Raises:
        SourceError: it cannot be read, or its pictures have no times of their own.
    """
    with opened(path, track) as (container, stream):
        keys = keys_of(stream, head.is_marked)
        seen = _Seen(keys, Fields(keys.packets))
        for packet in coded(container, stream, str(path)):
            seen.add(packet)
        seen.end()
        seen.cut_short += behind_end(stream, container.size)
    if not seen.columns()[2].any():
        raise SourceError(f"{path}: no picture in it is to be shown")
    return _in_order(seen, head) or _by_count(seen, head, path)


def _in_order(seen: _Seen, head: Head) -> Times | None:
    """The times that packets have, if those of pictures that a decoder shows one after another rise."""
    pts, _, is_shown = seen.columns()
    shown, begun = pts[is_shown], pts[head.order]
    is_behind = np.flatnonzero(is_shown) >= head.packets
    if (shown == NONE).any() or (np.diff(begun) <= 0).any():
        return None
    if head.reorders and (np.diff(shown) > 0).all():  # no picture seems to be reordered: they are decoding times
        return None
    planned = np.isin(shown, begun) | is_behind
    plan = np.sort(shown[planned])
    behind = np.zeros(len(pts) + 1, np.int64)  # of each packet: all frames from there on come with it or later
    behind[1:][np.flatnonzero(is_shown)[planned]] = np.searchsorted(plan, shown[planned]) + 1
    behind = np.maximum.accumulate(behind)
    firsts = np.searchsorted(plan, [found.times[0] or 0 for found in seen.found])
    keys = [
        Key(found.index, *found.times, first=max(int(first), int(behind[found.index])))
        for found, first in zip(seen.found, firsts, strict=True)
        if found.times[0] is not None
    ]
    ordered = tuple(sorted(keys, key=lambda key: key.first))
    return Times(array("q", plan.tobytes()), True, ordered, seen.can_seek, seen.has_fields, seen.cut_short)


def _by_count(seen: _Seen, head: Head, path: Path) -> Times:
    """Times that rise with the pictures: those of packets, sorted."""
    pts, dts, is_shown = seen.columns()
    times = pts[is_shown] if (pts[is_shown] != NONE).all() else dts[is_shown]
    if (times == NONE).any():
        raise SourceError(f"{path}: pictures without times; put it into a container that has them first")
    lost = int(is_shown[: min(head.order)].sum())
    before = np.cumsum(is_shown) - is_shown
    keys = [
        Key(found.index, *found.times, first=int(before[found.index] + is_shown[found.leading].sum()) - lost)
        for found in seen.found
        if found.leading is not None and before[found.index] >= lost
    ]
    return Times(
        array("q", np.sort(times)[lost:].tobytes()), False, tuple(keys), seen.can_seek, seen.has_fields, seen.cut_short
    )


@dataclass
class _Found:
    """A packet that decoding can begin at, as far as the packets after it have told.

    `leading` are the packets after it whose pictures are before its own; None where that is not known.
    """

    index: int
    times: tuple[int | None, int | None, int, bool]
    leading: list[int] | None
    is_open: bool = True

    @property
    def is_settled(self) -> bool:
        return not self.is_open or self.leading is None


class _Seen:
    """Packets in coded order: their times, whether they show a picture, and where decoding can begin."""

    def __init__(self, keys: Keys, fields: Fields) -> None:
        self.has_fields = False
        self.cut_short = 0
        self.found: list[_Found] = []
        self._unsettled: list[_Found] = []
        self._is_changed = False  # decoding begins with the container's first parameter sets
        self._columns = array("q"), array("q"), bytearray()
        self._keys = keys
        self._fields = fields
        self._headers = _Headers(keys)

    def add(self, packet: Coded) -> None:
        data = bytes(packet)
        pts, dts, is_shown = self._columns
        index = len(pts)
        pts.append(NONE if packet.pts is None else packet.pts)
        dts.append(NONE if packet.dts is None else packet.dts)
        is_whole = self._keys.packets.is_whole(data)
        self.cut_short += not is_whole
        is_shown.append(is_whole and not packet.is_discard and not self._keys.packets.is_hidden(data))
        self._headers.add(index, data, packet)
        knows_leading = self._keys.entry(data, packet.is_keyframe)
        if (hidden := self._fields.hidden(index, data)) is not None:
            is_shown[hidden] = False
        if hidden == index:
            self.has_fields = True
            return
        for found in self._unsettled:
            self._follow(found, index, data)
        self._unsettled = [found for found in self._unsettled if not found.is_settled]
        self._is_changed |= packet.has_sidedata(NEW_EXTRADATA)
        if self._is_changed or (self.found and index - self.found[-1].index < APART):
            return
        if knows_leading is not None:
            times = packet.pts, packet.dts, packet.size, packet.is_discard
            self.found.append(_Found(index, times, [] if knows_leading else None))
            self._unsettled.append(self.found[-1])

    def end(self) -> None:
        """No packet follows."""
        if (alone := self._fields.alone) is not None:
            self._columns[2][alone] = False
        if (shown := self._headers.shown()) is not None:
            self.columns()[2][:] &= np.isin(np.arange(len(self._columns[2])), shown)

    def _follow(self, found: _Found, index: int, data: bytes) -> None:
        if found.is_open and found.leading is not None:
            found.is_open = self._keys.packets.is_leading(data)
            if found.is_open:
                found.leading.append(index)

    @property
    def can_seek(self) -> bool:
        dts = self.columns()[1]
        return bool((np.diff(dts[dts != NONE]) >= 0).all())

    def columns(self) -> tuple[Any, Any, Any]:
        """Presentation and decoding times, and whether a picture is shown."""
        pts, dts, is_shown = self._columns
        return np.frombuffer(pts, np.int64), np.frombuffer(dts, np.int64), np.frombuffer(is_shown, np.bool_)


class _Headers:
    """What pictures' headers say of packets that decoders refuse, where they refuse any: behind a loss, HEVC's."""

    def __init__(self, keys: Keys) -> None:
        self._reader = None
        with suppress(StreamError):  # whoever decodes it will tell
            self._reader = _native.HeaderReader.open(keys.codec, keys.extradata)

    def add(self, index: int, data: bytes, packet: Coded) -> None:
        if self._reader is None:
            return
        try:
            if packet.has_sidedata(NEW_EXTRADATA):
                self._reader.configure(bytes(packet.get_sidedata(NEW_EXTRADATA)))
            self._reader.push(data, index, is_discarded=packet.is_discard)
        except StreamError:
            self._reader = None

    def shown(self) -> list[int] | None:
        """The numbers of the packets that are shown; None where all may be."""
        with suppress(StreamError):
            return self._reader.finish() if self._reader else None
        return None
