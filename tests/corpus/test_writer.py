"""Parts: row groups of whole pictures of one clip, and the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.rows import blocks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codecorpus import schema
from codecorpus.corpus import writer
from codecorpus.corpus.manifest import File
from codecorpus.corpus.writer import PartWriter

ENCODE = "x264-a"


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", 10)


def write(path: Path, clips: dict[str, list[pa.Table]]) -> File:
    part = PartWriter(path, "blocks", "h264", ENCODE)
    for clip, pieces in clips.items():
        part.begin(clip)
        for piece in pieces:
            part.write(piece)
    return part.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.integers(1, 14), min_size=1, max_size=12), cuts=st.lists(st.integers(0, 100), max_size=5))
def test_how_rows_are_cut_into_tables_does_not_show(tmp_path: Path, counts: list[int], cuts: list[int]) -> None:
    whole = blocks(counts)
    # extract_batches gives whole pictures, so cuts fall between them
    ends = [0, *sorted({sum(counts[: cut % len(counts)]) for cut in cuts}), whole.num_rows]
    pieces = [whole.slice(begin, end - begin) for begin, end in itertools.pairwise(ends)]
    assert write(tmp_path / "one", {"a": [whole]}) == write(tmp_path / "two", {"a": pieces})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert pq.read_table(tmp_path / "one").drop_columns(list(schema.KEYS)).to_pylist() == whole.to_pylist()


def test_a_row_group_holds_whole_pictures_of_one_clip(tmp_path: Path) -> None:
    write(tmp_path / "part", {"a": [blocks([4] * 9)], "b": [blocks([4] * 9)]})
    with pq.ParquetFile(tmp_path / "part") as file:
        groups = [file.read_row_group(n, columns=["clip", "coded_order"]) for n in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [8, 8, 8, 8, 4] * 2
    assert [group["clip"].unique().to_pylist() for group in groups] == [["a"]] * 5 + [["b"]] * 5
    seen = [set(zip(g["clip"].to_pylist(), g["coded_order"].to_pylist(), strict=True)) for g in groups]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 18


def test_a_picture_larger_than_a_row_group_is_whole(tmp_path: Path) -> None:
    write(tmp_path / "part", {"a": [blocks([3, 25, 3])]})
    with pq.ParquetFile(tmp_path / "part") as file:
        assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [3, 25, 3]


def test_every_field_keeps_its_meaning(tmp_path: Path) -> None:
    write(tmp_path / "part", {"a": [blocks([1])]})
    read = pq.read_schema(tmp_path / "part")
    assert all(read.field(field.name).metadata[b"meaning"] for field in schema.PARTS["blocks"])
    assert read.metadata[b"codecorpus.table"] == b"blocks"


def test_keys_are_plain_strings_that_prune(tmp_path: Path) -> None:
    write(tmp_path / "part", {"a": [blocks([1])], "b": [blocks([2])]})
    with pq.ParquetFile(tmp_path / "part") as file:
        assert [file.schema_arrow.field(key).type for key in schema.KEYS] == [pa.string()] * 3
        for at, clip in enumerate("ab"):
            keys = [file.metadata.row_group(at).column(column).statistics for column in range(3)]
            assert [(key.min, key.max) for key in keys] == [(clip, clip), (ENCODE, ENCODE), ("h264", "h264")]


def test_a_part_may_have_no_rows(tmp_path: Path) -> None:
    file = write(tmp_path / "part", {"a": [blocks([])], "b": []})
    assert file.rows == 0 and pq.read_table(tmp_path / "part").num_rows == 0
    assert pq.read_schema(tmp_path / "part").names == schema.PARTS["blocks"].names


def test_what_is_told_of_a_part_is_so(tmp_path: Path) -> None:
    file = write(tmp_path / "part", {"a": [blocks([3, 4])]})
    data = (tmp_path / "part").read_bytes()
    footer = int.from_bytes(data[-8:-4], "little") + 8
    assert file == File(len(data), hashlib.sha256(data).hexdigest(), 7, hashlib.sha256(data[-footer:]).hexdigest())
