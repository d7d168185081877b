"""Whether every file that the markers name stands in the corpus as it was written, and no other one."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codecorpus.corpus import layout, manifest, spreads
from codecorpus.corpus.contents import Contents
from codecorpus.corpus.manifest import AGAIN, File, Json, Made
from codecorpus.corpus.store import Store
from codecorpus.corpus.verify.problem import Problem
from codecorpus.errors import CorpusError

UNNAMED: Final = (layout.HEAD, layout.CARD, f"{layout.MANIFEST}/", f"{layout.WORK}/", layout.STATISTICS_MARKER)
"""What no marker names."""

BLOCK: Final = 1 << 20


class Named:
    """The names of files that markers tell of, as digests: eight bytes each, so that memory hardly grows."""

    def __init__(self) -> None:
        self._digests = array("Q")

    def add(self, name: str) -> None:
        self._digests.append(digest_of(name))

    def holder(self) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """All of them, rising."""
        return np.unique(np.frombuffer(self._digests, np.uint64)) if self._digests else np.zeros(0, np.uint64)


class Files:
    """The files of a corpus; the names of those that were looked for are kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._named = Named()
        self._superseded = Named()

    def wrong(self, name: str, file: File) -> str | None:
        """What is wrong with a file that is told of; None where it is as it was written."""
        self._named.add(name)
        try:
            size, digest = _sha256(self._store, name)
        except FileNotFoundError:
            return "the file is not there"
        if size != file.bytes:
            return f"it is {size} bytes long, its marker tells of {file.bytes}"
        if digest != file.sha256:
            return "it is not what was written: its SHA-256 is another"
        return _wrong_rows(self._store, name, file) if name.endswith(".parquet") else None

    def supersede(self, made: Made) -> None:
        """Note the files that later ones stand for."""
        for name in made.superseded:
            self._superseded.add(name)

    def strange(self) -> Iterator[Problem]:
        """Files that nothing tells of, once everything that is told of was looked for."""
        named, superseded = self._named.holder(), self._superseded.holder()
        for name in sorted(entry.name for entry in self._store.list() if not _holds(named, entry.name)):
            if _holds(superseded, name):
                yield Problem(name, f"later files stand for it; {AGAIN}, which removes it")
            elif not name.startswith(UNNAMED):
                yield Problem(name, "no marker tells of it")


def of_marker(files: Files, body: Json | None, name: str) -> Iterator[Problem]:
    """Problems of a marker of one file, and of that."""
    if body is None:
        yield Problem(name, f"the marker is not there; {AGAIN}")
        return
    file, told = manifest.of_single(body, name)
    if (reason := files.wrong(file, told)) is not None:
        yield Problem(file, reason)


def of_statistics(contents: Contents, files: Files) -> Iterator[Problem]:
    """Problems of the statistics, if there are any: their files, and whether they are of the corpus as it is."""
    try:
        told, sources = spreads.told(contents.store)
    except CorpusError:
        yield Problem(layout.STATISTICS_MARKER, "the marker is damaged; run codecorpus stats again")
        return
    for name, file in told.items():
        if (reason := files.wrong(name, file)) is not None:
            yield Problem(name, f"{reason}; run codecorpus stats again")
    for cell, known in sources.items():
        if _stale(contents, known):
            yield Problem(
                layout.statistics(int(cell)), "it is of what the corpus was before; run codecorpus stats again"
            )


def _stale(contents: Contents, known: Mapping[str, str]) -> bool:
    return any(known.get(encode) != spreads.source(contents, encode) for encode in contents.encodes)


def _wrong_rows(store: Store, name: str, file: File) -> str | None:
    try:
        with store.open(name) as opened:
            rows = pq.read_metadata(opened).num_rows
    except (pa.ArrowException, OSError) as error:
        return f"it is no Parquet file: {error}"
    return None if file.rows in (None, rows) else f"it has {rows} rows, its marker tells of {file.rows}"


def _sha256(store: Store, name: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with store.open(name) as file:
        while piece := file.read(BLOCK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def digest_of(name: str) -> int:
    """Eight bytes that stand for a name."""
    return int.from_bytes(hashlib.sha256(name.encode(errors="surrogateescape")).digest()[:8], "big")


def _holds(digests: np.ndarray[Any, np.dtype[np.uint64]], name: str) -> bool:
    digest = digest_of(name)
    at = int(np.searchsorted(digests, np.uint64(digest)))
    return at < len(digests) and int(digests[at]) == digest
