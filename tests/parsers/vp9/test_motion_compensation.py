"""VP9 vectors, references and filters against decoded samples.

A block that has no residual is its prediction: interpolating the decoded reference at the reported vector must give the
decoded samples, every one that the loop filter cannot reach. libvpx has no switch for the loop filter: it is off in
lossless streams alone; elsewhere it changes up to eight samples along the edges of a block that has no coefficient.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from motion_compensation import compare, vp9

Ffmpeg = Callable[..., Path]

VPX = ["-an", "-c:v", "libvpx-vp9", "-row-mt", 0, "-threads", 1]
# A picture that glides by a sample a frame, and three pieces of it that go their own ways, drawn again without loss.
GLIDES = (
    "loop=-1:1,split=4[p][a][b][c];[p]crop=208:144:'16+n':24[p];[a]crop=20:20:200:100[a];[b]crop=12:40:300:120[b];"
    "[c]crop=40:12:400:60[c];[p][a]overlay='20+3*n':'30+n':shortest=1[p];[p][b]overlay='120-2*n':'60+n':shortest=1[p];"
    "[p][c]overlay='60+n':'100-2*n':shortest=1"
)

STREAMS: dict[str, list[object]] = {
    "good": [*VPX, "-frames:v", 16, "-cpu-used", 4, "-b:v", 0, "-crf", 40],
    "altref": [*VPX, "-frames:v", 30, "-cpu-used", 2, "-b:v", 0, "-crf", 50, "-auto-alt-ref", 1, "-lag-in-frames", 16],
    "10bit_444": [*VPX, "-frames:v", 10, "-pix_fmt", "yuv444p10le", "-cpu-used", 5, "-b:v", 0, "-crf", 45],
    "lossless": ["-vf", GLIDES, *VPX, "-frames:v", 8, "-cpu-used", 1, "-lossless", 1, "-lag-in-frames", 0],
}
MARGIN = {"lossless": 0}

KINDS: dict[str, dict[str, int]] = {
    "good": {"NEARESTMV": 100, "NEWMV": 20, "uni": 200, "32x32": 20, "64x64": 20, "all": 300},
    "altref": {"uni": 200, "64x64": 20, "all": 200},
    "10bit_444": {"uni": 50, "all": 80},
    "lossless": {"NEARESTMV": 50, "8x8": 5, "all": 100},
}


@pytest.fixture(scope="module")
def encode(ffmpeg: Ffmpeg, bikes: Path) -> Callable[[str], Path]:
    return lambda name: ffmpeg("-i", bikes, *STREAMS[name], name=f"mc-vp9-{name}.webm")


@pytest.mark.parametrize("name", STREAMS)
def test_interpolating_the_reference_gives_the_decoded_samples(encode: Callable[[str], Path], name: str) -> None:
    stream = encode(name)
    margin = MARGIN.get(name, 8)
    compare(stream, vp9, margin=margin).assert_exact(**KINDS[name])
    # An eighth of a sample more must show, or the check would see nothing.
    moved = compare(stream, vp9, margin=margin, displaced=(0.125, 0.0))
    assert len(moved.wrong) > 0.8 * moved.compared > 20
