"""Streams of field pictures (PAFF), which no encoder at hand makes: progressive ones, told to be fields.

A stream of CAVLC I and P slices, of pictures half as high, says field_pic_flag in every slice header: its pictures are
then top and bottom fields by turns, and frame_num counts pairs. No bit of a macroblock changes; what macroblocks refer
to does, so that it decodes to something else than what was encoded, which does not matter.
"""

from __future__ import annotations

import re

SLICE, IDR, SPS, PPS = 1, 5, 7, 8


class Bits:
    """A reader of an RBSP that writes what it reads, until told otherwise."""

    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data).rstrip("0")  # rbsp_stop_one_bit stays
        self._at = 0
        self._out = ""

    def u(self, count: int) -> int:
        """Copies a number of so many bits."""
        piece = self._bits[self._at : self._at + count]
        self._at += count
        self._out += piece
        return int(piece or "0", 2)

    def ue(self) -> int:
        """Copies an Exp-Golomb number."""
        zeros = self._bits.index("1", self._at) - self._at
        self.u(zeros)
        return self.u(zeros + 1) - 1

    def replace(self, count: int, bits: str) -> None:
        """Writes other bits instead of so many."""
        self._at += count
        self._out += bits

    def rest(self) -> bytes:
        """Everything, with what was not read as it is."""
        bits = self._out + self._bits[self._at :]
        bits += "0" * (-len(bits) % 8)
        return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def as_field_pictures(stream: bytes) -> bytes:
    """The stream with its pictures as fields. It must have poc type 2 and one slice a picture, as x264 makes it."""
    out = bytearray()
    picture = -1
    frame_num_bits = 0
    for unit in re.split(rb"\x00?\x00\x00\x01", stream)[1:]:
        header, rbsp = unit[:1], unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        kind = header[0] & 31
        if kind == SPS:
            rbsp, frame_num_bits = _interlaced(rbsp)
        elif kind in {SLICE, IDR}:
            picture += 1
            rbsp = _field(rbsp, kind == IDR, picture, frame_num_bits)
        if kind in {SLICE, IDR, SPS, PPS}:
            out += b"\x00\x00\x00\x01" + header + _escaped(rbsp)
    return bytes(out)


def _interlaced(rbsp: bytes) -> tuple[bytes, int]:
    """A main profile SPS with frame_mbs_only_flag 0, and the bits of frame_num."""
    bits = Bits(rbsp)
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
    return bits.rest(), frame_num_bits


def _field(rbsp: bytes, idr: bool, picture: int, frame_num_bits: int) -> bytes:
    bits = Bits(rbsp)
    assert bits.ue() == 0, "first_mb_in_slice: one slice a picture"
    bits.ue()  # slice_type
    bits.ue()  # pic_parameter_set_id
    frame_num = picture // 2 % (1 << frame_num_bits)
    bits.replace(frame_num_bits, f"{frame_num:0{frame_num_bits}b}1{picture % 2}")  # field_pic_flag, bottom_field_flag
    return bits.rest()


def _escaped(rbsp: bytes) -> bytes:
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", rbsp)
