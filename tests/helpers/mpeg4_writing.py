"""MPEG-4 Part 2 and baseline H.263: layers, what VOPs and macroblocks are written with, and global motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from helpers.mpeg_writing import ZIGZAG, Vector, events, numbers, rounded, u, words

CODES = "mpeg4/src/tables/codes.rs"
MCBPC_INTRA, MCBPC_INTER = words(CODES, "MCBPC_INTRA"), words(CODES, "MCBPC_INTER")
CBPY = words(CODES, "CBPY")
DC_SIZES = [words(CODES, "DC_SIZES_LUMA"), words(CODES, "DC_SIZES_CHROMA")]
PLAIN = {True: events(CODES, "INTRA_EVENTS"), False: events(CODES, "INTER_EVENTS")}
REVERSIBLE = {True: events(CODES, "REVERSIBLE_INTRA_EVENTS"), False: events(CODES, "REVERSIBLE_INTER_EVENTS")}
MATRICES = [list(numbers(CODES, "INTRA_MATRIX")), list(numbers(CODES, "NON_INTRA_MATRIX"))]
TRAJECTORY_LENGTHS = ["00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110", "11111110",
                      "111111110", "1111111110", "11111111110", "111111111110"]  # fmt: skip


@dataclass(frozen=True)
class Features:
    """What a stream has, of macroblocks and syntax."""

    columns: int = 4
    rows: int = 3
    pictures: int = 8
    short: bool = False
    """Pictures are those of H.263."""
    verid: int = 1
    interlaced: bool = False
    gmc: int | None = None
    """Warping points, where there is global motion."""
    accuracy: int = 1
    mpeg_quant: bool = False
    quarter: bool = False
    resync: bool = False
    partitioned: bool = False
    reversible: bool = False
    b_vops: bool = True
    intra_dc_vlc_thr: int = 0
    resolution: int = 25
    largest_f_code: int = 2
    wild: bool = False
    """Levels are as large as words have them."""
    cut: tuple[int, int] = (0, 0)
    """Columns and lines of the last macroblocks that the layer does not have."""


@dataclass
class Intra:
    """What an intra macroblock leaves: F[0][0], QF of the first column and the first row of each block."""

    dc: list[int]
    columns: list[list[int]]
    rows: list[list[int]]
    qp: int


@dataclass
class Moved:
    """How a macroblock of a P- or S-VOP was predicted."""

    kind: str
    vectors: list[Vector]
    fields: list[Vector] = field(default_factory=list)
    bottom: tuple[bool, bool] = (False, False)


@dataclass
class Vop:
    """Its type, and when it is."""

    kind: str
    time: int
    coded: bool = True
    begins_layer: bool = False
    """A layer's header stands before it."""


@dataclass
class Pieces:
    """The syntax of a macroblock, by element."""

    head: str = ""
    mcsel: str = ""
    ac_pred: str = ""
    cbpy: str = ""
    dquant: str = ""
    dct_type: str = ""
    field_prediction: str = ""
    motion: str = ""
    dc: list[str] = field(default_factory=lambda: [""] * 6)
    ac: list[str] = field(default_factory=lambda: [""] * 6)

    def spent(self) -> dict[str, int]:
        mode = len(self.head + self.mcsel + self.ac_pred + self.field_prediction)
        residual = len(self.cbpy + self.dquant + self.dct_type + "".join(self.dc + self.ac))
        return {"mode": mode, "motion": len(self.motion), "residual": residual}


def stuffed(bits: str) -> str:
    """next_start_code( )."""
    return bits + "0" + "1" * (-(len(bits) + 1) % 8)


