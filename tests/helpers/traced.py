"""Headers as FFmpeg traces them, and our own in the same form, for comparing one with the other."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from codecorpus.headers import headers

Elements = dict[str, list[int] | str]
"""By the standard's names, as they are coded; what a loop repeats in order."""

Structure = tuple[str, Elements]

STRUCTURES: Final = {
    "Sequence Parameter Set": "seq_parameter_set_rbsp",
    "Picture Parameter Set": "pic_parameter_set_rbsp",
    "Video Parameter Set": "video_parameter_set_rbsp",
    "Slice Header": "slice_header",
    "Slice Segment Header": "slice_segment_header",
    "Access Unit Delimiter": "access_unit_delimiter_rbsp",
    "Buffering Period": "buffering_period",
    "Picture Timing": "pic_timing",
    "Recovery Point": "recovery_point",
    "Active Parameter Sets": "active_parameter_sets",
    "Decoded Picture Hash": "decoded_picture_hash",
    "Time Code": "time_code",
    "Mastering Display Colour Volume": "mastering_display_colour_volume",
    "Content Light Level Information": "content_light_level_info",
    "Alpha Channel Information": "alpha_channel_info",
    "Three Dimensional Reference Displays Information": "three_dimensional_reference_displays_info",
    "Alternative Transfer Characteristics": "alternative_transfer_characteristics",
    "Ambient Viewing Environment": "ambient_viewing_environment",
    "User Data Registered ITU-T T.35": "user_data_registered_itu_t_t35",
    "User Data Unregistered": "user_data_unregistered",
    "Frame Header": "uncompressed_header",
    "Frame": "uncompressed_header",
    "Sequence Extension": "sequence_extension",
    "Sequence Display Extension": "sequence_display_extension",
    "Picture Header": "picture_header",
    "Picture Coding Extension": "picture_coding_extension",
    "Picture Display Extension": "picture_display_extension",
    "Quant Matrix Extension": "quant_matrix_extension",
    "Group of Pictures Header": "group_of_pictures_header",
}
"""What FFmpeg calls a structure, and the standards."""

BY_CODEC: Final = {
    ("av1", "Sequence Header"): "sequence_header_obu",
    ("mpeg2", "Sequence Header"): "sequence_header",
    ("mpeg2", "Slice Header"): "slice",
}
"""The same, where it differs by codec."""

SAYS_NOTHING: Final = re.compile(
    "trailing_.*_bit|zero_bit|rbsp_.*_bit|marker_bit|bit_equal_to_.*|cabac_alignment_one_bit|alignment_bit_.*"
    "|.*start_code|sequence_header_code|extension_start_code_identifier|frame_sync_(byte_.|code)|general_reserved_.*"
)
"""Bits that are the same in every stream."""

OURS_ALONE: Final = re.compile(
    "obu_.*|tile_start_and_end_present_flag|tile_size_minus_1|payload(Type|Size)|last_payload_.*|vps_extension.*_bit_.*|vps_extension2_flag"
)
"""What FFmpeg tells of units and tiles, and we of the header in them; what begins and ends its `extension_data`."""

MADE: Final = {
    "extension_data",
    "gm_params",
    "lr_unit_shift",
    "lr_unit_extra_shift",
    "reserved_payload_extension_data",
    "slice_vertical_position",
}
"""What FFmpeg tells otherwise than it is coded, or bit by bit."""

RENAMED: Final = {
    "tile_size_bytes_minus1": "tile_size_bytes_minus_1",
    "delta_frame_id_minus1": "delta_frame_id_minus_1",
    "gaps_in_frame_num_allowed_flag": "gaps_in_frame_num_value_allowed_flag",
    "chroma_offset_l0": "delta_chroma_offset_l0",
    "chroma_offset_l1": "delta_chroma_offset_l1",
    "scaling_list_delta_coeff": "scaling_list_delta_coef",
    "raw_interpolation_filter_type": "raw_interpolation_filter",
    "intra_boundary_filtering_disable_flag": "intra_boundary_filtering_disabled_flag",
    "sps_palette_predictor_initializer_present_flag": "sps_palette_predictor_initializers_present_flag",
    "pps_palette_predictor_initializer_present_flag": "pps_palette_predictor_initializers_present_flag",
}
"""Where FFmpeg's name is not the standard's."""

