"""VP9 that is damaged or cut: tables or a StreamError that says where, and what damage costs when it is passed over."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers import ivf

import codecorpus
from codecorpus.errors import MalformedError, StreamError

Ffmpeg = Callable[..., Path]

SMALL = [
    "-an",
    "-ss",
    2,
    "-vf",
    "crop=176:144:240:64",
    "-c:v",
    "libvpx-vp9",
    "-row-mt",
    0,
    "-threads",
    1,
    "-cpu-used",
    5,
]

STREAMS: dict[str, list[object]] = {
    "altref": [*SMALL, "-frames:v", 16, "-b:v", 0, "-crf", 40, "-g", 8, "-auto-alt-ref", 1, "-lag-in-frames", 8],
    "resilient": [*SMALL, "-frames:v", 12, "-b:v", 0, "-crf", 30, "-error-resilient", "default", "-lag-in-frames", 0],
    "parallel": [*SMALL, "-frames:v", 12, "-b:v", 0, "-crf", 30, "-frame-parallel", 1, "-aq-mode", 3, "-tile-rows", 1],
    "deep": [*SMALL, "-frames:v", 6, "-pix_fmt", "yuv444p12le", "-b:v", 0, "-crf", 20],
    "lossless": [*SMALL, "-frames:v", 3, "-lossless", 1],
}
SECONDS = 2.0
"""No case takes longer; an intact stream takes a few milliseconds."""


@pytest.fixture(scope="module", params=STREAMS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def stream(name: str, ffmpeg: Ffmpeg, bikes: Path) -> bytes:
    return ffmpeg("-i", bikes, *STREAMS[name], name=f"damage-{name}.ivf").read_bytes()


def damaged(packets: list[bytes], chance: random.Random) -> tuple[int, list[bytes]]:
    """Packets with some damage, and the first that has any."""
    at = chance.randrange(len(packets))
    data = bytearray(packets[at])
    match chance.randrange(7):
        case 0 | 1:
            for _ in range(chance.choice((1, 1, 3, 20))):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case 2:
            del data[chance.randrange(len(data)) :]
        case 3:
            begin = chance.randrange(len(data))
            data[begin : begin + chance.choice((1, 4, 50))] = chance.randbytes(chance.choice((1, 4, 50)))
        case 4:
            return at, [*packets[:at], *packets[at + 1 :]]
        case 5:
            return at, [*packets[:at], chance.choice(packets), *packets[at:]]
        case _:
            data[: chance.choice((1, 2, 4, 12))] = chance.randbytes(chance.choice((1, 2, 4, 12)))
    return at, [*packets[:at], bytes(data), *packets[at + 1 :]]


def before(table: pa.Table, pictures: int) -> pa.Table:
    names = [name for name in table.column_names if name not in ("frame", "dt0", "dt1")]
    return table.filter(pc.less(table["coded_order"], pictures)).select(names)


def test_no_damage_breaks_more_than_the_stream(stream: bytes, name: str) -> None:
    intact = codecorpus.extract(stream)
    packets, chance, outcomes = ivf.split(stream), random.Random(1), Counter[str]()
    pictures = [0]  # coded before each packet
    for packet in packets:
        pictures.append(pictures[-1] + codecorpus_pictures(packet))
    for case in range(250):
        at, harmed = damaged(packets, chance)
        file = ivf.joined(harmed, stream)
        began = time.perf_counter()
        found: codecorpus.Intrinsics | None
        try:
            found = codecorpus.extract(file)
            outcomes["tables"] += 1
        except StreamError as error:
            found = error.intrinsics
            assert error.reason and (error.byte is None or 0 <= error.byte <= len(file)), case
            outcomes[type(error).__name__] += 1
        assert time.perf_counter() - began < SECONDS, case
        for table in ("blocks", "motion") if found is not None and found.frames.num_rows >= pictures[at] else ():
            assert before(found.tables[table], pictures[at]).equals(before(intact.tables[table], pictures[at])), case
        passed_over(file, case)
    assert outcomes["tables"] and outcomes["MalformedError"] > 50, outcomes


def codecorpus_pictures(packet: bytes) -> int:
    """Frames of a superframe that are coded, not shown again."""
    count, sizes = 1, [len(packet)]
    if packet[-1] & 0xE0 == 0xC0:
        count, wide = (packet[-1] & 7) + 1, (packet[-1] >> 3 & 3) + 1
        index = packet[-1 - count * wide : -1]
        sizes = [int.from_bytes(index[i : i + wide], "little") for i in range(0, len(index), wide)]
    begins = [sum(sizes[:i]) for i in range(count)]
    return sum(not packet[begin] & 0x08 for begin in begins)


def passed_over(data: bytes, case: int) -> None:
    """Nothing is raised where damage is passed over, and every picture that has an error has no rows."""
    try:
        found = codecorpus.extract(data, errors="skip")
    except StreamError as error:
        found = error.intrinsics
        assert found is not None and found.frames["error"].null_count == 0, case
    lost = set(found.frames.filter(found.frames["error"].is_valid())["coded_order"].to_pylist())
    assert len(lost) <= len(found.errors) or not found.errors, case
    for table in (found.blocks, found.motion):
        assert lost.isdisjoint(table["coded_order"].to_pylist()), case
    kept = found.frames.filter(found.frames["error"].is_null())
    bits = sum(kept[f"bits_{part}"].to_numpy().astype(float) for part in ("header", "mode", "motion", "residual"))
    assert bits == pytest.approx(8.0 * kept["bytes"].to_numpy(), rel=1e-5, abs=0.5), case


def broken(packet: bytes) -> bytes:
    """A packet whose last bytes say that there is more than there is: the padding of its last tile is not zero."""
    end = len(packet)
    if packet[-1] & 0xE0 == 0xC0:
        end -= 2 + ((packet[-1] & 7) + 1) * ((packet[-1] >> 3 & 3) + 1)
    return packet[: end - 1] + b"\x01" + packet[end:]


def test_a_damaged_picture_costs_what_needs_it(stream: bytes, name: str) -> None:
    intact, packets = codecorpus.extract(stream), ivf.split(stream)
    at = max(1, len(packets) // 2 - 2)
    whole = [*packets[:at], broken(packets[at]), *packets[at + 1 :]]
    with pytest.raises(MalformedError, match="its padding is not zero"):
        codecorpus.extract(ivf.joined(whole, stream))
    found = codecorpus.extract(ivf.joined(whole, stream), errors="skip")
    assert found.frames["coded_order"].to_pylist() == intact.frames["coded_order"].to_pylist()
    assert found.frames["frame"].to_pylist() == intact.frames["frame"].to_pylist()
    assert found.frames["bytes"].to_pylist() == intact.frames["bytes"].to_pylist()
    lost = found.frames.filter(found.frames["error"].is_valid())["coded_order"].to_pylist()
    assert lost and len(found.errors) == len(lost)
    assert "its padding is not zero" in found.frames["error"].to_pylist()[lost[0]]
    if name == "resilient":  # no frame needs more of another one than its samples
        assert len(lost) == 1
    # All that is read is as it was.
    for table in ("blocks", "motion"):
        rows = intact.tables[table]
        expected = rows.filter(pc.invert(pc.is_in(rows["coded_order"], pa.array(lost, pa.int32()))))
        assert found.tables[table].equals(expected), table
    complete = found.frames["complete"].to_pylist()
    for row in intact.frames.to_pylist():
        of_lost = any(reference in lost for reference in row["refs0"])
        assert complete[row["coded_order"]] == (row["coded_order"] not in lost and not of_lost)
    keys = [row["coded_order"] for row in intact.frames.to_pylist() if row["key"] and row["coded_order"] > lost[0]]
    assert not keys or max(lost) < keys[0]


def test_a_stream_that_begins_between_keys_is_read_from_the_next_one(ffmpeg: Ffmpeg, bikes: Path) -> None:
    data = ffmpeg("-i", bikes, *STREAMS["altref"], name="damage-open.ivf").read_bytes()
    packets = ivf.split(data)
    with pytest.raises(MalformedError, match="no key frame and no intra-only frame comes before it"):
        codecorpus.extract(ivf.joined(packets[3:], data))
    found = codecorpus.extract(ivf.joined(packets[3:], data), errors="skip")
    whole = codecorpus.extract(data)
    keys = [row["coded_order"] for row in whole.frames.to_pylist() if row["key"]]
    rows = whole.blocks.filter(pc.greater_equal(whole.blocks["coded_order"], keys[1])).num_rows
    assert found.blocks.num_rows == rows > 100
    assert found.frames["error"].null_count == whole.frames.num_rows - keys[1]


def test_a_frame_that_claims_to_be_large_takes_no_memory(stream: bytes, name: str) -> None:
    packets = ivf.split(stream)
    size_at = 5 if name == "deep" else 4
    # frame_width_minus_1 and frame_height_minus_1 follow the colour configuration, not at a byte: set every bit around.
    large = packets[0][: size_at + 1] + b"\xff" * 4 + packets[0][size_at + 5 :]
    began = time.perf_counter()
    with pytest.raises(StreamError):
        codecorpus.extract(ivf.joined([large], stream))
    assert time.perf_counter() - began < SECONDS
