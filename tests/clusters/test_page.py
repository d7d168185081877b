"""The page that leads to a cluster: every command and manifest in it is one that there is."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from codecorpus.cli import command

PAGE = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[list[str]]:
    shell = [shlex.split(line) for block in blocks("sh") for line in block.splitlines()]
    [job] = [yaml.safe_load(block) for block in blocks("yaml")]
    [batch] = [json.loads(block) for block in blocks("json")]
    [container] = job["spec"]["template"]["spec"]["containers"]
    return [*shell, container["command"], batch["containerOverrides"]["command"]]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_understood(words: list[str]) -> None:
    assert words[0] == "codecorpus"
    assert command(words[1]).make_context(words[1], words[2:]).params


def test_the_manifests_say_how_many_shards_there_are() -> None:
    [job] = [yaml.safe_load(block) for block in blocks("yaml")]
    [container] = job["spec"]["template"]["spec"]["containers"]
    at = container["command"].index("--shard")
    assert int(container["command"][at + 1]) == job["spec"]["completions"]
    [batch] = [json.loads(block) for block in blocks("json")]
    assert batch["arrayProperties"]["size"] > 1 and "--shard" not in batch["containerOverrides"]["command"]
