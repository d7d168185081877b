"""How far a corpus is, by its markers alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from codecorpus.corpus import asked, head, layout, manifest, plans
from codecorpus.corpus import store as stores
from codecorpus.corpus.layout import CLIPS, Chunk
from codecorpus.corpus.manifest import Made
from codecorpus.errors import CorpusError
from codecorpus.run.leftovers import is_under_way

COUNTED: Final = ("done", "damaged", "failed", "remaining")


@dataclass
class Status:
    """What there is of what was planned.

    `by_encode` counts streams that are done, damaged, failed, and that remain: those of chunks that lack something of
    what was asked for last. What groups that are not planned will come to is not known; `running` counts chunks that
    processes of this machine are at.
    """

    groups: int = 0
    planned: int = 0
    chunks: int = 0
    chunks_done: int = 0
    running: int = 0
    sources_failed: int = 0
    by_encode: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """For programs."""
        told = {name: dict(zip(COUNTED, counts, strict=True)) for name, counts in self.by_encode.items()}
        return {**vars(self), "by_encode": told}


def look(path: str) -> Status:
    """How far the corpus at a local path or URI is.

    Raises:
        CorpusError: there is none.
    """
    store = stores.find(path)
    wanted = asked.of(head.read(store))
    encodes = wanted.among(manifest.encodes(store))
    found = Status()
    counts = {encode: [0, 0, 0, 0] for encode in encodes}
    for number in range(manifest.rosters(store)):
        found.groups = (manifest.read(store, layout.sources_marker(number)) or {"groups": found.groups})["groups"]
    for group in range(found.groups):
        chunks = None
        with suppress(CorpusError):
            chunks = plans.read(store, group)
        if chunks is None:
            continue
        found.planned += 1
        for number, planned in enumerate(chunks):
            chunk = Chunk(group, number)
            found.chunks += 1
            found.sources_failed += len(planned.lost)
            found.running += is_under_way(store, chunk)
            made = manifest.made_of_chunk(store, chunk)
            lacking = {what for what in (CLIPS, *encodes) if wanted.lacks(what, made.get(what))}
            for encode in encodes:
                known = made.get(encode, Made(())).streams
                streams = {"remaining": len(planned.names)} if encode in lacking else known
                for at, status in enumerate(COUNTED):
                    counts[encode][at] += streams.get(status, 0)
            found.chunks_done += not lacking
    found.by_encode = {encode: (numbers[0], numbers[1], numbers[2], numbers[3]) for encode, numbers in counts.items()}
    return found
