"""Shards: items one after the other into files of about one size, and going on where an export was left.

Tars have notes beside them, which tell what is there:

export.json              what is exported: settings, and a digest of the list of windows
index/000003.json        a shard that is whole: its windows, which are left out, bytes and SHA-256; written after it
shard-000003.tar

Parquet has its notes inside, so that nothing but parts stands in the folder, which readers take as one dataset:

part-000003.parquet      its footer has them as `codecorpus.export`
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from codecorpus.corpus.layout import WORK
from codecorpus.corpus.manifest import Json
from codecorpus.corpus.store import Store
from codecorpus.corpus.windows import Window
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.export.item import Item

HEAD: Final = "export.json"


class Shard(Protocol):
    """A file under way."""

    @property
    def size(self) -> int:
        """So far."""

    def add(self, item: Item) -> None:
        """Put an item at its end."""

    def note(self, told: Json) -> None:
        """Put in what is to be known of it, where its kind has notes inside."""


class Kind(Protocol):
    """A kind of shards."""

    has_notes: bool
    """Whether its files have notes inside."""

    def name(self, number: int) -> str:
        """Of a shard's file."""

    def open(self, path: Path) -> AbstractContextManager[Shard]:
        """A new one, whole once it is left."""

    def noted(self, file: pa.NativeFile) -> Json | None:
        """The notes in a shard; None where it has none, or is damaged."""


class Notes(Protocol):
    """What is known of an export that was begun."""

    def begin(self, settings: Json) -> tuple[int, int]:
        """The first window that is still to be exported, and the number of its shard.

        Raises:
            CorpusError: something else stands there.
        """

    def publish(self, path: Path, number: int, told: Json) -> None:
        """Give a shard its name, and note that it is whole."""


def write(
    store: Store,
    kind: Kind,
    windows: Sequence[Window],
    make: Callable[[Window], Item],
    most: int,
    settings: Mapping[str, Any],
    tell: Callable[[int, str], None],
    left_out: Callable[[Window, CodecorpusError], None] | None = None,
) -> int:
    """Write the shards that are missing; how many were written.

    A shard ends with the item that brings it to `most` bytes. `tell` is called with the windows that are done, and the
    shard that they are in; `left_out`, where it is given, with a window that cannot be made, which is passed over.

    Raises:
        CorpusError: something else stands there.
        CodecorpusError: a window cannot be made.
    """
    known = json.loads(json.dumps({**settings, "shard_bytes": most, "windows": _digest(windows)}))
    notes: Notes = Inside(store, kind) if kind.has_notes and HEAD not in store.names("") else Beside(store, kind)
    at, number = notes.begin(known)
    made = 0
    store.work.mkdir(parents=True, exist_ok=True)
    while at < len(windows):
        name = kind.name(number)
        path, first, without = store.work / name, at, list[int]()
        path.unlink(missing_ok=True)
        with kind.open(path) as shard:
            while at < len(windows) and (at == first or shard.size < most):
                try:
                    shard.add(make(windows[at]))
                except CodecorpusError as error:
                    if left_out is None:
                        raise
                    left_out(windows[at], error)
                    without.append(at)
                at += 1
                tell(at, name)
            told = {"first": first, "end": at, "left_out": without}
            shard.note({"export": known, **told})
        notes.publish(path, number, told)
        number, made = number + 1, made + 1
    with contextlib.suppress(OSError):
        store.work.rmdir()
    return made


class Beside:
    """Notes in files of their own."""

    def __init__(self, store: Store, kind: Kind) -> None:
        self._store = store
        self._kind = kind

    def begin(self, settings: Json) -> tuple[int, int]:
        try:
            known = json.loads(self._store.read(HEAD))
        except FileNotFoundError:
            if self._store.names(""):
                raise CorpusError(f"{self._store.path}: neither an export nor an empty folder") from None
            self._store.put(HEAD, json.dumps(settings, indent=1).encode())
            return 0, 0
        except ValueError:
            raise CorpusError(f"{self._store.path}/{HEAD}: it is damaged; export into another folder") from None
        _check_same(self._store, known, settings)
        return self._resume()

    def _resume(self) -> tuple[int, int]:
        at = number = 0
        there = self._store.names("index")
        while f"{number:06}.json" in there:
            told = json.loads(self._store.read(f"index/{number:06}.json"))
            if self._store.size(self._kind.name(number)) != told["bytes"]:
                break
            at, number = told["end"], number + 1
        return at, number

    def publish(self, path: Path, number: int, told: Json) -> None:
        name = self._kind.name(number)
        told = {"name": name, **told, "bytes": path.stat().st_size}
        with path.open("rb") as file:
            told["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        self._store.publish(path, name)
        self._store.put(f"index/{number:06}.json", json.dumps(told).encode())


class Inside:
    """Notes in the shards themselves."""

    def __init__(self, store: Store, kind: Kind) -> None:
        self._store = store
        self._kind = kind

    def begin(self, settings: Json) -> tuple[int, int]:
        there = self._store.names("") - {WORK}
        names = [name for name in map(self._kind.name, range(len(there))) if name in there]
        found = {name: told for name in names if (told := self._noted(name)) is not None}
        if there and not found:
            raise CorpusError(f"{self._store.path}: neither an export nor an empty folder")
        for told in found.values():
            _check_same(self._store, told["export"], settings)
        at = number = 0
        while (told := found.get(self._kind.name(number))) is not None:
            at, number = told["end"], number + 1
        return at, number

    def _noted(self, name: str) -> Json | None:
        with self._store.open(name) as file:
            return self._kind.noted(file)

    def publish(self, path: Path, number: int, told: Json) -> None:
        self._store.publish(path, self._kind.name(number))


def _check_same(store: Store, known: Json, settings: Json) -> None:
    for key, value in settings.items():
        if known.get(key) != value:
            raise CorpusError(
                f"{store.path}: it was exported with {key}: {known.get(key)}, not {value}; export into another folder"
            )


def _digest(windows: Sequence[Window]) -> str:
    return hashlib.sha256(json.dumps(windows).encode()).hexdigest()
