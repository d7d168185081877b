"""Maps on disk: written part by part, read by everyone."""

from __future__ import annotations

from pathlib import Path

import datasets
import duckdb
import numpy as np
import polars
import pyarrow as pa
import pytest
from helpers import written
from helpers.streams import Picture, block, busy, stream, vector
from helpers.written import ENCODES

import codecorpus
import codecorpus.maps
from codecorpus.corpus.map_rows import MapRows
from codecorpus.maps import CHANNELS

SIZE = (64, 48)
TABLES = ("frames", "blocks", "motion")
CLIP = "two-000"


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
    root = tmp_path_factory.mktemp("maps") / "corpus"
    written.built(root, ("frames", "maps"))
    return root


@pytest.fixture(scope="module")
def wanted() -> codecorpus.maps.Array:
    intrinsics = written.read(written.B_FRAMES).intrinsics
    assert intrinsics is not None
    return intrinsics.maps()


@pytest.mark.parametrize("cuts", [[], [1], [2], [3], [1, 2, 3, 4, 5, 6]])
def test_parts_make_no_difference(cuts: list[int]) -> None:
    rows = rows_of(busy(), cuts)
    assert rows["frame"].to_pylist() == list(range(6))
    data = np.stack([np.frombuffer(data, "<f4") for data in rows["data"].to_pylist()])
    np.testing.assert_array_equal(data.reshape(6, len(CHANNELS), 3, 4), busy().maps())


@pytest.mark.parametrize("cuts", [[], [1], [3], [1, 2, 3, 4]])
@pytest.mark.parametrize("frames", [[1, 0, None, 2, None], [0, None, None, None, None], [None] * 5])
def test_parts_lose_nothing_behind_what_is_shown(frames: list[int | None], cuts: list[int]) -> None:
    one = stream([Picture(frame, [block(bits_mode=256.0)], [vector()]) for frame in frames])
    rows = rows_of(one, cuts)
    assert rows["frame"].to_pylist() == sorted(frame for frame in frames if frame is not None)
    for frame, data in zip(rows["frame"].to_pylist(), rows["data"].to_pylist(), strict=True):
        wanted = one.maps(frames=[frame], size=SIZE)
        np.testing.assert_array_equal(np.frombuffer(data, "<f4").reshape(wanted[0].shape), wanted[0])


def grid(data: bytes, shape: list[int], dtype: str) -> codecorpus.maps.Array:
    return np.frombuffer(data, dtype).reshape(shape)


def test_polars_reads_maps(root: Path, wanted: codecorpus.maps.Array) -> None:
    ours = (polars.col("clip") == CLIP) & (polars.col("encode") == ENCODES[0])
    rows = polars.scan_parquet(root / "maps").filter(ours).collect()
    assert rows["codec"].unique().to_list() == ["hevc"] and rows["frame"].to_list() == list(range(9))
    found = grid(rows["data"][2], rows["shape"][2].to_list(), rows["dtype"][2])
    np.testing.assert_array_equal(found, wanted[2])


def test_duckdb_reads_maps(root: Path, wanted: codecorpus.maps.Array) -> None:
    found = f"from '{root}/maps/**/*.parquet' where encode = '{ENCODES[1]}' and clip = '{CLIP}' and frame = 4"
    (row,) = duckdb.sql(f"select data, shape, dtype {found}").fetchall()
    np.testing.assert_array_equal(grid(*row), wanted[4])


def test_hugging_face_datasets_reads_maps(root: Path, wanted: codecorpus.maps.Array, tmp_path: Path) -> None:
    rows = datasets.load_dataset(str(root), "maps", split="train", cache_dir=str(tmp_path)).filter(
        lambda row: row["clip"] == CLIP and row["encode"] == ENCODES[0]
    )
    assert rows["frame"][:] == list(range(9))
    np.testing.assert_array_equal(grid(rows[3]["data"], rows[3]["shape"], rows[3]["dtype"]), wanted[3])
