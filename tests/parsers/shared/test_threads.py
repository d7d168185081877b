"""A stream is read the same by any number of threads: tables, errors, and where they come."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import codecorpus
from codecorpus._native import StreamReader
from codecorpus.errors import StreamError
from codecorpus.extracting import MEMORY, Errors
from codecorpus.intrinsics import Intrinsics

Ffmpeg = Callable[..., Path]

TABLES = ("frames", "blocks", "motion", "transforms")
THREADS = (2, 3, 8)
DATA = Path(__file__).parents[2] / "data"


def x265(parameters: str) -> list[str]:
    return ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"{parameters}:log-level=none"]


KEYS = ["-g", "6", "-keyint_min", "6"]
CLOSED = ["-flags", "+cgop", "-sc_threshold", "1000000000"]
ENCODERS: dict[str, list[str]] = {
    "h264.mp4": ["-c:v", "libx264", "-preset", "veryfast", *KEYS],
    "h264.264": ["-c:v", "libx264", "-preset", "veryfast", *KEYS, "-x264-params", "aud=1"],
    "h264.ts": ["-c:v", "libx264", "-preset", "veryfast", *KEYS],
    "fields.264": ["-c:v", "libx264", "-preset", "veryfast", *KEYS, "-flags", "+ildct+ilme"],
    "open.mp4": [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "keyint=8:min-keyint=8:bframes=3:log-level=none",
    ],
    "open.265": [
        "-c:v",
        "libx265",
        "-preset",
        "medium",
        "-x265-params",
        "keyint=9:min-keyint=9:scenecut=0:log-level=none",
    ],
    "plain.265": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=7:bframes=0:log-level=none"],
    "closed.265": [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "keyint=8:open-gop=0:aud=1:log-level=none",
    ],
    "av1.mp4": ["-c:v", "libaom-av1", "-cpu-used", "8", "-b:v", "0", "-crf", "50", *KEYS],
    "av1.obu": ["-c:v", "libaom-av1", "-cpu-used", "8", "-b:v", "0", "-crf", "50", *KEYS],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", *KEYS],
    "h264.avi": ["-c:v", "libx264", "-preset", "veryfast", *KEYS],
    "h264.flv": ["-c:v", "libx264", "-preset", "veryfast", *KEYS],
    "mpeg4.mp4": ["-c:v", "mpeg4", "-g", "6", "-bf", "2"],
    "mpeg4.avi": ["-c:v", "mpeg4", "-g", "6", "-bf", "2", *CLOSED],
    "mpeg4.m4v": ["-c:v", "mpeg4", "-g", "60", "-bf", "1", "-f", "m4v"],
    "fields.m4v": [
        "-c:v",
        "mpeg4",
        "-g",
        "6",
        "-bf",
        "2",
        "-flags",
        "+ildct+ilme+mv4",
        "-mpeg_quant",
        "1",
        "-f",
        "m4v",
    ],
    "partitions.m4v": ["-c:v", "mpeg4", "-g", "6", "-ps", "200", "-data_partitioning", "1", "-f", "m4v"],
    "xvid.mkv": ["-c:v", "libxvid", "-q:v", "5", "-g", "6", "-bf", "2", "-gmc", "1", "-flags", "+qpel"],
    "h263.3gp": ["-c:v", "h263", "-g", "6", "-s", "128x96"],
    "mpeg2.ts": ["-c:v", "mpeg2video", "-g", "6", "-bf", "2"],
    "mpeg2.mkv": ["-c:v", "mpeg2video", "-g", "6", "-bf", "2", *CLOSED],
    "mpeg2.m2v": ["-c:v", "mpeg2video", "-g", "60", "-bf", "1", "-inter_matrix", ",".join(["20"] * 64)],
    "fields.m2v": ["-c:v", "mpeg2video", "-g", "6", "-bf", "2", "-flags", "+ildct+ilme"],
    "mpeg1.mpg": ["-c:v", "mpeg1video", "-g", "6", "-bf", "2"],
}


@pytest.fixture(autouse=True)
def smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place where a stream can be cut is one."""
    # Not by its dotted name: there the package has the function.
    monkeypatch.setattr(sys.modules["codecorpus.extracting"], "LEAST", (0, 1))


