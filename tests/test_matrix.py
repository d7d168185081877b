"""From recipes to encodes."""

from __future__ import annotations

import itertools

import pytest

from codecorpus import matrix, recipe
from codecorpus.errors import RecipeError


def names(entries: str) -> list[str]:
    return [encode.name for encode in matrix.expand(recipe.parse(f"sources: a\nencodes: [{entries}]"))]


def test_lists_are_multiplied_out_in_order() -> None:
    got = names("{encoder: libx264, preset: [veryfast, slow], tune: [film, psnr], crf: [23, 32.5]}")
    parts = itertools.product(("veryfast", "slow"), ("film", "psnr"), ("23", "32.5"))
    assert got == [f"x264-{preset}-{tune}-crf{crf}" for preset, tune, crf in parts]


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("{encoder: libx264}", "x264-medium-crf23"),
        ("{encoder: libx265, preset: fast, bitrate: 2M, passes: 2}", "x265-fast-2M-2pass"),
        ("{encoder: libx264, crf: 20, maxrate: 1M, bufsize: 2M}", "x264-medium-crf20-max1M-buf2M"),
        ("{encoder: libsvtav1, preset: 4, crf: 30, film_grain: 8}", "svtav1-p4-crf30-grain8"),
        ("{encoder: libsvtav1, preset: -1, qp: 30, pixel_format: yuv420p10le}", "svtav1-p-1-qp30-yuv420p10le"),
        ("{encoder: libaom-av1, preset: 4, crf: 30}", "aom-cpu4-crf30"),
        ("{encoder: libvpx-vp9, preset: 1, tune: ssim, qp: 40}", "vpx-cpu1-ssim-qp40"),
        ("{encoder: librav1e, tune: Psnr}", "rav1e-s6-Psnr-qp100"),
        ("{encoder: libkvazaar, preset: slow}", "kvazaar-slow-qp27"),
        ("{encoder: libx264, tune: 'film,fastdecode'}", "x264-medium-film+fastdecode-crf23"),
        ("{encoder: libx264, params: {ref: 4, me: umh}}", "x264-medium-crf23-ref4-meumh"),
    ],
)
def test_names_are_readable(entry: str, name: str) -> None:
    assert names(entry) == [name]


def test_parameters_are_multiplied_out_too() -> None:
    assert names("{encoder: libx264, params: {ref: [1, 4]}}") == ["x264-medium-crf23-ref1", "x264-medium-crf23-ref4"]


def test_an_encode_that_stands_twice_is_an_error() -> None:
    with pytest.raises(RecipeError, match=r"^encodes: x264-medium-crf23 stands twice in the matrix$"):
        names("{encoder: libx264}, {encoder: libx264, crf: [23, 30]}")


@pytest.mark.parametrize(
    ("entry", "again", "told"),
    [
        ("{encoder: libx264, bitrate: [500k, 0.5M]}", "x264-medium-0.5M", "x264-medium-500k"),
        ("{encoder: libx265, bitrate: [1M, 1000000]}", "x265-medium-1000000", "x265-medium-1M"),
        (
            "{encoder: libx264, params: {ref: 4, me: umh}}, {encoder: libx264, params: {me: umh, ref: 4}}",
            *("x264-medium-crf23-meumh-ref4", "x264-medium-crf23-ref4-meumh"),
        ),
        (
            "{encoder: libx264, tune: ['fastdecode,zerolatency', 'zerolatency,fastdecode']}",
            *("x264-medium-zerolatency+fastdecode-crf23", "x264-medium-fastdecode+zerolatency-crf23"),
        ),
        (
            "{encoder: libx264, maxrate: 1M, bufsize: 1000k}, {encoder: libx264, maxrate: 1M}",
            *("x264-medium-crf23-max1M", "x264-medium-crf23-max1M-buf1000k"),
        ),
    ],
)
def test_so_is_one_that_stands_twice_in_other_words(entry: str, again: str, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        names(entry)
    assert str(caught.value) == f"encodes: {again} stands twice in the matrix, as {told} too"


def test_what_differs_stands_beside_each_other() -> None:
    entries = (
        "{encoder: libx264, maxrate: 1M, bufsize: [1M, 2M]}, {encoder: libx264, params: {ref: [1, 2], bframes: [1, 2]}}"
    )
    assert len(names(entries)) == 6


@pytest.mark.parametrize(
    ("length", "fps", "frames"), [("48", 25, 48), ("2s", 25, 50), ("2s", 29.97, 60), ("0.01s", 25, 1)]
)
def test_lengths_are_frames_or_seconds(length: str, fps: float, frames: int) -> None:
    assert matrix.frames_of(length, fps) == frames
