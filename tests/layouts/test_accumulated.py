"""Motion back to the key frame: against a slow, plain version, and against the pixels that it leads to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pytest
from helpers.streams import SIZES, Picture, block, stream, vector

import codecorpus
from codecorpus.intrinsics import Intrinsics
from codecorpus.layouts import accumulate, residual_images

DATA = Path(__file__).parents[1] / "data"

STREAMS = ["long_term_b.hevc", "compound.obu", "poc_type_1.264", "tiny.vp9.ivf"]


def plain(intrinsics: Intrinsics, frame: int) -> tuple[np.ndarray, int]:
    """One sample after the other, each traced by itself."""
    pictures = {row["coded_order"]: row for row in intrinsics.frames.to_pylist()}
    blocks: dict[int, list[dict]] = {}
    for row in intrinsics.motion.to_pylist():
        blocks.setdefault(row["coded_order"], []).append(row)
    owners: dict[int, dict[tuple[int, int], dict]] = {}

    def owner(order: int, x: int, y: int) -> dict | None:
        if order not in owners:
            owners[order] = {
                (column, line): row
                for row in blocks.get(order, ())
                for column in range(row["x"], row["x"] + row["w"])
                for line in range(row["y"], row["y"] + row["h"])
            }
        return owners[order].get((x, y))

    found: dict[tuple[int, int, int], tuple[float, float, int] | None] = {}

    def trace(order: int, x: int, y: int) -> tuple[float, float, int] | None:
        if (order, x, y) in found:
            return found[order, x, y]
        picture = pictures[order]
        result = None
        if picture["key"]:
            result = 0.0, 0.0, picture["frame"] if picture["frame"] is not None else -1
        elif (row := owner(order, x, y)) is not None:
            far = [
                math.inf if row[f"ref{n}"] is None else abs(1 << 20 if row[f"dt{n}"] is None else row[f"dt{n}"])
                for n in (0, 1)
            ]
            which = 1 if far[1] < far[0] else 0
            ref = row[f"ref{which}"]
            if ref is not None and ref in pictures:
                mx, my = row[f"mv{which}_x"], row[f"mv{which}_y"]
                column = min(max(int(np.rint(np.float32(x + mx))), 0), picture["width"] - 1)
                line = min(max(int(np.rint(np.float32(y + my))), 0), picture["height"] - 1)
                if (rest := trace(ref, column, line)) is not None:
                    result = mx + rest[0], my + rest[1], rest[2]
        found[order, x, y] = result
        return result

    (order,) = [o for o, row in pictures.items() if row["frame"] == frame]
    picture = pictures[order]
    out = np.full((2, picture["crop_height"], picture["crop_width"]), np.nan, np.float32)
    traced = {}
    for y in range(out.shape[1]):
        for x in range(out.shape[2]):
            one = trace(order, x + picture["crop_x"], y + picture["crop_y"])
            if one is not None and one[2] >= 0:
                traced[y, x] = one
    counts = Counter(one[2] for one in traced.values())
    key = min(counts, key=lambda key: (-counts[key], key), default=-1)
    for (y, x), one in traced.items():
        if one[2] == key:
            out[:, y, x] = one[:2]
    return out, key


ENCODED: dict[str, tuple[object, ...]] = {
    "b.h264.mp4": ("-c:v", "libx264", "-x264-params", "keyint=7:bframes=3:b-pyramid=normal:open-gop=1:ref=3"),
    "b.vp9.ivf": ("-c:v", "libvpx-vp9", "-g", 8, "-lag-in-frames", 12, "-auto-alt-ref", 1, "-cpu-used", 4),
    "b.m4v": ("-c:v", "mpeg4", "-g", 6, "-bf", 2, "-flags", "+mv4+qpel", "-q:v", 4),
    "b.m2v": ("-c:v", "mpeg2video", "-g", 6, "-bf", 2, "-q:v", 4),
}
"""What FFmpeg's encoders make of real footage."""


