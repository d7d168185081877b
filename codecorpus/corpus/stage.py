"""A stream's tables while they wait for their part: Arrow files in a folder that appears when complete."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from codecorpus.corpus.files import sync
from codecorpus.corpus.writer import file_schema

STREAM = "stream.nut"
"""The name of the bitstream in a stage, where it is kept."""

OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


class Stage:
    """Tables of one stream, written as they come. Without `commit`, nothing of them stays."""

    def __init__(self, folder: Path, clip: str) -> None:
        self._folder = folder
        self._partial = folder.with_name(f".{folder.name}.partial")
        self._clip = clip
        self._writers: dict[str, pa.ipc.RecordBatchStreamWriter] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True)
        return self

    @property
    def folder(self) -> Path:
        """Where it grows; a file put here is staged with the tables."""
        return self._partial

    def write(self, table: str, rows: pa.Table) -> None:
        """Append rows, which lack the clip; they hold whole pictures in coded order."""
        own = file_schema(table)
        clip = pa.repeat(pa.scalar(self._clip), rows.num_rows)
        whole = pa.Table.from_arrays([clip, *(rows.column(name) for name in own.names[1:])], schema=own)
        if table not in self._writers:
            path = self._partial / f"{table}.arrows"
            self._writers[table] = pa.ipc.new_stream(path, whole.schema, options=OPTIONS)
        self._writers[table].write_table(whole)

    def amend(self, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
        """Write a table anew, with its rows changed, batch by batch; no more of it can be written."""
        if table not in self._writers:
            return
        self._writers.pop(table).close()
        path = self._partial / f"{table}.arrows"
        before = path.replace(path.with_suffix(".before"))
        with pa.ipc.open_stream(before) as reader, pa.ipc.new_stream(path, reader.schema, options=OPTIONS) as writer:
            for batch in reader:
                writer.write_table(change(pa.Table.from_batches([batch])))
        before.unlink()

    def commit(self, row: dict[str, Any]) -> None:
        """Keep the tables, with the stream's row of the bookkeeping table **streams**."""
        self._close()
        (self._partial / "stream.json").write_text(json.dumps(row), encoding="utf-8")
        for path in self._partial.iterdir():
            sync(path)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._partial.replace(self._folder)
        sync(self._folder.parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def _close(self) -> None:
        while self._writers:
            self._writers.popitem()[1].close()


@dataclass(frozen=True)
class Staged:
    """A stream that waits for its part."""

    folder: Path
    row: dict[str, Any]

    def read(self, table: str) -> Iterator[pa.Table]:
        """Its rows of a table, batch by batch; nothing where the stream has none."""
        path = self.folder / f"{table}.arrows"
        if not path.exists():
            return
        with pa.ipc.open_stream(path) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def staged_in(folder: Path) -> list[Staged]:
    """Every stream that waits below `folder`, by encode and clip."""
    rows = sorted(folder.glob("*/*/stream.json"))
    return [Staged(path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in rows]