def unit(code: int, bits: str) -> bytes:
    bits = stuffed(bits)
    return bytes([0, 0, 1, code]) + int(bits, 2).to_bytes(len(bits) // 8, "big")


def dc_scaler(number: int, qp: int) -> int:
    """Table 7-1."""
    if qp < 5:
        return 8
    if number < 4:
        return 2 * qp if qp < 9 else qp + 8 if qp < 25 else 2 * qp - 16
    return (qp + 13) // 2 if qp < 25 else qp - 6


def time_bits(features: Features) -> int:
    """The length of vop_time_increment."""
    return max(1, (features.resolution - 1).bit_length())


def layer(random: Random, f: Features) -> tuple[bytes, list[list[int]]]:
    """VideoObjectLayer( ), and its quantiser matrices."""
    bits = "0" + u(8, 17) + "1" + u(4, f.verid) + u(3, 1) + u(4, 1) + "1" + "01" + str(int(not f.b_vops)) + "0"
    bits += "00" + "1" + u(16, f.resolution) + "1" + "0"
    bits += "1" + u(13, 16 * f.columns - f.cut[0]) + "1" + u(13, 16 * f.rows - f.cut[1]) + "1"
    bits += str(int(f.interlaced)) + "1"
    if f.verid == 1:
        bits += "0"
    elif f.gmc is None:
        bits += "00"
    else:
        bits += "10" + u(6, f.gmc) + u(2, f.accuracy) + "0"
    bits += "0" + str(int(f.mpeg_quant))
    matrices = list(MATRICES)
    for index in range(2) if f.mpeg_quant else ():
        text, matrices[index] = _matrix(random, f, index)
        bits += text
    if f.verid != 1:
        bits += str(int(f.quarter))
    bits += "1" + str(int(not f.resync)) + str(int(f.partitioned))
    if f.partitioned:
        bits += str(int(f.reversible))
    if f.verid != 1:
        bits += "00"
    return bytes([0, 0, 1, 0]) + unit(0x20, bits + "0"), matrices


def _matrix(random: Random, f: Features, index: int) -> tuple[str, list[int]]:
    if random.random() < 0.4:
        return "0", MATRICES[index]
    count = random.choice([1, 5, 40, 63, 64])
    weights = [random.randrange(*((1, 256) if f.wild else (8, 48))) for _ in range(count)]
    matrix = [0] * 64
    for at, raster in enumerate(ZIGZAG):
        matrix[raster] = weights[min(at, count - 1)]
    return "1" + "".join(u(8, weight) for weight in weights) + ("0" * 8 if count < 64 else ""), matrix


def global_motion(points: list[Vector], f: Features) -> Callable[[int, int, int], Vector]:
    """The mean vector of a macroblock: 7.8.4 and 7.8.7.3."""
    s = 2 << f.accuracy
    r = 16 // s
    w, h = 16 * f.columns - f.cut[0], 16 * f.rows - f.cut[1]
    zero, one, two = (points + [(0, 0)] * 3)[:3]
    i0, j0 = s // 2 * zero[0], s // 2 * zero[1]
    i1, j1 = s // 2 * (2 * w + zero[0] + one[0]), s // 2 * (zero[1] + one[1])
    i2, j2 = s // 2 * (zero[0] + two[0]), s // 2 * (2 * h + zero[1] + two[1])
    alpha, beta = max(1, (w - 1).bit_length()), (h - 1).bit_length()
    w2, h2 = 1 << alpha, 1 << beta
    i1v = 16 * w2 + rounded((w - w2) * (r * i0) + w2 * (r * i1 - 16 * w), w)
    j1v = rounded((w - w2) * (r * j0) + w2 * r * j1, w)
    i2v = rounded((h - h2) * r * i0 + h2 * r * i2, h)
    j2v = 16 * h2 + rounded((h - h2) * (r * j0) + h2 * (r * j2 - 16 * h), h)

    def at(x: int, y: int) -> tuple[int, int]:
        """Where a sample comes from, in parts of one."""
        if len(points) == 0:
            return s * x, s * y
        if len(points) == 1:
            return i0 + s * x, j0 + s * y
        if len(points) == 2:
            f_ = (-r * i0 + i1v) * x + (r * j0 - j1v) * y
            g_ = (-r * j0 + j1v) * x + (-r * i0 + i1v) * y
            return i0 + ((f_ + w2 * r // 2) // (w2 * r)), j0 + ((g_ + w2 * r // 2) // (w2 * r))
        f_ = (-r * i0 + i1v) * h2 * x + (-r * i0 + i2v) * w2 * y
        g_ = (-r * j0 + j1v) * h2 * x + (-r * j0 + j2v) * w2 * y
        d = w2 * h2 * r
        return i0 + (f_ + d // 2) // d, j0 + (g_ + d // 2) // d

    def mean(column: int, row: int, f_code: int) -> Vector:
        totals = [0, 0]
        for y in range(16 * row, 16 * row + 16):
            for x in range(16 * column, 16 * column + 16):
                fx, fy = at(x, y)
                totals[0] += fx - s * x
                totals[1] += fy - s * y
        reach = 32 << (f_code - 1)
        finer = 2 if f.quarter else 1
        values = [max(-reach, min(reach - 1, rounded(finer * total, 256 << f.accuracy))) for total in totals]
        return values[0], values[1]

    return mean
