"""H.264: every vector, reference and partition, proved by motion compensation of real footage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from helpers.field_pictures import as_field_pictures
from motion_compensation import compare, h264
from motion_compensation.prediction import Prediction
from motion_compensation.weights import ExplicitWeights, Weighting, implicit_weights

import codecorpus

Ffmpeg = Callable[..., Path]

CROP = "crop=352:208:144:32"
STREET = ["-ss", 2, "-vf", CROP]
ODD_SIZE = ["-ss", 2, "-vf", "crop=346:202:144:32"]
FADE = ["-vf", f"{CROP},fade=in:0:16:color=white"]
INTERLACED = ["-ss", 2, "-vf", f"{CROP},tinterlace=interleave_top"]


def x264(parameters: str, *footage: object, frames: int = 14, weighted: bool = False) -> list[object]:
    plain = "no-deblock=1" if weighted else "no-deblock=1:weightp=0:weightb=0"
    encoder = ["-c:v", "libx264", "-threads", 1, "-x264-params", f"{plain}:{parameters}"]
    return [*(footage or STREET), "-frames:v", frames, *encoder]


ALL_PARTITIONS = "partitions=all:subme=9:ref=4:qp=26:trellis=0:deadzone-inter=32"
"""Small blocks, most of them without coefficients."""

P = {"skip": 300, "explicit": 300, "uni": 300, "16x16": 300, "16x8": 20, "8x16": 20, "8x8": 20}
SUB_8X8 = {"8x4": 4, "4x8": 2, "4x4": 4}
B = {"skip": 300, "direct": 10, "explicit": 100, "uni": 100, "bi": 100, "16x16": 300}

STREAMS: dict[str, tuple[list[object], dict[str, int]]] = {
    "p_cabac": (x264(f"bframes=0:8x8dct=1:{ALL_PARTITIONS}"), P | SUB_8X8),
    "p_cavlc": (x264(f"bframes=0:cabac=0:8x8dct=0:{ALL_PARTITIONS}"), P | SUB_8X8),
    "p_cavlc_8x8dct": (x264(f"bframes=0:cabac=0:8x8dct=1:{ALL_PARTITIONS}"), P | SUB_8X8),
    "b_spatial": (x264(f"bframes=3:b-adapt=0:direct=spatial:{ALL_PARTITIONS}"), B | {"16x8": 20, "8x16": 20}),
    "b_temporal": (x264(f"bframes=3:b-adapt=0:direct=temporal:{ALL_PARTITIONS}"), B | {"16x8": 20, "8x16": 20}),
    "b_pyramid": (x264("bframes=7:b-adapt=0:b-pyramid=normal:direct=auto:ref=5:qp=32"), B),
    "b_cavlc": (x264("bframes=3:b-adapt=0:cabac=0:direct=spatial:qp=32"), B),
    "b_temporal_cavlc": (x264("bframes=3:b-adapt=0:cabac=0:direct=temporal:qp=32"), B),
    "baseline": (x264("bframes=0:cabac=0:ref=3:qp=34", "-profile:v", "baseline", *STREET), {"skip": 300}),
    "slices": (x264("bframes=3:slices=4:qp=32"), B),
    "odd_size": (x264("bframes=3:qp=32", *ODD_SIZE), B),
    "ten_bit": (x264("bframes=3:qp=40", *STREET, "-pix_fmt", "yuv420p10le"), B),
    "422": (x264("bframes=3:qp=32", *STREET, "-pix_fmt", "yuv422p"), B),
    "444": (x264("bframes=3:qp=32", *STREET, "-pix_fmt", "yuv444p"), B),
    "open_gop": (x264("bframes=3:keyint=6:min-keyint=1:open-gop=1:qp=32"), B),
    "mbaff_p": (x264(f"tff=1:bframes=0:{ALL_PARTITIONS}", *INTERLACED), P | {"field": 200}),
    "mbaff_b_spatial": (x264("tff=1:bframes=3:direct=spatial:qp=30", *INTERLACED), B | {"field": 200}),
    "mbaff_b_temporal": (x264("bff=1:bframes=3:direct=temporal:qp=30", *INTERLACED), B | {"field": 200}),
    "mbaff_cavlc": (x264("tff=1:bframes=3:cabac=0:qp=30", *INTERLACED), B | {"field": 200}),
}


@pytest.fixture(scope="module")
def encode(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    return lambda name: ffmpeg("-i", bikes, "-an", *STREAMS[name][0], name=f"motion-{name}.264")


@pytest.mark.parametrize("name", STREAMS)
def test_blocks_without_residual_are_what_their_vectors_say(encode: Callable[[str], Path], name: str) -> None:
    compare(encode(name), h264).assert_exact(**STREAMS[name][1])


@pytest.fixture(scope="module")
def fields(ffmpeg: Ffmpeg, bikes: Path) -> Path:
    """Ten pairs of field pictures."""
    half_as_high = ["-ss", 2, "-vf", f"{CROP},scale=352:112", "-profile:v", "main"]
    parameters = f"bframes=0:cabac=0:8x8dct=0:{ALL_PARTITIONS}"
    progressive = ffmpeg("-i", bikes, "-an", *x264(parameters, *half_as_high, frames=20), name="motion-progressive.264")
    stream = progressive.with_name("motion-fields.264")
    stream.write_bytes(as_field_pictures(progressive.read_bytes()))
    return stream


def test_field_pictures(fields: Path) -> None:
    compare(fields, h264).assert_exact(**P, **SUB_8X8, field=1000)


def test_a_pair_of_fields_is_one_picture(fields: Path) -> None:
    intrinsics = codecorpus.extract(fields)
    assert intrinsics.frames["frame"].to_pylist() == list(range(10))
    assert intrinsics.frames["height"].to_pylist() == [224] * 10
    macroblocks = [("field", field, "y", 16 * row) for field in (1, 2) for row in range(7) for _ in range(22)]
    blocks = zip(intrinsics.blocks["field"].to_pylist(), intrinsics.blocks["y"].to_pylist(), strict=True)
    assert [("field", field, "y", y) for field, y in blocks] == 10 * macroblocks
    second = intrinsics.motion.filter(pc.equal(intrinsics.motion["field"], 2))
    same = pc.equal(second["ref0"], second["coded_order"])
    assert pc.any(same).as_py(), "a second field refers to the first one of its frame"
    assert set(second.filter(same)["dt0"].to_pylist()) == {0}


@pytest.mark.parametrize("bframes", [0, 3])
def test_explicit_and_implicit_weights(ffmpeg: Ffmpeg, bikes: Path, bframes: int) -> None:
    """x264 weights P pictures explicitly, and B pictures by distance."""
    parameters = f"weightp=2:weightb=1:b-adapt=0:bframes={bframes}:b-pyramid=normal:ref=4:qp=32"
    fade = x264(parameters, *FADE, weighted=True)
    stream = ffmpeg("-i", bikes, "-an", *fade, name=f"motion-weighted-{bframes}.264")

    def weights(frames: pa.Table) -> Callable[[Prediction], list[Weighting | None]]:
        explicit = ExplicitWeights(stream, frames)
        return lambda prediction: (implicit_weights if len(prediction.vectors) == 2 else explicit)(prediction)

    compare(stream, h264, weights=weights).assert_exact(weighted=100)


@pytest.mark.parametrize("name", ["p_cabac", "b_temporal", "ten_bit", "mbaff_b_spatial"])
@pytest.mark.parametrize("displaced", [(0.25, 0.0), (0.0, -0.25)])
def test_displaced_vectors_are_seen(encode: Callable[[str], Path], name: str, displaced: tuple[float, float]) -> None:
    result = compare(encode(name), h264, displaced=displaced)
    assert result.compared > 200
    assert len(result.wrong) > 0.95 * result.compared
