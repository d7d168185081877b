"""NAL units taken apart, changed by the bit and put together again."""

from __future__ import annotations

import re


def split(stream: bytes) -> list[bytes]:
    """The NAL units of a byte stream."""
    return re.split(rb"\x00?\x00\x00\x01", stream)[1:]


def joined(units: list[bytes]) -> bytes:
    """A byte stream of NAL units."""
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def escaped(rbsp: bytes) -> bytes:
    """An RBSP with emulation_prevention_three_byte where a start code would be."""
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", rbsp)


class Bits:
    """A reader of a NAL unit, behind its header, that writes what it reads until told otherwise."""

    def __init__(self, unit: bytes, header: int) -> None:
        self._header = unit[:header]
        rbsp = unit[header:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._bits = "".join(f"{byte:08b}" for byte in rbsp).rstrip("0")  # rbsp_stop_one_bit stays
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

    def replace_ue(self, bits: str) -> None:
        """Writes other bits instead of an Exp-Golomb number."""
        zeros = self._bits.index("1", self._at) - self._at
        self.replace(2 * zeros + 1, bits)

    def replace_last(self, count: int, bits: str) -> None:
        """Writes other bits instead of the last ones before rbsp_stop_one_bit."""
        self._out += self._bits[self._at : -1 - count] + bits
        self._at = len(self._bits) - 1

    def unit(self) -> bytes:
        """The NAL unit, with what was not read as it is."""
        bits = self._out + self._bits[self._at :]
        bits += "0" * (-len(bits) % 8)
        rbsp = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
        return self._header + escaped(rbsp)
