"""Key pictures whose slice headers are damaged: nothing behind them refers to the sequence before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from helpers.muxing import SMALL
from helpers.rewriting import joined, split

import codecorpus

Ffmpeg = Callable[..., Path]


class Codec(NamedTuple):
    encoder: list[str]
    slices: range
    """The types of NAL units that are slices, and of those that begin a sequence."""
    keys: range
    header: int
    """Bytes of a NAL unit's header."""
    keyed: Callable[[bytes], bytes]
    """The header with the type of a picture that begins a sequence."""


CODECS = {
    # Behind an IDR picture frame_num goes on as if it had not come: it counts to 16.
    "h264": Codec(
        ["-c:v", "libx264", "-x264-params", "keyint=17:min-keyint=17:bframes=0:ref=3:scenecut=0"],
        range(1, 6),
        range(5, 6),
        1,
        lambda header: bytes([header[0] & 0xE0 | 5]),
    ),
    # Order counts behind an IDR picture are those of pictures before it.
    "hevc": Codec(
        [
            *["-c:v", "libx265", "-x265-params"],
            "log-level=none:frame-threads=1:open-gop=0:keyint=5:min-keyint=5:bframes=0:ref=4:scenecut=0",
        ],
        range(32),
        range(16, 24),
        2,
        lambda header: bytes([17 << 1, header[1]]),
    ),
}


@pytest.fixture(scope="module", params=CODECS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def units(name: str, ffmpeg: Ffmpeg, bikes: Path) -> list[bytes]:
    suffix = "264" if name == "h264" else "hevc"
    stream = ffmpeg("-i", bikes, *SMALL, *CODECS[name].encoder, name=f"lost-keys.{suffix}")
    return split(stream.read_bytes())


def kind(name: str, unit: bytes) -> int:
    return unit[0] & 31 if name == "h264" else unit[0] >> 1 & 63


def pictures(name: str, units: list[bytes]) -> list[int]:
    """Which units are slices: each is a picture."""
    return [at for at, unit in enumerate(units) if kind(name, unit) in CODECS[name].slices]


def unreadable(name: str, unit: bytes) -> bytes:
    size = CODECS[name].header
    return unit[:size] + b"\x00\x00\x03" + unit[size + 3 :]


def references(found: codecorpus.Intrinsics, coded_order: int) -> set[int | None]:
    """What a picture refers to: null is what is not known."""
    frame: dict[str, Any] = found.frames.to_pylist()[coded_order]
    rows = [row for row in found.motion.to_pylist() if row["coded_order"] == coded_order]
    used = {row[f"ref{side}"] for row in rows for side in "01" if row[f"mv{side}_x"] is not None}
    return used.union(frame["refs0"], frame["refs1"])


def test_nothing_behind_a_damaged_key_refers_to_what_was_before(name: str, units: list[bytes]) -> None:
    places = pictures(name, units)
    keys = [number for number, at in enumerate(places) if kind(name, units[at]) in CODECS[name].keys]
    lost = keys[1]
    end = next((key for key in keys if key > lost), len(places))
    harmed = [*units]
    harmed[places[lost]] = unreadable(name, units[places[lost]])
    found = codecorpus.extract(joined(harmed), codec=name, errors="skip")
    assert found.frames.num_rows == len(places) and found.frames["error"].to_pylist()[lost]
    for coded_order in range(lost + 1, end):
        known = [reference for reference in references(found, coded_order) if reference is not None]
        assert all(reference > lost for reference in known), (coded_order, known)
    first = found.frames.to_pylist()[lost + 1]
    assert first["refs0"][0] is None and not first["complete"]
    whole = codecorpus.extract(joined(units), codec=name)
    assert found.frames["poc"].to_pylist()[lost + 1 :] == whole.frames["poc"].to_pylist()[lost + 1 :]
    # All frames before are presented before.
    frames = found.frames["frame"].to_pylist()
    assert max(frames[:lost]) < min(frame for frame in frames[lost:] if frame is not None)


def test_what_is_behind_a_picture_that_claims_to_be_a_key_goes_on_where_that_is_proved(
    name: str, units: list[bytes]
) -> None:
    places = pictures(name, units)
    lost = 13
    unit = units[places[lost]]
    assert kind(name, unit) == 1
    size = CODECS[name].header
    harmed = [*units]
    harmed[places[lost]] = unreadable(name, CODECS[name].keyed(unit[:size]) + unit[size:])
    found = codecorpus.extract(joined(harmed), codec=name, errors="skip")
    whole = codecorpus.extract(joined(units), codec=name)
    lists = [
        [None if reference == lost else reference for reference in row["refs0"]]
        for row in whole.frames.to_pylist()[lost + 1 : lost + 3]
    ]
    assert [row["refs0"] for row in found.frames.to_pylist()[lost + 1 : lost + 3]] == lists
