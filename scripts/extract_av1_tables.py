#!/usr/bin/env python3
"""Writes native/av1/src/tables/*.rs from the text of the AV1 specification.

    extract_av1_tables.py SPECIFICATION      a git directory or checkout of https://github.com/AOMediaCodec/av1-spec

Every table keeps the specification's name; its declared dimensions are checked against its values, and cumulative
distributions are checked to increase to 32768 and end in a zero counter.
"""

import math
import re
import subprocess
import sys
from pathlib import Path


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


CHAPTERS = {
    5: "06.bitstream.syntax.md",
    6: "07.bitstream.semantics.md",
    7: "08.decoding.process.md",
    8: "09.parsing.process.md",
    9: "10.additional.tables.md",
}
BLOCKS = [
    "4X4",
    "4X8",
    "8X4",
    "8X8",
    "8X16",
    "16X8",
    "16X16",
    "16X32",
    "32X16",
    "32X32",
    "32X64",
    "64X32",
    "64X64",
    "64X128",
    "128X64",
    "128X128",
    "4X16",
    "16X4",
    "8X32",
    "32X8",
    "16X64",
    "64X16",
]
TRANSFORMS = [
    "4X4",
    "8X8",
    "16X16",
    "32X32",
    "64X64",
    "4X8",
    "8X4",
    "8X16",
    "16X8",
    "16X32",
    "32X16",
    "32X64",
    "64X32",
    "4X16",
    "16X4",
    "8X32",
    "32X8",
    "16X64",
    "64X16",
]
INTRA = [
    "DC",
    "V",
    "H",
    "D45",
    "D135",
    "D113",
    "D157",
    "D203",
    "D67",
    "SMOOTH",
    "SMOOTH_V",
    "SMOOTH_H",
    "PAETH",
    "UV_CFL",
]
REFERENCES = ["INTRA", "LAST", "LAST2", "LAST3", "GOLDEN", "BWDREF", "ALTREF2", "ALTREF"]
ENUMERATIONS = {
    **{f"BLOCK_{name}": i for i, name in enumerate(BLOCKS)},
    **{f"TX_{name}": i for i, name in enumerate(TRANSFORMS)},
    **{f"{name}_PRED": i for i, name in enumerate(INTRA)},
    **{f"{name}_FRAME": i for i, name in enumerate(REFERENCES)},
    **{
        name: i
        for i, name in enumerate(
            [
                "WEDGE_HORIZONTAL",
                "WEDGE_VERTICAL",
                "WEDGE_OBLIQUE27",
                "WEDGE_OBLIQUE63",
                "WEDGE_OBLIQUE117",
                "WEDGE_OBLIQUE153",
            ]
        )
    },
    **{name: i for i, name in enumerate(["RESTORE_NONE", "RESTORE_WIENER", "RESTORE_SGRPROJ", "RESTORE_SWITCHABLE"])},
}
TRANSFORM_TYPES = [
    "DCT_DCT",
    "ADST_DCT",
    "DCT_ADST",
    "ADST_ADST",
    "FLIPADST_DCT",
    "DCT_FLIPADST",
    "FLIPADST_FLIPADST",
    "ADST_FLIPADST",
    "FLIPADST_ADST",
    "IDTX",
    "V_DCT",
    "H_DCT",
    "V_ADST",
    "H_ADST",
    "V_FLIPADST",
    "H_FLIPADST",
]
# Rust's enumerations by name: the file that declares each, what it is, and its variants by number.
ENUMS = {
    "BlockSize": ("sizes", "A block size (6.10.4): MiSize, subSize.", [f"B{name.lower()}" for name in BLOCKS]),
    "TxSize": ("sizes", "A transform size (6.10.16): TxSize.", [f"T{name.lower()}" for name in TRANSFORMS]),
    "IntraMode": (
        "modes",
        "A mode of intra prediction (6.10.6): YMode of intra blocks.",
        [camel(name) for name in INTRA[:-1]],
    ),
    "TxType": ("transforms", "A transform type (6.10.19): TxType.", [camel(name) for name in TRANSFORM_TYPES]),
}
# Tables whose values are of an enumeration; those of BlockSize may be BLOCK_INVALID.
ENUM_TABLES = {
    "BlockSize": r"Subsampled_Size|Partition_Subsize",
    "TxSize": r"Max_Tx_Size_Rect|Split_Tx_Size|Tx_Size_Sqr|Tx_Size_Sqr_Up|Adjusted_Tx_Size",
    "IntraMode": r"Filter_Intra_Mode_To_Intra_Dir",
    "TxType": r"Mode_To_Txfm|Tx_Type_Int(ra|er)_Inv_.*",
}
# What tests alone hold the code against.
FOR_TESTS = r"M(row|col)_Scan_.*|Mag_Ref_Offset_With_Tx_Class|Sig_Ref_Diff_Offset|BlockSize|TxType"
FILES = {
    "scans": ("Scan orders", r".*_Scan_\d+x\d+"),
    "cdfs": ("Default cumulative distributions of everything but coefficients", None),
    "coefficient_cdfs": (
        "Default cumulative distributions of coefficients",
        r"Default_(Txb_Skip|Eob_.*|Dc_Sign|Coeff_.*)_Cdf",
    ),
    "sizes": (
        "Block and transform sizes",
        r"Mi_(Width|Height)_Log2|Num_4x4_Blocks_.*|Size_Group|Max_Tx_Size_Rect|Max_Tx_Depth|Partition_Subsize|Split_Tx_Size"
        r"|Tx_(Size_Sqr|Size_Sqr_Up|Width|Height|Width_Log2|Height_Log2)|Subsampled_Size|Adjusted_Tx_Size|Wedge_Bits",
    ),
    "modes": (
        "Intra modes, palettes, loop restoration and compound contexts",
        r"Palette_Color_Context|Intra_Mode_Context|Filter_Intra_Mode_To_Intra_Dir"
        r"|Compound_Mode_Ctx_Map|Wiener_Taps_(Mid|Min|Max|K)|Sgrproj_Xqd_(Mid|Min|Max)|Sgr_Params",
    ),
    "transforms": (
        "Transform types and coefficient contexts",
        r"Mode_To_Txfm|Tx_Type_.*|Coeff_Base_(Pos_)?Ctx_Offset|Mag_Ref_Offset_With_Tx_Class|Sig_Ref_Diff_Offset|Transform_Row_Shift",
    ),
    "quantizers": ("Quantiser steps, of VP9 too (8.6.1), by bit depth and qindex", r"[DA]c_Qlookup"),
    "quantizer_matrices": ("Quantiser matrices", r"Qm_Offset|Quantizer_Matrix"),
    "divisions": ("Reciprocals", r"Div_Lut|Div_Mult"),
}


