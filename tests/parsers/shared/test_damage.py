"""Damaged streams, read with errors="skip": what a decoder decodes without complaint is there, as in the whole stream.

Real streams whose packets were flipped, lost, swapped, repeated or cut, a seed a case.
"""

from __future__ import annotations

import gc
import io
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import av
import av.logging
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers import ivf
from helpers.muxing import SMALL, STEP, muxed

import codecorpus
from codecorpus.errors import StreamError

Ffmpeg = Callable[..., Path]

X265 = "log-level=none:info=0:frame-threads=1"
STREAMS: dict[str, list[object]] = {
    "h264-cabac": ["-c:v", "libx264", "-x264-params", "bframes=2:keyint=9:b-pyramid=normal:ref=3:direct=spatial"],
    "h264-cavlc": ["-c:v", "libx264", "-x264-params", "cabac=0:slices=3:bframes=1:keyint=8:direct=temporal:8x8dct=0"],
    "h264-interlaced": ["-flags", "+ildct+ilme", "-c:v", "libx264", "-x264-params", "keyint=10:bframes=2:direct=auto"],
    "hevc-b": ["-c:v", "libx265", "-x265-params", f"{X265}:keyint=9:min-keyint=9:bframes=2:ref=3:open-gop=0"],
    "hevc-slices": ["-c:v", "libx265", "-x265-params", f"{X265}:keyint=8:min-keyint=8:bframes=0:slices=3:ctu=16"],
    "hevc-no-temporal": ["-c:v", "libx265", "-x265-params", f"{X265}:keyint=10:min-keyint=10:bframes=3:temporal-mvp=0"],
    "av1-svt": ["-c:v", "libsvtav1", "-preset", 10, "-crf", 40, "-g", 8],
    "av1-aom": ["-c:v", "libaom-av1", "-cpu-used", 8, "-crf", 40, "-lag-in-frames", 6, "-g", 8],
    "vp9-altref": ["-c:v", "libvpx-vp9", "-cpu-used", 8, "-crf", 40, "-b:v", 0, "-g", 6, "-lag-in-frames", 6],
    "vp9-resilient": ["-c:v", "libvpx-vp9", "-cpu-used", 8, "-crf", 40, "-b:v", 0, "-error-resilient", "default"],
    "mpeg4": ["-c:v", "mpeg4", "-bf", 2, "-g", 7],
    "mpeg4-xvid": ["-c:v", "libxvid", "-bf", 1, "-g", 6, "-flags", "+mv4+qpel"],
    "mpeg2": ["-c:v", "mpeg2video", "-bf", 2, "-g", 7],
}
CASES = 2010
"""Of each codec."""

PARTS = 5
"""Of the cases of a stream, so that several processes share them."""

FEW = ["-vf", "crop=96:64:184:48", "-frames:v", 12]
"""Of the codecs whose packets FFmpeg decodes as slowly as it opens a file."""

TIMES = {"frame", "coded_order"}
KEYS = ("ref0", "ref1")

Key = tuple[int, int]
"""A picture: the packet that it is in, and which of that packet's pictures it is."""


@dataclass(frozen=True, repr=False)
class Whole:
    """An undamaged stream: its packets, and the rows of each picture."""

    name: str
    codec: str
    put: Callable[[Iterable[bytes]], bytes]
    step: int
    payloads: list[bytes]
    frames: dict[Key, dict[str, Any]]
    rows: dict[str, dict[Key, pa.Table]]
    references: dict[Key, set[Key]]
    """By picture, everything that it refers to, or that those do."""

    @property
    def cases(self) -> int:
        of_codec = sum(name.partition("-")[0] == self.codec for name in STREAMS)
        return CASES // of_codec

    @property
    def refers_by_place(self) -> bool:
        """Whether pictures refer to what stands in a place that any picture before may have filled."""
        return self.codec in ("av1", "vp9", "mpeg4", "mpeg2")

    def shown(self, packet: int) -> Key | None:
        """The picture that a packet shows: the last one, where that is shown."""
        keys = [key for key in self.frames if key[0] == packet]
        return keys[-1] if keys and self.frames[keys[-1]]["frame"] is not None else None


def keys_of(frames: list[dict[str, Any]], step: int) -> list[Key]:
    """What each coded picture is, in coded order."""
    keys: list[Key] = []
    for frame in frames:
        packet = frame["dts"] // step
        keys.append((packet, sum(key[0] == packet for key in keys)))
    return keys


