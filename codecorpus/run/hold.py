"""A folder in a store's work folder is held by one process at a time, by a lock that ends with the process."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TextIO

try:
    import fcntl
except ImportError:  # not on Windows: there, two attempts at a chunk have folders of their own
    fcntl = None  # type: ignore[assignment]

LOCK: Final = "lock"


def hold(folder: Path) -> TextIO | None:
    """Hold a folder until what is returned is closed; None where another process does, or where nothing can be held."""
    if fcntl is None:
        return None
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def is_held(folder: Path) -> bool:
    """Whether a process of this machine holds a folder."""
    if fcntl is None or not (folder / LOCK).exists():
        return False
    lock = hold(folder)
    if lock is None:
        return True
    lock.close()
    return False
