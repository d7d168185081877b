"""codecorpus plan: what build would do."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.corpus import products
from codecorpus.corpus.plans import Planned
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.command import cut_clip
from codecorpus.encode.quality import compare, differences, fitting
from codecorpus.errors import EncodeError
from codecorpus.recipe import load
from codecorpus.run import stream
from codecorpus.run.estimate import estimate
from codecorpus.run.keeping import keeping
from codecorpus.run.request import Build
from codecorpus.run.run import planned
from codecorpus.run.stream import Job
from codecorpus.sources.clips import Clip


@say.speaking
def plan(
    recipe: options.RecipeFile,
    argv: Annotated[bool, typer.Option("--argv", help="Print every FFmpeg command.")] = False,
    jobs: options.Jobs = options.CORES,
    shard: options.ShardText = None,
    cache: options.CacheFolder = None,
    cache_size: options.CacheSize = options.CACHE_SIZE,
    trust_recipe: options.Trust = False,
    ffmpeg: options.Ffmpeg = None,
    json: options.Json = False,
) -> None:
    """What build would do: clips, encodes, streams, estimated size and time. Looks at every source."""
    options.keep(cache, cache_size)
    does = options.executor("local", jobs, options.MEMORY, options.STALL)
    read = load(recipe, trust=trust_recipe)
    with tempfile.TemporaryDirectory() as folder:
        request = Build(read, str(Path(folder, "corpus")), binaries.find(ffmpeg).path)
        chunks = planned(request, does, options.shard(shard))
    lost = [failure for chunk in chunks for failure in chunk.lost]
    for failure in lost:
        say.err(f"failed: {failure.clip}: {failure.error}")
    for job in _jobs(request, _clips(chunks)):
        try:
            stream.check_depth(job)
        except EncodeError as error:
            say.err(f"will fail: {error}")
    if argv:
        _tell_commands(request, chunks, json)
    else:
        _tell(request, chunks, json)
    if lost:
        raise typer.Exit(say.FAILED)


def _clips(chunks: list[Planned]) -> list[Clip]:
    return [clip for chunk in chunks for clip in chunk.clips]


def _jobs(request: Build, clips: list[Clip]) -> Iterator[Job]:
    for clip in clips:
        yield from request.jobs(clip)


def _tell(request: Build, chunks: list[Planned], json: bool) -> None:
    clips = _clips(chunks)
    jobs = list(_jobs(request, clips))
    costs = estimate(jobs, request.recipe.quality)
    frames = sum(clip.frames for clip in clips)
    encodes = [encode for encode in request.encodes if encode]
    if json:
        for clip in clips:
            size = {"width": clip.width, "height": clip.height}
            say.out_json(event="clip", clip=clip.name, source=clip.video.uri, frames=clip.frames, **size)
        for encode in encodes:
            say.out_json(event="encode", encode=encode.name, encoder=encode.encoder, codec=encode.codec)
        estimates = {"core_seconds": round(costs.core_seconds), "bytes": round(costs.bytes)}
        say.out_json(event="plan", clips=len(clips), streams=len(jobs), frames=frames, **estimates)
        return
    say.table(
        [("clip", "frames", "fps", "size", "source")]
        + [(c.name, c.frames, f"{float(c.fps):g}", f"{c.width}x{c.height}", c.video.uri) for c in clips]
    )
    say.out("")
    say.table([("encode", "codec", "encoder")] + [(e.name, e.codec, e.encoder) for e in encodes])
    say.out("")
    counts = ((len(clips), "clip"), (frames, "frame"), (len(jobs), "stream"), (len(chunks), "chunk"))
    say.out(", ".join(say.count(number, thing) for number, thing in counts))
    about = f"{say.duration(costs.core_seconds)} of one core, {say.size(costs.bytes)} on disk"
    say.out(f"about {about}, give or take half")


def _tell_commands(request: Build, chunks: list[Planned], json: bool) -> None:
    for clip in _clips(chunks):
        file = f"{clip.name}.nut"
        if not clip.is_cut and not request.clip_products:
            continue
        _tell_command(cut_clip(request.ffmpeg, f"{clip.name}.packets.nut", clip.cut, file), json, clip=clip.name)
        for form in map(products.form_of, request.clip_products):
            if command := keeping(form, clip, request.ffmpeg, file):
                _tell_command(command, json, clip=clip.name)
        for job in request.jobs(clip):
            for command in _commands(request, job, file):
                _tell_command(command, json, clip=clip.name, encode=job.name)


def _commands(request: Build, job: Job, file: str) -> Iterator[list[str]]:
    if job.encode:
        yield from stream.commands(job, request.ffmpeg, file)
    made = Path(f"{job.name}.nut" if job.encode else job.clip.video.uri)
    compared = stream.pair(job, Path(file), made, request.ffmpeg, Path())
    if measures := fitting(compared, request.recipe.quality):
        yield compare(compared, measures)
    if "sse" in request.recipe.quality:
        yield differences(compared)


def _tell_command(command: list[str], json: bool, **names: str) -> None:
    if json:
        say.out_json(event="argv", **names, argv=command)
    else:
        say.out(shlex.join(command))
