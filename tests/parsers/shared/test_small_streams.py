"""Streams of a few kilobytes that use what the packaged encoders cannot. data/README.md says how each was made.

What is expected of them was compared with reference decoders, block by block; `python tests/helpers/digests.py` prints
it anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.digests import DATA, STREAMS, digests

import codecorpus

EXPECTED = DATA / "expected.json"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_what_reference_decoders_read(stream: Path) -> None:
    expected = json.loads(EXPECTED.read_text())[stream.name]
    found = digests(stream)
    energy = found.pop("energy")
    assert energy == pytest.approx(expected.pop("energy"), rel=1e-5)
    for table, pictures in expected.items():
        differ = [f"{table}, picture {told}" for told in pictures if told not in found[table]]
        assert not differ, f"{differ[0]} (rows, hash) is read otherwise"
        assert found[table] == pictures, f"{table}: more pictures have rows"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_bits_and_blocks_add_up(stream: Path) -> None:
    read = codecorpus.extract(stream)
    frames = read.frames.to_pylist()
    assert sum(frame["bytes"] for frame in frames) <= stream.stat().st_size
    for frame in frames:
        bits = sum(frame[f"bits_{part}"] for part in ("header", "mode", "motion", "residual"))
        assert bits == pytest.approx(8 * frame["bytes"], rel=1e-4, abs=1)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_stream_is_told_of(stream: Path) -> None:
    assert f"`{stream.name}`" in (DATA / "README.md").read_text()
