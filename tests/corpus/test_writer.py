"""Parts: row groups of whole pictures, and the same bytes for the same rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.rows import blocks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codecorpus.corpus import writer
from codecorpus.corpus.writer import file_schema, write_part


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", 10)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.integers(1, 14), min_size=1, max_size=12), cuts=st.lists(st.integers(0, 100), max_size=5))
def test_how_rows_are_cut_into_tables_does_not_show(tmp_path: Path, counts: list[int], cuts: list[int]) -> None:
    whole = blocks("a", counts)
    # extract_batches gives whole pictures, so cuts fall between them
    ends = [0, *sorted({sum(counts[: cut % len(counts)]) for cut in cuts}), whole.num_rows]
    pieces = [whole.slice(begin, end - begin) for begin, end in itertools.pairwise(ends)]
    write_part(tmp_path / "one", file_schema("blocks"), [whole])
    write_part(tmp_path / "two", file_schema("blocks"), pieces)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert pq.read_table(tmp_path / "one").to_pylist() == whole.to_pylist()


def test_a_row_group_never_splits_a_picture(tmp_path: Path) -> None:
    write_part(tmp_path / "part", file_schema("blocks"), [blocks("a", [4] * 9), blocks("b", [4] * 9)])
    with pq.ParquetFile(tmp_path / "part") as file:
        groups = [file.read_row_group(n, columns=["clip", "coded_order"]) for n in range(file.num_row_groups)]
    seen = [set(zip(g["clip"].to_pylist(), g["coded_order"].to_pylist(), strict=True)) for g in groups]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 18
    assert [group.num_rows for group in groups] == [12, 12, 12, 12, 12, 12]


def test_every_field_keeps_its_meaning(tmp_path: Path) -> None:
    write_part(tmp_path / "part", file_schema("blocks"), [blocks("a", [1])])
    read = pq.read_schema(tmp_path / "part")
    assert all(read.field(field.name).metadata[b"meaning"] for field in file_schema("blocks"))
    assert read.metadata[b"codecorpus.table"] == b"blocks"


def test_an_error_on_the_way_publishes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "part"
    write_part(path, file_schema("blocks"), [blocks("a", [3])])
    before = path.read_bytes()

    def breaks() -> Iterator[pa.Table]:
        yield blocks("a", [30])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_part(path, file_schema("blocks"), breaks())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_rows_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "part"
    write_part(path, file_schema("blocks"), [blocks("a", [3])])
    assert write_part(path, file_schema("blocks"), []) == 0
    assert not path.exists()
