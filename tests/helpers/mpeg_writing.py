"""Words of MPEG streams, read from the tables of the native crates, and bits by the class that they are charged to."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NATIVE = Path(__file__).resolve().parents[2] / "native"


@cache
def _cells(path: str, name: str) -> list[tuple[int, ...]]:
    text = (NATIVE / path).read_text()
    found = re.search(rf"\b{name}: \[[^\]]*\] = \[(.*?)\];", text, re.S)
    assert found, name
    cells = re.findall(r"\(([^()]*)\)", found[1]) or [found[1]]
    return [tuple(int(n.replace("_", ""), 0) for n in re.findall(r"0[xb][0-9a-f_]+|\d+", cell)) for cell in cells]


@cache
def words(path: str, name: str) -> dict[int, str]:
    """The word of each value."""
    return {value: f"{bits:0{length}b}" for bits, length, value in _cells(path, name)}


@cache
def events(path: str, name: str) -> dict[tuple[int, int, int], str]:
    """The word of each last, run and level."""
    return {(last, run, level): f"{bits:0{n}b}" for bits, n, last, run, level in _cells(path, name)}


@cache
def numbers(path: str, name: str) -> tuple[int, ...]:
    return _cells(path, name)[0]


def u(count: int, value: int) -> str:
    assert 0 <= value < 1 << count or count == value == 0, (count, value)
    return f"{value:0{count}b}" if count else ""


def signed(count: int, value: int) -> str:
    return u(count, value % (1 << count))


def size_of(value: int) -> int:
    return abs(value).bit_length()


def magnitude_bits(value: int) -> str:
    """dct_dc_differential and dmv_code: a number below zero less one, so that it begins with 0."""
    size = size_of(value)
    return u(size, value if value >= 0 else value + (1 << size) - 1)


def motion_code(difference: int, f_code: int, highest: int) -> str:
    """motion_code and motion_residual of a difference (13818-2 7.6.3.1, 14496-2 7.6.3)."""
    codes = words("mpeg/src/tables/motion.rs", "MOTION_CODES")
    if difference == 0:
        return codes[0]
    r_size = f_code - 1
    code, residual = divmod(abs(difference) - 1, 1 << r_size)
    assert code < highest, (difference, f_code)
    return codes[code + 1] + str(int(difference < 0)) + u(r_size, residual)


def unit(code: int, bits: str) -> bytes:
    """A start code and what follows it, up to a whole byte."""
    bits += "0" * (-len(bits) % 8)
    return bytes([0, 0, 1, code]) + (int(bits, 2).to_bytes(len(bits) // 8, "big") if bits else b"")


ZIGZAG = numbers("mpeg/src/tables/scans.rs", "ZIGZAG")
VERTICAL = numbers("mpeg/src/tables/scans.rs", "ALTERNATE_VERTICAL")
HORIZONTAL = numbers("mpeg/src/tables/scans.rs", "ALTERNATE_HORIZONTAL")


def toward_zero(numerator: int, denominator: int) -> int:
    """`/` of the standards."""
    return abs(numerator) // denominator * (1 if numerator >= 0 else -1)


def rounded(numerator: int, denominator: int) -> int:
    """`//` of the standards: halves away from zero."""
    return (abs(numerator) + denominator // 2) // denominator * (1 if numerator >= 0 else -1)


def saturated(value: int) -> int:
    return max(-2048, min(2047, value))


Vector = tuple[int, int]


@dataclass
class Part:
    """A prediction block, and where each of its predictions comes from."""

    field: int
    x: int
    y: int
    w: int
    h: int
    mode: str
    refs: tuple[int | None, int | None]
    """coded_order."""
    vectors: tuple[Vector | None, Vector | None]
    bottom: tuple[bool, bool] = (False, False)
    """Whether the bottom field is referred to, where a field is predicted."""


@dataclass
class Block:
    """A coded transform block: its levels by raster index, and coefficients as they are dequantised."""

    number: int
    coefficients: dict[int, int]
    coefs: int
    bits: int
    dc: int | None = None
    """The DC coefficient of an intra block as it is dequantised."""

    @property
    def energy(self) -> int:
        return sum(value * value for value in self.coefficients.values())


@dataclass
class Macroblock:
    column: int
    row: int
    field: int
    prediction: str
    skip: bool
    partition: str
    qp: int
    bits: dict[str, int]
    parts: list[Part] = dataclasses.field(default_factory=list)
    blocks: list[Block] = dataclasses.field(default_factory=list)
    dct_field: bool = False


@dataclass
class Picture:
    coded_order: int
    kind: str
    refs: tuple[int | None, int | None]
    macroblocks: list[Macroblock] = dataclasses.field(default_factory=list)
    frame: int = -1


class Bits:
    """Bits of a slice or VOP, and how many of them a macroblock has by class."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.count = 0
        self.spent = {"mode": 0, "motion": 0, "residual": 0}

    def put(self, where: str, *pieces: str) -> None:
        for piece in pieces:
            self.text.append(piece)
            self.count += len(piece)
            if where in self.spent:
                self.spent[where] += len(piece)

    def take(self) -> dict[str, int]:
        spent = self.spent
        self.spent = dict.fromkeys(spent, 0)
        return spent

    def __str__(self) -> str:
        return "".join(self.text)
