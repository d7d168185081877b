"""Maps: what each channel says, and that nothing gets lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
from helpers.streams import Picture, block, busy, stream, vector

import codecorpus
from codecorpus import maps
from codecorpus.maps import CHANNELS, areas


def total(intrinsics: codecorpus.Intrinsics, *columns: str) -> float:
    return float(sum(np.float64(intrinsics.blocks[column].to_numpy()).sum() for column in columns))


def test_bits_and_energy_sum_to_those_of_the_blocks() -> None:
    intrinsics = busy()
    for cell in (4, 8, 16):
        for size in ((64, 48), (60, 42), (128, 96), (48, 32)):
            bits, energy = np.moveaxis(intrinsics.maps(("bits", "energy"), cell=cell, size=size), 1, 0)
            want = total(intrinsics, "bits_mode", "bits_motion", "bits_residual")
            assert (bits * areas(size, cell)).sum() == pytest.approx(want, rel=1e-5)
            assert (energy * areas(size, cell)).sum() == pytest.approx(total(intrinsics, "energy"), rel=1e-5)


def test_what_is_never_shown_counts_to_the_next_frame_or_is_left_out() -> None:
    pictures = [
        Picture(0, [block(bits_mode=256.0)]),
        Picture(None, [block(bits_mode=512.0, qstep=99.0)]),
        Picture(1, [block(bits_mode=256.0)]),
    ]
    one = stream(pictures)
    counted = one.maps(("bits", "qstep"), size=(16, 16))
    assert counted[:, 0].ravel().tolist() == [1.0, 3.0]
    assert counted[:, 1].ravel().tolist() == [8.0, 8.0]
    assert one.maps(("bits",), size=(16, 16), hidden="leave").ravel().tolist() == [1.0, 1.0]


def test_what_follows_all_that_is_shown_counts_to_the_last_of_it() -> None:
    one = stream([Picture(at, [block(bits_mode=256.0)]) for at in (1, 0, None, None)], "h264")
    assert one.maps(("bits",), size=(16, 16)).ravel().tolist() == [3.0, 1.0]
    assert one.maps(("bits",), size=(16, 16), hidden="leave").ravel().tolist() == [1.0, 1.0]


def test_what_is_coded_ahead_counts_to_the_frame_that_shows_it_or_is_left_out() -> None:
    one = stream([Picture(0, [block()]), Picture(2, [block()]), Picture(1, [block()])])
    assert np.isfinite(one.maps(("qstep",), size=(16, 16))).all()
    left = one.maps(("qstep",), size=(16, 16), hidden="leave").ravel()
    assert np.isfinite(left).tolist() == [True, True, False]
    reordered = stream([Picture(0, [block()]), Picture(2, [block()]), Picture(1, [block()])], "h264")
    assert np.isfinite(reordered.maps(("qstep",), size=(16, 16), hidden="leave")).all()


def test_no_vector_is_masked_never_zero() -> None:
    still = vector(0, 0, 16, 16, dt0=1, mv0_x=0.0, mv0_y=0.0)
    one = stream([Picture(0, [block(), block(16)], [still], width=32, height=16)])
    x, mask = one.maps(("velocity_past_x", "velocity_past_mask"))[0]
    assert x[0, 0] == 0 and np.isnan(x[0, 1])
    assert mask.tolist() == [[1.0, 0.0]]


def test_a_frame_that_no_picture_codes_is_not_a_number() -> None:
    grid = stream([Picture(0, [block()]), Picture(2, [block()])]).maps(frames=[1], size=(16, 16))[0, :, 0, 0]
    for name, value in zip(CHANNELS, grid, strict=True):
        assert value == 0 if name.endswith("_mask") else np.isnan(value), name


@pytest.mark.parametrize(
    ("coded", "crop", "size", "scale"),
    [
        ((1920, 1088), (0, 0, 1920, 1080), (1920, 1080), (1.0, 1.0)),
        ((640, 368), (0, 0, 640, 360), (1280, 720), (2.0, 2.0)),
        ((569, 360), (0, 0, 569, 360), (640, 360), (640 / 569, 1.0)),
        ((64, 64), (8, 6, 48, 40), (48, 40), (1.0, 1.0)),
    ],
)
def test_what_is_displayed_fills_the_grid_of_the_clip(
    coded: maps.Size, crop: tuple[int, int, int, int], size: maps.Size, scale: tuple[float, float]
) -> None:
    frames = stream([Picture(0, width=coded[0], height=coded[1], crop=crop)]).frames
    (placed,) = maps.place("hevc", frames, [0], size=size)
    assert placed[3] == pytest.approx(scale) and placed[5] == crop[:2]
    assert maps.displayed_size(frames) == crop[2:]


def test_fields_lie_on_the_lines_of_the_frame() -> None:
    fields = [block(0, 0, field=1, qstep=2.0), block(0, 0, field=2, qstep=4.0)]
    pairs = [block(0, 0, field=1, qstep=2.0), block(0, 16, field=2, qstep=4.0)]
    size = {"width": 16, "height": 32}
    one = stream([Picture(0, fields, **size, structure="field"), Picture(1, pairs, **size, structure="mbaff")], "h264")
    assert one.maps(("qstep",)).ravel().tolist() == [3.0] * 4


def test_a_picture_that_could_not_be_read_is_masked() -> None:
    one = stream([Picture(0, [block()]), Picture(1, error="slice_data: it ends too early")])
    grid = one.maps(("bits", "velocity_past_mask"), size=(16, 16))
    assert np.isfinite(grid[0]).all() and np.isnan(grid[1, 0]).all() and not grid[1, 1].any()
    assert not one.flow(size=(16, 16))[1][1].any()


def test_frames_are_a_slice_or_a_list() -> None:
    intrinsics = busy()
    whole = intrinsics.maps()
    np.testing.assert_array_equal(intrinsics.maps(frames=slice(2, 4)), whole[2:4])
    np.testing.assert_array_equal(intrinsics.maps(frames=[4, 1]), whole[[4, 1]])
    assert intrinsics.maps(("skip", "bits")).shape == (6, 2, 3, 4)


def test_mistakes_are_told() -> None:
    intrinsics = busy()
    with pytest.raises(ValueError, match="velocity_past_x"):
        intrinsics.maps(("speed",))
    with pytest.raises(ValueError, match="each once"):
        intrinsics.maps(("bits", "bits"))
    with pytest.raises(ValueError, match="between 1 and 65536"):
        intrinsics.maps(cell=0)
    with pytest.raises(ValueError, match="hidden"):
        intrinsics.maps(hidden="maybe")  # type: ignore[arg-type]
    frames_only = codecorpus.Intrinsics("av1", {"frames": intrinsics.frames})
    with pytest.raises(ValueError, match="'blocks'"):
        frames_only.maps(("bits",))


def test_every_channel_is_in_the_docs() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "maps.md").read_text(encoding="utf-8")
    for channel in maps.DECLARED.values():
        assert f"| `{channel.name}` | {channel.unit} | {channel.meaning} |" in page


STREAMS = {
    "x264": ("libx264", "-preset", "medium"),
    "x264 interlaced": ("libx264", "-preset", "veryfast", "-flags", "+ildct+ilme"),
    "x265": ("libx265", "-preset", "medium", "-x265-params", "log-level=error"),
    "SVT-AV1": ("libsvtav1", "-preset", "8"),
    "libaom": ("libaom-av1", "-cpu-used", "8"),
    "libvpx": ("libvpx-vp9", "-cpu-used", "5"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_maps_of_real_streams_hold_what_the_blocks_do(name: str, bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    encoder, *options = STREAMS[name]
    video = ffmpeg(
        *("-i", bikes, "-frames:v", 24, "-vf", "crop=316:180", "-c:v", encoder, *options), name=f"maps-{name}.mp4"
    )
    intrinsics = codecorpus.extract(video)
    size = (316, 180)
    grids = dict(zip(CHANNELS, np.moveaxis(intrinsics.maps(cell=8, size=size), 1, 0), strict=True))
    bits = (grids["bits"] * areas(size, 8)).sum(dtype=np.float64)
    assert bits == pytest.approx(total(intrinsics, "bits_mode", "bits_motion", "bits_residual"), rel=1e-4)
    energy = (grids["energy"] * areas(size, 8)).sum(dtype=np.float64)
    assert energy == pytest.approx(total(intrinsics, "energy"), rel=1e-4)
    for share in ("skip", "intra", "edges", "velocity_past_mask", "velocity_future_mask"):
        assert np.nanmin(grids[share]) >= 0 and np.nanmax(grids[share]) <= 1 + 1e-5, share
    assert np.nanmin(grids["intra"][0]) == 1
    shown = intrinsics.frames.filter(pc.is_valid(intrinsics.frames["frame"])).sort_by("frame")
    np.testing.assert_allclose(
        np.nansum(grids["qstep"] * areas(size, 8), axis=(1, 2)) / (316 * 180), shown["qstep"].to_numpy(), rtol=0.1
    )


def test_borders_at_the_picture_s_edge_count_where_it_cuts_macroblocks(
    ffmpeg: Callable[..., Path], bikes: Path
) -> None:
    """Of prediction blocks too, whose macroblock begins outside of what is displayed."""
    coding = ["-c:v", "libx264", "-crf", 18, "-x264-params", "partitions=all:me=umh", "-an", "-frames:v", 12]
    whole = ffmpeg("-ss", 2, "-i", bikes, *coding, "-vf", "scale=320:192", name="borders.264")
    cropped = ffmpeg("-i", whole, "-c", "copy", "-bsf:v", "h264_metadata=crop_left=8", name="borders-cropped.264")
    found = codecorpus.extract(cropped)
    pictures = {row["coded_order"]: row for row in found.frames.to_pylist()}
    edges = found.maps(("edges",), cell=4)[:, 0]
    at_the_edge = 0
    for row in found.motion.to_pylist():
        picture = pictures[row["coded_order"]]
        if row["x"] == picture["crop_x"] and row["h"] >= 4:
            at_the_edge += row["part"] > 0
            cells = edges[picture["frame"], row["y"] // 4 : (row["y"] + row["h"]) // 4, 0]
            assert (cells > 0.249).all(), row
    assert at_the_edge
