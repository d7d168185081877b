"""Codecs are declared once: what knows one of them is its crate, and the encoders that write it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import codecorpus
from codecorpus.codecs import CODECS
from codecorpus.encode import ENCODERS

PACKAGE = Path(codecorpus.__file__).parent
ROOMS = sorted(path for path in PACKAGE.rglob("*.py") if PACKAGE / "encode" not in path.parents)
KNOWN = {name for codec in CODECS.values() for name in (codec.name, *codec.aliases)} - ENCODERS.keys() | CODECS.keys()


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_but_the_encoders_names_a_codec(path: Path) -> None:
    constants = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    assert not [(node.lineno, node.value) for node in constants if node.value in KNOWN]


def test_encoders_write_codecs_that_are_read() -> None:
    assert {encoder.codec for encoder in ENCODERS.values()} <= CODECS.keys()
