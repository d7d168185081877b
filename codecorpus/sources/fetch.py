"""A video's bytes: where they are on this machine, and their SHA-256."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from codecorpus import cache, far
from codecorpus.demux import require_file
from codecorpus.errors import CodecorpusError, SourceError, border
from codecorpus.names import path_of
from codecorpus.sources.find import is_remote, sample
from codecorpus.sources.shelf import Shelf, Waiting

FILES_AT_HAND: Final = 1 << 16
"""Files of this machine whose SHA-256 is kept in mind."""

LONGEST_SUFFIX: Final = 10
"""Characters of a name's end that can tell a demuxer anything."""


def token(uri: str) -> str:
    """What changes when the video does: size and time, or what a remote store keeps for that.

    Raises:
        SourceError: it is not there.
    """
    with border(uri):
        if is_remote(uri):
            files, path = far.reached(uri)
            return str(files.ukey(path))
        state = local_path(uri).stat()
    return f"{state.st_size}-{state.st_mtime_ns}"


def local_path(uri: str) -> Path:
    """The path of a video that is on this machine already."""
    if uri.startswith("sample://"):
        return sample(uri.removeprefix("sample://"))
    return Path(path_of(uri)).absolute()


@contextmanager
def fetched(uri: str, waiting: Waiting = lambda: None, *, digest: str | None = None) -> Iterator[Path]:
    """The video as a local file; one from far is fetched once for all processes of this machine, see `Shelf`.

    It is whole here, not read by range, since its SHA-256 is taken. `waiting` is called now and then meanwhile. Where
    `digest` is that SHA-256, it must be that very file, and a far place is asked for nothing that is here already.

    Raises:
        SourceError: it cannot be read, or is another one.
        OSError: there is no room for it.
    """
    if not is_remote(uri):
        path = local_path(uri)
        with border(uri):
            if path.is_dir():
                raise SourceError(f"{uri}: no video in this folder")
            require_file(path)
            if digest is not None:
                require_same(path, uri, digest)
        yield path
        return
    with border(uri):
        files, name = far.reached(uri)
        length = None if digest is not None else files.info(name)["size"]
        key = hashlib.sha256(f"{uri} {digest or token(uri)}".encode()).hexdigest()[:32]
        shelf = Shelf(cache.folder() / "sources", cache.size())
    suffix = Path(name).suffix if re.fullmatch(r"\.\w+", Path(name).suffix) else ""

    def fetch(to: Path) -> None:
        with border(uri):
            files.get_file(name, str(to), callback=far.pulse(waiting))
        if length is not None and to.stat().st_size != length:
            raise SourceError(f"{uri}: {to.stat().st_size} of {length} bytes came")
        if digest is not None and sha256(to) != digest:
            raise _exchanged(uri)

    with shelf.held(key, suffix if len(suffix) < LONGEST_SUFFIX else "", length, fetch, waiting) as near:
        yield near


def require_same(path: Path, uri: str, digest: str) -> None:
    """Raise SourceError unless a video's file is there, and has that SHA-256."""
    if _sha256(path, state(path)) != digest:
        raise _exchanged(uri)


def _exchanged(uri: str) -> SourceError:
    return SourceError(f"{uri}: it is not the file that it was when its clips were planned")


def size(uri: str) -> int | None:
    """Of a video in bytes, without reading it; None where that cannot be told."""
    try:
        with border(uri):
            if is_remote(uri):
                files, path = far.reached(uri)
                return int(files.size(path) or 0)
            return local_path(uri).stat().st_size
    except CodecorpusError:
        return None


def state(path: Path) -> tuple[int, ...]:
    """What changes when a file does.

    Raises:
        SourceError: it is not there.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    return found.st_size, found.st_mtime_ns, found.st_ino


@contextmanager
def unchanged(path: Path, uri: str) -> Iterator[None]:
    """Where a video's file is read more than once, all of it must be of one and the same.

    Raises:
        SourceError: it is not there, or was changed meanwhile.
    """
    before = state(path)
    yield
    if state(path) != before:
        raise SourceError(f"{uri}: it was changed while it was read")


@lru_cache(maxsize=FILES_AT_HAND)
def _sha256(path: Path, state: tuple[int, ...]) -> str:
    """A file's SHA-256, taken once while the file is what it is: many windows are read of one."""
    return sha256(path)


def sha256(path: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
