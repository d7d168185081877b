"""Spatial layers, in packets of their own or together, temporal delimiters or none: what is shown has numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from helpers import ivf
from helpers.av1_obus import TEMPORAL_DELIMITER, join, split

import codecorpus
from codecorpus._native import StreamReader

Ffmpeg = Callable[..., Path]

LAYERS = Path(__file__).parents[2] / "data" / "spatial_layers.ivf"
DATA = LAYERS.read_bytes()
PACKETS = ivf.split(DATA)
LOWER, UPPER = PACKETS[::2], PACKETS[1::2]
UNITS = [lower + upper for lower, upper in zip(LOWER, UPPER, strict=True)]

ORDERS = {
    "apart": [*PACKETS, *PACKETS],
    "together": UNITS,
    "some_apart": [*UNITS[:1], *PACKETS[2:4], *UNITS[2:]],
    "upper_layer_lost": [*PACKETS[:2], LOWER[1], *PACKETS],
    "upper_layer_lost_of_units": [UNITS[0], LOWER[1], *UNITS],
    "upper_layer_lost_at_the_end": [*UNITS[:3], LOWER[3]],
    "lower_layer_alone": LOWER,
    "begins_behind_the_key": [*PACKETS[3:], *PACKETS],
}


def shown(path: Path) -> list[tuple[int, int]]:
    """Of the pictures that have a number, in its order, time and width."""
    frames = codecorpus.extract(path, errors="skip").frames
    numbered = frames.filter(frames["frame"].is_valid()).sort_by("frame")
    assert numbered["frame"].to_pylist() == list(range(numbered.num_rows))
    return list(zip(numbered["pts"].to_pylist(), numbered["width"].to_pylist(), strict=True))


def decoded(path: Path) -> list[tuple[int | None, int]]:
    pictures: list[tuple[int | None, int]] = []
    with av.open(path) as container:
        for packet in container.demux(video=0):
            try:
                pictures += [(picture.pts, picture.width) for picture in packet.decode()]
            except av.error.FFmpegError:
                continue
    return pictures


@pytest.mark.parametrize("suffix", ["ivf", "mp4", "mkv"])
@pytest.mark.parametrize("order", ORDERS)
def test_what_decoders_show_is_numbered(ffmpeg: Ffmpeg, tmp_path: Path, order: str, suffix: str) -> None:
    path = tmp_path / f"{order}.ivf"
    path.write_bytes(ivf.joined(ORDERS[order], DATA))
    if suffix != "ivf":
        path = ffmpeg("-i", path, "-c", "copy", name=f"layers-{order}.{suffix}")
    assert shown(path) == decoded(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_packets_of_a_layer_each_are_read_alike_without_delimiters(ffmpeg: Ffmpeg, suffix: str) -> None:
    copied = codecorpus.extract(ffmpeg("-i", LAYERS, "-c", "copy", name=f"layers.{suffix}"))
    whole = codecorpus.extract(LAYERS)
    assert copied.blocks.equals(whole.blocks) and copied.motion.equals(whole.motion)
    besides = ["bytes", "bits_header", "pts", "dts", "time"]
    assert copied.frames.drop_columns(besides).equals(whole.frames.drop_columns(besides))


@pytest.mark.parametrize("order", ["apart", "upper_layer_lost", "lower_layer_alone"])
def test_so_they_are_by_several_threads(order: str) -> None:
    """The stream may be cut before its keys, where a lower layer may wait for what follows."""
    bare = [[obu for obu in split(packet) if obu.kind != TEMPORAL_DELIMITER] for packet in ORDERS[order]]
    packets = [join([obus]) for obus in bare] * 40
    assert numbers(packets, 3) == numbers(packets, 1)


def numbers(packets: list[bytes], threads: int) -> list[int | None]:
    reader = StreamReader("av1", tables=["frames"], extradata=b"", skip=True, threads=threads, least=(0, 1))
    found: list[int | None] = []
    for number, packet in enumerate([*packets, b""]):
        start = 0
        while start < len(packet):
            start = reader.push(packet, number, number, 0, start=start)
        if not packet:
            reader.finish()
        while (part := reader.take()) is not None:
            found += part["frames"]["frame"].to_pylist()
    return found