def read_chapter(specification: Path, name: str) -> str:
    if (specification / name).exists():
        return (specification / name).read_text()
    return subprocess.run(
        ["git", "-C", specification, "show", f"HEAD:{name}"], check=True, capture_output=True, text=True
    ).stdout


def read_constants(specification: Path) -> dict[str, int]:
    """Section 3's symbols, with the enumerations of chapter 6."""
    constants = dict(ENUMERATIONS)
    for name, value in re.findall(r"^\| `(\w+)` *\| ([^|]+?) *\|", read_chapter(specification, "03.symbols.md"), re.M):
        value = re.sub(
            r"\b[A-Z_]{3,}\b", lambda symbol: str(constants[symbol[0]]), value.replace("\\", "").replace("`", "")
        )
        constants[name] = eval(value, {"__builtins__": {}})  # arithmetic on numbers alone
    return constants


def evaluate(expression: str, constants: dict[str, int]) -> int:
    expression = re.sub(r"\b[A-Za-z]\w*", lambda symbol: str(constants[symbol[0]]), expression)
    return eval(expression, {"__builtins__": {}})  # arithmetic on numbers alone


def parse_values(text: str, constants: dict[str, int]) -> list[int]:
    """The numbers of a table in order. Braces say nothing that the dimensions do not; some lines lack their comma."""
    text = re.sub(r"//.*|/\*.*?\*/", "", text)
    return [evaluate(item, constants) for item in re.split(r"[{},\n]", text) if item.strip()]


