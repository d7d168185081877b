"""What is public is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import codecorpus
from codecorpus import recipe
from codecorpus.cli import COMMANDS, command
from codecorpus.corpus import descriptions
from codecorpus.encode import ENCODERS

PAGES = ("using", "commands", "recipes")
DOCUMENTED = "".join(Path(f"docs/{page}.md").read_text(encoding="utf-8") for page in PAGES)
ONE_SCREEN = 60


def options() -> list[str]:
    """Every option of every command, as `command --option`."""

    def below(one: Any, path: str) -> list[str]:
        if hasattr(one, "commands"):
            return [word for name, inner in one.commands.items() for word in below(inner, f"{path} {name}")]
        return [f"{path} {word}" for parameter in one.params for word in parameter.opts if word.startswith("--")]

    return sorted({word for name in COMMANDS for word in below(command(name), name)})


def test_there_are_options() -> None:
    assert {"build --jobs", "plan --argv", "recipe show --json"} <= set(options())


@pytest.mark.parametrize("option", options())
def test_every_option_is_documented(option: str) -> None:
    command, flag = option.rsplit(" ", 1)
    rows = [line for line in DOCUMENTED.splitlines() if line.startswith(f"| `codecorpus {command.split()[0]}")]
    words = rows[0].replace("`", " ").split() if rows else []
    assert flag in words or (flag in ("--json", "--ffmpeg") and flag in DOCUMENTED)


@pytest.mark.parametrize("name", codecorpus.__all__)
def test_every_export_is_documented_and_has_a_docstring(name: str) -> None:
    assert f"`{name}`" in DOCUMENTED
    assert getattr(codecorpus, name).__doc__


@pytest.mark.parametrize(
    "key",
    [
        key.name
        for part in (recipe.Recipe, recipe.SourceEntry, recipe.Clips, recipe.GopEntry, recipe.EncodeEntry)
        for key in fields(part)
    ],
)
def test_every_key_of_a_recipe_is_documented(key: str) -> None:
    assert re.search(rf"`{key}[`:]", DOCUMENTED)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_and_its_tunes_are_documented(name: str) -> None:
    [row] = [line for line in DOCUMENTED.splitlines() if line.startswith(f"| `{name}`")]
    assert set(row.split("|")[5].split()) == set(ENCODERS[name].tunes)
    rates = row.split("|")[4]
    assert {kind for kind in ("crf", "qp", "bitrate") if kind in rates} == set(ENCODERS[name].rate_kinds)
    assert ("two passes" in rates) == ENCODERS[name].two_pass
    assert ("cap" in rates) == bool(ENCODERS[name].capped)


def test_the_readme_is_what_and_why_and_two_commands() -> None:
    readme = Path("README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= ONE_SCREEN
    links = re.findall(r"\]\(([^)#]*)[^)]*\)", readme)
    assert [link for link in links if "://" not in link and not Path(link).exists()] == []
    linked = {Path(link).stem for link in links}
    assert {*PAGES, "index", "first-hour", "tables", "limits"} <= linked and "scripts/demo" in readme


def test_the_page_of_tables_is_as_the_schemas_are() -> None:
    printed = subprocess.run([sys.executable, "scripts/tables"], capture_output=True, check=True, text=True).stdout
    assert Path("docs/tables.md").read_text(encoding="utf-8") == printed, "scripts/tables > docs/tables.md"


@pytest.mark.parametrize("name", descriptions.NAMES)
def test_every_number_of_a_description_is_documented(name: str) -> None:
    assert f"`{name}`" in Path("docs/training.md").read_text(encoding="utf-8")


def test_every_json_event_is_on_its_page() -> None:
    page = Path("docs/events.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in Path("codecorpus/cli").glob("*.py"))
    events = {"done", "damaged", "failed", *re.findall(r'out_json\(\s*event="(\w+)"', code)}
    assert {"end", "note", "bd_rate", "sameness"} < events
    assert {event for event in events if f"| `{event}` |" not in page and f"`{event}`" not in page} == set()
