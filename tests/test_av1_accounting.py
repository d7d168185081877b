"""What must add up in AV1 tables: bytes, bits, tiles of blocks; and damaged streams end in an error, not in a crash."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest
from av1_streams import STREAMS, Ffmpeg, make

import codecorpus
from codecorpus.errors import StreamError


@pytest.fixture(scope="module", params=STREAMS)
def stream(request: pytest.FixtureRequest, ffmpeg: Ffmpeg, bikes: Path) -> Path:
    return make(ffmpeg, bikes, request.param)


def test_bytes_are_those_of_the_packets(stream: Path) -> None:
    with av.open(str(stream)) as container:
        packets = sum(packet.size for packet in container.demux(video=0))
    frames = codecorpus.extract(str(stream), tables=("frames",)).frames
    assert sum(frames["bytes"].to_pylist()) == packets


def test_bits_sum_to_the_pictures_size(stream: Path) -> None:
    tables = codecorpus.extract(str(stream))
    columns = ("bits_header", "bits_mode", "bits_motion", "bits_residual")
    sums = sum(tables.frames[column].to_numpy().astype(float) for column in columns)
    size = 8 * tables.frames["bytes"].to_numpy().astype(float)
    assert np.allclose(sums, size, rtol=1e-5, atol=0.1)
    header = tables.frames["bits_header"].to_numpy()
    assert (header > 0).all(), "headers take bits"
    blocks = tables.blocks.select(["coded_order", *columns[1:]]).to_pydict()
    by_picture = np.zeros(tables.frames.num_rows)
    np.add.at(by_picture, blocks["coded_order"], np.sum([blocks[column] for column in columns[1:]], axis=0))
    assert np.allclose(by_picture + header, size, rtol=1e-4, atol=1)


def test_blocks_tile_every_picture(stream: Path) -> None:
    tables = codecorpus.extract(str(stream), tables=("frames", "blocks"))
    sizes = {f["coded_order"]: (f["width"], f["height"]) for f in tables.frames.to_pylist()}
    covered = {order: np.zeros((-(-h // 8) * 2, -(-w // 8) * 2), int) for order, (w, h) in sizes.items()}
    for block in tables.blocks.to_pylist():
        x, y, w, h = (block[key] // 4 for key in "xywh")
        covered[block["coded_order"]][y : y + h, x : x + w] += 1
    assert all((cells == 1).all() for cells in covered.values())


def test_every_picture_is_shown_once_and_in_order(stream: Path) -> None:
    frames = codecorpus.extract(str(stream), tables=("frames",)).frames
    shown = sorted(frame for frame in frames["frame"].to_pylist() if frame is not None)
    with av.open(str(stream)) as container:
        decoded = sum(1 for _ in container.decode(video=0))
    assert shown == list(range(decoded))


@pytest.mark.parametrize("name", ["svt", "aom_tools"])
def test_damage_gives_an_error_or_a_table(ffmpeg: Ffmpeg, bikes: Path, name: str) -> None:
    raw = ffmpeg("-i", make(ffmpeg, bikes, name), "-c", "copy", name=f"{name}-damaged.obu").read_bytes()
    whole = codecorpus.extract(raw, codec="av1").frames.num_rows
    rng = random.Random(name)
    errors = 0
    for _ in range(200):
        data = bytearray(raw)
        for _ in range(rng.choice((1, 1, 3, 20))):
            data[rng.randrange(4, len(data))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.3:
            del data[rng.randrange(4, len(data)) :]
        try:
            assert codecorpus.extract(bytes(data), codec="av1").frames.num_rows <= 8 * whole
        except StreamError as error:
            errors += 1
            assert error.byte is None or 0 <= error.byte <= len(data)
    assert errors > 20, "damage must be noticed more often than not in headers and tile ends"


def length_delimited(raw: bytes) -> bytes:
    """A low-overhead stream in the format of Annex B: OBUs without sizes, in frame units, in temporal units."""
    units: list[list[bytes]] = []
    at = 0
    while at < len(raw):
        header = raw[at : at + (2 if raw[at] & 4 else 1)]
        size, length = read_leb128(raw, at + len(header))
        payload_at = at + len(header) + length
        if header[0] >> 3 & 15 == 2:
            units.append([])
        units[-1].append(bytes([header[0] & ~2]) + header[1:] + raw[payload_at : payload_at + size])
        at = payload_at + size
    out = bytearray()
    for unit in units:
        frame_unit = b"".join(leb128(len(obu)) + obu for obu in unit)
        temporal_unit = leb128(len(frame_unit)) + frame_unit
        out += leb128(len(temporal_unit)) + temporal_unit
    return bytes(out)


def leb128(value: int) -> bytes:
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    value = length = 0
    while True:
        value |= (data[at + length] & 0x7F) << (7 * length)
        length += 1
        if not data[at + length - 1] & 0x80:
            return value, length


def test_the_length_delimited_format_reads_alike(ffmpeg: Ffmpeg, bikes: Path) -> None:
    raw = ffmpeg("-i", make(ffmpeg, bikes, "svt"), "-c", "copy", name="annexb.obu").read_bytes()
    plain = codecorpus.extract(raw, codec="av1")
    delimited = codecorpus.extract(length_delimited(raw), codec="av1")
    assert delimited.blocks.equals(plain.blocks)
    assert delimited.motion.equals(plain.motion)
    assert sum(delimited.frames["bytes"].to_pylist()) == len(length_delimited(raw))


def test_a_stream_cut_open_keeps_its_rows(ffmpeg: Ffmpeg, bikes: Path) -> None:
    """From the second temporal unit on: the key frame is gone, its sequence header is not."""
    raw = ffmpeg("-i", make(ffmpeg, bikes, "svt"), "-c", "copy", name="cut.obu").read_bytes()
    assert raw[2] >> 3 == 1, "a sequence header follows the first temporal delimiter"
    size, length = read_leb128(raw, 3)
    sequence_header = raw[2 : 3 + length + size]
    second = raw.index(b"\x12\x00", 2)
    frames = codecorpus.extract(raw[:2] + sequence_header + raw[second:], codec="av1").frames
    assert frames.num_rows == codecorpus.extract(raw, codec="av1").frames.num_rows - 1
    assert not any(frames["complete"].to_pylist())
    assert frames["refs0"][0].as_py() == [None] * 7 or frames["refs0"][0].as_py() == []
