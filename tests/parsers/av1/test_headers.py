"""AV1 headers, element by element, against FFmpeg's trace of them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from helpers.av1_streams import STREAMS, Ffmpeg, make

ELEMENT = re.compile(r"^\[trace_headers[^]]*\] \d+ +(\S+) .*= (-?\d+)$")
SECTION = re.compile(r"^\[trace_headers[^]]*\] (Sequence Header|Frame Header|Tile Group|OBU header)$")

MUST_BE_SEEN = [
    "seq_profile",
    "max_frame_width_minus_1",
    "max_frame_height_minus_1",
    "use_128x128_superblock",
    "enable_order_hint",
    "enable_dual_filter",
    "enable_masked_compound",
    "order_hint_bits_minus_1",
    "enable_superres",
    "enable_cdef",
    "enable_restoration",
    "high_bitdepth",
    "mono_chrome",
    "film_grain_params_present",
    "frame_type",
    "show_frame",
    "showable_frame",
    "error_resilient_mode",
    "disable_cdf_update",
    "allow_screen_content_tools",
    "order_hint",
    "primary_ref_frame",
    "refresh_frame_flags",
    "use_superres",
    "coded_denom",
    "ref_frame_idx",
    "allow_high_precision_mv",
    "is_filter_switchable",
    "interpolation_filter",
    "is_motion_mode_switchable",
    "use_ref_frame_mvs",
    "disable_frame_end_update_cdf",
    "tile_cols_log2",
    "tile_rows_log2",
    "context_update_tile_id",
    "base_q_idx",
    "using_qmatrix",
    "qm_y",
    "segmentation_enabled",
    "segmentation_update_map",
    "feature_enabled",
    "feature_value",
    "delta_q_present",
    "loop_filter_level",
    "loop_filter_sharpness",
    "loop_filter_delta_enabled",
    "cdef_damping_minus_3",
    "cdef_bits",
    "cdef_y_pri_strength",
    "cdef_y_sec_strength",
    "cdef_uv_pri_strength",
    "cdef_uv_sec_strength",
    "lr_type",
    "tx_mode",
    "reference_select",
    "skip_mode_present",
    "allow_warped_motion",
    "reduced_tx_set",
    "is_global",
    "apply_grain",
    "grain_seed",
    "num_y_points",
    "point_y_value",
    "ar_coeff_lag",
    "overlap_flag",
    "clip_to_restricted_range",
]


@pytest.fixture(scope="module")
def program() -> Path:
    """The example `headers`, built."""
    native = Path(__file__).parents[3] / "native"
    build = ["cargo", "build", "--quiet", "--message-format=json", "-p", "codecorpus-av1", "--example", "headers"]
    messages = subprocess.run(build, check=True, capture_output=True, text=True, cwd=native).stdout.splitlines()
    executables = [json.loads(message).get("executable") for message in messages]
    return Path(next(path for path in executables if path))


def traced_frames(stream: Path) -> Iterator[dict[str, int]]:
    """The elements of every coded frame's header, with those of the sequence header before it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-i", stream, "-c", "copy"]
    trace = subprocess.run(
        [*command, "-bsf:v", "trace_headers", "-f", "null", "-"], check=True, capture_output=True, text=True
    ).stderr
    sequence: dict[str, int] = {}
    frame: dict[str, int] = {}
    into: dict[str, int] = {}
    for line in trace.splitlines():
        if section := SECTION.match(line):
            if frame.get("show_existing_frame", 1) == 0:
                yield sequence | frame
            frame, into = {}, {}
            if section[1] == "Sequence Header":
                into = sequence = {}
            elif section[1] == "Frame Header":
                into = frame
        elif element := ELEMENT.match(line):
            into[element[1]] = int(element[2])
    if frame.get("show_existing_frame", 1) == 0:
        yield sequence | frame


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Every element that was compared, by name without indices."""
    return set()


@pytest.mark.parametrize("name", STREAMS)
def test_every_coded_element_is_what_ffmpeg_traces(
    ffmpeg: Ffmpeg, bikes: Path, program: Path, seen: set[str], name: str
) -> None:
    stream = make(ffmpeg, bikes, name)
    raw = ffmpeg("-i", stream, "-c", "copy", name=f"{name}.obu")
    lines = subprocess.run([program, raw], check=True, capture_output=True, text=True).stdout.splitlines()
    frames = [json.loads(line) for line in lines]
    traced = list(traced_frames(stream))
    assert len(frames) == len(traced)
    for number, (ours, theirs) in enumerate(zip(frames, traced, strict=True)):
        common = ours.keys() & theirs.keys()
        assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}, f"frame {number}"
        seen |= {re.sub(r"\[\d+\]", "", key) for key in common}


def test_the_streams_code_every_element_that_matters(seen: set[str]) -> None:
    assert sorted(set(MUST_BE_SEEN) - seen) == []
