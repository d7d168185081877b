"""codecorpus build: the main job."""

from __future__ import annotations

from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.cli.progress import Teller
from codecorpus.encode import ffmpeg as binaries
from codecorpus.recipe import load
from codecorpus.run.request import Build
from codecorpus.run.run import Run


@say.speaking
def build(
    recipe: options.RecipeFile,
    out: options.Out,
    jobs: options.Jobs = options.JOBS,
    shard: options.ShardText = None,
    executor: options.ExecutorName = "local",
    ray_address: options.RayAddress = None,
    memory: options.Memory = options.MEMORY,
    stall: options.Stall = options.STALL,
    keep_streams: Annotated[bool, typer.Option("--keep-streams", help="Keep the encoded streams too.")] = False,
    check: options.Check = False,
    retry_failed: options.RetryFailed = False,
    trust_recipe: options.Trust = False,
    ffmpeg: options.Ffmpeg = None,
    json: options.Json = False,
) -> None:
    """Every clip through every encode, intrinsics to Parquet. Run again, it does only what is missing or damaged."""
    request = Build(
        load(recipe, trust=trust_recipe), out, binaries.find(ffmpeg).path, keep_streams, check, retry_failed
    )
    with Teller(json) as teller:
        run = Run(
            request,
            options.executor(executor, jobs, memory, stall, ray_address),
            options.shard(shard),
            tell=teller.tell,
            planned=teller.expect,
        )
        summary = run.run()
    say.end(summary, out, json)