@pytest.fixture(scope="module", params=STREAMS)
def whole(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Whole:
    name = request.param
    codec = name.partition("-")[0]
    suffix = "ivf" if codec in ("av1", "vp9") else "mp4"
    few = [] if codec in ("h264", "hevc") else FEW
    path = ffmpeg("-i", bikes, *SMALL, *few, *STREAMS[name], name=f"damage-{name}.{suffix}")
    put: Callable[[Iterable[bytes]], bytes]
    if suffix == "ivf":
        payloads = ivf.split(path.read_bytes())
        put, step = partial(as_ivf, path.read_bytes()), 1
    else:
        container = av.open(str(path))
        template = container.streams.video[0]
        payloads = [bytes(packet) for packet in container.demux(template) if packet.size]
        put, step = partial(muxed, template), STEP
    read = codecorpus.extract(put(payloads))
    frames = read.frames.to_pylist()
    keys = keys_of(frames, step)
    references: dict[Key, set[Key]] = {}
    since_key: set[Key] = set()
    for key, frame in zip(keys, frames, strict=True):
        direct = {keys[at] for at in [*frame["refs0"], *frame["refs1"]] if at is not None}
        since_key = set() if frame["key"] else since_key
        if name == "vp9-altref":  # probabilities go from frame to frame
            direct |= since_key
        since_key.add(key)
        references[key] = direct.union(*(references[at] for at in direct))
    rows = {
        table: {key: picture_rows(read, table, at) for at, key in enumerate(keys)} for table in ("blocks", "motion")
    }
    return Whole(name, read.codec, put, step, payloads, dict(zip(keys, frames, strict=True)), rows, references)


def as_ivf(like: bytes, payloads: Iterable[bytes]) -> bytes:
    return ivf.joined(list(payloads), like)


def picture_rows(read: codecorpus.Intrinsics, table: str, coded_order: int) -> pa.Table:
    rows = read.tables[table]
    return rows.filter(pc.equal(rows["coded_order"], coded_order))


@dataclass(frozen=True)
class Sent:
    """A packet as it is sent: of which picture, and whether its bytes and its place are what they were."""

    payload: bytes
    of: int
    intact: bool = True
    in_place: bool = True


def flip(packets: list[Sent], chance: random.Random) -> None:
    """Flips some bits of a packet."""
    at = chance.randrange(len(packets))
    data = bytearray(packets[at].payload)
    for _ in range(chance.choice((1, 1, 3, 16))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    packets[at] = replace(packets[at], payload=bytes(data), intact=False)


def scribble(packets: list[Sent], chance: random.Random) -> None:
    """Overwrites a run of bytes of a packet."""
    at = chance.randrange(len(packets))
    data = bytearray(packets[at].payload)
    begin = chance.randrange(len(data))
    data[begin : begin + 16] = chance.randbytes(len(data[begin : begin + 16]))
    packets[at] = replace(packets[at], payload=bytes(data), intact=False)


def lose(packets: list[Sent], chance: random.Random) -> None:
    """Takes a packet out."""
    del packets[chance.randrange(len(packets))]


def swap(packets: list[Sent], chance: random.Random) -> None:
    """Swaps two packets."""
    a, b = chance.sample(range(len(packets)), 2)
    packets[a], packets[b] = replace(packets[b], in_place=False), replace(packets[a], in_place=False)


def repeat(packets: list[Sent], chance: random.Random) -> None:
    """Says a packet again, at once or later."""
    at = chance.randrange(len(packets))
    to = chance.choice((at + 1, chance.randrange(at + 1, len(packets) + 1)))
    packets.insert(to, replace(packets[at], in_place=False))


def cut(packets: list[Sent], chance: random.Random) -> None:
    """Ends a packet early, most often the last."""
    at = chance.choice((len(packets) - 1, chance.randrange(len(packets))))
    data = packets[at].payload
    packets[at] = replace(packets[at], payload=data[: chance.randrange(1, len(data))], intact=False)


DAMAGES = (flip, flip, flip, scribble, lose, swap, repeat, cut)


def decoded(file: bytes, step: int) -> set[int]:
    """The packets whose pictures FFmpeg decodes without complaint."""
    good: set[int] = set()
    silent: set[int] = set()
    with av.open(io.BytesIO(file)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.thread_count = "NONE", 1
        stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer"}
        for packet in container.demux(stream):
            with av.logging.Capture(local=True) as told:
                try:
                    frames = packet.decode()
                except av.error.FFmpegError:
                    frames = []
                    told.append((0, "", "refused"))
            if packet.pts is not None and not told:
                silent.add(packet.pts // step)
            good |= {frame.pts // step for frame in frames if frame.pts is not None and not frame.is_corrupt}
    return good & silent


def same(whole: Whole, key: Key, found: codecorpus.Intrinsics, row: dict[str, Any], of: list[Key]) -> bool:
    """Whether the rows of a picture say what they said; references by the pictures that they are."""
    keys = list(whole.frames)
    for table in ("blocks", "motion"):
        intact, damaged = whole.rows[table][key], picture_rows(found, table, row["coded_order"])
        others = [name for name in intact.column_names if name not in {*TIMES, "ref0", "ref1", "dt0", "dt1"}]
        if not intact.select(others).equals(damaged.select(others)):
            return False
    for name in KEYS:  # of the motion table, the last
        theirs = [None if at is None else keys[at] for at in intact[name].to_pylist()]
        if [None if at is None else of[at] for at in damaged[name].to_pylist()] != theirs:
            return False
    return True


def expected(whole: Whole, packets: list[Sent], good: set[int]) -> Iterator[tuple[int, Key]]:
    """The packets whose pictures must be as they were: whole, decoded without complaint, as all that they refer to.

    Behind a reference picture in another place than its own, what others refer to is another picture, up to the next
    key frame; so it is behind a damaged one that may have filled any place.
    """
    seen: set[Key] = set()
    confused = False
    for at, packet in enumerate(packets):
        own = [key for key in whole.frames if key[0] == packet.of]
        begins_anew = packet.intact and bool(own) and whole.frames[own[0]]["key"]
        disturbs = not packet.in_place or (whole.refers_by_place and not packet.intact)
        confused = disturbs or (confused and not begins_anew)
        if whole.refers_by_place and disturbs:
            seen.clear()
        if not packet.intact or confused:
            continue
        # A picture that is not shown counts as decoded where the packet's other one is.
        if own and at in good and all(whole.references[key] <= seen | set(own) for key in own):
            seen |= set(own)
            if (shown := whole.shown(packet.of)) is not None:
                yield at, shown


def readable(whole: Whole, packets: list[Sent], file: bytes) -> bool:
    """Whether FFmpeg opens a file and decodes pictures of it that must be as they were."""
    try:
        return any(expected(whole, packets, decoded(file, whole.step)))
    except av.error.FFmpegError:
        return False


@pytest.fixture(autouse=True)
def _no_garbage_is_sought_among_what_stays() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("part", range(PARTS))
def test_what_a_decoder_decodes_is_there_as_in_the_whole_stream(whole: Whole, part: int) -> None:
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    compared = damaged = 0
    cases = whole.cases
    for seed in range(part * cases // PARTS, (part + 1) * cases // PARTS):
        chance = random.Random(seed)
        packets = [Sent(payload, at) for at, payload in enumerate(whole.payloads)]
        damages = chance.choices(DAMAGES, k=chance.choice((1, 1, 2)))
        for damage in damages:
            damage(packets, chance)
        file = whole.put(packet.payload for packet in packets)
        told = f"seed {seed}, {', '.join(damage.__name__ for damage in damages)}"
        try:
            found = codecorpus.extract(file, errors="skip")
        except StreamError as error:
            assert not readable(whole, packets, file), f"{told}: {error}"
            continue
        frames = found.frames.to_pylist()
        assert [frame["coded_order"] for frame in frames] == list(range(len(frames))), told
        assert sum(frame["bytes"] for frame in frames) == sum(len(packet.payload) for packet in packets), told
        assert any(frame["error"] for frame in frames) <= bool(found.errors), told
        damaged += sum(frame["error"] is not None for frame in frames)
        places = keys_of(frames, whole.step)
        rows = dict(zip(places, frames, strict=True))
        of = [(packets[packet].of, number) for packet, number in places]
        for at, key in expected(whole, packets, decoded(file, whole.step)):
            compared += 1
            row = rows.get((at, key[1]))
            assert row is not None, f"{told}: the picture of packet {at} is not there"
            assert row["error"] is None, f"{told}: packet {at}: {row['error']}"
            assert row["complete"], f"{told}: packet {at} is not complete"
            assert same(whole, key, found, row, of), f"{told}: the picture of packet {at} differs"
    least = cases // PARTS if whole.refers_by_place else cases
    assert compared > least and damaged > least // 10
