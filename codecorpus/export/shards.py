"""Shards: items one after the other into files of about one size, and going on where an export was left.

Tars have notes beside them, which tell what is there:

export.json              what is exported: settings, and a digest of the list of windows
index/000003.json        a shard that is whole: its windows, which are left out, bytes and SHA-256; written after it
shard-000003.tar

Parquet has its notes inside, so that nothing but parts stands in the folder, which readers take as one dataset:

part-000003.parquet      its footer has them as `codecorpus.export`
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from codecorpus.corpus.layout import WORK
from codecorpus.corpus.manifest import Json
from codecorpus.corpus.store import Store
from codecorpus.corpus.windows import Window, digest
from codecorpus.errors import CodecorpusError, CorpusError
from codecorpus.export.item import Item
from codecorpus.run.hold import alone

HEAD: Final = "export.json"

ROWS: Final = "rows"
"""The setting that tells, by encode, a digest of what the windows are made from."""


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

    def begin(self, settings: Json) -> list[Json]:
        """What is known of the shards that stand, from the first on, as far as each begins where the last one ended.

        Raises:
            CorpusError: something else stands there.
        """

    def remove(self, number: int) -> None:
        """Remove the shards from a number on, and what is known of them."""

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
    shard that they are in; `left_out`, where it is given, with a window that cannot be made, which is passed over, and
    with those that the shards that stand are without. Where it is not, the first such shard is made anew, and all
    behind it.

    Raises:
        CorpusError: something else stands there, or another process exports into it.
        CodecorpusError: a window cannot be made.
    """
    known = json.loads(json.dumps({**settings, "shard_bytes": most, "windows": digest(windows)}))
    with alone(store.work / "export", f"{store.path}: another export into it is under way") as work:
        notes: Notes = Inside(store, kind) if kind.has_notes and HEAD not in store.names("") else Beside(store, kind)
        standing = notes.begin(known)
        if left_out is None:
            standing = list(takewhile(lambda told: not _left_out(told), standing))
        else:
            for at in chain.from_iterable(map(_left_out, standing)):
                left_out(windows[at], CorpusError("an export before this one left it out"))
        at, number, made = _end(standing), len(standing), 0
        while at < len(windows):
            path = work / kind.name(number)
            path.unlink(missing_ok=True)
            with kind.open(path) as shard:
                told = _fill(shard, path.name, windows, at, make, most, tell, left_out)
                shard.note({"export": known, **told})
            notes.remove(number)  # shards behind may begin elsewhere than where this one ends
            notes.publish(path, number, told)
            at, number, made = told["end"], number + 1, made + 1
        notes.remove(number)
    return made


def _fill(
    shard: Shard,
    name: str,
    windows: Sequence[Window],
    first: int,
    make: Callable[[Window], Item],
    most: int,
    tell: Callable[[int, str], None],
    left_out: Callable[[Window, CodecorpusError], None] | None,
) -> Json:
    """Put windows into a shard, from the first on, until it is full; what is known of it then."""
    at, without = first, list[int]()
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
    return {"first": first, "end": at, "left_out": without}


class Beside:
    """Notes in files of their own."""

    def __init__(self, store: Store, kind: Kind) -> None:
        self._store = store
        self._kind = kind

    def begin(self, settings: Json) -> list[Json]:
        try:
            known = json.loads(self._store.read(HEAD))
        except FileNotFoundError:
            if self._store.names("") - {WORK}:
                raise CorpusError(f"{self._store.path}: neither an export nor an empty folder") from None
            self._store.put(HEAD, json.dumps(settings, indent=1).encode())
            return []
        except ValueError:
            raise CorpusError(f"{self._store.path}/{HEAD}: it is damaged; export into another folder") from None
        _check_same(self._store, known, settings)
        return _in_order({number: told for number in self._numbers() if (told := self._noted(number)) is not None})

    def _noted(self, number: int) -> Json | None:
        """The notes of a shard; None where it is not whole."""
        try:
            told: Json = json.loads(self._store.read(_note(number)))
        except FileNotFoundError:
            return None
        return told if self._store.size(self._kind.name(number)) == told["bytes"] else None

    def remove(self, number: int) -> None:
        for other in self._numbers():
            if other >= number:
                self._store.remove(_note(other))
                self._store.remove(self._kind.name(other))

    def _numbers(self) -> list[int]:
        """Of the shards of which there is anything."""
        noted = _numbers(self._store.names("index"), lambda number: _note(number).rpartition("/")[2])
        return sorted(noted | _numbers(self._store.names(""), self._kind.name))

    def publish(self, path: Path, number: int, told: Json) -> None:
        name = self._kind.name(number)
        told = {"name": name, **told, "bytes": path.stat().st_size}
        with path.open("rb") as file:
            told["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        self._store.publish(path, name)
        self._store.put(_note(number), json.dumps(told).encode())


class Inside:
    """Notes in the shards themselves."""

    def __init__(self, store: Store, kind: Kind) -> None:
        self._store = store
        self._kind = kind

    def begin(self, settings: Json) -> list[Json]:
        there = self._store.names("") - {WORK}
        numbers = _numbers(there, self._kind.name)
        found = {number: told for number in numbers if (told := self._noted(number)) is not None}
        if there and not found:
            raise CorpusError(f"{self._store.path}: neither an export nor an empty folder")
        for told in found.values():
            _check_same(self._store, told["export"], settings)
        return _in_order(found)

    def _noted(self, number: int) -> Json | None:
        with self._store.open(self._kind.name(number)) as file:
            return self._kind.noted(file)

    def remove(self, number: int) -> None:
        for other in _numbers(self._store.names(""), self._kind.name):
            if other >= number:
                self._store.remove(self._kind.name(other))

    def publish(self, path: Path, number: int, told: Json) -> None:
        self._store.publish(path, self._kind.name(number))


def _note(number: int) -> str:
    return f"index/{number:06}.json"


def _numbers(names: Iterable[str], name: Callable[[int], str]) -> set[int]:
    """The numbers of files, among others, that are named by them."""
    found = ((int(digits[0]), one) for one in names if (digits := re.search(r"[0-9]+", one)))
    return {number for number, one in found if name(number) == one}


def _in_order(found: Mapping[int, Json]) -> list[Json]:
    """What is known of shards, from the first on, as far as each begins where the last one ended."""
    standing: list[Json] = []
    while (told := found.get(len(standing))) is not None and told["first"] == _end(standing):
        standing.append(told)
    return standing


def _left_out(told: Json) -> list[int]:
    """The windows that a shard is without."""
    return list(told.get("left_out", ()))


def _end(standing: Sequence[Json]) -> int:
    """The first window that no shard has yet."""
    return int(standing[-1]["end"]) if standing else 0


def _check_same(store: Store, known: Json, settings: Json) -> None:
    rows = settings.get(ROWS)
    if known.get(ROWS, rows) != rows:  # exports made before it was told have none
        raise CorpusError(
            f"{store.path}: it was exported of other rows under the same names; export into another folder"
        )
    for key, value in settings.items():
        if key != ROWS and known.get(key) != value:
            raise CorpusError(
                f"{store.path}: it was exported with {key}: {known.get(key)}, not {value}; export into another folder"
            )
