"""What processes leave in a store's work folder: whether any is at a chunk still, and what dead ones left."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

from codecorpus import schema
from codecorpus.corpus import files, layout, manifest
from codecorpus.corpus.layout import CLIPS, Chunk
from codecorpus.corpus.store import Store
from codecorpus.errors import CorpusError
from codecorpus.run.hold import commits, discard, is_held

AHEAD: Final = 4
"""Numbers of parts that are looked at behind those that markers tell of."""


def is_under_way(store: Store, chunk: Chunk) -> bool:
    """Whether a process of this machine is at a chunk."""
    return any(is_held(folder) for folder in store.work.glob(f"chunk-{chunk}*"))


def clear_chunk(store: Store, chunk: Chunk) -> None:
    """Remove what processes that ended left of a chunk: folders, and files of any encode that no marker names.

    Where no lock tells who is about to put their marker, those of the last day stay; so do those of an encode that has
    a damaged one.
    """
    folders = list(store.work.glob(f"chunk-{chunk}*"))
    if folders and not is_under_way(store, chunk):
        folders_of_tables = [f"{table}/{codec}" for table in (*schema.TABLES, "maps") for codec in store.names(table)]
        held = {folder: store.names(folder) for folder in (*folders_of_tables, "bitstreams")}
        encodes = manifest.encodes(store)
        with commits(store, chunk):
            for encode in (*encodes, CLIPS):
                with contextlib.suppress(CorpusError):
                    _remove_strays(store, chunk, encode, [folder for folder, names in held.items() if encode in names])
    for folder in folders:
        discard(folder)


def _remove_strays(store: Store, chunk: Chunk, encode: str, folders: Sequence[str]) -> None:
    made = manifest.made(store, chunk, encode)
    kept = _clips(store, chunk) if encode == CLIPS else _parts(store, chunk, encode, folders, made.next)
    strays = [name for name in kept if name not in made.files and store.size(name) is not None]
    if strays:
        named = manifest.made(store, chunk, encode).files  # another attempt may have ended by now
        for name in strays:
            if name not in named and store.is_settled(name):
                store.remove(name)


def _parts(store: Store, chunk: Chunk, encode: str, folders: Sequence[str], count: int) -> Iterator[str]:
    """The names that parts of an encode may have in folders, and kept streams, those of **streams** last."""
    ahead = range(count, count + AHEAD)
    count = max((n + 1 for n in ahead if store.size(layout.streams(encode, chunk, n)) is not None), default=count)
    for folder in folders:
        if folder == "bitstreams":
            yield from (layout.bitstream(encode, clip) for clip in _names(store, chunk))
        else:
            table, codec = folder.split("/")
            yield from (layout.part(table, codec, encode, chunk, n) for n in range(count))
    yield from (layout.streams(encode, chunk, n) for n in range(count))


def _clips(store: Store, chunk: Chunk) -> Iterator[str]:
    """The names that kept clips may have."""
    for form in store.names(layout.PIXELS):
        yield from (layout.pixels(form, clip) for clip in _names(store, chunk))


def sweep(store: Store) -> None:
    """Remove temporary files of dead processes in a store's work folder, and folders in which nothing is left."""
    if not store.work.exists():
        return
    files.sweep(store.work)
    for folder in (*store.work.glob("*"), store.work):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _names(store: Store, chunk: Chunk) -> tuple[str, ...]:
    """Of its clips."""
    from codecorpus.corpus import plans  # whoever hands out chunks need not load what is known of clips

    return plans.of_chunk(store, chunk).names
