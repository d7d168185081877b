"""codecorpus.open: what is asked for, in schema and order."""

from __future__ import annotations

import json
from pathlib import Path

import fsspec
import pyarrow.dataset as ds
import pytest
from helpers.rows import release, stage

import codecorpus
from codecorpus import schema
from codecorpus.corpus import manifest
from codecorpus.corpus.layout import Layout
from codecorpus.errors import CorpusError


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips through two encodes, three pictures of two blocks each."""
    layout = Layout(tmp_path_factory.mktemp("corpus") / "corpus")
    manifest.begin(layout, "made-up", 1)
    for encode in ("x264-b", "x264-a"):
        for clip in ("two-000", "one-000"):
            stage(layout, clip, [2, 2, 2], encode)
    release(layout)
    return layout.root


def test_tables_have_the_keys_and_the_schema(path: Path) -> None:
    rows = codecorpus.open(path).blocks()
    assert rows.schema.equals(schema.with_keys("blocks"), check_metadata=True)
    assert rows.schema.names == ["clip", "encode", "codec", *schema.SCHEMAS["blocks"].names]
    assert rows.num_rows == 24


def test_rows_come_by_encode_clip_and_coded_order(path: Path) -> None:
    rows = codecorpus.open(path).blocks(columns=["encode", "clip", "coded_order", "block"]).to_pylist()
    keys = [tuple(row.values()) for row in rows]
    assert keys == sorted(keys)


def test_only_what_is_asked_for_is_read(path: Path) -> None:
    corpus = codecorpus.open(path)
    rows = corpus.blocks(clip="one-000", encode=["x264-b"], frames=slice(1, 3))
    assert set(rows["clip"].to_pylist()) == {"one-000"} and set(rows["encode"].to_pylist()) == {"x264-b"}
    assert rows["frame"].to_pylist() == [1, 1, 2, 2]
    assert corpus.blocks(frames=slice(2, None)).num_rows == 8
    assert corpus.blocks(frames=slice(1)).num_rows == 8


def test_a_name_that_is_not_there_is_told_with_those_that_are(path: Path) -> None:
    corpus = codecorpus.open(path)
    with pytest.raises(CorpusError, match=r": no clip 'three-000'; known are one-000, two-000$"):
        corpus.blocks(clip="three-000")
    with pytest.raises(CorpusError, match=r": no encode 'x265'; known are x264-a, x264-b$"):
        corpus.blocks(encode=["x264-a", "x265"])


def test_a_table_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(CorpusError, match=r": no table motion in it$"):
        codecorpus.open(path).motion()


@pytest.mark.parametrize("frames", [slice(0, 4, 2), slice(-2, None)])
def test_a_slice_is_of_indices_from_0_without_steps(path: Path, frames: slice) -> None:
    with pytest.raises(ValueError, match=r"^frames is a slice of indices from 0 without steps, not slice"):
        codecorpus.open(path).blocks(frames=frames)


def test_bookkeeping_is_there(path: Path) -> None:
    corpus = codecorpus.open(path)
    assert corpus.clips.schema.equals(schema.CLIPS) and corpus.clips["clip"].to_pylist() == ["one-000", "two-000"]
    assert corpus.encodes.schema.equals(schema.ENCODES) and corpus.encodes.num_rows == 2
    assert corpus.streams.schema.equals(schema.STREAMS) and corpus.streams.num_rows == 4


def test_the_folder_is_a_plain_hive_dataset(path: Path) -> None:
    rows = ds.dataset(path / "blocks", partitioning="hive").to_table()
    assert set(rows["encode"].to_pylist()) == {"x264-a", "x264-b"} and set(rows["codec"].to_pylist()) == {"h264"}


def test_a_corpus_may_be_far(path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(path), "/far", recursive=True)
    corpus = codecorpus.open("memory://far")
    assert corpus.blocks(clip="one-000", encode="x264-a").num_rows == 6
    assert repr(corpus) == "codecorpus.open('memory://far')"


def test_no_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r": no corpus here$"):
        codecorpus.open(tmp_path)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (json.dumps({"format": 99}), r": its format is 99; this codecorpus reads format 1$"),
        ("{", r": corpus\.json is damaged$"),
    ],
)
def test_a_corpus_of_another_kind_is_told(tmp_path: Path, head: str, told: str) -> None:
    (tmp_path / "corpus.json").write_text(head)
    with pytest.raises(CorpusError, match=told):
        codecorpus.open(tmp_path)
