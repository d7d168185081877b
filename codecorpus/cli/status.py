"""codecorpus status: how far a corpus is."""

from __future__ import annotations

from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.run.status import look


@say.speaking
def status(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="A folder, or any URI that fsspec reads.")],
    json: options.Json = False,
) -> None:
    """What of a corpus is done, damaged, failed, under way, and what remains: from the corpus alone, anywhere."""
    found = look(corpus)
    if json:
        say.out_json(event="status", corpus=corpus, **found.fields())
    else:
        rows: list[tuple[object, ...]] = [("", "done", "damaged", "failed", "remaining")]
        rows += [(name, *counts) for name, counts in found.by_encode.items()]
        say.table(rows)
        say.err(
            f"{corpus}: {found.chunks_done} of {say.count(found.chunks, 'chunk')} done; "
            f"{found.groups - found.planned} of {say.count(found.groups, 'group')} of sources still to be planned; "
            f"{say.count(found.running, 'chunk')} under way on this machine"
        )
