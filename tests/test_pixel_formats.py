"""Pixel formats that hold another one's samples."""

from __future__ import annotations

import av
import pytest

from codecorpus.pixel_formats import has_rgb, lossless, planar

FFV1 = {form.name for form in av.Codec("ffv1", "w").video_formats or ()}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("yuv420p", "yuv420p"),
        ("yuvj422p", "yuv422p"),
        ("nv12", "yuv420p"),
        ("nv16", "yuv422p"),
        ("uyvy422", "yuv422p"),
        ("yuv420p10be", "yuv420p10le"),
        ("p010le", "yuv420p10le"),
        ("yuv411p", "yuv411p"),
        ("gray16be", "gray16le"),
        ("monob", "gray"),
        ("bgr24", "bgr0"),
        ("rgb555le", "bgr0"),
        ("pal8", "bgr0"),
        ("rgb48be", "gbrp16le"),
    ],
)
def test_samples_are_held_in_planes(name: str, found: str) -> None:
    assert planar(FFV1, name) == found
    frame = av.VideoFrame(16, 16, "gray8" if name == "pal8" else name)
    assert frame.reformat(format=found).format.name == found


def test_what_cannot_be_held_is_told() -> None:
    with pytest.raises(ValueError, match=r"^its pixel format, yuv420p10be, cannot be cut$"):
        planar({"yuv420p"}, "yuv420p10be")
    with pytest.raises(ValueError, match=r"^its pixel format, rgb555be, cannot be cut$"):
        planar(FFV1, "rgb555be")


def test_cut_clips_keep_what_they_can() -> None:
    for name in ("yuv420p", "gbrp10le", "gray", "bgra", "yuva444p"):
        assert lossless(name) == name
    assert (lossless("uyvy422"), lossless("bgr24"), lossless("rgb48be")) == ("yuv444p16le", "bgr0", "gbrp16le")
    assert has_rgb("pal8") and has_rgb("gbrp") and not has_rgb("yuv444p") and not has_rgb("gray")
