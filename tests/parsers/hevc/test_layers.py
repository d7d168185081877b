"""HEVC in layers: the base layer is read as if it were alone, and headers tell of all layers."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import pytest
from helpers.decoding import decoded
from helpers.grid_images import box
from helpers.muxing import muxed
from helpers.rewriting import joined, split
from helpers.sample_descriptions import changed

import codecorpus
from codecorpus.headers import Header, headers

DATA = Path(__file__).parents[2] / "data"
STREAMS = ("two_views.hevc", "alpha.hevc")

LEVEL = 30  # 1: 30 times the level

VIEWS = {
    "general_level_idc": [LEVEL, LEVEL],
    "splitting_flag": 0,
    "scalability_mask_flag": [0, 1] + [0] * 14,
    "dimension_id_len_minus1": 1,
    "vps_nuh_layer_id_present_flag": 1,
    "layer_id_in_nuh": 1,
    "dimension_id": 1,
    "view_id_len": 1,
    "view_id_val": [0, 1],
    "direct_dependency_flag": 1,
    "default_ref_layers_active_flag": 1,
    "vps_num_profile_tier_level_minus1": 2,
    "general_profile_idc": 6,
    "num_add_olss": 0,
    "default_output_layer_idc": 0,
    "profile_tier_level_idx": [1, 2],
    "pic_width_vps_in_luma_samples": 72,
    "pic_height_vps_in_luma_samples": 56,
    "chroma_format_vps_idc": 1,
    "conf_win_vps_right_offset": 1,
    "conf_win_vps_bottom_offset": 1,
    "max_one_active_ref_layer_flag": 1,
    "max_vps_dec_pic_buffering_minus1": [4, 4],
    "max_vps_num_reorder_pics": 2,
    "max_vps_latency_increase_plus1": 5,
    "direct_dep_type_len_minus2": 0,
    "direct_dependency_all_layers_flag": 1,
    "direct_dependency_all_layers_type": 2,
    "vps_non_vui_extension_length": 0,
    "vps_vui_present_flag": 0,
}
"""What x265's encoder/entropy.cpp writes of two views of 70x54."""

ALPHA = {
    "general_level_idc": [LEVEL, LEVEL],
    "scalability_mask_flag": [0, 0, 1, 1] + [0] * 12,
    "dimension_id_len_minus1": [0, 0],
    "vps_nuh_layer_id_present_flag": 1,
    "layer_id_in_nuh": 1,
    "dimension_id": [1, 1],
    "view_id_len": 0,
    "direct_dependency_flag": 0,
    "num_add_layer_sets": 0,
    "general_profile_idc": 7,
    "profile_tier_level_idx": [1, 2],
    "conformance_window_vps_flag": 0,
    "poc_lsb_not_present_flag": 1,
    "sub_layer_flag_info_present_flag": 1,
    "sub_layer_dpb_info_present_flag": [1, 1],
    "max_vps_num_reorder_pics": [2, 2, 2],
    "direct_dependency_all_layers_flag": 0,
    "vps_vui_present_flag": 0,
}
"""The same of alpha, in three sub-layers."""


def of_layers(stream: str) -> tuple[list[Header], list[Header]]:
    """Headers of the base layer, and of the other one."""
    found = list(headers(DATA / stream))
    others = [header for header in found if header.elements.get("nuh_layer_id") == 1]
    return [header for header in found if header not in others], others


def layer(unit: bytes) -> int:
    return (unit[0] & 1) << 5 | unit[1] >> 3


def base_layer(stream: str) -> bytes:
    return joined([unit for unit in split((DATA / stream).read_bytes()) if layer(unit) == 0])


def as_phones_write_it(stream: str) -> bytes:
    """An MP4 whose parameter sets are beside the packets: hvcC has those of the base layer, lhvC of the other one."""

    def is_set(unit: bytes) -> bool:
        return unit[0] >> 1 in (32, 33, 34)

    with av.open(str(DATA / stream), format="hevc") as container:
        packets = [split(bytes(packet)) for packet in container.demux(video=0) if packet.size]
        bare = [joined([unit for unit in packet if not is_set(unit)]) for packet in packets]
        file = muxed(container.streams.video[0], bare)
    sets = [unit for unit in packets[0] if is_set(unit) and layer(unit) == 1]
    # ISO/IEC 14496-15: of one sub-layer, nested; lengths of four bytes; an array a set.
    lhvc = bytes([1, 0xF0, 0, 0xFC, 0b1100_1111, len(sets)])
    lhvc += b"".join(bytes([0x80 | unit[0] >> 1]) + struct.pack(">HH", 1, len(unit)) + unit for unit in sets)

    def with_lhvc(stsd: bytes) -> bytes:
        kind, entry = stsd[12:16], stsd[16:]
        return stsd[:8] + box(kind, entry + box(b"lhvC", lhvc))

    return changed(file, {b"stsd": with_lhvc})


