"""Shards: items one after the other into files of about one size, and going on where an export was left.

export.json              what is exported: settings, and a digest of the list of windows
index/000003.json        a shard that is whole: its windows, which are left out, bytes and SHA-256; written after it
shard-000003.tar         or part-000003.parquet
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

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


class Kind(Protocol):
    """A kind of shards."""

    def name(self, number: int) -> str:
        """Of a shard's file."""

    def open(self, path: Path) -> AbstractContextManager[Shard]:
        """A new one, whole once it is left."""


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
    _begin(store, {**settings, "shard_bytes": most, "windows": _digest(windows)})
    at, number, made = *_resume(store, kind), 0
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
        told = {"name": name, "first": first, "end": at, "bytes": path.stat().st_size, "left_out": without}
        with path.open("rb") as file:
            told["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        store.publish(path, name)
        store.put(f"index/{number:06}.json", json.dumps(told).encode())
        number, made = number + 1, made + 1
    with contextlib.suppress(OSError):
        store.work.rmdir()
    return made


def _begin(store: Store, settings: Mapping[str, Any]) -> None:
    data = json.dumps(settings, indent=1).encode()
    try:
        known = json.loads(store.read(HEAD))
    except FileNotFoundError:
        if store.names(""):
            raise CorpusError(f"{store.path}: neither an export nor an empty folder") from None
        store.put(HEAD, data)
        return
    except ValueError:
        raise CorpusError(f"{store.path}/{HEAD}: it is damaged; export into another folder") from None
    for key, value in json.loads(data).items():
        if known.get(key) != value:
            raise CorpusError(
                f"{store.path}: it was exported with {key}: {known.get(key)}, not {value}; export into another folder"
            )


def _resume(store: Store, kind: Kind) -> tuple[int, int]:
    """The first window that is still to be exported, and the number of its shard."""
    at = number = 0
    there = store.names("index")
    while f"{number:06}.json" in there:
        told = json.loads(store.read(f"index/{number:06}.json"))
        if store.size(kind.name(number)) != told["bytes"]:
            break
        at, number = told["end"], number + 1
    return at, number


def _digest(windows: Sequence[Window]) -> str:
    return hashlib.sha256(json.dumps(windows).encode()).hexdigest()
