"""codecorpus submit: a build as an array of Slurm's tasks."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from codecorpus.cli import options, say
from codecorpus.errors import CodecorpusError
from codecorpus.recipe import load, shelf
from codecorpus.run.executors import spawn

SCRIPT = """\
#!/bin/sh
#SBATCH --job-name=codecorpus-{name}
#SBATCH --array=0-{last}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=codecorpus-{name}-%A_%a.log
{more}# A task that is requeued or preempted goes on where it was; two attempts at a chunk make one.
exec {command} --shard "$SLURM_ARRAY_TASK_ID/{shards}"
"""


@say.speaking
def submit(
    recipe: options.RecipeFile,
    out: options.Out,
    shards: Annotated[int, typer.Option(min=1, help="Tasks of the array, each a share of the work.")],
    sbatch: Annotated[
        str, typer.Option(metavar="OPTIONS", help='More options of sbatch, as in "--partition=cpu --cpus-per-task=8".')
    ] = "",
    jobs: options.Jobs = options.JOBS,
    keep_streams: Annotated[bool, typer.Option("--keep-streams", help="Keep the encoded streams too.")] = False,
    trust_recipe: options.Trust = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the script, submit nothing.")] = False,
    json: options.Json = False,
) -> None:
    """Submits the build as a Slurm array, or prints it. How far it is: codecorpus status CORPUS."""
    read = load(recipe, trust=trust_recipe)
    command = [*spawn.program("codecorpus"), "build", str(shelf.find(recipe).absolute()), "--out", _absolute(out)]
    command += ["--jobs", str(jobs)]
    command += ["--keep-streams"] * keep_streams + ["--trust-recipe"] * trust_recipe
    script = SCRIPT.format(
        name=read.name,
        last=shards - 1,
        shards=shards,
        more="".join(f"#SBATCH {line}\n" for line in _options(sbatch)),
        command=shlex.join(command),
    )
    if dry_run:
        say.out(script.rstrip())
        return
    job = _submit(script)
    if json:
        say.out_json(event="submitted", job=job, shards=shards, corpus=out)
    say.err(f"job {job}: {say.count(shards, 'task')}; how far they are: codecorpus status {shlex.quote(out)}")


def _options(text: str) -> Iterator[str]:
    """Options of sbatch, each with its value, as its scripts have them.

    Raises:
        typer.BadParameter: they are none.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {error}", param_hint="--sbatch") from None
    option: list[str] = []
    for word in words:
        if "\n" in word:
            raise typer.BadParameter(f"{word!r} is more than one line", param_hint="--sbatch")
        if option and word.startswith("-"):
            yield " ".join(option)
            option = []
        name, equals, value = word.partition("=")
        option.append(f"{_quoted(name)}{equals}{_quoted(value)}")
    if option:
        yield " ".join(option)


def _quoted(text: str) -> str:
    """Text as sbatch reads it, which takes backslashes for what they are in a shell's double quotes."""
    if re.fullmatch(r"[\w@%+=:,./-]*", text):
        return text
    return '"{}"'.format(re.sub(r'(["\\])', r"\\\1", text))


def _absolute(corpus: str) -> str:
    return corpus if "://" in corpus else str(Path(corpus).absolute())


def _submit(script: str) -> str:
    try:
        done = subprocess.run(["sbatch", "--parsable"], input=script, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CodecorpusError(f"sbatch does not start: {error.strerror}; --dry-run prints the script") from error
    if done.returncode != 0:
        raise CodecorpusError(f"sbatch: {done.stderr.strip() or f'it exits with {done.returncode}'}")
    return done.stdout.strip().split(";")[0]
