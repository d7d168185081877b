"""codecorpus build: the main job."""

from __future__ import annotations

from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.cli.progress import Teller
from codecorpus.encode import ffmpeg as binaries
from codecorpus.recipe import load
from codecorpus.run.local import Build
from codecorpus.run.plan import Job, Plan


@say.speaking
def build(
    recipe: options.RecipeFile,
    out: options.Out,
    jobs: options.Jobs = options.JOBS,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Only this share of the clips, from 0/N; Slurm's array task unless given."),
    ] = None,
    keep_streams: Annotated[bool, typer.Option("--keep-streams", help="Keep the encoded streams too.")] = False,
    trust_recipe: options.Trust = False,
    ffmpeg: options.Ffmpeg = None,
    json: options.Json = False,
) -> None:
    """Every clip through every encode, intrinsics to Parquet. Run again, it does only what is missing."""
    read = load(recipe, trust=trust_recipe)
    with Teller(json) as teller:

        def planned(plan: Plan, todo: list[Job], done: int) -> None:
            teller.expect(len(todo), done, {clip.name: clip.frames for clip in plan.clips})
            if json:
                say.out_json(event="plan", clips=len(plan.clips), streams=len(todo) + done, done=done)

        summary = Build(
            read,
            out,
            binaries.find(ffmpeg),
            shard=options.shard(shard),
            jobs=jobs,
            keep_streams=keep_streams,
            tell=teller.tell,
            planned=planned,
        ).run()
    say.end(summary, str(out), json)
