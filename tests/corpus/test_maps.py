"""Maps on disk: written part by part, read by everyone."""

from __future__ import annotations

from pathlib import Path

import datasets
import duckdb
import numpy as np
import polars
import pyarrow as pa
import pytest
from codecorpus.corpus.publish import publish
from codecorpus.corpus.stage import Stage, staged_in
from helpers.streams import busy

import codecorpus
from codecorpus.corpus import manifest
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.maps import MapRows
from codecorpus.corpus.reader import Corpus
from codecorpus.errors import CorpusError
from codecorpus.maps import CHANNELS

SIZE = (64, 48)
CLIPS = {"one": 0, "two": 1}
TABLES = ("frames", "blocks", "motion")


def rows_of(intrinsics: codecorpus.Intrinsics, cuts: list[int]) -> pa.Table:
    """Rows of **maps**, from a stream that comes in parts of whole pictures."""
    rows = MapRows("av1", SIZE, 16, CHANNELS)
    pieces = []
    for first, end in zip([0, *cuts], [*cuts, intrinsics.frames.num_rows], strict=True):
        part = {}
        for name in TABLES:
            order = intrinsics.tables[name]["coded_order"].to_numpy()
            part[name] = intrinsics.tables[name].filter(pa.array((order >= first) & (order < end)))
        pieces.append(rows.add(codecorpus.Intrinsics("av1", part)))
    return pa.concat_tables([*pieces, rows.finish()])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of two clips through one encode, with maps."""
    root = tmp_path_factory.mktemp("maps") / "corpus"
    layout = Layout(root)
    manifest.begin(layout, "maps", 1)
    staging = layout.work(0) / "streams"
    for clip, seed in CLIPS.items():
        intrinsics = busy(seed=seed)
        tables = (*TABLES, "maps")
        with Stage(staging / "svt" / clip, clip) as stage:
            for name in TABLES:
                stage.write(name, intrinsics.tables[name])
            stage.write("maps", rows_of(intrinsics, [3]))
            stage.commit({"clip": clip, "encode": "svt", "codec": "av1", "status": "done", "tables": list(tables)})
    clips = [{"clip": clip, "width": SIZE[0], "height": SIZE[1], "status": "done"} for clip in CLIPS]
    publish(layout, 0, staged=staged_in(staging), failed=[], clips=clips, encodes={"svt": {"encode": "svt"}})
    return root


@pytest.mark.parametrize("cuts", [[], [1], [2], [3], [1, 2, 3, 4, 5, 6]])
def test_parts_make_no_difference(cuts: list[int]) -> None:
    rows = rows_of(busy(), cuts)
    assert rows["frame"].to_pylist() == list(range(6))
    data = np.stack([np.frombuffer(data, "<f4") for data in rows["data"].to_pylist()])
    np.testing.assert_array_equal(data.reshape(6, len(CHANNELS), 3, 4), busy().maps())


def test_a_corpus_gives_maps_from_disk_and_from_blocks_alike(root: Path) -> None:
    corpus = Corpus(str(root))
    want = busy(seed=1).maps()
    np.testing.assert_array_equal(corpus.maps("two", "svt"), want)
    np.testing.assert_array_equal(corpus.maps("two", "svt", slice(1, 4), channels=("skip", "bits"))[:, 1], want[1:4, 8])
    np.testing.assert_array_equal(corpus.maps("two", "svt", [5, 2], cell=8), busy(seed=1).maps(cell=8, frames=[5, 2]))
    np.testing.assert_array_equal(corpus.maps("two", "svt", hidden="leave"), busy(seed=1).maps(hidden="leave"))
    flow, mask = corpus.flow("one", "svt", slice(0, 2))
    assert flow.shape == (2, 2, 48, 64) and mask.all()
    assert corpus.intrinsics("one", "svt").motion.equals(busy().motion)
    with pytest.raises(CorpusError, match="no clip 'three'"):
        corpus.maps("three", "svt")


def first_grid(data: bytes, shape: list[int], dtype: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.frombuffer(data, dtype).reshape(shape)


def test_polars_reads_maps(root: Path) -> None:
    rows = polars.scan_parquet(root / "maps", hive_partitioning=True).filter(polars.col("clip") == "one").collect()
    assert rows["codec"].unique().to_list() == ["av1"] and rows["frame"].to_list() == list(range(6))
    grid = first_grid(rows["data"][2], rows["shape"][2].to_list(), rows["dtype"][2])
    np.testing.assert_array_equal(grid, busy().maps()[2])


def test_duckdb_reads_maps(root: Path) -> None:
    found = f"from '{root}/maps/*/*/*.parquet' where encode = 'svt' and clip = 'two' and frame = 4"
    (row,) = duckdb.sql(f"select data, shape, dtype {found}").fetchall()
    np.testing.assert_array_equal(first_grid(*row), busy(seed=1).maps()[4])


def test_hugging_face_datasets_reads_maps(root: Path, tmp_path: Path) -> None:
    rows = datasets.load_dataset(
        "parquet", data_files=f"{root}/maps/**/*.parquet", split="train", cache_dir=str(tmp_path)
    ).filter(lambda row: row["clip"] == "one")
    assert rows["frame"][:] == list(range(6))
    np.testing.assert_array_equal(first_grid(rows[3]["data"], rows[3]["shape"], rows[3]["dtype"]), busy().maps()[3])
