"""A corpus that was damaged is told to be: which file, clip and picture, and what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from codecorpus.run.local import Build
from helpers.corpora import SMALL
from typer.testing import CliRunner

from codecorpus import recipe
from codecorpus.cli import app
from codecorpus.corpus import manifest
from codecorpus.corpus.layout import Layout
from codecorpus.corpus.verify import verify
from codecorpus.corpus.writer import SETTINGS
from codecorpus.encode import ffmpeg

X264 = "x264-ultrafast-crf23"
X265 = "x265-ultrafast-crf28"
MORE = "maps: {cell: 16, channels: [bits]}\ntables: [blocks, motion, transforms]\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("verify") / "corpus"
    Build(recipe.parse(SMALL + MORE, "small"), root, ffmpeg.find(), keep_streams=True).run()
    return root


@pytest.fixture
def corpus(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return shutil.copytree(whole, tmp_path / "corpus")


def told(corpus: Path | str) -> list[str]:
    return [str(problem) for problem in verify(str(corpus)).problems]


def part(corpus: Path, table: str, encode: str = X264) -> Path:
    return next((corpus / table).glob(f"codec=*/encode={encode}/part-00000.parquet"))


def name(corpus: Path, path: Path) -> str:
    return path.relative_to(corpus).as_posix()


def rewrite(corpus: Path, path: Path, change: Callable[[pa.Table], pa.Table], **options: Any) -> str:
    """Writes a part anew, and has the manifest tell of it as it is then: only what it says is wrong."""
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(change(rows), path, **SETTINGS, **options)
    manifest.write(Layout(corpus), 0, [path])
    return name(corpus, path)


def with_column(rows: pa.Table, column: str, change: Callable[[list[Any]], None]) -> pa.Table:
    values = rows[column].to_pylist()
    change(values)
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), pa.array(values, rows.schema.field(at).type))


def put(column: str, row: int, value: Any) -> Callable[[pa.Table], pa.Table]:
    """A change of one cell; `value` may be made of what stands there."""

    def change(values: list[Any]) -> None:
        values[row] = value(values[row]) if callable(value) else value

    return lambda rows: with_column(rows, column, change)


def test_a_whole_corpus_is_told_to_be(whole: Path) -> None:
    report = verify(str(whole))
    assert report.problems == []
    assert (report.streams, report.failed, report.pictures) == (8, 0, 96)


def test_every_small_stream_is_consistent(tmp_path: Path) -> None:
    """Fields, lost references, overhanging blocks, spatial layers, every chroma format."""
    streams = [str(path) for path in sorted(Path("tests/data").iterdir()) if path.suffix not in (".md", ".json")]
    corpus = tmp_path / "corpus"
    tables = "blocks,motion,transforms"
    assert CliRunner().invoke(app, ["extract", *streams, "--out", str(corpus), "--tables", tables]).exit_code == 0
    report = verify(str(corpus))
    assert report.problems == []
    assert report.streams == len(streams) > 30


def test_a_corpus_is_looked_through_where_it_lies(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = fsspec.filesystem("memory")
    far.put(str(whole), "/verified", recursive=True)
    assert verify("memory://verified").problems == []
    far.rm("/verified/clips/part-00000.parquet")
    assert told("memory://verified")[0] == "clips/part-00000.parquet: the file is not there"
    far.rm("/verified", recursive=True)
    monkeypatch.chdir(whole.parent)
    assert verify("corpus/").problems == []


def test_a_file_that_is_gone_cut_changed_or_strange_is_told(corpus: Path) -> None:
    gone, cut, changed = part(corpus, "frames"), part(corpus, "motion"), part(corpus, "blocks", X265)
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    data = bytearray(changed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    (corpus / "blocks" / "notes.txt").write_text("")
    size = cut.stat().st_size
    assert told(corpus) == [
        f"{name(corpus, changed)}: it is not what was written: its SHA-256 is another",
        f"{name(corpus, gone)}: the file is not there",
        f"{name(corpus, cut)}: it is {size} bytes long, the manifest tells of {size + 1}",
        "blocks/notes.txt: no manifest tells of it",
    ]


def test_a_damaged_bitstream_is_told(corpus: Path) -> None:
    path = corpus / "bitstreams" / X264 / "carphone-001.nut"
    path.write_bytes(b"\0" * path.stat().st_size)
    assert told(corpus) == [f"{name(corpus, path)}: it is not what was written: its SHA-256 is another"]


def test_a_missing_and_a_damaged_manifest_are_told(corpus: Path) -> None:
    head = json.loads((corpus / "corpus.json").read_text())
    (corpus / "corpus.json").write_text(json.dumps(head | {"shards": 2}))
    assert told(corpus) == ["manifest/part-00001.json: shard 1 of 2 is not there: it is still to be built"]
    (corpus / "manifest" / "part-00001.json").write_text("[]")
    assert told(corpus) == ["manifest/part-00001.json: the manifest is damaged"]


BLOCK = "blocks, carphone-000, picture 0: "
MOTION = "motion, carphone-000, picture 1: "

CHANGES = [
    ("frames", put("bytes", 3, lambda n: n + 1), "frames, carphone-000: 12 pictures, 12 frames and "),
    ("frames", put("bits_header", 3, lambda n: n + 1), "frames, carphone-000, picture 3: bits sum to "),
    ("frames", put("frame", 3, 12), "frames, carphone-000: its frames are not 0 to 11, each once"),
    (
        "frames",
        put("pts", 3, lambda n: n + 1),
        "frames, carphone-000: its frames are not the instants that they are in ",
    ),
    ("frames", put("key", 3, True), "frames, carphone-000: its key frames are not those of "),
    ("frames", lambda rows: rows.slice(1), "frames, carphone-000: 11 pictures, 11 frames and "),
    ("frames", lambda rows: rows.take([1, 0, *range(2, 24)]), "frames, carphone-000, picture 0: rows are not in order"),
    ("blocks", put("x", 1, 32), BLOCK + "no block covers the 16 x 16 samples at (16, 0)"),
    ("blocks", put("w", 0, 32), BLOCK + "2 blocks cover the 16 x 16 samples at (16, 0)"),
    ("blocks", put("y", 98, 144), BLOCK + "the block at (160, 144) lies outside"),
    ("blocks", put("bits_mode", 0, lambda n: n + 1), BLOCK + "bits_mode of its blocks sum to "),
    ("blocks", put("block", 5, 6), BLOCK + "its blocks are not numbered from 0, one by one"),
    ("blocks", put("frame", 5, 1), BLOCK + "frame is not that of frames"),
    ("blocks", lambda rows: rows.slice(99), BLOCK + "it has no blocks"),
    (
        "blocks",
        lambda rows: rows.take([*range(99, 198), *range(99)]),
        "blocks, carphone-000, picture 0: rows are not in order",
    ),
    ("motion", put("w", 0, 8), MOTION + "partitions do not fill the inter blocks, and them alone"),
    ("motion", put("x", 0, 200), MOTION + "a partition lies outside its block"),
    ("motion", put("block", 0, 99), MOTION + "rows of a block that blocks does not have"),
    ("motion", put("ref0", 0, 5), MOTION + "ref0 is coded later"),
    ("motion", put("dt0", 0, -1), MOTION + "dt0 is not the distance from frame to that of ref0"),
    ("motion", put("frame", 0, 9), MOTION + "frame is not that of frames"),
    ("transforms", put("coefs", 0, lambda n: n + 1), "transforms, carphone-000, picture 0: coefficients are not those"),
    ("transforms", put("block", 0, 99), "transforms, carphone-000, picture 0: rows of a block that blocks does not"),
    ("transforms", lambda rows: rows.slice(1), "transforms, carphone-000, picture 0: coefficients are not those"),
    ("maps", put("shape", 4, [1, 2, 3]), "maps, carphone-000: frame 4: 396 bytes are no grid of [1, 2, 3]"),
    ("maps", lambda rows: rows.slice(1), "maps, carphone-000: 11 grids for 12 frames"),
]


@pytest.mark.parametrize(("table", "change", "wanted"), CHANGES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CHANGES)])
def test_what_does_not_agree_is_told(
    corpus: Path, table: str, change: Callable[[pa.Table], pa.Table], wanted: str
) -> None:
    file = rewrite(corpus, part(corpus, table), change)
    problems = [problem.replace(file, table) for problem in told(corpus)]
    assert any(problem.startswith(wanted) for problem in problems), problems


def test_a_picture_in_two_row_groups_is_told(corpus: Path) -> None:
    file = rewrite(corpus, part(corpus, "blocks"), lambda rows: rows, row_group_size=150)
    first = f"{file}, carphone-000, picture 1"
    assert any(p.startswith(first) and p.endswith("more than one row group holds its rows") for p in told(corpus))


def test_one_kind_of_problem_is_told_once_a_file(corpus: Path) -> None:
    def later(frames: list[int]) -> None:
        frames[:] = [frame + 1 for frame in frames]

    file = rewrite(corpus, part(corpus, "blocks", X265), lambda rows: with_column(rows, "frame", later))
    assert told(corpus) == [f"{file}, carphone-000, picture 0 and 23 more: frame is not that of frames"]


def test_a_stream_that_streams_does_not_know_is_told(corpus: Path) -> None:
    file = rewrite(corpus, part(corpus, "streams"), lambda rows: rows.slice(1))
    assert file.startswith("streams/")
    frames = name(corpus, part(corpus, "frames"))
    assert f"{frames}, carphone-000: streams tells of no such stream" in told(corpus)


def test_a_clip_that_clips_does_not_know_is_told(corpus: Path) -> None:
    rewrite(corpus, corpus / "clips" / "part-00000.parquet", lambda rows: rows.slice(1))
    assert f"streams, carphone-000 {X264}: clips tells of no such clip" in told(corpus)


def test_the_command_lists_problems_and_exits_1(corpus: Path) -> None:
    command = ["verify", str(corpus)]
    result = CliRunner().invoke(app, command)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{corpus}: 8 streams, 96 pictures: whole and consistent\n"
    path = part(corpus, "motion")
    path.unlink()
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f"{name(corpus, path)}: the file is not there"
    first, *_, last = map(json.loads, CliRunner().invoke(app, [*command, "--json"]).stdout.splitlines())
    assert first["file"] == name(corpus, path) and first["reason"] == "the file is not there"
    assert (last["event"], last["streams"], last["problems"]) == ("end", 8, 1)


def test_what_is_no_corpus_exits_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (2, f"error: {tmp_path}: no corpus here\n")
