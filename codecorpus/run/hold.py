"""A folder in a store's work folder is held by one process at a time, by a lock that ends with the process."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from codecorpus.errors import CorpusError

if TYPE_CHECKING:
    from codecorpus.corpus.layout import Chunk
    from codecorpus.corpus.store import Store

try:
    import fcntl
except ImportError:  # not on Windows: there, two attempts at a chunk have folders of their own
    fcntl = None  # type: ignore[assignment]

LOCK: Final = "lock"

TURN_SECONDS: Final = 20.0
"""What is done in turn takes less; who waits longer for another, which may be stopped, goes on without."""

LOOK_SECONDS: Final = 0.02


def hold(folder: Path) -> TextIO | None:
    """Hold a folder, made if it is not there, until what is returned is closed.

    None where another process does, or where nothing can be held.
    """
    with suppress(BlockingIOError):
        return _lock(folder / LOCK)
    return None


def own_beside(folder: Path) -> Path:
    """A folder of this process' own, for what cannot be had in one that another process holds."""
    return folder.with_name(f"{folder.name}.{socket.gethostname()}-{os.getpid()}")


@contextmanager
def alone(folder: Path, what: str) -> Iterator[Path]:
    """A folder in a work folder, held, and removed after it; where nothing can be held, one of this process' own.

    Raises:
        CorpusError: another process holds it; `what` says that, to the user.
    """
    try:
        lock = _lock(folder / LOCK)
    except BlockingIOError:
        raise CorpusError(what) from None
    own = folder if lock else own_beside(folder)
    try:
        own.mkdir(exist_ok=True)
        yield own
    finally:
        for path in (own, folder):
            shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()
        if lock:
            lock.close()


def is_held(folder: Path) -> bool:
    """Whether a process of this machine holds a folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        lock = _lock(folder / LOCK)
    except BlockingIOError:
        return True
    if lock is not None:
        lock.close()
    return False


def discard(folder: Path) -> None:
    """Remove a folder, unless another process holds it."""
    with suppress(BlockingIOError):
        lock = _lock(folder / LOCK)
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            lock.close()


@contextmanager
def turn(folder: Path, name: str) -> Iterator[None]:
    """Do something by that name while no other process does that uses the folder, as far as locks reach."""
    path, until = folder / f"{name}.{LOCK}", time.monotonic() + TURN_SECONDS
    lock: TextIO | None = None
    while time.monotonic() < until:
        with suppress(BlockingIOError):
            lock = _lock(path)
            break
        time.sleep(LOOK_SECONDS)
    try:
        yield
    finally:
        if lock is not None:
            path.unlink(missing_ok=True)
            lock.close()


def commits(store: Store, chunk: Chunk) -> AbstractContextManager[None]:
    """The turn in which what a chunk's markers name changes."""
    return turn(store.work, f"commit-{chunk}")


def _lock(path: Path) -> TextIO | None:
    """A lock, had until it is closed; None where there are none.

    Raises:
        BlockingIOError: another process has it.
    """
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = path.open("w")
        except FileNotFoundError:  # another process removed the folder meanwhile
            continue
        if fcntl is None:
            lock.close()
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise
        except OSError:
            lock.close()
            path.unlink(missing_ok=True)
            return None
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(lock.fileno()).st_ino:
                return lock
        lock.close()  # whoever had it before has removed it
