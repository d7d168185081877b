"""codecorpus extract: streams as they are."""

from __future__ import annotations

from typing import Annotated

import typer

from codecorpus import schema
from codecorpus.cli import options, say
from codecorpus.cli.progress import Teller
from codecorpus.extract import DEFAULT_TABLES
from codecorpus.recipe import Source
from codecorpus.run.extraction import Extraction
from codecorpus.sources.find import find


@say.speaking
def extract(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Videos: files, folders, patterns, URIs.")],
    out: options.Out,
    tables: Annotated[str, typer.Option(metavar="NAMES", help="What to read, with commas.")] = ",".join(DEFAULT_TABLES),
    jobs: options.Jobs = options.JOBS,
    json: options.Json = False,
) -> None:
    """Streams as they are into a corpus, no encode. Run again, it reads only what is new."""
    asked = tables.split(",")
    if unknown := set(asked) - set(schema.TABLES):
        raise typer.BadParameter(f"{', '.join(unknown)}: known are {', '.join(schema.TABLES)}", param_hint="--tables")
    wanted = tuple(table for table in schema.TABLES if table == "frames" or table in asked)
    videos = find([Source(uri=uri) for uri in inputs])
    with Teller(json) as teller:
        teller.expect(len(videos), 0, {})
        summary = Extraction(videos, out, wanted, jobs=jobs, tell=teller.tell).run()
    say.end(summary, str(out), json)
