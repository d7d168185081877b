"""AV1 streams that are damaged on their way, read with `errors="skip"`: what is still whole is there, and equal."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import av.error
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers.av1_obus import (
    FRAME,
    SEQUENCE_HEADER,
    TEMPORAL_DELIMITER,
    Obu,
    join,
    join_length_delimited,
    split,
    temporal_units,
)
from helpers.av1_streams import SMALL, Ffmpeg

import codecorpus
from codecorpus.errors import StreamError

Units = list[list[Obu]]
Key = tuple[int, int]
"""A coded picture: its packet, and which of the packet's pictures it is."""

ENCODES: dict[str, list[object]] = {
    "svt": [*SMALL, "-frames:v", 24, "-c:v", "libsvtav1", "-preset", 8, "-crf", 40, "-g", 12],
    "aom": [
        *[*SMALL, "-frames:v", 16, "-c:v", "libaom-av1", "-cpu-used", 7, "-crf", 40, "-lag-in-frames", 8],
        *["-tiles", "2x1", "-g", 8],
    ],
}
LOCAL = {
    "blocks": "x y w h prediction skip partition intra_mode qp transform coefs coefs_chroma energy bits_mode",
    "motion": "block x y w h mode mv0_x mv0_y mv1_x mv1_y filter warp compound",
}
CASES = 250


@pytest.fixture(scope="module", params=ENCODES)
def units(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Units:
    stream = ffmpeg("-i", bikes, *ENCODES[request.param], name=f"damage-{request.param}.obu")
    return temporal_units(split(stream.read_bytes()))


def ivf(packets: dict[int, bytes]) -> bytes:
    """A file of packets by their times, in the order in which they are given."""
    header = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, b"AV01", 320, 176, 25, 1, len(packets), 0)
    return header + b"".join(struct.pack("<IQ", len(data), time) + data for time, data in packets.items())


def skip(data: bytes) -> codecorpus.Intrinsics:
    return codecorpus.extract(data, errors="skip")


def keys(frames: pa.Table) -> dict[int, Key]:
    """What each coded_order is: FFmpeg stamps the packets of an IVF file with their times."""
    found: dict[int, Key] = {}
    for coded_order, dts in zip(frames["coded_order"].to_pylist(), frames["dts"].to_pylist(), strict=True):
        found[coded_order] = (dts, sum(key[0] == dts for key in found.values()))
    return found


def dependents(frames: pa.Table, lost: set[int]) -> set[int]:
    """Pictures that refer to lost ones, or to those that do."""
    gone = set(lost)
    for row in frames.to_pylist():
        if gone.intersection(row["refs0"] or ()):
            gone.add(row["coded_order"])
    return gone


def rows(found: codecorpus.Intrinsics, table: str, coded_order: int) -> pa.Table:
    whole: pa.Table = getattr(found, table)
    return whole.filter(pc.equal(whole["coded_order"], coded_order)).select(LOCAL[table].split())


def check_whole_pictures(found: codecorpus.Intrinsics, intact: codecorpus.Intrinsics, lost: set[int]) -> int:
    """Every picture that depends on none of the lost is there and equal, if it is read; says how many are not."""
    here = {key: coded_order for coded_order, key in keys(found.frames).items()}
    whole = [(order, key) for order, key in keys(intact.frames).items() if order not in dependents(intact.frames, lost)]
    errors = dict(zip(found.frames["coded_order"].to_pylist(), found.frames["error"].to_pylist(), strict=True))
    unread = 0
    for coded_order, key in whole:
        assert key in here, f"picture {coded_order} is missing"
        if errors[here[key]] is not None:
            unread += 1
            continue
        for table in LOCAL:
            ours, theirs = rows(found, table, here[key]), rows(intact, table, coded_order)
            assert ours.equals(theirs), f"{table} of picture {coded_order} differ"
    return unread


def check_sums(found: codecorpus.Intrinsics, size: int) -> None:
    frames = found.frames.to_pylist()
    assert sum(frame["bytes"] for frame in frames) <= size
    damaged = {frame["coded_order"] for frame in frames if frame["error"] is not None}
    for table in (found.blocks, found.motion):
        assert not damaged.intersection(table["coded_order"].to_pylist()), "a damaged picture has rows"
    for frame in frames:
        bits = [frame[f"bits_{part}"] for part in ("header", "mode", "motion", "residual")]
        if frame["error"] is not None:
            assert bits == [None] * 4 and not frame["complete"]
        else:
            assert sum(bits) == pytest.approx(8 * frame["bytes"], rel=1e-4, abs=1)
    shown = [frame["frame"] for frame in frames if frame["frame"] is not None]
    assert len(set(shown)) == len(shown)


def packets_of(units: Units) -> dict[int, bytes]:
    return {time: join([unit]) for time, unit in enumerate(units)}


def touched(frames: pa.Table, packets: set[int]) -> set[int]:
    return {order for order, (packet, _) in keys(frames).items() if packet in packets}


