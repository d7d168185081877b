"""Shards, as options and the variables of arrays tell them."""

from __future__ import annotations

import pytest
import typer

from codecorpus.cli.options import shard
from codecorpus.run.request import Shard


def slurm(task: object, count: object = "", first: object = "", step: object = "") -> dict[str, str]:
    told = {"ID": task, "COUNT": count, "MIN": first, "STEP": step}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in told.items()}


def aws(task: object, count: object) -> dict[str, str]:
    return {"AWS_BATCH_JOB_ARRAY_INDEX": str(task), "AWS_BATCH_JOB_ARRAY_SIZE": str(count)}


def kubernetes(task: object, count: object = "") -> dict[str, str]:
    return {"JOB_COMPLETION_INDEX": str(task), "CODECORPUS_SHARDS": str(count)}


@pytest.mark.parametrize("text", [None, "4"])
@pytest.mark.parametrize(
    "environment",
    [slurm(2, 4), slurm(3, 4, 1), slurm(9, 4, 5, 2), aws(2, 4), kubernetes(2, 4)],
)
def test_the_task_of_an_array_is_its_place_in_it(text: str | None, environment: dict[str, str]) -> None:
    assert shard(text, environment) == Shard(2, 4)


def test_the_count_is_given_where_only_the_index_is_told() -> None:
    assert shard("4", kubernetes(2)) == shard("4", slurm(3, first=1)) == Shard(2, 4)


def test_what_is_given_whole_counts_more_than_an_array() -> None:
    assert shard("1/2", slurm("x", 4)) == Shard(1, 2)


@pytest.mark.parametrize("environment", [{}, slurm(""), aws("", ""), {"CODECORPUS_SHARDS": "4"}])
def test_without_an_array_all_is_done(environment: dict[str, str]) -> None:
    assert shard(None, environment) == Shard()


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        (None, slurm("one", 4), "SLURM_ARRAY_TASK_ID is 'one', which is no number"),
        ("4", slurm(1, 4, "-1"), "SLURM_ARRAY_TASK_MIN is '-1', which is no number"),
        (None, aws(1, "x"), "AWS_BATCH_JOB_ARRAY_SIZE is 'x', which is no number"),
        (None, kubernetes(2), "JOB_COMPLETION_INDEX is 2, and nothing says of how many: give N, or 0/1"),
        (None, aws(2, ""), "AWS_BATCH_JOB_ARRAY_INDEX is 2, and nothing says of how many: give N, or 0/1"),
        ("8", slurm(3, 4), "8, but SLURM_ARRAY_TASK_COUNT is 4: give I/N"),
        (None, slurm(7, 3, 1), "SLURM_ARRAY_TASK_ID is 7, which has no place among 3 in a row: give I/N"),
        (None, slurm(2, 2, 1, 2), "SLURM_ARRAY_TASK_ID is 2, which has no place among 2 in a row: give I/N"),
        ("4", {}, "'4' is no shard; counted from 0, of four they are 0/4 to 3/4"),
    ],
)
def test_what_is_no_task_of_an_array_is_told(text: str | None, environment: dict[str, str], told: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        shard(text, environment)
    assert str(caught.value).startswith(told)
