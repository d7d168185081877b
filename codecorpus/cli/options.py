"""Options that several commands take."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from codecorpus import cache

if TYPE_CHECKING:
    from codecorpus.run.request import Shard
    from codecorpus.run.work import Executor

LEAST_MEMORY: Final = 300_000_000
"""Bytes that a worker needs for the libraries that it loads and a picture or two."""

RecipeFile = Annotated[
    Path, typer.Argument(metavar="RECIPE", help="A YAML file, or the name of a recipe of `codecorpus recipe list`.")
]
Out = Annotated[
    str,
    typer.Option("--out", metavar="CORPUS", help="The corpus: a folder, or any URI that fsspec writes; made if new."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on the standard output.")]
Ffmpeg = Annotated[
    str | None,
    typer.Option("--ffmpeg", metavar="PATH", envvar="CODECORPUS_FFMPEG", help="Another FFmpeg than the embedded one."),
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", min=1, show_default="half the cores, or all to extract", help="Streams at the same time."),
]
ShardText = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Only this share of the work, from 0/N; a Slurm, AWS Batch or Kubernetes array's task unless given.",
    ),
]
Trust = Annotated[
    bool, typer.Option("--trust-recipe", help="Encoders' own parameters in it may name files to read and write.")
]
ExecutorName = Annotated[
    str, typer.Option("--executor", metavar="local|inline|ray", help="Who does the work: workers, this process, Ray.")
]
RayAddress = Annotated[
    str | None, typer.Option("--ray-address", metavar="ADDRESS", help="The Ray cluster to join; with --executor ray.")
]
Memory = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="What a worker may have of its own, such as 2G; FFmpegs apart.")
]
Stall = Annotated[
    float,
    typer.Option("--stall", metavar="SECONDS", min=1, help="How long a worker, or its FFmpeg, may get no further."),
]
CacheFolder = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        envvar=cache.FOLDER,
        help="Where what belongs to far places is kept.",
        show_default="~/.cache/codecorpus",
    ),
]
CacheSize = Annotated[
    str,
    typer.Option(
        "--cache-size", metavar="SIZE", envvar=cache.SIZE, help="How much of far sources is kept there, such as 50G."
    ),
]
CACHE_SIZE = cache.DEFAULT_SIZE
Check = Annotated[bool, typer.Option("--check", help="Look at the SHA-256 of what is there, not at sizes alone.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")]

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
JOBS = max(1, CORES // 2)
MEMORY = "2G"
STALL = 600.0


@dataclass(frozen=True)
class Array:
    """The environment variables that tell the tasks of an array apart."""

    index: str
    count: str
    first: str = ""
    step: str = ""


ARRAYS: Final = (
    Array("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"),
    Array("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"),
    Array("JOB_COMPLETION_INDEX", "CODECORPUS_SHARDS"),
)


def shard(text: str | None, environment: Mapping[str, str] = os.environ) -> Shard:
    """`I/N`, or what the environment says of an array's task (of N, where that is given alone), or the whole.

    Raises:
        typer.BadParameter: it is no shard.
    """
    from codecorpus.run.request import Shard

    if match := re.fullmatch(r"(?:(\d+)/)?(\d+)", text or ""):
        index, count = match.groups()
        if index is not None and int(index) < int(count):
            return Shard(int(index), int(count))
    if text is None or (match and not match[1]):
        array = next((one for one in ARRAYS if environment.get(one.index)), None)
        if array is not None:
            return Shard(*_task_of(array, environment, None if text is None else int(text)))
        if text is None:
            return Shard()
    raise _no_shard(f"{text!r} is no shard; counted from 0, of four they are 0/4 to 3/4")


def _task_of(array: Array, environment: Mapping[str, str], asked: int | None) -> tuple[int, int]:
    """The place of this task in its array, counted from 0, and how many there are."""

    def number(name: str, default: int) -> int:
        text = environment.get(name) or str(default)
        if not text.isdecimal():
            raise _no_shard(f"{name} is {text!r}, which is no number")
        return int(text)

    index, told = number(array.index, 0), number(array.count, asked or 0)
    if not told:
        raise _no_shard(f"{array.index} is {index}, and nothing says of how many: give N, or 0/1 for all of the work")
    if asked not in (None, told):
        raise _no_shard(f"{asked}, but {array.count} is {told}: give I/N")
    place, between = divmod(index - number(array.first, 0), max(1, number(array.step, 1)))
    if between or not 0 <= place < told:
        raise _no_shard(f"{array.index} is {index}, which has no place among {told} in a row: give I/N")
    return place, told


def _no_shard(why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint="--shard")


def memory_of(text: str) -> int:
    """Bytes that a worker may have; 0 is no limit.

    Raises:
        typer.BadParameter: it is no size, or no worker could begin.
    """
    found = size(text)
    if 0 < found < LEAST_MEMORY:
        raise typer.BadParameter(f"{text}: a worker needs 300M to begin", param_hint="--memory")
    return found


def size(text: str, option: str = "--memory") -> int:
    """Bytes, as in 500M or 2G.

    Raises:
        typer.BadParameter: it is no size.
    """
    try:
        return cache.bytes_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def keep(folder: Path | None, limit: str) -> None:
    """Have this process, and those that it starts, keep what comes from far in a folder, up to a size.

    Raises:
        typer.BadParameter: it is no size.
    """
    size(limit, "--cache-size")
    os.environ[cache.SIZE] = limit
    if folder is not None:
        os.environ[cache.FOLDER] = str(folder.absolute())


def executor(name: str, jobs: int, memory: str, stall: float, ray_address: str | None = None) -> Executor:
    """Who does the work.

    Raises:
        typer.BadParameter: nobody of that name.
    """
    if name == "inline":
        from codecorpus.run.executors.inline import Inline

        return Inline(jobs)
    if name == "local":
        from codecorpus.run.executors.local import Local

        return Local(jobs, memory_of(memory), stall).start()
    if name == "ray":
        from codecorpus.run.executors.ray import Ray

        return Ray(ray_address, jobs, memory_of(memory), stall)
    raise typer.BadParameter(f"{name!r}: known are local, inline, ray", param_hint="--executor")
