"""Headers by the standards' names, against what encoders were told and what the tables say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.headers import Header, headers

SIZE = (320, 176)
FRAMES = 6
ENCODERS: dict[str, tuple[str, ...]] = {
    "h264": ("libx264", "-preset", "veryfast", "-qp", "30", "-profile:v", "high"),
    "hevc": ("libx265", "-preset", "veryfast", "-x265-params", "log-level=error:qp=30"),
    "av1": ("libaom-av1", "-cpu-used", "8", "-crf", "40", "-aom-params", "deltaq-mode=0:aq-mode=0"),
    "vp9": ("libvpx-vp9", "-cpu-used", "5", "-deadline", "realtime", "-crf", "40", "-b:v", "0"),
    "mpeg4": ("mpeg4", "-q:v", "5", "-bf", "1"),
    "mpeg2": ("mpeg2video", "-q:v", "5", "-bf", "1"),
}

PICTURES = {
    "h264": "slice_header",
    "hevc": "slice_segment_header",
    "av1": "uncompressed_header",
    "vp9": "uncompressed_header",
    "mpeg4": "VideoObjectPlane",
    "mpeg2": "picture_header",
}


@pytest.fixture(scope="module", params=ENCODERS)
def stream(request: pytest.FixtureRequest, bikes: Path, ffmpeg: Callable[..., Path]) -> tuple[str, Path]:
    codec = request.param
    cut = ("-i", bikes, "-frames:v", FRAMES, "-vf", "crop=320:176", "-threads", "1")
    return codec, ffmpeg(*cut, "-c:v", *ENCODERS[codec], name=f"headers-{codec}.mkv")


def first(found: list[Header], structure: str) -> dict[str, int | list[int]]:
    return next(header.elements for header in found if header.structure == structure)


def test_every_picture_has_its_header(stream: tuple[str, Path]) -> None:
    codec, path = stream
    found = list(headers(path))
    pictures = [header for header in found if header.structure == PICTURES[codec]]
    coded = [header for header in pictures if header.elements.get("show_existing_frame") != 1]
    assert len(coded) == codecorpus.extract(path, tables=("frames",)).frames.num_rows
    assert [header.packet for header in found] == sorted(header.packet for header in found)


def test_sizes_and_quantisers_are_those_of_the_tables(stream: tuple[str, Path]) -> None:
    codec, path = stream
    found = list(headers(path))
    frames = codecorpus.extract(path).frames.to_pylist()
    if codec == "h264":
        sps, pps = first(found, "seq_parameter_set_rbsp"), first(found, "pic_parameter_set_rbsp")
        assert sps["profile_idc"] == 100 and sps["pic_width_in_mbs_minus1"] == SIZE[0] // 16 - 1
        assert sps["pic_height_in_map_units_minus1"] == SIZE[1] // 16 - 1 and pps["entropy_coding_mode_flag"] == 1
        slice_header = first(found, "slice_header")
        qp = 26 + int(str(pps["pic_init_qp_minus26"])) + int(str(slice_header["slice_qp_delta"]))
        assert qp == frames[0]["qp"] and slice_header["nal_unit_type"] == 5
    elif codec == "hevc":
        sps = first(found, "seq_parameter_set_rbsp")
        assert (sps["pic_width_in_luma_samples"], sps["pic_height_in_luma_samples"]) == SIZE
        assert first(found, "slice_segment_header")["first_slice_segment_in_pic_flag"] == 1
    elif codec == "av1":
        sequence = first(found, "sequence_header_obu")
        assert (sequence["max_frame_width_minus_1"], sequence["max_frame_height_minus_1"]) == (SIZE[0] - 1, SIZE[1] - 1)
        assert first(found, "uncompressed_header")["base_q_idx"] == frames[0]["qp"]
    elif codec == "vp9":
        header = first(found, "uncompressed_header")
        assert header["base_q_idx"] == frames[0]["qp"] and header["frame_width_minus_1"] == SIZE[0] - 1
    elif codec == "mpeg2":
        sequence = first(found, "sequence_header")
        assert (sequence["horizontal_size_value"], sequence["vertical_size_value"]) == SIZE
        assert first(found, "picture_header")["picture_coding_type"] == 1
    else:
        layer, plane = first(found, "VideoObjectLayer"), first(found, "VideoObjectPlane")
        assert (layer["video_object_layer_width"], layer["video_object_layer_height"]) == SIZE
        assert (plane["vop_coding_type"], plane["vop_quant"]) == (0, frames[0]["qp"])


def test_the_command_prints_a_json_object_a_line(stream: tuple[str, Path]) -> None:
    codec, path = stream
    result = CliRunner().invoke(app, ["headers", str(path), "--packets", "1", "--structure", PICTURES[codec]])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0 and {line["packet"] for line in lines} == {0}
    assert all(line["structure"] == PICTURES[codec] and line["elements"] for line in lines)


def test_a_damaged_stream_tells_its_headers_before_the_error() -> None:
    data = Path("tests/data/planes_cabac.264").read_bytes()
    whole = list(headers(data, codec="h264"))
    found = []
    with pytest.raises(codecorpus.StreamError):
        for header in headers(data[: len(data) * 2 // 3], codec="h264"):
            found.append(header)
    assert 1 < len(found) < len(whole) and found[:-1] == whole[: len(found) - 1]  # the last one is cut


def test_a_picture_parameter_set_comes_before_the_slice_that_uses_it() -> None:
    found = [header.structure for header in headers("tests/data/paff_temporal.264")]
    assert found[:3] == ["seq_parameter_set_rbsp", "pic_parameter_set_rbsp", "slice_header"]
