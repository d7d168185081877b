"""codecorpus verify: is everything there, whole and consistent."""

from __future__ import annotations

from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.cli.progress import watched
from codecorpus.corpus.verify import verify as look_through


@say.speaking
def verify(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="A folder, or any URI that fsspec reads.")],
    json: options.Json = False,
) -> None:
    """Is everything there, whole and consistent: hashes, order, bit sums, tiling, references, frame alignment."""
    report = watched(lambda tell: look_through(corpus, tell))
    for problem in report.problems:
        if json:
            say.out_json(event="problem", **vars(problem))
        else:
            say.out(str(problem))
    for note in report.notes:
        if json:
            say.out_json(event="note", note=note)
        else:
            say.err(f"note: {note}")
    found = len(report.problems)
    if json:
        counts = {name: value for name, value in vars(report).items() if name not in ("problems", "notes")}
        say.out_json(event="end", corpus=corpus, **counts, problems=found)
    told = f"{say.count(report.streams, 'stream')}, {say.count(report.pictures, 'picture')}"
    failed = f"; {say.count(report.failed, 'stream')} failed when it was made" if report.failed else ""
    if report.damaged:
        verb = "is" if report.damaged == 1 else "are"
        failed += f"; {say.count(report.damaged, 'stream')} {verb} damaged, {say.count(report.lost, 'picture')} lost"
    say.err(f"{corpus}: {told}{failed}: {say.count(found, 'problem') if found else 'whole and consistent'}")
    if found:
        raise typer.Exit(say.FAILED)
