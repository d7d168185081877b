"""A video's bytes: where they are on this machine, and their SHA-256."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import fsspec

from codecorpus.demux import require_file
from codecorpus.errors import RecipeError, SourceError, border
from codecorpus.names import path_of
from codecorpus.sources.find import is_remote, sample

LONGEST_SUFFIX: Final = 10
"""Characters of a name's end that can tell a demuxer anything."""


def token(uri: str) -> str:
    """What changes when the video does: size and time, or what a remote store keeps for that.

    Raises:
        SourceError: it is not there.
    """
    try:
        if is_remote(uri):
            files, path = fsspec.core.url_to_fs(uri)
            return str(files.ukey(path))
        state = local_path(uri).stat()
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(f"{uri}: {getattr(error, 'strerror', None) or error}") from error
    return f"{state.st_size}-{state.st_mtime_ns}"


def local_path(uri: str) -> Path:
    """The path of a video that is on this machine already."""
    if uri.startswith("sample://"):
        return sample(uri.removeprefix("sample://"))
    return Path(path_of(uri)).absolute()


@contextmanager
def fetched(uri: str, folder: Path) -> Iterator[Path]:
    """The video as a local file; one from far is copied into `folder` and removed afterwards.

    Raises:
        SourceError: it cannot be read.
        OSError: there is no room for the copy.
    """
    if not is_remote(uri):
        path = local_path(uri)
        with border(uri):
            require_file(path)
        yield path
        return
    suffix = Path(uri).suffix if len(Path(uri).suffix) < LONGEST_SUFFIX else ""
    copy = folder / f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}{suffix}"
    try:
        with border(uri), fsspec.open(uri, "rb") as far, copy.open("wb") as near:
            shutil.copyfileobj(far, near, 1 << 20)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def size(uri: str) -> int | None:
    """Of a video in bytes, without reading it; None where that cannot be told."""
    try:
        if is_remote(uri):
            files, path = fsspec.core.url_to_fs(uri)
            return int(files.size(path) or 0)
        return local_path(uri).stat().st_size
    except (OSError, ValueError, ImportError, RecipeError):
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


def sha256(path: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
