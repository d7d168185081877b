"""Whether every file of the manifests stands in the corpus as it was written, and no other one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

from codecorpus.corpus import manifest, place
from codecorpus.corpus.verify.problem import Problem
from codecorpus.errors import CorpusError

OWN = ("corpus.json", "manifest/", ".work/")
"""What no manifest names."""


def check(files: pyarrow.fs.FileSystem, root: str, tell: Callable[[str], None]) -> Iterator[Problem]:
    """Problems of files. `tell` is called with each file before it is read."""
    named: dict[str, dict[str, Any]] = {}
    head = json.loads(place.read(files, f"{root}/corpus.json"))
    shards = {f"manifest/part-{shard:05}.json": shard for shard in range(int(head.get("shards", 1)))}
    for name in (*shards, "manifest/statistics.json"):
        try:
            named |= manifest.parse(place.read(files, f"{root}/{name}").decode(errors="replace"), name)
        except FileNotFoundError:
            if name in shards:
                yield Problem(name, f"shard {shards[name]} of {len(shards)} is not there: it is still to be built")
        except CorpusError:
            yield Problem(name, "the manifest is damaged")
    there = {
        info.path.removeprefix(f"{root}/"): info.size
        for info in files.get_file_info(pyarrow.fs.FileSelector(root, recursive=True))
        if info.type is pyarrow.fs.FileType.File
    }
    for name, entry in sorted(named.items()):
        tell(name)
        if name not in there:
            yield Problem(name, "the file is not there")
        elif there[name] != entry.get("bytes"):
            yield Problem(name, f"it is {there[name]} bytes long, the manifest tells of {entry.get('bytes')}")
        elif _sha256(files, f"{root}/{name}") != entry.get("sha256"):
            yield Problem(name, "it is not what was written: its SHA-256 is another")
        elif (reason := _wrong_rows(files, f"{root}/{name}", entry)) is not None:
            yield Problem(name, reason)
    for name in sorted(set(there) - set(named)):
        if not name.startswith(OWN):
            yield Problem(name, "no manifest tells of it")


def _wrong_rows(files: pyarrow.fs.FileSystem, path: str, entry: dict[str, Any]) -> str | None:
    if not path.endswith(".parquet"):
        return None
    try:
        with files.open_input_file(path) as file:
            rows = pq.read_metadata(file).num_rows
    except (pa.ArrowException, OSError) as error:
        return f"it is no Parquet file: {error}"
    return None if rows == entry.get("rows") else f"it has {rows} rows, the manifest tells of {entry.get('rows')}"


def _sha256(files: pyarrow.fs.FileSystem, path: str) -> str:
    with files.open_input_stream(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
