"""Streams as they are into a corpus: no encode, one clip per file."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from codecorpus import schema
from codecorpus.corpus import manifest
from codecorpus.corpus.layout import SOURCE, Layout
from codecorpus.corpus.publish import publish
from codecorpus.corpus.stage import Stage
from codecorpus.errors import CodecorpusError, StreamError
from codecorpus.extract import extract_batches
from codecorpus.maps import displayed_size
from codecorpus.run.ledger import Ledger, locked
from codecorpus.run.local import Summary
from codecorpus.run.plan import Failure
from codecorpus.run.pool import Event, side_by_side
from codecorpus.sources.clips import stems
from codecorpus.sources.fetch import fetched, sha256
from codecorpus.sources.find import Video

UNKNOWN = "unknown"
"""The codec of a stream that could not be read at all."""


@dataclass(frozen=True)
class Input:
    """A file to read, and the name of the clip that it becomes."""

    uri: str
    clip: str


@dataclass
class Extraction:
    """Reading files into a corpus. `tell` is called with each event, one at a time."""

    videos: list[Video]
    root: Path
    tables: tuple[str, ...]
    jobs: int = 1
    tell: Callable[[Event], None] = lambda event: None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _failures: list[Failure] = field(default_factory=list, repr=False)
    _lost: list[dict[str, Any]] = field(default_factory=list, repr=False)
    _made: int = 0

    def run(self) -> Summary:
        """Read what is missing, and publish.

        Of a stream that breaks off, the pictures before are kept, and the error is told beside them.

        Raises:
            CorpusError: the folder is no corpus, or another build has it.
        """
        layout = Layout(self.root)
        manifest.begin(layout, SOURCE, 1)
        with locked(layout, 0):
            ledger = Ledger(layout, 0)
            inputs = named(self.videos, ledger)
            side_by_side(inputs, lambda one: self._one(one, ledger, layout.work(0)), self.jobs)
            publish(
                layout,
                0,
                staged=[stream for stream in ledger.staged() if stream.row["encode"] == SOURCE],
                failed=self._lost,
                clips=ledger.clip_rows(),
                encodes={SOURCE: {"encode": SOURCE, "encoder": SOURCE}},
            )
            ledger.forget_clip_rows()
        return Summary(len(inputs), self._made, tuple(self._failures))

    def _one(self, one: Input, ledger: Ledger, work: Path) -> None:
        """Read one file, if it is not the one that was read before under its name."""
        began = time.monotonic()
        row: dict[str, Any] = {"clip": one.clip, "encode": SOURCE, "codec": UNKNOWN, "status": "failed", "tables": []}
        try:
            with fetched(one.uri, work) as path:
                row["sha256"] = sha256(path)
                row["fingerprint"] = fingerprint(row["sha256"], self.tables)
                if ledger.done().get((one.clip, SOURCE)) == row["fingerprint"]:
                    return
                self._say(Event("begun", one.clip, SOURCE))
                self._read(one, path, ledger, row)
        except (CodecorpusError, OSError) as error:
            told = str(error).replace(str(work) + "/", "")
            with self._lock:
                self._failures.append(Failure(one.clip, SOURCE, told))
                if not row.get("pictures"):
                    self._lost.append({**row, "error": told})
                    ledger.note_clip({"clip": one.clip, "source": one.uri, "status": "failed", "error": told})
            self._say(Event("failed", one.clip, SOURCE, row.get("frames", 0), error=told))
            return
        self._made += 1
        self._say(Event("done", one.clip, SOURCE, row["frames"], row["bytes"], time.monotonic() - began))

    def _read(self, one: Input, path: Path, ledger: Ledger, row: dict[str, Any]) -> None:
        """Stage what can be read, also where an error ends it, which is raised after."""
        failure: StreamError | None = None
        frames: list[pa.Table] = []
        with Stage(ledger.staging / SOURCE / one.clip, one.clip) as stage:
            try:
                for part in extract_batches(path, tables=self.tables):
                    row["codec"] = part.codec
                    frames.append(part.frames.select(["frame", "time", "crop_width", "crop_height", "bytes"]))
                    for table in self.tables:
                        stage.write(table, part.tables[table])
                    self._say(Event("frames", one.clip, SOURCE, sum(t.num_rows for t in frames)))
            except StreamError as error:
                failure = error
            if frames:
                seen = pa.concat_tables(frames)
                row |= {"status": "failed" if failure else "done", "error": failure and str(failure)}
                row |= {"tables": list(self.tables), "pictures": seen.num_rows}
                row |= {"frames": pc.count(seen.column("frame")).as_py(), "bytes": pc.sum(seen.column("bytes")).as_py()}
                stage.commit(row)
                ledger.note_clip(clip_row(one, row, seen))
        if failure:
            raise failure

    def _say(self, event: Event) -> None:
        with self._lock:
            self.tell(event)


def named(videos: list[Video], ledger: Ledger) -> list[Input]:
    """Names for files: readable, and of no other video that the corpus has."""
    known = {name: row["source"] for name, row in ledger.published_clips().items()}
    inputs = []
    for video, stem in stems(videos).items():
        clip = f"{stem}-000"
        if known.get(clip, video.uri) != video.uri:
            clip = f"{stem}-{hashlib.sha256(video.uri.encode()).hexdigest()[:6]}-000"
        inputs.append(Input(video.uri, clip))
    return inputs


def fingerprint(source: str, tables: tuple[str, ...]) -> str:
    """SHA-256 of what is asked for: the file by its SHA-256, and the tables."""
    return hashlib.sha256(json.dumps([schema.VERSION, source, tables]).encode()).hexdigest()


def clip_row(one: Input, row: dict[str, Any], frames: pa.Table) -> dict[str, Any]:
    """A file's row of **clips**, as far as its stream tells."""
    times = pc.min_max(frames.column("time")).as_py()
    width, height = displayed_size(frames)
    span = (times["max"] - times["min"]) if times["max"] is not None else 0.0
    return {
        "clip": one.clip,
        "source": one.uri,
        "source_sha256": row["sha256"],
        "source_codec": row["codec"],
        "source_width": width,
        "source_height": height,
        "first": 0,
        "start": 0.0,
        "frames": row["frames"],
        "fps": (row["frames"] - 1) / span if span else None,
        "width": width,
        "height": height,
        "status": row["status"],
        "error": row["error"],
    }
