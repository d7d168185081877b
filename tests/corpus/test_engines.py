"""A corpus is read as it is by what people have: key columns and counts are the same in every engine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import datasets
import duckdb
import pandas
import polars
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from helpers import written

import codecorpus

KEYS = ["clip", "encode", "codec"]
TABLES = (*written.TABLES, "transforms", "maps")
BOOKKEEPING = ["clips", "encodes", "streams"]


Count = Counter[tuple[str, ...]]


@pytest.fixture(scope="module", params=["built", "extracted"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several encodes; or several codecs, streams that failed, and parts that have no rows."""
    root = tmp_path_factory.mktemp("engines") / request.param
    getattr(written, request.param)(root, TABLES)
    return root


@pytest.fixture(scope="module")
def wanted(root: Path) -> dict[str, Count]:
    """Rows by keys, by table, as they were written."""
    if root.name == "built":
        streams = [(c, e, written.read(written.B_FRAMES)) for cs in written.CLIPS.values() for c in cs
                   for e in written.ENCODES]  # fmt: skip
    else:
        streams = [(clip, "source", stream) for own in written.EXTRACTED.values() for clip, stream in own.items()]
    counts: dict[str, Count] = {table: Counter() for table in TABLES}
    for clip, encode, stream in streams:
        if stream.intrinsics is not None:
            for table in TABLES:
                rows = stream.intrinsics.tables["frames" if table == "maps" else table].num_rows
                counts[table] += Counter({(clip, encode, stream.intrinsics.codec): rows})
    return counts


def count(rows: list[tuple[str, ...]]) -> Count:
    return Counter(rows)


@pytest.mark.parametrize("table", TABLES)
def test_pyarrow(root: Path, table: str, wanted: dict[str, Count]) -> None:
    for rows in (ds.dataset(root / table).to_table(columns=KEYS), pq.read_table(root / table, columns=KEYS)):
        assert count(list(zip(*(rows[key].to_pylist() for key in KEYS), strict=True))) == wanted[table]
    one = next(iter(wanted[table]))
    some = ds.dataset(root / table).to_table(filter=(ds.field("clip") == one[0]) & (ds.field("encode") == one[1]))
    assert some.num_rows == wanted[table][one]


@pytest.mark.parametrize("table", TABLES)
def test_pandas(root: Path, table: str, wanted: dict[str, Count]) -> None:
    rows = pandas.read_parquet(root / table)
    assert count(list(rows[KEYS].itertuples(index=False, name=None))) == wanted[table]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("pattern", ["", "/**/*.parquet"])
def test_polars(root: Path, table: str, pattern: str, wanted: dict[str, Count]) -> None:
    rows = polars.scan_parquet(f"{root}/{table}{pattern}")
    assert count(rows.select(KEYS).collect().rows()) == wanted[table]
    by_encode = dict(rows.group_by("encode").len().collect().iter_rows())
    assert by_encode == {encode: sum(n for key, n in wanted[table].items() if key[1] == encode) for encode in by_encode}


@pytest.mark.parametrize("table", TABLES)
def test_duckdb(root: Path, table: str, wanted: dict[str, Count]) -> None:
    found = duckdb.sql(f"SELECT clip, encode, codec, count(*) FROM '{root}/{table}/**/*.parquet' GROUP BY ALL")
    assert Counter({row[:3]: row[3] for row in found.fetchall()}) == +wanted[table]


@pytest.mark.parametrize("table", TABLES)
def test_hugging_face_datasets(root: Path, table: str, wanted: dict[str, Count], tmp_path: Path) -> None:
    rows = datasets.load_dataset(str(root), table, split="train", cache_dir=str(tmp_path))
    assert count(list(zip(*(rows[key][:] for key in KEYS), strict=True))) == wanted[table]


@pytest.mark.parametrize("table", BOOKKEEPING)
def test_bookkeeping_is_read_as_it_is_too(root: Path, table: str, tmp_path: Path) -> None:
    wanted = getattr(codecorpus.open(root), table).num_rows
    assert ds.dataset(root / table).count_rows() == len(pandas.read_parquet(root / table)) == wanted
    assert duckdb.sql(f"SELECT count(*) FROM '{root}/{table}/**/*.parquet'").fetchall() == [(wanted,)]
    assert polars.scan_parquet(root / table).collect().height == wanted
    assert len(datasets.load_dataset(str(root), table, split="train", cache_dir=str(tmp_path))) == wanted


@pytest.mark.parametrize("table", TABLES)
def test_codecorpus(root: Path, table: str, wanted: dict[str, Count]) -> None:
    rows = codecorpus.open(root).dataset(table).to_table(columns=KEYS)
    assert count(list(zip(*(rows[key].to_pylist() for key in KEYS), strict=True))) == wanted[table]
