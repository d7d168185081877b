"""The recipes that come with the package, by name, and the digests of what they give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

FOLDER: Final = Path(str(resources.files("codecorpus"))) / "recipes"


def names() -> tuple[str, ...]:
    """Of the recipes that come along."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def purpose(name: str) -> str:
    """What a recipe that comes along is for: what its file says first."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    told = []
    for line in lines:
        if not line.startswith("# "):
            break
        told.append(line.removeprefix("# "))
    return " ".join(told).partition(". ")[0].rstrip(".")


def find(recipe: Path | str) -> Path:
    """The file of a recipe: the one at that path, or else the one that comes along by that name."""
    path = Path(recipe)
    if path.suffix or len(path.parts) != 1 or path.exists() or path.name not in names():
        return path
    return FOLDER / f"{path.name}.yaml"


@dataclass(frozen=True)
class Digests:
    """SHA-256 of the bitstreams that a recipe gave once, by FFmpeg's version, encode and clip."""

    streams: Mapping[str, Mapping[str, Mapping[str, str]]]

    def to_json(self) -> str:
        return json.dumps(self.streams, indent=1, sort_keys=True) + "\n"


def digests_path(recipe: Path | str) -> Path:
    """Where the digests of a recipe are kept: beside it."""
    return find(recipe).with_suffix(".digests.json")


def digests(recipe: Path | str) -> Digests | None:
    """What is kept beside a recipe that comes along; of others nothing is kept."""
    path = digests_path(recipe)
    if path.parent.resolve() != FOLDER.resolve() or not path.is_file():
        return None
    return Digests(json.loads(path.read_bytes()))