def nest(flat: list, shape: list[int]):
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0]
    return [nest(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def tables_of(chapter: int, text: str, constants: dict[str, int]):
    """Every table of a chapter: its name, values, section and the section's heading."""
    numbers, heading, lines = [chapter, 0, 0, 0], "", text.split("\n")
    for at, line in enumerate(lines):
        if match := re.match(r"(#{3,5}) (.*)", line):
            depth = len(match[1]) - 2
            numbers = numbers[:depth] + [numbers[depth] + 1] + [0] * (3 - depth)
            heading = match[2]
        match = re.match(r"([A-Z]\w*?)((?: ?\[[^\]]*\])+) *= *(\{.*)?$", line)
        if not match or not (match[3] or lines[at + 1].strip().startswith("{")):
            continue
        body, i = line.split("=", 1)[1], at
        while body.count("{") != body.count("}") or "{" not in body:
            i += 1
            body += "\n" + lines[i]
        declared = re.findall(r"\[([^\]]*)\]", match[2])
        yield match[1], declared, body.strip(), ".".join(str(n) for n in numbers if n), heading


def check(name: str, flat: list[int], declared: list[str], constants: dict[str, int]) -> list[int]:
    expected = [evaluate(dimension, constants) for dimension in declared]
    assert len(flat) == math.prod(expected), f"{name}: {len(flat)} values, declared {expected}"
    if name.endswith("_Cdf"):
        for i in range(0, len(flat), expected[-1]):
            row = flat[i : i + expected[-1]]
            assert row[-1] == 0 and row[-2] == 32768 and row[:-1] == sorted(row[:-1]), f"{name}: {row}"
    return expected


def element_type(name: str, flat: list[int]) -> str:
    if name.endswith("_Cdf") or "_Scan_" in name:
        return "u16"
    if name.startswith(("Wiener_", "Sgrproj_")):
        return "i8"
    low, high = min(flat), max(flat)
    signed = [("i8", 7), ("i16", 15), ("i32", 31)]
    unsigned = [("u8", 8), ("u16", 16), ("u32", 32)]
    return next(kind for kind, bits in (signed if low < 0 else unsigned) if high < 1 << bits and low >= -(1 << bits))


def enum_of(name: str) -> str | None:
    return next((enum for enum, pattern in ENUM_TABLES.items() if re.fullmatch(pattern, name)), None)


def variant(enum: str, value: int) -> str:
    variants = ENUMS[enum][2]
    if enum != "BlockSize":
        return f"{enum}::{variants[value]}"
    return f"Some({enum}::{variants[value]})" if value < len(variants) else "None"


def render(values, indent: str = "") -> str:
    if isinstance(values[0], list):
        return "[\n" + "".join(f"{indent}    {render(v, indent + '    ')},\n" for v in values) + f"{indent}]"
    if len(values) <= 24:
        return "[" + ", ".join(map(str, values)) + "]"
    rows = [values[i : i + 16] for i in range(0, len(values), 16)]
    return "[\n" + "".join(f"{indent}    {', '.join(map(str, row))},\n" for row in rows) + f"{indent}]"


def file_of(name: str) -> str | None:
    for file, (_, pattern) in FILES.items():
        if pattern and re.fullmatch(pattern, name):
            return file
    return "cdfs" if name.startswith("Default_") and name.endswith("_Cdf") else None


def declarations(file: str) -> str:
    """The enumerations that a file declares."""
    text = ""
    for enum, (declared_in, meaning, variants) in ENUMS.items():
        if declared_in != file:
            continue
        text += f"/// {meaning}\n#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]\n#[repr(u8)]\n"
        text += f"pub enum {enum} {{\n    #[default]\n" + "".join(f"    {name},\n" for name in variants) + "}\n\n"
        for_tests = "    #[cfg(test)]\n" if re.fullmatch(FOR_TESTS, enum) else ""
        text += f"impl {enum} {{\n    /// By the standard's numbers.\n{for_tests}    #[rustfmt::skip]\n"
        values = ", ".join(f"Self::{name}" for name in variants)
        text += f"    pub const ALL: [Self; {len(variants)}] = [{values}];\n}}\n\n"
    return text


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    specification, out = Path(sys.argv[1]), Path(__file__).parents[1] / "native/av1/src/tables"
    elsewhere = {"quantizers": out.parents[2] / "bitstream/src/quantisers.rs"}
    constants, files = read_constants(specification), {}
    for chapter, source in CHAPTERS.items():
        for name, declared, body, section, heading in tables_of(
            chapter, read_chapter(specification, source), constants
        ):
            if not (file := file_of(name)):
                continue
            flat = parse_values(body, constants)
            shape = check(name, flat, declared, constants)
            enum = enum_of(name)
            kind = element_type(name, flat) if not enum else "Option<BlockSize>" if enum == "BlockSize" else enum
            values = [variant(enum, value) for value in flat] if enum else flat
            for n in reversed(shape):
                kind = f"[{kind}; {n}]"
            for_tests = "#[cfg(test)]\n" if re.fullmatch(FOR_TESTS, name) else ""
            table = f"/// {name}.\n{for_tests}#[rustfmt::skip]\n"
            table += f"pub static {name.upper()}: {kind} = {render(nest(values, shape))};\n"
            files.setdefault(file, []).append((section, heading, table))
    for file, tables in files.items():
        title = FILES[file][0]
        sections = ", ".join(dict.fromkeys(f"{section} ({heading})" for section, heading, _ in tables))
        head = f"//! {title}: AV1 specification, {sections}.\n//!\n"
        head += "//! Written by scripts/extract_av1_tables.py from AOMediaCodec/av1-spec.\n\n"
        body = "\n".join(table for _, _, table in tables)
        elsewhere.get(file, out / f"{file}.rs").write_text(head + declarations(file) + body)
        print(f"{file}: {len(tables)} tables")
    modules = "".join(f"pub mod {file};\n" for file in sorted(files.keys() - elsewhere))
    (out / "mod.rs").write_text(
        "//! Tables of the AV1 specification, one file a family, extracted by scripts/extract_av1_tables.py.\n\n"
        + modules
    )


if __name__ == "__main__":
    main()
