"""MPEG-2 and MPEG-1: what pictures and macroblocks are written with."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.mpeg_writing import events, numbers, words

CODES = "mpeg2/src/tables/codes.rs"
INCREMENTS = words(CODES, "ADDRESS_INCREMENTS")
PATTERNS = words(CODES, "CODED_BLOCK_PATTERNS")
DC_SIZES = [words(CODES, "DC_SIZES_LUMA"), words(CODES, "DC_SIZES_CHROMA")]
LEVELS = [events(CODES, "COEFFICIENTS_ZERO"), events(CODES, "COEFFICIENTS_ONE")]
END_OF_BLOCK = ["10", "0110"]
ESCAPE = "000001"
INTRA_MATRIX = list(numbers(CODES, "INTRA_MATRIX"))
NON_LINEAR = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80,
              88, 96, 104, 112)  # fmt: skip

TOP, BOTTOM, FRAME = 1, 2, 3

QUANT, FORWARD, BACKWARD, PATTERN, INTRA = 1, 2, 4, 8, 16
TYPES = {
    "I": {INTRA: "1", INTRA | QUANT: "01"},
    "P": {
        FORWARD | PATTERN: "1", PATTERN: "01", FORWARD: "001", INTRA: "00011", QUANT | FORWARD | PATTERN: "00010",
        QUANT | PATTERN: "00001", QUANT | INTRA: "000001",
    },
    "B": {
        FORWARD | BACKWARD: "10", FORWARD | BACKWARD | PATTERN: "11", BACKWARD: "010", BACKWARD | PATTERN: "011",
        FORWARD: "0010", FORWARD | PATTERN: "0011", INTRA: "00011", QUANT | FORWARD | BACKWARD | PATTERN: "00010",
        QUANT | FORWARD | PATTERN: "000011", QUANT | BACKWARD | PATTERN: "000010", QUANT | INTRA: "000001",
    },
    "D": {INTRA: "1"},
}  # fmt: skip


@dataclass(frozen=True)
class Features:
    """What a stream has, of pictures and macroblocks."""

    mpeg1: bool = False
    columns: int = 4
    rows: int = 4
    chroma: int = 1
    progressive: bool = False
    pictures: int = 8
    matrices: bool = False
    wild: bool = False
    """Levels as large as words have them, which overflow transforms."""
    largest_f_code: int = 4
    only_d: bool = False


@dataclass
class Header:
    """A frame's or a field's picture_header( ) and picture_coding_extension( )."""

    kind: str
    structure: int = FRAME
    second: bool = False
    temporal_reference: int = 0
    f_code: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (1, 1))
    full_pel: tuple[bool, bool] = (False, False)
    intra_dc_precision: int = 0
    top_field_first: bool = False
    frame_pred_frame_dct: bool = True
    concealment: bool = False
    q_scale_type: int = 0
    intra_vlc_format: int = 0
    alternate_scan: int = 0


def blocks_of_chroma(chroma: int) -> int:
    """Of a macroblock, by chroma_format."""
    return {1: 6, 2: 8, 3: 12}[chroma]
