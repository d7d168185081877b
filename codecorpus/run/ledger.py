"""What a shard has done already: published or staged, so that a build does only what is missing."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codecorpus.corpus.files import write_text
from codecorpus.corpus.layout import Layout, partition
from codecorpus.corpus.publish import read_rows
from codecorpus.corpus.stage import Staged, staged_in
from codecorpus.errors import CorpusError


class Ledger:
    """The streams of a shard, by clip and encode, with the fingerprint of what was asked for."""

    def __init__(self, layout: Layout, shard: int) -> None:
        self._layout = layout
        self._shard = shard
        self.published: dict[tuple[str, str], dict[str, Any]] = {}
        for path in layout.parts("streams"):
            if path == layout.part("streams", shard, *partition(path)):
                self.published |= {(row["clip"], row["encode"]): row for row in read_rows(path)}

    def published_clips(self) -> dict[str, dict[str, Any]]:
        """Rows of **clips** by name."""
        return {row["clip"]: row for row in read_rows(self._layout.part("clips", self._shard))}

    @property
    def staging(self) -> Path:
        return self._layout.work(self._shard) / "streams"

    def staged(self) -> list[Staged]:
        """Streams that wait to be published."""
        return staged_in(self.staging)

    @property
    def _rows(self) -> Path:
        return self._layout.work(self._shard) / "rows"

    def clip_rows(self) -> list[dict[str, Any]]:
        """Rows of **clips** that wait to be published."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self._rows.glob("*.json"))]

    def note_clip(self, row: dict[str, Any]) -> None:
        """Keep a clip's row until it is published."""
        write_text(self._rows / f"{row['clip']}.json", json.dumps(row))

    def forget_clip_rows(self) -> None:
        """They are published."""
        shutil.rmtree(self._rows, ignore_errors=True)

    def done(self) -> dict[tuple[str, str], str]:
        """Fingerprints of the streams that are done, published or staged."""
        rows = [row for row in self.published.values() if row["status"] == "done"]
        rows += [stream.row for stream in self.staged() if stream.row["status"] == "done"]
        return {(row["clip"], row["encode"]): row["fingerprint"] for row in rows}


@contextmanager
def locked(layout: Layout, shard: int) -> Iterator[None]:
    """Keep every other build of the shard out meanwhile.

    Raises:
        CorpusError: one is running.
    """
    folder = layout.work(shard)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CorpusError(f"{layout.root}: another build of shard {shard} is running") from None
        yield