@pytest.mark.parametrize(("stream", "written"), [("two_views.hevc", VIEWS), ("alpha.hevc", ALPHA)])
def test_the_vps_tells_what_the_encoder_wrote(stream: str, written: dict[str, int | list[int]]) -> None:
    base, _ = of_layers(stream)
    [extension] = [header.elements for header in base if header.structure == "vps_extension"]
    assert {name: extension.get(name) for name in written} == written
    vps = base[0].elements
    assert vps["vps_extension2_flag"] == 0 and vps["vps_max_layers_minus1"] == 1 and "vps_extension" not in vps


@pytest.mark.parametrize("stream", STREAMS)
def test_both_layers_have_parameter_sets(stream: str) -> None:
    base, others = of_layers(stream)
    sets = ["seq_parameter_set_rbsp", "pic_parameter_set_rbsp"]
    assert [header.structure for header in others] == sets and not any(header.error for header in others)
    assert [header.structure for header in base[:4]] == ["video_parameter_set_rbsp", "vps_extension", *sets]
    by_vps = others[0].elements.get("sps_ext_or_max_sub_layers_minus1") == 7
    assert by_vps == ("pic_width_in_luma_samples" not in others[0].elements) == (stream == "two_views.hevc")


def test_views_and_alpha_have_their_messages() -> None:
    views, alpha = (of_layers(stream)[0] for stream in STREAMS)
    told = {header.structure: header.elements for header in views + alpha}
    assert told["multiview_scene_info"]["min_disparity"] == -333
    assert told["multiview_acquisition_info"]["exponent_r"] == [10, 20, 11, 10, 5, 11, 2, 20, 11]
    assert told["multiview_acquisition_info"]["mantissa_r"] == [4, 9, 1, 0, 3, 4, 3, 3, 7]
    assert told["multiview_view_position"]["view_position"] == [1, 0]
    assert told["alpha_channel_info"]["alpha_opaque_value"] == 255


@pytest.mark.parametrize("stream", STREAMS)
def test_the_base_layer_is_read_as_if_it_were_alone(stream: str) -> None:
    tables = ("frames", "blocks", "motion", "transforms")
    whole = codecorpus.extract(DATA / stream, tables=tables)
    alone = codecorpus.extract(base_layer(stream), codec="hevc", tables=tables)
    for table in tables[1:]:
        assert getattr(whole, table).equals(getattr(alone, table))
    frames = [read.frames.drop_columns(["bytes", "bits_header"]) for read in (whole, alone)]
    assert frames[0].equals(frames[1])
    assert sum(whole.frames["bytes"].to_pylist()) > sum(alone.frames["bytes"].to_pylist())


@pytest.mark.parametrize("stream", STREAMS)
def test_frames_are_those_that_ffmpeg_shows_of_the_base_layer(stream: str) -> None:
    with av.open(str(DATA / stream), format="hevc") as container:
        shown = [av.video.frame.PictureType(frame.pict_type).name for frame in decoded(container)]
    frames = codecorpus.extract(DATA / stream, tables=("frames",)).frames.sort_by("frame")
    assert frames["type"].to_pylist() == shown and {"I", "P"} <= set(shown)


def test_two_views_as_phones_write_them() -> None:
    file = as_phones_write_it("two_views.hevc")
    read, raw = codecorpus.extract(file), codecorpus.extract(DATA / "two_views.hevc")
    assert read.frames.num_rows == 7 and read.blocks.equals(raw.blocks) and read.motion.equals(raw.motion)
    found = [header.structure for header in headers(file) if header.packet == -1]
    sets = ["seq_parameter_set_rbsp", "pic_parameter_set_rbsp"]
    # FFmpeg before 7.1 does not hand on what lhvC holds.
    assert found[:4] == ["video_parameter_set_rbsp", "vps_extension", *sets] and found[4:] in ([], sets)
