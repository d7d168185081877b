"""Far files on this machine: each is fetched once, kept within a limit, and shared by the machine's processes.

    <key>.lock      held by those who read, shared; by who fetches or removes, alone. Tells the file's size
    <key>.mp4       the file, whole
    <key>.mp4.part  the file while it is fetched

What was not used for the longest time goes first. What is in use stays, even where it is more than the limit. Locks
end with their processes, so that a death leaves nothing that is in anyone's way.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

try:
    import fcntl
except ImportError:  # not on Windows: there, nothing is shared
    fcntl = None  # type: ignore[assignment]

LOOK_SECONDS: Final = 0.2
"""How often it is looked whether another process has fetched a file."""

PART: Final = ".part"
LOCK: Final = ".lock"

Waiting = Callable[[], None]
"""Is called now and then while a file is fetched."""


@dataclass(frozen=True)
class Shelf:
    """A folder of far files, of at most `limit` bytes in all where that is possible."""

    folder: Path
    limit: int

    @contextmanager
    def held(
        self, key: str, suffix: str, size: int | None, fetch: Callable[[Path], None], waiting: Waiting
    ) -> Iterator[Path]:
        """The file of a key, for as long as the block lasts; `fetch` gets it, into a path, where it is not there.

        `size` is how large it will be in bytes, if that is known.

        Raises:
            OSError: this machine's disk fails; or whatever `fetch` raises.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{key}{suffix}"
        if fcntl is None:
            path = path.with_name(f"{key}-{os.getpid()}-{time.monotonic_ns()}{suffix}")
            try:
                fetch(path)
                yield path
            finally:
                path.unlink(missing_ok=True)
            return
        with self._held(path, size, fetch, waiting):
            yield path
        self._make_room(0)

    @contextmanager
    def _held(self, path: Path, size: int | None, fetch: Callable[[Path], None], waiting: Waiting) -> Iterator[None]:
        lock = path.with_suffix(LOCK)
        while True:
            with lock.open("a+b") as opened:
                if not _has(opened, path) and _took(opened, fcntl.LOCK_EX) and _is_at(opened, lock):
                    self._fetch(opened, path, size, fetch)
                if _has(opened, path):
                    os.utime(lock, ns=(time.time_ns(),) * 2)  # finer than the kernel's own clock
                    yield
                    return
            waiting()
            time.sleep(LOOK_SECONDS)

    def _fetch(self, lock: IO[bytes], path: Path, size: int | None, fetch: Callable[[Path], None]) -> None:
        part = path.with_name(path.name + PART)
        try:
            self._reserve(lock, size or 0)
            try:
                fetch(part)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                self._make_room(self.limit)
                fetch(part)
            if size is None:
                self._reserve(lock, part.stat().st_size)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            path.with_suffix(LOCK).unlink(missing_ok=True)
            raise

    def _reserve(self, lock: IO[bytes], size: int) -> None:
        """Make room for a file, and tell its size in its lock; one process at a time."""
        with (self.folder / "room").open("w") as room:
            fcntl.flock(room, fcntl.LOCK_EX)
            self._make_room(size)
            lock.truncate(0)
            lock.write(str(size).encode())
            lock.flush()

    def _make_room(self, size: int) -> None:
        """Remove files that nobody uses, the one that was used longest ago first, until so many bytes fit in."""
        found = []
        for lock in self.folder.glob(f"*{LOCK}"):
            with suppress(OSError):
                found.append((lock.stat().st_mtime_ns, lock, _size(lock)))
        total = sum(size for _, _, size in found)
        for _, lock, there in sorted(found):
            if total + size <= self.limit:
                return
            if self._remove(lock):
                total -= there

    def _remove(self, lock: Path) -> bool:
        """Remove a file, unless it is in use; whether it is gone."""
        try:
            with lock.open("r+b") as opened:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not _is_at(opened, lock):
                    return False
                for path in self.folder.glob(f"{lock.stem}.*"):
                    if path != lock:
                        path.unlink(missing_ok=True)
                lock.unlink(missing_ok=True)
        except OSError:  # in use, or removed by another process
            return False
        return True


def _took(opened: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(opened, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _has(opened: IO[bytes], path: Path) -> bool:
    """Whether a file is there whole; then its lock is held, shared."""
    return _took(opened, fcntl.LOCK_SH) and _is_at(opened, path.with_suffix(LOCK)) and path.exists()


def _is_at(opened: IO[bytes], path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(opened.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _size(lock: Path) -> int:
    """What a lock tells of its file's size; 0 where it does not yet."""
    return int(lock.read_bytes() or b"0")
