"""What a description tells of an encode."""

from __future__ import annotations

from typing import Any

import pytest

from codecorpus.corpus.descriptions import NAMES, describe

ENCODE: dict[str, Any] = {
    **{"encoder": "libx265", "preset": "medium", "tune": None, "rate_control": "crf", "rate": "28", "maxrate": None},
    **{"passes": 1, "film_grain": None, "gop_closed": True},
}
STREAM = {"codec": "hevc", "frames": 10, "bytes": 1000}


@pytest.mark.parametrize(
    ("pixel_format", "of_clip", "bits"),
    [
        ("yuv420p", "yuv420p10le", 8),
        ("yuv420p10le", "yuv420p", 10),
        ("gray12le", "yuv420p", 12),
        ("source", "yuv420p", 8),
        ("source", "yuv422p10le", 10),
        ("source", "yuv444p16le", 12),
        ("source", None, 0),
    ],
)
def test_the_depth_is_that_of_the_samples_that_are_coded(pixel_format: str, of_clip: str | None, bits: int) -> None:
    clip = {"fps": 25.0, "width": 64, "height": 48, "pixel_format": of_clip}
    description = describe({**ENCODE, "pixel_format": pixel_format}, STREAM, clip, 8.0)
    assert description[NAMES.index("bit_depth")] == bits