def flip(packets: dict[int, bytes], chance: random.Random) -> set[int]:
    """Bytes of one packet."""
    time = chance.choice(list(packets))
    data = bytearray(packets[time])
    at = chance.randrange(len(data))
    data[at : at + 16] = chance.randbytes(len(data[at : at + 16]))
    packets[time] = bytes(data)
    return {time}


def shorten(packets: dict[int, bytes], chance: random.Random) -> set[int]:
    """Of one packet, but for the first, by which FFmpeg opens the file."""
    time = chance.choice(list(packets)[1:])
    packets[time] = packets[time][: chance.randrange(1, len(packets[time]))]
    return {time}


def lose(packets: dict[int, bytes], chance: random.Random) -> set[int]:
    time = chance.choice(list(packets))
    del packets[time]
    return {time}


@pytest.mark.parametrize("damage", [flip, shorten, lose])
def test_whole_pictures_are_there_and_equal(
    units: Units, damage: Callable[[dict[int, bytes], random.Random], set[int]]
) -> None:
    intact = skip(ivf(packets_of(units)))
    assert not intact.errors and intact.frames["error"].null_count == intact.frames.num_rows
    costly = told = read = 0
    for seed in range(CASES):
        packets = packets_of(units)
        lost = touched(intact.frames, damage(packets, random.Random(seed)))
        data = ivf(packets)
        try:
            found = skip(data)
        except StreamError as error:
            assert error.intrinsics is not None
            assert len(dependents(intact.frames, lost)) == intact.frames.num_rows, f"seed {seed}: {error}"
            continue
        costly += check_whole_pictures(found, intact, lost) > 0
        told += len(found.errors)
        read += found.frames["error"].null_count
        check_sums(found, len(data))
    assert read > 5 * CASES
    assert told or damage is lose
    # Bytes that say which slots a frame refreshes, or that there is one, may be those that were damaged.
    assert costly <= (CASES // 25 if damage is flip else 0)


def leaf(frames: pa.Table) -> dict[str, Any]:
    """A picture behind the first that no other refers to."""
    named = {order for refs in frames["refs0"].to_pylist() for order in refs or ()}
    return next(row for row in frames.to_pylist() if row["coded_order"] > 2 and row["coded_order"] not in named)


def corrupted(unit: list[Obu]) -> list[Obu]:
    """The last frame of a temporal unit, without the bit that ends its last tile."""
    at = max(i for i, obu in enumerate(unit) if obu.kind == FRAME)
    return [*unit[:at], Obu(FRAME, unit[at].payload + b"\x55"), *unit[at + 1 :]]


@pytest.mark.parametrize("joined", [join, join_length_delimited])
def test_a_picture_that_no_other_needs_costs_itself_alone(units: Units, joined: Callable[[Units], bytes]) -> None:
    """And what is shown when stays as it was."""
    intact = skip(ivf(packets_of(units)))
    row = leaf(intact.frames)
    packet = keys(intact.frames)[row["coded_order"]][0]
    damaged = [corrupted(unit) if time == packet else unit for time, unit in enumerate(units)]
    for data in (ivf(packets_of(damaged)), joined(damaged)):
        found = skip(data)
        errors = found.frames["error"].to_pylist()
        assert [order for order, error in enumerate(errors) if error is not None] == [row["coded_order"]]
        assert found.frames["frame"].equals(intact.frames["frame"])
        assert found.frames["refs0"].equals(intact.frames["refs0"])
        assert [error.picture for error in found.errors] == [row["coded_order"]]
        with pytest.raises(StreamError):
            codecorpus.extract(data)


def test_a_last_packet_that_is_cut_costs_its_picture(units: Units) -> None:
    whole = ivf(packets_of(units))
    packets = packets_of(units)
    last = max(time for time, unit in enumerate(units) if any(obu.kind == FRAME for obu in unit))
    packets = {time: data for time, data in packets.items() if time <= last}
    packets[last] = packets[last][:-5]
    found = skip(ivf(packets))
    intact = skip(whole)
    count = sum(packet <= last for packet, _ in keys(intact.frames).values())
    errors = found.frames["error"].to_pylist()
    assert len(errors) == count and errors[-1] is not None and errors[:-1] == [None] * (count - 1)
    raw = skip(b"".join(packets.values()))
    assert raw.frames["error"].to_pylist()[:-1] == [None] * (count - 1) and raw.frames.num_rows == count


def test_a_raw_stream_goes_on_at_the_next_temporal_unit(units: Units) -> None:
    """An OBU's size is wrong: too large, it swallows what follows; too small, what follows is no OBU."""
    intact = skip(join(units))
    packet = keys(skip(ivf(packets_of(units))).frames)[leaf(intact.frames)["coded_order"]][0]
    lost = touched(skip(ivf(packets_of(units))).frames, {packet})
    head, tail = join(units[:packet]), join(units[packet + 1 :])
    for change in (100, -9, 3000):
        unit = [*units[packet]]
        at = max(i for i, obu in enumerate(unit) if obu.kind == FRAME)
        whole = bytes(unit[at])
        resized = bytes(Obu(FRAME, bytes(max(len(unit[at].payload) + change, 1))))
        prefix = resized[: len(resized) - max(len(unit[at].payload) + change, 1)]
        body = whole[len(whole) - len(unit[at].payload) :]
        data = head + join([unit[:at]]) + prefix + body + join([unit[at + 1 :]]) + tail
        found = skip(data)
        assert found.errors and found.frames.num_rows == intact.frames.num_rows
        gone = dependents(intact.frames, lost)
        errors = found.frames["error"].to_pylist()
        assert all(errors[order] is None for order in range(len(errors)) if order not in gone)
        assert sum(found.frames["bytes"].to_pylist()) == len(data)


def test_raw_streams_that_lose_or_gain_bytes_are_found_again(units: Units) -> None:
    """Every byte counts to a picture, and nearly always pictures from the second key frame on are whole."""
    whole = join(units)
    intact = skip(whole)
    keys_at = [row["coded_order"] for row in intact.frames.to_pylist() if row["key"]]
    size = len(join(units[: next(i for i, u in enumerate(units) if i and u[1].kind == SEQUENCE_HEADER)]))
    kept = 0
    for seed in range(60):
        chance = random.Random(seed)
        data, at = bytearray(whole), chance.randrange(40, size * 3 // 4)
        if chance.randrange(2):
            del data[at : at + chance.randrange(1, size // 8)]
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 100))
        found = skip(bytes(data))
        assert sum(found.frames["bytes"].to_pylist()) == len(data)
        errors = found.frames["error"].to_pylist()
        behind = intact.frames.num_rows - keys_at[1]
        kept += errors[-behind:] == [None] * behind
    assert kept >= 50, "what is swallowed may hold the key frame"


def test_temporal_units_that_come_again_are_passed_over(units: Units) -> None:
    def is_inter(unit: list[Obu]) -> bool:
        kinds = [obu.kind for obu in unit]
        return kinds[0] == TEMPORAL_DELIMITER and FRAME in kinds and SEQUENCE_HEADER not in kinds and kinds[-1] == FRAME

    repeated = [copy for unit in units for copy in [unit] * (1 + is_inter(unit))]
    assert len(repeated) > len(units)
    found, intact = skip(join(repeated)), skip(join(units))
    assert found.errors and found.frames["error"].null_count == found.frames.num_rows == intact.frames.num_rows
    assert found.blocks.equals(intact.blocks) and found.motion.equals(intact.motion)


def test_pictures_of_a_sequence_that_comes_again_are_others(units: Units) -> None:
    """A still shot with key frames near each other: the same bytes behind each of them."""
    keys = [at for at, unit in enumerate(units) if any(obu.kind == SEQUENCE_HEADER for obu in unit)]
    group = units[keys[0] : keys[1]]
    found, intact = skip(join(group * 3)), skip(join(group))
    assert not found.errors and found.frames.num_rows == 3 * intact.frames.num_rows
    shown = [row for row in found.frames["frame"].to_pylist() if row is not None]
    assert sorted(shown) == list(range(len(shown)))
    assert found.blocks["qp"].to_pylist() == 3 * intact.blocks["qp"].to_pylist()


def test_what_cannot_be_decoded_from_the_beginning_on_is_not_shown(units: Units, tmp_path: Path) -> None:
    """A stream that begins between key frames: rows are kept, `frame` counts what decoders show."""
    header = next(obu for obu in units[0] if obu.kind == SEQUENCE_HEADER)
    for first in range(1, len(units) - 2):
        cut = {time: join([unit]) for time, unit in enumerate(units) if time >= first}
        cut[first] = join([[units[first][0], header, *units[first][1:]]])
        path = tmp_path / "cut.ivf"
        path.write_bytes(ivf(cut))
        with av.open(path) as container:
            decoded = []
            for packet in container.demux(video=0):
                try:
                    decoded += [frame.pts for frame in packet.decode()]
                except av.error.FFmpegError:
                    continue
        if decoded:
            frames = skip(path.read_bytes()).frames.to_pylist()
            shown = sorted((row["frame"], row["pts"]) for row in frames if row["frame"] is not None)
            assert shown == list(enumerate(decoded)), first


def test_temporal_units_that_are_swapped_cost_no_key_frame(units: Units) -> None:
    intact = skip(ivf(packets_of(units)))
    for first in range(1, len(units) - 1):
        packets = packets_of(units)
        swapped = {**packets, first: packets[first + 1], first + 1: packets[first]}
        found = skip(ivf(swapped))
        assert not check_whole_pictures(found, intact, touched(intact.frames, {first, first + 1}))
        check_sums(found, len(ivf(swapped)))


def test_a_sequence_header_that_no_key_frame_follows_is_passed_over(units: Units) -> None:
    header = next(obu for obu in units[0] if obu.kind == SEQUENCE_HEADER)
    other = header.with_operating_point(0x101)
    strange = [unit if i != 2 else [unit[0], other, *unit[1:]] for i, unit in enumerate(units)]
    found, intact = skip(join(strange)), skip(join(units))
    assert found.errors
    assert found.blocks.equals(intact.blocks)