COUNTED: Final = {
    "tile_cols_log2": "increment_tile_cols_log2",
    "tile_rows_log2": "increment_tile_rows_log2",
    "increment_tile_cols_log2": "increment_tile_cols_log2",
    "increment_tile_rows_log2": "increment_tile_rows_log2",
    "subexp_more_bits": "subexp_more_bits",
}
"""Where FFmpeg tells how many ones are coded."""

BYTES: Final = {
    "itu_t_t35_payload_byte",
    "picture_md5",
    "user_data",
    "user_data_payload_byte",
    "uuid_iso_iec_11578",
}
"""Elements that we tell as text."""

ELEMENT: Final = re.compile(r"^\[trace_headers[^]]*\] \d+ +(\S+) .*= (-?\d+)$")
SECTION: Final = re.compile(r"^\[trace_headers[^]]*\] ([A-Z][^:=]*)(?::.*)?$")
BEGINS_PACKET: Final = re.compile(r"^\[trace_headers[^]]*\] Packet: ")


RECORDS: Final = {".mp4", ".mkv"}
"""Containers that hold extradata; elsewhere FFmpeg makes some, of which nothing is told here."""


def traced(stream: Path, codec: str) -> Iterator[Structure]:
    """What FFmpeg's trace tells."""
    # It does not take a stream of two views for one of HEVC.
    source = ["-f", "hevc", "-i", stream] if stream.suffix == ".hevc" else ["-i", stream]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", *source, "-map", "0:v:0", "-c", "copy"]
    trace = subprocess.run(
        [*command, "-bsf:v", "trace_headers", "-f", "null", "-"], check=True, capture_output=True, text=True
    ).stderr
    name, elements, is_told = "", dict[str, list[int]](), stream.suffix in RECORDS
    for line in [*trace.splitlines(), "[trace_headers] End"]:
        is_told |= bool(BEGINS_PACKET.match(line))
        if element := ELEMENT.match(line):
            for key, value in _as_coded(codec, element[1], int(element[2])):
                elements.setdefault(key, []).append(value)
        elif section := SECTION.match(line):
            if name:
                yield name, {key: _text(value) if key in BYTES else value for key, value in elements.items()}
            known = BY_CODEC.get((codec, section[1])) or STRUCTURES.get(section[1], "")
            name, elements = known if is_told else "", {}


def told(stream: Path) -> Iterator[Structure]:
    """The same of our own."""
    known = {*STRUCTURES.values(), *BY_CODEC.values()}
    for header in headers(stream):
        if header.structure in known:
            yield header.structure, _as_traced(header.elements)


def _as_coded(codec: str, traced_name: str, value: int) -> Iterator[tuple[str, int]]:
    """What FFmpeg traces, as the standard codes it."""
    name = re.sub(r"\[\d+\]", "", traced_name).rpartition(".")[2]
    if name in COUNTED:
        yield from ((COUNTED[name], 1) for _ in range(value))
    elif name == "tx_mode" and codec == "av1":
        yield "tx_mode_select", int(value == 2)
    elif name not in MADE and not SAYS_NOTHING.fullmatch(name):
        yield RENAMED.get(name, name), value


def _as_traced(elements: Mapping[str, int | list[int] | str]) -> Elements:
    """As FFmpeg has it: lists of numbers, and no zeros that end rows of ones."""
    found: Elements = {}
    for name, value in elements.items():
        if name in MADE or OURS_ALONE.fullmatch(name) or SAYS_NOTHING.fullmatch(name):
            continue
        if isinstance(value, str):
            found[name] = value
            continue
        values, known = value if isinstance(value, list) else [value], COUNTED.get(name, name)
        found.setdefault(known, []).extend(one for one in values if one or name not in COUNTED)  # type: ignore[union-attr]
    return {name: values for name, values in found.items() if values}


def _text(values: list[int]) -> str:
    """Bytes as our headers tell them."""
    data = bytes(values)
    text = data.rstrip(b"\0")
    return text.decode() if text and text.isascii() and text.decode().isprintable() else data.hex()
