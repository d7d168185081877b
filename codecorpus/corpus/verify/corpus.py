"""A whole corpus: its files, its bookkeeping, its parts, and its clips across encodes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

from codecorpus.corpus import parts, place
from codecorpus.corpus.layout import SOURCE
from codecorpus.corpus.parts import NOTHING, Pictures
from codecorpus.corpus.reader import Corpus
from codecorpus.corpus.verify import files as on_disk
from codecorpus.corpus.verify.problem import Problem
from codecorpus.corpus.verify.streams import Streams


@dataclass
class Report:
    """What a corpus holds, and what is wrong with it.

    `failed` streams are told of in **streams** with the reason why they could not be made: no problem of the corpus.
    """

    streams: int = 0
    failed: int = 0
    pictures: int = 0
    problems: list[Problem] = field(default_factory=list)


def verify(path: str, tell: Callable[[str], None] = lambda what: None) -> Report:
    """Look through the corpus at a local path or URI, in memory that does not grow with it.

    Checked are: every file's size, rows and SHA-256; that streams have the tables, pictures, frames and bytes that
    **streams** tells; rows in order, no picture in two row groups; that bits sum to bytes, and those of blocks to
    their picture's; that blocks tile the picture and partitions their blocks; that references agree with **frames**;
    and that a frame is the same instant, and key frames are the same, in every encode of a clip.

    Args:
        path: the corpus.
        tell: called with what is looked at next.

    Raises:
        CorpusError: there is no corpus, or it is of another format.
        OSError: it cannot be read.
    """
    corpus = Corpus(path)
    files, root = place.find(path)
    report = Report(problems=list(on_disk.check(files, root, tell)))
    damaged = {problem.file for problem in report.problems}
    try:
        clips, streams = corpus.clips.to_pylist(), corpus.streams.to_pylist()
        encodes = set(corpus.encodes["encode"].to_pylist())
    except (pa.ArrowException, OSError):
        if not damaged:
            raise
        return report  # what is wrong with them is told already
    report.streams = len(streams)
    report.failed = sum(row["status"] != "done" for row in streams)
    report.problems += _strangers(streams, {row["clip"] for row in clips}, encodes)
    times: dict[str, _Instants] = {}
    lengths = {row["clip"]: row["frames"] for row in clips}
    for found in parts.find(files, root):
        if any(file.endswith(f"/codec={found.codec}/encode={found.encode}/{found.name}") for file in damaged):
            continue  # told already
        tell(f"codec={found.codec}/encode={found.encode}")
        own = _clips_of(files, f"{root}/{found.tables['streams']}") if "streams" in found.tables else set()
        rows = {row["clip"]: row for row in streams if row["encode"] == found.encode and row["clip"] in own}
        problems, pictures = Streams(found, rows, lengths).check(files, root)
        report.problems += problems
        if pictures is not None:
            report.pictures += len(pictures)
            report.problems += _aligned(times, pictures, found.encode, found.tables["frames"])
    return report


def _strangers(streams: list[dict[str, Any]], clips: set[str], encodes: set[str]) -> Iterator[Problem]:
    for row in streams:
        if row["clip"] not in clips:
            yield Problem("streams", "clips tells of no such clip", row["clip"], row["encode"])
        if row["encode"] not in encodes:
            yield Problem("streams", "encodes tells of no such encode", row["clip"], row["encode"])


def _clips_of(files: pyarrow.fs.FileSystem, path: str) -> set[str]:
    with files.open_input_file(path) as file:
        return set(pq.read_table(file, columns=["clip"], partitioning=None)["clip"].to_pylist())


@dataclass(frozen=True)
class _Instants:
    """What the frames of a clip are in the encode that was seen first: SHA-256 of frame, pts and time; key frames."""

    encode: str
    times: str
    keys: frozenset[int] | None


def _aligned(known: dict[str, _Instants], pictures: Pictures, encode: str, file: str) -> Iterator[Problem]:
    """Whether frames are the instants that they are in the encodes before; key frames too, in what was encoded here."""
    frame, key = pictures.integers["frame"], pictures.integers["key"]
    for clip, at in pictures.by_clip():
        shown = at[frame[at] != NOTHING]
        shown = shown[np.argsort(frame[shown], kind="stable")]
        digest = hashlib.sha256()
        for column in (frame, pictures.integers["pts"], pictures.floats["time"]):
            digest.update(column[shown].tobytes())
        keys = None if encode == SOURCE else frozenset(frame[shown[key[shown] == 1]].tolist())
        own = _Instants(encode, digest.hexdigest(), keys)
        first = known.setdefault(clip, own)
        if own.times != first.times:
            yield Problem(file, f"its frames are not the instants that they are in {first.encode}", clip)
        if own.keys is not None and first.keys is not None and own.keys != first.keys:
            yield Problem(file, f"its key frames are not those of {first.encode}", clip)
        if first.keys is None and own.keys is not None:
            known[clip] = own
