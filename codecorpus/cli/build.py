"""codecorpus build: the main job."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codecorpus.cli import options, say

if TYPE_CHECKING:
    from codecorpus.recipe import Recipe
    from codecorpus.run.work import Executor


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
    cache: options.CacheFolder = None,
    cache_size: options.CacheSize = options.CACHE_SIZE,
    keep_streams: Annotated[bool, typer.Option("--keep-streams", help="Keep the encoded streams too.")] = False,
    check: options.Check = False,
    retry_failed: options.RetryFailed = False,
    trust_recipe: options.Trust = False,
    ffmpeg: options.Ffmpeg = None,
    json: options.Json = False,
) -> None:
    """Every clip through every encode, intrinsics to Parquet. Run again, it does only what is missing or damaged."""
    options.keep(cache, cache_size)
    does = options.executor(executor, jobs, memory, stall, ray_address)

    # While its worker loads.
    from codecorpus.cli.progress import Teller
    from codecorpus.encode import ffmpeg as binaries
    from codecorpus.recipe import load

    read = load(recipe, trust=trust_recipe)
    _hint(does, read, out)
    from codecorpus.run.request import Build
    from codecorpus.run.run import Run

    request = Build(read, out, binaries.find(ffmpeg).path, keep_streams, check, retry_failed)
    with Teller(json) as teller:
        summary = Run(request, does, options.shard(shard), tell=teller.tell, planned=teller.expect).run()
    _tell_sameness(recipe, out, json)
    say.end(summary, out, json)


def _hint(executor: Executor, recipe: Recipe, out: str) -> None:
    """Have the first source looked at while all else is found out, where it is going to be: the corpus is new."""
    from codecorpus.corpus.layout import HEAD
    from codecorpus.sources import find

    with suppress(OSError):  # of a name that is too long, which is told when the corpus is made
        if (video := find.first(recipe.sources)) is not None and not Path(out, HEAD).exists():
            executor.hint(video)


def _tell_sameness(recipe: Path, out: str, json: bool) -> None:
    """Whether this machine made what others did, of a recipe whose digests are kept."""
    from codecorpus.corpus import store as stores
    from codecorpus.recipe import shelf
    from codecorpus.run import sameness

    if (kept := shelf.digests(recipe)) is None:
        return
    found = sameness.compare(stores.find(out), kept)
    if json:
        say.out_json(event="sameness", same=found and found.same, others=found and list(found.others))
    if found is None:
        say.err("note: no digests are kept of what this FFmpeg gives, so none were compared")
    elif found.is_whole:
        say.err(f"the same bytes as kept beside the recipe: {say.count(found.same, 'stream')}")
    else:
        say.err(f"note: other bytes than kept beside the recipe: {', '.join(found.others)}; see docs/reproducible.md")
