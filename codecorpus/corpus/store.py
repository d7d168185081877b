"""Where a corpus lies: a folder on this machine, or anything that fsspec reaches.

Files appear under their names only when they are whole. What may be written by two machines at once is put once:
the first counts, the second is told. Nothing is renamed in a far store.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import pyarrow as pa

from codecorpus import cache, far
from codecorpus.corpus import files
from codecorpus.corpus.layout import WORK
from codecorpus.corpus.recent import Recent
from codecorpus.errors import CorpusError, border

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem


SETTLED_SECONDS: Final = 86400.0
"""After so long nobody puts the marker any more of a file in a far store, where no lock tells who is about to."""


class Entry(NamedTuple):
    """A file of a store: its name from the corpus on, and its size in bytes."""

    name: str
    size: int


class Store(Protocol):
    """The files of one corpus, by their names from its root on, with `/` between folders."""

    path: str
    """As the user names it."""

    def read(self, name: str) -> bytes:
        """A whole file.

        Raises:
            FileNotFoundError: there is none.
        """

    def open(self, name: str) -> pa.NativeFile:
        """A file to read here and there.

        Raises:
            FileNotFoundError: there is none.
        """

    def size(self, name: str) -> int | None:
        """A file's size in bytes; None where there is none."""

    def is_settled(self, name: str) -> bool:
        """Whether nobody can be about to put the marker of a file that none names, but who has the locks in `work`.

        Raises:
            FileNotFoundError: there is no such file.
        """

    def list(self, folder: str = "") -> Iterator[Entry]:
        """Every file below a folder, in no order; none where there is no such folder."""

    def names(self, folder: str) -> set[str]:
        """Names of the files and folders in a folder; none where there is no such folder."""

    def put_once(self, name: str, data: bytes) -> bool:
        """Write a small file unless there is one of that name; whether it was written."""

    def put(self, name: str, data: bytes) -> None:
        """Write a small file, in place of what has the name."""

    def publish(self, made: Path, name: str) -> None:
        """Give a file that was made on this machine its name, whole, in place of what has it; `made` is gone then."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    @property
    def work(self) -> Path:
        """A folder on this machine for what is under way."""

    @property
    def dataset(self) -> tuple[FileSystem, str]:
        """The file system by which pyarrow reads, and the corpus' folder there."""


class OwnStore:
    """A store whose connections are a process' own: one that was forked, or to which it was sent, makes others."""

    def __init__(self, origin: Store) -> None:
        self._origin = origin
        self._reached: Recent[str, Store] = Recent(1)

    def __call__(self) -> Store:
        return self._reached.get("", lambda: copy.copy(self._origin))


def put_unless_same(store: Store, name: str, data: bytes) -> None:
    """Write a small file unless it stands there as it is to be."""
    with contextlib.suppress(FileNotFoundError):
        if store.read(name) == data:
            return
    store.put(name, data)


def find(path: str | os.PathLike[str]) -> Store:
    """The store at a local path or URI; nothing needs to be there yet.

    Raises:
        CorpusError: no such store can be reached.
    """
    text = os.fspath(path)
    if "://" not in text or text.startswith("file://"):
        return LocalStore(Path(text.removeprefix("file://")), text)
    with border(text, lambda name, why: CorpusError(f"{name}: {why}")):
        reached, root = far.reached(text)
    return FarStore(reached, root.rstrip("/"), text)


