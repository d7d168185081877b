"""Headers of every codec, element by element, against FFmpeg's trace of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.traced import STRUCTURES, told, traced

RAW = {".264": "h264", ".hevc": "hevc", ".obu": "av1", ".m2v": "mpeg2"}

NOT_TRACED = ("planes_cabac", "planes_cavlc", "rext_444_16_intra", "slice_groups", "slice_groups_b")
"""Of tests/data: FFmpeg refuses separate planes, extended precision and slice groups."""

STREAMS = sorted(p for p in Path("tests/data").iterdir() if p.suffix in RAW and p.stem not in NOT_TRACED)

X264 = "nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900:pic-struct=1:aud=1:interlaced=1:weightp=2:cqm=jvt"

X265 = (
    "log-level=error:hrd=1:vbv-maxrate=900:vbv-bufsize=900:aud=1:hash=1:scaling-list=default:idr-recovery-sei=1"
    ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400:atc-sei=18"
)

MADE: dict[str, tuple[str, tuple[str, ...]]] = {
    "x264-hrd.mp4": ("h264", ("libx264", "-preset", "veryfast", "-x264-params", X264)),
    "x264-intra-refresh.mkv": ("h264", ("libx264", "-x264-params", "intra-refresh=1:slices=3:constrained-intra=1")),
    "x265-hdr.mp4": ("hevc", ("libx265", "-preset", "veryfast", "-pix_fmt", "yuv420p10", "-x265-params", X265)),
    "x265-hdr.mkv": ("hevc", ("libx265", "-preset", "veryfast", "-pix_fmt", "yuv420p10", "-x265-params", X265)),
    "vp9-aq.mkv": ("vp9", ("libvpx-vp9", "-cpu-used", "5", "-b:v", "300k", "-aq-mode", "3", "-tile-columns", "1")),
    "vp9-lossless.ivf": ("vp9", ("libvpx-vp9", "-cpu-used", "5", "-lossless", "1", "-tile-rows", "2")),
    "mpeg2-fields.ts": (
        "mpeg2",
        ("mpeg2video", "-q:v", "5", "-bf", "2", "-flags", "+ildct+ilme", "-seq_disp_ext", "1"),
    ),
}
"""Streams with messages and elements that few have."""


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """The structures that were compared."""
    return set()


def compare(stream: Path, codec: str, seen: set[str]) -> None:
    """Fail at the first structure that differs."""
    compared = zip(told(stream), traced(stream, codec), strict=True)
    for number, (got, wanted) in enumerate(compared):
        assert got == wanted, f"structure {number}"
        seen.add(got[0])


@pytest.mark.parametrize("stream", STREAMS, ids=lambda path: path.name)
def test_every_element_is_what_ffmpeg_traces(stream: Path, seen: set[str]) -> None:
    compare(stream, RAW[stream.suffix], seen)


@pytest.mark.parametrize("name", MADE)
def test_so_it_is_in_containers(name: str, bikes: Path, ffmpeg: Callable[..., Path], seen: set[str]) -> None:
    codec, encoder = MADE[name]
    cut = ("-i", bikes, "-an", "-frames:v", 12, "-vf", "crop=320:176", "-threads", 1)
    compare(ffmpeg(*cut, "-c:v", *encoder, name=name), codec, seen)


def test_structures_of_every_kind_were_compared(seen: set[str]) -> None:
    rare = {"ambient_viewing_environment", "picture_display_extension", "quant_matrix_extension", "time_code"}
    assert set(STRUCTURES.values()) - seen == rare | {"user_data_registered_itu_t_t35"}
