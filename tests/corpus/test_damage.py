"""Each kind of file, damaged in each way: verify tells it, and reading raises what names it, never fewer rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import written
from helpers.written import ENCODES

import codecorpus
from codecorpus.corpus import layout, statistics
from codecorpus.corpus.layout import CLIPS, STATISTICS_MARKER, Chunk
from codecorpus.corpus.verify import verify
from codecorpus.errors import CorpusError

A, B = ENCODES
FIRST, SECOND = written.CLIPS
ONE = written.CLIPS[FIRST][0]

TABLES = ("frames", "blocks", "motion", "transforms", "maps")
RANK = ("bits_importance",)


def of_table(table: str, chunk: Chunk, encode: str) -> str:
    return layout.part(table, "hevc", encode, chunk)


FILES: dict[str, tuple[str, str]] = {
    **{table: (of_table(table, FIRST, A), of_table(table, FIRST, B)) for table in TABLES},
    "streams": (layout.streams(A, FIRST), layout.streams(B, FIRST)),
    "clips": (layout.clips(FIRST), layout.clips(SECOND)),
    "encodes": (layout.encode_row(A), layout.encode_row(B)),
    "bitstream": (layout.bitstream(A, ONE), layout.encode_row(A)),
    "sources": (layout.sources(0, "0" * 64), layout.encode_row(A)),
    "statistics": (layout.statistics(16), layout.statistics(8)),
    "marker": (layout.marker(FIRST, A), layout.marker(FIRST, B)),
    "marker of clips": (layout.marker(FIRST, CLIPS), layout.marker(SECOND, CLIPS)),
    "marker of an encode": (layout.encode_marker(A), layout.encode_marker(B)),
    "marker of sources": (layout.sources_marker(0), layout.plan_marker(0)),
    "plan": (layout.plan_marker(0), layout.sources_marker(0)),
    "marker of statistics": (STATISTICS_MARKER, layout.marker(FIRST, A)),
    "head": (layout.HEAD, layout.marker(FIRST, A)),
    "card": (layout.CARD, layout.HEAD),
}
"""A file of each kind, and another one that may stand in its place."""


def gone(path: Path, other: bytes) -> None:
    path.unlink()


def empty(path: Path, other: bytes) -> None:
    path.write_bytes(b"")


def cut(path: Path, other: bytes) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def halved(path: Path, other: bytes) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path, other: bytes) -> None:
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 3, len(data), 100):
        data[at] ^= 16
    path.write_bytes(data)


def swapped(path: Path, other: bytes) -> None:
    path.write_bytes(other)


WAYS = (gone, empty, cut, halved, flipped, swapped)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with everything, in which every encode's parts differ."""
    root = tmp_path_factory.mktemp("damage") / "corpus"
    other = written.read("long_term.hevc")
    chunks = {
        FIRST: {A: {ONE: written.read(written.B_FRAMES)}, B: {ONE: written.read(written.B_FRAMES)}},
        SECOND: {A: {"three-000": other}, B: {"three-000": other}},
    }
    written.write(root, chunks, written.ALL)
    for cell in (16, 8):
        statistics.write(str(root), cell, statistics.gather(str(root), cell))
    return root


@pytest.fixture
def corpus(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "corpus")


def test_whole_it_is_whole(whole: Path) -> None:
    assert verify(str(whole)).problems == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", FILES)
def test_verify_tells_it(corpus: Path, kind: str, way: Callable[[Path, bytes], None]) -> None:
    name, other = FILES[kind]
    way(corpus / name, (corpus / other).read_bytes())
    problems = verify(str(corpus)).problems
    assert problems
    if not (way is gone and (kind.startswith("marker") or kind == "plan")):
        assert any(name.removesuffix(".json") in problem.file for problem in problems), problems


def whole_table(table: str) -> Callable[[codecorpus.Corpus], Any]:
    return lambda opened: getattr(opened, table)()


def window(table: str) -> Callable[[codecorpus.Corpus], Any]:
    return lambda opened: getattr(opened, table)(ONE, A, slice(0, 2))


def scanned(table: str) -> Callable[[codecorpus.Corpus], Any]:
    return lambda opened: opened.dataset(table).to_table()


READERS: list[tuple[str, Callable[[codecorpus.Corpus], Any]]] = [
    *((table, whole_table(table)) for table in TABLES[:-1]),
    *((table, window(table)) for table in TABLES[:-1]),
    ("maps", lambda opened: opened.maps(ONE, A)),
    ("frames", lambda opened: opened.maps(ONE, A, cell=8)),
    ("blocks", lambda opened: opened.maps(ONE, A, cell=8)),
    ("motion", lambda opened: opened.maps(ONE, A, cell=8)),
    ("motion", lambda opened: opened.flow(ONE, A)),
    ("blocks", lambda opened: opened.intrinsics(ONE, A)),
    ("statistics", lambda opened: opened.maps(ONE, A, channels=RANK)),
    ("streams", window("blocks")),
    ("streams", lambda opened: opened.streams),
    ("clips", window("blocks")),
    ("clips", lambda opened: opened.clips),
    ("encodes", lambda opened: opened.encodes),
    ("bitstream", lambda opened: opened.bitstream(ONE, A)),
    ("marker", window("blocks")),
    ("marker of clips", window("blocks")),
    ("marker of statistics", lambda opened: opened.maps(ONE, A, channels=RANK)),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", range(len(READERS)))
def test_reading_raises(corpus: Path, at: int, way: Callable[[Path, bytes], None]) -> None:
    kind, read = READERS[at]
    name, other = FILES[kind]
    read(codecorpus.open(corpus))
    way(corpus / name, (corpus / other).read_bytes())
    with pytest.raises(CorpusError) as raised:
        read(codecorpus.open(corpus))
    if not kind.startswith("marker") and not (kind == "statistics" and way is gone):
        assert f"/{name}: the file is " in str(raised.value)
        assert "run its build or extraction again" in str(raised.value) or "codecorpus stats" in str(raised.value)


@pytest.mark.parametrize("way", [gone, empty, cut, halved])
@pytest.mark.parametrize("table", TABLES)
def test_a_dataset_is_of_whole_files(corpus: Path, table: str, way: Callable[[Path, bytes], None]) -> None:
    name, _ = FILES[table]
    way(corpus / name, b"")
    with pytest.raises(
        CorpusError, match=rf"/{name}: the file is (not there|damaged); run its build or extraction again$"
    ):
        codecorpus.open(corpus).dataset(table)


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_head_is_told(corpus: Path, way: Callable[[Path, bytes], None]) -> None:
    name, other = FILES["head"]
    way(corpus / name, (corpus / other).read_bytes())
    with pytest.raises(CorpusError, match=r"corpus\.json is (not there|damaged); run its build or extraction again$"):
        codecorpus.open(corpus)


def test_no_flipped_byte_of_a_part_gives_other_rows(corpus: Path) -> None:
    for table in TABLES[:-1]:
        path = corpus / FILES[table][0]
        data = path.read_bytes()
        wanted = window(table)(codecorpus.open(corpus))
        for at in range(7, len(data), len(data) // 60):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
            try:
                assert window(table)(codecorpus.open(corpus)).equals(wanted)
            except CorpusError as error:
                assert f"/{FILES[table][0]}: the file is damaged" in str(error)
        path.write_bytes(data)
