"""HEVC: every vector, reference and prediction block, proved by motion compensation of real footage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from motion_compensation import compare, hevc
from motion_compensation.weights import ExplicitWeights

Ffmpeg = Callable[..., Path]

STREET = ["-ss", 2, "-vf", "crop=352:208:144:32"]
ODD_SIZE = ["-vf", "crop=346:204:144:32"]
FADE = ["-vf", "crop=352:208:144:32,fade=in:0:16:color=white"]


def x265(parameters: str, *footage: object, preset: str = "medium") -> list[object]:
    unfiltered = "no-deblock=1:no-sao=1:log-level=none:frame-threads=1"
    encoder = ["-c:v", "libx265", "-preset", preset, "-x265-params", f"{unfiltered}:{parameters}"]
    return [*(footage or STREET), "-frames:v", 14, *encoder]


def kvazaar(parameters: str) -> list[object]:
    """A preset must come first: it sets all others."""
    return [*STREET, "-frames:v", 14, "-c:v", "libkvazaar", "-kvazaar-params", f"{parameters},deblock=0,sao=off"]


PARTITIONS = {"PART_2Nx2N": 200, "PART_2NxN": 10, "PART_Nx2N": 10}
AMP = {"PART_2NxnU": 4, "PART_2NxnD": 4, "PART_nLx2N": 4, "PART_nRx2N": 4}
SKIP_AND_AMVP = {"skip": 100, "amvp": 80, "uni": 100}
EVERY_MODE = SKIP_AND_AMVP | {"merge": 50}
B = {"bi": 100}
SMALLEST = {"8x4": 4, "4x8": 4}

STREAMS: dict[str, tuple[list[object], dict[str, int]]] = {
    "p": (
        x265("bframes=0:ref=4:weightp=0:rect=1:amp=1:crf=30", preset="slow"),
        EVERY_MODE | PARTITIONS | AMP | SMALLEST,
    ),
    "b": (
        x265("bframes=4:b-pyramid=1:ref=4:weightp=0:rect=1:amp=1:crf=32", preset="slow"),
        EVERY_MODE | PARTITIONS | AMP | B,
    ),
    "open_gop": (x265("bframes=3:keyint=6:min-keyint=1:open-gop=1:weightp=0:scenecut=0:crf=32"), SKIP_AND_AMVP | B),
    "small_blocks": (
        x265("ctu=16:min-cu-size=8:max-merge=5:bframes=2:weightp=0:rect=1:crf=24"),
        EVERY_MODE | B | {"PART_2NxN": 4, "PART_Nx2N": 4},
    ),
    "one_candidate": (x265("max-merge=1:no-temporal-mvp=1:bframes=3:weightp=0:crf=30"), SKIP_AND_AMVP | B),
    "slices": (x265("slices=3:wpp=1:bframes=3:weightp=0:crf=30"), SKIP_AND_AMVP | B),
    "odd_size": (x265("bframes=3:weightp=0:crf=30", *ODD_SIZE), SKIP_AND_AMVP | B),
    "ten_bit": (x265("bframes=3:weightp=0:crf=30", *STREET, "-pix_fmt", "yuv420p10le"), SKIP_AND_AMVP | B),
    "twelve_bit": (x265("bframes=3:weightp=0:crf=30", *STREET, "-pix_fmt", "yuv420p12le"), SKIP_AND_AMVP | B),
    "422": (x265("bframes=3:weightp=0:crf=30", *STREET, "-pix_fmt", "yuv422p"), SKIP_AND_AMVP | B),
    "444": (x265("bframes=3:weightp=0:crf=30:rect=1", *STREET, "-pix_fmt", "yuv444p"), SKIP_AND_AMVP | B),
    "kvazaar_random_access_tiles": (
        kvazaar("preset=slow,gop=8,period=16,tiles=2x2,wpp=0,qp=34,smp=1,amp=1,bipred=1,ref=3"),
        {"skip": 100, "merge": 5, "amvp": 50, "uni": 50, "bi": 50},
    ),
    "kvazaar_low_delay_wpp": (
        kvazaar("preset=medium,gop=lp-g4d3t1,period=16,wpp=1,qp=32,ref=2"),
        {"skip": 100, "amvp": 50, "uni": 100},
    ),
}


@pytest.fixture(scope="module")
def encode(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    return lambda name: ffmpeg("-i", bikes, "-an", *STREAMS[name][0], name=f"motion-{name}.hevc")


@pytest.mark.parametrize("name", STREAMS)
def test_blocks_without_residual_are_what_their_vectors_say(encode: Callable[[str], Path], name: str) -> None:
    compare(encode(name), hevc).assert_exact(**STREAMS[name][1])


@pytest.mark.parametrize("parameters", ["weightp=1:weightb=0:bframes=0:ref=2", "weightp=1:weightb=1:bframes=3"])
def test_weighted_predictions(ffmpeg: Ffmpeg, bikes: Path, parameters: str) -> None:
    fade = x265(f"{parameters}:crf=32", *FADE)
    stream = ffmpeg("-i", bikes, "-an", *fade, name="motion-weighted.hevc")
    result = compare(stream, hevc, weights=lambda frames: ExplicitWeights(stream, frames))
    result.assert_exact(weighted=100)


@pytest.mark.parametrize("name", ["b", "ten_bit"])
@pytest.mark.parametrize("displaced", [(0.25, 0.0), (0.0, -0.25)])
def test_displaced_vectors_are_seen(encode: Callable[[str], Path], name: str, displaced: tuple[float, float]) -> None:
    result = compare(encode(name), hevc, displaced=displaced)
    assert result.compared > 200
    assert len(result.wrong) > 0.95 * result.compared
