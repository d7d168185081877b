#!/usr/bin/env python3
"""Writes native/vp9/src/tables/{coefficients,modes,scans}.rs; quantiser steps are those of AV1.

    extract_vp9_tables.py LIBVPX      a git directory or checkout of https://github.com/webmproject/libvpx

The numbers are those of section 10 of the VP9 Bitstream & Decoding Process Specification (version 0.6); libvpx, which
the specification was written from, has them in a form that a program can read. Tables have the specification's
names; their dimensions are checked, and so is that probabilities lie in 1 to 255 and that every scan visits each
position once.
"""

import re
import subprocess
import sys
from pathlib import Path

PROBABILITIES, SCAN = "u8", "u16"
COEFFICIENTS = (2, 2, 6, 6, 3)
# File: its title with the clause, and its tables: name, libvpx's file and name, shape, type of an element.
FILES = {
    "coefficients": (
        "Default coefficient probabilities (10.5) and the Pareto table (10.3)",
        [
            *(
                (
                    f"default_coef_probs_{n}x{n}",
                    "vp9_entropy.c",
                    f"default_coef_probs_{n}x{n}",
                    COEFFICIENTS,
                    PROBABILITIES,
                )
                for n in (4, 8, 16, 32)
            ),
            ("pareto_full", "vp9_entropy.c", "vp9_pareto8_full", (255, 8), PROBABILITIES),
        ],
    ),
    "modes": (
        "Probabilities of key frames (10.4) and default probabilities of modes (10.5)",
        [
            ("default_intra_mode_probs", "vp9_entropymode.c", "vp9_kf_y_mode_prob", (10, 10, 9), PROBABILITIES),
            ("kf_uv_mode_probs", "vp9_entropymode.c", "vp9_kf_uv_mode_prob", (10, 9), PROBABILITIES),
            ("kf_partition_probs", "vp9_entropymode.c", "vp9_kf_partition_probs", (16, 3), PROBABILITIES),
            ("default_y_mode_probs", "vp9_entropymode.c", "default_if_y_probs", (4, 9), PROBABILITIES),
            ("default_uv_mode_probs", "vp9_entropymode.c", "default_if_uv_probs", (10, 9), PROBABILITIES),
            ("default_partition_probs", "vp9_entropymode.c", "default_partition_probs", (16, 3), PROBABILITIES),
            ("default_inter_mode_probs", "vp9_entropymode.c", "default_inter_mode_probs", (7, 3), PROBABILITIES),
            ("default_is_inter_prob", "vp9_entropymode.c", "default_intra_inter_p", (4,), PROBABILITIES),
            ("default_comp_mode_prob", "vp9_entropymode.c", "default_comp_inter_p", (5,), PROBABILITIES),
            ("default_comp_ref_prob", "vp9_entropymode.c", "default_comp_ref_p", (5,), PROBABILITIES),
            ("default_single_ref_prob", "vp9_entropymode.c", "default_single_ref_p", (5, 2), PROBABILITIES),
            ("default_skip_prob", "vp9_entropymode.c", "default_skip_probs", (3,), PROBABILITIES),
            (
                "default_interp_filter_probs",
                "vp9_entropymode.c",
                "default_switchable_interp_prob",
                (4, 2),
                PROBABILITIES,
            ),
            ("inv_map_table", "../decoder/vp9_dsubexp.c", "inv_map_table", (255,), PROBABILITIES),
        ],
    ),
    "scans": (
        "Scan orders (10.1)",
        [
            *(
                (f"{kind}_scan_{n}x{n}", "vp9_scan.c", f"{kind}_scan_{n}x{n}", (n * n,), SCAN)
                for n in (4, 8, 16, 32)
                for kind in ("default", "col", "row")
                if n < 32 or kind == "default"
            ),
        ],
    ),
}


def read_file(libvpx: Path, name: str) -> str:
    path = f"vp9/decoder/{name.split('/')[-1]}" if name.startswith("..") else f"vp9/common/{name}"
    if (libvpx / path).exists():
        return (libvpx / path).read_text()
    return subprocess.run(
        ["git", "--git-dir", libvpx, "show", f"HEAD:{path}"], check=True, capture_output=True, text=True
    ).stdout


def parse(text: str, name: str):
    """The initialiser of an array, as nested lists."""
    match = re.search(rf"\b{name}(\s*\[[^\]]*\])+\)?\s*=\s*\{{", text)
    assert match, f"no table {name}"
    body = re.sub(r"//[^\n]*|/\*.*?\*/", "", text[match.end() - 1 :].split(";", 1)[0], flags=re.S)
    tokens = re.findall(r"[{}]|\d+", body)
    stack: list[list] = [[]]
    for token in tokens:
        if token == "{":
            stack.append([])
        elif token == "}":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(int(token))
    assert len(stack) == 1, f"{name}: braces do not match"
    return stack[0][0]


def fit(name: str, values, shape: tuple[int, ...]):
    """The table in its shape. Coefficients of band 0 have three contexts alone: zeros fill their places."""
    if not shape:
        assert isinstance(values, int)
        return values
    assert len(values) == shape[0] or (len(values), shape) == (3, (6, 3)), f"{name}: {len(values)} of {shape}"
    rows = [fit(name, value, shape[1:]) for value in values]
    return rows + [[0] * 3] * (shape[0] - len(rows))


def flatten(values) -> list[int]:
    return [values] if isinstance(values, int) else [n for value in values for n in flatten(value)]


def check(name: str, values, kind: str) -> None:
    flat = flatten(values)
    if kind == SCAN:
        assert sorted(flat) == list(range(len(flat))), f"{name} is no permutation"
    else:
        assert all(0 <= n <= 255 for n in flat) and ("coef" in name or 0 not in flat), name


def render(values, indent: str = "") -> str:
    if isinstance(values[0], list):
        return "[\n" + "".join(f"{indent}    {render(v, indent + '    ')},\n" for v in values) + f"{indent}]"
    if len(values) <= 24:
        return "[" + ", ".join(map(str, values)) + "]"
    rows = [values[i : i + 16] for i in range(0, len(values), 16)]
    return "[\n" + "".join(f"{indent}    {', '.join(map(str, row))},\n" for row in rows) + f"{indent}]"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    libvpx, out = Path(sys.argv[1]), Path(__file__).parents[1] / "native/vp9/src/tables"
    for file, (title, tables) in FILES.items():
        text = f"//! {title}, VP9 specification.\n//!\n"
        text += "//! Written by scripts/extract_vp9_tables.py from webmproject/libvpx.\n"
        for name, source, theirs, shape, kind in tables:
            values = fit(name, parse(read_file(libvpx, source), theirs), shape)
            check(name, values, kind)
            element = kind
            for n in reversed(shape):
                element = f"[{element}; {n}]"
            text += f"\n/// {name}.\n#[rustfmt::skip]\npub static {name.upper()}: {element} = {render(values)};\n"
        (out / f"{file}.rs").write_text(text)
        print(f"{file}: {len(tables)} tables")


if __name__ == "__main__":
    main()
