"""What must add up in AV1 tables: bytes, bits, tiles of blocks; and damaged streams end in an error, not in a crash."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest
from helpers.av1_streams import STREAMS, Ffmpeg, make

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


def test_presentation_times_are_those_of_the_decoded_pictures(stream: Path) -> None:
    frames = codecorpus.extract(str(stream), tables=("frames",)).frames.to_pylist()
    shown = sorted((frame for frame in frames if frame["frame"] is not None), key=lambda frame: frame["frame"])
    with av.open(str(stream)) as container:
        decoded = [(frame.pts, frame.time) for frame in container.decode(video=0)]
    assert [frame["pts"] for frame in shown] == [pts for pts, _ in decoded]
    assert np.allclose([frame["time"] for frame in shown], [time for _, time in decoded])
