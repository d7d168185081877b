"""Streams of field pictures (PAFF), which no encoder at hand makes: progressive ones, told to be fields.

A stream of CAVLC I and P slices, of pictures half as high, says field_pic_flag in every slice header: its pictures are
then top and bottom fields by turns, and frame_num counts pairs. No bit of a macroblock changes; what macroblocks refer
to does, so that it decodes to something else than what was encoded, which does not matter.
"""

from __future__ import annotations

from helpers.rewriting import Bits, joined, split

SLICE, IDR, SPS, PPS = 1, 5, 7, 8


def as_field_pictures(stream: bytes) -> bytes:
    """The stream with its pictures as fields. It must have poc type 2 and one slice a picture, as x264 makes it."""
    out: list[bytes] = []
    picture = -1
    frame_num_bits = 0
    for unit in split(stream):
        kind = unit[0] & 31
        if kind == SPS:
            unit, frame_num_bits = _interlaced(unit)
        elif kind in {SLICE, IDR}:
            picture += 1
            unit = _field(unit, picture, frame_num_bits)
        if kind in {SLICE, IDR, SPS, PPS}:
            out.append(unit)
    return joined(out)


def _interlaced(unit: bytes) -> tuple[bytes, int]:
    """A main profile SPS with frame_mbs_only_flag 0, and the bits of frame_num."""
    bits = Bits(unit, header=1)
    assert bits.u(8) in {66, 77}, "the high profiles have more"
    bits.u(16)
    bits.ue()  # seq_parameter_set_id
    frame_num_bits = bits.ue() + 4
    assert bits.ue() == 2, "pic_order_cnt_type"
    bits.ue()  # max_num_ref_frames
    bits.u(1)
    bits.ue()  # pic_width_in_mbs_minus1
    bits.ue()  # pic_height_in_map_units_minus1: of a field, where it was that of a frame
    bits.replace(2, "001")  # frame_mbs_only_flag, mb_adaptive_frame_field_flag, direct_8x8_inference_flag
    return bits.unit(), frame_num_bits


def _field(unit: bytes, picture: int, frame_num_bits: int) -> bytes:
    bits = Bits(unit, header=1)
    assert bits.ue() == 0, "first_mb_in_slice: one slice a picture"
    bits.ue()  # slice_type
    bits.ue()  # pic_parameter_set_id
    frame_num = picture // 2 % (1 << frame_num_bits)
    bits.replace(frame_num_bits, f"{frame_num:0{frame_num_bits}b}1{picture % 2}")  # field_pic_flag, bottom_field_flag
    return bits.unit()