class LocalStore:
    """A folder."""

    def __init__(self, root: Path, path: str | None = None) -> None:
        self.root = root.absolute()
        self.path = path or str(root)

    def __reduce__(self) -> tuple[Any, ...]:
        return LocalStore, (self.root, self.path)

    def read(self, name: str) -> bytes:
        return self.at(name).read_bytes()

    def open(self, name: str) -> pa.NativeFile:
        return pa.OSFile(str(self.at(name)))

    def size(self, name: str) -> int | None:
        try:
            return self.at(name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_settled(self, name: str) -> bool:
        return True

    def list(self, folder: str = "") -> Iterator[Entry]:
        top = self.at(folder) if folder else self.root
        for here, folders, names in os.walk(top):
            if here == str(self.root):
                folders[:] = [name for name in folders if name != WORK]
            for name in names:
                path = Path(here, name)
                yield Entry(path.relative_to(self.root).as_posix(), path.stat().st_size)

    def names(self, folder: str) -> set[str]:
        try:
            return {entry.name for entry in os.scandir(self.at(folder))}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def put_once(self, name: str, data: bytes) -> bool:
        return files.put_once(self.at(name), data, self.work)

    def put(self, name: str, data: bytes) -> None:
        with files.replacing(self.at(name), self.work) as temporary:
            temporary.write_bytes(data)

    def publish(self, made: Path, name: str) -> None:
        files.publish(made, self.at(name))

    def remove(self, name: str) -> None:
        self.at(name).unlink(missing_ok=True)

    @property
    def work(self) -> Path:
        return self.root / WORK

    @property
    def dataset(self) -> tuple[FileSystem, str]:
        from pyarrow.fs import LocalFileSystem

        return LocalFileSystem(), str(self.root)

    def at(self, name: str) -> Path:
        """The path of a file.

        Raises:
            CorpusError: the name leads out of the corpus.
        """
        path = self.root.joinpath(name)
        if name.startswith("/") or ".." in name.split("/"):
            raise CorpusError(f"{self.path}: {name} is outside the corpus")
        return path


class FarStore:
    """A folder in an object store, by fsspec."""

    def __init__(self, reached: Any, root: str, path: str) -> None:
        from pyarrow.fs import FSSpecHandler, PyFileSystem

        self.path = path
        self._root = root
        self._far = reached
        self._files = PyFileSystem(FSSpecHandler(reached))

    def __reduce__(self) -> tuple[Any, ...]:
        return find, (self.path,)

    def read(self, name: str) -> bytes:
        return bytes(self._far.cat_file(self._at(name)))

    def open(self, name: str) -> pa.NativeFile:
        return self._files.open_input_file(self._at(name))

    def size(self, name: str) -> int | None:
        self._far.invalidate_cache(self._at(name))
        try:
            return int(self._far.info(self._at(name))["size"])
        except FileNotFoundError:
            return None

    def is_settled(self, name: str) -> bool:
        return self._age(name) > SETTLED_SECONDS

    def _age(self, name: str) -> float:
        """How many seconds ago a file was put; 0 where that is not known."""
        try:
            put = self._far.modified(self._at(name))
        except NotImplementedError:
            return 0.0
        moment: datetime = put if put.tzinfo else put.replace(tzinfo=UTC)
        return time.time() - moment.timestamp()

    def list(self, folder: str = "") -> Iterator[Entry]:
        top = self._at(folder) if folder else self._root
        self._far.invalidate_cache()
        try:
            found = self._far.find(top, detail=True)
        except FileNotFoundError:
            return
        for path, entry in found.items():
            yield Entry(path.removeprefix("/").removeprefix(self._root.removeprefix("/") + "/"), int(entry["size"]))

    def names(self, folder: str) -> set[str]:
        self._far.invalidate_cache()
        try:
            return {path.rstrip("/").rsplit("/", 1)[-1] for path in self._far.ls(self._at(folder), detail=False)}
        except FileNotFoundError:
            return set()

    def put_once(self, name: str, data: bytes) -> bool:
        try:
            self._far.pipe_file(self._at(name), data, mode="create")
        except FileExistsError:
            return False
        except OSError:  # some stores say in words of their own that it is there, or that another is putting it
            if self.size(name) is None:
                raise
            return False
        return True

    def put(self, name: str, data: bytes) -> None:
        self._far.pipe_file(self._at(name), data)

    def publish(self, made: Path, name: str) -> None:
        self._far.put_file(str(made), self._at(name))
        made.unlink()

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._far.rm_file(self._at(name))

    @property
    def work(self) -> Path:
        return Path(cache.folder(), "work", hashlib.sha256(self.path.encode()).hexdigest()[:16])

    @property
    def dataset(self) -> tuple[FileSystem, str]:
        return self._files, self._root

    def _at(self, name: str) -> str:
        if name.startswith("/") or ".." in name.split("/"):
            raise CorpusError(f"{self.path}: {name} is outside the corpus")
        return f"{self._root}/{name}"
