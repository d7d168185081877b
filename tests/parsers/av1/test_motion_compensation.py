"""AV1 vectors, references and filters against decoded samples.

Without in-loop filters, a block that has no residual is its prediction: interpolating the decoded reference at the
reported vector must give the decoded samples, every one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.av1_streams import Ffmpeg
from motion_compensation import av1, compare

# No loop filter, CDEF or restoration, and nothing that blends other than by averaging.
STREAMS: dict[str, list[object]] = {
    "svt": [
        *["-an", "-frames:v", 20, "-c:v", "libsvtav1", "-preset", 6, "-crf", 45],
        *["-svtav1-params", "enable-dlf=0:enable-cdef=0:enable-restoration=0:enable-tf=0"],
    ],
    "svt_10bit": [
        *["-an", "-frames:v", 9, "-pix_fmt", "yuv420p10le", "-c:v", "libsvtav1", "-preset", 8, "-crf", 50],
        *["-svtav1-params", "enable-dlf=0:enable-cdef=0:enable-restoration=0:enable-tf=0"],
    ],
    "aom": [
        *["-an", "-frames:v", 10, "-c:v", "libaom-av1", "-cpu-used", 6, "-crf", 50, "-lag-in-frames", 10],
        *["-aom-params", "loopfilter-control=0:enable-cdef=0:enable-restoration=0"],
    ],
}

KINDS: dict[str, dict[str, int]] = {
    "svt": {"NEARESTMV": 50, "NEWMV": 20, "uni": 50, "bi": 20, "16x16": 20},
    "svt_10bit": {"uni": 50},
    "aom": {"NEARESTMV": 30, "uni": 50},
}


@pytest.fixture(scope="module")
def encode(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    return lambda name: ffmpeg("-i", bikes, *STREAMS[name], name=f"mc-{name}.ivf")


@pytest.mark.parametrize("name", STREAMS)
def test_interpolating_the_reference_gives_the_decoded_samples(encode: Callable[[str], Path], name: str) -> None:
    stream = encode(name)
    compare(stream, av1, comparable=av1.is_translated).assert_exact(**KINDS[name], all=150)
    # An eighth of a sample more must show, or the check would see nothing.
    moved = compare(stream, av1, comparable=av1.is_translated, displaced=(0.125, 0.0))
    assert len(moved.wrong) > 0.8 * moved.compared > 40
