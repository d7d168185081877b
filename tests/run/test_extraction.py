"""Streams as they are into a corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import codecorpus
from codecorpus import schema
from codecorpus.run.extraction import Extraction
from codecorpus.run.local import Summary
from codecorpus.sources.find import Video

TABLES = ("frames", "blocks", "motion")


def extracted(corpus: Path, *paths: Path) -> Summary:
    return Extraction([Video(str(path)) for path in paths], corpus, TABLES).run()


@pytest.fixture(scope="module")
def stream(ffmpeg: Callable[..., Path], bikes: Path) -> Path:
    return ffmpeg("-i", bikes, "-frames:v", 20, "-an", "-c:v", "libx264", "-g", 10, name="street.mp4")


def test_a_file_becomes_a_clip_with_the_tables_that_extract_gives(stream: Path, tmp_path: Path) -> None:
    assert extracted(tmp_path, stream).made == 1
    corpus = codecorpus.open(tmp_path)
    told = codecorpus.extract(stream)
    for table in TABLES:
        rows = getattr(corpus, table)(clip="street-000", encode="source")
        assert rows.drop_columns(list(schema.KEYS)).to_pylist() == getattr(told, table).to_pylist()
    [clip] = corpus.clips.to_pylist()
    assert (clip["frames"], clip["width"], clip["fps"]) == (20, 640, 25.0)
    assert list(tmp_path.glob("blocks/codec=h264/encode=source/part-00000.parquet"))


def test_run_again_it_reads_only_what_is_new(stream: Path, tmp_path: Path) -> None:
    extracted(tmp_path / "corpus", stream)
    other = tmp_path / "other.mp4"
    other.write_bytes(stream.read_bytes())
    summary = extracted(tmp_path / "corpus", stream, other)
    assert (summary.streams, summary.made) == (2, 1)
    assert codecorpus.open(tmp_path / "corpus").clips["clip"].to_pylist() == ["other-000", "street-000"]


def test_another_file_of_the_same_name_is_another_clip(stream: Path, tmp_path: Path) -> None:
    extracted(tmp_path / "corpus", stream)
    other = tmp_path / "street.mp4"
    other.write_bytes(stream.read_bytes())
    extracted(tmp_path / "corpus", other)
    names = codecorpus.open(tmp_path / "corpus").clips["clip"].to_pylist()
    assert len(names) == 2 and names[0] == "street-000" and names[1].startswith("street-")


def test_a_stream_that_breaks_off_keeps_what_came_before(
    stream: Path, ffmpeg: Callable[..., Path], tmp_path: Path
) -> None:
    raw = ffmpeg("-i", stream, "-c", "copy", name="raw.h264").read_bytes()
    broken = tmp_path / "broken.h264"
    middle = len(raw) // 2
    broken.write_bytes(raw[:middle] + bytes(range(256)) * 4 + raw[middle + 1024 :])
    summary = extracted(tmp_path / "corpus", broken)
    [failure] = summary.failures
    assert "broken.h264" in failure.error and "picture " in failure.error and "byte " in failure.error
    corpus = codecorpus.open(tmp_path / "corpus")
    [told] = corpus.streams.to_pylist()
    assert told["status"] == "failed" and told["error"] == failure.error
    assert 0 < corpus.frames().num_rows == told["pictures"] < 20


def test_what_cannot_be_read_at_all_is_told_beside_the_rest(stream: Path, tmp_path: Path) -> None:
    text = tmp_path / "note.mp4"
    text.write_text("no video")
    summary = extracted(tmp_path / "corpus", text, stream)
    assert summary.made == 1
    [failure] = summary.failures
    assert failure.clip == "note-000" and "note.mp4" in failure.error
    statuses = {row["clip"]: row["status"] for row in codecorpus.open(tmp_path / "corpus").streams.to_pylist()}
    assert statuses == {"note-000": "failed", "street-000": "done"}
