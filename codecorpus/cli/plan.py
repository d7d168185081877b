"""codecorpus plan: what build would do."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.corpus.stage import STREAM
from codecorpus.encode import ENCODERS
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.command import cut_clip, encode_clip
from codecorpus.encode.quality import MEASURES, compare, differences
from codecorpus.recipe import load
from codecorpus.run.estimate import estimate
from codecorpus.run.plan import Job, Plan, make
from codecorpus.run.stream import pair


@say.speaking
def plan(
    recipe: options.RecipeFile,
    argv: Annotated[bool, typer.Option("--argv", help="Print every FFmpeg command.")] = False,
    ffmpeg: options.Ffmpeg = None,
    json: options.Json = False,
) -> None:
    """What build would do: clips, encodes, streams, estimated size and time. Looks at every source."""
    read = load(recipe)
    binary = binaries.find(ffmpeg)
    with tempfile.TemporaryDirectory() as folder:
        made = make(read, Path(folder), binary)
    for failure in made.failures:
        say.err(f"failed: {failure.clip}: {failure.error}")
    if argv:
        _tell_commands(made, binary.path, json)
    else:
        _tell(made, json)
    if made.failures:
        raise typer.Exit(say.FAILED)


def _tell(made: Plan, json: bool) -> None:
    jobs = list(made)
    costs = estimate(jobs)
    frames = sum(clip.frames for clip in made.clips)
    if json:
        for clip in made.clips:
            size = {"width": clip.width, "height": clip.height}
            say.out_json(event="clip", clip=clip.name, source=clip.video.uri, frames=clip.frames, **size)
        for encode in made.encodes:
            say.out_json(event="encode", encode=encode.name, encoder=encode.encoder, codec=encode.codec)
        estimates = {"core_seconds": round(costs.core_seconds), "bytes": round(costs.bytes)}
        say.out_json(event="plan", clips=len(made.clips), streams=len(jobs), frames=frames, **estimates)
        return
    say.table(
        [("clip", "frames", "fps", "size", "source")]
        + [(c.name, c.frames, f"{float(c.fps):g}", f"{c.width}x{c.height}", c.video.uri) for c in made.clips]
    )
    say.out("")
    say.table([("encode", "codec", "encoder")] + [(e.name, e.codec, e.encoder) for e in made.encodes])
    say.out("")
    counts = ((len(made.clips), "clip"), (frames, "frame"), (len(jobs), "stream"))
    say.out(", ".join(say.count(number, thing) for number, thing in counts))
    about = f"{say.duration(costs.core_seconds)} of one core, {say.size(costs.bytes)} on disk"
    say.out(f"about {about}, give or take half")


def _tell_commands(made: Plan, ffmpeg: str, json: bool) -> None:
    for clip in made.clips:
        file = f"{clip.name}.nut"
        _tell_command(cut_clip(ffmpeg, f"{clip.name}.packets.nut", clip.cut, file), json, clip=clip.name)
        for job in made.jobs(clip):
            for command in _commands(job, ffmpeg, file):
                _tell_command(command, json, clip=clip.name, encode=job.name)


def _commands(job: Job, ffmpeg: str, file: str) -> Iterator[list[str]]:
    if job.encode:
        encoder = ENCODERS[job.encode.encoder]
        log = f"{job.name}-{job.clip.name}"
        yield from encode_clip(ffmpeg, file, encoder, job.encode, job.gop, job.clip.source.colour, log)
    stream = Path(f"{job.name}.{STREAM}" if job.encode else job.clip.video.uri)
    compared = pair(job, Path(file), stream, ffmpeg)
    if measures := [name for name in job.quality if name in MEASURES]:
        yield compare(compared, measures)
    if "sse" in job.quality:
        yield differences(compared)


def _tell_command(command: list[str], json: bool, **names: str) -> None:
    if json:
        say.out_json(event="argv", **names, argv=command)
    else:
        say.out(shlex.join(command))
