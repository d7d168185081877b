"""From staged streams to parts."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from helpers.corpora import everything
from helpers.rows import bare, blocks, release, row, stage

from codecorpus import schema
from codecorpus.corpus import manifest
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.publish import read_rows
from codecorpus.corpus.stage import Stage
from codecorpus.errors import CorpusError


def clips_of(layout: Layout, table: str = "blocks") -> list[str]:
    return pq.read_table(layout.part(table, 0, "h264", "x264-a"), partitioning=None)["clip"].to_pylist()


def test_parts_are_by_clip_whatever_came_first(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    stage(layout, "b", [2, 1])
    release(layout)
    stage(layout, "c", [1])
    stage(layout, "a", [1, 1])
    release(layout)
    assert clips_of(layout) == ["a", "a", "b", "b", "b", "c"]
    assert clips_of(layout, "streams") == ["a", "b", "c"]
    assert not list((layout.work(0) / "streams").glob("*/*"))


def test_in_one_go_or_in_several_the_bytes_are_the_same(tmp_path: Path) -> None:
    one, two = Layout(tmp_path / "one"), Layout(tmp_path / "two")
    for clip in ("a", "b", "c"):
        stage(one, clip, [3, 4])
    release(one)
    for clip in ("c", "a", "b"):
        stage(two, clip, [3, 4])
        release(two)
    assert everything(one.root) == everything(two.root)


def test_a_stream_that_is_made_again_replaces_the_old_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for clip in ("a", "b"):
        stage(layout, clip, [2])
    release(layout)
    stage(layout, "a", [5])
    release(layout)
    assert clips_of(layout) == ["a"] * 5 + ["b"] * 2


def test_a_stream_that_fails_is_told_and_has_no_rows(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for clip in ("a", "b"):
        stage(layout, clip, [2])
    release(layout)
    release(layout, row("a", status="failed", error="no luck", tables=[]))
    assert clips_of(layout) == ["b", "b"]
    [failed, _] = read_rows(layout.part("streams", 0, "h264", "x264-a"))
    assert (failed["status"], failed["error"]) == ("failed", "no luck")


def test_publishing_nothing_changes_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    stage(layout, "a", [2])
    release(layout)
    before = everything(tmp_path)
    release(layout)
    assert everything(tmp_path) == before


def test_the_manifest_tells_every_file(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    stage(layout, "a", [2])
    stage(layout, "a", [2, 2], "x264-b")
    release(layout)
    told = manifest.read(layout, 0)
    assert set(told) == {name for name in everything(tmp_path) if not name.startswith("manifest")}
    assert told["blocks/codec=h264/encode=x264-b/part-00000.parquet"]["rows"] == 4


def test_a_stage_without_commit_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Stage(tmp_path / "x264-a" / "a", "a") as staged:
        staged.write("blocks", bare(blocks("a", [2])))
        raise RuntimeError
    assert not list((tmp_path / "x264-a").iterdir())


def test_a_folder_of_something_else_is_not_built_into(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(CorpusError, match=r": neither a corpus nor an empty folder$"):
        manifest.begin(Layout(tmp_path), "x", 1)


def test_the_number_of_shards_is_fixed(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "corpus")
    manifest.begin(layout, "x", 2)
    manifest.begin(layout, "x", 2)
    with pytest.raises(CorpusError, match=r": it is built in 2 shards, not in 4$"):
        manifest.begin(layout, "x", 4)


def test_bookkeeping_columns_tell_their_meaning() -> None:
    for own in schema.BOOKKEEPING.values():
        assert all(field.metadata[b"meaning"] for field in own)
