"""What processes leave in a store's work folder: whether any is at a chunk still, and what dead ones left."""

from __future__ import annotations

import contextlib
import shutil

from codecorpus.corpus import files
from codecorpus.corpus.layout import Chunk
from codecorpus.corpus.store import Store
from codecorpus.run.hold import is_held


def is_under_way(store: Store, chunk: Chunk) -> bool:
    """Whether a process of this machine is at a chunk."""
    return any(is_held(folder) for folder in store.work.glob(f"chunk-{chunk}*"))


def clear_chunk(store: Store, chunk: Chunk) -> None:
    """Remove what dead processes left of a chunk that is whole."""
    for folder in store.work.glob(f"chunk-{chunk}*"):
        if not is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)


def sweep(store: Store) -> None:
    """Remove temporary files of dead processes in a store's work folder, and folders in which nothing is left."""
    if not store.work.exists():
        return
    files.sweep(store.work)
    for folder in (*store.work.glob("*"), store.work):
        with contextlib.suppress(OSError):
            folder.rmdir()
