"""codecorpus extract: streams as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from codecorpus import schema
from codecorpus.cli import options, say
from codecorpus.schema import DEFAULT_TABLES

if TYPE_CHECKING:
    from codecorpus.extracting import Errors


@say.speaking
def extract(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Videos: files, folders, patterns, URIs.")],
    out: options.Out,
    tables: Annotated[str, typer.Option(metavar="NAMES", help="What to read, with commas.")] = ",".join(DEFAULT_TABLES),
    errors: Annotated[
        str, typer.Option(metavar="skip|strict", help="Skip damaged pictures, or refuse streams that have any.")
    ] = "skip",
    track: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="The video track of each file, from 0; else FFmpeg's choice.")
    ] = None,
    jobs: options.Jobs = options.CORES,
    shard: options.ShardText = None,
    executor: options.ExecutorName = "local",
    ray_address: options.RayAddress = None,
    memory: options.Memory = options.MEMORY,
    stall: options.Stall = options.STALL,
    cache: options.CacheFolder = None,
    cache_size: options.CacheSize = options.CACHE_SIZE,
    check: options.Check = False,
    retry_failed: options.RetryFailed = False,
    json: options.Json = False,
) -> None:
    """Streams as they are into a corpus, no encode. Run again, it reads only what is new."""
    options.keep(cache, cache_size)
    asked = tables.split(",")
    if unknown := set(asked) - set(schema.TABLES):
        raise typer.BadParameter(f"{', '.join(unknown)}: known are {', '.join(schema.TABLES)}", param_hint="--tables")
    if errors not in ("skip", "strict"):
        raise typer.BadParameter(f"{errors!r}: it is skip or strict", param_hint="--errors")
    wanted = tuple(table for table in schema.TABLES if table == "frames" or table in asked)
    does = options.executor(executor, jobs, memory, stall, ray_address)

    # While its workers load.
    from codecorpus.cli.progress import Teller
    from codecorpus.run.request import Extract
    from codecorpus.run.run import Run

    request = Extract(tuple(inputs), out, wanted, cast("Errors", errors), track, check, retry_failed)
    with Teller(json) as teller:
        summary = Run(request, does, options.shard(shard), tell=teller.tell, planned=teller.expect).run()
    say.end(summary, out, json)
