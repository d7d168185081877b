"""Headers by the standards' names, against what encoders were told and what the tables say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.demux import open_stream
from codecorpus.headers import CONFIGURATION, Header, headers

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


HDR = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
RATE = "bitrate=400:vbv-maxrate=400:vbv-bufsize=400"
COLOURS = "colorprim=bt709:transfer=smpte170m:colormatrix=bt470bg"
ANNOUNCING: dict[str, tuple[str, ...]] = {
    "h264": (
        "libx264",
        "-x264-params",
        f"nal-hrd=vbr:{RATE}:{COLOURS}:pic-struct=1:aud=1:cll=1000,400:mastering-display={HDR[15:]}",
    ),
    "hevc": (
        "libx265",
        "-x265-params",
        f"log-level=error:hrd=1:{RATE}:{COLOURS}:aud=1:hash=1:max-cll=1000,400:{HDR}",
    ),
}
PRIMARIES = ([13250, 7500, 34000], [34500, 3000, 16000])


@pytest.fixture(scope="module", params=ANNOUNCING)
def announcing(request: pytest.FixtureRequest, bikes: Path, ffmpeg: Callable[..., Path]) -> tuple[str, bytes]:
    """Raw streams whose VUI has an HRD, and which have the messages that go with it."""
    codec = request.param
    cut = ("-i", bikes, "-frames:v", FRAMES, "-vf", "crop=320:176,setsar=4/3", "-threads", "1")
    path = ffmpeg(*cut, "-c:v", *ANNOUNCING[codec], name=f"announcing.{codec}")
    return codec, path.read_bytes()


def test_vui_hrd_and_messages_are_what_the_encoder_was_told(announcing: tuple[str, bytes]) -> None:
    codec, data = announcing
    found = list(headers(data, codec=codec))
    assert all(header.error is None for header in found)
    sps = first(found, "seq_parameter_set_rbsp")
    matrix = "matrix_coefficients" if codec == "h264" else "matrix_coeffs"
    assert [sps[name] for name in ("colour_primaries", "transfer_characteristics", matrix)] == [1, 6, 5]
    assert sps["aspect_ratio_idc"] == 14  # 4:3, table E-1
    assert sps["cpb_cnt_minus1"] == 0 and sps["nal_hrd_parameters_present_flag"] == 1
    light = first(found, "content_light_level_info")
    assert (light["max_content_light_level"], light["max_pic_average_light_level"]) == (1000, 400)
    volume = first(found, "mastering_display_colour_volume")
    assert (volume["display_primaries_x"], volume["display_primaries_y"]) == PRIMARIES
    assert volume["max_display_mastering_luminance"] == 10_000_000
    user = first(found, "user_data_unregistered")
    assert str(user["user_data_payload_byte"]).startswith("x26") and len(str(user["uuid_iso_iec_11578"])) == 32
    timing = [header.elements for header in found if header.structure == "pic_timing"]
    assert len(timing) == FRAMES and first(found, "buffering_period")["payloadType"] == 0
    if codec == "h264":
        pairs = [(int(str(t["cpb_removal_delay"])), int(str(t["dpb_output_delay"]))) for t in timing]
        assert pairs[0][0] == 0 and first(found, "access_unit_delimiter_rbsp")["primary_pic_type"] == 0
        # A picture is removed two ticks behind the one before it, and all are output two ticks apart.
        assert [removal for removal, _ in pairs[1:]] == [2 * i for i in range(1, FRAMES)]
        assert sorted(removal + output for removal, output in pairs) == [pairs[0][1] + 2 * i for i in range(FRAMES)]
        rate = int(str(sps["bit_rate_value_minus1"])) + 1 << 6 + int(str(sps["bit_rate_scale"]))
    else:
        assert [t["au_cpb_removal_delay_minus1"] for t in timing][1:] == list(range(FRAMES - 1))
        hashes = [header.elements["picture_md5"] for header in found if header.structure == "decoded_picture_hash"]
        assert len(hashes) == FRAMES and all(len(str(md5)) == 3 * 32 for md5 in hashes)
        vps = first(found, "video_parameter_set_rbsp")
        assert vps["general_profile_idc"] == sps["general_profile_idc"] == 1 and vps["vps_max_layers_minus1"] == 0
        assert sps["general_level_idc"] == vps["general_level_idc"]
        rate = int(str(sps["bit_rate_value_minus1"])) + 1 << 6 + int(str(sps["bit_rate_scale"]))
    assert rate == pytest.approx(400_000, rel=0.01)


def test_a_vui_that_cannot_be_read_is_told_and_costs_no_picture(announcing: tuple[str, bytes]) -> None:
    codec, data = announcing
    kinds = {"h264": (31, 0, 7), "hevc": (63, 1, 33)}
    mask, shift, wanted = kinds[codec]
    units = data.split(b"\0\0\1")
    # The last bytes hold the HRD's schedule and what follows it.
    cut = [unit.rstrip(b"\0")[:-7] if unit and unit[0] >> shift & mask == wanted else unit for unit in units]
    damaged = b"\0\0\1".join(cut)
    found = list(headers(damaged, codec=codec))
    sets = [header for header in found if header.structure == "seq_parameter_set_rbsp"]
    assert sets and all("the data ends before it" in str(header.error) for header in sets)
    assert [header.error for header in found if header.structure == "pic_timing"] == [
        "seq_parameter_set_id: its VUI does not say how to read this"
        if codec == "h264"
        else "sps_seq_parameter_set_id: its VUI does not say how to read this"
    ] * FRAMES
    whole = codecorpus.extract(data, codec=codec)
    for table in ("blocks", "motion"):
        assert getattr(codecorpus.extract(damaged, codec=codec), table).equals(getattr(whole, table))


def test_light_levels_of_av1(bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    cut = ("-i", bikes, "-frames:v", 2, "-vf", "crop=320:176", "-loglevel", "quiet")
    path = ffmpeg(
        *cut, "-c:v", "libsvtav1", "-preset", "10", "-svtav1-params", "content-light=1000,400", name="light.mp4"
    )
    light = first(list(headers(path)), "metadata_obu")
    assert (light["metadata_type"], light["max_cll"], light["max_fall"]) == (1, 1000, 400)


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", 4)
MPEG4 = ("-c:v", "mpeg4", "-g", 4)
APART = ("-flags", "+global_header")


def beside(path: Path | bytes) -> list[str]:
    """What stands beside the packets of a file that can be read."""
    found = list(headers(path))
    assert any(header.packet >= 0 for header in found)
    return [header.structure for header in found if header.packet == CONFIGURATION]


@pytest.mark.parametrize(
    ("name", "encoder", "held"),
    [
        ("x264.mp4", X264, True),
        ("x264.ts", X264, False),
        ("x264.avi", X264, False),
        ("x264-apart.avi", (*X264, *APART), True),
        ("mpeg4.avi", MPEG4, False),
        ("mpeg4-apart.avi", (*MPEG4, *APART), True),
        ("mpeg4.mkv", MPEG4, True),
        ("mpeg2.mkv", ("-c:v", "mpeg2video"), False),
    ],
)
def test_only_what_a_container_holds_is_beside_its_packets(
    bikes: Path, ffmpeg: Callable[..., Path], name: str, encoder: tuple[object, ...], held: bool
) -> None:
    """FFmpeg makes extradata of the first packets where there are none."""
    path = ffmpeg("-i", bikes, "-an", "-frames:v", 6, "-vf", "crop=64:64", *encoder, name=f"beside-{name}")
    assert bool(beside(path)) == held


def test_so_it_is_where_sets_come_in_later_packets(bikes: Path, ffmpeg: Callable[..., Path]) -> None:
    path = ffmpeg("-i", bikes, "-an", "-frames:v", 8, "-vf", "crop=64:64", *X264, name="beside-whole.ts")
    whole = path.read_bytes()
    packets = [whole[at : at + 188] for at in range(0, len(whole), 188)]
    video = [number for number, packet in enumerate(packets) if packet[1] & 0x5F == 0x41 and packet[2] == 0]
    assert beside(b"".join([*packets[: video[0]], *packets[video[1] :]])) == []


def test_what_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["headers", str(tmp_path / "none.mp4")])
    assert missing.exit_code == 2 and missing.stderr == f"error: {tmp_path / 'none.mp4'}: No such file or directory\n"
    folder = CliRunner().invoke(app, ["headers", str(tmp_path)])
    assert folder.exit_code == 2 and folder.stderr == f"error: {tmp_path}: Is a directory\n"
    stream = ["headers", "tests/data/paff_temporal.264", "--structure", "sps"]
    absent = CliRunner().invoke(app, stream)
    assert absent.exit_code == 0 and "no sps; there is" in absent.stderr and "seq_parameter_set_rbsp" in absent.stderr


def test_a_damaged_stream_tells_its_headers_before_the_error() -> None:
    data = Path("tests/data/planes_cabac.264").read_bytes()
    whole = list(headers(data, codec="h264"))
    found = []
    with pytest.raises(codecorpus.StreamError):
        for header in headers(data[: len(data) * 2 // 3], codec="h264"):
            found.append(header)
    assert 1 < len(found) < len(whole) and found[:-1] == whole[: len(found) - 1]  # the last one is cut


@pytest.mark.parametrize("codec", ENCODERS)
def test_behind_damage_headers_go_on(codec: str, bikes: Path, ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    """A picture's header is overwritten: those of all other packets are there, and the command warns and exits 0."""
    cut = ("-i", bikes, "-frames:v", 8, "-vf", "crop=320:176", "-threads", "1", "-g", "4")
    path = ffmpeg(*cut, "-c:v", *ENCODERS[codec], name=f"to-damage-{codec}.mkv")
    data = bytearray(path.read_bytes())
    with open_stream(path) as stream:
        packets = [packet.data for packet in stream.packets]
    at = data.index(packets[2])
    data[at + 7 : at + len(packets[2])] = b"\xff" * (len(packets[2]) - 7)  # its unit is what it was
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(data)
    whole = [(one.packet, one.structure) for one in headers(path)]
    told: list[codecorpus.StreamError] = []
    found = [(one.packet, one.structure) for one in headers(damaged, on_damage=told.append)]
    assert told and {packet for packet, _ in whole} - {packet for packet, _ in found} <= {2}
    assert [one for one in found if one[0] > 3] == [one for one in whole if one[0] > 3]
    with pytest.raises(codecorpus.StreamError):
        list(headers(damaged))
    result = CliRunner().invoke(app, ["headers", str(damaged)])
    assert result.exit_code == 0 and result.stderr.startswith(f"damaged: {damaged}, ")
    assert [json.loads(line)["structure"] for line in result.stdout.splitlines()] == [name for _, name in found]


def test_where_no_header_can_be_read_the_command_fails(tmp_path: Path) -> None:
    for content in (b"no video", b""):
        path = tmp_path / "bad.264"
        path.write_bytes(content)
        result = CliRunner().invoke(app, ["headers", str(path)])
        assert result.exit_code == 1 and result.stderr.startswith(f"error: {path}") and not result.stdout


def test_where_there_is_no_header_the_command_says_so() -> None:
    path = str(Path(__file__).parent / "hostile/stream_appears_late.flv")  # before 19 PyAV breaks off in it
    result = CliRunner().invoke(app, ["headers", path])
    assert result.exit_code == 1 and result.stderr.startswith(f"error: {path}")
    assert "a track begins" in result.stderr or "there is no header in it" in result.stderr


def test_a_picture_parameter_set_comes_before_the_slice_that_uses_it() -> None:
    found = [header.structure for header in headers("tests/data/paff_temporal.264")]
    assert found[:3] == ["seq_parameter_set_rbsp", "pic_parameter_set_rbsp", "slice_header"]
