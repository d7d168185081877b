"""What processes leave in a store's work folder: whether any is at a chunk still, and what dead ones left."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from codecorpus.corpus import files
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.store import Store

try:
    import fcntl
except ImportError:  # not on Windows: there, two attempts at a chunk have folders of their own
    fcntl = None  # type: ignore[assignment]


def is_under_way(store: Store, chunk: Chunk) -> bool:
    """Whether a process of this machine is at a chunk."""
    return any(_is_held(folder / "lock") for folder in store.work.glob(f"chunk-{chunk}*"))


def _is_held(path: Path) -> bool:
    if fcntl is None or not path.exists():
        return False
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def clear_chunk(store: Store, chunk: Chunk) -> None:
    """Remove what dead processes left of a chunk that is whole."""
    for folder in store.work.glob(f"chunk-{chunk}*"):
        _remove_free(folder)


def sweep(store: Store) -> None:
    """Remove temporary files of dead processes in a store's work folder, and folders in which nothing is left."""
    if not store.work.exists():
        return
    files.sweep(store.work)
    for folder in (*store.work.glob("*"), store.work):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _remove_free(folder: Path) -> None:
    if fcntl is not None and (folder / "lock").exists():
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
    shutil.rmtree(folder, ignore_errors=True)
