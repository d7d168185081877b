"""Streams of field pictures (PAFF), which no encoder at hand makes: progressive ones, told to be fields.

A stream of CAVLC I and P slices, of pictures half as high, says field_pic_flag in every slice header: its pictures are
then top and bottom fields by turns, and frame_num counts pairs. No bit of a macroblock changes; what macroblocks refer
to does, so that it decodes to something else than what was encoded, which does not matter.
"""

from __future__ import annotations

import itertools
import re

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


def field_packets(stream: bytes) -> list[bytes]:
    """Access units of such a stream, a field each, with the parameter sets before them."""
    packets = [b""]
    for unit in split(stream):
        packets[-1] += joined([unit])
        if unit[0] & 31 in {SLICE, IDR}:
            packets.append(b"")
    return packets[:-1]


PICTURE, SEQUENCE, EXTENSION, GROUP = (b"\x00\x00\x01" + bytes([code]) for code in (0x00, 0xB3, 0xB5, 0xB8))


def as_mpeg2_field_packets(stream: bytes) -> list[bytes]:
    """Pictures of an MPEG-2 stream of I pictures alone, each a packet, told to be top and bottom fields by turns."""
    starts = [m.start() for m in re.finditer(SEQUENCE, stream)]
    pictures = [stream[begin:end] for begin, end in itertools.pairwise([*starts, len(stream)])]
    assert all(picture.count(PICTURE) == 1 for picture in pictures), "a sequence header before every picture"
    return [_mpeg2_field(bytearray(picture), number) for number, picture in enumerate(pictures)]


def _mpeg2_field(data: bytearray, number: int) -> bytes:
    size = int.from_bytes(data[4:7], "big")
    data[4:7] = (size & 0xFFF000 | 2 * (size & 0xFFF)).to_bytes(3, "big")  # vertical_size_value, of the frame
    sequence = data.index(EXTENSION) + len(EXTENSION)
    data[sequence + 1] &= ~0x08  # progressive_sequence
    picture = data.index(PICTURE) + len(PICTURE)
    temporal_reference = number // 2 << 6
    data[picture : picture + 2] = (temporal_reference | data[picture + 1] & 0x3F).to_bytes(2, "big")
    coding = data.index(EXTENSION, picture) + len(EXTENSION)
    data[coding + 2] = data[coding + 2] & ~0x03 | 1 + number % 2  # picture_structure
    data[coding + 3] &= 0x3F  # top_field_first, frame_pred_frame_dct
    data[coding + 4] &= 0x7F  # progressive_frame
    return bytes(data if number % 2 == 0 else data[data.index(PICTURE) :])
