"""What is exported: read by the packages that trainers read it with, resumed, and the same bytes every time."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import datasets
import fsspec
import numpy as np
import pandas
import polars
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from helpers import written
from helpers.corpora import Builder
from typer.testing import CliRunner

import codecorpus
from codecorpus.cli import app
from codecorpus.corpus import store
from codecorpus.corpus.windows import Window
from codecorpus.errors import CorpusError
from codecorpus.export import shards
from codecorpus.export.item import Item, item, key
from codecorpus.export.rows import Rows
from codecorpus.export.tars import Tars

TEXT = """
sources: [sample://bikes]
clips: {length: 8, limit: 2, size: 96x64}
gop: {length: 4}
encodes:
  - {encoder: libx264, preset: veryfast, crf: [24.75, 36]}
"""
CHANNELS = ("bits", "skip", "velocity_past_x")
WANTED = ["--length", "4", *(word for channel in CHANNELS for word in ("--channel", channel))]


@pytest.fixture
def corpus(build: Builder, tmp_path: Path) -> codecorpus.Corpus:
    build(tmp_path / "c", TEXT)
    return codecorpus.open(tmp_path / "c")


def export(corpus: codecorpus.Corpus, *words: str) -> Any:
    return CliRunner().invoke(app, ["export", corpus.path, *WANTED, *words], catch_exceptions=False)


def files(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_keys_have_no_dots_and_differ() -> None:
    names = ["a.b", "a_b", "a-b", "clip.mp4-000"]
    keys = [key(Window(name, 4, 8, ())) for name in names]
    assert len(set(keys)) == 4 and all(re.fullmatch(r"[A-Za-z0-9_-]+", one) for one in keys)
    assert keys[1] == "a_b-000004"


def test_shards_hold_every_window(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    result = export(corpus, "--webdataset", str(tmp_path / "out"), "--pixels", "npy", "--shard-size", "100k")
    assert result.exit_code == 0, result.output
    shards = sorted((tmp_path / "out").glob("*.tar"))
    assert [path.name for path in shards] == ["shard-000000.tar", "shard-000001.tar"]
    found = files(shards[0]) | files(shards[1])
    windows = corpus.windows(4)
    assert len(windows) == 4 and len(found) == 16
    for window in windows:
        own = {name.partition(".")[2]: data for name, data in found.items() if name.startswith(key(window) + ".")}
        told = json.loads(own["json"])
        assert (told["clip"], told["first"], told["end"]) == window[:3] and told["encodes"] == list(window.encodes)
        one = corpus.contrast(window.clip, window.frames, channels=CHANNELS)
        maps = np.load(io.BytesIO(own["maps.npy"]))
        assert maps.dtype == np.float16
        np.testing.assert_array_equal(maps, one.maps.astype(np.float16))
        np.testing.assert_array_equal(np.load(io.BytesIO(own["description.npy"])), one.description)
        np.testing.assert_array_equal(np.load(io.BytesIO(own["pixels.npy"])), corpus.pixels(window.clip, window.frames))


def test_a_tar_holds_keys_of_any_length(tmp_path: Path) -> None:
    told, none = {"clip": "a"}, np.zeros((1, 1, 1, 1, 1), np.float16)
    names = ["a" * length for length in (80, 85, 200, 3)]
    with Tars("none").open(tmp_path / "shard.tar") as shard:
        for name in names:
            shard.add(Item(name, none, none[0, :, 0, 0].astype(np.float32), None, told))
    wanted = [f"{name}.{end}" for name in names for end in ("maps.npy", "description.npy", "json")]
    assert list(files(tmp_path / "shard.tar")) == wanted


def test_an_mp4_looks_as_the_clip_does(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    export(corpus, "--webdataset", str(tmp_path / "out"))
    found = files(tmp_path / "out/shard-000000.tar")
    with av.open(io.BytesIO(found["bikes-000-000004.mp4"])) as video:
        assert video.streams.video[0].average_rate == 25
        pixels = np.stack([frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)])
    error = np.mean((pixels.astype(float) - corpus.pixels("bikes-000", slice(4, 8))) ** 2)
    assert error < 255**2 / 10**3.3  # 33 dB of RGB whose chroma was halved


def test_it_goes_on_where_it_was_and_gives_the_same_bytes(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    words = ("--pixels", "none", "--shard-size", "1k", "--webdataset")
    export(corpus, *words, str(tmp_path / "one"))
    whole = tree(tmp_path / "one")
    assert len([name for name in whole if name.endswith(".tar")]) == 4
    export(corpus, *words, str(tmp_path / "two"))
    (tmp_path / "two/index/000002.json").unlink()
    (tmp_path / "two/shard-000001.tar").write_bytes(b"short")
    result = export(corpus, *words, str(tmp_path / "two"), "--json")
    assert json.loads(result.stdout)["shards"] == 3 and tree(tmp_path / "two") == whole
    assert json.loads(export(corpus, *words, str(tmp_path / "two"), "--json").stdout)["shards"] == 0
    other = export(corpus, *words, str(tmp_path / "two"), "--cell", "8")
    assert other.exit_code == 2 and "it was exported with cell: 16, not 8; export into another folder" in other.output
    assert export(corpus, *words, str(tmp_path)).exit_code == 2


@pytest.mark.parametrize("kind", ["--webdataset", "--parquet"])
def test_it_does_not_go_on_with_another_corpus(
    kind: str, corpus: codecorpus.Corpus, build: Builder, tmp_path: Path
) -> None:
    """Where clips, encodes and windows have the same names."""
    words = ("--pixels", "none", kind, str(tmp_path / "out"))
    assert export(corpus, *words).exit_code == 0
    whole = tree(tmp_path / "out")
    shutil.rmtree(corpus.path)
    build(tmp_path / "c", TEXT.replace("96x64", "64x48"))
    other = export(corpus, *words)
    assert other.exit_code == 2 and "exported of other rows under the same names; export into another" in other.output
    assert tree(tmp_path / "out") == whole


def test_parquet_has_a_row_a_window_anywhere(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    result = export(corpus, "--parquet", "memory://rows", "--pixels", "npy")
    assert result.exit_code == 0, result.output
    far = fsspec.filesystem("memory")
    with far.open("/rows/part-000000.parquet") as file:
        rows = pq.read_table(file).to_pylist()
    for row, window in zip(rows, corpus.windows(4), strict=True):
        assert row["key"] == key(window)
        maps, pixels = (
            np.frombuffer(row[f"{name}_bytes"], row[f"{name}_dtype"]).reshape(row[f"{name}_shape"])
            for name in ("maps", "pixels")
        )
        np.testing.assert_array_equal(pixels, corpus.pixels(window.clip, window.frames))
        wanted = corpus.contrast(window.clip, window.frames, channels=CHANNELS).maps
        np.testing.assert_array_equal(maps, wanted.astype(np.float16))
    far.rm("/rows", recursive=True)


ROWS = ("--pixels", "none", "--shard-size", "1k", "--parquet")


def test_a_folder_of_parquet_is_one_dataset(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert export(corpus, *ROWS, str(out)).exit_code == 0
    assert [path.name for path in sorted(out.iterdir())] == [f"part-{number:06}.parquet" for number in range(4)]
    wanted = [key(window) for window in corpus.windows(4)]
    datasets.disable_progress_bars()
    assert pandas.read_parquet(out)["key"].tolist() == wanted
    assert pyarrow.dataset.dataset(out).to_table(columns=["key"])["key"].to_pylist() == wanted
    assert polars.read_parquet(out)["key"].to_list() == wanted
    assert polars.scan_parquet(out).select("key").collect()["key"].to_list() == wanted
    assert datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "cache"))["key"][:] == wanted


def test_parquet_goes_on_where_it_was_and_gives_the_same_bytes(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    export(corpus, *ROWS, str(tmp_path / "one"))
    whole, out = tree(tmp_path / "one"), tmp_path / "two"
    export(corpus, *ROWS, str(out))
    (out / "part-000003.parquet").unlink()
    (out / "part-000001.parquet").write_bytes(b"short")
    result = export(corpus, *ROWS, str(out), "--json")
    assert json.loads(result.stdout)["shards"] == 3 and tree(out) == whole
    assert json.loads(export(corpus, *ROWS, str(out), "--json").stdout)["shards"] == 0
    other = export(corpus, *ROWS, str(out), "--cell", "8")
    assert other.exit_code == 2 and "it was exported with cell: 16, not 8; export into another folder" in other.output
    shutil.rmtree(out)
    (out / ".work/export").mkdir(parents=True)
    (out / ".work/export/part-000000.parquet").write_bytes(b"begun")
    assert export(corpus, *ROWS, str(out)).exit_code == 0 and tree(out) == whole
    (tmp_path / "three").mkdir()
    (tmp_path / "three/part-000000.parquet").write_bytes(b"of another")
    result = export(corpus, *ROWS, str(tmp_path / "three"))
    assert result.exit_code == 2 and "neither an export nor an empty folder" in result.output


def test_parquet_with_notes_beside_it_goes_on(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    """As it was written before parts had their notes inside."""
    out = tmp_path / "out"
    export(corpus, *ROWS, str(out))
    (out / "index").mkdir()
    for number, path in enumerate(sorted(out.glob("*.parquet"))):
        notes = json.loads(pq.read_metadata(path).metadata[b"codecorpus.export"])
        pq.write_table(pq.read_table(path), path)
        told = {"name": path.name, "first": notes["first"], "end": notes["end"], "bytes": path.stat().st_size}
        (out / f"index/{number:06}.json").write_text(json.dumps(told))
    (out / "export.json").write_text(json.dumps(notes["export"]))
    (out / "index/000003.json").unlink()
    before = tree(out)
    assert json.loads(export(corpus, *ROWS, str(out), "--json").stdout)["shards"] == 1
    after = tree(out)
    assert {name for name in after if after[name] != before.get(name)} == {"part-000003.parquet", "index/000003.json"}
    assert json.loads(export(corpus, *ROWS, str(out), "--json").stdout)["shards"] == 0


def test_wrong_usage_is_told(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    assert export(corpus).exit_code == 2
    out = tmp_path / "out"
    for words, told in (
        (("--pixels", "gif"), "pixels are mp4, npy or none"),
        (("--cell", "7"), "cells are 4, 8 or 16"),
        (("--channel", "bitz"), "channels are a sequence of"),
        (("--encode", "x265"), "no encode 'x265'"),
        (("--length", "100"), "there is no window of 100 frames"),
    ):
        result = export(corpus, "--webdataset", str(out), *words)
        assert result.exit_code == 2 and told in result.output and not out.exists()


def test_odd_sides_are_told_before_they_are_encoded(ffmpeg: Callable[..., Path], tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=s=63x48", "-frames:v", 4, "-pix_fmt", "yuv444p")
    source = ffmpeg(*picture, "-c:v", "libx264", name="odd.mp4")
    assert CliRunner().invoke(app, ["extract", str(source), "--out", str(tmp_path / "odd")]).exit_code == 0
    odd = codecorpus.open(tmp_path / "odd")
    result = export(odd, "--webdataset", str(tmp_path / "out"))
    assert result.exit_code == 2 and "is 63x48, and an mp4 has even sides; --pixels npy takes any" in result.output
    assert export(odd, "--webdataset", str(tmp_path / "npy"), "--pixels", "npy").exit_code == 0


def test_webdataset_reads_it(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset", reason="webdataset is not installed")
    export(corpus, "--webdataset", str(tmp_path / "out"), "--pixels", "npy", "--shard-size", "100k")
    shards = str(tmp_path / "out/shard-{000000..000001}.tar")
    found = list(webdataset.WebDataset(shards, shardshuffle=False).decode())
    assert [one["__key__"] for one in found] == [key(window) for window in corpus.windows(4)]
    assert found[0]["pixels.npy"].shape == (4, 64, 96, 3) and found[0]["maps.npy"].dtype == np.float16
    assert found[3]["json"]["clip"] == "bikes-001"


def test_energon_reads_it(corpus: codecorpus.Corpus, tmp_path: Path) -> None:
    energon = pytest.importorskip("megatron.energon", reason="megatron-energon is not installed")
    out = tmp_path / "out"
    export(corpus, "--webdataset", str(out), "--pixels", "npy", "--shard-size", "100k")
    command = [str(Path(sys.executable).with_name("energon")), "prepare", str(out), "--non-interactive"]
    subprocess.run([*command, "--split-ratio", "1,0,0", "--sample-type", "CrudeWebdataset"], check=True, timeout=300)

    @energon.stateless  # type: ignore[untyped-decorator]
    def as_it_is(sample: Any) -> Any:
        return sample

    class Encoder(energon.DefaultTaskEncoder):  # type: ignore[name-defined, misc]
        cookers = [energon.Cooker(as_it_is)]  # noqa: RUF012

    dataset = energon.get_train_dataset(
        out,
        batch_size=None,
        shuffle_buffer_size=None,
        max_samples_per_sequence=None,
        worker_config=energon.WorkerConfig(rank=0, world_size=1, num_workers=0),
        task_encoder=Encoder(),
        repeat=False,
    )
    found = {sample["__key__"].rpartition("/")[2]: sample for sample in energon.get_loader(dataset)}
    assert set(found) == {key(window) for window in corpus.windows(4)}
    one = found["bikes-000-000000"]
    assert one["json"]["clip"] == "bikes-000" and np.asarray(one["maps.npy"]).dtype == np.float16
    np.testing.assert_array_equal(np.asarray(one["pixels.npy"]), corpus.pixels("bikes-000", slice(0, 4)))


def test_what_cannot_be_made_is_left_out_where_that_is_asked_for(
    build: Builder, ffmpeg: Callable[..., Path], bikes: Path, tmp_path: Path
) -> None:
    sources = [ffmpeg("-i", bikes, "-frames:v", 8, "-s", "96x64", name=f"{name}.mp4") for name in ("gone", "there")]
    text = TEXT.replace("[sample://bikes]", str([str(path) for path in sources])).replace("limit: 2, ", "")
    build(tmp_path / "c", text)
    sources[0].unlink()
    corpus = codecorpus.open(tmp_path / "c")
    out = tmp_path / "out"
    assert export(corpus, "--parquet", str(out)).exit_code == 2
    assert not (out / "part-000000.parquet").exists()
    result = export(corpus, "--parquet", str(out), "--errors", "skip")
    assert result.exit_code == 1 and "left out: 2 windows of gone-000: " in result.output
    assert pq.read_table(out / "part-000000.parquet")["clip"].to_pylist() == ["there-000"] * 2
    notes = json.loads(pq.read_metadata(out / "part-000000.parquet").metadata[b"codecorpus.export"])
    assert (notes["first"], notes["end"], notes["left_out"]) == (0, 4, [0, 1])
    again = export(corpus, "--parquet", str(out), "--errors", "skip", "--json")
    assert again.exit_code == 1 and "left out: 2 windows of gone-000: an export before this one left it" in again.output
    assert json.loads(again.stdout)["left_out"] == 2


Kind = type[Tars] | type[Rows]


class Exporter:
    """Exports windows of a corpus, small shards each, of which some cannot be made."""

    def __init__(self, root: Path, kind: Kind) -> None:
        written.built(root / "c")
        self.out = root / "out"
        self.lost: set[Window] = set()
        self.kind = kind
        self.corpus = codecorpus.open(root / "c")
        self.windows = self.corpus.windows(3)

    def make(self, window: Window) -> Item:
        if window in self.lost:
            raise CorpusError("it is lost")
        return item(self.corpus, window, ("bits",), 16, "none")

    def write(self, errors: str = "strict") -> list[tuple[Window, str]]:
        """Those that are left out, and why."""
        left_out: list[tuple[Window, str]] = []

        def skip(window: Window, error: Exception) -> None:
            left_out.append((window, str(error)))

        shards.write(
            store.find(self.out),
            self.kind("none"),
            self.windows,
            self.make,
            3000,
            {"length": 3},
            lambda at, name: None,
            skip if errors == "skip" else None,
        )
        return left_out

    @property
    def parts(self) -> list[Path]:
        return sorted([*self.out.glob("*.tar"), *self.out.glob("*.parquet")])

    @property
    def keys(self) -> list[str]:
        if self.kind is Rows:
            return [key for part in self.parts for key in pq.read_table(part)["key"].to_pylist()]
        return [name.partition(".")[0] for part in self.parts for name in files(part) if name.endswith(".json")]


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("kind", [Tars, Rows])
def test_no_window_is_twice_where_a_shard_that_was_lost_ends_elsewhere(tmp_path: Path, kind: Kind, lost: int) -> None:
    export = Exporter(tmp_path, kind)
    export.write()
    assert len(export.parts) > 3
    export.parts[lost].unlink()
    export.lost = set(export.windows[3:6])
    assert [window for window, _ in export.write("skip")] == export.windows[3:6]
    assert export.keys == [key(window) for window in export.windows if window not in export.lost]


@pytest.mark.parametrize("kind", [Tars, Rows])
def test_what_was_left_out_is_told_again_and_made_where_nothing_is_to_be(tmp_path: Path, kind: Kind) -> None:
    whole, export = Exporter(tmp_path / "whole", kind), Exporter(tmp_path / "part", kind)
    assert whole.write() == []
    export.lost = {export.windows[4]}
    export.write("skip")
    assert export.write("skip") == [(export.windows[4], "an export before this one left it out")]
    before = tree(export.out)
    with pytest.raises(CorpusError, match="it is lost"):
        export.write()
    assert tree(export.out) == before and not (export.out / ".work").exists()
    export.lost = set()
    assert export.write() == [] and tree(export.out) == tree(whole.out)
    assert export.write("skip") == []


@pytest.mark.parametrize("kind", [Tars, Rows])
def test_one_export_at_a_time(tmp_path: Path, kind: Kind) -> None:
    export, other = Exporter(tmp_path, kind), Exporter(tmp_path / "other", kind)
    other.out = export.out
    refused = []

    def make(window: Window) -> Item:
        with pytest.raises(CorpusError, match=r"out: another export into it is under way$"):
            other.write()
        refused.append(window)
        return Exporter.make(export, window)

    export.make = make  # type: ignore[method-assign]
    export.write()
    assert refused == export.windows and export.keys == [key(window) for window in export.windows]
    assert not (export.out / ".work").exists()
    before = tree(export.out)
    other.write()
    assert tree(export.out) == before


def test_where_nothing_can_be_held_an_export_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codecorpus.run.hold.fcntl", None)
    export = Exporter(tmp_path, Tars)
    found = set[str]()

    def make(window: Window) -> Item:
        found.update(path.parent.name for path in (export.out / ".work").rglob("*.tar"))
        return Exporter.make(export, window)

    export.make = make  # type: ignore[method-assign]
    export.write()
    assert export.keys == [key(window) for window in export.windows] and not (export.out / ".work").exists()
    (folder,) = found
    assert folder.startswith("export.") and folder.endswith(f"-{os.getpid()}")