@pytest.mark.parametrize("name", [*STREAMS, *ENCODED])
def test_it_is_what_a_plain_trace_finds(name: str, ffmpeg: Callable[..., Path], bikes: Path) -> None:
    if name in ENCODED:
        footage = ("-ss", 2, "-i", bikes, "-vf", "crop=96:64:144:64", "-frames:v", 14)
        path = ffmpeg(*footage, *ENCODED[name], name=name)
    else:
        path = DATA / name
    intrinsics = codecorpus.extract(path)
    last = max(frame for frame in intrinsics.frames["frame"].to_pylist() if frame is not None)
    got = accumulate(intrinsics)
    for frame in {1, last // 2, last}:
        wanted, key = plain(intrinsics, frame)
        np.testing.assert_allclose(got.vectors[frame], wanted, atol=1e-4)
        assert got.key[frame] == key
    np.testing.assert_array_equal(got.mask, ~np.isnan(got.vectors[:, 0]))
    part = accumulate(intrinsics, [last, 0])
    np.testing.assert_array_equal(part.vectors, got.vectors[[last, 0]])


def test_a_trace_ends_in_an_intra_block() -> None:
    moved = vector(0, 0, 16, 16, ref0=0, dt0=1, mv0_x=1.0, mv0_y=0.0)
    again = [
        vector(0, 0, 16, 16, ref0=1, dt0=1, mv0_x=2.0, mv0_y=0.0),
        vector(16, 0, 16, 16, ref0=1, dt0=1, mv0_x=0.0, mv0_y=0.0),
    ]
    one = stream(
        [
            Picture(0, [block(w=32)], width=32, height=16),
            Picture(1, [block(), block(16)], [moved], width=32, height=16),
            Picture(2, [block(), block(16)], again, width=32, height=16),
        ],
        "h264",
    )
    frames = one.frames.set_column(one.frames.schema.get_field_index("key"), "key", [[True, False, False]])
    got = accumulate(Intrinsics("h264", {**one.tables, "frames": frames}))
    assert got.key.tolist() == [0, 0, 0] and (got.vectors[0] == 0).all()
    assert (got.vectors[1, 0, :, :16] == 1).all() and not got.mask[1, :, 16:].any()
    assert (got.vectors[2, 0, :, :14] == 3).all() and not got.mask[2, :, 14:].any()


def test_samples_that_come_from_another_key_frame_are_left_out() -> None:
    """A leading picture of an open group: what comes from the key frame before it, and what from the one behind it."""
    wide = {"width": 48, "height": 16}
    blocks = [block(), block(16), block(32)]
    leading = [
        vector(0, 0, 16, 16, ref0=0, dt0=1, mv0_x=1.0, mv0_y=0.0),
        vector(16, 0, 16, 16, ref0=0, dt0=1, mv0_x=2.0, mv0_y=0.0),
        vector(32, 0, 16, 16, ref0=1, dt0=-2, mv0_x=3.0, mv0_y=0.0),
    ]
    through = [vector(0, 0, 48, 16, ref0=2, dt0=-1, mv0_x=16.0, mv0_y=0.0)]
    one = stream(
        [
            Picture(0, blocks, **wide),
            Picture(3, blocks, **wide),
            Picture(1, blocks, leading, **wide),
            Picture(2, blocks, through, **wide),
        ],
        "h264",
    )
    at = one.frames.schema.get_field_index("key")
    frames = one.frames.set_column(at, "key", [[True, True, False, False]])
    got = accumulate(Intrinsics("h264", {**one.tables, "frames": frames}))
    assert got.key.tolist() == [0, 0, 3, 3]
    assert (got.vectors[1, 0, :, :16] == 1).all() and (got.vectors[1, 0, :, 16:32] == 2).all()
    assert not got.mask[1, :, 32:].any()
    assert not got.mask[2, :, :16].any() and (got.vectors[2, 0, :, 16:] == 19).all()  # through it, to the other one
    pixels = np.full((4, 16, 48, 3), 9, np.uint8)
    left = residual_images(got, pixels, pixels[got.key])
    assert (left[got.mask] == 0).all() and (left[~got.mask] == 9).all()
    hidden = frames.set_column(frames.schema.get_field_index("frame"), "frame", [[None, 3, 1, 2]])
    got = accumulate(Intrinsics("h264", {**one.tables, "frames": hidden}), [1, 2])
    assert got.key.tolist() == [3, 3] and (got.vectors[0, 0, :, 32:] == 3).all() and not got.mask[0, :, :32].any()


def test_vectors_are_those_of_the_picture_that_superres_stretches() -> None:
    """Of 32 samples in a row that are coded, 64 are shown."""
    rows = [vector(x, 0, 16, 16, ref0=0, dt0=1, mv0_x=1.0 + x, mv0_y=2.0) for x in (0, 16)]
    one = stream([Picture(0, width=32, height=16), Picture(1, motion=rows, width=32, height=16)])
    frames = one.frames.set_column(one.frames.schema.get_field_index("key"), "key", [[True, False]])
    coded = Intrinsics("av1", {**one.tables, "frames": frames})
    got = accumulate(replace(coded, size=(64, 16)))
    assert got.vectors.shape == (2, 2, 16, 64)
    wanted = accumulate(coded).vectors * np.array([2, 1])[:, None, None]
    np.testing.assert_array_equal(got.vectors, wanted.repeat(2, axis=3))


def test_a_trace_ends_in_a_picture_that_could_not_be_read() -> None:
    """Also where its headers are lost, and with them its size."""
    wide = {"width": 32, "height": 16}
    vectors = [vector(x, 0, 16, 16, ref0=x // 16, dt0=1, mv0_x=1.0, mv0_y=0.0) for x in (0, 16)]
    one = stream([Picture(0, **wide), Picture(1, error="lost", **wide), Picture(2, motion=vectors, **wide)])
    rows = [row | {"key": row["coded_order"] == 0} for row in one.frames.to_pylist()]
    rows[1] |= dict.fromkeys(SIZES)
    frames = pa.Table.from_pylist(rows, one.frames.schema)
    got = accumulate(Intrinsics("av1", {**one.tables, "frames": frames}))
    assert got.key.tolist() == [0, -1, 0] and not got.mask[1].any()
    assert (got.vectors[2, 0, :, :16] == 1).all() and not got.mask[2, :, 16:].any()


def test_fields_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^fields of interlaced pictures are not traced"):
        accumulate(codecorpus.extract(DATA / "paff_temporal.264"))


def test_what_it_leaves_is_little(ffmpeg: Callable[..., Path], bikes: Path) -> None:
    """Residual images of real footage: far smaller than differences to the key frame, and right to the last sample."""
    path = ffmpeg(
        *("-i", bikes, "-frames:v", 12, "-vf", "scale=320:136", "-c:v", "libx264", "-preset", "medium", "-crf", 18),
        *("-x264-params", "keyint=12:bframes=3"),
        name="accumulated.mp4",
    )
    got = accumulate(codecorpus.extract(path))
    with av.open(str(path)) as container:
        pixels = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    keys = pixels[got.key]
    residual = residual_images(got, pixels, keys)
    there = got.mask & (np.arange(12) > 0)[:, None, None]
    still = np.abs(pixels.astype(int) - keys)[there].mean()
    assert there[1:].mean() > 0.7 and np.abs(residual)[there].mean() < 0.6 * still
    t, y, x = 7, *map(int, np.argwhere(got.mask[7])[500])
    column = min(max(round(x + float(got.vectors[t, 0, y, x])), 0), 319)
    line = min(max(round(y + float(got.vectors[t, 1, y, x])), 0), 135)
    assert residual[t, y, x].tolist() == (pixels[t, y, x].astype(int) - keys[t, line, column]).tolist()
    assert (residual[~got.mask] == pixels[~got.mask]).all()
