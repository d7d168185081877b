"""Parts: row groups of whole pictures, small clips together, and the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.rows import blocks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codecorpus import schema
from codecorpus.corpus import writer
from codecorpus.corpus.contents import Stored
from codecorpus.corpus.manifest import File
from codecorpus.corpus.parts import Part
from codecorpus.corpus.store import LocalStore
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


def groups_of(path: Path) -> list[dict[str, int]]:
    """Rows by clip, of each row group."""
    with pq.ParquetFile(path) as file:
        read = [file.read_row_group(at, columns=["clip"])["clip"].to_pylist() for at in range(file.num_row_groups)]
    return [dict(Counter(group)) for group in read]


@pytest.mark.parametrize(
    ("clips", "wanted"),
    [
        ({"a": [3], "b": [4], "c": [3], "d": [1]}, [{"a": 3, "b": 4, "c": 3}, {"d": 1}]),
        ({"a": [3], "b": [4, 4], "c": [2], "d": [9]}, [{"a": 3}, {"b": 8, "c": 2}, {"d": 9}]),
        ({"a": [3], "b": [4] * 3, "c": [1], "d": [1]}, [{"a": 3}, {"b": 8}, {"b": 4}, {"c": 1, "d": 1}]),
        ({"a": [3], "b": [25], "c": [1]}, [{"a": 3}, {"b": 25}, {"c": 1}]),
    ],
)
def test_small_clips_share_a_row_group(
    tmp_path: Path, clips: dict[str, list[int]], wanted: list[dict[str, int]]
) -> None:
    write(tmp_path / "part", {clip: [blocks(counts)] for clip, counts in clips.items()})
    assert groups_of(tmp_path / "part") == wanted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clips=st.lists(st.lists(st.integers(1, 14), max_size=6), min_size=1, max_size=8), data=st.data())
def test_each_clip_is_read_as_it_was_written(tmp_path: Path, clips: list[list[int]], data: st.DataObject) -> None:
    whole = {f"clip-{at}": blocks(counts) for at, counts in enumerate(clips)}
    pieces = {name: [rows] for name, rows in whole.items()}
    for name, counts in zip(whole, clips, strict=True):
        rows = sum(counts[: data.draw(st.integers(0, len(counts)))])
        pieces[name] = [whole[name].slice(0, rows), whole[name].slice(rows)]
    file = write(tmp_path / "part", pieces)
    once = write(tmp_path / "once", {name: [rows] for name, rows in whole.items()})
    assert file == once
    part = Part(LocalStore(tmp_path), Stored("part", file), "blocks")
    columns = [*schema.KEYS, *schema.SCHEMAS["blocks"].names]
    for name, rows in whole.items():
        read = part.read(part.of_clip(name), columns, [name])
        assert read.drop_columns(list(schema.KEYS)).to_pylist() == rows.to_pylist()
        assert all(
            read[key].to_pylist() == [value] * rows.num_rows
            for key, value in zip(schema.KEYS, (name, ENCODE, "h264"), strict=True)
        )
        shown = part.shown(part.of_clip(name), ["clip", "block"], 1, 2, [name])
        wanted = [row["block"] for row in rows.to_pylist() if row["frame"] in (1, 2)]
        assert shown.to_pydict() == {"clip": [name] * len(wanted), "block": wanted}
    several = list(whole)[::2]
    groups = list(dict.fromkeys(group for name in several for group in part.of_clip(name)))
    assert part.read(groups, ["clip"], several)["clip"].to_pylist() == [
        n for n in several for _ in range(len(whole[n]))
    ]


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
    assert read.equals(schema.PARTS["blocks"], check_metadata=True)
    assert all(read.field(field.name).metadata[b"meaning"] for field in schema.PARTS["blocks"])
    assert read.metadata[b"codecorpus.table"] == b"blocks"


def test_keys_are_plain_strings_that_prune(tmp_path: Path) -> None:
    write(tmp_path / "part", {"a": [blocks([1])], "b": [blocks([2])], "c": [blocks([9])]})
    with pq.ParquetFile(tmp_path / "part") as file:
        assert [file.schema_arrow.field(key).type for key in schema.KEYS] == [pa.string()] * 3
        for at, clips in enumerate(("ab", "cc")):
            keys = [file.metadata.row_group(at).column(column).statistics for column in range(3)]
            assert [(key.min, key.max) for key in keys] == [tuple(clips), (ENCODE, ENCODE), ("h264", "h264")]


def test_a_part_may_have_no_rows(tmp_path: Path) -> None:
    file = write(tmp_path / "part", {"a": [blocks([])], "b": []})
    assert file.rows == 0 and pq.read_table(tmp_path / "part").num_rows == 0
    assert pq.read_schema(tmp_path / "part").names == schema.PARTS["blocks"].names


def test_what_is_told_of_a_part_is_so(tmp_path: Path) -> None:
    file = write(tmp_path / "part", {"a": [blocks([3, 4])]})
    data = (tmp_path / "part").read_bytes()
    footer = int.from_bytes(data[-8:-4], "little") + 8
    assert file == File(len(data), hashlib.sha256(data).hexdigest(), 7, hashlib.sha256(data[-footer:]).hexdigest())
