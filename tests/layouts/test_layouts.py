"""Shapes that models of others are fed: each against a slow, plain version of what it is said to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from helpers.streams import SIZES, Picture, stream, vector
from PIL import Image

import codecorpus
from codecorpus.intrinsics import Intrinsics
from codecorpus.layouts import compensate, control_video, motion_score, resize_flow, video_lavit, videocomposer
from codecorpus.layouts.points import LAVIT_STD
from codecorpus.layouts.resized import bicubic

DATA = Path(__file__).parents[1] / "data"
NAMES = ["long_term_b.hevc", "compound.obu", "poc_type_1.264", "tiny.vp9.ivf", "scc_444.hevc"]


def plain_points(intrinsics: codecorpus.Intrinsics, empty: float) -> np.ndarray:
    pictures = {row["coded_order"]: row for row in intrinsics.frames.to_pylist()}
    first = pictures[0]
    count = max(row["frame"] for row in pictures.values() if row["frame"] is not None) + 1
    out = np.full((count, 2, first["crop_height"], first["crop_width"]), empty, np.float32)
    for reference in ("0", "1"):
        for row in intrinsics.motion.to_pylist():
            picture = pictures[row["coded_order"]]
            dt = row[f"dt{reference}"]
            beside = row["x"] + row["w"] <= picture["crop_x"] or row["x"] >= picture["crop_x"] + out.shape[3]
            above_or_below = row["y"] + row["h"] <= picture["crop_y"] or row["y"] >= picture["crop_y"] + out.shape[2]
            if not dt or picture["frame"] is None or beside or above_or_below:
                continue
            x = min(max(row["x"] + row["w"] // 2 - picture["crop_x"], 0), out.shape[3] - 1)
            y = min(max(row["y"] + row["h"] // 2 - picture["crop_y"], 0), out.shape[2] - 1)
            sign = -1 if dt > 0 else 1
            out[picture["frame"], :, y, x] = sign * row[f"mv{reference}_x"], sign * row[f"mv{reference}_y"]
    return out


@pytest.mark.parametrize("name", NAMES)
def test_videocomposer_s_points(name: str) -> None:
    intrinsics = codecorpus.extract(DATA / name)
    got = videocomposer(intrinsics)
    np.testing.assert_array_equal(got, plain_points(intrinsics, 0.0))
    assert (got != 0).any()
    np.testing.assert_array_equal(videocomposer(intrinsics, [2, 1]), got[[2, 1]])


@pytest.mark.parametrize("layout", [videocomposer, video_lavit])
def test_what_is_copied_within_a_picture_does_not_move(layout: Callable[..., np.ndarray]) -> None:
    intrinsics = codecorpus.extract(DATA / "intrabc_444.obu")
    assert intrinsics.motion["dt0"].to_pylist() == [0] * intrinsics.motion.num_rows != []
    assert not layout(intrinsics).any()


@pytest.mark.parametrize("crop", [(0, 0, 32, 24), (32, 24, 32, 24), (32, 20, 30, 12)])
def test_blocks_that_are_not_displayed_have_no_points(crop: tuple[int, int, int, int]) -> None:
    """Those on all sides of what is displayed; ones that are cut have, also where their centre is away."""
    rows = [
        vector(x, y, ref0=0, dt0=1, mv0_x=1.0 + x, mv0_y=1.0 + y) for y in range(0, 48, 16) for x in range(0, 64, 16)
    ]
    one = stream([Picture(0, crop=crop), Picture(1, motion=rows, crop=crop)])
    points = videocomposer(one)
    np.testing.assert_array_equal(points, plain_points(one, 0.0))
    there = [x for x in range(0, 64, 16) if crop[0] - 16 < x < crop[0] + crop[2]]
    assert np.unique(points[1, 0]).tolist() == [*(-1.0 - x for x in reversed(there)), 0.0]


def test_points_are_those_of_the_picture_that_superres_stretches() -> None:
    """Of 64 samples in a row that are coded, 128 are shown."""
    rows = [
        vector(x, y, ref0=0, dt0=1, mv0_x=1.0 + x, mv0_y=1.0 + y) for y in range(0, 48, 16) for x in range(0, 64, 16)
    ]
    coded = stream([Picture(0), Picture(1, motion=rows)])
    points = videocomposer(replace(coded, size=(128, 48)))
    assert points.shape == (2, 2, 48, 128)
    np.testing.assert_array_equal(points[..., ::2], videocomposer(coded) * np.array([2, 1])[:, None, None])
    assert not points[..., 1::2].any() and video_lavit(replace(coded, size=(128, 48))).any()


@pytest.mark.parametrize("layout", [videocomposer, video_lavit])
def test_a_picture_that_could_not_be_read_has_no_points(layout: Callable[..., np.ndarray]) -> None:
    """Nor a size, where its headers are lost."""
    rows = [vector(ref0=0, dt0=1, mv0_x=5.0, mv0_y=3.0)]
    whole = stream([Picture(0), Picture(1, motion=rows), Picture(2, motion=rows)])
    lost = stream([Picture(0), Picture(1, error="lost"), Picture(2, motion=rows)])
    pictures = lost.frames.to_pylist()
    pictures[1] |= dict.fromkeys(SIZES)
    damaged = Intrinsics("av1", {**lost.tables, "frames": pa.Table.from_pylist(pictures, lost.frames.schema)})
    assert not layout(damaged, [1]).any() and layout(damaged, [2]).any()
    np.testing.assert_array_equal(layout(damaged, [0, 2]), layout(whole, [0, 2]))


@pytest.mark.parametrize("layout", [videocomposer, video_lavit])
def test_pictures_of_several_sizes_are_refused(layout: Callable[..., np.ndarray]) -> None:
    for name in ("superres_10.obu", "resized_references.obu"):
        with pytest.raises(ValueError, match=r"^pictures of several sizes are not placed$"):
            layout(codecorpus.extract(DATA / name))
    layers = codecorpus.extract(DATA / "spatial_layers.ivf")  # the smaller ones are not shown
    assert layout(layers).size


@pytest.mark.parametrize("name", NAMES)
def test_video_lavit_s_grid(name: str) -> None:
    intrinsics = codecorpus.extract(DATA / name)
    points = plain_points(intrinsics, -10000.0)
    count, _, height, width = points.shape
    rows, columns = math.ceil(height / 16), math.ceil(width / 16)
    grid = np.zeros((count, 2, rows, columns), np.float32)
    for t, c, r, k in np.ndindex(grid.shape):
        values = points[t, c, r * 16 : r * 16 + 16, k * 16 : k * 16 + 16]
        values = values[values > -10000] / ((width, height)[c] * LAVIT_STD[c])
        grid[t, c, r, k] = values.max() if values.size else 0.0
    if count > 13:  # the key frame in the middle of its 24
        grid[12] = (grid[11] + grid[13]) / 2
    got = video_lavit(intrinsics)
    assert got.shape == (2, count, 20, 36)
    for t in range(count):
        for c in range(2):
            image = Image.fromarray(grid[t, c]).resize((36, 20), Image.Resampling.BICUBIC)
            np.testing.assert_allclose(got[c, t], np.asarray(image), atol=1e-4)


@pytest.mark.parametrize("size", [(7, 5), (40, 3), (20, 20)])
def test_bicubic_is_pillow_s(size: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=(11, 17)).astype(np.float32)
    wanted = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC))
    np.testing.assert_allclose(bicubic(values, size), wanted, atol=1e-5)


def affine(rows: int, columns: int, cell: int, told: tuple[float, ...]) -> np.ndarray:
    out = np.zeros((2, rows, columns), np.float32)
    for r, k in np.ndindex(rows, columns):
        x, y = (k + 0.5) * cell - columns * cell / 2, (r + 0.5) * cell - rows * cell / 2
        out[:, r, k] = told[0] + told[1] * x + told[2] * y, told[3] + told[4] * x + told[5] * y
    return out


def test_the_camera_is_found_behind_what_moves() -> None:
    told = (2.0, 0.01, -0.004, -1.0, 0.004, 0.01)
    rng = np.random.default_rng(0)
    field = affine(9, 16, 16, told)
    still = field.copy()
    field += rng.normal(scale=0.05, size=field.shape)
    moving = np.zeros((9, 16), np.bool_)
    moving[3:7, 4:11] = True  # a fifth of the picture goes elsewhere
    field[:, moving] += [[9.0], [4.0]]
    field[:, 0, :3] = np.nan
    camera = compensate(np.stack([field, np.full_like(field, np.nan)]), 16)
    np.testing.assert_allclose(camera.parameters[0, [0, 3]], [2.0, -1.0], atol=0.05)
    np.testing.assert_allclose(camera.parameters[0, [1, 2, 4, 5]], told[1:3] + told[4:], atol=1e-3)
    there = ~np.isnan(field[0])
    assert camera.inliers[0] == pytest.approx(1 - (moving & there).sum() / there.sum())
    np.testing.assert_allclose(camera.residual[0][:, moving].mean(axis=1), [9, 4], atol=0.1)
    fitted = affine(9, 16, 16, tuple(camera.parameters[0].tolist()))
    np.testing.assert_allclose(camera.residual[0], field - fitted, atol=1e-4)
    assert np.isnan(camera.parameters[1]).all() and np.isnan(camera.residual[1]).all()
    channels = camera.channels()
    assert channels.shape == (2, 7, 9, 16) and (channels[0, 6] == camera.inliers[0]).all()
    score = motion_score(np.stack([field, np.full_like(field, np.nan)]), 16)
    lengths = [math.hypot(*field[:, r, k]) for r, k in np.ndindex(9, 16) if there[r, k]]
    assert score.mean == pytest.approx(sum(lengths) / len(lengths), rel=1e-5)
    assert score.relative == pytest.approx(score.mean / math.hypot(144, 256))
    assert score.compensated < score.mean and motion_score(still[None], 16).compensated < 1e-3


def test_a_camera_is_about_the_middle_of_a_picture_that_cells_overhang() -> None:
    x = (np.minimum(np.arange(1, 22) * 16, 330) + np.arange(21) * 16) / 2 - 165
    y = (np.minimum(np.arange(1, 13) * 16, 186) + np.arange(12) * 16) / 2 - 93
    zoom = np.stack(np.meshgrid(0.02 * x, 0.02 * y))[None].astype(np.float32)
    np.testing.assert_allclose(compensate(zoom, 16, (330, 186)).parameters[0], [0, 0.02, 0, 0, 0, 0.02], atol=1e-5)
    score = motion_score(zoom, 16, (330, 186))
    assert score.relative == pytest.approx(score.mean / math.hypot(330, 186)) and score.compensated < 1e-4
    with pytest.raises(ValueError, match=r"^330x200 are not 21x12 cells of 16$"):
        compensate(zoom, 16, (330, 200))


def test_resized_flow_is_in_samples_of_its_own_size() -> None:
    flow = np.random.default_rng(0).normal(size=(2, 2, 6, 8)).astype(np.float32)
    flow[0, :, 2:4, 2:4] = np.nan
    got, mask = resize_flow(flow, (4, 3))
    for t, y, x in np.ndindex(2, 3, 4):
        own = flow[t, :, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].reshape(2, -1)
        values = [own[axis][~np.isnan(own[axis])] for axis in (0, 1)]
        wanted = [float(v.mean()) / 2 if v.size else math.nan for v in values]
        np.testing.assert_allclose(got[t, :, y, x], wanted, rtol=1e-5)
        assert mask[t, y, x] == (values[0].size > 0)
    larger, _ = resize_flow(flow, (16, 18))
    assert larger[1, 0, 0, 0] == pytest.approx(2 * flow[1, 0, 0, 0]) and larger[1, 1, 0, 0] == pytest.approx(
        3 * flow[1, 1, 0, 0]
    )


def test_a_control_video_is_grey_at_the_video_s_size() -> None:
    channel = np.array([[[0.0, 0.5], [1.0, np.nan]]], np.float32)
    got = control_video(channel, 16, (24, 20))
    assert got.shape == (3, 1, 20, 24) and got.dtype == np.uint8
    for c, y, x in np.ndindex(3, 20, 24):
        value = channel[0, y // 16, x // 16]
        assert got[c, 0, y, x] == (0 if np.isnan(value) else round(float(value) * 255))
    assert (control_video(channel * 8 - 2, 16, (32, 32), low=-2, high=6) == control_video(channel, 16, (32, 32))).all()
    with pytest.raises(ValueError, match=r"^a channel of 48x20 in cells of 16 is \[2, 3\] a frame; not \[2, 2\]$"):
        control_video(channel, 16, (48, 20))
    with pytest.raises(ValueError, match=r"^black is below white; not 1 and 1$"):
        control_video(channel, 16, (24, 20), low=1.0)


def test_what_is_no_motion_is_told() -> None:
    none = np.zeros((3, 4, 5), np.float32)
    for use in (compensate, motion_score):
        with pytest.raises(ValueError, match=r"^velocities are \[T, 2, h, w\]; not \[3, 4, 5\]$"):
            use(none, 16)
    for flow, size in ((none, (2, 2)), (np.zeros((1, 2, 4, 4), np.float32), (0, 2))):
        with pytest.raises(ValueError, match=r"^flow is \[T, 2, H, W\], and sizes are 1x1 or more; not "):
            resize_flow(flow, size)
