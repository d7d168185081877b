"""Options that several commands take."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from codecorpus.run.plan import Shard

RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a YAML file.")]

Trust = Annotated[
    bool, typer.Option("--trust-recipe", help="Encoders' own parameters in it may name files to read and write.")
]


def folder(text: str) -> Path:
    """A path on this machine."""
    if "://" in text:
        raise typer.BadParameter("a corpus is written to a folder on this machine; copy it from there")
    return Path(text)


Out = Annotated[
    Path,
    typer.Option("--out", metavar="CORPUS", parser=folder, help="The corpus' folder; made where there is none."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on the standard output.")]
Ffmpeg = Annotated[
    str | None,
    typer.Option("--ffmpeg", metavar="PATH", envvar="CODECORPUS_FFMPEG", help="Another FFmpeg than the embedded one."),
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", min=1, show_default="half the cores", help="Streams made at the same time."),
]
JOBS = max(1, len(os.sched_getaffinity(0)) // 2) if hasattr(os, "sched_getaffinity") else 1


def shard(text: str | None) -> Shard:
    """`I/N`, or what Slurm says of an array's task, or the whole.

    Raises:
        typer.BadParameter: it is no shard.
    """
    if text is None:
        task, count = os.environ.get("SLURM_ARRAY_TASK_ID"), os.environ.get("SLURM_ARRAY_TASK_COUNT")
        first = os.environ.get("SLURM_ARRAY_TASK_MIN", "0")
        if not task or not count:
            return Shard()
        text = f"{int(task) - int(first)}/{count}"
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise typer.BadParameter(f"{text!r} is no shard; of four they are 0/4, 1/4, 2/4 and 3/4", param_hint="--shard")
    return Shard(int(match[1]), int(match[2]))
