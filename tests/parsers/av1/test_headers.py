"""AV1 headers, element by element, against FFmpeg's trace of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.av1_obus import METADATA, PADDING, Obu, join, split
from helpers.av1_streams import STREAMS, Ffmpeg, make
from helpers.traced import told, traced

import codecorpus
from codecorpus.headers import CONFIGURATION, headers

DATA = Path(__file__).parents[2] / "data"

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
    "increment_tile_cols_log2",
    "increment_tile_rows_log2",
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
    "tx_mode_select",
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
def seen() -> set[str]:
    """Every element that was compared."""
    return set()


@pytest.mark.parametrize("name", STREAMS)
def test_every_coded_element_is_what_ffmpeg_traces(ffmpeg: Ffmpeg, bikes: Path, seen: set[str], name: str) -> None:
    stream = make(ffmpeg, bikes, name)
    for number, (got, wanted) in enumerate(zip(told(stream), traced(stream, "av1"), strict=True)):
        assert got == wanted, f"structure {number}"
        seen.update(got[1])


def test_the_streams_code_every_element_that_matters(seen: set[str]) -> None:
    assert sorted(set(MUST_BE_SEEN) - seen) == []


def structures(path: Path) -> list[tuple[int, str]]:
    """Those of the first packet, and what is beside it."""
    return [(header.packet, header.structure) for header in headers(path) if header.packet <= 0]


def test_nothing_is_beside_the_packets_where_the_container_holds_none(ffmpeg: Ffmpeg) -> None:
    layers = DATA / "spatial_layers.ivf"
    packet = [(0, "sequence_header_obu"), (0, "uncompressed_header")]
    assert structures(layers)[:2] == packet
    copied = ffmpeg("-i", layers, "-c", "copy", name="beside.mp4")
    assert structures(copied)[:3] == [(CONFIGURATION, "sequence_header_obu"), *packet]


def test_metadata_that_the_container_alone_holds_are_told(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    light = Obu(METADATA, bytes([1, *(1000).to_bytes(2, "big"), *(400).to_bytes(2, "big"), 0x80]))
    delimiter, sequence, *frames = split((DATA / "monochrome_12.obu").read_bytes())
    stream = tmp_path / "light.obu"
    stream.write_bytes(join([[delimiter, sequence, light, *frames]]))
    path = ffmpeg("-i", stream, "-c", "copy", name="light-beside.mp4")
    data = path.read_bytes()
    assert data.count(bytes(light)) == 2 and data.index(bytes(light)) < data.index(b"av1C")
    path.write_bytes(data.replace(bytes(light), bytes(Obu(PADDING, light.payload)), 1))
    told_of = [header for header in headers(path) if header.structure == "metadata_obu"]
    assert [header.packet for header in told_of] == [CONFIGURATION]
    assert told_of[0].elements["max_cll"] == 1000 and told_of[0].elements["max_fall"] == 400


def test_superres_leaves_sixteen_columns(ffmpeg: Ffmpeg, bikes: Path) -> None:
    """As decoders have it: half of 24 would be 12."""
    params = "superres-mode=1:superres-denom=16:superres-kf-denom=16"
    coding = ["-c:v", "libsvtav1", "-preset", 8, "-svtav1-params", params]
    path = ffmpeg("-i", bikes, "-an", "-vf", "crop=24:128", "-frames:v", 4, *coding, name="narrow.ivf")
    assert set(codecorpus.extract(path).frames["width"].to_pylist()) == {16}
