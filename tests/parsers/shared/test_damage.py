"""Damaged streams, read with errors="skip": what a decoder decodes without complaint is there, as in the whole stream.

Real streams whose packets were flipped, lost, swapped, repeated or cut, a seed a case.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import av.logging
import pyarrow as pa
import pyarrow.compute as pc
import pytest
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
}
CASES = 670
"""Of each stream: some 2,000 a codec."""

TIMES = {"frame", "coded_order"}
KEYS = ("ref0", "ref1")


@dataclass(frozen=True, repr=False)
class Whole:
    """An undamaged stream: its packets, and the rows of each one's picture."""

    codec: str
    template: Any
    payloads: list[bytes]
    frames: list[dict[str, Any]]
    rows: dict[str, list[pa.Table]]
    references: list[set[int]]
    """By packet, everything that its picture refers to, or that those do."""


@pytest.fixture(scope="module", params=STREAMS)
def whole(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Whole:
    path = ffmpeg("-i", bikes, *SMALL, *STREAMS[request.param], name=f"damage-{request.param}.mp4")
    container = av.open(str(path))
    template = container.streams.video[0]
    payloads = [bytes(packet) for packet in container.demux(template) if packet.size]
    read = codecorpus.extract(muxed(template, payloads))
    frames = read.frames.to_pylist()
    assert [frame["dts"] for frame in frames] == [STEP * at for at in range(len(payloads))]
    references: list[set[int]] = []
    for frame in frames:
        direct = {at for at in [*frame["refs0"], *frame["refs1"]] if at is not None}
        references.append(direct.union(*(references[at] for at in direct)))
    rows = {table: [picture_rows(read, table, at) for at in range(len(frames))] for table in ("blocks", "motion")}
    return Whole(read.codec, template, payloads, frames, rows, references)


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


def decoded(file: bytes) -> set[int]:
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
                silent.add(packet.pts // STEP)
            good |= {frame.pts // STEP for frame in frames if frame.pts is not None and not frame.is_corrupt}
    return good & silent


def same(whole: Whole, at: int, found: codecorpus.Intrinsics, row: dict[str, Any], of: dict[int, int]) -> bool:
    """Whether the rows of a picture say what they said; references by the pictures that packets are of."""
    for table in ("blocks", "motion"):
        intact, damaged = whole.rows[table][at], picture_rows(found, table, row["coded_order"])
        others = [name for name in intact.column_names if name not in {*TIMES, "ref0", "ref1", "dt0", "dt1"}]
        if not intact.select(others).equals(damaged.select(others)):
            return False
    for name in KEYS:
        references = [of.get(reference) for reference in damaged[name].to_pylist()]
        if references != intact[name].to_pylist():
            return False
    return True


def expected(whole: Whole, packets: list[Sent], good: set[int]) -> Iterator[int]:
    """The packets whose pictures must be as they were: whole, decoded without complaint, as all that they refer to.

    Behind a reference picture in another place than its own, what others refer to is another picture, up to the next
    key frame.
    """
    seen: set[int] = set()
    confused = False
    for at, packet in enumerate(packets):
        confused = not packet.in_place or (confused and not (whole.frames[packet.of]["key"] and packet.intact))
        if packet.intact and not confused and at in good and whole.references[packet.of] <= seen:
            seen.add(packet.of)
            yield at


@pytest.mark.parametrize("part", range(5))
def test_what_a_decoder_decodes_is_there_as_in_the_whole_stream(whole: Whole, part: int) -> None:
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    compared = damaged = 0
    for seed in range(part * CASES // 5, (part + 1) * CASES // 5):
        chance = random.Random(seed)
        packets = [Sent(payload, at) for at, payload in enumerate(whole.payloads)]
        damages = chance.choices(DAMAGES, k=chance.choice((1, 1, 2)))
        for damage in damages:
            damage(packets, chance)
        file = muxed(whole.template, (packet.payload for packet in packets))
        told = f"seed {seed}, {', '.join(damage.__name__ for damage in damages)}"
        try:
            found = codecorpus.extract(file, errors="skip")
        except StreamError as error:
            raise AssertionError(f"{told}: {error}") from error
        frames = found.frames.to_pylist()
        assert [frame["coded_order"] for frame in frames] == list(range(len(frames))), told
        assert sum(frame["bytes"] for frame in frames) == sum(len(packet.payload) for packet in packets), told
        assert any(frame["error"] for frame in frames) <= bool(found.errors), told
        damaged += sum(frame["error"] is not None for frame in frames)
        rows = {frame["dts"] // STEP: frame for frame in frames}
        of = {frame["coded_order"]: packets[frame["dts"] // STEP].of for frame in frames}
        for at in expected(whole, packets, decoded(file)):
            compared += 1
            assert at in rows, f"{told}: the picture of packet {at} is not there"
            assert rows[at]["error"] is None, f"{told}: packet {at}: {rows[at]['error']}"
            assert rows[at]["complete"], f"{told}: packet {at} is not complete"
            assert same(whole, packets[at].of, found, rows[at], of), f"{told}: the picture of packet {at} differs"
    assert compared > CASES and damaged > CASES // 10