@pytest.fixture(scope="module")
def encoded(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    """Forty pictures with a key every few."""
    made: dict[str, Path] = {}

    def encode(name: str) -> Path:
        if name not in made:
            small = ["-vf", "scale=160:96", "-frames:v", 40, "-an"]
            made[name] = ffmpeg("-i", bikes, *small, *ENCODERS[name], name=f"threads-{name}")
        return made[name]

    return encode


def told(error: StreamError) -> tuple[object, ...]:
    return type(error), str(error), error.picture, error.byte, error.element


def read(source: Any, threads: int, errors: Errors, memory: int = MEMORY) -> tuple[object, ...]:
    """All that is read of a stream, in comparable form."""
    raised = None
    try:
        intrinsics = codecorpus.extract(source, tables=TABLES, errors=errors, threads=threads, memory=memory)
    except StreamError as error:
        assert isinstance(error.intrinsics, Intrinsics)
        intrinsics, raised = error.intrinsics, told(error)
    tables = {name: table.combine_chunks() for name, table in intrinsics.tables.items()}
    return tables, [told(error) for error in intrinsics.errors], raised


def check(source: Any, *numbers: int) -> None:
    for errors in ("strict", "skip"):
        alone = read(source, 1, errors)
        for threads in numbers or THREADS:
            assert read(source, threads, errors) == alone, f"{threads} threads, {errors}"


@pytest.mark.parametrize("name", ENCODERS)
def test_tables_are_the_same(encoded: Callable[[str], Path], name: str) -> None:
    check(encoded(name))


def parts_begun(path: Path) -> int:
    """How many cuts a scout finds, by the batches that they make of one small stream."""
    return len(list(codecorpus.extract_batches(path, threads=8)))


@pytest.mark.parametrize("name", ENCODERS)
def test_streams_are_cut_at_their_keys(encoded: Callable[[str], Path], name: str) -> None:
    """Batches end where another thread's begin: with one thread all these pictures are one."""
    assert len(list(codecorpus.extract_batches(encoded(name), threads=1))) == 1
    # On a machine that is busy, one thread may have read all before another begins.
    assert any(parts_begun(encoded(name)) > 1 for _ in range(50))


@pytest.mark.parametrize(
    "path", sorted(p for p in DATA.iterdir() if p.suffix not in {".md", ".json"}), ids=lambda p: p.name
)
def test_tables_of_kept_streams_are_the_same(path: Path) -> None:
    check(path, 3)


@pytest.mark.parametrize("name", ENCODERS)
def test_damage_is_the_same(encoded: Callable[[str], Path], name: str, tmp_path: Path) -> None:
    intact = encoded(name).read_bytes()
    for seed in range(6):
        chance = random.Random(seed)
        data = bytearray(intact)
        for _ in range(1 + 3 * seed):
            data[chance.randrange(len(data) // 8, len(data))] ^= 1 << chance.randrange(8)
        if seed % 3 == 2:
            del data[chance.randrange(len(data) // 2, len(data)) :]
        path = tmp_path / f"{seed}{encoded(name).suffix}"
        path.write_bytes(data)
        check(path, 2 + seed % 2 * 6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("h264.264", "fields.264"),
        ("open.265", "closed.265"),
        ("closed.265", "plain.265"),
        ("mpeg4.m4v", "fields.m4v"),
        ("mpeg2.m2v", "fields.m2v"),
    ],
)
def test_parameter_sets_may_change(encoded: Callable[[str], Path], one: str, other: str, ffmpeg: Ffmpeg) -> None:
    encoder = ENCODERS[other]
    wide = ffmpeg("-i", encoded(one), "-vf", "scale=96:64", *encoder, name=f"wide-{other}")
    check(encoded(one).read_bytes() + wide.read_bytes() + encoded(other).read_bytes())


def test_leading_pictures_may_be_missing_or_hold_what_they_should_not(encoded: Callable[[str], Path]) -> None:
    """Open groups of pictures from which NAL units were taken, each in turn."""
    units = encoded("open.265").read_bytes().split(b"\x00\x00\x01")
    for lost in range(4, len(units), 5):
        check(b"\x00\x00\x01".join(units[:lost] + units[lost + 1 :]), 3)


def packets_read(packets: list[bytes], codec: str, threads: int) -> Any:
    """The frames of packets that may be cut anywhere, damage passed over."""
    reader = StreamReader(codec, tables=["frames"], extradata=b"", skip=True, threads=threads, least=(0, 1))
    rows: list[object] = []
    damage: list[object] = []

    def take() -> None:
        while (part := reader.take()) is not None:
            rows.extend(part["frames"].to_pylist())
        damage.extend(told(error) for error in reader.take_errors())

    for number, packet in enumerate(packets):
        start = 0
        while start < len(packet):
            start = reader.push(packet, number, number, 0, start=start)
            take()
    reader.finish()
    take()
    return rows, damage


@pytest.mark.parametrize(
    ("name", "codec"),
    [("h264.264", "h264"), ("open.265", "hevc"), ("av1.obu", "av1"), ("mpeg4.m4v", "mpeg4"), ("mpeg2.m2v", "mpeg2")],
)
def test_packets_may_be_cut_in_odd_places(encoded: Callable[[str], Path], name: str, codec: str) -> None:
    data = encoded(name).read_bytes()
    chance = random.Random(4)
    for _ in range(4):
        places = sorted(chance.sample(range(len(data)), 60))
        packets = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
        alone = packets_read(packets, codec, 1)
        assert packets_read(packets, codec, 3) == alone


def packed(vops: list[bytes]) -> Iterator[bytes]:
    """A B-VOP in the packet of the VOP before it, and behind both a VOP that is not coded, of the same time."""
    for vop, following in zip(vops, [*vops[1:], b""], strict=True):
        if following[4:] and following[4] >> 6 == 2:
            yield vop + following
            yield not_coded(vop)
        elif vop[4] >> 6 != 2:
            yield vop


def not_coded(vop: bytes) -> bytes:
    """A VOP that is not coded, of the time of another one."""
    bits = f"{int.from_bytes(vop[4:12]):064b}"
    time = bits[bits.index("0", 2) + 2 :][:5]
    return b"\0\0\1\xb6" + int(f"0101{time}1001111"[:16], 2).to_bytes(2)


def test_packets_that_hold_back_vops_may_be_cut(encoded: Callable[[str], Path]) -> None:
    head, *vops = re.split(b"(?=\0\0\1\xb6)", encoded("mpeg4.m4v").read_bytes())
    packets = [head, *packed(vops)]
    rows, damage = packets_read(packets, "mpeg4", 1)
    assert sum(row["frame"] is not None for row in rows) == 40 and not damage
    lost = [packet for at, packet in enumerate(packets) if at % 7 != 6]
    for some in (packets, lost):
        assert packets_read(some, "mpeg4", 3) == packets_read(some, "mpeg4", 1)


def test_packets_of_two_vops_tell_when_neither_is_presented(encoded: Callable[[str], Path]) -> None:
    """AVI has times of packets, which are made up where VOPs are presented in another order."""
    head, *vops = re.split(b"(?=\0\0\1\xb6)", encoded("mpeg4.m4v").read_bytes())
    packets = list(packed(vops))
    first = next(at for at, packet in enumerate(packets) if packet.count(b"\0\0\1\xb6") > 1)
    rows, _ = packets_read([head, *packets], "mpeg4", 1)
    assert [row["pts"] is None for row in rows] == [row["coded_order"] >= first for row in rows]
    rows, _ = packets_read([head + b"\0\0\1\xb2DivX503b1393p", *packets], "mpeg4", 1)
    assert len(rows) == 40 and all(row["pts"] is None and row["dts"] is not None for row in rows)


def test_a_second_vop_that_is_not_kept_back_changes_nothing_behind_it(
    encoded: Callable[[str], Path], ffmpeg: Ffmpeg
) -> None:
    options = ["-frames:v", 12, "-c:v", "mpeg4", "-bf", 0, "-f", "m4v"]
    stream = ffmpeg("-i", encoded("mpeg4.m4v"), *options, name="one-way.m4v")
    head, *vops = re.split(b"(?=\0\0\1\xb6)", stream.read_bytes())
    vops[0] = head + vops[0]
    rows, damage = packets_read([*vops[:5], vops[5] + not_coded(vops[5]), *vops[6:]], "mpeg4", 1)
    assert [(row["frame"], row["pts"]) for row in rows] == [(at, at) for at in range(12)] and not damage
    # A decoder that takes one VOP a packet does not decode a second P-VOP.
    rows, damage = packets_read([*vops[:5], vops[5] + vops[6], *vops[7:]], "mpeg4", 1)
    shown = [*range(6), None, *range(6, 11)]
    assert [(row["frame"], row["pts"]) for row in rows] == [(at, at) for at in shown] and not damage


def test_little_memory_does(encoded: Callable[[str], Path]) -> None:
    path = encoded("h264.mp4")
    assert read(path, 8, "strict", memory=0) == read(path, 1, "strict")


def threads_of_process() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux lists a process's threads")
def test_no_thread_outlives_its_reader(encoded: Callable[[str], Path]) -> None:
    before = threads_of_process()
    parts: Iterator[Intrinsics] = codecorpus.extract_batches(encoded("h264.mp4"), threads=4)
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    assert soon(lambda: threads_of_process() <= before)
    with pytest.raises(StreamError):
        codecorpus.extract(encoded("h264.264").read_bytes()[:3000] + b"\x00\x00\x01\x65\xff\xff", threads=4)
    assert soon(lambda: threads_of_process() <= before)


def test_an_interruption_ends_reading(encoded: Callable[[str], Path]) -> None:
    """A pipe that never ends: its reader waits for nothing but that, and for the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background ignore it

    class Endless:
        data = encoded("h264.264").read_bytes()

        def read(self, size: int = -1) -> bytes:
            return self.data

    killer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    killer.start()
    with pytest.raises(KeyboardInterrupt):
        for _ in codecorpus.extract_batches(Endless(), codec="h264", threads=3):
            pass
    killer.join()
    signal.signal(signal.SIGINT, before)


def count_pictures(path: Path) -> int:
    return codecorpus.extract(path, tables=("frames",), threads=3).frames.num_rows


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_may_fork_and_spawn(encoded: Callable[[str], Path], method: str) -> None:
    path = encoded("h264.mp4")
    parts = codecorpus.extract_batches(path, threads=3)
    first = next(parts)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(count_pictures, [path, path]) == [40, 40]
    assert sum(part.frames.num_rows for part in (first, *parts)) == 40  # the first may be all


def test_the_number_may_be_said_at_the_time(encoded: Callable[[str], Path]) -> None:
    asked = iter(range(1, 10_000))
    path = encoded("h264.mp4")
    parts = list(codecorpus.extract_batches(path, threads=lambda: min(next(asked), 4)))
    assert sum(part.frames.num_rows for part in parts) == 40


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_than_one_thread_is_refused(threads: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        codecorpus.extract(b"", threads=threads)
